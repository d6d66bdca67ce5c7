// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <cstdint>
#include <ctime>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tstat/report.h"

namespace tstat::inline v1 {
namespace {

std::string Format(Timestamp time, const char* format) {
  const std::time_t seconds = time.seconds();
  std::tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return "-";
  char text[64];
  return std::string(text, std::strftime(text, sizeof(text), format, &local));
}

}  // namespace

std::string TimeStampText(Timestamp time) {
  if (time.seconds() == 0) return "-";
  return Format(time, "%a %b %e %H:%M:%S %Y");
}

std::string PreciseTimeText(Timestamp time) {
  if (!time.is_set()) return "        <the epoch>       ";
  const int64_t microseconds = time.microseconds() - time.seconds() * 1'000'000;
  return absl::StrFormat("%s.%06d %s", Format(time, "%a %b %e %H:%M:%S"), microseconds,
                         Format(time, "%Y"));
}

std::string ElapsedText(double microseconds) {
  const double seconds = microseconds / 1e6;
  const auto whole = static_cast<uint64_t>(seconds);
  const auto rest = static_cast<uint64_t>(1e6 * (seconds - static_cast<double>(whole)));
  return absl::StrFormat("%d:%02d:%02d.%06d", whole / 3600, whole / 60 % 60, whole % 60, rest);
}

}  // namespace tstat::inline v1
