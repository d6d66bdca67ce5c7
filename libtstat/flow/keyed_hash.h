// SPDX-License-Identifier: BSD-3-Clause
//
// Hashes for tables that strangers fill: keyed, so that nobody can prepare keys that collide. The
// key is drawn when a table is made; no output depends on it.
//
//   const HashKey key = HashKey::Random();
//   uint32_t h = key.Hash32(network);
//   uint64_t e = key.HashEndpoint(address_words, port);
//
// Every bit of a hashed value meets a secret word before it is multiplied, and the two halves of
// the 128-bit product are folded together. So there is no value that makes a factor zero for every
// key, and differences of values do not carry over to differences of hashes in a way that is known
// without the key. (Hashes that mix with published constants, or fold two parts of a value onto
// each other before the key comes in, have sets of values that collide for every key.)
#ifndef TSTAT_FLOW_KEYED_HASH_H_
#define TSTAT_FLOW_KEYED_HASH_H_

#include <cstdint>

namespace tstat::internal {

// The secret words of one table.
struct HashKey {
  uint64_t word[6] = {};

  // From the system's source of random numbers.
  static HashKey Random();

  // Both halves of the product, folded.
  static uint64_t Fold(uint64_t x, uint64_t y) {
    const auto product = static_cast<unsigned __int128>(x) * y;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }

  // An address of 16 bytes, as two words, with a port. First a sum of products, in which two
  // different endpoints meet with a probability of 2^-64 (the NH function of UMAC: Black, Halevi,
  // Krawczyk, Krovetz, Rogaway, "UMAC: Fast and Secure Message Authentication", 1999), then a fold,
  // after which sums of two such hashes tell nothing about each other either.
  uint64_t HashEndpoint(const uint64_t (&address)[2], uint16_t port) const {
    const auto product =
        static_cast<unsigned __int128>(address[0] + word[0]) * (address[1] + word[1]);
    // Both halves are secret by now.
    return Fold(static_cast<uint64_t>(product) + port * word[2],
                static_cast<uint64_t>(product >> 64));
  }

  uint32_t Hash32(uint32_t value) const { return static_cast<uint32_t>(Hash64(value) >> 32); }
  uint64_t Hash64(uint64_t value) const {
    return Fold(Fold(value ^ word[0], word[1]) ^ word[2], word[3]);
  }
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_KEYED_HASH_H_
