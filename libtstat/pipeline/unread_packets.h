// SPDX-License-Identifier: BSD-3-Clause
//
// What packets were that are in no flow, by the name of their Ethernet type or IP protocol, and
// which flows are of tunnels: for the end of a run, where it is told.
//
//   UnreadPackets unread;
//   unread.OnFrame(packet);         // no IP was found in it
//   unread.OnProtocol(datagram);    // neither TCP nor UDP
//   unread.AddTo(&statistics);
#ifndef TSTAT_PIPELINE_UNREAD_PACKETS_H_
#define TSTAT_PIPELINE_UNREAD_PACKETS_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "decode/datagram.h"
#include "tstat/packet.h"
#include "tstat/statistics.h"

namespace tstat::internal {

class UnreadPackets {
 public:
  void OnFrame(const Packet& packet);
  void OnProtocol(const Datagram& d) {
    ++protocols_[d.ip_protocol];
    if (d.ip_protocol == kIcmpv6) OnIcmpv6(d);
  }
  // A flow of UDP begins: a tunnel's, by its port.
  void OnUdpFlow(const Datagram& d);

  void AddTo(Statistics* statistics) const;

 private:
  using Named = std::vector<std::pair<std::string, uint64_t>>;

  static constexpr uint8_t kIcmpv6 = 58;
  // Of Ethernet types (link types) that are not named here; a stream may bring all there are.
  static constexpr size_t kMostTypes = 64;

  void OnIcmpv6(const Datagram& d);

  std::map<uint32_t, uint64_t> frames_;  // by Ethernet type; others: above kLinkType
  uint64_t other_frames_ = 0;
  std::array<uint64_t, 256> protocols_{};
  uint64_t neighbour_discovery_ = 0;      // of ICMPv6
  std::map<uint16_t, uint64_t> tunnels_;  // flows, by a port of kTunnelPorts
};

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_UNREAD_PACKETS_H_
