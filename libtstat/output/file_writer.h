// SPDX-License-Identifier: BSD-3-Clause
//
// Appending lines to a file, buffered, optionally through gzip. An error does not end it: rows wait
// in the buffer as far as it goes, further ones are counted as lost, and Retry goes on where the
// writing stopped, without a row cut in two.
//
//   FileWriter out;
//   absl::Status status =
//       out.Open(SystemFiles(), "out/log_tcp_complete", {.header = "#c_ip c_port ...\n"});
//   out.AppendRow(row);
//   if (!out.status().ok()) ...      // "out/log_tcp_complete: No space left on device"
//   status = out.Retry();            // later
//   out.Close();
#ifndef TSTAT_OUTPUT_FILE_WRITER_H_
#define TSTAT_OUTPUT_FILE_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "output/files.h"

namespace tstat::internal {

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

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FILE_WRITER_H_
