// SPDX-License-Identifier: BSD-3-Clause
//
// Messages of one direction: the bytes between two segments with PSH or FIN.
//
//   if (ack && (psh || fin)) messages.OnBoundary(end, isn, pool);
//
// The first two sizes are stored in place (layer 7 asks for them), the other eight in a pool.
#ifndef TSTAT_TCP_MESSAGE_TRACKER_H_
#define TSTAT_TCP_MESSAGE_TRACKER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>

#include "flow/slab.h"
#include "l7/message_summary.h"
#include "tcp/sequence_number.h"

namespace tstat::internal {

class MessageTracker {
 public:
  static constexpr size_t kSizes = 10,
                          kInPlace = std::tuple_size_v<decltype(MessageSummary::first_sizes)>;
  using Pool = Slab<std::array<uint32_t, kSizes - kInPlace>>;

  // `end`: end of the latest segment that was not a retransmission. A mark of 0 is "no message
  // yet"; nothing is counted until `end` exceeds the mark as a plain number, so a wrap of the
  // sequence numbers silences the counter for long (quirk).
  void OnBoundary(SequenceNumber end, SequenceNumber isn, Pool& pool) {
    if (mark_ < end) Add(mark_.value() == 0 ? (end - isn) - 1 : end - mark_, end, pool);
  }
  // The same without that quirk.
  void OnTrueBoundary(SequenceNumber end, SequenceNumber isn, Pool& pool) {
    const SequenceNumber from = summary_.count > 0 ? mark_ : isn + 1u;
    if (static_cast<int32_t>(end - from) <= 0) return;
    Add(end - from, end, pool);
  }

  uint32_t count() const { return summary_.count; }
  const MessageSummary& summary() const { return summary_; }
  std::array<uint32_t, kSizes> Sizes(const Pool& pool) const {
    std::array<uint32_t, kSizes> all{};
    for (size_t i = 0; i < kSizes; ++i) {
      if (i < kInPlace) {
        all[i] = summary_.first_sizes[i];
      } else if (more_ != kNone) {
        all[i] = pool[more_][i - kInPlace];
      }
    }
    return all;
  }
  void Clear(Pool& pool) {
    if (more_ != kNone) pool.Free(more_);
    more_ = kNone;
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  void Add(uint32_t size, SequenceNumber end, Pool& pool) {
    if (summary_.count < kSizes) Store(size, pool);
    if (size > 0) ++summary_.count;
    mark_ = end;
  }
  void Store(uint32_t size, Pool& pool) {
    const uint32_t count = summary_.count;
    if (count < kInPlace) {
      summary_.first_sizes[count] = size;
      return;
    }
    if (more_ == kNone) more_ = pool.Allocate();
    pool[more_][count - kInPlace] = size;
  }

  SequenceNumber mark_;  // end of the last message
  MessageSummary summary_;
  uint32_t more_ = kNone;  // the other sizes, when there are any
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_MESSAGE_TRACKER_H_
