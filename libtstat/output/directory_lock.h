// SPDX-License-Identifier: BSD-3-Clause
//
// Says to other tstat processes that a directory is written to. The lock is on the directory
// itself (flock), so it leaves no file behind, and it ends with the process, however that ends.
//
//   absl::StatusOr<DirectoryLock> lock = DirectoryLock::Of("rrd");
//   if (absl::IsUnavailable(lock.status())) ...     // another one has it
#ifndef TSTAT_OUTPUT_DIRECTORY_LOCK_H_
#define TSTAT_OUTPUT_DIRECTORY_LOCK_H_

#include <string>

#include "absl/status/statusor.h"

namespace tstat::internal {

class DirectoryLock {
 public:
  DirectoryLock() = default;  // of nothing
  ~DirectoryLock();           // gives it back
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&& other) noexcept;

  // Errors: Unavailable when somebody else has the lock; NotFound and others of the system. On a
  // file system without locks (some network file systems) every try succeeds.
  static absl::StatusOr<DirectoryLock> Of(const std::string& path);
  // The same for `name` in the directory that `base` is open on. A symbolic link is not followed.
  static absl::StatusOr<DirectoryLock> Below(int base, const std::string& name);

  // Open on the directory, to name files in it; -1 when there is none.
  int descriptor() const { return descriptor_; }
  // `path` names the directory still.
  bool Holds(const std::string& path) const;

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  static absl::StatusOr<DirectoryLock> Take(int descriptor);

  int descriptor_ = -1;
};

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DIRECTORY_LOCK_H_
