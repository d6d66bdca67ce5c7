// SPDX-License-Identifier: BSD-3-Clause
#include "histogram/packet_observer.h"

#include <array>

namespace tstat::internal {
namespace {

using F = HistogramFamily;

constexpr uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kIcmpv6 = 58;
constexpr uint32_t kIpv6HeaderBytes = 40;
// Of the rates `ip_bitrate` and `L3_bitrate`.
constexpr int kTcpClass = 0, kUdpClass = 1, kIcmpClass = 2, kAllClass = 3;
constexpr int kIpv4Other = 2, kIpv6Classes = 3, kIpv6Other = 5;

// 0 TCP, 1 UDP, 2 others. A table, because branches on it are often mispredicted.
constexpr std::array<uint8_t, 256> kLayer3Classes = [] {
  std::array<uint8_t, 256> classes;
  classes.fill(2);
  classes[kTcp] = 0;
  classes[kUdp] = 1;
  return classes;
}();

}  // namespace

void PacketObserver::CountIpv6(const Datagram& d, SuffixPair suffixes) {
  const uint32_t payload = d.ip_total_length - kIpv6HeaderBytes;
  recorder_.Add(F::kIp6Protocol, suffixes.main, d.ip.U8(6));
  recorder_.Add(F::kIp6HopLimit, suffixes.main, d.ttl);
  recorder_.Add(F::kIp6Plen, suffixes.main, payload);
  if (d.transport == Transport::kOther && d.ip_protocol == kIcmpv6 && !d.transport_bytes.empty()) {
    recorder_.Add(F::kIcmpv6Type, suffixes.main, d.transport_bytes.U8(0));
  }
  const int layer3 = kIpv6Classes + kLayer3Classes[d.ip_protocol];
  recorder_.Add(F::kL3Protocol, suffixes.main, layer3);
  if (layer3 == kIpv6Other) {
    // In single precision (a quirk of the format).
    uint64_t& bytes = recorder_.bytes(RateSet::kLayer3, suffixes.main)[kIpv6Other];
    bytes = static_cast<uint64_t>(static_cast<float>(bytes) + static_cast<float>(payload));
  }
}

void PacketObserver::AfterFlow(const Datagram& d, const PacketFlags& flags, FlowResult result) {
  if (result == FlowResult::kDuplicate) return;
  const SuffixPair suffixes = SuffixesOf(flags);
  if (result == FlowResult::kCounted || result == FlowResult::kTrash) {
    const bool tcp = d.transport == Transport::kTcp;
    recorder_.AddBytes(RateSet::kIp, suffixes, tcp ? kTcpClass : kUdpClass, d.ip_total_length);
    recorder_.AddBytes(RateSet::kLayer3, suffixes, (d.is_v6 ? kIpv6Classes : 0) + (tcp ? 0 : 1),
                       d.ip_total_length);
    if (tcp) {
      CountTcp(d, suffixes);
      if (result == FlowResult::kTrash) recorder_.Add(F::kProfileTrash, 0);
    } else {
      recorder_.Add(F::kUdpPortDst, suffixes.main, d.destination_port);
    }
  }
  if (!d.is_v6) CountIpv4(d, flags, suffixes);
}

void PacketObserver::CountTcp(const Datagram& d, SuffixPair suffixes) {
  recorder_.Add(F::kTcpPortSrc, suffixes.main, d.source_port);
  recorder_.Add(F::kTcpPortDst, suffixes.main, d.destination_port);
  const uint8_t flags = d.transport_bytes.U8(13);
  if ((flags & tcp_flags::kSyn) != 0 && (flags & tcp_flags::kAck) == 0) {
    recorder_.Add(F::kTcpPortSynsrc, suffixes.main, d.source_port);
    recorder_.Add(F::kTcpPortSyndst, suffixes.main, d.destination_port);
  }
}

void PacketObserver::CountIpv4(const Datagram& d, const PacketFlags& flags, SuffixPair suffixes) {
  recorder_.Add(F::kIpProtocol, suffixes.main, d.ip_protocol);
  recorder_.Add(F::kIpLen, suffixes.main, d.ip_total_length);
  recorder_.Add(F::kIpTtl, suffixes.main, d.ttl);
  recorder_.Add(F::kIpTos, suffixes.main, d.type_of_service);
  recorder_.AddBytes(RateSet::kIp, suffixes, kAllClass, d.ip_total_length);
  if (d.ip_protocol == kIcmp) {
    recorder_.AddBytes(RateSet::kIp, suffixes, kIcmpClass, d.ip_total_length);
  }
  const int layer3 = kLayer3Classes[d.ip_protocol];
  recorder_.Add(F::kL3Protocol, suffixes.main, layer3);
  if (layer3 == kIpv4Other) {
    recorder_.AddBytes(RateSet::kLayer3, suffixes, kIpv4Other, d.ip_total_length);
  }
  if (engine_.counts_addresses()) {
    engine_.addresses().Count(d.source.v4(), flags.source_internal, d.destination.v4(),
                              flags.destination_internal, d.ip_total_length);
  }
}

}  // namespace tstat::internal
