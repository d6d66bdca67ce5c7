// SPDX-License-Identifier: BSD-3-Clause
//
// How long to wait before a batch is sent again: twice as long after each failure, up to a limit,
// and less by chance, so that many probes do not come back to a server at the same moment.
//
//   Backoff backoff({}, random);
//   wait(backoff.Next());     // after a failure
//   backoff.Reset();          // after a success
#ifndef TSTAT_OUTPUT_DESTINATIONS_BACKOFF_H_
#define TSTAT_OUTPUT_DESTINATIONS_BACKOFF_H_

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

namespace tstat::internal {

struct BackoffOptions {
  std::chrono::nanoseconds first = std::chrono::seconds(1);
  std::chrono::nanoseconds longest = std::chrono::seconds(60);
  // Of what a server asks for (Retry-After).
  std::chrono::nanoseconds longest_asked = std::chrono::hours(1);
  double jitter = 0.5;  // the share of the wait that chance takes away at most: 0-1
};

class Backoff {
 public:
  using RandomSource = std::function<double()>;  // [0, 1)

  Backoff(const BackoffOptions& options, RandomSource random)
      : options_(options), random_(std::move(random)), next_(options.first) {}

  // `asked`: what the server wants to be waited at least.
  std::chrono::nanoseconds Next(std::chrono::nanoseconds asked = std::chrono::nanoseconds(0)) {
    using FloatingNanoseconds = std::chrono::duration<double, std::nano>;
    const auto wait = std::chrono::duration_cast<std::chrono::nanoseconds>(
        FloatingNanoseconds(next_) * (1 - options_.jitter * random_()));
    next_ = std::min(next_ * 2, options_.longest);
    return std::max(wait, std::min(asked, options_.longest_asked));
  }

  void Reset() { next_ = options_.first; }

 private:
  BackoffOptions options_;
  RandomSource random_;
  std::chrono::nanoseconds next_;
};

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_BACKOFF_H_
