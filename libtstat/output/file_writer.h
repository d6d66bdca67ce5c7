// SPDX-License-Identifier: BSD-3-Clause
//
// Appending lines to a file, buffered, optionally through gzip. An error does not end it: rows wait
// in the buffer as far as it goes, further ones are counted as lost, and Retry goes on where the
// writing stopped, without a row cut in two.
//
//   FileWriter out;
//   out.Open(SystemFiles(), "out/log_tcp_complete", {.header = "#c_ip c_port ...\n"});
//   out.AppendRow(row);
//   if (!out.status().ok()) ...      // "out/log_tcp_complete: No space left on device"
//   out.Retry();                     // later
//   out.Close();
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
  // Writes `*data` and takes away from its front what was written: all of it, or an error. An
  // error, too, that somebody removed the file.
  virtual absl::Status Append(std::string_view* data) = 0;
  virtual absl::Status Close() = 0;
  // Nothing was in it when it was opened.
  virtual bool is_new() const { return true; }
  // It has no name any more: what is written goes nowhere.
  virtual bool is_removed() const { return false; }
};

// Opens files; tests put one in place that fails.
class FileOpener {
 public:
  virtual ~FileOpener() = default;
  // Opens `path` for appending and creates it (mode 0664) when it is missing.
  virtual absl::StatusOr<std::unique_ptr<AppendFile>> OpenForAppend(const std::string& path) = 0;
  // Likewise, but an empty file: one that is there is removed.
  virtual absl::StatusOr<std::unique_ptr<AppendFile>> OpenNew(const std::string& path) = 0;
};

// The file system of the machine. Thread-safe.
FileOpener& SystemFiles();

struct FileWriterOptions {
  bool gzip = false;                // the file is a gzip stream (the caller adds .gz to its name)
  size_t buffer_bytes = 64 * 1024;  // handed to the file when full
  std::string header = {};          // the first lines of a file that is new
};

class FileWriter {
 public:
  FileWriter();
  ~FileWriter();  // closes
  FileWriter(FileWriter&&) noexcept;
  FileWriter& operator=(FileWriter&&) noexcept;

  // Closes the file before, if any, and forgets its status and counts. Error: "Could not open file
  // PATH: REASON"; Retry may open it later.
  absl::Status Open(FileOpener& files, std::string path, FileWriterOptions options);
  // Open was called, and Close was not: rows are taken, even while the file has an error.
  bool is_active() const;
  // The file is open.
  bool is_open() const;

  void Append(std::string_view text);
  void AppendRow(std::string_view row);

  // Hands over everything appended so far.
  void Flush();
  // After an error: opens the file again if need be, and hands over what waits. Also finds out that
  // the file was removed. Returns the status.
  absl::Status Retry();
  // Tries once more what waits; what cannot be written now is lost.
  void Close();

  // Why nothing is written at present, or at the end was not; OK while all is well.
  absl::Status status() const;
  bool is_well() const;  // status().ok(), for every row
  // Rows of AppendRow that did not reach the file, or may not have. Those that wait do not count.
  uint64_t lost_rows() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tstat

#endif  // TSTAT_OUTPUT_FILE_WRITER_H_
