// SPDX-License-Identifier: BSD-3-Clause
//
// The whole analysis, packets from memory: one long TCP flow (the segment path), many short ones,
// many that stay open, and a bundled trace with the text logs' events, with each kind of event
// alone, and with all.
#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"
#include "benchmarks/synthetic_traffic.h"
#include "benchmarks/trace_memory.h"
#include "tstat/analyzer.h"
#include "tstat/histogram.h"

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

// Data and its acknowledgment in each of so many open flows, one after the other: none is in a
// cache any more when its turn comes. Before that each has said what it is (SSH), and has more
// packets than layer 7 looks at: all that flows have is there, and few are as settled as many.
void EstablishedFlows(benchmark::State& state) {
  constexpr size_t kBatch = 32;
  constexpr uint8_t kSyn = SyntheticTcp::kSyn, kAck = SyntheticTcp::kAck;
  constexpr uint16_t kPayload = 100;
  constexpr std::string_view kGreeting = "SSH-2.0-OpenSSH_9.2\r\n";
  constexpr auto kGreetingSize = static_cast<uint16_t>(kGreeting.size());
  constexpr uint32_t kMore = 25;
  const auto flows = static_cast<uint32_t>(state.range(0));
  NoOutput sink{Event::kTcpFlow};
  AnalyzerOptions options;
  options.globals.max_tcp_pairs = flows + flows / 8;
  Analyzer analyzer(options);
  analyzer.AddSink(&sink);
  analyzer.BeginTrace({});
  std::array<SyntheticTcp, kBatch> frames;
  for (SyntheticTcp& frame : frames) std::ranges::copy(kGreeting, frame.payload().begin());
  std::array<Packet, kBatch> batch;
  int64_t now = kStart;
  const auto send = [&](uint32_t first, bool from_client, int flags, uint32_t seq, uint32_t ack,
                        uint16_t bytes) {
    ++now;
    for (uint32_t i = 0; i < kBatch; ++i) {
      batch[i] = frames[i].Segment(first + i, from_client, static_cast<uint8_t>(flags), seq, ack,
                                   bytes, Timestamp::FromMicroseconds(now));
    }
    analyzer.ProcessBatch(batch);
  };
  for (uint32_t first = 0; first < flows; first += kBatch) {
    send(first, true, kSyn, 0, 0, 0);
    send(first, false, kSyn | kAck, 0, 1, 0);
    send(first, false, kAck, 1, 1, kGreetingSize);
    send(first, true, kAck, 1, 1 + kGreetingSize, kGreetingSize);
    for (uint32_t i = 0; i < kMore; ++i) {
      const uint32_t at = 1 + kGreetingSize + i;
      send(first, true, kAck, at, 1 + kGreetingSize, 1);
      send(first, false, kAck, 1 + kGreetingSize, at + 1, 0);
    }
  }
  for (SyntheticTcp& frame : frames) std::ranges::fill(frame.payload(), uint8_t{0});
  uint32_t next = 0, sequence = 1 + kGreetingSize + kMore;
  bool from_client = true;
  for (auto _ : state) {
    if (from_client) {
      send(next, true, kAck, sequence, 1 + kGreetingSize, kPayload);
    } else {
      send(next, false, kAck, 1 + kGreetingSize, sequence + kPayload, 0);
    }
    next += kBatch;
    if (next < flows) continue;
    next = 0;
    if (!from_client) sequence += kPayload;
    from_client = !from_client;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kBatch));
}
BENCHMARK(EstablishedFlows)->Arg(10'000)->Arg(1'000'000)->Arg(10'000'000)->Iterations(300'000);

void WholeTrace(benchmark::State& state, EventMask wants) {
  const TraceMemory trace("mixed");
  AnalyzerOptions options;
  HistogramSelection every;
  every.SelectMatching("");
  options.histograms = std::make_shared<const HistogramSelection>(std::move(every));
  for (auto _ : state) {
    NoOutput sink{wants};
    Analyzer analyzer(options);
    analyzer.AddSink(&sink);
    analyzer.BeginTrace({});
    analyzer.ProcessBatch(trace.packets());
    analyzer.EndTrace();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(trace.packets().size()));
}
BENCHMARK_CAPTURE(WholeTrace, text_logs,
                  Event::kTcpFlow | Event::kUdpFlow | Event::kHttpMessage | Event::kVideoFlow |
                      Event::kChatFlow | Event::kMediaFlow);
// What each kind of event costs when it alone is wanted.
BENCHMARK_CAPTURE(WholeTrace, nothing, EventMask());
BENCHMARK_CAPTURE(WholeTrace, tcp_flow, Event::kTcpFlow);
BENCHMARK_CAPTURE(WholeTrace, udp_flow, Event::kUdpFlow);
BENCHMARK_CAPTURE(WholeTrace, http_message, Event::kHttpMessage);
BENCHMARK_CAPTURE(WholeTrace, video_flow, Event::kVideoFlow);
BENCHMARK_CAPTURE(WholeTrace, chat_flow, Event::kChatFlow);
BENCHMARK_CAPTURE(WholeTrace, chat_message, Event::kChatMessage);
BENCHMARK_CAPTURE(WholeTrace, tls_handshake, Event::kTlsHandshake);
BENCHMARK_CAPTURE(WholeTrace, dns_resolution, Event::kDnsResolution);
BENCHMARK_CAPTURE(WholeTrace, media_flow, Event::kMediaFlow);
BENCHMARK_CAPTURE(WholeTrace, skype_flow, Event::kSkypeFlow);
BENCHMARK_CAPTURE(WholeTrace, histograms, Event::kHistograms);
BENCHMARK_CAPTURE(WholeTrace, tcp_periodic, Event::kTcpPeriodic);
BENCHMARK_CAPTURE(WholeTrace, udp_periodic, Event::kUdpPeriodic);
BENCHMARK_CAPTURE(WholeTrace, dns_entry, Event::kDnsEntry);
BENCHMARK_CAPTURE(WholeTrace, everything, EventMask::All());

}  // namespace
}  // namespace tstat::internal
