// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/netsage_format.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "config/absl_text.h"
#include "output/formats/row_text.h"
#include "schema/real_text.h"

namespace tstat::internal {
namespace {

// A cell as the pipeline takes it: an integer if it is one, else a real rounded to 3 decimals, else
// a text.
struct CellNumber {
  enum class Kind : uint8_t { kNone, kInteger, kReal, kText } kind = Kind::kNone;
  int64_t integer = 0;
  double real = 0;
  std::string_view text;

  double value() const { return kind == Kind::kInteger ? static_cast<double>(integer) : real; }
};

// To nearest at so many decimals, of the number's exact value.
double Rounded(double number, int decimals) {
  constexpr double kPowers[] = {1, 10, 100, 1000};
  // Up to here a product with a power is wrong by far less than a hundredth: what is not close to
  // the middle between two results needs no digits. The quotient of two whole numbers is the number
  // that their decimal text would be read as.
  constexpr double kMostScaled = 4e12, kCloseToMiddle = 0.01;
  const double scaled = std::fabs(number) * kPowers[decimals];
  if (scaled < kMostScaled) {
    const double below = std::floor(scaled), rest = scaled - below;
    if (std::fabs(rest - 0.5) > kCloseToMiddle) {
      return std::copysign((rest < 0.5 ? below : below + 1) / kPowers[decimals], number);
    }
  }
  std::array<char, 400> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number,
                                 std::chars_format::fixed, decimals);
  double rounded = number;
  RealFromChars(digits.data(), end.ptr, rounded);
  return rounded;
}

// Digits and nothing else, as an integer is printed.
bool IsPlainInteger(std::string_view cell) {
  constexpr size_t kMostDigits = 18;
  if (cell.empty() || cell.size() > kMostDigits || (cell[0] == '0' && cell.size() > 1))
    return false;
  for (const char c : cell) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

CellNumber NumberOf(std::string_view cell) {
  if (cell.data() == nullptr) return {};
  const char* const end = cell.data() + cell.size();
  CellNumber number{.kind = CellNumber::Kind::kInteger, .text = cell};
  if (const auto read = std::from_chars(cell.data(), end, number.integer);
      read.ec == std::errc() && read.ptr == end) {
    return number;
  }
  const auto read = RealFromChars(cell.data(), end, number.real);
  if (read.ec != std::errc() || read.ptr != end || !std::isfinite(number.real)) {
    return {.kind = CellNumber::Kind::kText, .text = cell};
  }
  number.kind = CellNumber::Kind::kReal;
  number.real = Rounded(number.real, 3);
  return number;
}

// A real never looks like an integer.
void AppendReal(double number, RowBuffer& out) {
  char* const begin = out.Reserve(kMaxValueText + 2);
  char* end = WriteReal(number, begin);
  if (std::string_view(begin, static_cast<size_t>(end - begin)).find_first_of(".en") ==
      std::string_view::npos) {
    *end++ = '.';
    *end++ = '0';
  }
  out.Commit(end);
}
void AppendInteger(int64_t number, RowBuffer& out) {
  out.Commit(WriteSigned(number, out.Reserve(kMaxNumberLength)));
}
void AppendNumber(const CellNumber& number, RowBuffer& out) {
  if (number.kind == CellNumber::Kind::kInteger) {
    AppendInteger(number.integer, out);
  } else if (number.kind == CellNumber::Kind::kReal) {
    AppendReal(number.real, out);
  } else {
    AppendJsonString(number.text, out);
  }
}

// A real of six decimals, as the logs print nearly all, rounded by its digits. Null: it is another
// one, or just between two results, where the binary number decides, or printed with an exponent.
char* WriteUsualReal(std::string_view cell, char* out) {
  constexpr size_t kDecimals = 6, kMostWhole = 8;
  if (cell.size() < kDecimals + 2 || cell.size() > kDecimals + 1 + kMostWhole) return nullptr;
  const size_t point = cell.size() - kDecimals - 1;
  if (cell[point] != '.') return nullptr;
  uint64_t millionths = 0;
  for (size_t i = 0; i < cell.size(); ++i) {
    if (i == point) continue;
    const uint32_t digit = static_cast<uint32_t>(cell[i]) - '0';
    if (digit > 9) return nullptr;
    millionths = 10 * millionths + digit;
  }
  constexpr uint64_t kThousand = 1000, kMiddle = 500, kLeastWithExponent = 100000;
  const uint64_t rest = millionths % kThousand;
  const uint64_t rounded = millionths / kThousand + (rest > kMiddle ? 1 : 0);
  const uint64_t whole = rounded / kThousand;
  const auto thousandths = static_cast<uint32_t>(rounded % kThousand);
  if (rest == kMiddle || (thousandths == 0 && whole >= kLeastWithExponent)) return nullptr;
  out = WriteUnsigned(whole, out);
  *out++ = '.';
  *out++ = static_cast<char>('0' + thousandths / 100);
  if (thousandths % 100 == 0) return out;
  out = number_format_internal::WritePair(thousandths % 100, out);
  return out[-1] == '0' ? out - 1 : out;
}

// What nearly all cells are, in at most kMaxNumberLength bytes. Null: it is something else.
char* WriteUsualCell(std::string_view cell, char* out) {
  if (!IsPlainInteger(cell)) return WriteUsualReal(cell, out);
  std::memcpy(out, cell.data(), cell.size());
  return out + cell.size();
}

// A cell as a member's value.
void AppendCell(std::string_view cell, RowBuffer& out) {
  if (const char* const end = WriteUsualCell(cell, out.Reserve(kMaxNumberLength))) {
    return out.Commit(end);
  }
  AppendNumber(NumberOf(cell), out);
}

// Members of `values` behind those that TCP and UDP have in common, in order.
enum class MemberSource : uint8_t {
  kSide,  // the column of the direction's side
  kRate,  // the column divided by the packets
  kSmallerOfBoth,
  kLargerOfBoth,
};
struct NetsageMember {
  std::string_view name, column;
  MemberSource source = MemberSource::kSide;
};
constexpr NetsageMember kTcpMembers[] = {
    {"tcp_rexmit_bytes", "bytes_retx"},
    {"tcp_rexmit_pkts", "pkts_retx"},
    {"tcp_rexmit_rate", "pkts_retx", MemberSource::kRate},
    {"tcp_syn_cnt", "syn_cnt"},
    {"tcp_rtt_avg", "rtt_avg"},
    {"tcp_rtt_min", "rtt_min"},
    {"tcp_rtt_max", "rtt_max"},
    {"tcp_rtt_std", "rtt_std"},
    {"tcp_pkts_rto", "pkts_rto"},
    {"tcp_pkts_fs", "pkts_fs"},
    {"tcp_pkts_reor", "pkts_reor"},
    {"tcp_pkts_dup", "pkts_dup"},
    {"tcp_pkts_unk", "pkts_unk"},
    {"tcp_pkts_fc", "pkts_fc"},
    {"tcp_pkts_unrto", "pkts_unrto"},
    {"tcp_pkts_unfs", "pkts_unfs"},
    {"tcp_cwin_min", "cwin_min"},
    {"tcp_cwin_max", "cwin_max"},
    {"tcp_out_seq_pkts", "pkts_ooo"},
    {"tcp_window_scale", "win_scl"},
    {"tcp_mss", "mss", MemberSource::kSmallerOfBoth},
    {"tcp_max_seg_size", "mss_max"},
    {"tcp_min_seg_size", "mss_min"},
    // What is in flight, not the window: archives are used to it.
    {"tcp_win_max", "cwin_max"},
    {"tcp_win_min", "cwin_min"},
    {"tcp_initial_cwin", "cwin_ini"},
    {"tcp_sack_cnt", "sack_cnt", MemberSource::kLargerOfBoth},
};

// Which columns of a log the members are made of. Of the flow as a whole where both sides have the
// same.
struct NetsageSide {
  size_t ip = 0, port = 0, bytes = 0, packets = 0, duration = 0, first = 0;
  std::array<size_t, std::size(kTcpMembers)> members{};
};
struct NetsageLayout {
  std::string_view protocol;
  std::optional<size_t> last;        // TCP
  std::array<NetsageSide, 2> sides;  // client, server
};
constexpr const char* kSidePrefixes[] = {"c_", "s_"};

NetsageLayout TcpLayout() {
  const RowTable& table = RowTableOf(TcpCompleteTable());
  NetsageLayout layout{.protocol = "tcp", .last = table.Find("last"), .sides = {}};
  for (size_t s = 0; s < layout.sides.size(); ++s) {
    const auto of_side = [&](std::string_view name) {
      return *table.Find(absl::StrCat(kSidePrefixes[s], View(name)));
    };
    NetsageSide& side = layout.sides[s];
    side = {.ip = of_side("ip"),
            .port = of_side("port"),
            .bytes = of_side("bytes_uniq"),
            .packets = of_side("pkts_data"),
            .duration = *table.Find("durat"),
            .first = *table.Find("first")};
    for (size_t i = 0; i < side.members.size(); ++i) {
      side.members[i] = of_side(kTcpMembers[i].column);
    }
  }
  return layout;
}

NetsageLayout UdpLayout() {
  const RowTable& table = RowTableOf(UdpCompleteTable());
  NetsageLayout layout{.protocol = "udp", .last = std::nullopt, .sides = {}};
  for (size_t s = 0; s < layout.sides.size(); ++s) {
    const auto of_side = [&](std::string_view name) {
      return *table.Find(absl::StrCat(kSidePrefixes[s], View(name)));
    };
    layout.sides[s] = {.ip = of_side("ip"),
                       .port = of_side("port"),
                       .bytes = of_side("bytes_all"),
                       .packets = of_side("pkts_all"),
                       .duration = of_side("durat"),
                       .first = of_side("first_abs")};
  }
  return layout;
}

class NetsageFormat : public ExportFormat {
 public:
  NetsageFormat(ExportSelection chosen, double threshold_bits, const std::string& sensor,
                std::string_view instance_json)
      : ExportFormat(std::move(chosen)),
        tcp_table_(&RowTableOf(TcpCompleteTable())),
        udp_table_(&RowTableOf(UdpCompleteTable())),
        tcp_(TcpLayout()),
        udp_(UdpLayout()),
        threshold_bits_(threshold_bits) {
    RowBuffer end;
    end.Append(",\"sensor_id\":");
    AppendJsonString(sensor, end);
    end.Append(",\"instance_id\":");
    end.Append(instance_json);
    end.Append(",\"flow_type\":\"tstat\"}");
    end_of_meta_ = std::string(end.view());
    for (const NetsageMember& member : kTcpMembers) {
      tcp_names_.emplace_back(absl::StrCat(",\"", View(member.name), "\":"));
    }
  }

  std::string_view content_type() const override { return "application/json"; }
  std::string_view extension() const override { return "json"; }
  bool Takes(const RowTable& table) const override {
    return selection().Has(table) && (&table == tcp_table_ || &table == udp_table_);
  }
  bool needs_cells() const override { return true; }
  bool needs_values() const override { return false; }
  Frame frame() const override { return {"[", ",", "]\n"}; }
  size_t max_items() const override { return 100; }

  // The directions that reach the threshold. A row without the columns that every flow has gives
  // none.
  size_t ItemsOf(const TableRow& row) override {
    const NetsageLayout& layout = LayoutOf(row);
    kept_count_ = 0;
    for (size_t s = 0; s < layout.sides.size(); ++s) {
      const NetsageSide& side = layout.sides[s];
      for (const size_t i :
           {side.ip, side.port, side.bytes, side.packets, side.duration, side.first}) {
        if (row.cells[i].data() == nullptr) return kept_count_ = 0;
      }
      // A counter that ran below 0 reaches no threshold but 0.
      const auto bytes = static_cast<int64_t>(BytesOf(row.cells[side.bytes]));
      if (threshold_bits_ == 0 || 8 * static_cast<double>(bytes) >= threshold_bits_) {
        kept_[kept_count_++] = s;
      }
    }
    return kept_count_;
  }

  void AppendItem(const TableRow& row, size_t item, RowBuffer& out) override {
    const NetsageLayout& layout = LayoutOf(row);
    const NetsageSide& from = layout.sides[kept_[item]];
    const NetsageSide& to = layout.sides[1 - kept_[item]];
    const CellNumber duration_ms = NumberOf(row.cells[from.duration]);
    const double seconds = duration_ms.value() / 1000;

    out.Append("{\"type\":\"flow\",\"interval\":600,\"values\":{");
    AppendCommon(row, from, seconds, out);
    if (layout.last.has_value()) AppendTcp(row, from, to, out);
    out.Append("},\"meta\":{\"src_ip\":");
    AppendJsonString(row.cells[from.ip], out);
    out.Append(",\"src_port\":");
    AppendCell(row.cells[from.port], out);
    out.Append(",\"dst_ip\":");
    AppendJsonString(row.cells[to.ip], out);
    out.Append(",\"dst_port\":");
    AppendCell(row.cells[to.port], out);
    out.Append(",\"protocol\":\"");
    out.Append(layout.protocol);
    out.Append("\"");
    out.Append(end_of_meta_);
    const auto start = static_cast<int64_t>(NumberOf(row.cells[from.first]).value() / 1000);
    const double end = layout.last.has_value() ? NumberOf(row.cells[*layout.last]).value() / 1000
                                               : static_cast<double>(start) + Rounded(seconds, 2);
    out.Append(",\"start\":");
    AppendInteger(start, out);
    out.Append(",\"end\":");
    AppendInteger(static_cast<int64_t>(end), out);
    out.Append("}");
  }

 private:
  const NetsageLayout& LayoutOf(const TableRow& row) const {
    return row.table == tcp_table_ ? tcp_ : udp_;
  }

  static void AppendName(std::string_view name, RowBuffer& out) {
    out.Append(out.view().back() == '{' ? "\"" : ",\"");
    out.Append(name);
    out.Append("\":");
  }

  static uint64_t BytesOf(std::string_view cell) {
    uint64_t bytes = 0;
    std::from_chars(cell.data(), cell.data() + cell.size(), bytes);
    return bytes;
  }

  static void AppendCommon(const TableRow& row, const NetsageSide& side, double seconds,
                           RowBuffer& out) {
    const CellNumber packets = NumberOf(row.cells[side.packets]);
    const auto bits = static_cast<unsigned __int128>(8) * BytesOf(row.cells[side.bytes]);
    AppendName("duration", out);
    AppendReal(Rounded(seconds, 2), out);
    AppendName("num_bits", out);
    // More than 64 bits where a counter ran below 0.
    char* end = out.Reserve(kMaxNumberLength + 1);
    if (bits >= 10) end = WriteUnsigned(static_cast<uint64_t>(bits / 10), end);
    *end++ = static_cast<char>('0' + static_cast<int>(bits % 10));
    out.Commit(end);
    AppendName("num_packets", out);
    AppendNumber(packets, out);
    const std::pair<std::string_view, double> rates[] = {
        {"bits_per_second", static_cast<double>(bits)}, {"packets_per_second", packets.value()}};
    for (const auto& [name, amount] : rates) {
      AppendName(name, out);
      if (seconds == 0) {
        out.Append("0");
      } else {
        AppendReal(Rounded(amount / seconds, 2), out);
      }
    }
  }

  // Behind the members that AppendCommon wrote.
  void AppendTcp(const TableRow& row, const NetsageSide& from, const NetsageSide& to,
                 RowBuffer& out) const {
    for (size_t i = 0; i < std::size(kTcpMembers); ++i) {
      const std::string_view cell = row.cells[from.members[i]];
      if (cell.data() == nullptr) continue;  // the log does not have the column
      const FixedText& name = tcp_names_[i];
      char* const value = name.Write(out.Reserve(name.room() + kMaxNumberLength));
      out.Commit(value);
      if (kTcpMembers[i].source == MemberSource::kSide) {
        if (const char* const end = WriteUsualCell(cell, value)) {
          out.Commit(end);
        } else {
          AppendNumber(NumberOf(cell), out);
        }
        continue;
      }
      const CellNumber number = NumberOf(cell);
      const CellNumber other = NumberOf(row.cells[to.members[i]]);
      switch (kTcpMembers[i].source) {
        case MemberSource::kSide:
          break;
        case MemberSource::kRate: {
          const double packets = NumberOf(row.cells[from.packets]).value();
          if (number.value() == 0 || packets == 0) {
            out.Append("0");
          } else {
            AppendReal(number.value() / packets, out);
          }
          break;
        }
        case MemberSource::kSmallerOfBoth:
          AppendNumber(other.value() < number.value() ? other : number, out);
          break;
        case MemberSource::kLargerOfBoth:
          AppendNumber(other.value() > number.value() ? other : number, out);
          break;
      }
    }
  }

  const RowTable* tcp_table_;
  const RowTable* udp_table_;
  NetsageLayout tcp_, udp_;
  double threshold_bits_;
  std::vector<FixedText> tcp_names_;  // of kTcpMembers, as they stand before a value
  std::string end_of_meta_;
  // Of the last row: which sides' directions are sent.
  std::array<size_t, 2> kept_{};
  size_t kept_count_ = 0;
};

std::string NetsageHostName() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

}  // namespace

absl::StatusOr<std::unique_ptr<ExportFormat>> MakeNetsageFormat(const ExportDefaults& defaults,
                                                                ExportOptions* options) {
  absl::StatusOr<ExportSelection> selection = ExportSelection::TakeLogs(defaults, options);
  if (!selection.ok()) return selection.status();
  constexpr double kBitsOfMegabyte = 8e6, kUsualMegabytes = 1000;
  double megabytes = kUsualMegabytes;
  if (const std::optional<std::string> text = options->Take("threshold")) {
    const char* const end = text->data() + text->size();
    const auto read = RealFromChars(text->data(), end, megabytes);
    if (read.ec != std::errc() || read.ptr != end || !(megabytes >= 0) ||
        !std::isfinite(megabytes)) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", *text, "\": threshold is a number of MB, at least 0"));
    }
  }
  const std::optional<std::string> sensor = options->Take("sensor");
  const std::optional<std::string> instance = options->Take("instance");
  RowBuffer instance_json;
  if (instance.has_value()) {
    AppendJsonString(*instance, instance_json);
  } else {
    instance_json.Append("0");
  }
  return std::make_unique<NetsageFormat>(*std::move(selection), megabytes * kBitsOfMegabyte,
                                         sensor.value_or(NetsageHostName()), instance_json.view());
}

}  // namespace tstat::internal
