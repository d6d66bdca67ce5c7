// SPDX-License-Identifier: BSD-3-Clause
//
// A directory of Parquet files (docs/parquet.md): TABLE/day=YYYY-MM-DD/hour=HH/NAME.parquet, a file
// for each batch in each hour that it has rows of. A file comes as a whole or not at all, and is
// named by its batch: one that is written again takes the place of the same one.
#ifndef TSTAT_OUTPUT_DESTINATIONS_PARQUET_DESTINATION_H_
#define TSTAT_OUTPUT_DESTINATIONS_PARQUET_DESTINATION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "output/destinations/destination.h"

namespace tstat::internal {

// "day=2017-07-14/hour=02" of hours since the Unix epoch, in UTC; of none, what Hive has for that.
std::string PartitionOf(std::optional<int64_t> hour);

// Delivered: the files of a batch have their names, and are on the disk. Errors: those of
// LoadDuckDb; of the place.
absl::StatusOr<std::unique_ptr<Destination>> MakeParquetDestination(const std::string& directory);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_PARQUET_DESTINATION_H_
