// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

absl::Status ErrorOf(const std::string& path) {
  const std::string message = Cat(path, ": ", std::strerror(errno));
  return errno == ENOENT ? absl::NotFoundError(message) : absl::UnavailableError(message);
}

// All of it, which may be `limit` bytes; with `tail`, the last ones.
absl::StatusOr<std::string> ReadOpened(const Descriptor& file, const std::string& path,
                                       size_t limit, bool tail = false) {
  struct stat status {};
  if (!file.ok() || fstat(file.get(), &status) != 0) return ErrorOf(path);
  if (!S_ISREG(status.st_mode)) return absl::UnavailableError(path + ": not a regular file");
  auto size = static_cast<uint64_t>(status.st_size);
  if (size > limit) {
    if (!tail) return absl::UnavailableError(path + ": too large");
    if (lseek(file.get(), -static_cast<off_t>(limit), SEEK_END) < 0) return ErrorOf(path);
    size = limit;
  }
  std::string content(static_cast<size_t>(size), '\0');
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t got = read(file.get(), content.data() + done, content.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrorOf(path);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  content.resize(done);
  return content;
}

bool WriteAll(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

// The whole content in a file of its own, beside the one that it will be; its name.
absl::StatusOr<std::string> WriteTemporary(int directory, const std::string& name,
                                           std::string_view content, unsigned mode) {
  static std::atomic<unsigned> count{0};
  std::string temporary = Cat(name, ".", getpid(), ".", ++count, ".tmp");
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
  Descriptor file(openat(directory, temporary.c_str(), kFlags, mode));
  if (!file.ok() && errno == EEXIST) {
    // Of a process that was killed and had this number.
    unlinkat(directory, temporary.c_str(), 0);
    file = Descriptor(openat(directory, temporary.c_str(), kFlags, mode));
  }
  if (!file.ok()) return ErrorOf(temporary);
  if (!WriteAll(file.get(), content) || close(file.release()) != 0) {
    const absl::Status status = ErrorOf(temporary);
    unlinkat(directory, temporary.c_str(), 0);
    return status;
  }
  return temporary;
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

// Nothing that is opened may block: a pipe, for instance.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t limit) {
  return ReadOpened(Descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)), path, limit);
}

absl::StatusOr<std::string> ReadFileAt(int directory, const std::string& name, size_t limit) {
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW;
  return ReadOpened(Descriptor(openat(directory, name.c_str(), kFlags)), name, limit);
}

absl::StatusOr<std::string> ReadTail(const std::string& path, size_t limit) {
  return ReadOpened(Descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)), path, limit,
                    true);
}

absl::StatusOr<std::string> ReadTailAt(int directory, const std::string& name, size_t limit) {
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW;
  return ReadOpened(Descriptor(openat(directory, name.c_str(), kFlags)), name, limit, true);
}

absl::Status ReplaceFileAt(int directory, const std::string& name, std::string_view content,
                           unsigned mode) {
  const absl::StatusOr<std::string> temporary = WriteTemporary(directory, name, content, mode);
  if (!temporary.ok()) return temporary.status();
  if (renameat(directory, temporary->c_str(), directory, name.c_str()) == 0) {
    return absl::OkStatus();
  }
  const absl::Status status = ErrorOf(name);
  unlinkat(directory, temporary->c_str(), 0);
  return status;
}

}  // namespace tstat::viewer
