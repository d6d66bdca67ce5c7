// SPDX-License-Identifier: BSD-3-Clause
//
// Finds RTP and RTCP among the packets of UDP flows and measures them: a state machine a direction
// that takes a candidate by its header and ports, and believes it when the next packet follows.
// One stream a direction; the state is attached while there is one.
//
//   MediaTracker media(rtcp_rules, observer);
//   MediaState self, other;                        // of the two directions of a flow
//   if (MediaTracker::Concerns(self.type)) {
//     media.OnDatagram(step, payload, ends, bytes, self, other);
//   }
//   ...
//   media.Finish(ends, sender, self, bytes, &flow.client);   // at close, for types kRtp and kRtcp
//   media.Release(self);                                     // always
#ifndef TSTAT_RTP_MEDIA_TRACKER_H_
#define TSTAT_RTP_MEDIA_TRACKER_H_

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <variant>

#include "flow/observer.h"
#include "flow/slab.h"
#include "flow/step.h"
#include "l7/udp/payload.h"
#include "rtp/rtcp_receiver.h"
#include "rtp/rtp_receiver.h"
#include "tstat/media.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {

// What a direction carries and, while that is RTP or RTCP, where its measurements are.
struct MediaState {
  static constexpr uint32_t kNone = UINT32_MAX;
  uint32_t record = kNone;
  UdpType type = UdpType::kUnknown;
};

struct MediaCounts {
  uint64_t rtp = 0, rtcp = 0;
};

class MediaTracker {
 public:
  explicit MediaTracker(const RtcpRules& rtcp_rules, Observer* observer = nullptr)
      : rtcp_rules_(rtcp_rules), observer_(observer) {}

  // Whether packets of a direction of this type are looked at.
  static constexpr bool Concerns(UdpType type) { return type <= UdpType::kRtcp; }

  // One counted packet of `self`. `data_bytes`: of the direction, this packet included.
  // REQUIRES: Concerns(self.type).
  void OnDatagram(const UdpDatagramStep& step, const UdpPayload& p, const Endpoints& ends,
                  int64_t data_bytes, MediaState& self, const MediaState& other) {
    assert(Concerns(self.type));
    if (self.type == UdpType::kUnknown) {
      if (p.captured() < RtpHeader::kSize || p.bytes.U8(0) >> 6 != 2) return;
      OnUnknown(step, p, data_bytes, self, other);
    } else {
      OnFollowing(step, p, ends, self, other);
    }
  }

  // The flow closes: the direction's stream, if it is RTP or RTCP.
  void Finish(const Endpoints& ends, Direction sender, const MediaState& self, int64_t data_bytes,
              MediaDirection* out);

  // Drops the measurements: the direction is something else, or the flow is gone.
  void Release(MediaState& self) {
    if (self.record == MediaState::kNone) return;
    records_.Free(self.record);
    self.record = MediaState::kNone;
  }

  // Directions that were found to be RTP and RTCP so far; one that was given up and found again
  // counts again.
  const MediaCounts& confirmed() const { return confirmed_; }

  size_t memory_bytes() const { return records_.memory_bytes(); }

 private:
  struct Rtcp {
    RtcpReceiver receiver;
    // Payload bytes of the direction before the candidate, by an arithmetic whose result shows in
    // the row.
    uint64_t initial_bytes = 0;
  };
  using Record = std::variant<RtpReceiver, Rtcp>;

  void OnUnknown(const UdpDatagramStep& step, const UdpPayload& p, int64_t data_bytes,
                 MediaState& self, const MediaState& other);
  void OnFollowing(const UdpDatagramStep& step, const UdpPayload& p, const Endpoints& ends,
                   MediaState& self, const MediaState& other);
  bool FollowRtp(const UdpDatagramStep& step, const UdpPayload& p, const Endpoints& ends,
                 MediaState& self);
  bool FollowRtcp(const UdpDatagramStep& step, const UdpPayload& p, const Endpoints& ends,
                  MediaState& self, const MediaState& other);
  void MatchEcho(const MediaState& other, Timestamp now, RtcpReceiver& receiver,
                 RtcpPacketResult* result) const;
  void Confirm(const Endpoints& ends, Direction sender, UdpType type, MediaState& self);

  RtcpRules rtcp_rules_;
  Observer* observer_;
  Slab<Record, 6> records_;
  MediaCounts confirmed_;
};

}  // namespace tstat::internal

#endif  // TSTAT_RTP_MEDIA_TRACKER_H_
