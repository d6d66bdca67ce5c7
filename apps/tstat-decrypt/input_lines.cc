// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-decrypt/input_lines.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tstat::decrypt {

void InputLines::Close::operator()(void* file) const { gzclose(static_cast<gzFile>(file)); }

absl::StatusOr<InputLines> InputLines::Open(const std::string& path) {
  const bool is_standard = path == "-";
  InputLines input(is_standard ? "standard input" : path);
  const int fd = is_standard ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, input.path_);
  struct stat info;
  if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    close(fd);
    return absl::InvalidArgumentError(absl::StrCat(path, ": is a directory"));
  }
  input.file_.reset(gzdopen(fd, "rb"));
  if (input.file_ == nullptr) {
    close(fd);
    return absl::ResourceExhaustedError(absl::StrCat(input.path_, ": out of memory"));
  }
  return input;
}

bool InputLines::Next(std::string* line) {
  const auto file = static_cast<gzFile>(file_.get());
  line->clear();
  char buffer[8192];
  while (gzgets(file, buffer, sizeof(buffer)) != nullptr) {
    line->append(buffer);
    if (line->back() == '\n') return true;
  }
  int error = Z_OK;
  const char* const text = gzerror(file, &error);
  if (error == Z_ERRNO) {
    status_ = absl::ErrnoToStatus(errno, path_);
  } else if (error != Z_OK) {
    // It begins with what zlib calls the file: "<fd:3>: ".
    const std::string_view reason(text);
    const size_t name_end = reason.starts_with("<fd:") ? reason.find(": ") : std::string_view::npos;
    status_ = absl::DataLossError(
        absl::StrCat(path_, ": ", name_end == std::string_view::npos ? text : text + name_end + 2));
  }
  return !line->empty();
}

}  // namespace tstat::decrypt
