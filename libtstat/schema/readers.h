// SPDX-License-Identifier: BSD-3-Clause
//
// What the readers of column tables have in common.
#ifndef TSTAT_SCHEMA_READERS_H_
#define TSTAT_SCHEMA_READERS_H_

#include <cmath>
#include <optional>
#include <string_view>

#include "tstat/flow.h"
#include "tstat/time.h"
#include "tstat/value.h"

namespace tstat::internal {

constexpr AddressView AddressOf(const Endpoint& endpoint) {
  return {&endpoint.address, endpoint.encrypted};
}

// A name that the client had resolved.
inline std::optional<std::string_view> ResolvedName(const Endpoints& endpoints) {
  if (endpoints.resolution == nullptr) return std::nullopt;
  return endpoints.resolution->name;
}

// 0, or an empty text, stands for none.
template <typename T>
constexpr std::optional<T> IfNotZero(T number) {
  return number != T{} ? std::optional<T>(number) : std::nullopt;
}
constexpr std::optional<std::string_view> IfNotEmpty(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
}
constexpr std::optional<Timestamp> IfSet(Timestamp time) {
  return time.is_set() ? std::optional(time) : std::nullopt;
}
inline std::optional<double> IfFinite(double number) {
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

// From `from` to `to`; 0 when `to` is earlier.
constexpr Duration Between(Timestamp from, Timestamp to) {
  return Duration(to <= from ? 0 : to.nanoseconds() - from.nanoseconds());
}
// Absent when `to` never came.
constexpr std::optional<Duration> BetweenIfSet(Timestamp from, Timestamp to) {
  return to.is_set() ? std::optional(Between(from, to)) : std::nullopt;
}

// Measurements kept as doubles. Absent: not a number, or none that a Duration can hold.
inline std::optional<Duration> DurationOfMs(double ms) {
  constexpr double kMost = 9e12;
  if (!(std::abs(ms) < kMost)) return std::nullopt;
  return Duration(std::llround(ms * 1e6));
}
inline std::optional<Duration> DurationOfUs(double us) { return DurationOfMs(us / 1000.0); }

// What a flow was wrapped in.
inline constexpr std::string_view kTunnelDescription =
    "tunnel around the flow, the innermost one: ipip, 6in4, 4in6, 6in6, gre, nvgre, erspan, pptp, "
    "etherip, mpls, l2tp, l2tpv3, vxlan, geneve, gtpu, teredo, gue, lisp or tzsp; outer: the flow "
    "is that of a tunnel's own datagrams";
inline constexpr std::string_view kNoTunnel = "in no tunnel";
inline constexpr std::string_view kTunnelIdDescription =
    "network, key, session or endpoint of the tunnel, as the flow's first packet has it";
inline constexpr std::string_view kNoTunnelId = "in no tunnel, or in one without a number";
template <typename Record>
constexpr auto TunnelName =
    [](const Record& record, Direction) { return IfNotEmpty(record.tunnel.name()); };
template <typename Record>
constexpr auto TunnelId = [](const Record& record, Direction) {
  return record.tunnel.has_id ? std::optional(record.tunnel.id) : std::nullopt;
};

// What headers tell beside addresses (FlowMarks).
inline constexpr std::string_view kVlanDescription =
    "innermost VLAN tag of the flow's first packet";
inline constexpr std::string_view kNoVlan = "no tag";
template <typename Record>
constexpr auto VlanOf =
    [](const Record& record, Direction) { return IfNotZero(record.marks.vlan); };
inline constexpr std::string_view kCommunityIdDescription =
    "the flow's Community ID, version 1, by which other tools name it (--community-id-seed)";
inline constexpr std::string_view kNoCommunityId = "an address is encrypted";
// It is made of the addresses: where they are not shown, it is not.
template <typename Record>
constexpr auto CommunityIdOf = [](const Record& record, Direction) {
  const std::string_view text(record.community_id.data(), record.community_id.size());
  const bool is_shown = !record.endpoints.client.encrypted && !record.endpoints.server.encrypted;
  return is_shown && text[0] != 0 ? std::optional(text) : std::nullopt;
};
inline constexpr std::string_view kIcmpErrorsDescription =
    "ICMP errors that quote a packet of the flow; 65535: as many or more";
template <typename Record>
constexpr auto IcmpErrorsOf =
    [](const Record& record, Direction) { return record.marks.icmp_errors; };
inline constexpr std::string_view kCongestionDescription =
    "packets that a router marked for congestion (RFC 3168)";
template <typename Record>
constexpr auto CongestionOf = [](const Record& record, Direction sender) {
  return record.marks.congestion[static_cast<size_t>(Index(sender))];
};

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_READERS_H_
