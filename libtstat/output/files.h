// SPDX-License-Identifier: BSD-3-Clause
//
// Files as the outputs need them, behind an interface so that tests can fill the disk.
//
//   absl::StatusOr<std::unique_ptr<AppendFile>> file = SystemFiles().OpenForAppend("out/log");
//   std::string_view text = "a row\n";
//   absl::Status status = (*file)->Append(&text);
#ifndef TSTAT_OUTPUT_FILES_H_
#define TSTAT_OUTPUT_FILES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tstat::internal {

// An open file that can only grow.
class AppendFile {
 public:
  virtual ~AppendFile() = default;
  // Writes `*data` and takes away from its front what was written: all of it, or an error. An
  // error, too, that somebody removed the file.
  virtual absl::Status Append(std::string_view* data) = 0;
  // Takes the last `bytes` bytes away again.
  virtual absl::Status CutBack(uint64_t bytes) = 0;
  virtual absl::Status Close() = 0;
  // Nothing was in it when it was opened.
  virtual bool is_new() const { return true; }
  // It has no name any more: what is written goes nowhere.
  virtual bool is_removed() const { return false; }
};

// New files of one directory, one after the other.
class FileBatch {
 public:
  virtual ~FileBatch() = default;
  // Makes file `name` with content `text`; one that is there is removed before. Errors begin with
  // "Could not open file" when it cannot be made.
  virtual absl::Status Write(std::string_view name, std::string_view text) = 0;
};

// Opens files; tests put one in place that fails. No file is opened through a symbolic link.
class FileOpener {
 public:
  virtual ~FileOpener() = default;
  // Opens `path` for appending and creates it (mode 0664) when it is missing.
  virtual absl::StatusOr<std::unique_ptr<AppendFile>> OpenForAppend(const std::string& path) = 0;
  // Likewise, but an empty file: one that is there is removed.
  virtual absl::StatusOr<std::unique_ptr<AppendFile>> OpenNew(const std::string& path) = 0;
  // For many files of `directory`, which exists.
  virtual absl::StatusOr<std::unique_ptr<FileBatch>> OpenBatch(const std::string& directory);
};

// `status` with what it was about: "Could not open file PATH: REASON", "PATH: REASON".
absl::Status CannotOpen(const std::string& path, const absl::Status& status);
absl::Status CannotWrite(const std::string& path, const absl::Status& status);

// The file system of the machine. Thread-safe.
FileOpener& SystemFiles();

// The same for relative paths, below the directory that `descriptor` is open on: whatever its name
// leads to in the meantime.
std::unique_ptr<FileOpener> FilesBelow(int descriptor);

// The system's text for `error`, an errno, with its code.
absl::Status ErrnoStatus(int error);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FILES_H_
