// SPDX-License-Identifier: BSD-3-Clause
//
// Batches that a destination will never take, kept for a person to look at: the file `dead-letters`
// of a spool. Each is a line of JSON that says which batch it is, why it was refused and how many
// bytes follow, then these bytes as they would have been sent, and an end of line.
//
//   DeadLetters letters(&folder, limit);
//   absl::Status status = letters.Restore(bytes);          // of the spool's state
//   status = letters.Add(batch, "HTTP 400: unable to parse", now_s, &is_full);
#ifndef TSTAT_OUTPUT_DESTINATIONS_DEAD_LETTERS_H_
#define TSTAT_OUTPUT_DESTINATIONS_DEAD_LETTERS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "output/destinations/batch.h"
#include "output/destinations/spool_folder.h"

namespace tstat::internal {

inline constexpr const char* kDeadLettersName = "dead-letters";

class DeadLetters {
 public:
  // At most `max_bytes` are kept.
  DeadLetters(SpoolFolder* folder, uint64_t max_bytes) : folder_(*folder), max_bytes_(max_bytes) {}

  // `bytes` of the file are known to belong to batches that are settled; what is behind them comes
  // again. A file that somebody cut or took away begins anew.
  absl::Status Restore(uint64_t bytes);
  // Errors: ResourceExhausted, `is_full`: the limit is reached; those of the disk, after which the
  // file is as before.
  absl::Status Add(const Batch& batch, std::string_view why, int64_t time_s, bool* is_full);
  absl::Status Sync() { return file_ == nullptr ? absl::OkStatus() : file_->Sync(); }
  uint64_t bytes() const { return bytes_; }

 private:
  SpoolFolder& folder_;
  uint64_t max_bytes_;
  uint64_t bytes_ = 0;
  std::unique_ptr<SpoolFile> file_;
};

// Printable ASCII, on one line, at most `most` characters: what a server says of itself may be
// anything.
std::string CleanText(std::string_view text, size_t most = 200);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_DEAD_LETTERS_H_
