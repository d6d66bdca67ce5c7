// SPDX-License-Identifier: BSD-3-Clause
//
// The link's options, as lines of words; empty lines and those that begin with # say nothing.
//
//   seed 7
//   client to_server delay 10            # hop, direction, option, values; times in milliseconds
//   server to_client lose data 5-7 2     # the fifth to the seventh segment of new data, twice
//
// benchmarks/accuracy/README.md lists them.
#ifndef TSTAT_ACCURACY_OPTIONS_H_
#define TSTAT_ACCURACY_OPTIONS_H_

#include <string>

#include "benchmarks/accuracy/link/path.h"

namespace accuracy {

// Empty, or what is wrong, with the number of its line.
std::string ReadOptions(const std::string& text, PathOptions* options);

}  // namespace accuracy

#endif  // TSTAT_ACCURACY_OPTIONS_H_
