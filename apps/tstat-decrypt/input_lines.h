// SPDX-License-Identifier: BSD-3-Clause
//
// The lines of a file, or of standard input; of a compressed one (gzip) what is in it.
#ifndef TSTAT_APPS_TSTAT_DECRYPT_INPUT_LINES_H_
#define TSTAT_APPS_TSTAT_DECRYPT_INPUT_LINES_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tstat::decrypt {

class InputLines {
 public:
  // "-": standard input. Errors name the file.
  static absl::StatusOr<InputLines> Open(const std::string& path);

  // The next line with its newline, if it has one. False at the end, or when an error ended the
  // input: status() tells.
  bool Next(std::string* line);
  absl::Status status() const { return status_; }

 private:
  struct Close {
    void operator()(void* file) const;
  };
  explicit InputLines(std::string path) : path_(std::move(path)) {}

  std::string path_;
  std::unique_ptr<void, Close> file_;  // a gzFile
  absl::Status status_;
};

}  // namespace tstat::decrypt

#endif  // TSTAT_APPS_TSTAT_DECRYPT_INPUT_LINES_H_
