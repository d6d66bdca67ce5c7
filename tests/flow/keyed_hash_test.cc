// SPDX-License-Identifier: BSD-3-Clause
//
// Searches for endpoints that collide whatever the key is: families of endpoints that differ in few
// bits, or in bits of the address and of the port that a weak hash folds onto each other.
#include "flow/keyed_hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "flow/flow_key.h"

namespace tstat::internal {
namespace {

FlowKey Key(uint64_t high, uint64_t low, uint16_t port) {
  FlowKey key;
  key.a[0] = high;
  key.a[1] = low;
  key.a_port = port;
  key.b[0] = 0x20010db800000000u;
  key.b[1] = 1;
  key.b_port = 53;
  key.space = flow_space::kV6;
  return key;
}

// How many of the hashes are equal to another one.
size_t Equal(std::vector<uint32_t> hashes) {
  std::sort(hashes.begin(), hashes.end());
  return static_cast<size_t>(hashes.end() - std::unique(hashes.begin(), hashes.end()));
}

// Of n random 32-bit numbers n^2 / 2^33 are equal to another one; four more are hardly ever seen.
size_t AtMost(size_t n) { return n * n / (size_t{1} << 33) + 4; }

// The port's bits cancel address bits in any hash that puts one onto the other before the key.
TEST(KeyedHash, AddressAndPortDoNotCancelAtAnyDistance) {
  constexpr size_t kCount = 1 << 13;
  for (int round = 0; round < 2; ++round) {
    const HashKey secret = HashKey::Random();
    for (int shift = 0; shift < 128; ++shift) {
      std::vector<uint32_t> xored, added;
      for (uint64_t i = 0; i < kCount; ++i) {
        const uint64_t high = shift >= 64 ? i << (shift - 64) : 0;
        const uint64_t low = shift < 64 ? i << shift : 0;
        const auto port = static_cast<uint16_t>(i);
        xored.push_back(Key(0x20010db8ull << 32 ^ high, low, port).Hash(secret));
        added.push_back(Key((0x20010db8ull << 32) - high, 0 - low, port).Hash(secret));
      }
      EXPECT_LE(Equal(std::move(xored)), AtMost(kCount)) << shift;
      EXPECT_LE(Equal(std::move(added)), AtMost(kCount)) << shift;
    }
  }
}

// No difference of one or two bits of address and port hides for every key.
TEST(KeyedHash, FewBitsAlwaysShow) {
  constexpr int kBits = 128 + 16;
  const auto flipped = [](int a, int b) {
    FlowKey key = Key(0x20010db8ull << 32, 7, 1000);
    for (int bit : {a, b}) {
      if (bit < 128) {
        key.a[bit / 64] ^= uint64_t{1} << bit % 64;
      } else {
        key.a_port ^= static_cast<uint16_t>(1u << (bit - 128));
      }
    }
    return key;
  };
  const HashKey secrets[] = {HashKey::Random(), HashKey::Random(), HashKey::Random()};
  for (int a = 0; a < kBits; ++a) {
    for (int b = 0; b < a; ++b) {
      int equal = 0;
      for (const HashKey& secret : secrets) {
        equal += flipped(a, b).Hash(secret) == flipped(a, a).Hash(secret);
      }
      EXPECT_LT(equal, 3) << a << " " << b;
    }
  }
}

// A word that makes a factor of the product zero would hide all others.
TEST(KeyedHash, NoPublicConstantHidesTheRest) {
  const uint64_t words[] = {0,
                            UINT64_MAX,
                            0x8000000000000000u,
                            0xa0761d6478bd642fu,
                            0xe7037ed1a0b428dbu,
                            0x9e3779b97f4a7c15u};
  const HashKey secret = HashKey::Random();
  for (const uint64_t word : words) {
    std::vector<uint32_t> high, low;
    for (uint64_t i = 0; i < 4096; ++i) {
      high.push_back(Key(word, i * 0x10001, 9).Hash(secret));
      low.push_back(Key(i * 0x10001, word, 9).Hash(secret));
    }
    EXPECT_LE(Equal(std::move(high)), AtMost(4096)) << word;
    EXPECT_LE(Equal(std::move(low)), AtMost(4096)) << word;
  }
}

TEST(KeyedHash, BothDirectionsOfAFlowAreOne) {
  const HashKey secret = HashKey::Random();
  FlowKey key = Key(1, 2, 3), reversed = key;
  std::swap(reversed.a, reversed.b);
  std::swap(reversed.a_port, reversed.b_port);
  EXPECT_EQ(key.Hash(secret), reversed.Hash(secret));
  FlowKey ports_swapped = key;
  std::swap(ports_swapped.a_port, ports_swapped.b_port);
  EXPECT_NE(key.Hash(secret), ports_swapped.Hash(secret));
}

TEST(KeyedHash, KeysDiffer) {
  EXPECT_NE(Key(1, 2, 3).Hash(HashKey::Random()), Key(1, 2, 3).Hash(HashKey::Random()));
  EXPECT_NE(HashKey::Random().Hash64(1), HashKey::Random().Hash64(1));
}

// Networks: multiples, runs, and numbers that differ in their high bits only.
TEST(KeyedHash, ArithmeticProgressionsOfNetworksSpread) {
  constexpr uint32_t kCount = 1 << 16;
  for (uint32_t step : {1u, 256u, 70001u, 1u << 16, 65537u, 0x9e3779b1u}) {
    const HashKey secret = HashKey::Random();
    std::vector<uint32_t> cells(kCount);  // as in a table of this size
    for (uint32_t i = 0; i < kCount; ++i) ++cells[secret.Hash32(i * step) % kCount];
    // One a cell on average; the fullest of 65,536 cells has some 9.
    EXPECT_LE(*std::max_element(cells.begin(), cells.end()), 20u) << step;
  }
}

}  // namespace
}  // namespace tstat::internal
