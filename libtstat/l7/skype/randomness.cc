// SPDX-License-Identifier: BSD-3-Clause
#include "l7/skype/randomness.h"

#include <algorithm>
#include <limits>

namespace tstat::internal {

std::array<double, NibbleRandomness::kBlocks> NibbleRandomness::ChiSquares(double expected) const {
  std::array<double, kBlocks> chi{};
  if (expected == 0) {
    // 0/0 as x86 has it, with its sign, on every machine.
    chi.fill(-std::numeric_limits<double>::quiet_NaN());
    return chi;
  }
  for (size_t block = 0; block < kBlocks; ++block) {
    for (const uint32_t count : count_[block]) {
      const double difference = static_cast<double>(count) - expected;
      chi[block] += difference * difference / expected;
    }
  }
  return chi;
}

double LargestOf(const std::array<double, NibbleRandomness::kBlocks>& chi, size_t first,
                 size_t count) {
  double largest = chi[first];
  for (size_t i = first + 1; i < first + count; ++i) largest = std::max(largest, chi[i]);
  return largest;
}

double SmallestOf(const std::array<double, NibbleRandomness::kBlocks>& chi, size_t first,
                  size_t count) {
  double smallest = chi[first];
  for (size_t i = first + 1; i < first + count; ++i) smallest = std::min(smallest, chi[i]);
  return smallest;
}

}  // namespace tstat::internal
