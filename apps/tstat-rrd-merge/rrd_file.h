// SPDX-License-Identifier: BSD-3-Clause
//
// RRD files, through librrd. Like tstat itself, the program is installed where librrd need not be,
// so the library is loaded and not linked.
#ifndef TSTAT_APPS_TSTAT_RRD_MERGE_RRD_FILE_H_
#define TSTAT_APPS_TSTAT_RRD_MERGE_RRD_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tstat-rrd-merge/merge.h"

namespace tstat::rrd_merge {

// Needed once before the others.
absl::Status LoadLibrrd();

// An error, which names the file, if it is broken or not what tstat writes: one GAUGE and archives
// of AVERAGE.
absl::StatusOr<Database> ReadDatabase(const std::string& path);

// Replaces what is there, or leaves it as it is and returns an error: the file is written under
// another name, PATH.new.
absl::Status WriteDatabase(const Database& database, const std::string& path);

}  // namespace tstat::rrd_merge

#endif  // TSTAT_APPS_TSTAT_RRD_MERGE_RRD_FILE_H_
