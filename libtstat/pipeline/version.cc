// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/version.h"

#include <string_view>

namespace tstat::inline v1 {

// The public API stands in tstat::v<TSTAT_API_VERSION>.
#define TSTAT_JOIN_VALUES(a, b) a##b
#define TSTAT_JOIN(a, b) TSTAT_JOIN_VALUES(a, b)
static_assert(tstat::TSTAT_JOIN(v, TSTAT_API_VERSION)::kApiVersion == TSTAT_API_VERSION);
static_assert(std::string_view(TSTAT_VERSION_STRING) == TSTAT_PROJECT_VERSION,
              "CMakeLists.txt read another version from tstat/version.h");

const char* Version() { return TSTAT_VERSION_STRING; }

}  // namespace tstat::inline v1
