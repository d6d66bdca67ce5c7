// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "config/absl_text.h"
#include "tstat/metrics.h"

namespace tstat::inline v1 {
namespace {

constexpr std::string_view kMetricTypeNames[] = {"counter", "gauge", "histogram"};

bool IsMetricName(std::string_view name) {
  const auto is_good = [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == ':';
  };
  return !name.empty() && !absl::ascii_isdigit(static_cast<unsigned char>(name.front())) &&
         std::all_of(name.begin(), name.end(), is_good);
}

// Backslash and newline, in label values quotes, too, have a backslash before them.
void AppendEscaped(std::string_view text, bool in_quotes, std::string* out) {
  for (const char c : text) {
    if (c == '\n') {
      out->append("\\n");
      continue;
    }
    if (c == '\\' || (in_quotes && c == '"')) out->push_back('\\');
    out->push_back(c);
  }
}

std::string NumberText(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

}  // namespace

MetricHistogram::MetricHistogram(std::span<const double> bounds)
    : bounds_(bounds.begin(), bounds.end()), counts_(bounds.size() + 1) {
  assert(bounds.size() <= kMostBounds && std::is_sorted(bounds.begin(), bounds.end()));
}

void MetricHistogram::Add(double value) {
  if (!std::isfinite(value)) return;
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  ++counts_[static_cast<size_t>(bucket)];
  sum_ += value;
}

void MetricSamples::Add(uint64_t value, Labels labels) {
  AddLine("", labels, "", fmt::format("{}", value));
}
void MetricSamples::Add(int64_t value, Labels labels) {
  AddLine("", labels, "", fmt::format("{}", value));
}
void MetricSamples::Add(double value, Labels labels) { AddLine("", labels, "", NumberText(value)); }

void MetricSamples::Add(const MetricHistogram& histogram, Labels labels) {
  uint64_t count = 0;
  for (size_t i = 0; i <= histogram.bounds().size(); ++i) {
    count += histogram.count_in(i);
    const bool is_last = i == histogram.bounds().size();
    AddLine("_bucket", labels, is_last ? "+Inf" : NumberText(histogram.bounds()[i]),
            fmt::format("{}", count));
  }
  AddLine("_sum", labels, "", NumberText(histogram.sum()));
  AddLine("_count", labels, "", fmt::format("{}", count));
}

void MetricSamples::AddLine(std::string_view suffix, Labels labels, std::string_view bound,
                            std::string_view value) {
  text_->append(name_).append(suffix);
  char separator = '{';
  const auto add = [&](std::string_view name, std::string_view text) {
    text_->push_back(separator);
    separator = ',';
    text_->append(name).append("=\"");
    AppendEscaped(text, /*in_quotes=*/true, text_);
    text_->push_back('"');
  };
  for (const auto& [name, text] : labels) add(name, text);
  if (!bound.empty()) add("le", bound);
  if (separator == ',') text_->push_back('}');
  text_->append(" ").append(value).append("\n");
}

absl::Status MetricRegistry::Add(MetricFamily family, Collect collect) {
  const bool is_counter = family.type == MetricType::kCounter;
  if (!IsMetricName(family.name) || is_counter != absl::EndsWith(family.name, "_total")) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", family.name,
                     "\" is no name of a metric: they have letters, digits, \"_\" and \":\", and "
                     "those of counters, alone, end in _total"));
  }
  for (const Entry& entry : entries_) {
    if (entry.family.name == family.name) {
      return absl::AlreadyExistsError(absl::StrCat("there is a metric ", family.name));
    }
  }
  entries_.push_back({std::move(family), std::move(collect)});
  return absl::OkStatus();
}

std::string MetricRegistry::Text() const {
  std::string text;
  for (const Entry& entry : entries_) {
    text.append("# HELP ").append(entry.family.name).append(" ");
    AppendEscaped(entry.family.help, /*in_quotes=*/false, &text);
    text.append("\n# TYPE ").append(entry.family.name).append(" ");
    text.append(kMetricTypeNames[static_cast<size_t>(entry.family.type)]).append("\n");
    MetricSamples samples(entry.family.name, &text);
    entry.collect(samples);
  }
  return text;
}

}  // namespace tstat::inline v1
