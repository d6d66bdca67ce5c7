// SPDX-License-Identifier: BSD-3-Clause
//
// The grammar of pktsize.conf and avgipg.conf: keywords and values, separated by
// blanks; a line that begins with '#' is a comment.
//
//   absl::StatusOr<BayesModel> model = ParseBayesModel(text, "bayes/pktsize.conf", "bayes");
#ifndef TSTAT_CONFIG_BAYES_CONFIG_H_
#define TSTAT_CONFIG_BAYES_CONFIG_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tstat/skype.h"

namespace tstat::internal {

// `file` is named in errors; density files (DISCRETE classes) are read from `directory`.
absl::StatusOr<BayesModel> ParseBayesModel(std::string_view text, std::string_view file,
                                           const std::string& directory);

}  // namespace tstat::internal

#endif  // TSTAT_CONFIG_BAYES_CONFIG_H_
