// SPDX-License-Identifier: BSD-3-Clause
#ifndef TSTAT_FLOW_RANDOM_NUMBER_H_
#define TSTAT_FLOW_RANDOM_NUMBER_H_

#include <cstdint>

namespace tstat::internal {

// Of the kernel's randomness, which needs no file: std::random_device of some libraries wants
// /dev/urandom, and a root directory for one program may have none. A kernel that gives none either
// leaves the clock, the process and where it was loaded.
uint64_t RandomNumber();

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_RANDOM_NUMBER_H_
