// SPDX-License-Identifier: BSD-3-Clause
//
// Directories with databases of one probe each.
#ifndef TSTAT_APPS_TSTAT_RRD_MERGE_TREES_H_
#define TSTAT_APPS_TSTAT_RRD_MERGE_TREES_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tstat::rrd_merge {

// All inputs are directories, and none of them is, holds or lies in another one or the output.
absl::Status CheckPlaces(const std::string& output, const std::vector<std::string>& inputs);

// By the path below its directory, "ip_len_out.avg.rrd": the inputs that have it, by number.
using DatabaseNames = std::map<std::string, std::vector<size_t>>;
absl::StatusOr<DatabaseNames> FindDatabases(const std::vector<std::string>& inputs);

}  // namespace tstat::rrd_merge

#endif  // TSTAT_APPS_TSTAT_RRD_MERGE_TREES_H_
