// SPDX-License-Identifier: BSD-3-Clause
//
// BitTorrent's message stream encryption, by what it cannot hide: the sizes of its first messages
// and bytes that look random.
#ifndef TSTAT_L7_TCP_MSE_ENTROPY_H_
#define TSTAT_L7_TCP_MSE_ENTROPY_H_

#include <array>
#include <cstdint>

#include "decode/byte_reader.h"
#include "l7/tcp_layer7_flow.h"
#include "l7/tcp_layer7_input.h"

namespace tstat::internal {

// Shannon entropy of a histogram in bits; 0 when it is empty.
double NibbleEntropy(const std::array<uint16_t, 16>& cells);

// Adds the first `sample` bytes of the flow's first four inspected segments to its histograms. A
// part of its one caller, which runs for each of them, however large the library grows: as a
// function of its own it takes an instruction a packet more (tests/gate).
[[gnu::always_inline]] inline void CountNibbles(ByteReader payload, uint32_t sample,
                                                TcpLayer7Flow& flow) {
  constexpr uint8_t kCountedSegments = 4;
  if (flow.nibble_segments >= kCountedSegments) return;
  ++flow.nibble_segments;
  for (const uint8_t byte : payload.Sub(0, sample).bytes()) {
    ++flow.low_nibbles[byte & 0x0F];
    ++flow.high_nibbles[byte >> 4];
  }
}

// True if the flow looks like MSE now. REQUIRES: nothing else was recognised.
bool LooksLikeMse(const TcpLayer7Input& in, const TcpLayer7Flow& flow, double threshold);

}  // namespace tstat::internal

#endif  // TSTAT_L7_TCP_MSE_ENTROPY_H_
