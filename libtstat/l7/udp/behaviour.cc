// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/behaviour.h"

#include <optional>

namespace tstat::internal {

UdpBehaviourTracker::Attached* UdpBehaviourTracker::Find(UdpBehaviour& state, bool attach) {
  if (state.attached == UdpBehaviour::kNone) {
    if (!attach) return nullptr;
    state.attached = attached_.Allocate();
  }
  return &attached_[state.attached];
}

UdpType UdpBehaviourTracker::OnPacket(Direction sender, uint64_t flow_packets, const UdpPayload& p,
                                      UdpBehaviour& state) {
  UdpType found = UdpType::kUnknown;
  if (sye_ && flow_packets < SyeDetector::kPacketBudget && SyeDetector::Concerns(p)) {
    SyeDetector& sye = Find(state, true)->sye;
    if (!sye.found() && sye.OnPacket(sender, p)) found = UdpType::kSye;
  }
  if (flow_packets < UtpDetector::kPacketBudget) {
    if (const std::optional<UtpHeader> header = UtpHeader::Parse(p)) {
      UtpDetector& utp = Find(state, true)->utp;
      if (!utp.found() && utp.OnPacket(sender, *header)) found = UdpType::kUtp;
    }
  }
  if (google_quic_ && flow_packets < GoogleQuicDetector::kPacketBudget) {
    if (const std::optional<GoogleQuicHeader> header = GoogleQuicHeader::Parse(p)) {
      Attached* const attached = Find(state, GoogleQuicDetector::Opens(*header));
      if (attached != nullptr && !attached->quic.found() &&
          attached->quic.OnPacket(sender, *header)) {
        found = UdpType::kQuic;
      }
    }
  }
  if (flow_packets < VodDetector::kPacketBudget && !state.vod.found() &&
      state.vod.OnPacket(sender, p)) {
    found = UdpType::kVod;
  }
  if (flow_packets < ObfuscatedKadDetector::kPacketBudget) {
    state.kad.OnPacket(sender, p.length_field);
  }
  if (flow_packets >= kPacketBudget) Release(state);
  return found;
}

}  // namespace tstat::internal
