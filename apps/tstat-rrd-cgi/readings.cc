// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/readings.h"

#include <algorithm>
#include <cmath>

#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

// What nearly every configuration keeps; else any database will do that has a value each time.
constexpr std::string_view kUsualDatabases[] = {
    "ip_bitrate_in.idx0.rrd",  "ip_bitrate_loc.idx0.rrd", "ip_bitrate_out.idx0.rrd",
    "L4_flow_number.idx0.rrd", "ip_protocol_in.idx6.rrd", "ip_protocol_loc.idx6.rrd",
    "ip_len_in.avg.rrd",       "ip_len_loc.avg.rrd",
};
constexpr size_t kMostTries = 20;
constexpr int64_t kFinestSpan = 3600, kYoungSpan = 2 * 86400;

// min and max have no value of an interval without samples, stdev and var none of a single one.
bool HasValueEachTime(std::string_view file) {
  const size_t dot = file.find('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view statistic = file.substr(dot + 1);
  return statistic == "avg.rrd" || statistic == "hit.rrd" || statistic.starts_with("idx");
}

bool KnowsAny(const Readings& readings) {
  return std::ranges::any_of(readings.values, [](double v) { return std::isfinite(v); });
}

template <typename Keep>
std::optional<double> MeanIf(const Readings* readings, Keep keep) {
  if (readings == nullptr) return std::nullopt;
  double sum = 0;
  int64_t count = 0;
  for (double value : readings->values) {
    if (!std::isfinite(value) || !keep(value)) continue;
    sum += value;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

}  // namespace

std::optional<SteadyDatabase> FindSteady(const Trace& trace, const DatabaseReader& reader) {
  size_t tries = 0;
  const auto read = [&](const std::string& file) -> std::optional<SteadyDatabase> {
    std::string histogram = file.substr(0, file.find('.'));
    const auto last = reader.LastUpdate(trace.PathOf(file), histogram);
    if (!last) return std::nullopt;
    return SteadyDatabase{std::move(histogram), file, *last};
  };
  for (std::string_view usual : kUsualDatabases) {
    if (!trace.Has(usual)) continue;
    if (auto found = read(std::string(usual))) return found;
  }
  for (const std::string& file : trace.files) {
    if (!HasValueEachTime(file)) continue;
    if (auto found = read(file)) return found;
    if (++tries == kMostTries) break;
  }
  return std::nullopt;
}

Gaps GapsOf(const Readings& readings, int64_t since) {
  Gaps gaps;
  gaps.step = readings.step;
  bool is_known = true;
  for (size_t i = 0; i < readings.values.size(); ++i) {
    const int64_t begin = readings.start + static_cast<int64_t>(i) * readings.step;
    const bool was_known = is_known;
    is_known = std::isfinite(readings.values[i]);
    if (is_known) {
      if (gaps.first_known == 0) gaps.first_known = begin;
      continue;
    }
    const bool is_before_all = gaps.first_known == 0 && (since == 0 || begin < since);
    if (is_before_all) {
      is_known = true;  // a gap that begins later counts
      continue;
    }
    if (was_known) ++gaps.count;
    gaps.seconds += readings.step;
  }
  return gaps;
}

std::shared_ptr<const Readings> SpanReader::ReadOf(std::string_view histogram,
                                                   std::string_view statistic, int64_t span) const {
  const std::string file = Cat(histogram, ".", statistic, ".rrd");
  if (!trace_.Has(file)) return nullptr;
  return reader_.Read(trace_.PathOf(file), std::string(histogram), end_, span);
}

std::shared_ptr<const Readings> SpanReader::KnownOf(std::string_view histogram,
                                                    std::string_view statistic) const {
  if (known_span_ == 0) {
    known_span_ = span_;
    const auto steady = span_ > kYoungSpan ? FindSteady(trace_, reader_) : std::nullopt;
    if (steady) {
      const auto all = reader_.Read(trace_.PathOf(steady->file), steady->histogram, end_, span_);
      if (all != nullptr && !KnowsAny(*all)) known_span_ = kYoungSpan;
    }
  }
  return ReadOf(histogram, statistic, known_span_);
}

std::shared_ptr<const Readings> SpanReader::Series(std::string_view histogram,
                                                   std::string_view statistic) const {
  return ReadOf(histogram, statistic, span_);
}

std::optional<double> SpanReader::Mean(std::string_view histogram,
                                       std::string_view statistic) const {
  return MeanIf(KnownOf(histogram, statistic).get(), [](double) { return true; });
}

std::optional<double> SpanReader::MeanOfSamples(std::string_view histogram,
                                                std::string_view statistic) const {
  return MeanIf(KnownOf(histogram, statistic).get(), [](double value) { return value >= 0; });
}

std::optional<double> SpanReader::Newest(std::string_view histogram,
                                         std::string_view statistic) const {
  const auto readings = ReadOf(histogram, statistic, kFinestSpan);
  if (readings == nullptr) return std::nullopt;
  const auto found = std::find_if(readings->values.rbegin(), readings->values.rend(),
                                  [](double value) { return std::isfinite(value); });
  if (found == readings->values.rend()) return std::nullopt;
  return *found;
}

std::optional<double> SpanReader::Total(std::string_view histogram,
                                        std::string_view statistic) const {
  const auto readings = KnownOf(histogram, statistic);
  if (readings == nullptr || interval() <= 0 || !KnowsAny(*readings)) return std::nullopt;
  double sum = 0;
  for (double value : readings->values) {
    if (std::isfinite(value)) sum += value;
  }
  // Each row has the mean of its intervals.
  return sum * static_cast<double>(readings->step) / static_cast<double>(interval());
}

int64_t SpanReader::interval() const {
  if (interval_ >= 0) return interval_;
  interval_ = 0;
  if (const auto steady = FindSteady(trace_, reader_)) {
    const auto finest =
        reader_.Read(trace_.PathOf(steady->file), steady->histogram, end_, kFinestSpan);
    if (finest != nullptr) interval_ = finest->step;
  }
  return interval_;
}

std::optional<double> SumOf(const std::vector<std::optional<double>>& values) {
  std::optional<double> sum;
  for (const std::optional<double>& value : values) {
    if (value) sum = sum.value_or(0) + *value;
  }
  return sum;
}

}  // namespace tstat::viewer
