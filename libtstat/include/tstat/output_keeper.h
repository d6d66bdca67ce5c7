// SPDX-License-Identifier: BSD-3-Clause
//
// Removes the oldest log directories of a base directory, so that a capture of years does not fill
// a disk (--keep).
//
//   absl::StatusOr<KeepLimit> limit = ParseKeepLimit("30d");
//   OutputKeeper keeper(*limit);
//   while (std::optional<std::string> removed = keeper.RemoveOldest("out", present, now)) ...
#ifndef TSTAT_OUTPUT_KEEPER_H_
#define TSTAT_OUTPUT_KEEPER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat/export.h"
#include "tstat/time.h"

namespace tstat::inline v1 {

// What is kept: what is not older than that, or what fits. One of the two.
struct KeepLimit {
  std::optional<int64_t> seconds;
  std::optional<uint64_t> bytes;
};

// A positive number and its unit: h or d (hours, days); M, G or T (of 1024 each).
TSTAT_EXPORT absl::StatusOr<KeepLimit> ParseKeepLimit(std::string_view text);

class TSTAT_EXPORT OutputKeeper {
 public:
  explicit OutputKeeper(KeepLimit limit);
  ~OutputKeeper();

  // Removes the oldest log directory of `base` when the limit asks for it, and returns its path.
  // Only what has the name of a log directory is looked at, and only tstat's files in it are
  // removed. `present`, and what another tstat has locked, stay. A directory is as old as the later
  // of its name and its last change. `now`: by the wall clock.
  [[nodiscard]] std::optional<std::string> RemoveOldest(const std::string& base,
                                                        const std::string& present, Timestamp now);

  // One line on what could not be removed, each once: files of others, rights.
  [[nodiscard]] std::vector<std::string> TakeProblems();

 private:
  class TSTAT_NO_EXPORT Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_OUTPUT_KEEPER_H_
