// SPDX-License-Identifier: BSD-3-Clause
//
// Appending lines to a file, buffered, optionally through gzip, with the first error kept.
//
//   FileWriter out;
//   out.Open(SystemFiles(), "out/log_tcp_complete", {.gzip = false});
//   out.Append(header);
//   out.AppendRow(row);
//   out.Close();
//   if (!out.status().ok()) ...      // "out/log_tcp_complete: No space left on device"
#ifndef TSTAT_OUTPUT_FILE_WRITER_H_
#define TSTAT_OUTPUT_FILE_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tstat {

// An open file that can only grow.
class AppendFile {
 public:
  virtual ~AppendFile() = default;
  // Writes all of `data` or fails; after a failure the file may hold a part of it.
  virtual absl::Status Append(std::string_view data) = 0;
  virtual absl::Status Close() = 0;
};

// Opens files; tests put one in place that fails.
class FileOpener {
 public:
  virtual ~FileOpener() = default;
  // Opens `path` for appending and creates it (mode 0664) when it is missing.
  virtual absl::StatusOr<std::unique_ptr<AppendFile>> OpenForAppend(const std::string& path) = 0;
};

// The file system of the machine. Thread-safe.
FileOpener& SystemFiles();

struct FileWriterOptions {
  bool gzip = false;                // the file is a gzip stream (the caller adds .gz to its name)
  size_t buffer_bytes = 64 * 1024;  // handed to the file when full
};

class FileWriter {
 public:
  FileWriter();
  ~FileWriter();  // closes
  FileWriter(FileWriter&&) noexcept;
  FileWriter& operator=(FileWriter&&) noexcept;

  // Closes the file before, if any, and forgets its status and counts. Error: "Could not open file
  // PATH: REASON"; rows appended all the same are counted as lost.
  absl::Status Open(FileOpener& files, std::string path, const FileWriterOptions& options);
  bool is_open() const;

  // After an error both only count: nothing is written any more.
  void Append(std::string_view text);
  void AppendRow(std::string_view row);

  // Hands over everything appended so far.
  void Flush();
  void Close();

  // The first error.
  absl::Status status() const;
  // Rows of AppendRow that did not reach the file, or may not have.
  uint64_t lost_rows() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tstat

#endif  // TSTAT_OUTPUT_FILE_WRITER_H_
