// SPDX-License-Identifier: BSD-3-Clause
//
// Writes the histograms of each interval into a directory of the log directory: 000, 001, ..., at
// the end of a trace LAST and, with -g, GLOBAL.
//
//   HistogramFiles files(&tree, {.intervals = true});
//   analyzer.AddSink(&tree);
//   analyzer.AddSink(&files);
#ifndef TSTAT_OUTPUT_HISTOGRAM_FILES_H_
#define TSTAT_OUTPUT_HISTOGRAM_FILES_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "output/file_writer.h"
#include "output/output_tree.h"
#include "tstat/event_sink.h"
#include "tstat/histogram.h"

namespace tstat::internal {

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
  FileOpener* files = nullptr;  // null: those of the tree
};

// The text of a histogram file; with `total`, of GLOBAL.
std::string HistogramFileText(const HistogramSnapshot::Histogram& h, bool total);
// The texts of `addresses` and of a block of `addresses2`.
std::string AddressFileText(const HistogramSnapshot& snapshot);
std::string InternalAddressBlock(const HistogramSnapshot& snapshot);

class HistogramFiles : public EventSink {
 public:
  // `tree` must outlive this object.
  HistogramFiles(OutputTree* tree, HistogramFilesOptions options);

  void set_enabled(bool enabled) { options_.enabled = enabled; }
  void set_empty_files(bool empty_files) { options_.empty_files = empty_files; }

  EventMask Wants() const override { return Event::kHistograms; }
  void OnHistograms(const HistogramSnapshot& snapshot) override;
  // The first file that could not be written.
  absl::Status status() const override { return status_; }
  // The first error since the last call.
  absl::Status TakeProblem() { return std::exchange(problem_, absl::OkStatus()); }
  // Files that could not be written, whole or in part.
  uint64_t lost_files() const { return lost_files_; }

 private:
  void WriteAll(const HistogramSnapshot& snapshot, const std::string& name, bool total);
  void WriteAddresses(const HistogramSnapshot& snapshot, const std::string& name);
  // Makes the directory `name`. Empty: it cannot be made, and `files` files are lost.
  std::string MakeDirectory(const std::string& name, Timestamp time, uint64_t files);
  void CountEmpty();
  void AppendTo(const std::string& path, std::string_view text);
  // Keeps what went wrong with a file.
  void Note(const std::string& path, const absl::Status& status);
  void Fail(const absl::Status& status, uint64_t files);

  OutputTree& tree_;
  HistogramFilesOptions options_;
  FileOpener& files_;
  absl::Status status_;
  absl::Status problem_;
  uint64_t lost_files_ = 0;
  uint64_t empty_files_ = 0;  // written
  bool error_told_ = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_HISTOGRAM_FILES_H_
