// SPDX-License-Identifier: BSD-3-Clause
#include "flow/keyed_hash.h"

#include "flow/random_number.h"

namespace tstat::internal {

HashKey HashKey::Random() {
  HashKey key;
  // Odd words: none is zero, and multiplying by one of them loses no bit.
  for (uint64_t& word : key.word) word = RandomNumber() | 1;
  return key;
}

}  // namespace tstat::internal
