// SPDX-License-Identifier: BSD-3-Clause
//
// A file descriptor that is closed at the end of the scope.
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
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

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
