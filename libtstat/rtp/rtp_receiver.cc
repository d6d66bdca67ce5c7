// SPDX-License-Identifier: BSD-3-Clause
//
// All differences of sequence numbers are modulo 2^16, of timestamps modulo 2^32.
#include "rtp/rtp_receiver.h"

#include "rtp/payload_clock.h"

namespace tstat::internal {
namespace {

constexpr uint16_t Ahead(uint16_t a, uint16_t b) { return static_cast<uint16_t>(a - b); }

// Differences at least that large are steps backwards.
constexpr uint16_t kBackwards = 2000;
// A sequence number so far outside the window is a new numbering, unless the timestamp is a little
// older than the newest one.
constexpr uint16_t kRestartDistance = 80;
constexpr uint32_t kSlightlyOlder = 0xFFFF0000;

}  // namespace

RtpReceiver::RtpReceiver(const RtpHeader& h, Timestamp now)
    : first_timestamp_(h.timestamp), initial_(h.sequence), largest_(h.sequence) {
  stream_.ssrc = h.ssrc;
  stream_.packets = 1;
  stream_.first = stream_.last = now;
  stream_.last_timestamp = h.timestamp;
  window_[0] = h.sequence;
}

RtpStream RtpReceiver::stream() const {
  RtpStream s = stream_;
  s.jitter = jitter_.result();
  return s;
}

RtpPacketResult RtpReceiver::OnPacket(const RtpHeader& h, int32_t payload_bytes, Timestamp now) {
  RtpPacketResult result;
  ++stream_.packets;
  stream_.payload_type = h.payload_type;
  stream_.data_bytes += static_cast<uint64_t>(int64_t{payload_bytes});

  const WindowPosition at = Locate(h);
  const bool next = Ahead(h.sequence, largest_) == 1;
  if (next) OnNextInSequence(h, now, &result);
  if (h.timestamp - stream_.last_timestamp < 2000) stream_.last_timestamp = h.timestamp;
  UpdateWindow(h, at, &result);
  if (!next) {
    ++stream_.out_of_sequence;
    result.out_of_sequence = true;
    if (Ahead(h.sequence, largest_) > kBackwards && at.ahead != 0) {
      result.reordered = true;
      const float media_ms = static_cast<float>(static_cast<double>(payload_bytes) *
                                                PayloadPeriodMs(PayloadClock(h.payload_type)));
      result.reordering_delay_ms =
          static_cast<double>(static_cast<float>(int{largest_} - int{h.sequence}) * media_ms) +
          ElapsedMilliseconds(stream_.last, now);
    }
  }
  if (Ahead(h.sequence, largest_) < kBackwards) largest_ = h.sequence;
  stream_.last = now;
  return result;
}

RtpStream RtpReceiver::stream(const TrueRtpState& state) const {
  RtpStream s = stream();
  s.lost = state.sequence.lost();
  return s;
}

RtpPacketResult RtpReceiver::OnTruePacket(const RtpHeader& h, int32_t payload_bytes, Timestamp now,
                                          TrueRtpState* state) {
  using Kind = RtpSequence::Kind;
  RtpPacketResult result;
  ++stream_.packets;
  stream_.payload_type = h.payload_type;
  stream_.data_bytes += static_cast<uint64_t>(int64_t{payload_bytes});
  const uint16_t highest = state->sequence.highest();
  const RtpSequence::Verdict v = state->sequence.OnPacket(h.sequence);
  result.burst_ended = v.burst_ended;
  result.burst = v.burst;
  result.out_of_sequence = v.kind != Kind::kNext;
  stream_.out_of_sequence += result.out_of_sequence;
  stream_.duplicates += v.kind == Kind::kDuplicate;
  stream_.late += v.late;
  stream_.restarted |= v.kind == Kind::kRestart;
  const uint32_t clock = PayloadClock(h.payload_type);
  if (v.kind == Kind::kReordered) {
    result.reordered = true;
    result.reordering_delay_ms =
        Ahead(highest, h.sequence) * (payload_bytes * PayloadPeriodMs(clock)) +
        ElapsedMilliseconds(stream_.last, now);
    const int64_t media_units =
        state->media_units + static_cast<int32_t>(h.timestamp - state->timestamp);
    OnTrueArrival(media_units, clock, now);
  } else if (v.kind == Kind::kRestart) {
    state->timestamp = h.timestamp;
  } else if (v.kind == Kind::kNext || v.kind == Kind::kAhead) {
    state->media_units += static_cast<int32_t>(h.timestamp - state->timestamp);
    state->timestamp = stream_.last_timestamp = h.timestamp;
    if (v.kind == Kind::kNext) {
      stream_.gap_sum_ms += ElapsedMilliseconds(stream_.last, now);
      ++stream_.gaps;
    }
    result.in_sequence = true;
    result.arrival_ms = ElapsedMilliseconds(stream_.first, now);
    result.media_units = static_cast<double>(state->media_units);
    OnTrueArrival(state->media_units, clock, now);
  }
  stream_.last = now;
  return result;
}

// A sample of the jitter: RFC 3550 6.4.1 has them in the order of arrival.
void RtpReceiver::OnTrueArrival(int64_t media_units, uint32_t clock, Timestamp now) {
  if (clock == 0) return;
  const double arrival_ms =
      static_cast<double>(now.nanoseconds() - stream_.first.nanoseconds()) / 1e6;
  jitter_.OnPacket(arrival_ms, static_cast<double>(media_units) * PayloadPeriodMs(clock), true);
}

RtpReceiver::WindowPosition RtpReceiver::Locate(const RtpHeader& h) {
  const uint16_t since_start = Ahead(h.sequence, initial_);
  if (since_start >= kWindow) window_valid_ = true;
  const size_t cell = since_start % kWindow;
  const uint16_t ahead = Ahead(h.sequence, window_[cell]);
  if (ahead > kRestartDistance && window_valid_ &&
      h.timestamp - stream_.last_timestamp < kSlightlyOlder) {
    return Restart(h);
  }
  return {cell, ahead};
}

RtpReceiver::WindowPosition RtpReceiver::Restart(const RtpHeader& h) {
  window_valid_ = false;
  largest_ = h.sequence;
  initial_ = Ahead(h.sequence, 1);
  first_timestamp_ = h.timestamp - (stream_.last_timestamp - first_timestamp_);
  stream_.last_timestamp = h.timestamp;
  stream_.restarted = true;
  window_.fill(initial_);
  return {1, 1};
}

void RtpReceiver::OnNextInSequence(const RtpHeader& h, Timestamp now, RtpPacketResult* result) {
  stream_.gap_sum_ms += ElapsedMilliseconds(stream_.last, now);
  ++stream_.gaps;
  result->in_sequence = true;
  result->arrival_ms = ElapsedMilliseconds(stream_.first, now);
  // Timestamps are not unwrapped here.
  result->media_units = static_cast<double>(h.timestamp) - static_cast<double>(first_timestamp_);
  const uint32_t clock = PayloadClock(h.payload_type);
  if (clock == 0) return;
  jitter_.OnPacket(result->arrival_ms, result->media_units * PayloadPeriodMs(clock));
}

void RtpReceiver::UpdateWindow(const RtpHeader& h, WindowPosition at, RtpPacketResult* result) {
  uint16_t& cell = window_[at.cell];
  if (!window_valid_) {
    if (at.ahead == 0) ++stream_.duplicates;
    cell = h.sequence;
  } else if (at.ahead >= kBackwards) {
    ++stream_.late;
  } else if (at.ahead == 0) {
    ++stream_.duplicates;
  } else if (at.ahead > kWindow) {
    ++stream_.lost;
    ++burst_;
    cell = h.sequence;
  } else if (at.ahead == kWindow) {
    result->burst_ended = true;
    result->burst = burst_;
    burst_ = 0;
    cell = h.sequence;
  }
}

}  // namespace tstat::internal
