// SPDX-License-Identifier: BSD-3-Clause
//
// Nothing is global: Analyzers on threads of their own do not touch each other's memory, and give
// what each gives alone. With the tsan preset, ThreadSanitizer watches.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <vector>

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
