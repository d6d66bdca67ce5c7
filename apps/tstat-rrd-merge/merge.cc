// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-merge/merge.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace tstat::rrd_merge {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

bool IsNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "40", "-4".
bool IsIndex(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return IsNumber(text);
}

// "95", "99.900".
bool IsPercentile(std::string_view text) {
  const size_t dot = text.find('.');
  return IsNumber(text.substr(0, dot)) &&
         (dot == std::string_view::npos || IsNumber(text.substr(dot + 1)));
}

std::optional<Rule> RuleOfStatistic(std::string_view statistic) {
  if (statistic == "min") return Rule::kMinimum;
  if (statistic == "max") return Rule::kMaximum;
  if (statistic == "avg" || statistic == "var" || statistic == "stdev") return Rule::kMean;
  if (statistic == "hit" || statistic == "idxoth") return Rule::kSum;
  if (statistic.starts_with("idx") && IsIndex(statistic.substr(3))) return Rule::kSum;
  if (statistic.starts_with("prc") && IsPercentile(statistic.substr(3))) return Rule::kMean;
  return std::nullopt;
}

}  // namespace

std::optional<Rule> RuleOfName(std::string_view path) {
  constexpr std::string_view kExtension = ".rrd";
  if (!path.ends_with(kExtension)) return std::nullopt;
  path.remove_suffix(kExtension.size());
  const size_t slash = path.rfind('/');
  const std::string_view name = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
  // A percentile has a dot of its own, so the whole name comes first.
  if (const std::optional<Rule> rule = RuleOfStatistic(name)) return rule;
  const size_t dot = name.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  return RuleOfStatistic(name.substr(dot + 1));
}

double Combine(Rule rule, std::span<const double> values) {
  double result = kUnknown;
  int known = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    if (known++ == 0) {
      result = value;
    } else if (rule == Rule::kMinimum) {
      result = std::min(result, value);
    } else if (rule == Rule::kMaximum) {
      result = std::max(result, value);
    } else {
      result += value;
    }
  }
  return rule == Rule::kMean && known > 0 ? result / known : result;
}

bool HaveSameLayout(const Database& a, const Database& b) {
  return a.source == b.source && a.step_s == b.step_s &&
         std::equal(a.archives.begin(), a.archives.end(), b.archives.begin(), b.archives.end(),
                    [](const Archive& x, const Archive& y) {
                      return x.steps_per_row == y.steps_per_row &&
                             x.values.size() == y.values.size();
                    });
}

Database Merge(Rule rule, std::span<const Database> databases) {
  assert(!databases.empty());
  Database merged = databases.front();
  for (const Database& d : databases) {
    merged.last_update_s = std::max(merged.last_update_s, d.last_update_s);
    merged.heartbeat_s = std::max(merged.heartbeat_s, d.heartbeat_s);
  }
  std::vector<double> values(databases.size());
  for (size_t a = 0; a < merged.archives.size(); ++a) {
    Archive& archive = merged.archives[a];
    const int64_t row_s = merged.step_s * archive.steps_per_row;
    const auto rows = static_cast<int64_t>(archive.values.size());
    for (int64_t row = 0; row < rows; ++row) {
      for (size_t i = 0; i < databases.size(); ++i) {
        const Database& d = databases[i];
        const int64_t there = row + (merged.EndOf(archive) - d.EndOf(d.archives[a])) / row_s;
        values[i] = there < rows ? d.archives[a].values[static_cast<size_t>(there)] : kUnknown;
      }
      archive.values[static_cast<size_t>(row)] = Combine(rule, values);
    }
  }
  return merged;
}

}  // namespace tstat::rrd_merge
