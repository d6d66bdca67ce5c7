// SPDX-License-Identifier: BSD-3-Clause
//
// What the pipeline adds to its parts: which packets reach which of them.
#include "tstat/analyzer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "tests/decode/frame_builder.h"
#include "tstat/event_sink.h"
#include "tstat/histogram.h"
#include "tstat/periodic.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {
namespace {

using testing::Bytes;
using testing::Ethernet;
using testing::Ipv4;
using testing::Ipv6;
using testing::Udp;
using testing::operator+;

// Values in one histogram, in its cells of all kinds, at the end of the trace.
class HistogramSum : public EventSink {
 public:
  explicit HistogramSum(std::string_view name) : name_(name) {}
  EventMask Wants() const override { return Event::kHistograms; }
  void OnHistograms(const HistogramSnapshot& snapshot) override {
    for (const HistogramSnapshot::Histogram& h : snapshot.histograms) {
      if (h.name == name_) sum_ += std::accumulate(h.cells.begin(), h.cells.end(), int64_t{0});
    }
  }
  int64_t sum() const { return sum_; }

 private:
  std::string_view name_;
  int64_t sum_ = 0;
};

// The frames' bytes are gone after each batch, as those of a PacketSource are.
int64_t CountIn(std::string_view histogram, const std::vector<Bytes>& frames) {
  AnalyzerOptions options;
  auto selection = std::make_shared<HistogramSelection>();
  selection->SelectMatching("");
  options.histograms = selection;
  Analyzer analyzer(options);
  HistogramSum sink(histogram);
  analyzer.AddSink(&sink);
  analyzer.BeginTrace({});
  int64_t us = 1'500'000'000'000'000;
  for (const Bytes& frame : frames) {
    const auto bytes = std::make_unique<Bytes>(frame);
    Packet packet;
    packet.time = Timestamp::FromMicroseconds(++us);
    packet.data = *bytes;
    packet.original_length = static_cast<uint32_t>(frame.size());
    analyzer.ProcessBatch({&packet, 1});
  }
  analyzer.EndTrace();
  return sink.sum();
}

// Such a frame is a packet that was seen, and nothing is known of it; it must not be taken for the
// one before.
TEST(AnalyzerTest, FramesCutInTheirHeadersAreInNoHistogram) {
  const Bytes v6 = Ethernet(0x86DD) + Ipv6({.next_header = 17}, Udp(8));
  const Bytes v4 = Ethernet(0x0800) + Ipv4({.protocol = 17}, Udp(8));
  const Bytes next_v4 = Ethernet(0x0800) + Ipv4({.protocol = 17, .id = 7}, Udp(8));
  const Bytes cut = {2, 0, 0, 0};
  const Bytes cut_in_ip(v4.begin(), v4.begin() + 20);
  EXPECT_EQ(CountIn("ip6_hop_limit_loc", {v6}), 1);
  EXPECT_EQ(CountIn("ip6_hop_limit_loc", {v6, cut, cut_in_ip}), 1);
  EXPECT_EQ(CountIn("ip_ttl_loc", {v4, cut, cut_in_ip, next_v4}), 2);
  EXPECT_EQ(CountIn("L4_flow_number", {v6, cut, v4, cut_in_ip}), 2);
}

class MediaSink : public EventSink {
 public:
  EventMask Wants() const override { return Event::kMediaFlow; }
};

// Two directions of RTP on even ports, one of RTCP on odd ones.
TEST(AnalyzerTest, StatisticsCountRtpAndRtcpFlowsByDirection) {
  using testing::Fill;
  using testing::U16;
  using testing::U32;
  constexpr uint32_t kCaller = 0x0a000001, kCalled = 0x0a000002;
  for (const CompatProfile& profile : {CompatProfile::Tstat311(), CompatProfile::Tstat33()}) {
    AnalyzerOptions options;
    options.profile = profile;
    Analyzer analyzer(options);
    MediaSink sink;
    analyzer.AddSink(&sink);
    analyzer.BeginTrace({});
    uint16_t id = 0;  // and milliseconds
    const auto send = [&](uint32_t from, uint16_t from_port, uint32_t to, uint16_t to_port,
                          const Bytes& payload) {
      const auto size = static_cast<uint16_t>(8 + payload.size());
      const Bytes frame =
          Ethernet(0x0800) + Ipv4({.protocol = 17, .id = ++id, .source = from, .destination = to},
                                  Udp(size, from_port, to_port) + payload);
      Packet packet = testing::PacketOf(frame);
      packet.time = Timestamp::FromMicroseconds(1'500'000'000'000'000 + 1000 * id);
      analyzer.ProcessBatch({&packet, 1});
    };
    for (uint16_t sequence = 1; sequence <= 3; ++sequence) {
      const Bytes voice =
          Bytes{0x80, 8} + U16(sequence) + U32(160u * sequence) + U32(7) + Fill(160);
      const Bytes report = Bytes{0x80, 201} + U16(1) + U32(7) + Fill(12);
      send(kCaller, 20000, kCalled, 30000, voice);
      send(kCalled, 30000, kCaller, 20000, voice);
      send(kCaller, 20001, kCalled, 30001, report);
    }
    EXPECT_EQ(analyzer.statistics().rtp_flows, 2u);
    EXPECT_EQ(analyzer.statistics().rtcp_flows, 1u);
    EXPECT_EQ(analyzer.statistics().tunneled_rtp_flows, 0u);
    analyzer.EndTrace();
    EXPECT_EQ(analyzer.statistics().rtp_flows, 2u);
  }
}

// Writes down what it is told.
class Diary : public EventSink {
 public:
  EventMask Wants() const override {
    return Event::kTcpFlow | Event::kUdpFlow | Event::kUdpPeriodic | Event::kTcpPeriodic;
  }
  void OnNewOutput(const OutputStart&) override { words.push_back("output"); }
  void OnIntervalEnd(const IntervalEnd& interval) override {
    words.push_back("interval " + std::to_string(interval.time.seconds()));
  }
  void OnTraceEnd(const TraceEnd&) override { words.push_back("end"); }
  void OnUdpFlow(const UdpFlow&) override { words.push_back("udp"); }
  void OnUdpPeriod(const UdpPeriod&) override { ++periods; }
  std::vector<std::string> words;
  int periods = 0;
};
using Words = std::vector<std::string>;

// Each datagram has an identification of its own: no duplicates.
Packet At(int64_t seconds) {
  static std::vector<Bytes> frames;
  if (frames.empty()) {
    for (uint16_t id = 1; id <= 500; ++id) {
      frames.push_back(Ethernet(0x0800) + Ipv4({.protocol = 17, .id = id}, Udp(8)));
    }
  }
  static size_t next = 0;
  const Bytes& frame = frames[next++ % frames.size()];
  Packet packet;
  packet.time = Timestamp::FromSeconds(seconds);
  packet.data = frame;
  packet.original_length = static_cast<uint32_t>(frame.size());
  return packet;
}

TEST(AnalyzerTest, PacketsBeginATraceByThemselves) {
  Diary diary;
  Analyzer analyzer(AnalyzerOptions{});
  analyzer.AddSink(&diary);
  analyzer.EndTrace();
  EXPECT_EQ(diary.words, Words{});
  analyzer.Process(At(1000));
  analyzer.EndTrace();
  EXPECT_EQ(diary.words, (Words{"output", "udp", "end"}));
  analyzer.EndTrace();
  EXPECT_EQ(diary.words.size(), 3u);
  analyzer.Process(At(1001));
  analyzer.BeginTrace({});
  EXPECT_EQ(diary.words, (Words{"output", "udp", "end", "output", "udp", "end"}));
}

TEST(AnalyzerTest, ADestroyedAnalyzerTellsNothing) {
  Diary diary;
  {
    Analyzer analyzer(AnalyzerOptions{});
    analyzer.AddSink(&diary);
    analyzer.BeginTrace({});
    analyzer.Process(At(1000));
  }
  EXPECT_EQ(diary.words, Words{"output"});
}

TEST(AnalyzerTest, WantingPeriodsGivesThem) {
  Diary diary;
  Analyzer analyzer(AnalyzerOptions{});
  analyzer.AddSink(&diary);
  for (int64_t s = 0; s < 10; ++s) analyzer.Process(At(1000 + 2 * s));
  analyzer.EndTrace();
  EXPECT_GE(diary.periods, 9);
}

// One packet from the future, then two hours of traffic.
Words WithAPacketFromTheFuture(bool follow, Statistics* statistics) {
  AnalyzerOptions options;
  options.follow_clock_back = follow;
  Diary diary;
  Analyzer analyzer(options);
  analyzer.AddSink(&diary);
  analyzer.BeginTrace({.is_stream = true});
  analyzer.Process(At(2'000'000));
  for (int64_t s = 0; s <= 7200; s += 60) analyzer.Process(At(1'000'000 + s));
  *statistics = analyzer.statistics();
  return diary.words;
}

TEST(AnalyzerTest, OnePacketFromTheFutureDoesNotStopTheIntervals) {
  Statistics statistics;
  EXPECT_EQ(WithAPacketFromTheFuture(false, &statistics), Words{"output"});
  EXPECT_EQ(statistics.clock_steps_back, 1u);
  EXPECT_EQ(statistics.longest_step_back_s, 1'000'000);
  const Words words = WithAPacketFromTheFuture(true, &statistics);
  EXPECT_EQ(std::count(words.begin(), words.end(), "output"),
            2);  // rotation, after twelve intervals
  ASSERT_GE(words.size(), 3u);
  EXPECT_EQ(words[1], "interval 1000360");  // more than 300 s after the step
}

// A packet from the future in the middle ends an interval, and no more.
TEST(AnalyzerTest, TheIntervalGoesOnAfterAStepBack) {
  AnalyzerOptions options;
  options.follow_clock_back = true;
  Diary diary;
  Analyzer analyzer(options);
  analyzer.AddSink(&diary);
  for (int64_t s : {1000, 1200, 5000, 1210, 1400, 1500, 1520}) analyzer.Process(At(s));
  EXPECT_EQ(diary.words, (Words{"output", "interval 5000", "interval 1520"}));
  // Less than a second is no step.
  analyzer.Process(At(1519));
  EXPECT_EQ(analyzer.statistics().clock_steps_back, 1u);
}

// A second trace that begins before the first one is no step.
TEST(AnalyzerTest, EachTraceHasAClockOfItsOwn) {
  Analyzer analyzer(AnalyzerOptions{});
  for (int64_t s : {5000, 1000, 3000}) {
    analyzer.Process(At(s));
    analyzer.EndTrace();
  }
  EXPECT_EQ(analyzer.statistics().clock_steps_back, 0u);
}

}  // namespace
}  // namespace tstat::internal
