// SPDX-License-Identifier: BSD-3-Clause
#include "output/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "output/files.h"

namespace tstat::internal {
namespace {

constexpr int kToLock = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

}  // namespace

DirectoryLock::~DirectoryLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

DirectoryLock& DirectoryLock::operator=(DirectoryLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

absl::StatusOr<DirectoryLock> DirectoryLock::Of(const std::string& path) {
  return Take(open(path.c_str(), kToLock));
}

absl::StatusOr<DirectoryLock> DirectoryLock::Below(int base, const std::string& name) {
  return Take(openat(base, name.c_str(), kToLock | O_NOFOLLOW));
}

absl::StatusOr<DirectoryLock> DirectoryLock::Take(int descriptor) {
  if (descriptor < 0) return ErrnoStatus(errno);
  DirectoryLock lock(descriptor);
  int result;
  do {
    result = flock(descriptor, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno == EWOULDBLOCK) {
    return absl::UnavailableError("another tstat is writing there");
  }
  return lock;
}

bool DirectoryLock::Holds(const std::string& path) const {
  struct stat own, named;
  return descriptor_ >= 0 && fstat(descriptor_, &own) == 0 && stat(path.c_str(), &named) == 0 &&
         own.st_dev == named.st_dev && own.st_ino == named.st_ino;
}

}  // namespace tstat::internal
