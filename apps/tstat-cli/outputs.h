// SPDX-License-Identifier: BSD-3-Clause
//
// Everything that writes results: builds the sinks that the settings ask for. A new kind of output
// is added here.
//
//   Outputs outputs(settings, console);
//   outputs.AddTo(&analyzer);
//   outputs.SetTrace("trace.pcap");       // before each trace
#ifndef TSTAT_APPS_TSTAT_CLI_OUTPUTS_H_
#define TSTAT_APPS_TSTAT_CLI_OUTPUTS_H_

#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "output/histogram_files.h"
#include "output/output_tree.h"
#include "output/rrd_writer.h"
#include "output/text_log_writer.h"
#include "pipeline/event_fan_out.h"
#include "tstat-cli/console.h"
#include "tstat-cli/settings.h"
#include "tstat/analyzer.h"

namespace tstat::cli {

// True when runtime.conf is read again while the run lasts: only streams live long enough, and the
// result of a trace must not depend on the wall clock.
bool MayReload(const Settings& settings);

class Outputs {
 public:
  // `console` must outlive the outputs.
  Outputs(const Settings& settings, Console& console);

  // Adds all sinks, in their order.
  void AddTo(Analyzer* analyzer);

  // Names the trace that begins ("stdin" for streams): it may name the base directory.
  void SetTrace(std::string_view name) { tree_->SetTrace(name); }

  // Takes over a changed runtime.conf. What must change with a new directory does so at the next
  // StartNewOutput.
  void SetRuntimeConfig(const Settings& settings);

  // Closes what is open and goes on in a new directory named by `time`. Only when MayReload.
  void StartNewOutput(Timestamp time);

  // Why the output directory could not be made: nothing can be written then.
  absl::Status directory_status() const { return tree_->status(); }
  // The first error of any output.
  absl::Status status() const;
  // Rows that could not be written.
  uint64_t lost_rows() const { return logs_->lost_rows(); }
  // Values that RRD databases did not take.
  uint64_t refused_rrd_updates() const { return rrd_ != nullptr ? rrd_->refused() : 0; }

 private:
  std::unique_ptr<OutputTree> tree_;
  std::unique_ptr<TextLogWriter> logs_;
  std::unique_ptr<RrdDatabases> databases_;     // null: no RRD
  std::unique_ptr<RrdWriter> rrd_;              // likewise
  std::unique_ptr<HistogramFiles> histograms_;  // null: none are selected
  std::vector<EventSink*> sinks_;               // all of them, in order
  std::unique_ptr<EventFanOut> reloadable_;     // holds them when MayReload
};

}  // namespace tstat::cli

#endif  // TSTAT_APPS_TSTAT_CLI_OUTPUTS_H_
