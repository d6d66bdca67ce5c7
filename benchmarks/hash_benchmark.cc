// SPDX-License-Identifier: BSD-3-Clause
//
// Hashes of flow keys, the one in use beside others that are keyed: what a look-up pays before it
// touches the table. Those that are not symmetric get the endpoints in order first.
#include <benchmark/benchmark.h>

#include <cstring>
#include <random>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "flow/flow_key.h"

namespace tstat::internal {
namespace {

struct Words {
  uint64_t w[5];  // lower endpoint's address, higher one's, both ports
};

Words InOrder(const FlowKey& k) {
  const bool swap = std::tie(k.b[0], k.b[1], k.b_port) < std::tie(k.a[0], k.a[1], k.a_port);
  const uint64_t* low = swap ? k.b : k.a;
  const uint64_t* high = swap ? k.a : k.b;
  const uint64_t low_port = swap ? k.b_port : k.a_port, high_port = swap ? k.a_port : k.b_port;
  return {{low[0], low[1], high[0], high[1], low_port << 16 | high_port}};
}

uint64_t Rotate(uint64_t x, int by) { return x << by | x >> (64 - by); }

// Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012; on whole words.
template <int kRounds, int kFinalRounds>
uint64_t SipHash(const Words& words, uint64_t k0, uint64_t k1) {
  uint64_t v0 = k0 ^ 0x736f6d6570736575u, v1 = k1 ^ 0x646f72616e646f6du,
           v2 = k0 ^ 0x6c7967656e657261u, v3 = k1 ^ 0x7465646279746573u;
  const auto round = [&] {
    v0 += v1, v1 = Rotate(v1, 13) ^ v0, v0 = Rotate(v0, 32);
    v2 += v3, v3 = Rotate(v3, 16) ^ v2;
    v0 += v3, v3 = Rotate(v3, 21) ^ v0;
    v2 += v1, v1 = Rotate(v1, 17) ^ v2, v2 = Rotate(v2, 32);
  };
  for (uint64_t w : words.w) {
    v3 ^= w;
    for (int i = 0; i < kRounds; ++i) round();
    v0 ^= w;
  }
  v2 ^= 0xff;
  for (int i = 0; i < kFinalRounds; ++i) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

// As wyhash mixes: each product takes in two words, each with a secret one.
uint64_t WyhashLike(const Words& words, const HashKey& key) {
  uint64_t h = HashKey::Fold(words.w[0] ^ key.word[0], words.w[1] ^ key.word[1]);
  h = HashKey::Fold(words.w[2] ^ key.word[2] ^ h, words.w[3] ^ key.word[3]);
  return HashKey::Fold(words.w[4] ^ key.word[4] ^ h, key.word[5]);
}

std::vector<FlowKey> Keys() {
  std::mt19937_64 random(1);
  std::vector<FlowKey> keys(1024);
  for (FlowKey& k : keys) {
    for (uint64_t* word : {&k.a[0], &k.a[1], &k.b[0], &k.b[1]}) *word = random();
    k.a_port = static_cast<uint16_t>(random());
    k.b_port = static_cast<uint16_t>(random());
  }
  return keys;
}

template <typename Hash>
void Run(benchmark::State& state, Hash hash) {
  const std::vector<FlowKey> keys = Keys();
  for (auto _ : state) {
    uint64_t sum = 0;
    for (const FlowKey& k : keys) sum += hash(k);
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * 1024);
}

void BM_HashInUse(benchmark::State& state) {
  const HashKey key = HashKey::Random();
  Run(state, [&](const FlowKey& k) { return k.Hash(key); });
}
void BM_HashWyhashLike(benchmark::State& state) {
  const HashKey key = HashKey::Random();
  Run(state, [&](const FlowKey& k) { return WyhashLike(InOrder(k), key); });
}
void BM_HashAbseil(benchmark::State& state) {
  const uint64_t seed = HashKey::Random().word[0];
  Run(state, [&](const FlowKey& k) {
    const Words w = InOrder(k);
    return absl::HashOf(seed, w.w[0], w.w[1], w.w[2], w.w[3], w.w[4]);
  });
}
void BM_HashSip13(benchmark::State& state) {
  const HashKey key = HashKey::Random();
  Run(state, [&](const FlowKey& k) { return SipHash<1, 3>(InOrder(k), key.word[0], key.word[1]); });
}
void BM_HashSip24(benchmark::State& state) {
  const HashKey key = HashKey::Random();
  Run(state, [&](const FlowKey& k) { return SipHash<2, 4>(InOrder(k), key.word[0], key.word[1]); });
}
BENCHMARK(BM_HashInUse);
BENCHMARK(BM_HashWyhashLike);
BENCHMARK(BM_HashAbseil);
BENCHMARK(BM_HashSip13);
BENCHMARK(BM_HashSip24);

}  // namespace
}  // namespace tstat::internal
