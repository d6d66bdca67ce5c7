// SPDX-License-Identifier: BSD-3-Clause
//
// One output of a session: a sink, and what a session does with it beside handing it events. A kind
// of output is a row of the table in session_outputs.cc; Tstat's own are in tstat_outputs.h.
#ifndef TSTAT_PIPELINE_SESSION_OUTPUT_H_
#define TSTAT_PIPELINE_SESSION_OUTPUT_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tstat/event_sink.h"
#include "tstat/session.h"

namespace tstat::internal {

// What exports may come to need while a session lasts.
struct ExportNeeds {
  bool any = false;
  bool network = false;
};

class SessionOutput {
 public:
  virtual ~SessionOutput() = default;

  // Null: there is none in this build; Open tells why.
  virtual EventSink* sink() = 0;
  // Makes what must be there, and makes sure that nobody else writes to it.
  virtual absl::Status Open() { return absl::OkStatus(); }
  // Starts what works beside the analysis, with the rights that the process has now.
  virtual absl::Status Start() { return absl::OkStatus(); }
  // A trace is about to begin: starts what has threads, once.
  virtual absl::Status StartThreads() { return absl::OkStatus(); }
  // runtime.conf is about to change: an error keeps it as it is.
  virtual absl::Status PrepareRuntimeConfig(const SessionOptions& options) {
    (void)options;
    return absl::OkStatus();
  }
  // runtime.conf changed; what must change with a new directory does so at the next output.
  virtual void SetRuntimeConfig(const SessionOptions& options) { (void)options; }
  // Hands buffered rows to the system.
  virtual void Flush() {}
  // Tries again what could not be written.
  virtual void Retry() {}
  // False while something cannot be written that a user waits for.
  virtual bool is_well() const { return true; }
  // The first error since the last call; an output with parts of its own that are told one by one:
  // the next, each part's once until RepeatProblems.
  virtual absl::Status TakeProblem() { return absl::OkStatus(); }
  virtual bool tells_parts() const { return false; }
  virtual void RepeatProblems() {}
  virtual void AddLosses(SessionLosses* losses) const { (void)losses; }
  // Of exports.
  virtual void FlushExports() {}
  virtual void CloseExports() {}
  virtual void AddExports(std::vector<SessionExport>* exports) const { (void)exports; }
  virtual ExportNeeds export_needs() const { return {}; }
  virtual void AddDirectories(std::vector<std::string>* directories) const { (void)directories; }
};

// A sink that needs nothing of all that; its status is its problem.
class SinkOutput final : public SessionOutput {
 public:
  explicit SinkOutput(std::unique_ptr<EventSink> sink) : sink_(std::move(sink)) {}
  EventSink* sink() override { return sink_.get(); }
  bool is_well() const override { return sink_->status().ok(); }
  absl::Status TakeProblem() override { return sink_->status(); }

 private:
  std::unique_ptr<EventSink> sink_;
};

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_SESSION_OUTPUT_H_
