// SPDX-License-Identifier: BSD-3-Clause
//
// Everything of a session that writes results: builds the sinks that the options ask for. A new
// kind of output is added here.
//
//   SessionOutputs outputs(options);
//   outputs.AddTo(&analyzer);
//   outputs.tree().SetTrace("trace.pcap");       // before each trace
#ifndef TSTAT_PIPELINE_SESSION_OUTPUTS_H_
#define TSTAT_PIPELINE_SESSION_OUTPUTS_H_

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "output/directory_lock.h"
#include "output/rrd_process.h"
#include "pipeline/event_fan_out.h"
#include "tstat/analyzer.h"
#include "tstat/histogram_files.h"
#include "tstat/output_tree.h"
#include "tstat/rrd.h"
#include "tstat/session.h"
#include "tstat/text_logs.h"

namespace tstat::internal {

class SessionOutputs {
 public:
  // `options.on_notice` is copied.
  explicit SessionOutputs(const SessionOptions& options);

  // Makes the directory of the databases, and makes sure that no other process writes to them.
  absl::Status OpenDatabases();
  // Starts what works beside the analysis, with the rights that the process has now; before it has
  // other threads.
  absl::Status Start();

  // Adds all sinks, in their order.
  void AddTo(Analyzer* analyzer);

  OutputTree& tree() { return *tree_; }
  const OutputTree& tree() const { return *tree_; }

  // Takes over a changed runtime.conf. What must change with a new directory does so at the next
  // output: Analyzer::Resubscribe, then StartNewOutput.
  void SetRuntimeConfig(const SessionOptions& options);

  // Hands buffered rows to the system.
  void Flush() { logs_->Flush(); }
  // Tries again what could not be written, and makes again what somebody removed; `now` names the
  // directory when there is none.
  void Retry(Analyzer* analyzer, Timestamp now);

  // The errors since the last call, one of each kind of output until RepeatProblems.
  std::vector<absl::Status> TakeProblems();
  void RepeatProblems() { told_ = {}; }
  // False while a log cannot be written.
  bool is_well() const { return tree_->status().ok() && logs_->is_well(); }
  SessionLosses losses() const;

 private:
  void OpenRrd(const SessionOptions& options);

  std::unique_ptr<OutputTree> tree_;
  std::unique_ptr<TextLogWriter> logs_;
  std::unique_ptr<EventSink> report_;
  std::string rrd_directory_;
  std::unique_ptr<RrdDatabases> databases_;  // null: no RRD
  RrdProcess* process_ = nullptr;            // the same, when it is one
  std::unique_ptr<RrdWriter> rrd_;           // null: no RRD
  DirectoryLock rrd_lock_;
  std::unique_ptr<HistogramFiles> histograms_;  // null: none are selected
  std::vector<EventSink*> sinks_;               // all of them, in order
  std::array<bool, 4> told_ = {};               // kinds of output whose problem was taken
};

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_SESSION_OUTPUTS_H_
