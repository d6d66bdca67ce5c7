// SPDX-License-Identifier: BSD-3-Clause
#include "config/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "config/absl_text.h"
#include "config/descriptor.h"

namespace tstat::inline v1 {
using namespace internal;
namespace {

absl::Status SystemError(int error, const std::string& path) {
  return absl::ErrnoToStatus(error, path);
}

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Looks at a text piece by piece, so that what is none ends the reading.
class TextCheck {
 public:
  explicit TextCheck(std::string_view name) : name_(name) {}

  absl::Status Add(std::string_view piece) {
    while (!piece.empty()) {
      const size_t end = std::min(piece.find('\n'), piece.size());
      const std::string_view part = piece.substr(0, end);
      if (part.find('\0') != std::string_view::npos) {
        return ErrorAt(name_, line_, "a NUL byte: this is not a text file");
      }
      if (line_start_.size() < kShown) line_start_.append(part.substr(0, kShown));
      line_bytes_ += part.size();
      if (line_bytes_ > kLongestLineBytes) {
        return ErrorAt(name_, line_,
                       absl::StrCat("\"", Shown(line_start_), "\": a line of more than ",
                                    kLongestLineBytes, " bytes: this is not a text file"));
      }
      if (end == piece.size()) break;
      ++line_;
      line_bytes_ = 0;
      line_start_.clear();
      piece.remove_prefix(end + 1);
    }
    return absl::OkStatus();
  }

 private:
  static constexpr size_t kShown = 128;

  std::string_view name_;
  int line_ = 1;
  size_t line_bytes_ = 0;
  std::string line_start_;
};

}  // namespace

absl::StatusOr<std::string> ReadTextFile(const std::string& path, TextSource source) {
  const bool only_regular = source == TextSource::kRegular;
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | (only_regular ? O_NONBLOCK : 0)));
  if (file.get() < 0) return SystemError(errno, path);
  struct stat info;
  const bool is_known = fstat(file.get(), &info) == 0;
  if (is_known && S_ISDIR(info.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is a directory"));
  }
  if (only_regular && !(is_known && S_ISREG(info.st_mode))) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is not a regular file"));
  }
  TextCheck check(path);
  std::string text;
  char buffer[16384];
  for (;;) {
    ssize_t got = read(file.get(), buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError(errno, path);
    if (got == 0) break;
    const std::string_view piece(buffer, static_cast<size_t>(got));
    if (absl::Status status = check.Add(piece); !status.ok()) return status;
    text.append(piece);
    if (text.size() > kMaxTextFileBytes) {
      return absl::ResourceExhaustedError(absl::StrCat(path, ": too large for a configuration"));
    }
  }
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  return text;
}

std::string Shown(std::string_view text) {
  constexpr size_t kMost = 60;
  std::string out;
  for (const char c : text.substr(0, kMost)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      absl::StrAppend(&out, "\\x", absl::Hex(byte, absl::kZeroPad2));
    } else {
      out.push_back(c);
    }
  }
  if (text.size() > kMost) out += "...";
  return out;
}

}  // namespace tstat::inline v1

namespace tstat::internal {

absl::StatusOr<std::string_view> CheckedText(std::string_view text, std::string_view name) {
  if (absl::Status status = TextCheck(name).Add(text); !status.ok()) return status;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

std::string_view StripTrailingBlanks(std::string_view text) {
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> WordsBeforeComment(std::string_view line) {
  std::vector<std::string_view> words;
  size_t at = 0;
  while (at < line.size()) {
    if (IsBlank(line[at])) {
      ++at;
      continue;
    }
    if (line[at] == '#') break;
    size_t end = at;
    while (end < line.size() && !IsBlank(line[end])) ++end;
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

absl::Status ErrorAt(std::string_view file, int line, std::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat(View(file), ":", line, ": ", View(message)));
}

}  // namespace tstat::internal
