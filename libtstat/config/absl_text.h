// SPDX-License-Identifier: BSD-3-Clause
//
// Text as Abseil takes it: Debian's Abseil has a string view of its own.
#ifndef TSTAT_CONFIG_ABSL_TEXT_H_
#define TSTAT_CONFIG_ABSL_TEXT_H_

#include <string_view>

#include "absl/strings/string_view.h"

namespace tstat::internal {

inline absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace tstat::internal

#endif  // TSTAT_CONFIG_ABSL_TEXT_H_
