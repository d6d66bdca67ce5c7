// SPDX-License-Identifier: BSD-3-Clause
//
// Quantiles of the round-trip times of one direction, in memory that does not grow with them.
//
//   RttQuantiles quantiles;
//   quantiles.Add(20000, pools);                         // microseconds
//   double p95 = quantiles.At(0.95, pools);              // 0 without samples
//   quantiles.Clear(pools);
//
// The first 31 samples are kept as they are, four of them in place. With the 32nd a sketch takes
// over: counts of samples in 128 classes whose widths grow with the value, 32 to a factor of two.
// When samples lie too far apart for that, neighbouring classes become one. So a quantile is within
// 1.6 % of a sample while the largest is less than 14 times the smallest, within 3.2 % up to 200
// times, 6.3 % up to 50000 times and 12.5 % beyond. The classes depend on the smallest and the
// largest sample alone, never on the order of samples.
#ifndef TSTAT_TCP_RTT_QUANTILES_H_
#define TSTAT_TCP_RTT_QUANTILES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "flow/slab.h"

namespace tstat::internal {

// Of 32 samples and more.
class RttSketch {
 public:
  static constexpr unsigned kClasses = 128;

  void Add(uint32_t us);
  // The sample below or at which `rank` samples lie. REQUIRES: 1 <= rank <= count().
  double AtRank(uint64_t rank) const;
  uint64_t count() const { return count_; }

 private:
  // Position of a value on a scale with 32 steps to a factor of two; the first 32 are 0..31.
  static unsigned Scale(uint32_t us);
  // The smallest value with that position.
  static double FromScale(unsigned position);

  void Widen(unsigned first, unsigned last);

  uint64_t count_ = 0;
  uint32_t smallest_ = UINT32_MAX, largest_ = 0;
  uint16_t base_ = 0;  // of the first class: its position, shifted
  uint8_t shift_ = 0;  // a class has 2^shift_ positions
  std::array<uint32_t, kClasses> counts_{};
};

class RttQuantiles {
 public:
  static constexpr uint32_t kExact = 31, kInPlace = 4;

  struct Pools {
    Slab<std::array<uint32_t, kExact - kInPlace>> samples;
    Slab<RttSketch, 6> sketches;

    size_t memory_bytes() const { return samples.memory_bytes() + sketches.memory_bytes(); }
    size_t live() const { return size_t{samples.live()} + sketches.live(); }
  };

  void Add(uint32_t us, Pools& pools);
  // The smallest sample that a share of `quantile` of all are not larger than; 0 without samples.
  double At(double quantile, const Pools& pools) const {
    return At(std::array<double, 1>{quantile}, pools)[0];
  }
  // Several at once.
  template <size_t kCount>
  std::array<double, kCount> At(const std::array<double, kCount>& quantiles,
                                const Pools& pools) const {
    std::array<double, kCount> found;
    At(quantiles, found, pools);
    return found;
  }
  void Clear(Pools& pools);

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  void AddSlowly(uint32_t us, Pools& pools);
  void At(std::span<const double> quantiles, std::span<double> out, const Pools& pools) const;

  std::array<uint32_t, kInPlace> first_{};
  uint32_t more_ = kNone;  // samples behind the first ones, then the sketch
  uint8_t count_ = 0;      // up to kExact + 1, which means that there is a sketch
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_RTT_QUANTILES_H_
