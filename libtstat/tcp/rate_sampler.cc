// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/rate_sampler.h"

#include <algorithm>

namespace tstat::internal {
namespace {

constexpr double kUnsetMinimum = 3.40282347e+38;

Timestamp Later(Timestamp t, int64_t us) {
  return Timestamp::FromNanoseconds(t.nanoseconds() + us * 1000);
}

void AddWindow(uint32_t bytes, RateStatistics* s) {
  if (s->samples < s->first_bytes.size()) {
    s->first_bytes[s->samples] = bytes;
    s->first_count = s->samples + 1;
  }
  ++s->samples;
}

}  // namespace

void RateSampler::Turn(Timestamp now, uint32_t bytes, int64_t period_us,
                       RateStatistics* statistics) {
  if (window_end_ == kNotStarted) {
    window_end_ = Later(now, period_us);
    statistics->min = kUnsetMinimum;
  } else {
    const double sample = bytes_ * 1e6 / static_cast<double>(period_us);
    const uint32_t streak = CloseWindow(now, sample, period_us, statistics);
    statistics->longest_empty_streak = std::max(statistics->longest_empty_streak, streak);
  }
  bytes_ = bytes;
}

void RateSampler::Finish(Timestamp now, int64_t period_us, RateStatistics* statistics,
                         RateStatistics* streak_owner) {
  if (window_end_ == kNotStarted) return;
  const double delta = ElapsedMicroseconds(Later(window_end_, -period_us), now);
  const double period = static_cast<double>(period_us);
  // A close at the very beginning of the window divides by zero, as in the reference.
  const double sample = bytes_ * 1e6 / (delta < period ? delta : period);
  const uint32_t streak = CloseWindow(now, sample, period_us, statistics);
  streak_owner->longest_empty_streak = std::max(streak_owner->longest_empty_streak, streak);
  bytes_ = 0;
}

uint32_t RateSampler::CloseWindow(Timestamp now, double sample, int64_t period_us,
                                  RateStatistics* statistics) {
  RateStatistics& s = *statistics;
  s.min = std::min(s.min, sample);
  s.max = std::max(s.max, sample);
  s.sum += sample;
  s.sum2 += sample * sample;
  uint32_t streak = 0;
  if (bytes_ == 0) {
    ++s.empty;
    ++streak;
  }
  AddWindow(bytes_, &s);
  window_end_ = Later(window_end_, period_us);
  if (now < window_end_) return streak;

  // Whole windows without data: samples of their own that touch neither the extremes nor the sums.
  // Counted at once, for the gap may be years.
  const int64_t empty = (now.nanoseconds() - window_end_.nanoseconds()) / (period_us * 1000) + 1;
  const uint32_t count = static_cast<uint32_t>(std::min<int64_t>(empty, UINT32_MAX));
  s.first_count =
      std::min<uint32_t>(10, static_cast<uint32_t>(std::min<int64_t>(10, empty)) + s.first_count);
  s.samples += count;
  s.empty += count;
  window_end_ = Later(window_end_, empty * period_us);
  return streak + count;
}

}  // namespace tstat::internal
