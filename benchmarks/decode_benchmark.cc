// SPDX-License-Identifier: BSD-3-Clause
//
// From a frame to a Datagram.
#include <vector>

#include "benchmark/benchmark.h"
#include "benchmarks/synthetic_traffic.h"
#include "benchmarks/trace_memory.h"
#include "decode/decoder.h"

namespace tstat::internal {
namespace {

void DecodeTcpIpv4(benchmark::State& state) {
  SyntheticTcp frames;
  const Packet packet =
      frames.Segment(1, true, SyntheticTcp::kAck, 1, 1, 1000, Timestamp::FromSeconds(1));
  Decoder decoder(DecoderOptions{});
  Datagram datagram;
  for (auto _ : state) {
    benchmark::DoNotOptimize(decoder.Decode(packet, &datagram));
    benchmark::DoNotOptimize(datagram);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(DecodeTcpIpv4);

void DecodeTrace(benchmark::State& state) {
  const TraceMemory trace("mixed");
  Decoder decoder(DecoderOptions{});
  Datagram datagram;
  for (auto _ : state) {
    for (const Packet& packet : trace.packets()) {
      benchmark::DoNotOptimize(decoder.Decode(packet, &datagram));
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(trace.packets().size()));
}
BENCHMARK(DecodeTrace);

}  // namespace
}  // namespace tstat::internal
