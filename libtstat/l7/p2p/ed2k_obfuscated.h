// SPDX-License-Identifier: BSD-3-Clause
//
// Obfuscated ED2K, by the lengths of its first pushed segments.
#ifndef TSTAT_L7_P2P_ED2K_OBFUSCATED_H_
#define TSTAT_L7_P2P_ED2K_OBFUSCATED_H_

#include <cstdint>

namespace tstat::internal {

// Takes the payload length of a segment that has ACK and PSH set. `*seen` remembers what came
// before, 0 at first. True when a known sequence of lengths is complete.
bool ObfuscatedEd2kLength(int32_t payload_length, uint8_t* seen);

}  // namespace tstat::internal

#endif  // TSTAT_L7_P2P_ED2K_OBFUSCATED_H_
