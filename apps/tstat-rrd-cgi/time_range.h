// SPDX-License-Identifier: BSD-3-Clause
//
// A span between two times, as an address gives it (`start`, `end`), and those beside it.
#ifndef TSTAT_RRD_CGI_TIME_RANGE_H_
#define TSTAT_RRD_CGI_TIME_RANGE_H_

#include <cstdint>
#include <string>

#include "tstat-rrd-cgi/query.h"

namespace tstat::viewer {

// No closer look is offered than at so many seconds.
inline constexpr int64_t kMinOfferedSeconds = 60;

// Unix times in seconds; kMinTime <= start < end <= kMaxTime.
struct TimeRange {
  int64_t start = kMinTime, end = kMinTime + 1;
  [[nodiscard]] int64_t seconds() const { return end - start; }
  bool operator==(const TimeRange&) const = default;
};

// REQUIRES: query.has_span().
[[nodiscard]] TimeRange RangeOf(const Query& query);

// As far earlier (< 0) or later as half of its length; less where time begins or ends.
[[nodiscard]] TimeRange Beside(const TimeRange& range, int direction);
// With the same middle: half as long, or twice as long, at most kMaxSpanSeconds.
[[nodiscard]] TimeRange Closer(const TimeRange& range);
[[nodiscard]] TimeRange Wider(const TimeRange& range);

// "14 Jul 2017, 04:20 to 05:10", in local time; seconds where there are some.
[[nodiscard]] std::string RangeText(const TimeRange& range);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_TIME_RANGE_H_
