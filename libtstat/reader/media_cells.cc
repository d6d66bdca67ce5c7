// SPDX-License-Identifier: BSD-3-Clause
#include "reader/media_cells.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "config/absl_text.h"

namespace tstat::internal {
namespace {

constexpr std::string_view kJitters[] = {"jitter", "jitter_max", "jitter_min"};
constexpr std::string_view kStreamJitters[] = {"jitter_avg", "jitter_max", "jitter_min"};
constexpr std::string_view kRoundTrips[] = {"rtt_avg", "rtt_max", "rtt_min"};
constexpr std::string_view kRtcpJitters[] = {"rtcp_jitter", "rtcp_jitter_max", "rtcp_jitter_min"};

Value ZeroOf(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::kUnsigned:
    case ColumnKind::kEnumeration:
    case ColumnKind::kBitSet:
      return Value::Of(uint64_t{0});
    case ColumnKind::kSigned:
      return Value::Of(int64_t{0});
    case ColumnKind::kReal:
      return Value::Of(0.0);
    case ColumnKind::kBoolean:
      return Value::Of(false);
    case ColumnKind::kDuration:
      return Value::Of(Duration(0));
    default:
      return {};
  }
}

bool IsZero(std::string_view cell) { return cell == "0" || cell == "0.000000"; }

Value Thousandfold(const Value& value) {
  if (value.kind() == Value::Kind::kReal) return Value::Of(1000 * value.real());
  if (value.kind() != Value::Kind::kDuration) return value;
  const int64_t ns = value.duration().count();
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 1000;
  if (ns > kMost || ns < -kMost) return {};
  return Value::Of(Duration(1000 * ns));
}

// The number of `value`, printed as a duration in ms; nothing: there is none.
std::optional<double> MillisecondsOf(const Value& value) {
  constexpr double kNanoseconds = 1e6;
  if (value.kind() != Value::Kind::kDuration) return std::nullopt;
  return static_cast<double>(value.duration().count()) / kNanoseconds;
}

}  // namespace

const MediaCells::Rule MediaCells::kFlowRules[] = {
    {"pkts", kRtp | kRtcp | kTcp},
    {"ipg", kRtp | kRtcp | kTcp},
    {"jitter", kRtp | kTcp},
    {"jitter_max", kRtp | kTcp},
    {"jitter_min", kRtp | kTcp},
    {"ttl_avg", kRtp | kRtcp | kTcp},
    {"ttl_max", kRtp | kRtcp | kTcp},
    {"ttl_min", kRtp | kRtcp | kTcp},
    {"durat", kRtp | kRtcp | kTcp, kRtp},
    {"bytes", kRtp | kRtcp | kTcp},
    {"rate", kRtp | kRtcp | kTcp, kRtcp | kTcp},
    {"ssrc", kRtp | kRtcp},
    {"lost", kRtp},
    {"out_of_seq", kRtp | kTcp},
    {"dup", kRtp | kTcp},
    {"late", kRtp},
    {"pt", kRtp},
    {"restarted", kRtp},
    {"rtcp_lost", kRtcp},
    {"rtcp_lost_frac", kRtcp},
    {"rtcp_pkts", kRtcp},
    {"rtcp_octets", kRtcp},
    {"rtt_avg", kRtcp | kTcp},
    {"rtt_max", kRtcp | kTcp},
    {"rtt_min", kRtcp | kTcp},
    {"rtt_cnt", kRtcp | kTcp},
    {"rtcp_err", kRtcp},
    {"first_http", kTcp, 0, true},
    {"first_rtsp", kTcp, 0, true},
    {"first_rtp", kTcp, 0, true},
    {"first_icy", kTcp, 0, true},
};
const MediaCells::Rule MediaCells::kStreamRules[] = {
    {"duration", kRtp | kRtcp, kRtp},
    {"speed", kRtp | kRtcp, kRtcp},
    {"losses", kRtp},
    {"oos", kRtp},
    {"dup", kRtp},
    {"late", kRtp},
    {"bogus", kRtp},
    {"rtcp_losses", kRtcp},
    {"rtcp_fraclost", kRtcp},
    {"rtcp_lenpack", kRtcp},
    {"rtcp_lenbytes", kRtcp},
    {"rtt_avg", kRtcp},
    {"rtt_max", kRtcp},
    {"rtt_min", kRtcp},
    {"rtt_samples", kRtcp},
    {"rtcp_trunc", kRtcp},
    {"rtp_max_payload", kRtp},
    {"rtp_min_payload", kRtp},
};

template <size_t kCount>
MediaCells::Side MediaCells::SideOf(const RowTable& table, const Rule (&rules)[kCount],
                                    std::string_view prefix) {
  Side side;
  const auto find = [&](std::string_view name) {
    return table.Find(absl::StrCat(View(prefix), View(name)));
  };
  for (const Rule& rule : rules) {
    if (const std::optional<size_t> column = find(rule.name)) {
      side.columns.push_back({*column, &rule, table.columns[*column].info.type.kind});
    }
  }
  const auto& jitters = prefix.empty() ? kStreamJitters : kJitters;
  for (size_t i = 0; i < std::size(kJitters); ++i) {
    const std::optional<size_t> printed = find(jitters[i]), value = find(kRtcpJitters[i]);
    if (printed.has_value() && value.has_value()) side.jitters.emplace_back(*printed, *value);
  }
  for (const std::string_view name : kRoundTrips) {
    if (const std::optional<size_t> column = find(name)) side.round_trips.push_back(*column);
  }
  side.round_trip_count = find(prefix.empty() ? "rtt_samples" : "rtt_cnt");
  side.type = prefix.empty() ? find("a_proto") : find("type");
  side.packets = find("packets");
  side.deviation = find("rtp_stdev_payload");
  return side;
}

MediaCells::MediaCells(const RowTable& table) {
  if (table.name == "media_flow") {
    transport_ = table.Find("proto");
    connection_type_ = table.Find("con_t");
    for (const std::string_view prefix : {"c_", "s_"}) {
      sides_.push_back(SideOf(table, kFlowRules, prefix));
    }
  } else if (table.name == "media_stream") {
    sides_.push_back(SideOf(table, kStreamRules, ""));
  }
}

MediaCells::Stream MediaCells::StreamOf(const Side& side,
                                        const std::vector<std::string_view>& cells, bool is_tcp) {
  if (is_tcp) return kTcp;
  if (!side.type.has_value()) return kNone;
  const std::string_view type = cells[*side.type];
  if (type == "3" || type == "R") return kRtp;
  return type == "4" || type == "T" ? kRtcp : kNone;
}

// The text has it in the units of the payload's clock; without reports, none.
void MediaCells::SettleRtcpJitter(const Side& side, const std::vector<std::string_view>& cells,
                                  std::vector<Value>& values) {
  bool has_reports = true;
  for (size_t i = 0; i < side.jitters.size(); ++i) {
    const auto [printed, of_clock] = side.jitters[i];
    const std::optional<double> jitter =
        cells[printed] == "0" ? std::optional(0.0) : MillisecondsOf(values[printed]);
    values[printed] = {};
    if (i == 0) has_reports = jitter.has_value();
    if (!has_reports || !jitter.has_value()) continue;
    values[of_clock] =
        i == 0 ? Value::Of(*jitter) : Value::Of(static_cast<uint64_t>(std::llround(*jitter)));
  }
}

// Printed is the root of the sum of squares divided by the packets less one, not the root of that
// quotient.
void MediaCells::SettleDeviation(const Side& side, std::vector<Value>& values) {
  if (!side.packets.has_value() || !side.deviation.has_value()) return;
  const Value& packets = values[*side.packets];
  Value& deviation = values[*side.deviation];
  if (packets.kind() != Value::Kind::kUnsigned || deviation.kind() != Value::Kind::kReal) return;
  const uint64_t count = packets.unsigned_number();
  deviation = count <= 1 ? Value()
                         : Value::Of(deviation.real() * std::sqrt(static_cast<double>(count - 1)));
}

void MediaCells::Settle(const std::vector<std::string_view>& cells,
                        std::vector<Value>& values) const {
  const auto is_there = [&cells](std::optional<size_t> column) {
    return column.has_value() && cells[*column].data() != nullptr;
  };
  // What tells the kind of stream may be left out of a log.
  if (transport_.has_value() && !is_there(transport_)) return;
  const bool is_tcp = transport_.has_value() && cells[*transport_] == "1";
  for (const Side& side : sides_) {
    if (!is_there(side.type)) continue;
    const Stream stream = StreamOf(side, cells, is_tcp);
    if (stream == kRtcp) SettleRtcpJitter(side, cells, values);
    for (const Column& column : side.columns) {
      Value& value = values[column.index];
      const std::string_view cell = cells[column.index];
      if (cell.data() == nullptr) continue;
      const Rule& rule = *column.rule;
      if ((rule.has & stream) == 0 || (rule.zero_is_absent && IsZero(cell))) {
        value = {};
      } else if (value.is_absent() && cell == "0") {
        value = ZeroOf(column.kind);
      } else if ((rule.thousands & stream) != 0) {
        value = Thousandfold(value);
      }
    }
    if (is_there(side.round_trip_count) && IsZero(cells[*side.round_trip_count])) {
      for (const size_t column : side.round_trips) values[column] = {};
    }
    if (stream == kRtp) SettleDeviation(side, values);
    if (!is_tcp) continue;
    // Without gaps there is no mean, and the extremes are 0.
    const bool has_gaps = !side.jitters.empty() && !values[side.jitters[0].first].is_absent();
    for (const auto& [printed, of_clock] : side.jitters) {
      if (!has_gaps) values[printed] = {};
    }
    // The type of a TCP connection is another code.
    if (connection_type_.has_value()) values[*connection_type_] = values[*side.type];
    values[*side.type] = {};
  }
}

}  // namespace tstat::internal
