// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tcp/mse_entropy.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace tstat::internal {
namespace {

// Key exchange with its padding: 96 bytes and up to 512 more.
bool IsKeyExchange(const std::array<uint32_t, 2>& sizes) {
  const auto fits = [](uint32_t size) { return size >= 96 && size <= 608; };
  return fits(sizes[0]) || fits(sizes[0] + sizes[1]);
}

}  // namespace

double NibbleEntropy(const std::array<uint16_t, 16>& cells) {
  double total = 0;
  for (uint16_t c : cells) total += c;
  double sum = 0;
  for (uint16_t c : cells) {
    if (c == 0) continue;
    const double q = c / total;
    sum += q * std::log(q);
  }
  return -sum / 0.6931471805599453;
}

bool LooksLikeMse(const TcpLayer7Input& in, const TcpLayer7Flow& flow, double threshold) {
  assert(flow.connection_type == 0);
  for (const TcpLayer7Input::Side& side : in.side) {
    if (side.messages->count == 0 || !IsKeyExchange(side.messages->first_sizes)) return false;
  }
  return NibbleEntropy(flow.low_nibbles) > threshold &&
         NibbleEntropy(flow.high_nibbles) > threshold;
}

}  // namespace tstat::internal
