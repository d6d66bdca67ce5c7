// SPDX-License-Identifier: BSD-3-Clause
//
// Loaded before the command's libraries: a system that fails when the analysis first asks for
// random numbers (for the keys of its hash tables), so that it ends with an exception.
#include <sys/random.h>

#include <stdexcept>

__attribute__((visibility("default"))) ssize_t getrandom(void* /*bytes*/, size_t /*length*/,
                                                         unsigned /*flags*/) {
  throw std::runtime_error("no random numbers");
}
