// SPDX-License-Identifier: BSD-3-Clause
//
// A file descriptor that is closed at the end of the scope, or of what it was moved to.
//
//   const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
//   if (file.get() < 0) return absl::ErrnoToStatus(errno, path);
#ifndef TSTAT_CONFIG_DESCRIPTOR_H_
#define TSTAT_CONFIG_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace tstat::internal {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  int get() const { return fd_; }
  // Now. False: what was written may be lost, errno says why.
  bool Close() {
    const int fd = std::exchange(fd_, -1);
    return fd < 0 || close(fd) == 0;
  }

 private:
  int fd_;
};

}  // namespace tstat::internal

#endif  // TSTAT_CONFIG_DESCRIPTOR_H_
