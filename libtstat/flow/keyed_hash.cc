// SPDX-License-Identifier: BSD-3-Clause
#include "flow/keyed_hash.h"

#include <random>

namespace tstat::internal {

HashKey HashKey::Random() {
  std::random_device device;
  HashKey key;
  // Odd words: none is zero, and multiplying by one of them loses no bit.
  for (uint64_t& word : key.word) word = (uint64_t{device()} << 32 | device()) | 1;
  return key;
}

}  // namespace tstat::internal
