// SPDX-License-Identifier: BSD-3-Clause
//
// Everything of a session that writes results: makes the outputs that the options ask for. A new
// kind of output is a row of the table in session_outputs.cc (docs/extending.md).
//
//   SessionOutputs outputs(options);
//   outputs.AddTo(&analyzer);
//   outputs.tree().SetTrace("trace.pcap");       // before each trace
#ifndef TSTAT_PIPELINE_SESSION_OUTPUTS_H_
#define TSTAT_PIPELINE_SESSION_OUTPUTS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipeline/session_output.h"
#include "tstat/analyzer.h"
#include "tstat/output_tree.h"
#include "tstat/session.h"

namespace tstat::internal {

class SessionOutputs {
 public:
  // `options.on_notice` is copied.
  explicit SessionOutputs(const SessionOptions& options);

  // Makes what outputs need, and makes sure that no other process writes to it.
  absl::Status Open();
  // Starts what works beside the analysis, with the rights that the process has now; before it has
  // other threads.
  absl::Status Start();
  // Starts what has threads, once; an error is a problem.
  void StartThreads();
  void FlushExports();
  // Ends exports.
  void CloseExports();
  std::vector<SessionExport> exports() const;
  std::vector<std::string> export_directories() const;
  ExportNeeds export_needs() const;

  // Adds all sinks, in their order.
  void AddTo(Analyzer* analyzer);

  OutputTree& tree() { return *tree_; }
  const OutputTree& tree() const { return *tree_; }

  // Whether a changed runtime.conf can be taken over; then SetRuntimeConfig follows.
  absl::Status PrepareRuntimeConfig(const SessionOptions& options);
  // Takes over a changed runtime.conf. What must change with a new directory does so at the next
  // output: Analyzer::Resubscribe, then StartNewOutput.
  void SetRuntimeConfig(const SessionOptions& options);

  // Hands buffered rows to the system.
  void Flush();
  // Tries again what could not be written, and makes again what somebody removed; `now` names the
  // directory when there is none.
  void Retry(Analyzer* analyzer, Timestamp now);

  // The errors since the last call, one of each kind of output until RepeatProblems.
  std::vector<absl::Status> TakeProblems();
  void RepeatProblems();
  // False while a log cannot be written.
  bool is_well() const;
  SessionLosses losses() const;

 private:
  struct Entry {
    std::unique_ptr<SessionOutput> output;
    bool told = false;  // its problem was taken
  };
  void AddNamed(const std::string& name, const std::string& argument,
                const SessionOptions& options);

  std::unique_ptr<OutputTree> tree_;
  bool tree_told_ = false;
  std::vector<Entry> outputs_;  // in the order in which they are told of events
  absl::Status opened_;         // of those that are asked for by name
  bool has_threads_ = false;
  absl::Status thread_problem_;
};

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_SESSION_OUTPUTS_H_
