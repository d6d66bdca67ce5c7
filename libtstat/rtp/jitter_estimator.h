// SPDX-License-Identifier: BSD-3-Clause
//
// Interarrival jitter (RFC 3550, 6.4.1): how much the time between two packets differs from what
// their timestamps say, smoothed.
//
//   JitterEstimator jitter;
//   jitter.OnPacket(arrival_ms, media_ms);    // both since the stream's first packet
//   stream.jitter = jitter.result();
#ifndef TSTAT_RTP_JITTER_ESTIMATOR_H_
#define TSTAT_RTP_JITTER_ESTIMATOR_H_

#include <cmath>
#include <cstdint>
#include <limits>

#include "tstat/media.h"

namespace tstat::internal {

class JitterEstimator {
 public:
  // `exact`: as RFC 3550 has it.
  void OnPacket(double arrival_ms, double media_ms, bool exact = false) {
    const double transit = arrival_ms - media_ms;
    const double difference = std::fabs(transit - previous_transit_);
    // The reference keeps whole milliseconds, so up to one of them shows up as jitter.
    previous_transit_ = exact ? transit : Truncate(transit);
    value_ += (difference - value_) / 16.0;
    if (value_ > max_) max_ = static_cast<float>(value_);
    if (value_ < min_) min_ = static_cast<float>(value_);
  }

  RtpJitter result() const { return {value_, max_, min_ == kUnset ? 0.0f : min_}; }

 private:
  static constexpr float kUnset = std::numeric_limits<float>::max();

  // The conversion of x86: what does not fit becomes the smallest integer.
  static int32_t Truncate(double value) {
    return value > -2147483649.0 && value < 2147483648.0 ? static_cast<int32_t>(value)
                                                         : std::numeric_limits<int32_t>::min();
  }

  double value_ = 0;
  double previous_transit_ = 0;
  float max_ = 0, min_ = kUnset;
};

}  // namespace tstat::internal

#endif  // TSTAT_RTP_JITTER_ESTIMATOR_H_
