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

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "output/directory_lock.h"
#include "output/histogram_files.h"
#include "output/output_tree.h"
#include "output/rrd_process.h"
#include "output/rrd_writer.h"
#include "output/text_log_writer.h"
#include "pipeline/event_fan_out.h"
#include "tstat-cli/console.h"
#include "tstat-cli/settings.h"
#include "tstat/analyzer.h"

namespace tstat::cli {
using namespace internal;  // what of the library is not public yet

// True when runtime.conf is read again while the run lasts: only streams live long enough, and the
// result of a trace must not depend on the wall clock.
bool MayReload(const Settings& settings);
// A live interface, standard input or a FIFO is among the inputs.
bool ReadsStream(const Settings& settings);

class Outputs {
 public:
  // `console` must outlive the outputs.
  Outputs(const Settings& settings, Console& console);

  // Adds all sinks, in their order.
  void AddTo(Analyzer* analyzer);

  // Names the trace that begins ("stdin" for streams): it may name the base directory.
  void SetTrace(std::string_view name, bool is_stream) { tree_->SetTrace(name, is_stream); }

  // Before the first trace: makes sure that no other tstat writes to the same RRD databases.
  absl::Status LockDatabases();
  // Starts what works beside the analysis, with the rights that the process has now; before it has
  // other threads.
  absl::Status StartHelpers();

  // Makes the base directory before the first packet; true when it was not there.
  absl::StatusOr<bool> MakeBaseDirectory() { return tree_->MakeBase(); }
  const std::string& base_directory() const { return tree_->base(); }
  const std::string& directory() const { return tree_->directory(); }

  // Takes over a changed runtime.conf. What must change with a new directory does so at the next
  // StartNewOutput.
  void SetRuntimeConfig(const Settings& settings);

  // Closes what is open and goes on in a new directory named by `time`. Only when MayReload.
  void StartNewOutput(Timestamp time);

  // Hands buffered rows to the system.
  void Flush() { logs_->Flush(); }
  // Tries again what could not be written, and makes again what somebody removed; `now` names the
  // directory when there is none.
  void Retry(Timestamp now);

  // Why there is no output directory: nothing can be written then.
  absl::Status directory_status() const { return tree_->status(); }
  // Whether there was one in this run.
  bool had_directory() const { return tree_->has_made_any(); }
  // The errors since the last call, one of each kind of output until TellProblemsAgain.
  std::vector<absl::Status> TakeProblems();
  void TellProblemsAgain() { told_ = {}; }
  // False while a log cannot be written.
  bool is_well() const { return tree_->status().ok() && logs_->is_well(); }
  // Rows that could not be written.
  uint64_t lost_rows() const { return logs_->lost_rows(); }
  // Histogram files likewise.
  uint64_t lost_files() const { return histograms_ != nullptr ? histograms_->lost_files() : 0; }
  // Values that RRD databases did not take.
  uint64_t refused_rrd_updates() const { return rrd_ != nullptr ? rrd_->refused() : 0; }

 private:
  std::unique_ptr<OutputTree> tree_;
  std::unique_ptr<TextLogWriter> logs_;
  std::unique_ptr<EventSink> report_;
  std::unique_ptr<RrdProcess> databases_;  // null: no RRD
  std::unique_ptr<RrdWriter> rrd_;         // likewise
  std::string rrd_directory_;
  DirectoryLock rrd_lock_;
  std::unique_ptr<HistogramFiles> histograms_;  // null: none are selected
  std::vector<EventSink*> sinks_;               // all of them, in order
  std::unique_ptr<EventFanOut> reloadable_;     // holds them when MayReload
  std::array<bool, 4> told_ = {};               // kinds of output whose problem was taken
};

}  // namespace tstat::cli

#endif  // TSTAT_APPS_TSTAT_CLI_OUTPUTS_H_
