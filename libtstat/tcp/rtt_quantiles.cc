// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/rtt_quantiles.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tstat::internal {
namespace {

constexpr unsigned kStepBits = 5;  // 32 steps to a factor of two

uint64_t RankOf(double quantile, uint64_t count) {
  const double rank = std::ceil(quantile * static_cast<double>(count));
  return std::clamp<uint64_t>(static_cast<uint64_t>(rank), 1, count);
}

}  // namespace

unsigned RttSketch::Scale(uint32_t us) {
  const auto bits = static_cast<unsigned>(std::bit_width(us));
  if (bits <= kStepBits) return us;
  const unsigned drop = bits - 1 - kStepBits;
  return ((drop + 1) << kStepBits) + (us >> drop & ((1u << kStepBits) - 1));
}

double RttSketch::FromScale(unsigned position) {
  const unsigned octave = position >> kStepBits, step = position & ((1u << kStepBits) - 1);
  if (octave == 0) return step;
  return std::ldexp((1u << kStepBits) + step, static_cast<int>(octave) - 1);
}

// Makes room for the classes of `first` and `last`, positions of the smallest and the largest one.
void RttSketch::Widen(unsigned first, unsigned last) {
  unsigned shift = shift_;
  while ((last >> shift) - (first >> shift) >= kClasses) ++shift;
  const unsigned base = first >> shift;
  std::array<uint32_t, kClasses> counts{};
  for (unsigned i = 0; i < kClasses; ++i) {
    if (counts_[i] > 0) counts[((base_ + i) >> (shift - shift_)) - base] += counts_[i];
  }
  counts_ = counts;
  base_ = static_cast<uint16_t>(base);
  shift_ = static_cast<uint8_t>(shift);
}

void RttSketch::Add(uint32_t us) {
  const unsigned position = Scale(us);
  smallest_ = std::min(smallest_, us);
  largest_ = std::max(largest_, us);
  if (count_ == 0) base_ = static_cast<uint16_t>(position);
  if ((position >> shift_) < base_ || (position >> shift_) - base_ >= kClasses) [[unlikely]] {
    Widen(Scale(smallest_), Scale(largest_));
  }
  ++counts_[(position >> shift_) - base_];
  ++count_;
}

double RttSketch::AtRank(uint64_t rank) const {
  if (rank == count_) return largest_;
  unsigned i = 0;
  for (uint64_t below = 0; i < kClasses - 1; ++i) {
    below += counts_[i];
    if (below >= rank) break;
  }
  const unsigned position = (base_ + i) << shift_;
  const double middle = (FromScale(position) + FromScale(position + (1u << shift_))) / 2;
  return std::clamp<double>(middle, smallest_, largest_);
}

void RttQuantiles::Add(uint32_t us, Pools& pools) {
  if (count_ < kInPlace) {
    first_[count_++] = us;
    return;
  }
  AddSlowly(us, pools);
}

void RttQuantiles::AddSlowly(uint32_t us, Pools& pools) {
  if (count_ > kExact) {
    pools.sketches[more_].Add(us);
    return;
  }
  if (more_ == kNone) more_ = pools.samples.Allocate();
  if (count_ < kExact) {
    pools.samples[more_][count_++ - kInPlace] = us;
    return;
  }
  const uint32_t index = pools.sketches.Allocate();
  RttSketch& sketch = pools.sketches[index];
  for (const uint32_t sample : first_) sketch.Add(sample);
  for (const uint32_t sample : pools.samples[more_]) sketch.Add(sample);
  sketch.Add(us);
  pools.samples.Free(more_);
  more_ = index;
  count_ = kExact + 1;
}

void RttQuantiles::At(std::span<const double> quantiles, std::span<double> out,
                      const Pools& pools) const {
  std::fill(out.begin(), out.end(), 0);
  if (count_ == 0) return;
  if (count_ > kExact) {
    const RttSketch& sketch = pools.sketches[more_];
    for (size_t i = 0; i < quantiles.size(); ++i) {
      out[i] = sketch.AtRank(RankOf(quantiles[i], sketch.count()));
    }
    return;
  }
  std::array<uint32_t, kExact> sorted;
  for (uint32_t i = 0; i < count_; ++i) {
    sorted[i] = i < kInPlace ? first_[i] : pools.samples[more_][i - kInPlace];
  }
  std::sort(sorted.begin(), sorted.begin() + count_);
  for (size_t i = 0; i < quantiles.size(); ++i) {
    out[i] = sorted[static_cast<size_t>(RankOf(quantiles[i], count_)) - 1];
  }
}

void RttQuantiles::Clear(Pools& pools) {
  if (more_ != kNone) {
    if (count_ > kExact) {
      pools.sketches.Free(more_);
    } else {
      pools.samples.Free(more_);
    }
  }
  more_ = kNone;
  count_ = 0;
}

}  // namespace tstat::internal
