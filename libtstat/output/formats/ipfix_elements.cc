// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/ipfix_elements.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "config/absl_text.h"

namespace tstat::internal {
namespace {

constexpr uint32_t kFirstOfColumns = 256, kLastOfColumns = 32767;
// With this one no two columns' numbers are the same (tests/output/formats/ipfix_format_test.cc).
constexpr uint32_t kSalt = 22;

// FNV-1a of what the element is called and of which type it is.
uint16_t NumberOf(std::string_view name, IpfixType type) {
  constexpr uint32_t kBasis = 2166136261, kPrime = 16777619;
  uint32_t hash = kBasis ^ kSalt;
  const auto add = [&hash](uint8_t byte) { hash = (hash ^ byte) * kPrime; };
  for (const char c : name) add(static_cast<uint8_t>(c));
  add(0);
  add(static_cast<uint8_t>(type));
  hash ^= hash >> 16;
  return static_cast<uint16_t>(kFirstOfColumns + hash % (kLastOfColumns - kFirstOfColumns + 1));
}

IpfixType IpfixTypeOf(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::kUnsigned:
    case ColumnKind::kEnumeration:
    case ColumnKind::kBitSet:
      return IpfixType::kUnsigned64;
    case ColumnKind::kSigned:
    case ColumnKind::kDuration:
      return IpfixType::kSigned64;
    case ColumnKind::kReal:
      return IpfixType::kFloat64;
    case ColumnKind::kBoolean:
      return IpfixType::kBoolean;
    case ColumnKind::kText:
      return IpfixType::kString;
    case ColumnKind::kAddress:
      return IpfixType::kIpv6Address;
    case ColumnKind::kTimestamp:
      return IpfixType::kDateTimeNanoseconds;
  }
  return IpfixType::kOctetArray;
}

IpfixUnits UnitsOf(const ColumnInfo& info) {
  if (info.type.kind == ColumnKind::kDuration) return IpfixUnits::kNanoseconds;
  if (info.unit == "bytes") return IpfixUnits::kOctets;
  return info.unit == "ms" ? IpfixUnits::kMilliseconds : IpfixUnits::kNone;
}

IpfixSemantics SemanticsOf(const ColumnInfo& info) {
  switch (info.type.kind) {
    case ColumnKind::kEnumeration:
      return IpfixSemantics::kIdentifier;
    case ColumnKind::kBitSet:
      return IpfixSemantics::kFlags;
    case ColumnKind::kUnsigned:
    case ColumnKind::kSigned:
      return info.unit.empty() ? IpfixSemantics::kDefault : IpfixSemantics::kQuantity;
    case ColumnKind::kReal:
    case ColumnKind::kDuration:
      return IpfixSemantics::kQuantity;
    default:
      return IpfixSemantics::kDefault;
  }
}

// Of two types under one name, the later one's says which.
std::string_view SuffixOf(IpfixType type) {
  switch (type) {
    case IpfixType::kUnsigned64:
      return "_unsigned";
    case IpfixType::kSigned64:
      return "_signed";
    case IpfixType::kString:
      return "_text";
    case IpfixType::kDateTimeNanoseconds:
      return "_time";
    default:
      return "_other";
  }
}

}  // namespace

std::string_view IpfixTypeName(IpfixType type) {
  switch (type) {
    case IpfixType::kOctetArray:
      return "octetArray";
    case IpfixType::kUnsigned8:
      return "unsigned8";
    case IpfixType::kUnsigned16:
      return "unsigned16";
    case IpfixType::kUnsigned64:
      return "unsigned64";
    case IpfixType::kSigned64:
      return "signed64";
    case IpfixType::kFloat64:
      return "float64";
    case IpfixType::kBoolean:
      return "boolean";
    case IpfixType::kString:
      return "string";
    case IpfixType::kDateTimeMilliseconds:
      return "dateTimeMilliseconds";
    case IpfixType::kDateTimeNanoseconds:
      return "dateTimeNanoseconds";
    case IpfixType::kIpv4Address:
      return "ipv4Address";
    case IpfixType::kIpv6Address:
      return "ipv6Address";
  }
  return "";
}

std::string_view IpfixUnitsName(IpfixUnits units) {
  switch (units) {
    case IpfixUnits::kOctets:
      return "octets";
    case IpfixUnits::kMilliseconds:
      return "milliseconds";
    case IpfixUnits::kNanoseconds:
      return "nanoseconds";
    case IpfixUnits::kNone:
      break;
  }
  return "";
}

IpfixElementTable::IpfixElementTable() {
  const auto special = [this](uint16_t number, std::string_view name, IpfixType type,
                              std::string_view description) {
    IpfixElement& element = elements_.emplace_back();
    element.number = number;
    element.name = name;
    element.type = type;
    element.description = description;
  };
  special(kAbsentElement, "tstat_absent", IpfixType::kOctetArray,
          "which columns of the record have no value: bit i % 8 (from the lowest) of byte i / 8 is "
          "that of the i-th one of its template's elements that are columns; without zeros at the "
          "end");
  special(kLogElement, "tstat_log", IpfixType::kString, "the log that has the row");
  special(kLabelElement, "tstat_label", IpfixType::kString,
          "the name of the server's port, or else of the client's, by `[labels]`; empty: none");
  for (const RowTable& table : RowTables()) {
    std::vector<size_t>& places = of_columns_.emplace_back();
    for (const RowColumn& column : table.columns) {
      places.push_back(column.is_repeated ? 0 : AddColumn(column));
    }
  }
}

size_t IpfixElementTable::AddColumn(const RowColumn& column) {
  IpfixElement added;
  added.name = absl::StrCat("tstat_", column.name);
  added.type = IpfixTypeOf(column.info.type.kind);
  added.number = NumberOf(added.name, added.type);
  const auto is_same = [&](const IpfixElement& element) {
    return element.type == added.type &&
           (element.name == added.name ||
            element.name == absl::StrCat(added.name, View(SuffixOf(added.type))));
  };
  const auto same = std::find_if(elements_.begin(), elements_.end(), is_same);
  if (same != elements_.end()) return static_cast<size_t>(same - elements_.begin());
  const bool has_namesake =
      std::any_of(elements_.begin(), elements_.end(),
                  [&](const IpfixElement& element) { return element.name == added.name; });
  if (has_namesake) added.name = absl::StrCat(added.name, View(SuffixOf(added.type)));
  const auto is_taken = [this](uint16_t number) {
    return std::any_of(elements_.begin(), elements_.end(),
                       [number](const IpfixElement& element) { return element.number == number; });
  };
  if (is_taken(added.number)) ++displaced_;
  while (is_taken(added.number)) {
    added.number = added.number == kLastOfColumns ? kFirstOfColumns : added.number + 1;
  }
  added.units = UnitsOf(column.info);
  added.semantics = SemanticsOf(column.info);
  added.description = column.info.description;
  elements_.push_back(std::move(added));
  return elements_.size() - 1;
}

const IpfixElementTable& IpfixElements() {
  static const IpfixElementTable kTable;
  return kTable;
}

}  // namespace tstat::internal
