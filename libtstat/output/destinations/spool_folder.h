// SPDX-License-Identifier: BSD-3-Clause
//
// The few calls that a spool makes of a file system, behind an interface so that tests can let the
// machine die at every one of them.
//
//   absl::StatusOr<std::unique_ptr<SpoolFolder>> folder =
//   OpenSpoolFolder("/var/spool/tstat/flows");
#ifndef TSTAT_OUTPUT_DESTINATIONS_SPOOL_FOLDER_H_
#define TSTAT_OUTPUT_DESTINATIONS_SPOOL_FOLDER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tstat::internal {

// An open file of the folder. Thread-safe as far as the calls concern different bytes.
class SpoolFile {
 public:
  virtual ~SpoolFile() = default;
  virtual absl::StatusOr<uint64_t> Size() const = 0;
  // Up to `size` bytes at `offset`: fewer where the file ends.
  virtual absl::StatusOr<std::string> ReadAt(uint64_t offset, size_t size) const = 0;
  // All of `data`, or an error, after which some of it may be there.
  virtual absl::Status WriteAt(uint64_t offset, std::string_view data) = 0;
  virtual absl::Status Truncate(uint64_t size) = 0;
  // Its bytes survive a loss of power.
  virtual absl::Status Sync() = 0;
};

class SpoolFolder {
 public:
  virtual ~SpoolFolder() = default;
  virtual absl::StatusOr<std::vector<std::string>> Names() const = 0;
  // Error: NotFound.
  virtual absl::StatusOr<std::unique_ptr<SpoolFile>> Open(const std::string& name) = 0;
  // A new, empty file; one that is there loses its name before.
  virtual absl::StatusOr<std::unique_ptr<SpoolFile>> Create(const std::string& name) = 0;
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;
  virtual absl::Status Remove(const std::string& name) = 0;
  // Its names survive a loss of power.
  virtual absl::Status Sync() = 0;
};

// The directory `path`, made with mode 0700 when it is missing, locked against other processes
// until the end of the object; its files have mode 0600. Errors: Unavailable when another process
// has it; FailedPrecondition when others may read it or it is somebody else's.
absl::StatusOr<std::unique_ptr<SpoolFolder>> OpenSpoolFolder(const std::string& path);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_SPOOL_FOLDER_H_
