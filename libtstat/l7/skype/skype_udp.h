// SPDX-License-Identifier: BSD-3-Clause
//
// Skype over UDP: signatures of single packets, randomness of their first bytes, sizes
// and gaps. The verdict falls when the flow closes, or early in long ones.
//
//   SkypeUdpTracker skype(models);
//   SkypeUdpState state;                                   // one a flow
//   skype.OnPacket(direction, payload, size, state);       // signature and randomness
//   if (SkypeUdpTracker::IsDueEarly(state, first, packets, now)) ...   // Judge, once
//   skype.AddSamples(direction, size, now, state);
//   SkypeUdpVerdict verdict = skype.Judge(sides, state);   // once more when the flow closes
//   skype.Release(state);
#ifndef TSTAT_L7_SKYPE_SKYPE_UDP_H_
#define TSTAT_L7_SKYPE_SKYPE_UDP_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "flow/slab.h"
#include "l7/skype/randomness.h"
#include "l7/skype/samples.h"
#include "l7/udp/payload.h"
#include "tstat/flow.h"
#include "tstat/skype.h"
#include "tstat/time.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {

// Of one flow; what a direction needs is attached at its first packet.
struct SkypeUdpState {
  static constexpr uint32_t kNone = UINT32_MAX;
  std::array<uint32_t, 2> attached = {kNone, kNone};
  std::array<uint8_t, 2> verdict{};  // of the statistics: 5, 6, or 0
  bool judged_early = false;
};

struct SkypeUdpVerdict {
  std::array<UdpType, 2> type;          // of the directions from now on
  bool judged = false;                  // somebody got a Skype type: the rest is valid
  std::array<bool, 2> accepted{};       // the statistics agree
  bool is_skype = false;                // to be reported
  std::array<SkypeDirection, 2> skype;  // what to report
};

class SkypeUdpTracker {
 public:
  explicit SkypeUdpTracker(std::shared_ptr<const SkypeModels> models)
      : models_(std::move(models)) {}

  // Fewer captured payload bytes: the packet takes no part.
  static constexpr size_t kMinCaptured = 4;

  // `size`: payload bytes by the IP header. REQUIRES: at least kMinCaptured payload bytes.
  void OnPacket(Direction sender, const UdpPayload& p, int32_t size, SkypeUdpState& state);
  void AddSamples(Direction sender, int32_t size, Timestamp now, SkypeUdpState& state);

  // The early verdict is due at a packet of a direction with that history.
  static bool IsDueEarly(const SkypeUdpState& state, Timestamp first, uint64_t packets,
                         Timestamp now) {
    return !state.judged_early && packets > 200 && ElapsedMicroseconds(first, now) > 20e6;
  }

  struct Side {
    UdpType type = UdpType::kUnknown;
    uint64_t packets = 0;
  };
  SkypeUdpVerdict Judge(const std::array<Side, 2>& sides, SkypeUdpState& state);

  void Release(SkypeUdpState& state);
  size_t memory_bytes() const { return attached_.memory_bytes(); }

 private:
  struct Attached {
    NibbleRandomness randomness;
    SkypeSamples samples;
    uint32_t block = 0;  // first four bytes of the previous packet; 0: nothing stored
    uint32_t end_to_end = 0, skype_out = 0, signalling = 0, unknown = 0;
  };

  static void CountSignature(const ByteReader& b, int32_t size, Attached& a);
  UdpType TypeByPackets(const Side& side, const SkypeUdpState& state, size_t direction) const;
  void JudgeByStatistics(const Side& side, Attached& a, SkypeDirection* out) const;
  const Attached* Find(const SkypeUdpState& state, size_t direction) const {
    const uint32_t index = state.attached[direction];
    return index == SkypeUdpState::kNone ? nullptr : &attached_[index];
  }

  std::shared_ptr<const SkypeModels> models_;
  Slab<Attached, 6> attached_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_SKYPE_SKYPE_UDP_H_
