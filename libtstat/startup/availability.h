// SPDX-License-Identifier: BSD-3-Clause
//
// What this build cannot do yet. The one place to change when a part is added.
#ifndef TSTAT_STARTUP_AVAILABILITY_H_
#define TSTAT_STARTUP_AVAILABILITY_H_

#include <optional>
#include <string_view>

#include "startup/command_line.h"

namespace tstat::cli {

struct UnavailableOption {
  Option id;
  std::string_view part;
};

inline constexpr UnavailableOption kUnavailableOptions[] = {
    {Option::kGzipDumps, "packet dumps"},
    {Option::kDnsFilter, "packet dumps"},
};

// Switches of runtime.conf's [dump] section.
inline constexpr bool kDumpsAvailable = false;

// The part that `id` needs and this build lacks.
constexpr std::optional<std::string_view> MissingPart(Option id) {
  for (const UnavailableOption& entry : kUnavailableOptions) {
    if (entry.id == id) return entry.part;
  }
  return std::nullopt;
}

}  // namespace tstat::cli

#endif  // TSTAT_STARTUP_AVAILABILITY_H_
