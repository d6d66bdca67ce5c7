// SPDX-License-Identifier: BSD-3-Clause
//
// Nothing is global: Analyzers on threads of their own do not touch each other's memory, and give
// what each gives alone. And one on several threads gives what it gives on one. With the tsan
// preset, ThreadSanitizer watches.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "pipeline/pipeline.h"
#include "tests/robustness/everything_sink.h"
#include "tests/robustness/packet_store.h"
#include "tstat/analyzer.h"
#include "tstat/packet_source.h"

namespace tstat::internal {
namespace {

constexpr std::array kTraces = {"web", "web-ipv6", "voice", "ssh"};

std::vector<AnalyzerOptions> BothProfiles() {
  AnalyzerOptions reference = SmallTables();
  AnalyzerOptions newer = SmallTables();
  newer.profile = CompatProfile::Tstat33();
  return {reference, newer};
}

TEST(AnalyzersOnThreads, GiveWhatEachGivesAlone) {
  struct Run {
    std::vector<StoredPacket> packets;
    AnalyzerOptions options;
    AnalysisOutcome alone, beside_others;
  };
  std::vector<Run> runs;
  for (const char* trace : kTraces) {
    for (const AnalyzerOptions& options : BothProfiles()) {
      runs.push_back({LoadTrace(trace), options, {}, {}});
    }
  }
  for (Run& run : runs) run.alone = Analyze(run.packets, run.options);
  std::vector<std::thread> threads;
  for (Run& run : runs) {
    threads.emplace_back([&run] { run.beside_others = Analyze(run.packets, run.options); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Run& run : runs) {
    EXPECT_EQ(run.beside_others.digest, run.alone.digest);
    EXPECT_EQ(run.beside_others.tcp_flows, run.alone.tcp_flows);
    EXPECT_EQ(run.beside_others.udp_flows, run.alone.udp_flows);
    EXPECT_GT(run.alone.tcp_flows + run.alone.udp_flows, 0u);
  }
}

// Two of them read the same file, each with a source of its own.
TEST(AnalyzersOnThreads, ReadTheSameTrace) {
  constexpr size_t kThreads = 4;
  std::array<uint64_t, kThreads> digests{};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([i, &digests] {
      auto source = OpenTrace(TSTAT_SOURCE_DIR "/tests/traces/mixed.pcap");
      if (!source.ok()) return;
      EverythingSink sink;
      Analyzer analyzer{SmallTables()};
      analyzer.AddSink(&sink);
      if (analyzer.Run(**source).ok() && sink.tcp_flows() > 0) digests[i] = sink.digest();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_NE(digests[0], 0u);
  for (uint64_t digest : digests) EXPECT_EQ(digest, digests[0]);
}

std::vector<AnalyzerOptions> AllProfiles() {
  std::vector<AnalyzerOptions> all = BothProfiles();
  all.push_back(SmallTables());
  all.back().profile = CompatProfile::None();
  return all;
}

// Gives the packets to the analysis, and asks it for its figures now and then. `ahead`: packets are
// decoded ahead, all but one now and then.
void Feed(const std::vector<StoredPacket>& packets, Pipeline* pipeline, bool ahead = false) {
  size_t number = 0;
  for (const StoredPacket& stored : packets) {
    Packet packet;
    packet.time = stored.time;
    packet.data = stored.bytes;
    packet.original_length = stored.original_length;
    packet.link_type = stored.link_type;
    if (ahead && number % 211 != 0) {
      pipeline->Feed({&packet, 1}, {});
    } else {
      pipeline->ProcessBatch({&packet, 1}, {});
    }
    if (++number % 97 == 0) EXPECT_LE(pipeline->statistics().ip_packets, number);
  }
}

// One analysis on several threads of its own.
TEST(ThreadsOfAnAnalyzer, ChangeNothing) {
  for (const char* trace : {"web", "voice", "mixed", "bulk-lossy"}) {
    const std::vector<StoredPacket> packets = LoadTrace(trace);
    for (AnalyzerOptions options : AllProfiles()) {
      const AnalysisOutcome alone = Analyze(packets, options);
      for (const auto& [threads, epoch_steps] :
           {std::pair{2u, size_t{1}}, {3u, size_t{50}}, {8u, size_t{1000}}}) {
        options.threads = threads;
        EverythingSink sink;
        Pipeline pipeline(options, std::nullopt, epoch_steps);
        pipeline.AddSink(&sink);
        Feed(packets, &pipeline, /*ahead=*/threads != 8);
        pipeline.EndTrace();
        EXPECT_EQ(sink.digest(), alone.digest) << trace << ", " << threads << " threads";
        EXPECT_EQ(sink.tcp_flows(), alone.tcp_flows);
        EXPECT_TRUE(pipeline.status().ok());
      }
    }
  }
}

TEST(ThreadsOfAnAnalyzer, EndWithIt) {
  const std::vector<StoredPacket> packets = LoadTrace("web");
  AnalyzerOptions options = SmallTables();
  options.threads = 3;
  for (const size_t epoch_steps : {1, 3, 100}) {
    EverythingSink sink;
    Pipeline pipeline(options, std::nullopt, epoch_steps);
    pipeline.AddSink(&sink);
    Feed(packets, &pipeline, /*ahead=*/epoch_steps != 3);
  }
}

// A sink that throws at its n-th flow.
class ThrowingSink : public EventSink {
 public:
  explicit ThrowingSink(int flows) : left_(flows) {}
  EventMask Wants() const override { return Event::kTcpFlow; }
  void OnTcpFlow(const TcpFlow&) override {
    if (--left_ == 0) throw std::bad_alloc();
  }

 private:
  int left_;
};

TEST(ThreadsOfAnAnalyzer, MayHaveASinkThatThrows) {
  const std::vector<StoredPacket> packets = LoadTrace("web");
  AnalyzerOptions options = SmallTables();
  options.threads = 4;
  for (const int flows : {1, 5}) {
    ThrowingSink sink(flows);
    Pipeline pipeline(options, std::nullopt, 3);
    pipeline.AddSink(&sink);
    Feed(packets, &pipeline, /*ahead=*/true);
    pipeline.EndTrace();
    EXPECT_TRUE(pipeline.out_of_memory());
    EXPECT_EQ(pipeline.status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_GT(pipeline.statistics().tcp_flows, 0u);
  }
}

TEST(ThreadsOfAnAnalyzer, AreOneToSixtyFour) {
  for (const unsigned threads : {0u, AnalyzerOptions::kMostThreads + 1}) {
    AnalyzerOptions options;
    options.threads = threads;
    Analyzer analyzer(options);
    analyzer.BeginTrace({});
    EXPECT_EQ(analyzer.status().code(), absl::StatusCode::kInvalidArgument) << threads;
  }
}

// An Analyzer belongs to no thread: it may be made on one, fed on others, and destroyed on a third,
// one after the other.
TEST(AnalyzersOnThreads, MayBeHandedOn) {
  const std::vector<StoredPacket> packets = LoadTrace("web");
  const AnalysisOutcome alone = Analyze(packets);
  EverythingSink sink;
  Analyzer analyzer{SmallTables()};
  analyzer.AddSink(&sink);
  std::thread([&] { analyzer.BeginTrace({}); }).join();
  for (size_t begin = 0; begin < packets.size(); begin += 50) {
    std::thread([&] {
      for (size_t i = begin; i < std::min(begin + 50, packets.size()); ++i) {
        Packet packet;
        packet.time = packets[i].time;
        packet.data = packets[i].bytes;
        packet.original_length = packets[i].original_length;
        packet.link_type = packets[i].link_type;
        analyzer.Process(packet);
      }
    }).join();
  }
  std::thread([&] { analyzer.EndTrace(); }).join();
  EXPECT_EQ(sink.digest(), alone.digest);
  EXPECT_EQ(sink.tcp_flows(), alone.tcp_flows);
}

}  // namespace
}  // namespace tstat::internal
