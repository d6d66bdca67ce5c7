// SPDX-License-Identifier: BSD-3-Clause
//
// [3.3] What an RTP stream is measured for beyond RtpReceiver: payload sizes, payload types, and
// jitter as if the clock were one of the two usual ones.
//
//   RtpPlusStream s(header, payload_bytes, now, /*is_true=*/false);     // first packet
//   s.OnPacket(header, payload_bytes, now);
//   RtpStream record = s.stream();
#ifndef TSTAT_RTP_RTP_PLUS_STREAM_H_
#define TSTAT_RTP_RTP_PLUS_STREAM_H_

#include <algorithm>
#include <cstdint>

#include "decode/byte_reader.h"
#include "rtp/jitter_estimator.h"
#include "rtp/payload_clock.h"
#include "rtp/rtp_header.h"
#include "rtp/rtp_receiver.h"
#include "tstat/media.h"
#include "tstat/time.h"

namespace tstat::internal {

// Header bytes, extension included (RFC 3550, 5.3.1): profiles of RFC 8285 have a length, of others
// only the first word is counted, unless `any_profile`.
inline int RtpPlusHeaderBytes(const RtpHeader& h, ByteReader packet, bool any_profile) {
  constexpr size_t kLength = 2;  // behind the profile, in words
  constexpr int kWordBytes = 4;
  constexpr uint16_t kOneByte = 0xBEDE, kTwoBytes = 0x1000, kTwoBytesMask = 0xFFF0;
  const int fixed = h.size();
  if (!h.has_extension) return fixed;
  const auto at = static_cast<size_t>(fixed);
  const uint16_t profile = packet.U16(at);
  const bool has_length =
      any_profile || profile == kOneByte || (profile & kTwoBytesMask) == kTwoBytes;
  return fixed + kWordBytes + (has_length ? kWordBytes * packet.U16(at + kLength) : 0);
}

class RtpPlusStream {
 public:
  RtpPlusStream() = default;
  // `payload_bytes` of a malformed packet are negative as a signed number; here they are a huge
  // one (a quirk).
  // `is_true`: numbers are followed by the rules of docs/truth.md.
  RtpPlusStream(const RtpHeader& h, uint32_t payload_bytes, Timestamp now, bool is_true)
      : receiver_(h, now),
        first_bytes_(payload_bytes),
        max_(payload_bytes),
        min_(payload_bytes),
        is_true_(is_true) {
    square_sum_ = static_cast<double>(payload_bytes * payload_bytes);  // modulo 2^32
    if (is_true) {
      true_ = {.sequence = RtpSequence(h.sequence), .timestamp = h.timestamp};
      square_sum_ = static_cast<double>(payload_bytes) * static_cast<double>(payload_bytes);
    }
    types_.Count(h.payload_type);
  }

  RtpPacketResult OnPacket(const RtpHeader& h, uint32_t payload_bytes, Timestamp now) {
    const auto signed_bytes = static_cast<int32_t>(payload_bytes);
    const RtpPacketResult result = is_true_ ? receiver_.OnTruePacket(h, signed_bytes, now, &true_)
                                            : receiver_.OnPacket(h, signed_bytes, now);
    const double bytes = static_cast<double>(payload_bytes);
    square_sum_ += bytes * bytes;
    max_ = std::max(max_, payload_bytes);
    min_ = std::min(min_, payload_bytes);
    types_.Count(h.payload_type);
    if (result.in_sequence && (PayloadClock(h.payload_type) != 0 || h.payload_type >= 96)) {
      jitter_8khz_.OnPacket(result.arrival_ms, result.media_units * PayloadPeriodMs(8000),
                            is_true_);
      jitter_90khz_.OnPacket(result.arrival_ms, result.media_units * PayloadPeriodMs(90000),
                             is_true_);
    }
    return result;
  }

  uint32_t ssrc() const { return receiver_.ssrc(); }
  uint64_t packets() const { return receiver_.packets(); }
  // The highest number so far. REQUIRES: is_true.
  uint16_t highest_sequence() const { return true_.sequence.highest(); }
  uint16_t initial_sequence() const { return receiver_.initial_sequence(); }
  RtpStream stream() const {
    RtpStream s = is_true_ ? receiver_.stream(true_) : receiver_.stream();
    s.data_bytes += first_bytes_;
    s.payload_max = static_cast<int32_t>(max_);
    s.payload_min = static_cast<int32_t>(min_);
    s.payload_square_sum = square_sum_;
    s.payload_types = types_;
    s.jitter_8khz = jitter_8khz_.result();
    s.jitter_90khz = jitter_90khz_.result();
    return s;
  }

 private:
  RtpReceiver receiver_;
  JitterEstimator jitter_8khz_, jitter_90khz_;
  PacketTypeCounts types_;
  double square_sum_ = 0;
  uint32_t first_bytes_ = 0, max_ = 0, min_ = 0;
  bool is_true_ = false;
  TrueRtpState true_;
};

}  // namespace tstat::internal

#endif  // TSTAT_RTP_RTP_PLUS_STREAM_H_
