// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/time_range.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

// Of that length, moved to where times are.
TimeRange Placed(int64_t start, int64_t seconds) {
  start = std::clamp<int64_t>(start, kMinTime, kMaxTime - seconds);
  return {start, start + seconds};
}

std::tm LocalTime(int64_t time) {
  const auto seconds = static_cast<time_t>(time);
  std::tm local{};
  localtime_r(&seconds, &local);
  return local;
}

std::string DayText(const std::tm& time) {
  // Not of the locale: the same text everywhere.
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return Cat(time.tm_mday, " ", kMonths[time.tm_mon], " ", time.tm_year + 1900);
}

std::string ClockText(const std::tm& time, bool with_seconds) {
  char text[40];
  std::snprintf(text, sizeof(text), "%02d:%02d:%02d", time.tm_hour, time.tm_min, time.tm_sec);
  return std::string(text, with_seconds ? 8 : 5);
}

}  // namespace

TimeRange RangeOf(const Query& query) {
  return {NumberIn<int64_t>(query.start).value_or(0), NumberIn<int64_t>(query.end).value_or(1)};
}

TimeRange Beside(const TimeRange& range, int direction) {
  const int64_t way = std::max<int64_t>(range.seconds() / 2, 1);
  return Placed(range.start + (direction < 0 ? -way : way), range.seconds());
}

TimeRange Closer(const TimeRange& range) {
  const int64_t seconds = std::max<int64_t>(range.seconds() / 2, 1);
  return Placed(range.start + (range.seconds() - seconds) / 2, seconds);
}

TimeRange Wider(const TimeRange& range) {
  const int64_t seconds = std::min<int64_t>(range.seconds() * 2, kMaxSpanSeconds);
  return Placed(range.start - (seconds - range.seconds()) / 2, seconds);
}

std::string RangeText(const TimeRange& range) {
  const std::tm start = LocalTime(range.start), end = LocalTime(range.end);
  const bool with_seconds = start.tm_sec != 0 || end.tm_sec != 0;
  const std::string first = DayText(start), last = DayText(end);
  return Cat(first, ", ", ClockText(start, with_seconds), " to ",
             first == last ? "" : Cat(last, ", "), ClockText(end, with_seconds));
}

}  // namespace tstat::viewer
