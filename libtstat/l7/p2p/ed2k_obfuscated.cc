// SPDX-License-Identifier: BSD-3-Clause
#include "l7/p2p/ed2k_obfuscated.h"

namespace tstat::internal {
namespace {

constexpr uint8_t k11 = 1, k83 = 2, k22 = 4, k6 = 8;

struct LengthRule {
  int32_t length;
  uint8_t after;     // any of these must have been seen; 0: none needed
  uint8_t remember;  // 0: the sequence is complete
};
constexpr LengthRule kRules[] = {
    {11, 0, k11}, {83, k11, k83}, {55, k11 | k83, 0}, {22, 0, k22},
    {18, k22, 0}, {6, 0, k6},     {46, k6, 0},
};

}  // namespace

bool ObfuscatedEd2kLength(int32_t payload_length, uint8_t* seen) {
  if (payload_length > 83) return false;
  for (const LengthRule& rule : kRules) {
    if (rule.length != payload_length) continue;
    if (rule.after != 0 && (*seen & rule.after) == 0) return false;
    *seen |= rule.remember;
    return rule.remember == 0;
  }
  return false;
}

}  // namespace tstat::internal
