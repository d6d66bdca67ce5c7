// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/ipfix_format.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "config/absl_text.h"
#include "output/destinations/ipfix_session.h"
#include "output/formats/ipfix_elements.h"
#include "output/formats/ipfix_messages.h"
#include "output/formats/ipfix_templates.h"
#include "output/formats/row_text.h"

namespace tstat::internal {
namespace {

constexpr std::string_view kUniflow = "uniflow", kBiflowWord = "biflow";
constexpr std::string_view kFlowWords[] = {kUniflow, kBiflowWord};
constexpr std::string_view kYes = "yes", kNo = "no";
constexpr std::string_view kTypeWords[] = {kYes, kNo};

// What fits into a datagram on Ethernet, over IPv6 too.
constexpr size_t kDefaultMessageBytes = 1452, kLeastMessageBytes = 512, kMostMessageBytes = 65535;
constexpr size_t kMostRecordBytes = kMostMessageBytes - kIpfixHeaderBytes - kIpfixSetHeaderBytes;
constexpr uint16_t kEnterpriseBit = 0x8000;
constexpr uint16_t kTypesTemplate = 999;
constexpr int64_t kNanosecondsOfSecond = 1000000000, kNanosecondsOfMillisecond = 1000000;

constexpr TextRules kIpfixTextRules = MakeTextRules("", ByteRule::kCopy);

// RFC 7011, 6.1.10: seconds since 1900, modulo 2^32, and a binary fraction. It is the next one that
// is not below: read back, it is the same nanosecond, whether the reader rounds or cuts.
uint64_t NtpTime(int64_t ns) {
  constexpr uint64_t kFrom1900To1970 = 2208988800;
  int64_t seconds = ns / kNanosecondsOfSecond;
  int64_t rest = ns % kNanosecondsOfSecond;
  if (rest < 0) {
    rest += kNanosecondsOfSecond;
    --seconds;
  }
  const uint64_t fraction =
      ((static_cast<uint64_t>(rest) << 32) + kNanosecondsOfSecond - 1) / kNanosecondsOfSecond;
  return (static_cast<uint64_t>(seconds) + kFrom1900To1970) << 32 | fraction;
}

uint64_t MostOf(size_t length) { return ~uint64_t{0} >> (64 - 8 * length); }

// Never another number modulo the field's size.
uint64_t AsUnsigned(const Value& value, size_t length) {
  uint64_t number = 0;
  if (value.kind() == Value::Kind::kUnsigned) number = value.unsigned_number();
  if (value.kind() == Value::Kind::kSigned) {
    number = static_cast<uint64_t>(std::max<int64_t>(value.signed_number(), 0));
  }
  if (value.kind() == Value::Kind::kBoolean) number = value.boolean() ? 1 : 0;
  return std::min(number, MostOf(length));
}
uint64_t AsSigned(const Value& value, size_t length) {
  int64_t number = 0;
  if (value.kind() == Value::Kind::kSigned) number = value.signed_number();
  if (value.kind() == Value::Kind::kDuration) number = value.duration().count();
  if (value.kind() == Value::Kind::kUnsigned) {
    number = static_cast<int64_t>(
        std::min<uint64_t>(value.unsigned_number(), std::numeric_limits<int64_t>::max()));
  }
  const auto most = static_cast<int64_t>(MostOf(length) >> 1);
  return static_cast<uint64_t>(std::clamp(number, -most - 1, most));
}
double AsReal(const Value& value) {
  if (value.kind() == Value::Kind::kReal) return value.real();
  if (value.kind() == Value::Kind::kUnsigned) return static_cast<double>(value.unsigned_number());
  return value.kind() == Value::Kind::kSigned ? static_cast<double>(value.signed_number()) : 0;
}
// What JSON has no form for is absent there, too.
bool IsAbsent(const Value& value) {
  return value.is_absent() || (value.kind() == Value::Kind::kReal && !std::isfinite(value.real()));
}

const IpAddress* AddressOf(const Value& value) {
  return value.kind() == Value::Kind::kAddress ? &value.address() : nullptr;
}

struct IpfixSettings {
  uint32_t pen = kDocumentationPen;
  uint32_t domain = 0;
  size_t message_bytes = kDefaultMessageBytes;
  bool has_biflows = false;
  bool has_types = true;
};

// The values that IANA's elements have in a record.
class FlowValues {
 public:
  FlowValues(const FlowColumns& flow, const TableRow& row) : flow_(flow), row_(row) {}

  [[nodiscard]] uint64_t PacketsOf(const FlowColumns::Side& side) const {
    return NumberOf(side.packets);
  }
  [[nodiscard]] bool is_v6() const {
    for (const auto& ip : {flow_.client.ip, flow_.server.ip}) {
      const IpAddress* const address = ip.has_value() ? AddressOf(row_.values[*ip]) : nullptr;
      if (address != nullptr && address->is_v6()) return true;
    }
    return false;
  }
  void Write(const IanaField& field, bool from_server, bool is_v6, IpfixFieldWriter& out) const {
    using enum IanaElement;
    const bool is_server = from_server != field.is_reverse;
    const FlowColumns::Side& source = is_server ? flow_.server : flow_.client;
    const FlowColumns::Side& destination = is_server ? flow_.client : flow_.server;
    const uint16_t length = InfoOf(field.element).length;
    switch (field.element) {
      case kSourceIpv4Address:
      case kSourceIpv6Address:
        return out.Address(AddressOf(row_.values[*source.ip]), is_v6);
      case kDestinationIpv4Address:
      case kDestinationIpv6Address:
        return out.Address(AddressOf(row_.values[*destination.ip]), is_v6);
      case kSourceTransportPort:
        return out.Number(NumberOf(source.port), length);
      case kDestinationTransportPort:
        return out.Number(NumberOf(destination.port), length);
      case kProtocolIdentifier:
        return out.Number(flow_.protocol, length);
      case kOctetDeltaCount:
        return out.Number(NumberOf(source.octets), length);
      case kPacketDeltaCount:
        return out.Number(NumberOf(source.packets), length);
      case kTcpControlBits:
        return out.Number(ControlBitsOf(source), length);
      case kFlowStartMilliseconds:
        return out.Number(Milliseconds(StartOf(source)), length);
      case kFlowEndMilliseconds:
        return out.Number(Milliseconds(EndOf(source)), length);
      case kFlowEndReason:
        return out.Number(EndReason(), length);
      case kFlowId:
        return out.Number(row_.flow_number.value_or(0), length);
      case kBiflowDirection:
        return out.Number(1, length);
    }
  }
  // Of the later one of both sides; 0: there is none.
  [[nodiscard]] int64_t End() const { return std::max(EndOf(flow_.client), EndOf(flow_.server)); }

 private:
  [[nodiscard]] uint64_t NumberOf(const std::optional<size_t>& column) const {
    return column.has_value() ? AsUnsigned(row_.values[*column], sizeof(uint64_t)) : 0;
  }
  [[nodiscard]] int64_t TimeOf(const std::optional<size_t>& column) const {
    if (!column.has_value()) return 0;
    const Value& value = row_.values[*column];
    if (value.kind() == Value::Kind::kTimestamp) return value.timestamp().nanoseconds();
    return value.kind() == Value::Kind::kDuration ? value.duration().count() : 0;
  }
  [[nodiscard]] int64_t StartOf(const FlowColumns::Side& side) const {
    return TimeOf(side.first.has_value() ? side.first : flow_.first);
  }
  [[nodiscard]] int64_t EndOf(const FlowColumns::Side& side) const {
    return side.first.has_value() ? TimeOf(side.first) + TimeOf(side.duration) : TimeOf(flow_.last);
  }
  static uint64_t Milliseconds(int64_t ns) {
    return static_cast<uint64_t>(std::max<int64_t>(ns, 0) / kNanosecondsOfMillisecond);
  }
  [[nodiscard]] uint64_t ControlBitsOf(const FlowColumns::Side& side) const {
    constexpr uint64_t kFin = 1, kSyn = 2, kRst = 4, kAck = 16;
    return (NumberOf(side.fin) > 0 ? kFin : 0) | (NumberOf(side.syn) > 0 ? kSyn : 0) |
           (NumberOf(side.rst) > 0 ? kRst : 0) | (NumberOf(side.ack) > 0 ? kAck : 0);
  }
  [[nodiscard]] uint64_t EndReason() const {
    constexpr uint64_t kIdle = 1, kEnd = 3;
    const bool is_reset = NumberOf(flow_.client.rst) + NumberOf(flow_.server.rst) > 0;
    const bool is_closed = NumberOf(flow_.client.fin) > 0 && NumberOf(flow_.server.fin) > 0;
    return is_reset || is_closed ? kEnd : kIdle;
  }

  const FlowColumns& flow_;
  const TableRow& row_;
};

class IpfixFormat : public ExportFormat {
 public:
  IpfixFormat(ExportSelection chosen, const IpfixSettings& settings)
      : ExportFormat(std::move(chosen)),
        settings_(settings),
        messages_(settings.message_bytes, settings.domain) {
    for (const RowTable& table : RowTables()) {
      Plan& plan = plans_.emplace_back();
      if (!selection().Has(table)) continue;
      plan.templates = TemplatesOf(selection(), table, settings.has_biflows);
      for (const RowColumn& column : table.columns) {
        const IpfixElement& element =
            IpfixElements().Of(table, static_cast<size_t>(&column - table.columns.data()));
        plan.columns.push_back({element.type, LengthOf(column, element.type)});
        const bool is_time = column.info.type.kind == ColumnKind::kTimestamp;
        if (is_time) plan.times.push_back(plan.columns.size() - 1);
      }
    }
    WriteHeader();
  }

  std::string_view content_type() const override { return kIpfixContentType; }
  std::string_view extension() const override { return "ipfix"; }
  std::string StreamHeader() const override { return header_; }
  bool has_lines() const override { return false; }

  size_t ItemsOf(const TableRow& row) override {
    const Plan& plan = plans_[row.table->index];
    const FlowValues values(plan.templates.flow, row);
    is_v6_ = plan.templates.flow.has_addresses && values.is_v6();
    // A direction without packets is no flow.
    const bool is_alone =
        !plan.templates.flow.has_counts || values.PacketsOf(plan.templates.flow.server) == 0;
    shape_ = is_alone                ? IpfixShape::kAlone
             : settings_.has_biflows ? IpfixShape::kBiflow
                                     : IpfixShape::kForward;
    return shape_ == IpfixShape::kForward ? 2 : 1;
  }

  void AppendItem(const TableRow& row, size_t item, RowBuffer& out) override {
    const Plan& plan = plans_[row.table->index];
    const IpfixTemplate& form =
        plan.templates.Of(item == 1 ? IpfixShape::kReverse : shape_, is_v6_);
    WriteRecord(row, plan, form, kMostRecordBytes);
    if (record_.view().size() > kMostRecordBytes) {
      // Its texts are cut until they fit.
      const size_t fixed = record_.view().size() - text_bytes_;
      WriteRecord(row, plan, form, (kMostRecordBytes - fixed) / std::max<size_t>(texts_, 1));
    }
    messages_.Append(form.id, record_.view(), TimeOf(plan, row), true, out);
  }

 private:
  struct ColumnForm {
    IpfixType type = IpfixType::kOctetArray;
    uint16_t length = 0;
  };
  struct Plan {
    IpfixTemplates templates;
    std::vector<ColumnForm> columns;  // one for each of the table's
    std::vector<size_t> times;
  };

  static int64_t TimeOf(const Plan& plan, const TableRow& row) {
    if (plan.templates.flow.has_counts) return FlowValues(plan.templates.flow, row).End();
    for (const size_t i : plan.times) {
      const Value& value = row.values[i];
      if (value.kind() == Value::Kind::kTimestamp) return value.timestamp().nanoseconds();
    }
    return 0;
  }

  void WriteRecord(const TableRow& row, const Plan& plan, const IpfixTemplate& form,
                   size_t most_text) {
    record_.Clear();
    text_bytes_ = texts_ = 0;
    IpfixFieldWriter out(&record_);
    const FlowValues flow(plan.templates.flow, row);
    for (const IanaField& field : form.iana) {
      flow.Write(field, form.shape == IpfixShape::kReverse, form.is_v6, out);
    }
    out.Variable(row.table->log);
    absent_.assign((form.columns.size() + 7) / 8, '\0');
    for (size_t i = 0; i < form.columns.size(); ++i) {
      const Value& value = row.values[form.columns[i]];
      WriteValue(value, plan.columns[form.columns[i]], most_text, out);
      if (!IsAbsent(value)) continue;
      absent_[i / 8] = static_cast<char>(static_cast<uint8_t>(absent_[i / 8]) | 1U << (i % 8));
    }
    if (form.has_label) WriteText(Value::Of(row.label), most_text, out);
    absent_.resize(absent_.find_last_not_of('\0') + 1);
    out.Variable(absent_);
  }

  void WriteValue(const Value& value, const ColumnForm& form, size_t most_text,
                  IpfixFieldWriter& out) {
    switch (form.type) {
      case IpfixType::kUnsigned64:
        return out.Number(AsUnsigned(value, form.length), form.length);
      case IpfixType::kSigned64:
        return out.Number(AsSigned(value, form.length), form.length);
      case IpfixType::kFloat64:
        return out.Number(std::bit_cast<uint64_t>(IsAbsent(value) ? 0.0 : AsReal(value)), 8);
      case IpfixType::kBoolean: {
        constexpr uint64_t kTrue = 1, kFalse = 2;
        return out.Number(AsUnsigned(value, 1) != 0 ? kTrue : kFalse, 1);
      }
      case IpfixType::kDateTimeNanoseconds:
        return out.Number(
            value.kind() == Value::Kind::kTimestamp ? NtpTime(value.timestamp().nanoseconds()) : 0,
            8);
      case IpfixType::kIpv6Address:
        return out.Address(AddressOf(value), true);
      default:
        return WriteText(value.kind() == Value::Kind::kText ? value : Value::Of(""), most_text,
                         out);
    }
  }

  void WriteText(const Value& text, size_t most, IpfixFieldWriter& out) {
    char* const begin = text_.Reserve(RoomForText(text));
    size_t length = static_cast<size_t>(WriteTextValue(text, kIpfixTextRules, begin) - begin);
    if (length > most) {
      length = most - std::min(most, kMissing.size() + 3);
      // Between two characters.
      while (length > 0 && (static_cast<uint8_t>(begin[length]) & 0xc0) == 0x80) --length;
      std::memcpy(begin + length, kMissing.data(), kMissing.size());
      length += kMissing.size();
    }
    out.Variable({begin, length});
    text_bytes_ += length;
    ++texts_;
  }

  // The templates and the types of all elements in them.
  void WriteHeader() {
    RowBuffer out;
    std::vector<const IpfixElement*> used;
    const auto use = [&used](const IpfixElement& element) {
      if (std::find(used.begin(), used.end(), &element) == used.end()) used.push_back(&element);
    };
    for (const RowTable& table : RowTables()) {
      for (const IpfixTemplate& form : plans_[table.index].templates.all) {
        AppendTemplate(table, form, use, out);
      }
    }
    if (settings_.has_types) AppendTypes(used, out);
    messages_.EndMessage();
    header_ = out.view();
  }

  template <typename Use>
  void AppendTemplate(const RowTable& table, const IpfixTemplate& form, const Use& use,
                      RowBuffer& out) {
    record_.Clear();
    IpfixFieldWriter writer(&record_);
    const auto enterprise = [&](const IpfixElement& element, uint16_t length) {
      use(element);
      writer.Number(element.number | kEnterpriseBit, 2);
      writer.Number(length, 2);
      writer.Number(settings_.pen, 4);
    };
    writer.Number(form.id, 2);
    writer.Number(form.iana.size() + form.columns.size() + (form.has_label ? 3 : 2), 2);
    for (const IanaField& field : form.iana) {
      const auto number = static_cast<uint16_t>(field.element);
      writer.Number(field.is_reverse ? number | kEnterpriseBit : number, 2);
      writer.Number(InfoOf(field.element).length, 2);
      if (field.is_reverse) writer.Number(kReversePen, 4);
    }
    enterprise(IpfixElements().Special(kLogElement), kVariableLength);
    for (const size_t column : form.columns) {
      enterprise(IpfixElements().Of(table, column), plans_[table.index].columns[column].length);
    }
    if (form.has_label) enterprise(IpfixElements().Special(kLabelElement), kVariableLength);
    enterprise(IpfixElements().Special(kAbsentElement), kVariableLength);
    messages_.Append(kIpfixTemplateSet, record_.view(), 0, false, out);
  }

  // RFC 5610, 3.9: elements by number and enterprise.
  void AppendTypes(const std::vector<const IpfixElement*>& used, RowBuffer& out) {
    struct TypeField {
      uint16_t element, length;
    };
    constexpr TypeField kFields[] = {{346, 4},                 // privateEnterpriseNumber
                                     {303, 2},                 // informationElementId
                                     {339, 1},                 // informationElementDataType
                                     {344, 1},                 // informationElementSemantics
                                     {345, 2},                 // informationElementUnits
                                     {341, kVariableLength}};  // informationElementName
    constexpr uint16_t kScopes = 2;
    record_.Clear();
    IpfixFieldWriter writer(&record_);
    writer.Number(kTypesTemplate, 2);
    writer.Number(std::size(kFields), 2);
    writer.Number(kScopes, 2);
    for (const TypeField& field : kFields) {
      writer.Number(field.element, 2);
      writer.Number(field.length, 2);
    }
    messages_.Append(kIpfixOptionsTemplateSet, record_.view(), 0, false, out);
    for (const IpfixElement* const element : used) {
      record_.Clear();
      writer.Number(settings_.pen, 4);
      writer.Number(element->number, 2);
      writer.Number(static_cast<uint8_t>(element->type), 1);
      writer.Number(static_cast<uint8_t>(element->semantics), 1);
      writer.Number(static_cast<uint16_t>(element->units), 2);
      writer.Variable(element->name);
      messages_.Append(kTypesTemplate, record_.view(), 0, true, out);
    }
  }

  const IpfixSettings settings_;
  IpfixMessageWriter messages_;
  std::vector<Plan> plans_;  // by RowTable::index
  std::string header_;
  RowBuffer record_, text_;
  std::string absent_;
  size_t text_bytes_ = 0, texts_ = 0;  // of the record: of texts that may be cut, and how many
  // Of the row of the last ItemsOf.
  IpfixShape shape_ = IpfixShape::kAlone;
  bool is_v6_ = false;
};

template <typename Number>
absl::Status TakeNumber(ExportOptions* options, std::string_view name, Number least, Number most,
                        Number* number) {
  const std::optional<std::string> text = options->Take(name);
  if (!text.has_value()) return absl::OkStatus();
  uint64_t read = 0;
  if (!absl::SimpleAtoi(*text, &read) || read < least || read > most) {
    return absl::InvalidArgumentError(
        absl::StrCat("option ", View(name), ": it is a number from ", least, " to ", most));
  }
  *number = static_cast<Number>(read);
  return absl::OkStatus();
}

// Flows, unless others are asked for.
ExportDefaults DefaultsOfFlows(ExportDefaults defaults) {
  LogSet flows = LogSet::None();
  for (const Log log : {Log::kTcpComplete, Log::kTcpNocomplete, Log::kUdpComplete}) {
    flows.set(log, defaults.logs.has(log));
  }
  defaults.logs = flows;
  return defaults;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ExportFormat>> MakeIpfixFormat(const ExportDefaults& defaults,
                                                              ExportOptions* options) {
  IpfixSettings settings;
  settings.pen = defaults.ipfix_pen;
  constexpr uint32_t kMost = std::numeric_limits<uint32_t>::max();
  absl::Status status = TakeNumber(options, "pen", uint32_t{1}, kMost, &settings.pen);
  status.Update(TakeNumber(options, "domain", uint32_t{0}, kMost, &settings.domain));
  status.Update(TakeNumber(options, "message_bytes", kLeastMessageBytes, kMostMessageBytes,
                           &settings.message_bytes));
  if (!status.ok()) return status;
  if (settings.pen == kReversePen) {
    return absl::InvalidArgumentError(absl::StrCat(
        "option pen: ", kReversePen, " is that of reverse elements (RFC 5103), nobody's own"));
  }
  absl::StatusOr<std::string_view> flows = options->TakeWord("flows", kFlowWords);
  if (!flows.ok()) return flows.status();
  absl::StatusOr<std::string_view> types = options->TakeWord("types", kTypeWords);
  if (!types.ok()) return types.status();
  settings.has_biflows = *flows == kBiflowWord;
  settings.has_types = *types == kYes;
  absl::StatusOr<ExportSelection> selection =
      ExportSelection::Take(DefaultsOfFlows(defaults), options);
  if (!selection.ok()) return selection.status();
  return std::make_unique<IpfixFormat>(*std::move(selection), settings);
}

}  // namespace tstat::internal
