// SPDX-License-Identifier: BSD-3-Clause
#include "schema/column.h"

namespace tstat::internal {

std::string_view PrintfFormat(Format format) {
  constexpr std::string_view kFormats[] = {"%hu", "%u",     "%lu", "%d", "%ld", "%.3f", "%f",
                                           "%g",  "0x%08x", "%s",  "%s", "%s",  "%s"};
  return kFormats[static_cast<int>(format)];
}

std::string ColumnInfo::FullLabel() const {
  constexpr std::string_view kPrefixes[] = {"", "c_", "s_"};
  return std::string(kPrefixes[static_cast<int>(side)]).append(label);
}

}  // namespace tstat::internal
