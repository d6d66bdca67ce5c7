// SPDX-License-Identifier: BSD-3-Clause
#include "startup/console.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "config/absl_text.h"

namespace tstat::cli {
using internal::View;

Console::Console(std::FILE* out, std::FILE* err)
    : out_(out),
      err_(err),
      own_err_(err),
      out_is_terminal_(isatty(fileno(out)) == 1),
      err_is_terminal_(isatty(fileno(err)) == 1) {}

Console::~Console() {
  Flush().IgnoreError();
  if (file_ != nullptr) std::fclose(file_);
}

absl::Status Console::RedirectTo(const std::string& path) {
  if (file_ != nullptr) return absl::OkStatus();
  file_ = std::fopen(path.c_str(), "we");
  if (file_ == nullptr) return absl::ErrnoToStatus(errno, path);
  file_name_ = path;
  out_ = err_ = file_;
  out_is_terminal_ = err_is_terminal_ = false;
  return absl::OkStatus();
}

void Console::Write(std::FILE* stream, std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stream) != text.size() && error_ == 0) {
    error_ = errno != 0 ? errno : EIO;
  }
}

void Console::Out(std::string_view text) {
  if (!quiet_) Write(out_, text);
}

void Console::Err(std::string_view text) {
  // Keeps the order when both streams end at the same place.
  if (out_ != err_ && std::fflush(out_) != 0 && error_ == 0) error_ = errno;
  Write(err_, text);
}

void Console::Warn(std::string_view text) {
  Out(absl::StrCat(Bold("Warning:"), " ", View(text), "\n"));
}

void Console::Error(std::string_view text) { Err(absl::StrCat("tstat: ", View(text), "\n")); }

void Console::Error(const absl::Status& status) {
  Err(absl::StrCat("tstat: ", status.message(), "\n"));
}

std::string Console::Bold(std::string_view text) const {
  if (!out_is_terminal_ && !always_bold_) return std::string(text);
  return absl::StrCat("\x1b[1m", View(text), "\x1b[0m");
}

absl::Status Console::Flush() {
  for (std::FILE* stream : {out_, err_}) {
    errno = 0;
    if (std::fflush(stream) != 0 && error_ == 0) error_ = errno;
  }
  if (error_ == 0) return absl::OkStatus();
  const absl::Status status =
      absl::ErrnoToStatus(error_, file_ == nullptr ? "standard output" : file_name_);
  if (file_ != nullptr && !std::exchange(file_error_told_, true)) {
    std::fprintf(own_err_, "tstat: %s\n", std::string(status.message()).c_str());
    std::fflush(own_err_);
  }
  return status;
}

}  // namespace tstat::cli
