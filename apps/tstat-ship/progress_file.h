// SPDX-License-Identifier: BSD-3-Clause
//
// The file in which the scripts of the Tstat roll say how a run went: progress_DATE_TIME.txt, lines
// as theirs, but without a password.
//
//   absl::StatusOr<ProgressFile> progress = ProgressFile::Make("/var/log/tstat", start, end);
//   progress->NoteShortRow(5, path);
#ifndef TSTAT_SHIP_PROGRESS_FILE_H_
#define TSTAT_SHIP_PROGRESS_FILE_H_

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tstat::ship {

class ProgressFile {
 public:
  // Makes `directory`, too. Errors: of the system.
  static absl::StatusOr<ProgressFile> Make(const std::string& directory, std::string_view start,
                                           std::string_view end);

  // A row, in this line of a log, that has too few columns.
  void NoteShortRow(uint64_t line, std::string_view path);
  // A request that failed; `what` stands in the place of the command.
  void NoteFailedRequest(std::string_view what);

  const std::string& path() const { return path_; }

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  ProgressFile(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
  void Put(const std::string& text);

  std::string path_;
  std::unique_ptr<std::FILE, Closer> file_;
};

// What they print beside it.
inline constexpr std::string_view kShortRow = "Length is less than 130";

}  // namespace tstat::ship

#endif  // TSTAT_SHIP_PROGRESS_FILE_H_
