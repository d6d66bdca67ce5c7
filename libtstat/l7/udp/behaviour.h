// SPDX-License-Identifier: BSD-3-Clause
//
// Protocols that show by how the packets of a flow answer each other, at its beginning: SYE [3.3],
// uTP, Google QUIC, VOD and obfuscated KAD. A verdict is about both directions.
//
//   UdpBehaviourTracker tracker(profile);
//   UdpBehaviour state;                                            // one a flow
//   if (flow_packets <= UdpBehaviourTracker::kPacketBudget)
//     UdpType found = tracker.OnPacket(direction, flow_packets, payload, state);
//   tracker.Release(state);                                         // at close
#ifndef TSTAT_L7_UDP_BEHAVIOUR_H_
#define TSTAT_L7_UDP_BEHAVIOUR_H_

#include <cstddef>
#include <cstdint>

#include "flow/slab.h"
#include "l7/udp/google_quic.h"
#include "l7/udp/obfuscated_kad.h"
#include "l7/udp/payload.h"
#include "l7/udp/sye.h"
#include "l7/udp/utp.h"
#include "l7/udp/vod.h"
#include "tstat/flow.h"
#include "tstat/options.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {

// What every flow needs; the rest is attached when a packet could begin one of the protocols.
struct UdpBehaviour {
  static constexpr uint32_t kNone = UINT32_MAX;
  ObfuscatedKadDetector kad;
  VodDetector vod;
  uint32_t attached = kNone;
};

class UdpBehaviourTracker {
 public:
  explicit UdpBehaviourTracker(const CompatProfile& profile)
      : sye_(profile.udp_3_3_signatures), google_quic_(!profile.quic_ietf) {}

  // OnPacket is to be called up to this packet of a flow, both directions; with the last one it
  // lets go of what was attached.
  static constexpr uint64_t kPacketBudget = GoogleQuicDetector::kPacketBudget;

  // The type that both directions have from now on (kUtp: kUtpBitTorrent for a direction that is
  // kBitTorrentDht), or kUnknown: no news. `flow_packets`: this packet included.
  UdpType OnPacket(Direction sender, uint64_t flow_packets, const UdpPayload& p,
                   UdpBehaviour& state);

  // What packets of one direction look like, before anything is proven.
  struct Signs {
    bool utp = false, quic = false, sye = false;
  };
  // False: nothing is known, or not any more.
  bool GetSigns(const UdpBehaviour& state, Direction sender, Signs* out) const {
    if (state.attached == UdpBehaviour::kNone) return false;
    const Attached& attached = attached_[state.attached];
    *out = {.utp = attached.utp.is_open(sender),
            .quic = attached.quic.is_open(sender),
            .sye = attached.sye.is_open(sender)};
    return true;
  }

  void Release(UdpBehaviour& state) {
    if (state.attached == UdpBehaviour::kNone) return;
    attached_.Free(state.attached);
    state.attached = UdpBehaviour::kNone;
  }

  size_t memory_bytes() const { return attached_.memory_bytes(); }

 private:
  struct Attached {
    UtpDetector utp;
    GoogleQuicDetector quic;
    SyeDetector sye;
  };
  Attached* Find(UdpBehaviour& state, bool attach);

  bool sye_, google_quic_;
  Slab<Attached, 8> attached_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_BEHAVIOUR_H_
