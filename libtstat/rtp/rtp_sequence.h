// SPDX-License-Identifier: BSD-3-Clause
//
// What came of a stream of numbered packets, by the rules of RFC 3550, A.1 and A.3, but that
// repetitions are told apart: a number is lost if it never came.
//
//   RtpSequence sequence(header.sequence);                 // first packet
//   RtpSequence::Verdict v = sequence.OnPacket(header.sequence);
//   stream.lost = sequence.lost();
#ifndef TSTAT_RTP_RTP_SEQUENCE_H_
#define TSTAT_RTP_RTP_SEQUENCE_H_

#include <bitset>
#include <cstdint>

namespace tstat::internal {

class RtpSequence {
 public:
  // A number further ahead, or so far back that nobody remembers it, is one of another numbering:
  // believed when the next packet follows it (MAX_DROPOUT; MAX_MISORDER is larger here).
  static constexpr uint16_t kMaxDropout = 3000, kRemembered = 1024;
  // A packet that comes when so many numbers above its own have come or were left out is late.
  static constexpr uint16_t kPatience = 16;

  enum class Kind : uint8_t {
    kNext,       // one above the highest so far
    kAhead,      // above it: numbers were left out
    kReordered,  // below it, for the first time
    kDuplicate,
    kJump,     // of another numbering, perhaps
    kRestart,  // the packet before was the first of another numbering, this is the second
  };
  struct Verdict {
    Kind kind = Kind::kNext;
    bool late = false;         // with kReordered
    bool burst_ended = false;  // a number for which nobody waits any more had come
    uint32_t burst = 0;        // and so many before it had not
  };

  RtpSequence() = default;
  explicit RtpSequence(uint16_t first) { Begin(first); }

  Verdict OnPacket(uint16_t number) {
    const auto ahead = static_cast<uint16_t>(number - highest_);
    const auto behind = static_cast<uint16_t>(highest_ - number);
    Verdict v;
    if (ahead != 0 && ahead < kMaxDropout) {
      v.kind = ahead == 1 ? Kind::kNext : Kind::kAhead;
      for (uint16_t i = 0; i < ahead; ++i) Advance(&v);
      Take(number);
    } else if (behind < kRemembered) {
      TakeOlder(number, behind, &v);
    } else if (has_jumped_ && number == expected_after_jump_) {
      v.kind = Kind::kRestart;
      lost_before_ = lost();
      Begin(static_cast<uint16_t>(number - 1));
      Advance(&v);
      Take(number);
    } else {
      v.kind = Kind::kJump;
      has_jumped_ = true;
      expected_after_jump_ = static_cast<uint16_t>(number + 1);
    }
    return v;
  }

  uint16_t highest() const { return highest_; }
  uint64_t lost() const { return lost_before_ + expected_ - came_; }

 private:
  void Begin(uint16_t first) {
    seen_.reset();
    highest_ = first;
    span_ = 0;
    burst_ = 0;
    has_jumped_ = false;
    expected_ = 1;
    came_ = 0;
    Take(first);
  }
  void Take(uint16_t number) {
    seen_.set(number % kRemembered);
    ++came_;
  }
  // The highest number is one more.
  void Advance(Verdict* v) {
    ++highest_;
    ++expected_;
    if (span_ < kRemembered - 1) ++span_;
    seen_.reset(highest_ % kRemembered);
    if (span_ < kPatience) return;
    if (!seen_.test(static_cast<uint16_t>(highest_ - kPatience) % kRemembered)) {
      ++burst_;
    } else {
      v->burst_ended = true;
      if (burst_ > v->burst) v->burst = burst_;
      burst_ = 0;
    }
  }
  void TakeOlder(uint16_t number, uint16_t behind, Verdict* v) {
    if (behind > span_) {  // before the first: the numbering began here
      for (; span_ < behind; ++span_) {
        seen_.reset(static_cast<uint16_t>(highest_ - span_ - 1) % kRemembered);
        ++expected_;
      }
    } else if (seen_.test(number % kRemembered)) {
      v->kind = Kind::kDuplicate;
      return;
    }
    v->kind = Kind::kReordered;
    v->late = behind > kPatience;
    Take(number);
  }

  std::bitset<kRemembered> seen_;  // by number modulo kRemembered, of the last span_ + 1 numbers
  uint64_t expected_ = 0, came_ = 0, lost_before_ = 0;
  uint32_t burst_ = 0;
  uint16_t highest_ = 0, span_ = 0, expected_after_jump_ = 0;
  bool has_jumped_ = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_RTP_RTP_SEQUENCE_H_
