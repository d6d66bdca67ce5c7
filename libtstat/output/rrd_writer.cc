// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tstat/rrd.h"

namespace tstat::inline v1 {
namespace {

// The cell of `value`; beyond the last one stands the number of samples (a quirk of the format).
// Anything else outside is empty.
int64_t CellOf(const HistogramSnapshot::Histogram& h, int64_t value) {
  const int64_t cell = (value - h.min) / h.width + 1;
  if (cell < 0) return 0;
  const auto i = static_cast<size_t>(cell);
  if (i < h.cells.size()) return h.cells[i];
  return i == h.cells.size() ? h.samples : 0;
}

// The lower edge of the bin in which the cumulated cells reach the share, samples too large left
// out; empty when they never do.
std::optional<double> Percentile(const HistogramSnapshot::Histogram& h, double percent) {
  const double target = percent * static_cast<double>(h.samples) / 100;
  double sum = 0;
  for (size_t i = 0; i + 1 < h.cells.size(); ++i) {
    sum += static_cast<double>(h.cells[i]);
    if (sum >= target) {
      return static_cast<double>(h.min + (static_cast<int64_t>(i) - 1) * h.width);
    }
  }
  return std::nullopt;
}

std::string PercentileSuffix(double percent) {
  return percent == std::floor(percent) ? fmt::format("prc{:.0f}", percent)
                                        : fmt::format("prc{:.3f}", percent);
}

std::string_view View(absl::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::vector<absl::Status> RrdDatabases::UpdateAll(std::span<const Value> values) {
  std::vector<absl::Status> results;
  results.reserve(values.size());
  for (const Value& v : values) results.push_back(Update(*v.path, v.time_s, v.value));
  return results;
}

class RrdWriter::Impl {
 public:
  Impl(const RrdConfig& config, RrdWriterOptions options, RrdDatabases* databases);

  RrdWriterOptions& options() { return options_; }
  void OnHistograms(const HistogramSnapshot& snapshot);
  absl::Status status() const { return status_; }
  absl::Status TakeProblem() { return std::exchange(problem_, absl::OkStatus()); }
  uint64_t refused() const { return refused_; }

 private:
  enum class Statistic : uint8_t {
    kHit,
    kAverage,
    kMin,
    kMax,
    kVariance,
    kDeviation,
    kPercentile,
    kIndex,
    kOther,
  };
  struct Database {
    Statistic statistic;
    double percentile = 0;
    int64_t index = 0;
    std::string path;
    bool was_made = false;  // by this run or an earlier one
  };
  struct Source {
    std::string histogram;
    std::vector<Database> databases;  // in the order of updates
    std::optional<int64_t> last_update_s;
    ValueStatistics statistics;  // since the last update
    bool was_updated = false;
  };

  void AddDatabases(const RrdDirective& directive, Source* source);
  void CreateMissing(int64_t start_s);
  // Adds what `source` has to say of `h`.
  void Collect(const HistogramSnapshot::Histogram& h, int64_t now_s, const Source& source);
  void WriteCollected(int64_t now_s);
  void Refuse(std::string_view what, const absl::Status& status);
  // Empty: there is no value this time.
  static std::optional<double> ValueOf(const Database& database, const Source& source,
                                       const HistogramSnapshot::Histogram& h);

  RrdWriterOptions options_;
  RrdDatabases& databases_;
  std::vector<Source> sources_;
  std::vector<RrdDatabases::Value> values_;  // of this interval
  std::vector<const Database*> targets_;     // theirs
  bool created_ = false;
  std::optional<int64_t> restored_s_;  // when removed databases were made again last
  uint64_t refused_ = 0;
  absl::Status status_;
  absl::Status problem_;
};

RrdWriter::Impl::Impl(const RrdConfig& config, RrdWriterOptions options, RrdDatabases* databases)
    : options_(std::move(options)), databases_(*databases) {
  for (const RrdDirective& directive : config.directives) {
    Source& source = sources_.emplace_back();
    source.histogram = directive.histogram;
    AddDatabases(directive, &source);
  }
}

void RrdWriter::Impl::AddDatabases(const RrdDirective& d, Source* source) {
  const auto add = [&](Statistic statistic, const std::string& suffix) -> Database& {
    Database& database = source->databases.emplace_back();
    database.statistic = statistic;
    database.path = absl::StrCat(options_.directory, "/", d.histogram, ".", suffix, ".rrd");
    return database;
  };
  if (d.hit) add(Statistic::kHit, "hit");
  if (d.avg) add(Statistic::kAverage, "avg");
  if (d.min) add(Statistic::kMin, "min");
  if (d.max) add(Statistic::kMax, "max");
  if (d.var) add(Statistic::kVariance, "var");
  if (d.stdev) add(Statistic::kDeviation, "stdev");
  for (double percent : d.percentiles) {
    add(Statistic::kPercentile, PercentileSuffix(percent)).percentile = percent;
  }
  for (int index : d.indexes) add(Statistic::kIndex, absl::StrCat("idx", index)).index = index;
  if (d.other) add(Statistic::kOther, "idxoth");
}

void RrdWriter::Impl::OnHistograms(const HistogramSnapshot& snapshot) {
  if (snapshot.kind == HistogramSnapshot::Kind::kInternalAddresses) return;
  const int64_t now_s = snapshot.time.seconds();
  size_t next = 0;
  for (Source& source : sources_) {
    // Both are in the same order. Of two with the same name the first is meant.
    while (next < snapshot.histograms.size() &&
           snapshot.histograms[next].name != source.histogram) {
      ++next;
    }
    if (next == snapshot.histograms.size()) break;
    const HistogramSnapshot::Histogram& h = snapshot.histograms[next++];
    source.statistics += h.statistics;
    if (!options_.enabled) continue;
    // Once a second and never backwards; what was counted is lost, the statistics go on.
    if (source.last_update_s.has_value() && *source.last_update_s >= now_s) continue;
    source.last_update_s = now_s;
    if (!created_) CreateMissing(now_s);
    Collect(h, now_s, source);
    source.statistics = {};
    source.was_updated = true;
  }
  WriteCollected(now_s);
}

void RrdWriter::Impl::CreateMissing(int64_t now_s) {
  constexpr int64_t kBeforeFirstUpdate = 10;
  const int64_t start_s = now_s - kBeforeFirstUpdate;
  created_ = true;
  RrdDatabases::Layout layout;
  layout.step_s = static_cast<int64_t>(options_.step_s);
  layout.heartbeat_s = static_cast<int64_t>(2 * options_.step_s);
  for (Source& source : sources_) {
    layout.source = source.histogram;
    for (Database& database : source.databases) {
      if (databases_.Exists(database.path)) {
        database.was_made = true;
        continue;
      }
      // librrd takes such a start as "now", and refuses everything that is older.
      absl::Status status = start_s > 0
                                ? databases_.Create(database.path, layout, start_s)
                                : absl::OutOfRangeError(absl::StrCat(
                                      database.path,
                                      ": a database cannot begin at the time of these packets, "
                                      "less than 11 seconds after 1970-01-01 00:00:00"));
      if (status.ok()) {
        database.was_made = true;
      } else {
        Refuse("create", status);
      }
    }
  }
}

void RrdWriter::Impl::Collect(const HistogramSnapshot::Histogram& h, int64_t now_s,
                              const Source& source) {
  for (const Database& database : source.databases) {
    const std::optional<double> value = ValueOf(database, source, h);
    if (!value.has_value()) continue;
    values_.push_back({.path = &database.path,
                       .time_s = now_s,
                       .value = std::isnan(*value) ? "U" : fmt::format("{:.6f}", *value)});
    targets_.push_back(&database);
  }
}

// Databases that somebody removed during a long run are made again.
void RrdWriter::Impl::WriteCollected(int64_t now_s) {
  std::vector<absl::Status> results = databases_.UpdateAll(values_);
  for (size_t i = 0; i < results.size(); ++i) {
    if (results[i].ok()) continue;
    if (targets_[i]->was_made && restored_s_ != now_s && !databases_.Exists(*values_[i].path)) {
      restored_s_ = now_s;
      CreateMissing(now_s);
    }
    if (restored_s_ == now_s) {
      results[i] = databases_.Update(*values_[i].path, now_s, values_[i].value);
    }
    if (!results[i].ok()) Refuse("update", results[i]);
  }
  values_.clear();
  targets_.clear();
}

std::optional<double> RrdWriter::Impl::ValueOf(const Database& database, const Source& source,
                                               const HistogramSnapshot::Histogram& h) {
  constexpr double kUnset = 1e90;
  const ValueStatistics& s = source.statistics;
  // The extremes of the first interval start from 0 (a quirk of the format).
  const double min = source.was_updated ? s.min() : std::min(s.min(), 0.0);
  const double max = source.was_updated ? s.max() : std::max(s.max(), 0.0);
  switch (database.statistic) {
    case Statistic::kHit:
      return static_cast<double>(s.count());
    case Statistic::kAverage:
      return s.mean();
    case Statistic::kMin:
      return min <= kUnset ? std::optional(min) : std::nullopt;
    case Statistic::kMax:
      return max > -kUnset ? std::optional(max) : std::nullopt;
    case Statistic::kVariance:
      return s.variance();
    case Statistic::kDeviation:
      return std::sqrt(s.variance());
    case Statistic::kPercentile:
      return Percentile(h, database.percentile);
    case Statistic::kIndex:
      return static_cast<double>(CellOf(h, database.index));
    case Statistic::kOther:
      break;
  }
  int64_t rest = h.samples;
  for (const Database& other : source.databases) {
    if (other.statistic == Statistic::kIndex) {
      rest = static_cast<int64_t>(static_cast<uint64_t>(rest) -
                                  static_cast<uint64_t>(CellOf(h, other.index)));
    }
  }
  return static_cast<double>(rest);
}

void RrdWriter::Impl::Refuse(std::string_view what, const absl::Status& status) {
  ++refused_;
  if (!problem_.ok()) return;
  problem_ = absl::Status(status.code(),
                          fmt::format("rrdtool: {0} command:\n{0}\nrrdtool: {0} error!\n{1}", what,
                                      View(status.message())));
  status_.Update(problem_);
}

RrdWriter::RrdWriter(const RrdConfig& config, RrdWriterOptions options, RrdDatabases* databases)
    : impl_(std::make_unique<Impl>(config, std::move(options), databases)) {}
RrdWriter::~RrdWriter() = default;

void RrdWriter::set_enabled(bool enabled) { impl_->options().enabled = enabled; }
void RrdWriter::OnHistograms(const HistogramSnapshot& snapshot) { impl_->OnHistograms(snapshot); }
absl::Status RrdWriter::status() const { return impl_->status(); }
absl::Status RrdWriter::TakeProblem() { return impl_->TakeProblem(); }
uint64_t RrdWriter::refused() const { return impl_->refused(); }

}  // namespace tstat::inline v1
