// SPDX-License-Identifier: BSD-3-Clause
//
// Tunnels: headers behind IP or UDP in front of another packet. Each says what is inside, in up to
// three ways where the header leaves that open. Whether it is a packet is for the caller to find
// out: what is not stays a packet of the outer flow.
//
//   TunnelContent inside = OpenIpProtocol(47, false, ip.payload);
//   for (const Layer& layer : inside.layers()) if (Try(layer)) break;
#ifndef TSTAT_DECODE_TUNNELS_H_
#define TSTAT_DECODE_TUNNELS_H_

#include <array>
#include <cstdint>
#include <span>

#include "decode/layers.h"
#include "decode/part.h"
#include "tstat/tunnel.h"

namespace tstat::internal {

struct TunnelContent {
  Tunnel tunnel;
  std::array<Layer, 4> candidates;
  uint8_t count = 0;  // 0: no tunnel

  std::span<const Layer> layers() const { return std::span(candidates).first(count); }
  void Add(const Layer& layer) { candidates[count++] = layer; }
};

// Both directions have the same number in their headers, not each its receiver's.
constexpr bool HasNumberOfBothWays(TunnelKind kind) {
  return kind != TunnelKind::kGtpu && kind != TunnelKind::kL2tp && kind != TunnelKind::kL2tpv3 &&
         kind != TunnelKind::kPptp && kind != TunnelKind::kMplsInIp;
}

// By the protocol of an IP packet of that version; `payload` is what is behind its headers.
TunnelContent OpenIpProtocol(uint8_t protocol, bool is_v6, const Part& payload);

// True for the ports of at least one tunnel: what OpenUdp() is worth being asked.
bool MayBeUdpTunnel(uint16_t source_port, uint16_t destination_port);
// `payload`: behind the UDP header, as long as the datagram.
TunnelContent OpenUdp(uint16_t source_port, uint16_t destination_port, const Part& payload);

}  // namespace tstat::internal

#endif  // TSTAT_DECODE_TUNNELS_H_
