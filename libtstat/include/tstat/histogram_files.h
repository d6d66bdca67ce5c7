// SPDX-License-Identifier: BSD-3-Clause
//
// Writes the histograms of each interval into a directory of the log directory: 000, 001, ..., at
// the end of a trace LAST and, with -g, GLOBAL (docs/output.md). What is collected is said by
// AnalyzerOptions::histograms.
//
//   tstat::OutputTree tree({.directory = "out"});
//   tstat::HistogramFiles files(&tree, {});
//   analyzer.AddSink(&tree);
//   analyzer.AddSink(&files);
#ifndef TSTAT_HISTOGRAM_FILES_H_
#define TSTAT_HISTOGRAM_FILES_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "tstat/event_sink.h"
#include "tstat/export.h"
#include "tstat/histogram.h"
#include "tstat/output_tree.h"

namespace tstat::inline v1 {

struct HistogramFilesOptions {
  // False: only the end of a trace is written, and no addresses (-S -g).
  bool intervals = true;
  // False: no histogram files, but addresses (`histo_engine = 0`).
  bool enabled = true;
  // False: a histogram without a sample is not written (`histo_empty = skip`).
  bool empty_files = true;
  // Told of every directory made; `time` is unset when addresses needed it.
  std::function<void(const std::string& directory, Timestamp time)> on_created = nullptr;
  // Told of the first file of a snapshot that cannot be opened: "Could not open file PATH".
  std::function<void(const std::string& message)> on_error = nullptr;
  // Told once that a run has written 10,000 files without a sample.
  std::function<void(uint64_t files)> on_many_empty = nullptr;
};

// The text of a histogram file; with `total`, of GLOBAL.
[[nodiscard]] TSTAT_EXPORT std::string HistogramFileText(const HistogramSnapshot::Histogram& h,
                                                         bool total);
// The texts of `addresses` and of a block of `addresses2`.
[[nodiscard]] TSTAT_EXPORT std::string AddressFileText(const HistogramSnapshot& snapshot);
[[nodiscard]] TSTAT_EXPORT std::string InternalAddressBlock(const HistogramSnapshot& snapshot);

class TSTAT_EXPORT HistogramFiles : public EventSink {
 public:
  // `tree` and `files` (for tests; null: those of the tree) must outlive this object.
  HistogramFiles(OutputTree* tree, HistogramFilesOptions options,
                 internal::FileOpener* files = nullptr);
  ~HistogramFiles() override;

  // As HistogramFilesOptions, from the next snapshot on.
  void set_enabled(bool enabled);
  void set_empty_files(bool empty_files);

  EventMask Wants() const override { return Event::kHistograms; }
  void OnHistograms(const HistogramSnapshot& snapshot) override;
  // The first file that could not be written.
  absl::Status status() const override;
  // The first error since the last call.
  absl::Status TakeProblem();
  // Files that could not be written, whole or in part.
  [[nodiscard]] uint64_t lost_files() const;

 private:
  class TSTAT_NO_EXPORT Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_HISTOGRAM_FILES_H_
