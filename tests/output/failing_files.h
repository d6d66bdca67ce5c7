// SPDX-License-Identifier: BSD-3-Clause
//
// Files in memory on a disk that gets full.
#ifndef TSTAT_TESTS_OUTPUT_FAILING_FILES_H_
#define TSTAT_TESTS_OUTPUT_FAILING_FILES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "output/file_writer.h"

namespace tstat::internal {

class FailingFiles : public FileOpener {
 public:
  size_t free_bytes = 1 << 20;  // what is left on the disk
  std::string refused_path;     // cannot be opened
  bool close_fails = false;     // as with quotas on network file systems
  int generation = 0;           // files opened in an earlier one are removed
  std::map<std::string, std::string> contents;

  // As `rm`: files that are open stay so, without a name.
  void RemoveAll() {
    ++generation;
    for (auto& [path, text] : contents) text.clear();
  }

  absl::StatusOr<std::unique_ptr<AppendFile>> OpenForAppend(const std::string& path) override {
    if (path == refused_path) return absl::PermissionDeniedError("Permission denied");
    return std::make_unique<File>(this, path);
  }

  absl::StatusOr<std::unique_ptr<AppendFile>> OpenNew(const std::string& path) override {
    contents[path].clear();
    return OpenForAppend(path);
  }

 private:
  class File : public AppendFile {
   public:
    File(FailingFiles* disk, const std::string& path)
        : disk_(disk),
          generation_(disk->generation),
          text_(disk->contents[path]),
          is_new_(text_.empty()) {}
    absl::Status Append(std::string_view* data) override {
      if (is_removed()) return absl::NotFoundError("the file was removed");
      const size_t written = std::min(data->size(), disk_->free_bytes);
      text_.append(data->substr(0, written));
      disk_->free_bytes -= written;
      data->remove_prefix(written);
      if (data->empty()) return absl::OkStatus();
      return absl::ResourceExhaustedError("No space left on device");
    }
    absl::Status CutBack(uint64_t bytes) override {
      text_.resize(text_.size() - bytes);
      return absl::OkStatus();
    }
    absl::Status Close() override {
      if (disk_->close_fails) return absl::UnavailableError("Disk quota exceeded");
      return absl::OkStatus();
    }
    bool is_new() const override { return is_new_; }
    bool is_removed() const override { return generation_ != disk_->generation; }

   private:
    FailingFiles* disk_;
    int generation_;
    std::string& text_;
    bool is_new_;
  };
};

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_OUTPUT_FAILING_FILES_H_
