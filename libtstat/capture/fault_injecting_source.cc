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

// What stands behind others in FaultOptions draws no number where it is not asked for.
void FaultInjectingSource::StepClock() {
  if (options_.clock_step == 0 || !Chance(options_.clock_step)) return;
  const auto most_ns = static_cast<int64_t>(options_.longest_step_s * 1e9);
  clock_ns_ += static_cast<int64_t>(Random() % static_cast<uint64_t>(2 * most_ns + 1)) - most_ns;
  ++counts_.clock_steps;
}

absl::Status FaultInjectingSource::status() const {
  return failed() ? absl::AbortedError("an injected fault") : inner_->status();
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
      StepClock();
      packets[i].time = Timestamp::FromNanoseconds(std::clamp(
          packets[i].time.nanoseconds() + clock_ns_, Timestamp::EarliestOfPacket().nanoseconds(),
          Timestamp::LatestOfPacket().nanoseconds()));
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
  waits_.assign(ready_.size(), false);
  if (options_.waiting > 0) {
    for (size_t i = 0; i < waits_.size(); ++i) waits_[i] = Chance(options_.waiting);
  }
  return true;
}

size_t FaultInjectingSource::ReadBatch(std::span<Packet> batch) {
  timed_out_ = false;
  if (failed()) return 0;
  if (next_ == ready_.size() && !Prepare()) {
    timed_out_ = inner_->timed_out();
    return 0;
  }
  if (waits_[next_]) {
    waits_[next_] = false;
    timed_out_ = true;
    ++counts_.waits;
    return 0;
  }
  size_t count = 0;
  while (count < batch.size() && next_ < ready_.size() && !waits_[next_] && !failed()) {
    batch[count++] = ready_[next_++];
    ++counts_.delivered;
  }
  return count;
}

}  // namespace tstat::internal
