// SPDX-License-Identifier: BSD-3-Clause
//
// Which of the segments that a direction sent again were needless: they wait here until the
// receiver tells. The oldest of eight is forgotten; where nothing will tell them apart, those that
// follow each other are one.
//
//   NeedlessCounter counter;
//   counter.OnSentAgain(first, end, now, {.joins = false, .needless = false});
//   counter.OnNeedless(first, end);   // one of these was
//   counter.OnTwice(first, end);      // D-SACK says so
//   counter.OnAnswered(acknowledged, since); // one of those below was, sent again since then
//   uint32_t needless = counter.count();
#ifndef TSTAT_TCP_NEEDLESS_COUNTER_H_
#define TSTAT_TCP_NEEDLESS_COUNTER_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "tcp/sequence_number.h"
#include "tstat/time.h"

namespace tstat::internal {

class NeedlessCounter {
 public:
  struct Repetition {
    bool joins = false;     // those before it
    bool needless = false;  // it is known already; the receiver may still tell
  };
  void OnSentAgain(SequenceNumber first, SequenceNumber end, Timestamp now, Repetition repetition);
  // Of several the last one.
  void OnNeedless(SequenceNumber first, SequenceNumber end);
  // If one is known to be, it is that; so below.
  void OnTwice(SequenceNumber first, SequenceNumber end);
  void OnAnswered(SequenceNumber acknowledged, Timestamp since);

  uint32_t count() const { return count_; }

 private:
  struct Entry {
    SequenceNumber first, end;
    Timestamp time;        // of the last of them
    uint8_t unknown = 0;   // segments of which nothing is known
    uint8_t needless = 0;  // needless ones of which the receiver may still tell

    bool Covers(SequenceNumber from, SequenceNumber to) const;
  };

  // 0 is the newest.
  Entry& At(size_t age) { return entries_[(next_ + entries_.size() - 1 - age) % entries_.size()]; }
  void Count(Entry& entry) {
    --entry.unknown;
    ++count_;
  }

  std::array<Entry, 8> entries_;
  uint32_t count_ = 0;
  uint8_t next_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_NEEDLESS_COUNTER_H_
