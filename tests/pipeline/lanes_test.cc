// SPDX-License-Identifier: BSD-3-Clause
//
// Lanes that take their packets at once: what comes out is what comes out of one thread, whatever
// the packets, their times, the limits of the table and the length of an epoch.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/pipeline.h"
#include "tests/robustness/everything_sink.h"
#include "tests/robustness/packet_store.h"

namespace tstat::internal {
namespace {

// Wants nothing that is told packet by packet, which lanes do not do at once.
class FlowsSink : public EverythingSink {
 public:
  EventMask Wants() const override {
    return EventMask::All().Without(Event::kFlowPacket | Event::kHistograms);
  }
};

struct LanesOutcome {
  uint64_t digest = 0, tcp_flows = 0, udp_flows = 0;
  Statistics statistics;
  uint64_t blocks_in_lanes = 0, packets_set_aside = 0;
};

void Look(Pipeline* pipeline) {
  const Statistics statistics = pipeline->statistics();
  EXPECT_LE(statistics.tcp_packets + statistics.udp_packets, statistics.ip_packets);
  uint64_t live = 0;
  pipeline->ForEachLiveFlow([&live](const LiveFlow&) { ++live; });
  // Flows that have ended may count late packets yet.
  EXPECT_GE(live, statistics.open_tcp_flows + statistics.open_udp_flows);
}

// The packets as two traces, one after the other.
// While they come, somebody looks at what is known: before each `look_every`-th (0: never).
LanesOutcome Analyse(const std::vector<StoredPacket>& packets, const AnalyzerOptions& options,
                     size_t epoch_steps, size_t look_every = 0) {
  FlowsSink sink;
  Pipeline pipeline(options, std::nullopt, epoch_steps);
  pipeline.AddSink(&sink);
  for (const bool is_last : {false, true}) {
    TraceContext context;
    context.is_last = is_last;
    pipeline.BeginTrace(context);
    const size_t half = packets.size() / 2;
    for (size_t i = is_last ? half : 0; i < (is_last ? packets.size() : half); ++i) {
      Packet packet;
      packet.time = packets[i].time;
      packet.data = packets[i].bytes;
      packet.original_length = packets[i].original_length;
      packet.link_type = packets[i].link_type;
      if (look_every != 0 && i % look_every == 0) Look(&pipeline);
      // Of every third batch bytes are copied.
      pipeline.Feed({&packet, 1}, {}, i % 3 != 0);
    }
    pipeline.EndTrace();
  }
  EXPECT_TRUE(pipeline.status().ok());
  return {sink.digest(),         sink.tcp_flows(),           sink.udp_flows(),
          pipeline.statistics(), pipeline.blocks_in_lanes(), pipeline.packets_set_aside()};
}

void ExpectSame(const LanesOutcome& one, const LanesOutcome& more) {
  EXPECT_EQ(one.digest, more.digest);
  EXPECT_EQ(one.tcp_flows, more.tcp_flows);
  EXPECT_EQ(one.udp_flows, more.udp_flows);
  const Statistics &a = one.statistics, &b = more.statistics;
  EXPECT_EQ(a.ip_packets, b.ip_packets);
  EXPECT_EQ(a.tcp_packets, b.tcp_packets);
  EXPECT_EQ(a.udp_packets, b.udp_packets);
  EXPECT_EQ(a.tcp_packets_tracked, b.tcp_packets_tracked);
  EXPECT_EQ(a.tcp_trash_packets, b.tcp_trash_packets);
  EXPECT_EQ(a.search_iterations, b.search_iterations);
  EXPECT_EQ(a.tcp_without_slot, b.tcp_without_slot);
  EXPECT_EQ(a.copied_packets, b.copied_packets);
  EXPECT_EQ(a.open_tcp_flows, b.open_tcp_flows);
  EXPECT_EQ(a.refused_tcp_flows, b.refused_tcp_flows);
  EXPECT_EQ(a.refused_udp_flows, b.refused_udp_flows);
  EXPECT_EQ(a.last_tcp_slot, b.last_tcp_slot);
}

class LanesTest : public ::testing::Test {
 protected:
  // Each with other threads and epochs, in both profiles.
  void Compare(const std::vector<StoredPacket>& packets, AnalyzerOptions options) {
    for (const CompatProfile& profile : {CompatProfile::Tstat311(), CompatProfile::Tstat33()}) {
      options.profile = profile;
      options.threads = 1;
      const LanesOutcome one = Analyse(packets, options, LaneThreads::kEpochSteps);
      for (const auto& [threads, epoch_steps] :
           {std::pair{2u, size_t{1}}, {2u, size_t{9}}, {3u, size_t{40}}, {9u, size_t{300}}}) {
        SCOPED_TRACE(std::to_string(threads) + " threads, epochs of " +
                     std::to_string(epoch_steps));
        options.threads = threads;
        const LanesOutcome more = Analyse(packets, options, epoch_steps, looks_);
        looks_ += 101;
        ExpectSame(one, more);
        blocks_in_lanes_ += more.blocks_in_lanes;
        packets_set_aside_ += more.packets_set_aside;
        refused_ += more.statistics.refused_tcp_flows + more.statistics.refused_udp_flows;
      }
    }
  }

  // Flows that are soon idle, and looked for often.
  static AnalyzerOptions ShortLimits() {
    AnalyzerOptions options = Some();
    options.globals.tcp_idle_time_s = 2;
    options.globals.tcp_singleton_time_s = 0.5;
    options.globals.udp_idle_time_s = 1;
    options.globals.udp_singleton_time_s = 0.3;
    options.globals.gc_cycle_time_s = 0.1;
    options.globals.gc_split_ratio = 10;
    return options;
  }
  static AnalyzerOptions Some() {
    AnalyzerOptions options;
    options.globals.max_tcp_pairs = options.globals.max_udp_pairs = 20000;
    return options;
  }

  uint64_t blocks_in_lanes_ = 0, packets_set_aside_ = 0, refused_ = 0;
  size_t looks_ = 0;
};

constexpr const char* kTraces[] = {"web", "web-ipv6", "mixed", "voice", "bulk-lossy"};

TEST_F(LanesTest, ChangeNothing) {
  for (const char* trace : kTraces) {
    SCOPED_TRACE(trace);
    Compare(LoadTrace(trace), Some());
  }
  EXPECT_GT(blocks_in_lanes_, 1000u);
}

// The collector closes flows of any lane while packets come for them.
TEST_F(LanesTest, LeaveToTheCollectorWhatItMayClose) {
  std::mt19937 random(7);
  for (const char* trace : kTraces) {
    SCOPED_TRACE(trace);
    std::vector<StoredPacket> packets = LoadTrace(trace);
    Timestamp time = packets.front().time;
    for (StoredPacket& packet : packets) {
      const int64_t step_ns =
          random() % 20 == 0 ? random() % 12 * 200'000'000ll : random() % 2'000'000;
      time = Timestamp::FromNanoseconds(time.nanoseconds() + step_ns);
      packet.time = time;
    }
    Compare(packets, ShortLimits());
  }
  EXPECT_GT(blocks_in_lanes_, 1000u);
  EXPECT_GT(packets_set_aside_, 1000u);
}

TEST_F(LanesTest, MayGetPacketsInAnyOrder) {
  std::mt19937 random(8);
  for (const char* trace : kTraces) {
    SCOPED_TRACE(trace);
    std::vector<StoredPacket> packets = LoadTrace(trace);
    for (size_t i = 8; i < packets.size(); ++i) {
      if (random() % 3 == 0) std::swap(packets[i], packets[i - random() % 8]);
    }
    Compare(packets, Some());
    Compare(packets, ShortLimits());
  }
  EXPECT_GT(blocks_in_lanes_, 1000u);
}

// Where a flow might find no slot, and while intervals end or the clock is set, packets are taken
// one by one.
TEST_F(LanesTest, StandBackWhereOrderDecides) {
  AnalyzerOptions options = ShortLimits();
  options.globals.max_tcp_pairs = 9;
  options.globals.max_udp_pairs = 6;
  options.globals.list_search_dept = 3;
  options.globals.max_time_step_s = 1;
  options.follow_clock_back = true;
  std::mt19937 random(9);
  for (const char* trace : kTraces) {
    SCOPED_TRACE(trace);
    std::vector<StoredPacket> packets = LoadTrace(trace);
    Compare(packets, options);
    Timestamp time = packets.front().time;
    for (StoredPacket& packet : packets) {
      const int64_t step_ns = random() % 40'000'000ll - (random() % 400 == 0 ? 3'000'000'000ll : 0);
      time = Timestamp::FromNanoseconds(time.nanoseconds() + step_ns);
      packet.time = time;
    }
    Compare(packets, options);
  }
  EXPECT_GT(blocks_in_lanes_, 100u);
  EXPECT_GT(refused_, 0u);
}

// Packets that make no Step: the threads are asked again and again, and nothing else makes them
// keep up.
TEST_F(LanesTest, TakePacketsOfNoFlow) {
  std::vector<StoredPacket> packets = LoadTrace("web");
  const std::vector<StoredPacket> some(packets.begin(), packets.begin() + 50);
  packets = some;
  // Segments of a connection that nobody saw begin.
  StoredPacket stray = *std::find_if(some.begin(), some.end(), [](const StoredPacket& packet) {
    return packet.bytes.size() > 60 && packet.bytes[23] == 6;
  });
  stray.bytes[26] ^= 0x5a;
  stray.bytes[47] = 0x10;
  for (int i = 0; i < 3000; ++i) packets.push_back(stray);
  for (size_t i = 50; i < packets.size(); ++i) packets[i].time = packets[49].time;
  Compare(packets, Some());
}

}  // namespace
}  // namespace tstat::internal
