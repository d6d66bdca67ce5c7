// SPDX-License-Identifier: BSD-3-Clause
#include "decode/icmp_quote.h"

#include <cstddef>
#include <cstdint>

#include "decode/ip_packet.h"
#include "decode/ipv6_headers.h"
#include "decode/part.h"

namespace tstat::internal {
namespace {

bool IsError(const Datagram& icmp) {
  constexpr uint8_t kIcmp = 1;
  const uint8_t type = icmp.transport_bytes.U8(0);
  if (icmp.is_v6) return icmp.ip_protocol == ip_protocol::kIcmpv6 && type < 128;
  if (icmp.ip_protocol != kIcmp) return false;
  // Unreachable, quench, redirect, time exceeded, parameter problem.
  return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

}  // namespace

std::optional<Datagram> QuotedDatagram(const Datagram& icmp) {
  constexpr size_t kIcmpHeader = 8, kPorts = 4;
  if (icmp.transport_bytes.size() <= kIcmpHeader || !IsError(icmp)) return std::nullopt;
  // Longer than what is quoted of it, it may be.
  const Part part(icmp.transport_bytes.Sub(kIcmpHeader), UINT16_MAX);
  IpPacket ip;
  Datagram quoted;
  ParseIp(part, &ip, &quoted);
  if (!ip.is_valid || ip.is_later_fragment || !quoted.transport_bytes.Has(0, kPorts)) {
    return std::nullopt;
  }
  const bool is_tcp = quoted.ip_protocol == ip_protocol::kTcp;
  if (!is_tcp && quoted.ip_protocol != ip_protocol::kUdp) return std::nullopt;
  quoted.transport = is_tcp ? Transport::kTcp : Transport::kUdp;
  quoted.source_port = quoted.transport_bytes.U16(0);
  quoted.destination_port = quoted.transport_bytes.U16(2);
  constexpr uint32_t kOwnBits = flow_space::kV6;
  quoted.flow_space = (quoted.flow_space & kOwnBits) | (icmp.flow_space & ~kOwnBits);
  return quoted;
}

}  // namespace tstat::internal
