// SPDX-License-Identifier: BSD-3-Clause
//
// The flow table alone: segments of known flows (hit), of no flow (miss), and new flows, with one
// thousand to one million flows open. Batches are prefetched as in the pipeline.
#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "benchmark/benchmark.h"
#include "benchmarks/synthetic_traffic.h"
#include "decode/decoder.h"
#include "flow/flow_table.h"

namespace tstat::internal {
namespace {

class NoTrackers : public StepSink {
 public:
  void OnTcpOpen(const OpenStep&) override {}
  void OnTcpSegment(const TcpSegmentStep&) override {}
  void OnTcpClose(const CloseStep&) override {}
  void OnUdpOpen(const OpenStep&) override {}
  void OnUdpDatagram(const UdpDatagramStep&) override {}
  void OnUdpClose(const CloseStep&) override {}
};

AnalyzerOptions LargeTables() {
  AnalyzerOptions options;
  options.globals.max_tcp_pairs = 2'000'000;
  return options;
}

constexpr size_t kBatch = 32;

// A flow table with `flows` open TCP flows, and packets of any flow numbers.
class Fixture {
 public:
  explicit Fixture(uint32_t flows) : table_(options_, nullptr, &trackers_) {
    now_ = Timestamp::FromSeconds(1000);
    table_.StartClock(now_);
    for (uint32_t flow = 0; flow < flows; flow += kBatch) {
      std::array<uint32_t, kBatch> numbers;
      for (size_t i = 0; i < kBatch; ++i) numbers[i] = flow + static_cast<uint32_t>(i);
      Process(numbers, SyntheticTcp::kSyn);
    }
  }

  void Process(const std::array<uint32_t, kBatch>& flows, uint8_t flags) {
    std::array<Datagram, kBatch> d;
    std::array<uint32_t, kBatch> hash, flow;
    ++sequence_;
    for (size_t i = 0; i < kBatch; ++i) {
      const Packet packet = frames_[i].Segment(flows[i], true, flags, sequence_, 1, 0, now_);
      decoder_.Decode(packet, &d[i]);
      hash[i] = table_.Prepare(d[i]);
    }
    for (size_t i = 0; i < kBatch; ++i) flow[i] = table_.Prefetch(d[i], hash[i]);
    for (size_t i = 0; i < kBatch; ++i) {
      benchmark::DoNotOptimize(table_.Process(d[i], hash[i], flow[i]));
    }
  }

 private:
  const AnalyzerOptions options_ = LargeTables();  // the table refers to it
  NoTrackers trackers_;
  FlowTable table_;
  Decoder decoder_{DecoderOptions{}};
  std::array<SyntheticTcp, kBatch> frames_;
  Timestamp now_;
  uint32_t sequence_ = 1;
};

void Lookup(benchmark::State& state, uint32_t base) {
  const uint32_t flows = static_cast<uint32_t>(state.range(0));
  Fixture fixture(flows);
  std::mt19937 random(1);
  std::vector<std::array<uint32_t, kBatch>> batches(512);
  for (auto& batch : batches) {
    for (uint32_t& flow : batch) flow = base + static_cast<uint32_t>(random() % flows);
  }
  size_t i = 0;
  for (auto _ : state) fixture.Process(batches[i++ % batches.size()], SyntheticTcp::kAck);
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kBatch));
}

void FlowHit(benchmark::State& state) { Lookup(state, 0); }
BENCHMARK(FlowHit)->Arg(1000)->Arg(100'000)->Arg(1'000'000);

void FlowMiss(benchmark::State& state) { Lookup(state, 8'000'000); }
BENCHMARK(FlowMiss)->Arg(1000)->Arg(100'000)->Arg(1'000'000);

void FlowOpen(benchmark::State& state) {
  Fixture fixture(32);
  uint32_t next = 100;
  for (auto _ : state) {
    std::array<uint32_t, kBatch> batch;
    for (uint32_t& flow : batch) flow = next++;
    fixture.Process(batch, SyntheticTcp::kSyn);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kBatch));
}
BENCHMARK(FlowOpen)->Iterations(50'000);

}  // namespace
}  // namespace tstat::internal
