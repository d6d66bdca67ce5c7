// SPDX-License-Identifier: BSD-3-Clause
//
// How much memory and how many processors this process may have, and sizes as options have them.
#ifndef TSTAT_STARTUP_SYSTEM_RESOURCES_H_
#define TSTAT_STARTUP_SYSTEM_RESOURCES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tstat::cli {

// Bytes: of the machine, or of the control group of this process or one above it (versions 1 and 2)
// if that allows less. `root` is in front of the paths of the system.
uint64_t SystemMemory(const std::string& root = "");

// Those that the system may run this process on (sched_getaffinity(2)), or as many as the processor
// time of its control group, or of one above it, is worth, if that is less; at least one.
unsigned SystemProcessors(const std::string& root = "");

// A number with nothing, or K, M, G or T (powers of 1024) behind it. Nothing: it is none.
std::optional<uint64_t> ParseMemorySize(std::string_view text);

}  // namespace tstat::cli

#endif  // TSTAT_STARTUP_SYSTEM_RESOURCES_H_
