// SPDX-License-Identifier: BSD-3-Clause
#include "capture/fault_injecting_source.h"

#include <algorithm>
#include <utility>

namespace tstat::internal {

FaultInjectingSource::FaultInjectingSource(std::unique_ptr<PacketSource> inner,
                                           const FaultOptions& options)
    : inner_(std::move(inner)), options_(options), state_(options.seed) {}

// SplitMix64: small, and the same everywhere, which std distributions are not.
uint64_t FaultInjectingSource::Random() {
  uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

bool FaultInjectingSource::Chance(double probability) {
  return static_cast<double>(Random() >> 11) * 0x1p-53 < probability;
}

void FaultInjectingSource::Append(const Packet& packet) {
  Packet changed = packet;
  if (Chance(options_.truncation) && !changed.data.empty()) {
    changed.data = changed.data.first(Random() % changed.data.size());
    ++counts_.truncated;
  }
  if (Chance(options_.mutation) && !changed.data.empty()) {
    scratch_.assign(changed.data.begin(), changed.data.end());
    for (uint64_t i = 0, n = 1 + Random() % 4; i < n; ++i) {
      scratch_[Random() % scratch_.size()] = static_cast<uint8_t>(Random());
    }
    changed.data = scratch_;
    ++counts_.mutated;
  }
  arena_.Append(changed);
}

bool FaultInjectingSource::Prepare() {
  std::array<Packet, kBatchSize> packets;
  arena_.Clear();
  next_ = 0;
  ready_.clear();
  while (arena_.size() == 0) {  // all of a batch may be lost
    const size_t count = inner_->ReadBatch(packets);
    if (count == 0) return false;
    for (size_t i = 0; i < count; ++i) {
      if (Chance(options_.loss)) {
        ++counts_.lost;
        continue;
      }
      Append(packets[i]);
      if (Chance(options_.duplication)) {
        Packet again = packets[i];
        again.time = Timestamp::FromNanoseconds(again.time.nanoseconds() + 1000);
        arena_.Append(again);
        ++counts_.duplicated;
      }
    }
  }
  ready_.resize(arena_.size());
  arena_.Deliver(ready_);
  for (size_t i = 1; i < ready_.size(); ++i) {
    if (!Chance(options_.reordering)) continue;
    std::swap(ready_[i - 1], ready_[i]);
    std::swap(ready_[i - 1].time, ready_[i].time);
    ++counts_.reordered;
  }
  return true;
}

size_t FaultInjectingSource::ReadBatch(std::span<Packet> batch) {
  if (next_ == ready_.size() && !Prepare()) return 0;
  const size_t count = std::min(batch.size(), ready_.size() - next_);
  std::copy_n(ready_.begin() + static_cast<ptrdiff_t>(next_), count, batch.begin());
  next_ += count;
  return count;
}

}  // namespace tstat::internal
