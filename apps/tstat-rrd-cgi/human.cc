// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/human.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <iterator>

#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

std::string Decimal(double value, int decimals) {
  char text[400];
  const auto [end, error] =
      std::to_chars(text, std::end(text), value, std::chars_format::fixed, decimals);
  return error == std::errc() ? std::string(text, end) : "";
}

// What nothing that is measured reaches: a database holds it by mistake.
constexpr double kMostBits = 1e18, kMostCount = 1e15;
constexpr char kOutOfRange[] = "out of range";

bool IsWithin(double value, double most) { return std::isfinite(value) && std::abs(value) < most; }

// Three digits: "1.23", "12.3", "123".
std::string ThreeDigits(double value) {
  const double size = std::abs(value);
  return Decimal(value, size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

std::string Grouped(std::string digits) {
  const size_t first = digits.starts_with('-') ? 1 : 0;
  for (size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

}  // namespace

std::string BitrateText(double bits_per_second) {
  constexpr std::string_view kUnits[] = {" bit/s", " kbit/s", " Mbit/s", " Gbit/s", " Tbit/s"};
  if (!IsWithin(bits_per_second, kMostBits)) return kOutOfRange;
  double value = bits_per_second;
  size_t unit = 0;
  // 999.7 would be written as 1000.
  while (std::abs(value) >= 999.5 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  return Cat(unit == 0 ? Decimal(value, 0) : ThreeDigits(value), kUnits[unit]);
}

std::string CountText(double count) {
  if (!IsWithin(count, kMostCount)) return kOutOfRange;
  const bool has_decimal = std::abs(count) < 9.95 && std::abs(count - std::round(count)) >= 0.05;
  return has_decimal ? Decimal(count, 1) : Grouped(Decimal(count, 0));
}

std::string ShareText(double share) {
  const double percent = share * 100;
  if (!IsWithin(percent, kMostCount)) return kOutOfRange;
  if (percent <= 0) return "0 %";
  if (percent < 0.01) return "less than 0.01 %";
  return Cat(Decimal(percent, percent < 0.995 ? 2 : percent < 99.95 ? 1 : 0), " %");
}

std::string AgeText(int64_t seconds) {
  struct Unit {
    int64_t seconds, until;  // in this unit below so many seconds
    std::string_view one, many;
  };
  constexpr int64_t kAnHour = 3600, kADay = 24 * kAnHour, kAYear = 365 * kADay;
  constexpr Unit kUnits[] = {{1, 120, "second", "seconds"},
                             {60, 2 * kAnHour, "minute", "minutes"},
                             {kAnHour, 2 * kADay, "hour", "hours"},
                             {kADay, 61 * kADay, "day", "days"},
                             {kAYear / 12, 2 * kAYear, "month", "months"}};
  for (const Unit& unit : kUnits) {
    if (seconds < unit.until) return Counted(seconds / unit.seconds, unit.one, unit.many);
  }
  return Counted(seconds / kAYear, "year", "years");
}

std::string MomentText(int64_t time) {
  const auto seconds = static_cast<time_t>(time);
  std::tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return "";
  char text[80];
  std::snprintf(text, sizeof(text), "%04d-%02d-%02d %02d:%02d", local.tm_year + 1900,
                local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min);
  const std::string_view zone = local.tm_zone == nullptr ? "" : local.tm_zone;
  // Zones without letters are called by their distance: "+03".
  const bool is_number = zone.starts_with('+') || zone.starts_with('-');
  return Cat(text, is_number ? " UTC" : " ", zone);
}

std::string Counted(int64_t count, std::string_view one, std::string_view many) {
  return Cat(Grouped(std::to_string(count)), " ", count == 1 ? one : many);
}

}  // namespace tstat::viewer
