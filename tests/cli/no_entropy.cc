// SPDX-License-Identifier: BSD-3-Clause
//
// Loaded before the command's libraries: a system that has no random numbers, so that the analysis
// ends with an exception.
#include <random>
#include <stdexcept>

std::random_device::result_type std::random_device::_M_getval() {
  throw std::runtime_error("no random numbers");
}
