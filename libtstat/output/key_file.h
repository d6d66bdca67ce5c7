// SPDX-License-Identifier: BSD-3-Clause
//
// The file that a run leaves its key in, so that addresses of its logs can be reversed later.
#ifndef TSTAT_OUTPUT_KEY_FILE_H_
#define TSTAT_OUTPUT_KEY_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "tstat/anonymizer.h"

namespace tstat::internal {

// Writes `key` in Base64, a line, beside `log_directory` (BASE/2017_07_14_02_40.out), into
// BASE/CPanKey_2017_07_14_02_40 (mode 0600). The key of an earlier run, which may be the only copy,
// stays: another one goes to ..._2 then, as AlreadyExists says. Nothing is written through a link,
// which gives way.
absl::Status StoreKey(const AnonymizationKey& key, const std::string& log_directory);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_KEY_FILE_H_
