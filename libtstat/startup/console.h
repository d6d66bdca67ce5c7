// SPDX-License-Identifier: BSD-3-Clause
//
// The two message streams of the command. With -z both go to one file. Write errors are kept, not
// printed at once: a full disk must not stop an analysis.
//
//   Console console(stdout, stderr);
//   console.Out("1 arg remaining\n");
//   console.Warn("-N option not specified.");     // "Warning: ..." on the standard output
//   console.Error("nets.conf:3: ...");            // "tstat: nets.conf:3: ..." on standard error
#ifndef TSTAT_STARTUP_CONSOLE_H_
#define TSTAT_STARTUP_CONSOLE_H_

#include <cstdio>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace tstat::cli {

class Console {
 public:
  Console(std::FILE* out, std::FILE* err);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  // From now on all messages go to `path`, which is created or truncated. Only the first call
  // counts.
  absl::Status RedirectTo(const std::string& path);

  // The standard output belongs to others: what would go there goes to standard error.
  void SendOutToErr() {
    if (file_ == nullptr) out_ = err_;
    out_is_terminal_ = err_is_terminal_;
  }

  // Bold is bold also where the standard output is no terminal.
  void set_always_bold(bool always) { always_bold_ = always; }

  // --quiet: Out writes nothing.
  void set_quiet(bool quiet) { quiet_ = quiet; }
  bool quiet() const { return quiet_; }

  // As it is, without newline added.
  void Out(std::string_view text);
  void Err(std::string_view text);

  // "Warning: TEXT" and a newline on the standard output; bold on a terminal, further lines of
  // `text` indented by the caller.
  void Warn(std::string_view text);
  // "tstat: TEXT" and a newline on standard error.
  void Error(std::string_view text);
  // The status's message likewise.
  void Error(const absl::Status& status);

  // `text` in bold when the standard output is a terminal.
  std::string Bold(std::string_view text) const;

  // True when standard error is a terminal and nothing else was asked for.
  bool interactive() const { return err_is_terminal_ && !quiet_ && file_ == nullptr; }

  // Shows at once what was written to the standard output.
  void FlushOut() { std::fflush(out_); }

  // Writes what is buffered. The first error of any stream; that of the file of -z is told on the
  // process's own standard error, too, for nobody would hear of it otherwise.
  absl::Status Flush();

 private:
  void Write(std::FILE* stream, std::string_view text);

  std::FILE* out_;
  std::FILE* err_;
  std::FILE* own_err_;         // whatever -z says
  std::FILE* file_ = nullptr;  // of -z, owned
  std::string file_name_;
  bool out_is_terminal_, err_is_terminal_;
  bool always_bold_ = false;
  bool quiet_ = false;
  int error_ = 0;  // errno of the first failed write
  bool file_error_told_ = false;
};

}  // namespace tstat::cli

#endif  // TSTAT_STARTUP_CONSOLE_H_
