// SPDX-License-Identifier: BSD-3-Clause
//
// Measures one RTP stream from its packets: gaps, jitter, and by a window of the last 16 sequence
// numbers loss, duplicates, late packets and reordering.
//
//   RtpReceiver receiver(header, now);                 // first packet
//   RtpPacketResult result = receiver.OnPacket(header, payload_bytes, now);
//   receiver.Finish([](uint64_t burst) { ... });       // counts what the window still misses
//   const RtpStream& stream = receiver.stream();
#ifndef TSTAT_RTP_RTP_RECEIVER_H_
#define TSTAT_RTP_RTP_RECEIVER_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "rtp/jitter_estimator.h"
#include "rtp/rtp_header.h"
#include "rtp/rtp_sequence.h"
#include "tstat/media.h"
#include "tstat/time.h"

namespace tstat::internal {

// What one packet means to the per-packet histograms.
struct RtpPacketResult {
  bool out_of_sequence = false;
  bool reordered = false;
  double reordering_delay_ms = 0;  // with `reordered`
  bool burst_ended = false;
  uint64_t burst = 0;  // with `burst_ended`: packets lost in a row before this one
  // The packet follows the largest number so far: a sample for jitter estimators. Time and
  // timestamp units since the first packet.
  bool in_sequence = false;
  double arrival_ms = 0, media_units = 0;
};

// What the true profile keeps of a stream beside RtpReceiver.
struct TrueRtpState {
  RtpSequence sequence;
  int64_t media_units = 0;  // since the first packet, by all timestamps
  uint32_t timestamp = 0;   // of the packet with the highest number
};

class RtpReceiver {
 public:
  RtpReceiver() = default;
  RtpReceiver(const RtpHeader& h, Timestamp now);

  // `payload_bytes`: without the RTP header; negative for malformed packets.
  RtpPacketResult OnPacket(const RtpHeader& h, int32_t payload_bytes, Timestamp now);

  // The same by the numbers that came and those that did not, instead of a window that takes the
  // first of a stream for those of another (docs/truth.md). `state` is the stream's from its first
  // packet on; stream(state) has the result.
  RtpPacketResult OnTruePacket(const RtpHeader& h, int32_t payload_bytes, Timestamp now,
                               TrueRtpState* state);

  // The last look at the window, at the end of the flow. `on_burst(n)` is called for
  // each position that was filled, with the number of lost ones before it.
  template <typename OnBurst>
  void Finish(OnBurst on_burst) {
    const uint16_t filled = static_cast<uint16_t>(largest_ - initial_) % kWindow;
    const uint16_t base = static_cast<uint16_t>(largest_ - filled);
    for (uint16_t j = 0; j <= filled; ++j) {
      if (window_[j] != static_cast<uint16_t>(base + j)) {
        ++stream_.lost;
        ++burst_;
      } else {
        on_burst(burst_);
        burst_ = 0;
      }
    }
  }

  uint32_t ssrc() const { return stream_.ssrc; }
  uint64_t packets() const { return stream_.packets; }
  uint16_t initial_sequence() const { return initial_; }
  // Jitter included.
  RtpStream stream() const;
  RtpStream stream(const TrueRtpState& state) const;

 private:
  static constexpr uint16_t kWindow = 16;

  struct WindowPosition {
    size_t cell;
    uint16_t ahead;  // of what the cell holds
  };
  void OnTrueArrival(int64_t media_units, uint32_t clock, Timestamp now);
  WindowPosition Locate(const RtpHeader& h);
  WindowPosition Restart(const RtpHeader& h);
  void OnNextInSequence(const RtpHeader& h, Timestamp now, RtpPacketResult* result);
  void UpdateWindow(const RtpHeader& h, WindowPosition at, RtpPacketResult* result);

  RtpStream stream_;
  JitterEstimator jitter_;
  uint64_t burst_ = 0;
  uint32_t first_timestamp_ = 0;  // largest one: stream_.last_timestamp
  uint16_t initial_ = 0, largest_ = 0;
  bool window_valid_ = false;
  std::array<uint16_t, kWindow> window_{};
};

}  // namespace tstat::internal

#endif  // TSTAT_RTP_RTP_RECEIVER_H_
