// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/query.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

bool IsWord(std::string_view text, size_t longest) {
  return text.size() <= longest &&
         std::ranges::all_of(text, [](char c) { return IsAlnum(c) || c == '_'; });
}

bool IsFlag(std::string_view v) { return v.empty() || v == "true" || v == "false"; }
bool IsDigitFlag(std::string_view v) { return v.empty() || v == "0" || v == "1"; }
bool IsVar(std::string_view v) { return IsWord(v, 64); }
bool IsTemplate(std::string_view v) { return IsWord(v, 16); }
bool IsStyle(std::string_view v) { return IsWord(v, 64); }
bool IsPage(std::string_view v) {
  return v.empty() || (v.size() <= 4 && DigitsAt(v) == v.size() && v[0] != '0');
}
bool IsSearch(std::string_view v) {
  return v.size() <= 64 && IsUtf8(v) && std::ranges::none_of(v, IsControl);
}

bool IsDir(std::string_view v) { return v.empty() || IsCleanTraceName(v); }

bool IsDirection(std::string_view v) {
  constexpr std::string_view kValues[] = {"",       "both", "in",  "out",  "loc",
                                          "bothcs", "c2s",  "s2c", "NULL", "NONE"};
  return std::ranges::find(kValues, v) != std::end(kValues);
}

bool IsTime(std::string_view v) {
  if (v.empty()) return true;
  if (v.size() > 10 || DigitsAt(v) != v.size()) return false;
  const int64_t time = *NumberIn<int64_t>(v);
  return time >= kMinTime && time <= kMaxTime;
}

bool IsDuration(std::string_view v) { return v.empty() || SpanSeconds(v) > 0; }

bool IsFormat(std::string_view v) {
  constexpr std::string_view kValues[] = {"", "png", "eps", "pdf", "rrd"};
  return std::ranges::find(kValues, v) != std::end(kValues);
}

// Decimal, with an exponent at most; neither hexadecimal nor infinite.
std::optional<double> Limit(std::string_view text) {
  if (text.starts_with('+') && text.find_first_of("+-") == text.rfind('+')) text.remove_prefix(1);
  const std::optional<double> value = NumberIn<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

// librrd would draw the decades between limits that are further apart for minutes.
bool IsLimit(std::string_view v) {
  if (v.empty() || v == "auto") return true;
  const std::optional<double> limit = v.size() <= 32 ? Limit(v) : std::nullopt;
  constexpr double kMost = 1e100, kLeast = 1e-100;
  return limit && (*limit == 0 || (std::abs(*limit) >= kLeast && std::abs(*limit) <= kMost));
}

bool IsListEntry(std::string_view v) {
  if (v == "ALL" || v == "-1") return true;
  const size_t digits = DigitsAt(v);
  if (digits == 0 || digits > 9) return false;
  if (digits == v.size()) return true;
  const std::string_view rest = v.substr(digits + 1);
  return v[digits] == '.' && !rest.empty() && rest.size() <= 3 && DigitsAt(rest) == rest.size();
}

bool IsList(std::string_view v) {
  // A value has no room for more.
  static_assert(kMaxValueLength / 2 <= kMaxListEntries);
  return v.empty() || std::ranges::all_of(Split(v, ","), IsListEntry);
}

struct Parameter {
  std::string_view name;
  std::string Query::*value;
  bool (*valid)(std::string_view);
  std::string_view must_be;  // "ymin must be ..."
};

constexpr std::string_view kTrueOrFalse = "true or false";
constexpr std::string_view kNumber = "a decimal number";
constexpr std::string_view kNumberList = "a list of numbers, -1 or ALL, separated by commas";
constexpr std::string_view kUnixTime =
    "a Unix time in whole seconds, from 315360001 (1979) to 4294967295";
constexpr Parameter kParameters[] = {
    {"dir", &Query::dir, IsDir, "the name of a trace"},
    {"var", &Query::var, IsVar, "the name of a metric"},
    {"direction", &Query::direction, IsDirection, "one of both, in, out, loc, bothcs, c2s, s2c"},
    {"template", &Query::graph_template, IsTemplate, "the name of a template"},
    {"duration", &Query::duration, IsDuration, "a time span such as 12h, 3d, 1w, 1m or 1y"},
    {"logscale", &Query::logscale, IsFlag, kTrueOrFalse},
    {"bigpic", &Query::bigpic, IsFlag, kTrueOrFalse},
    {"advopt", &Query::advopt, IsFlag, kTrueOrFalse},
    {"advcmd", &Query::advcmd, IsFlag, kTrueOrFalse},
    {"describe", &Query::describe, IsFlag, kTrueOrFalse},
    {"yauto", &Query::yauto, IsFlag, kTrueOrFalse},
    {"ymin", &Query::ymin, IsLimit, kNumber},
    {"ymax", &Query::ymax, IsLimit, kNumber},
    {"hifreq", &Query::hifreq, IsFlag, kTrueOrFalse},
    {"exclude", &Query::exclude, IsList, kNumberList},
    {"include", &Query::include, IsList, kNumberList},
    {"format", &Query::format, IsFormat, "one of png, eps, pdf, rrd"},
    {"start", &Query::start, IsTime, kUnixTime},
    {"end", &Query::end, IsTime, kUnixTime},
    {"style", &Query::style, IsStyle, "a word"},
    {"search", &Query::search, IsSearch, "at most 64 printable characters"},
    {"page", &Query::page, IsPage, "a number from 1 to 9999"},
};

struct ViewName {
  std::string_view name;
  View view;
};
constexpr ViewName kViews[] = {{"", View::kPage},   {"html", View::kPage}, {"json", View::kModel},
                               {"png", View::kPng}, {"svg", View::kSvg},   {"eps", View::kEps},
                               {"pdf", View::kPdf}, {"csv", View::kCsv},   {"data", View::kData},
                               {"api", View::kApi}};

absl::Status SetChoice(std::string_view name, std::string_view value, Query& query) {
  const auto wrong = [&](std::string_view must) {
    return absl::InvalidArgumentError(Cat(name, " must be ", must, "."));
  };
  if (name == "view") {
    const auto* found = std::ranges::find(kViews, value, &ViewName::name);
    if (found == std::end(kViews))
      return wrong("one of html, json, png, svg, eps, pdf, csv, data, api");
    query.view = found->view;
  } else if (name == "theme") {
    if (value != "light" && value != "dark" && !value.empty()) return wrong("light or dark");
    query.theme = value == "dark" ? Theme::kDark : value == "light" ? Theme::kLight : Theme::kPlain;
  } else if (name == "scale") {
    if (value != "1" && value != "2" && !value.empty()) return wrong("1 or 2");
    query.dense = value == "2";
  } else if (name == "per") {
    if (value != "second" && !value.empty()) return wrong("second");
    query.per_second = value == "second";
  } else if (name == "size") {
    if (value != "small" && !value.empty()) return wrong("small");
    query.small = value == "small";
  } else if (name == "gallery_show" || name == "gallery_asnow") {
    if (!IsDigitFlag(value)) return wrong("0 or 1");
    (name == "gallery_show" ? query.gallery_show : query.gallery_as_now) = value == "1";
  } else if (name == "gallery_add" || name == "gallery_save" || name == "gallery_cmd" ||
             name == "gallery_text" || name == "gallery_delete") {
    query.gallery_change = true;
  }
  return absl::OkStatus();
}

// Only the page's own parameters make a request one that is not empty.
absl::Status Set(std::string_view name, std::string_view value, Query& query) {
  const auto* parameter = std::ranges::find(kParameters, name, &Parameter::name);
  if (parameter == std::end(kParameters)) return SetChoice(name, value, query);
  query.empty = false;
  if (!parameter->valid(value)) {
    return absl::InvalidArgumentError(Cat(name, " must be ", parameter->must_be, "."));
  }
  query.*(parameter->value) = std::string(value);
  return absl::OkStatus();
}

void DropSenselessLimits(Query& query) {
  for (std::string* limit : {&query.ymin, &query.ymax}) {
    if (*limit == "auto") limit->clear();
    if (!limit->empty() && query.logscale == "true" && Limit(*limit) <= 0.0) limit->clear();
  }
  if (!query.ymin.empty() && !query.ymax.empty() && Limit(query.ymin) >= Limit(query.ymax)) {
    query.ymin.clear();
    query.ymax.clear();
  }
}

// Both ends of a span, in their order, and not too far apart.
absl::Status CheckSpan(const Query& query) {
  if (query.start.empty() && query.end.empty()) return absl::OkStatus();
  if (query.start.empty() || query.end.empty()) {
    return absl::InvalidArgumentError("start and end must be given together.");
  }
  const int64_t length =
      NumberIn<int64_t>(query.end).value_or(0) - NumberIn<int64_t>(query.start).value_or(0);
  if (length <= 0) return absl::InvalidArgumentError("start must be before end.");
  if (length > kMaxSpanSeconds) {
    return absl::InvalidArgumentError("start and end must be at most 30 years apart.");
  }
  return absl::OkStatus();
}

// A request for nothing has no defaults either: its links carry no value on.
void ClearDefaults(Query& query) {
  for (const Parameter& parameter : kParameters) (query.*(parameter.value)).clear();
}

struct Unit {
  std::string_view name;
  int64_t seconds;
};
constexpr int64_t kHour = 3600, kDay = 24 * kHour, kMonth = 31 * kDay, kYear = 366 * kDay;
constexpr Unit kUnits[] = {
    {"s", 1},           {"sec", 1},          {"second", 1},  {"seconds", 1},  {"min", 60},
    {"minute", 60},     {"minutes", 60},     {"h", kHour},   {"hour", kHour}, {"hours", kHour},
    {"d", kDay},        {"day", kDay},       {"days", kDay}, {"w", 7 * kDay}, {"wk", 7 * kDay},
    {"week", 7 * kDay}, {"weeks", 7 * kDay}, {"m", kMonth},  {"mon", kMonth}, {"month", kMonth},
    {"months", kMonth}, {"y", kYear},        {"yr", kYear},  {"year", kYear}, {"years", kYear},
};

}  // namespace

absl::StatusOr<Query> ParseQuery(std::string_view text) {
  if (text.size() > kMaxQueryLength) {
    return absl::InvalidArgumentError("The address is too long.");
  }
  Query query;
  std::set<std::string> seen;
  std::string name, value;
  for (std::string_view part : Split(text, "&;")) {
    if (part.empty()) continue;
    const size_t equals = std::min(part.find('='), part.size());
    const std::string_view after = part.substr(std::min(equals + 1, part.size()));
    if (!PercentDecode(part.substr(0, equals), name) || !PercentDecode(after, value)) {
      return absl::InvalidArgumentError("The address has a percent sign without two digits.");
    }
    if (value.size() > kMaxValueLength || name.size() > kMaxValueLength) {
      return absl::InvalidArgumentError("A parameter of the address is too long.");
    }
    // The first one counts; others have to be as good.
    Query other;
    Query& whose = seen.insert(name).second ? query : other;
    if (const absl::Status status = Set(name, value, whose); !status.ok()) return status;
  }
  if (const absl::Status status = CheckSpan(query); !status.ok()) return status;
  if (query.empty && !query.gallery_show) ClearDefaults(query);
  DropSenselessLimits(query);
  return query;
}

bool IsCleanTraceName(std::string_view name) {
  if (name.empty() || !IsUtf8(name)) return false;
  for (std::string_view component : Split(name, "/")) {
    if (component.empty() || component == "." || component == "..") return false;
    for (char c : component) {
      if (IsControl(c) || c == '\\') return false;
    }
  }
  return true;
}

int64_t SpanSeconds(std::string_view duration) {
  const size_t digits = DigitsAt(duration);
  if (digits == 0 || digits > 4) return 0;
  const int64_t count = *NumberIn<int64_t>(duration.substr(0, digits));
  const auto* unit = std::ranges::find(kUnits, duration.substr(digits), &Unit::name);
  if (unit == std::end(kUnits)) return 0;
  // librrd takes a single m for months up to five of them, and for minutes above.
  const int64_t each = unit->name == "m" && count > 5 ? 60 : unit->seconds;
  return count * each <= kMaxSpanSeconds ? count * each : 0;
}

}  // namespace tstat::viewer
