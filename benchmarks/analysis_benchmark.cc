// SPDX-License-Identifier: BSD-3-Clause
//
// The whole analysis, packets from memory: one long TCP flow (the segment path), many short ones,
// and a bundled trace with the text logs' events.
#include <vector>

#include "benchmark/benchmark.h"
#include "benchmarks/synthetic_traffic.h"
#include "benchmarks/trace_memory.h"
#include "tstat/analyzer.h"

namespace tstat::internal {
namespace {

class NoOutput : public EventSink {
 public:
  explicit NoOutput(EventMask wants) : wants_(wants) {}
  EventMask Wants() const override { return wants_; }

 private:
  EventMask wants_;
};

constexpr int64_t kStart = 1'700'000'000'000'000;

// Data one way, acknowledgments of every second segment the other way.
void TcpSegments(benchmark::State& state) {
  NoOutput sink{Event::kTcpFlow};
  Analyzer analyzer(AnalyzerOptions{});
  analyzer.AddSink(&sink);
  analyzer.BeginTrace({});
  SyntheticTcp frames;
  int64_t now = kStart;
  const auto time = [&] { return Timestamp::FromMicroseconds(now += 10); };
  analyzer.Process(frames.Segment(1, true, SyntheticTcp::kSyn, 0, 0, 0, time()));
  analyzer.Process(
      frames.Segment(1, false, SyntheticTcp::kSyn | SyntheticTcp::kAck, 0, 1, 0, time()));
  uint32_t sequence = 1;
  constexpr uint16_t kPayload = 1000;
  for (auto _ : state) {
    for (int i = 0; i < 2; ++i, sequence += kPayload) {
      analyzer.Process(frames.Segment(1, true, SyntheticTcp::kAck, sequence, 1, kPayload, time()));
    }
    analyzer.Process(frames.Segment(1, false, SyntheticTcp::kAck, 1, sequence, 0, time()));
  }
  analyzer.EndTrace();
  state.SetItemsProcessed(state.iterations() * 3);
}
BENCHMARK(TcpSegments);

// Handshake, one exchange and the end, flow after flow.
void ShortFlows(benchmark::State& state) {
  NoOutput sink{Event::kTcpFlow};
  Analyzer analyzer(AnalyzerOptions{});
  analyzer.AddSink(&sink);
  analyzer.BeginTrace({});
  SyntheticTcp frames;
  constexpr uint8_t kSyn = SyntheticTcp::kSyn, kAck = SyntheticTcp::kAck, kFin = SyntheticTcp::kFin;
  int64_t now = kStart;
  uint32_t flow = 0;
  for (auto _ : state) {
    const auto send = [&](bool from_client, int flags, uint32_t seq, uint32_t ack, uint16_t bytes) {
      analyzer.Process(frames.Segment(flow, from_client, static_cast<uint8_t>(flags), seq, ack,
                                      bytes, Timestamp::FromMicroseconds(now += 100)));
    };
    send(true, kSyn, 0, 0, 0), send(false, kSyn | kAck, 0, 1, 0), send(true, kAck, 1, 1, 0);
    send(true, kAck, 1, 1, 200), send(false, kAck, 1, 201, 1000), send(true, kAck, 201, 1001, 0);
    send(true, kFin | kAck, 201, 1001, 0), send(false, kFin | kAck, 1001, 202, 0);
    send(true, kAck, 202, 1002, 0);
    ++flow;
  }
  analyzer.EndTrace();
  state.SetItemsProcessed(state.iterations() * 9);
}
BENCHMARK(ShortFlows);

void WholeTrace(benchmark::State& state) {
  const TraceMemory trace("mixed");
  for (auto _ : state) {
    NoOutput sink{Event::kTcpFlow | Event::kUdpFlow | Event::kHttpMessage | Event::kVideoFlow |
                  Event::kChatFlow | Event::kMediaFlow};
    Analyzer analyzer(AnalyzerOptions{});
    analyzer.AddSink(&sink);
    analyzer.BeginTrace({});
    analyzer.ProcessBatch(trace.packets());
    analyzer.EndTrace();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(trace.packets().size()));
}
BENCHMARK(WholeTrace);

}  // namespace
}  // namespace tstat::internal
