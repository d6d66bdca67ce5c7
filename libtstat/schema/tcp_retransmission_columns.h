// SPDX-License-Identifier: BSD-3-Clause
//
// Columns of both sides about retransmissions and round-trip times that Tstat does not have
// (docs/truth.md). A part of the tables in tcp_columns.cc.
#ifndef TSTAT_SCHEMA_TCP_RETRANSMISSION_COLUMNS_H_
#define TSTAT_SCHEMA_TCP_RETRANSMISSION_COLUMNS_H_

#include <optional>

#include "schema/column.h"
#include "schema/readers.h"
#include "tstat/options.h"
#include "tstat/schema.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {

template <auto kMember>
inline constexpr auto CountOfSide = [](const TcpFlow& f, Direction d) { return f.of(d).*kMember; };
template <double TcpDirection::*kMicroseconds>
inline constexpr auto QuantileOfSide = [](const TcpFlow& f, Direction d) {
  return f.of(d).rtt.count > 0 ? DurationOfUs(f.of(d).*kMicroseconds) : std::nullopt;
};
inline constexpr ColumnExtras kTrue = {.presence = {&CompatProfile::modern_columns, true}};
inline constexpr ColumnExtras kTrueNoSample = {
    .absent = "no sample", .presence = {&CompatProfile::modern_columns, true}, .placeholder = "-"};

inline constexpr Column<TcpFlow> kRetransmissionsOfSide[] = {
    {"bytes_missed", type::kU64, "bytes", Format::kUint64,
     "payload that the capture missed: acknowledged, or followed by other data, and never seen",
     CountOfSide<&TcpDirection::missed_bytes>, kTrue},
    {"pkts_tlp", type::kU32, "", Format::kUint32,
     "of pkts_retx: probes for the loss of the last segment (RFC 8985)",
     CountOfSide<&TcpDirection::tail_loss_probes>, kTrue},
    {"pkts_spur", type::kU32, "", Format::kUint32,
     "of pkts_retx: needless, since the receiver had what was sent again",
     CountOfSide<&TcpDirection::needless_retransmissions>, kTrue},
    {"pkts_ka", type::kU32, "", Format::kUint32, "keep-alives, which are no retransmissions",
     CountOfSide<&TcpDirection::keep_alives>, kTrue},
    {"rtt_syn", type::kDuration, "ms", Format::kFixed6,
     "round-trip time of the handshake: from this side's SYN to what acknowledges it",
     [](const TcpFlow& f, Direction d) {
       const double us = f.of(d).handshake_rtt_us;
       return us >= 0 ? DurationOfUs(us) : std::nullopt;
     },
     kTrueNoSample},
    {"rtt_p50", type::kDuration, "ms", Format::kFixed6, "median of the round-trip time",
     QuantileOfSide<&TcpDirection::rtt_p50_us>, kTrueNoSample},
    {"rtt_p95", type::kDuration, "ms", Format::kFixed6,
     "round-trip time that 95 % of the samples do not exceed",
     QuantileOfSide<&TcpDirection::rtt_p95_us>, kTrueNoSample},
    {"rtt_p99", type::kDuration, "ms", Format::kFixed6,
     "round-trip time that 99 % of the samples do not exceed",
     QuantileOfSide<&TcpDirection::rtt_p99_us>, kTrueNoSample},
};

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_TCP_RETRANSMISSION_COLUMNS_H_
