// SPDX-License-Identifier: BSD-3-Clause
//
// The 5-tuple of a flow (the protocol is the table's), and its symmetric hash.
#ifndef TSTAT_FLOW_FLOW_KEY_H_
#define TSTAT_FLOW_FLOW_KEY_H_

#include <cstdint>
#include <cstring>
#include <utility>

#include "decode/datagram.h"
#include "flow/keyed_hash.h"
#include "tstat/flow.h"
#include "tstat/ip_address.h"

namespace tstat::internal {

// Addresses as words, so that comparing is a few instructions. `a` is the client (the sender of the
// first packet), `b` the server.
struct FlowKey {
  uint64_t a[2] = {0, 0}, b[2] = {0, 0};
  uint16_t a_port = 0, b_port = 0;
  uint32_t space = 0;  // Datagram::flow_space; UINT32_MAX equals no key of a packet

  static FlowKey Of(const Datagram& d) {
    FlowKey k;
    std::memcpy(k.a, d.source.bytes().data(), 16);
    std::memcpy(k.b, d.destination.bytes().data(), 16);
    k.a_port = d.source_port;
    k.b_port = d.destination_port;
    k.space = d.flow_space;
    return k;
  }

  // That of a packet the other way.
  FlowKey Reversed() const {
    FlowKey k = *this;
    std::swap(k.a, k.b);
    std::swap(k.a_port, k.b_port);
    return k;
  }

  // Back to what Of() was given.
  void GetEndpoints(IpAddress* source, uint16_t* source_port, IpAddress* destination,
                    uint16_t* destination_port) const {
    const auto address = [this](const uint64_t* words) {
      std::array<uint8_t, 16> bytes;
      std::memcpy(bytes.data(), words, 16);
      return (space & flow_space::kV6) != 0
                 ? IpAddress::V6(bytes)
                 : IpAddress::V4(std::span<const uint8_t, 4>(bytes.data(), 4));
    };
    *source = address(a);
    *source_port = a_port;
    *destination = address(b);
    *destination_port = b_port;
  }

  // Of a tunnel's own datagrams.
  bool is_outer() const { return (space & flow_space::kOuter) != 0; }
  bool is_valid() const { return space != UINT32_MAX; }
  // From now on it matches no packet's key.
  void Invalidate() { space = UINT32_MAX; }

  // 0: the same endpoints in the same order.
  uint64_t Difference(const FlowKey& o) const {
    return (a[0] ^ o.a[0]) | (a[1] ^ o.a[1]) | (b[0] ^ o.b[0]) | (b[1] ^ o.b[1]) |
           static_cast<uint64_t>((a_port ^ o.a_port) | (b_port ^ o.b_port)) | (space ^ o.space);
  }
  // 0: the same endpoints, swapped.
  uint64_t DifferenceReversed(const FlowKey& o) const {
    return (a[0] ^ o.b[0]) | (a[1] ^ o.b[1]) | (b[0] ^ o.a[0]) | (b[1] ^ o.a[1]) |
           static_cast<uint64_t>((a_port ^ o.b_port) | (b_port ^ o.a_port)) | (space ^ o.space);
  }

  // The same for both directions of a flow.
  uint32_t Hash(const HashKey& key) const {
    return static_cast<uint32_t>((key.HashEndpoint(a, a_port) + key.HashEndpoint(b, b_port)) >> 32);
  }
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_FLOW_KEY_H_
