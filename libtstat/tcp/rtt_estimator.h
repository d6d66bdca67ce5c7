// SPDX-License-Identifier: BSD-3-Clause
//
// Round-trip times of one direction: from its segments to the acknowledgments of the other side, as
// seen at the probe. Which acknowledgments are samples, SequenceSpace decides.
//
//   rtt.AddSample(7250);           // microseconds
//   double mean_us = rtt.statistics().mean_us();
//
// Every flow has two of these, so the extremes are stored in 48 bits each (8.9 years).
#ifndef TSTAT_TCP_RTT_ESTIMATOR_H_
#define TSTAT_TCP_RTT_ESTIMATOR_H_

#include <algorithm>
#include <cstdint>

#include "tstat/tcp_flow.h"

namespace tstat::internal {

class RttEstimator {
 public:
  // `us`: whole microseconds, not negative. 0 means "unset" for the minimum, so that a sample of
  // 0 us does not stick when a longer one follows.
  void AddSample(double us) {
    const uint64_t sample = std::min(static_cast<uint64_t>(us), kLongest);
    const uint64_t min = min_.value(), max = max_.value();
    min_ = Micros48(min - 1 >= sample ? sample : min);  // an unset minimum is the largest of all
    max_ = Micros48(max < sample ? sample : max);
    sum_us_ += us;
    sum2_us_ += us * us;
    ++count_;
  }

  // Where a sample of 0 is one like others. REQUIRES: AddSample is not called.
  void AddTrueSample(double us) {
    const uint64_t rounded = (static_cast<uint64_t>(2 * us) + 1) / 2;
    const uint64_t sample = std::min(rounded, kLongest);
    if (count_ == 0 || sample < min_.value()) min_ = Micros48(sample);
    if (sample > max_.value()) max_ = Micros48(sample);
    sum_us_ += us;
    sum2_us_ += us * us;
    ++count_;
  }

  // What is no sum begins anew.
  void BeginPeriod() {
    min_ = Micros48(kLongest);  // of no sample
    max_ = Micros48();
  }

  bool has_sample() const { return count_ > 0; }
  RttStatistics statistics() const {
    RttStatistics s;
    s.min_us = min_.value() > max_.value() ? 0 : static_cast<double>(min_.value());
    s.max_us = static_cast<double>(max_.value());
    s.sum_us = sum_us_;
    s.sum2_us = sum2_us_;
    s.count = count_;
    return s;
  }

 private:
  static constexpr uint64_t kLongest = (uint64_t{1} << 48) - 1;

  // 48 bits at an alignment of two bytes.
  class Micros48 {
   public:
    constexpr Micros48() = default;
    constexpr explicit Micros48(uint64_t v)
        : low_(static_cast<uint16_t>(v)),
          middle_(static_cast<uint16_t>(v >> 16)),
          high_(static_cast<uint16_t>(v >> 32)) {}
    constexpr uint64_t value() const {
      return low_ | uint64_t{middle_} << 16 | uint64_t{high_} << 32;
    }

   private:
    uint16_t low_ = 0, middle_ = 0, high_ = 0;
  };

  double sum_us_ = 0, sum2_us_ = 0;
  uint32_t count_ = 0;
  Micros48 min_, max_;
};

// Standard deviation (n - 1) of `count` samples with this sum and sum of squares; 0 for two samples
// or fewer, NaN when rounding makes the variance negative.
double SampleDeviation(double sum, double sum2, uint32_t count);

}  // namespace tstat::internal

#endif  // TSTAT_TCP_RTT_ESTIMATOR_H_
