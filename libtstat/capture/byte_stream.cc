// SPDX-License-Identifier: BSD-3-Clause
#include "capture/byte_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace tstat {

FileStream::FileStream(int descriptor, std::string name)
    : descriptor_(descriptor), name_(std::move(name)) {
  struct stat info;
  if (fstat(descriptor_, &info) == 0 && S_ISREG(info.st_mode)) {
    size_ = static_cast<uint64_t>(info.st_size);
    (void)posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
}

FileStream::~FileStream() {
  if (descriptor_ != STDIN_FILENO) close(descriptor_);
}

size_t FileStream::Read(std::span<uint8_t> out) {
  interrupted_ = false;
  if (!status_.ok()) return 0;
  const ssize_t n = read(descriptor_, out.data(), out.size());
  if (n > 0) {
    position_ += static_cast<uint64_t>(n);
    return static_cast<size_t>(n);
  }
  if (n < 0 && errno == EINTR) {
    interrupted_ = true;
  } else if (n < 0) {
    status_ = absl::AbortedError(absl::StrCat(name_, ": read error: ", strerror(errno)));
  }
  return 0;
}

size_t ReplayStream::Read(std::span<uint8_t> out) {
  if (position_ == start_.size()) return rest_->Read(out);
  const size_t n = std::min(out.size(), start_.size() - position_);
  std::memcpy(out.data(), start_.data() + position_, n);
  position_ += n;
  return n;
}

}  // namespace tstat
