// SPDX-License-Identifier: BSD-3-Clause
//
// Keeps RRD databases of histograms (-r, -R): at the end of each interval every statistic that the
// configuration names goes into a database of its own, DIR/HISTOGRAM.STATISTIC.rrd.
// Existing databases go on.
//
//   std::unique_ptr<RrdDatabases> databases = LibrrdDatabases();   // null: no librrd
//   RrdWriter rrd(config, {.directory = "rrd", .step_s = 300}, databases.get());
//   analyzer.AddSink(&rrd);                   // before HistogramFiles, as the reference does
#ifndef TSTAT_OUTPUT_RRD_WRITER_H_
#define TSTAT_OUTPUT_RRD_WRITER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "config/rrd_config.h"
#include "tstat/event_sink.h"
#include "tstat/histogram.h"

namespace tstat::internal {

// The RRD files as the writer needs them; tests put others in place.
class RrdDatabases {
 public:
  struct Layout {
    int64_t step_s, heartbeat_s;
    std::string source;  // name of the only data source, a gauge
  };
  virtual ~RrdDatabases() = default;
  virtual bool Exists(const std::string& path) const = 0;
  // Errors are librrd's texts.
  virtual absl::Status Create(const std::string& path, const Layout& layout, int64_t start_s) = 0;
  // `value`: a number as text, or "U".
  virtual absl::Status Update(const std::string& path, int64_t time_s,
                              const std::string& value) = 0;
  // The same for many databases: a status for each.
  struct Value {
    const std::string* path;
    int64_t time_s;
    std::string value;
  };
  virtual std::vector<absl::Status> UpdateAll(std::span<const Value> values);
};

// Those of librrd, by its thread-safe functions; null when it is not installed, or this was built
// without it.
std::unique_ptr<RrdDatabases> LibrrdDatabases();

struct RrdWriterOptions {
  std::string directory;  // exists
  double step_s = 300;    // Globals::max_time_step_s
  bool enabled = true;    // `rrd_engine`
};

class RrdWriter : public EventSink {
 public:
  // `databases` must outlive the writer.
  RrdWriter(const RrdConfig& config, RrdWriterOptions options, RrdDatabases* databases);

  void set_enabled(bool enabled) { options_.enabled = enabled; }

  EventMask Wants() const override { return Event::kHistograms; }
  void OnHistograms(const HistogramSnapshot& snapshot) override;

  // The first refusal, in the words of the reference; the analysis goes on without the value.
  absl::Status status() const override { return status_; }
  // The first refusal since the last call.
  absl::Status TakeProblem() { return std::exchange(problem_, absl::OkStatus()); }
  // Databases that could not be made and values that were refused.
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

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_RRD_WRITER_H_
