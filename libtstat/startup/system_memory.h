// SPDX-License-Identifier: BSD-3-Clause
//
// How much memory this process may have, and sizes as options have them.
#ifndef TSTAT_STARTUP_SYSTEM_MEMORY_H_
#define TSTAT_STARTUP_SYSTEM_MEMORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tstat::cli {

// Bytes: of the machine, or of the control group of this process or one above it (versions 1 and 2)
// if that allows less. `root` is in front of the paths of the system.
uint64_t SystemMemory(const std::string& root = "");

// A number with nothing, or K, M, G or T (powers of 1024) behind it. Nothing: it is none.
std::optional<uint64_t> ParseMemorySize(std::string_view text);

}  // namespace tstat::cli

#endif  // TSTAT_STARTUP_SYSTEM_MEMORY_H_
