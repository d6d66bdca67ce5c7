// SPDX-License-Identifier: BSD-3-Clause
//
// How random the first eight payload bytes of a direction's packets are: chi-square distances of
// their 16 half bytes from a uniform distribution. Encrypted fields come near 0,
// constant ones near 15 times the number of packets.
//
//   NibbleRandomness randomness;
//   randomness.Add(payload);
//   std::array<double, 16> chi = randomness.ChiSquares(expected);
#ifndef TSTAT_L7_SKYPE_RANDOMNESS_H_
#define TSTAT_L7_SKYPE_RANDOMNESS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "decode/byte_reader.h"

namespace tstat::internal {

class NibbleRandomness {
 public:
  static constexpr size_t kBytes = 8, kBlocks = 2 * kBytes, kValues = 16;

  // Bytes that were not captured count as 0.
  void Add(const ByteReader& payload) {
    for (size_t k = 0; k < kBytes; ++k) {
      const uint8_t byte = payload.U8(k);
      ++count_[2 * k][byte & 0x0F];
      ++count_[2 * k + 1][byte >> 4];
    }
    ++samples_;
  }

  uint32_t samples() const { return samples_; }

  // Block 2k is the low half of byte k, 2k + 1 the high one. `expected`: packets per value; with 0
  // all distances are NaN.
  std::array<double, kBlocks> ChiSquares(double expected) const;

 private:
  std::array<std::array<uint32_t, kValues>, kBlocks> count_{};
  uint32_t samples_ = 0;
};

// Extremes of some blocks' distances. NaN if they are NaN.
double LargestOf(const std::array<double, NibbleRandomness::kBlocks>& chi, size_t first,
                 size_t count);
double SmallestOf(const std::array<double, NibbleRandomness::kBlocks>& chi, size_t first,
                  size_t count);

}  // namespace tstat::internal

#endif  // TSTAT_L7_SKYPE_RANDOMNESS_H_
