// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/needless_counter.h"

#include "tcp/true_sequence_space.h"

namespace tstat::internal {

bool NeedlessCounter::Entry::Covers(SequenceNumber from, SequenceNumber to) const {
  return unknown + needless > 0 && IsBefore(first, to) && IsBefore(from, end);
}

void NeedlessCounter::OnSentAgain(SequenceNumber first, SequenceNumber end, Timestamp now,
                                  Repetition repetition) {
  Entry& last = At(0);
  const int segments = last.unknown + last.needless;
  const bool follows =
      repetition.joins && segments > 0 && segments < UINT8_MAX && last.end == first;
  Entry& entry = follows ? last : entries_[next_];
  if (!follows) {
    entry = {first, end, now};
    next_ = static_cast<uint8_t>((next_ + 1) % entries_.size());
  }
  entry.end = end;
  entry.time = now;
  ++(repetition.needless ? entry.needless : entry.unknown);
  if (repetition.needless) ++count_;
}

void NeedlessCounter::OnNeedless(SequenceNumber first, SequenceNumber end) {
  for (size_t age = 0; age < entries_.size(); ++age) {
    Entry& entry = At(age);
    if (!entry.Covers(first, end)) continue;
    if (entry.unknown == 0) return;
    Count(entry);
    ++entry.needless;
    return;
  }
}

void NeedlessCounter::OnTwice(SequenceNumber first, SequenceNumber end) {
  for (const bool known : {true, false}) {
    for (size_t age = 0; age < entries_.size(); ++age) {
      Entry& entry = At(age);
      if (!entry.Covers(first, end) || (known && entry.needless == 0)) continue;
      known ? static_cast<void>(--entry.needless) : Count(entry);
      return;
    }
  }
}

void NeedlessCounter::OnAnswered(SequenceNumber acknowledged, Timestamp since) {
  for (const bool known : {true, false}) {
    for (size_t age = entries_.size(); age-- > 0;) {
      Entry& entry = At(age);
      if ((known ? entry.needless : entry.unknown) == 0 || entry.time < since) continue;
      if (!IsBefore(entry.first, acknowledged)) continue;
      known ? static_cast<void>(--entry.needless) : Count(entry);
      return;
    }
  }
}

}  // namespace tstat::internal
