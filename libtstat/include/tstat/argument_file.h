// SPDX-License-Identifier: BSD-3-Clause
//
// tstat.conf: the command's arguments when it is started with none. Words are
// separated by blanks and newlines, a word that starts with '#' ends its line, there is no quoting.
#ifndef TSTAT_ARGUMENT_FILE_H_
#define TSTAT_ARGUMENT_FILE_H_

#include <string>
#include <string_view>
#include <vector>

#include "tstat/export.h"

namespace tstat::inline v1 {

[[nodiscard]] TSTAT_EXPORT std::vector<std::string> ParseArguments(std::string_view text);

}  // namespace tstat::inline v1

#endif  // TSTAT_ARGUMENT_FILE_H_
