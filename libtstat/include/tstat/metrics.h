// SPDX-License-Identifier: BSD-3-Clause
//
// Figures of a running program for Prometheus: families of metrics, and the text that it reads
// (exposition format 0.0.4).
//
//   tstat::MetricRegistry registry;
//   absl::Status status = registry.Add(
//       {.name = "tstat_packets_total", .help = "IP packets seen", .type = MetricType::kCounter},
//       [&](tstat::MetricSamples& out) { out.Add(session.statistics().ip_packets); });
//   std::string text = registry.Text();        // asks each family for its samples
#ifndef TSTAT_METRICS_H_
#define TSTAT_METRICS_H_

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tstat/export.h"

namespace tstat::inline v1 {

enum class MetricType : uint8_t {
  kCounter,    // only grows; its name ends in _total
  kGauge,      // goes up and down
  kHistogram,  // classic: cumulative buckets, sum, count
};

struct MetricFamily {
  std::string name = {};  // letters, digits, "_" and ":"; begins with no digit
  std::string help = {};
  MetricType type = MetricType::kGauge;
};

// Values by bucket. At most kMostBounds of them, ascending; a further bucket has what is above.
class TSTAT_EXPORT MetricHistogram {
 public:
  static constexpr size_t kMostBounds = 20;
  // REQUIRES: bounds as above.
  explicit MetricHistogram(std::span<const double> bounds);
  MetricHistogram(std::initializer_list<double> bounds)
      : MetricHistogram(std::span<const double>(bounds.begin(), bounds.size())) {}

  // A value that is a bound belongs to that bucket. What is not finite is left out.
  void Add(double value);

  [[nodiscard]] std::span<const double> bounds() const { return bounds_; }
  // Of one bucket alone; that of index bounds().size() is the last.
  [[nodiscard]] uint64_t count_in(size_t bucket) const { return counts_[bucket]; }
  [[nodiscard]] double sum() const { return sum_; }

 private:
  std::vector<double> bounds_;
  std::vector<uint64_t> counts_;
  double sum_ = 0;
};

// Where a family puts its samples.
class TSTAT_EXPORT MetricSamples {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // Names of labels are as those of metrics, without ":"; values may have any bytes.
  void Add(uint64_t value, Labels labels = {});
  void Add(int64_t value, Labels labels = {});
  void Add(double value, Labels labels = {});
  void Add(const MetricHistogram& histogram, Labels labels = {});

 private:
  friend class MetricRegistry;
  MetricSamples(std::string_view name, std::string* text) : name_(name), text_(text) {}
  void AddLine(std::string_view suffix, Labels labels, std::string_view bound,
               std::string_view value);

  std::string_view name_;
  std::string* text_;
};

// Not thread-safe.
class TSTAT_EXPORT MetricRegistry {
 public:
  using Collect = std::function<void(MetricSamples& out)>;

  // `collect` is called by Text. InvalidArgument for a name that none can have, or that a counter's
  // may not; AlreadyExists.
  absl::Status Add(MetricFamily family, Collect collect);

  // All families in the order in which they were added. One without samples has none.
  [[nodiscard]] std::string Text() const;

 private:
  struct Entry {
    MetricFamily family;
    Collect collect;
  };
  std::vector<Entry> entries_;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_METRICS_H_
