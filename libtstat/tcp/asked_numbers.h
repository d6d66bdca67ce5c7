// SPDX-License-Identifier: BSD-3-Clause
//
// The last numbers that a receiver asked for, by duplicate acknowledgments or SACK blocks behind
// them, and when it did so last.
#ifndef TSTAT_TCP_ASKED_NUMBERS_H_
#define TSTAT_TCP_ASKED_NUMBERS_H_

#include <array>
#include <cstdint>

#include "tcp/sequence_number.h"
#include "tstat/time.h"

namespace tstat::internal {

class AskedNumbers {
 public:
  void Note(SequenceNumber number, Timestamp now) {
    for (Entry& entry : entries_) {
      if (entry.time.is_set() && entry.number == number) {
        entry.time = now;
        return;
      }
    }
    entries_[next_] = {number, now};
    next_ = static_cast<uint8_t>((next_ + 1) % entries_.size());
  }
  // Unset: never.
  Timestamp Last(SequenceNumber number) const {
    for (const Entry& entry : entries_) {
      if (entry.time.is_set() && entry.number == number) return entry.time;
    }
    return {};
  }

 private:
  struct Entry {
    SequenceNumber number;
    Timestamp time;  // unset: none
  };
  std::array<Entry, 4> entries_;
  uint8_t next_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_ASKED_NUMBERS_H_
