// SPDX-License-Identifier: BSD-3-Clause
//
// A file that batches are appended to, and that gives way to another one by size or age. It is
// locked against other exports (flock). Nothing is lost and nothing comes twice when the process is
// killed: the file's length after each batch is noted with the fact that it was delivered. What
// stands behind that at the next start is compared with the batches that wait: what they begin with
// is theirs, all else somebody else's, and stays.
#ifndef TSTAT_OUTPUT_DESTINATIONS_FILE_DESTINATION_H_
#define TSTAT_OUTPUT_DESTINATIONS_FILE_DESTINATION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "output/destinations/destination.h"

namespace tstat::internal {

struct FileDestinationOptions {
  std::string path;           // never opened through a symbolic link
  uint64_t rotate_bytes = 0;  // the next batch goes to a new file when it would be longer; 0: never
  int64_t rotate_seconds = 0;  // or older; 0: never
  uint64_t keep = 0;           // so many of the earlier files (PATH.000001, ...); 0: all
};

// `wall_seconds`: the time, for rotation.
std::unique_ptr<Destination> MakeFileDestination(const FileDestinationOptions& options,
                                                 std::function<int64_t()> wall_seconds);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_FILE_DESTINATION_H_
