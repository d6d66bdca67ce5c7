// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/json_body.h"

#include <algorithm>
#include <cmath>
#include <ctime>

#include "absl/status/status.h"
#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

// How deep arrays and objects stand in each other, without parsing: brackets in texts do not count.
int DepthOf(std::string_view text) {
  int depth = 0, deepest = 0;
  bool in_text = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      if (c == '\\') ++i;
      if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

// A number of exactly so many digits, which is taken off the text.
std::optional<int> TakeDigits(std::string_view& text, size_t count) {
  if (text.size() < count || DigitsAt(text.substr(0, count)) != count) return std::nullopt;
  const auto number = NumberIn<int>(text.substr(0, count));
  text.remove_prefix(count);
  return number;
}

bool Take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// ".866" in milliseconds; no fraction is 0.
std::optional<int> TakeFraction(std::string_view& text) {
  if (!Take(text, '.')) return 0;
  const size_t digits = DigitsAt(text);
  if (digits == 0 || digits > 9) return std::nullopt;
  int milliseconds = 0;
  for (size_t i = 0; i < 3; ++i) {
    milliseconds = milliseconds * 10 + (i < digits ? text[i] - '0' : 0);
  }
  text.remove_prefix(digits);
  return milliseconds;
}

// "Z", "+01:00": seconds that the clock there is ahead.
std::optional<int> ZoneOf(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  const bool is_ahead = text.starts_with('+');
  if (!Take(text, '+') && !Take(text, '-')) return std::nullopt;
  const auto hours = TakeDigits(text, 2);
  if (!hours || !Take(text, ':')) return std::nullopt;
  const auto minutes = TakeDigits(text, 2);
  if (!minutes || !text.empty() || *hours > 23 || *minutes > 59) return std::nullopt;
  const int seconds = *hours * 3600 + *minutes * 60;
  return is_ahead ? seconds : -seconds;
}

std::optional<int64_t> ParseTime(std::string_view text) {
  // The digits, and what stands behind each group of them.
  constexpr size_t kDigits[] = {4, 2, 2, 2, 2, 2};
  constexpr std::string_view kBehind = "--T::";
  int parts[6] = {};
  for (size_t i = 0; i < 6; ++i) {
    const auto part = TakeDigits(text, kDigits[i]);
    if (!part || (i < kBehind.size() && !Take(text, kBehind[i]))) return std::nullopt;
    parts[i] = *part;
  }
  const auto fraction = TakeFraction(text);
  if (!fraction) return std::nullopt;
  const auto zone = ZoneOf(text);
  if (!zone) return std::nullopt;
  std::tm utc{};
  utc.tm_year = parts[0] - 1900;
  utc.tm_mon = parts[1] - 1;
  utc.tm_mday = parts[2];
  utc.tm_hour = parts[3];
  utc.tm_min = parts[4];
  utc.tm_sec = parts[5];
  if (parts[3] > 23 || parts[4] > 59 || parts[5] > 60) return std::nullopt;
  const int64_t seconds = timegm(&utc);
  // A day that the month does not have has become another one.
  if (utc.tm_mon != parts[1] - 1 || (utc.tm_mday != parts[2] && parts[5] != 60)) {
    return std::nullopt;
  }
  return (seconds - *zone) * 1000 + *fraction;
}

}  // namespace

absl::StatusOr<Json> ParseJsonBody(std::string_view body) {
  if (Trimmed(body).empty()) return Json::object();
  if (DepthOf(body) > kMaxJsonDepth) {
    return absl::InvalidArgumentError("The request is nested too deeply.");
  }
  Json object = Json::parse(body, nullptr, false);
  if (!object.is_object()) return absl::InvalidArgumentError("The request must be a JSON object.");
  return object;
}

std::string TextMember(const Json& object, const char* name) {
  const Json& member = Member(object, name);
  return member.is_string() ? member.get<std::string>() : "";
}

std::optional<int64_t> NumberMember(const Json& object, const char* name) {
  const Json& member = Member(object, name);
  constexpr double kLargest = 9e15;  // Whole numbers up to there are exact.
  if (!member.is_number()) return std::nullopt;
  const double value = member.get<double>();
  if (!std::isfinite(value) || std::abs(value) > kLargest) return std::nullopt;
  return static_cast<int64_t>(value);
}

const Json& Member(const Json& object, const char* name) {
  static const Json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

std::optional<int64_t> MillisecondsOf(const Json& value) {
  if (value.is_string()) return ParseTime(value.get_ref<const std::string&>());
  return NumberMember({{"value", value}}, "value");
}

}  // namespace tstat::viewer
