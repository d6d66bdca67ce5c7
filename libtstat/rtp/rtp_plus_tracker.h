// SPDX-License-Identifier: BSD-3-Clause
//
// [3.3] RTP_PLUS: RTP and RTCP of any number of sources, on ports that they share with STUN, TURN,
// DTLS, ZRTP or MTURN (RFC 7983). Takes the place of MediaTracker.
//
// Memory: a direction keeps at most kMaxStreams records of a kind, and stops when more than
// kMaxSingletons of them have one packet only, so that a flood of sources ends soon.
//
// In the true profile (docs/truth.md) a stream is what a second packet with the same source and a
// number near the first continues, on any ports, whatever comes between.
#ifndef TSTAT_RTP_RTP_PLUS_TRACKER_H_
#define TSTAT_RTP_RTP_PLUS_TRACKER_H_

#include <cstddef>
#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "flow/keyed_hash.h"
#include "flow/observer.h"
#include "flow/slab.h"
#include "flow/step.h"
#include "l7/udp/payload.h"
#include "rtp/media_tracker.h"
#include "rtp/rtcp_receiver.h"
#include "rtp/rtp_plus_stream.h"
#include "tstat/media.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {

class RtpPlusTracker {
 public:
  explicit RtpPlusTracker(const RtcpRules& rtcp_rules, Observer* observer = nullptr,
                          bool is_true = false, size_t most_streams = SIZE_MAX)
      : rtcp_rules_(rtcp_rules),
        observer_(observer),
        is_true_(is_true),
        most_streams_(most_streams) {}

  static constexpr uint32_t kMaxStreams = 1000, kMaxSingletons = 10;

  // Whether packets of a direction of this type are looked at.
  static constexpr bool Concerns(UdpType type) {
    return type == UdpType::kUnknown || type == UdpType::kDtls || type == UdpType::kFirstRtpPlus ||
           type == UdpType::kRtpPlus;
  }

  // One counted packet of `self`. REQUIRES: Concerns(self.type).
  void OnDatagram(const UdpDatagramStep& step, const UdpPayload& p, const Endpoints& ends,
                  MediaState& self, const MediaState& other);

  // All streams of a direction, newest first.
  void Finish(const MediaState& self, MediaDirection* out) const;
  // What shares the direction's ports: media_protocol:: bits.
  uint8_t Protocols(const MediaState& self) const;
  // Records are kept, whatever the direction turns out to be, until the flow closes.
  void Release(MediaState& self);

  // Directions that were found to be RTP_PLUS so far, by the packet that decided.
  const MediaCounts& confirmed() const { return confirmed_; }
  // What a stream takes, and at most so many are kept of all flows (`most_streams`).
  static constexpr size_t kStreamBytes = 512;
  size_t most_streams() const { return most_streams_; }
  size_t streams() const { return size_t{rtp_.live()} + rtcp_.live(); }

  // Directions given up for too many sources.
  uint64_t floods() const { return floods_; }
  size_t memory_bytes() const {
    return sides_.memory_bytes() + rtp_.memory_bytes() + rtcp_.memory_bytes();
  }

 private:
  static constexpr uint32_t kNone = MediaState::kNone;

  struct RtpNode {
    RtpPlusStream stream;
    uint32_t next = kNone;
    uint64_t packets() const { return stream.packets(); }
    uint32_t ssrc() const { return stream.ssrc(); }
  };
  struct RtcpNode {
    RtcpReceiver receiver;
    uint32_t next = kNone;
    uint64_t packets() const { return receiver.packets(); }
    uint32_t ssrc() const { return receiver.ssrc(); }
  };
  // Records of a direction, newest first.
  struct List {
    uint32_t head = kNone;
    uint32_t count = 0, singletons = 0;
  };
  struct Side {
    List rtp, rtcp;
    uint8_t protocols = 0;
  };
  // Senders choose the numbers.
  struct SourceHash {
    size_t operator()(uint64_t source) const { return key.Hash64(source); }
    HashKey key = HashKey::Random();
  };
  // Of lists that are longer than kWalked: by the side's record and the number of the source.
  using Index = absl::flat_hash_map<uint64_t, uint32_t, SourceHash>;
  static constexpr uint32_t kWalked = 16, kFew = 4;
  static uint64_t SourceOf(uint32_t record, uint32_t ssrc) { return uint64_t{record} << 32 | ssrc; }
  // For one more. The last quarter of all streams is for directions that have few.
  bool HasRoom(const List& list) const {
    const size_t most = list.count < kFew ? most_streams_ : most_streams_ - most_streams_ / 4;
    return list.count < kMaxStreams && list.singletons <= kMaxSingletons && streams() < most;
  }
  template <typename Nodes>
  static uint32_t Find(const Nodes& nodes, const List& list, const Index& index, uint32_t record,
                       uint32_t ssrc);
  // The node is the newest of its list.
  template <typename Nodes>
  static void Link(Nodes& nodes, uint32_t node, uint32_t record, List* list, Index* index);
  template <typename Nodes>
  static void FreeAll(Nodes& nodes, const List& list, uint32_t record, Index* index);
  enum class Class : uint8_t { kUnknown, kRtp, kRtcp, kStun, kZrtp, kDtls, kTurn, kMturn };
  struct Input;  // a packet with its flow

  static Class Classify(ByteReader b);
  static Class ClassifyTruly(ByteReader b, size_t captured, size_t claimed);
  static bool Continues(const RtpPlusStream& stream, const RtpHeader& header);
  static uint8_t ProtocolBit(Class c);
  void OnFirst(const Input& in, Class c, MediaState& self, const MediaState& other);
  // False: the direction is not RTP_PLUS (any more).
  bool OnNext(const Input& in, Class c, MediaState& self, const MediaState& other);
  bool OnRtp(const Input& in, MediaState& self);
  bool OnRtcp(const Input& in, MediaState& self, const MediaState& other);
  bool AddRtp(const Input& in, uint32_t record);
  bool AddRtcp(const Input& in, uint32_t record, const MediaState& other);
  void MatchEcho(const Input& in, const MediaState& other, RtcpReceiver& receiver,
                 RtcpPacketResult* result);
  void Confirm(const Input& in, int layer7_index, MediaState& self);

  RtcpRules rtcp_rules_;
  Observer* observer_;
  bool is_true_;
  size_t most_streams_;
  Slab<Side, 6> sides_;
  Slab<RtpNode, 6> rtp_;
  Slab<RtcpNode, 6> rtcp_;
  Index rtp_index_, rtcp_index_;
  MediaCounts confirmed_;
  uint64_t floods_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_RTP_RTP_PLUS_TRACKER_H_
