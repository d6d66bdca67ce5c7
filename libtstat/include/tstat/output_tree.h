// SPDX-License-Identifier: BSD-3-Clause
//
// Where a run writes: a base directory, and in it one log directory an output period, named by the
// local time of its first packet. A directory is locked while it is written to. Nothing is deleted
// but what an earlier run on a trace file left, where this run writes the same anew; otherwise the
// new directory gets the suffix _2, _3, ... (docs/output.md)
//
//   tstat::OutputTree tree({.directory = "out"});       // -s out; empty: the trace's name
//   tree.SetTrace("trace.pcap");
//   analyzer.AddSink(&tree);                      // before every sink that writes into it
//   ...                                           // packets, the first of them opens a directory
//   Show(tree.directory());                       // out/2017_07_14_02_40.out
#ifndef TSTAT_OUTPUT_TREE_H_
#define TSTAT_OUTPUT_TREE_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tstat/event_sink.h"
#include "tstat/export.h"
#include "tstat/time.h"

namespace tstat::internal {
class FileOpener;
}

namespace tstat::inline v1 {

struct OutputTreeOptions {
  std::string directory;  // -s; empty: each trace's name is its base directory
  // False when nothing will be written (-S -L without -g, -T): no directory is made.
  bool needed = true;
  // Told of every directory made: its path as composed, and the trace time that names it.
  std::function<void(const std::string& directory, Timestamp time)> on_created = nullptr;
  // Told of what a user should know, one line without newline.
  std::function<void(const std::string& message)> on_warning = nullptr;
  // Directories that are kept as they are although a run on a trace file left them.
  std::vector<std::string> kept = {};
};

class TSTAT_EXPORT OutputTree : public EventSink {
 public:
  explicit OutputTree(OutputTreeOptions options);
  ~OutputTree() override;

  // The trace that begins: its name as given by the user, "stdin" for streams and live capture.
  // Names the base directory unless OutputTreeOptions::directory does. What a stream wrote cannot
  // be had again, so the directories of `is_stream` never take the place of others.
  void SetTrace(std::string_view name, bool is_stream = false);
  // As OutputTreeOptions::needed, from the next OnNewOutput on (a reloaded runtime.conf).
  void set_needed(bool needed);

  // The present log directory, without trailing slash; empty before the first OnNewOutput, when
  // none is needed, and when it could not be made.
  [[nodiscard]] const std::string& directory() const;
  // Makes directory `name` in the log directory, and that one too if somebody removed it. True when
  // it was not there.
  absl::StatusOr<bool> MakeSubdirectory(const std::string& name);

  EventMask Wants() const override { return {}; }
  // Makes the base directory now, not with the first log directory: for checks of the permissions
  // before a run. True when it was not there before. Nothing is made when none is needed.
  absl::StatusOr<bool> MakeBase();
  // The base directory as far as it is settled.
  [[nodiscard]] const std::string& base() const;

  // Makes the directory of `time`. One of that name that an earlier run on a trace file left is
  // emptied; one of the present run, of OutputTreeOptions::kept, of a stream, of a tstat that is
  // running, or with files that are not tstat's is kept as it is, and the new one gets the suffix
  // _2, _3, ...
  void OnNewOutput(const OutputStart& output) override;
  // Whether it was told of `output`: not yet when it was added after the sink that asks.
  [[nodiscard]] bool HasBegun(const OutputStart& output) const;
  // A log directory was made.
  [[nodiscard]] bool has_made_any() const;

  // Makes the present log directory again if somebody removed it.
  absl::Status Restore();

  // Why there is no log directory at present: "Cannot create directory PATH: REASON".
  absl::Status status() const override;
  // The first error since the last call.
  absl::Status TakeProblem();

  // For the sinks of the library: opens files; those of the log directory below its descriptor, so
  // that they are made in the directory that was locked, whatever its name leads to in the
  // meantime.
  [[nodiscard]] internal::FileOpener& files() const;

 private:
  class TSTAT_NO_EXPORT Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_OUTPUT_TREE_H_
