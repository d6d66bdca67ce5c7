// SPDX-License-Identifier: BSD-3-Clause
//
// RRD databases of histograms (-r, -R): the file that says what goes into them, tstat-rrd.conf(5),
// and the sink that keeps them (docs/rrd.md).
//
//   absl::StatusOr<RrdConfig> config = ReadRrdConfig("rrd.conf", global, l3);
//   if (!config.ok()) ...                  // the reference's text
//   config->SelectIn(&selection);          // what it names is collected, too
//   std::unique_ptr<RrdDatabases> databases = LibrrdDatabases();   // null: no librrd
//   RrdWriter rrd(*config, {.directory = "rrd", .step_s = 300}, databases.get());
//   analyzer.AddSink(&rrd);
//
// At the end of each interval every statistic that the file names goes into a database of its own,
// DIR/HISTOGRAM.STATISTIC.rrd. Existing databases go on.
//
// A directive a line, separated by spaces: a histogram, then any of
//   avg min max var stdev hit    idx:V,V,...[,other]    prc:P,P,...
// Lines with a '#' anywhere are ignored.
#ifndef TSTAT_RRD_H_
#define TSTAT_RRD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tstat/event_sink.h"
#include "tstat/export.h"
#include "tstat/histogram.h"

namespace tstat::inline v1 {

// What is stored of one histogram.
struct RrdDirective {
  static constexpr size_t kMaxValues = 256;  // of a list

  std::string histogram;
  size_t id = 0;  // in the order of definition
  bool hit = false, avg = false, min = false, max = false, var = false, stdev = false;
  std::vector<double> percentiles;
  std::vector<int> indexes;
  bool other = false;
};

struct RrdConfig {
  std::vector<RrdDirective> directives;  // latest definition first: the order of updates

  TSTAT_EXPORT void SelectIn(HistogramSelection* selection) const;
};

// `name` stands in the messages; `global`, `l3`: whether the histograms of -g and of the 3.3
// profile are known. Errors: InvalidArgument "rrdtool: ...".
TSTAT_EXPORT absl::StatusOr<RrdConfig> ParseRrdConfig(std::string_view text, std::string_view name,
                                                      bool global, bool l3);
// Errors also: those of ReadTextFile.
TSTAT_EXPORT absl::StatusOr<RrdConfig> ReadRrdConfig(const std::string& path, bool global, bool l3);

// The RRD files as the writer needs them; tests put others in place.
class TSTAT_EXPORT RrdDatabases {
 public:
  struct Layout {
    int64_t step_s, heartbeat_s;
    std::string source;  // name of the only data source, a gauge
  };
  virtual ~RrdDatabases() = default;
  [[nodiscard]] virtual bool Exists(const std::string& path) const = 0;
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
[[nodiscard]] TSTAT_EXPORT std::unique_ptr<RrdDatabases> LibrrdDatabases();

struct RrdWriterOptions {
  std::string directory;  // exists
  double step_s = 300;    // Globals::max_time_step_s
  bool enabled = true;    // `rrd_engine`
};

class TSTAT_EXPORT RrdWriter : public EventSink {
 public:
  // `databases` must outlive the writer. Add it before HistogramFiles, as the reference does.
  RrdWriter(const RrdConfig& config, RrdWriterOptions options, RrdDatabases* databases);
  ~RrdWriter() override;

  // As RrdWriterOptions, from the next snapshot on.
  void set_enabled(bool enabled);

  EventMask Wants() const override { return Event::kHistograms; }
  void OnHistograms(const HistogramSnapshot& snapshot) override;

  // The first refusal, in the words of the reference; the analysis goes on without the value.
  absl::Status status() const override;
  // The first refusal since the last call.
  absl::Status TakeProblem();
  // Databases that could not be made and values that were refused.
  [[nodiscard]] uint64_t refused() const;

 private:
  class TSTAT_NO_EXPORT Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_RRD_H_
