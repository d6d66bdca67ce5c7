// SPDX-License-Identifier: BSD-3-Clause
//
// What the pipeline tells the histograms beside packets and records: flows that are open, flows
// that found no slot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "pipeline/pipeline.h"
#include "tests/pipeline/packet_script.h"
#include "tstat/event_sink.h"
#include "tstat/histogram.h"

namespace tstat::internal {
namespace {

using ::testing::ElementsAre;
using testing::PacketScript;

// The first bins of one histogram at the end of each interval; the cell before them is for values
// that are too small.
class Cells : public EventSink {
 public:
  EventMask Wants() const override { return Event::kHistograms; }
  void OnHistograms(const HistogramSnapshot& snapshot) override {
    for (const HistogramSnapshot::Histogram& h : snapshot.histograms) {
      intervals.emplace_back(h.cells.begin() + 1, h.cells.begin() + 5);
    }
  }
  std::vector<std::vector<int64_t>> intervals;
};

class ProfileFlowsTest : public ::testing::TestWithParam<unsigned> {
 protected:
  ProfileFlowsTest() {
    auto selection = std::make_shared<HistogramSelection>();
    selection->SelectMatching("profile_flows");
    options_.histograms = selection;
    options_.globals.max_time_step_s = 100;
  }
  void Feed(Pipeline& pipeline, const PacketScript& script) {
    for (const Packet& packet : script.packets()) pipeline.ProcessBatch({&packet, 1}, {});
  }
  AnalyzerOptions options_;
  Cells cells_;
};
INSTANTIATE_TEST_SUITE_P(Lanes, ProfileFlowsTest, ::testing::Values(0u, 1u));

// Refused UDP, open UDP, refused TCP, open TCP. The first interval of a run is measured from the
// epoch on, which leaves nothing of its averages.
TEST_P(ProfileFlowsTest, CountOpenFlowsOverTime) {
  Pipeline pipeline(options_, GetParam());
  pipeline.AddSink(&cells_);
  PacketScript script;
  script.Handshake(0, 40000);
  script.Handshake(0, 40001);
  script.Udp(0, 1000);
  for (const double s : {101.0, 202.0}) script.Udp(s, 1000);
  script.Reset(202, 40000);
  script.Udp(303, 1000);
  script.Reset(303, 40001);
  script.Udp(404, 1000);
  Feed(pipeline, script);
  EXPECT_THAT(cells_.intervals, ElementsAre(ElementsAre(0, 0, 0, 0), ElementsAre(0, 1, 0, 2),
                                            ElementsAre(0, 1, 0, 1), ElementsAre(0, 1, 0, 0)));
}

// TCP flows that the end of a trace closed go on in the averages of the next one (a quirk of the
// format); UDP flows do not.
TEST_P(ProfileFlowsTest, TcpFlowsOpenAtTheEndAreCountedOn) {
  Pipeline pipeline(options_, GetParam());
  pipeline.AddSink(&cells_);
  PacketScript first;
  first.Handshake(0, 40000);
  first.Udp(0, 1000);
  Feed(pipeline, first);
  pipeline.EndTrace();
  cells_.intervals.clear();
  PacketScript second;
  for (const double s : {10.0, 111.0, 212.0}) second.Tcp(s, {.source_port = 1, .flags = 0x02});
  pipeline.BeginTrace({});
  Feed(pipeline, second);
  ASSERT_GE(cells_.intervals.size(), 2u);
  EXPECT_THAT(cells_.intervals.back(), ElementsAre(0, 0, 0, 2));
}

TEST_P(ProfileFlowsTest, CountFlowsWithoutASlot) {
  options_.globals.max_tcp_pairs = 2;
  options_.globals.max_udp_pairs = 1;
  Pipeline pipeline(options_, GetParam());
  pipeline.AddSink(&cells_);
  PacketScript script;
  for (uint16_t i = 0; i < 5; ++i) script.Handshake(0, static_cast<uint16_t>(40000 + i));
  for (uint16_t i = 0; i < 3; ++i) script.Udp(0, static_cast<uint16_t>(1000 + i));
  for (const double s : {101.0, 202.0}) script.Udp(s, 1000);
  Feed(pipeline, script);
  EXPECT_THAT(cells_.intervals, ElementsAre(ElementsAre(2, 0, 3, 0), ElementsAre(0, 1, 0, 2)));
}

// -u and -6: what is switched off is seen, and analysed no further.
TEST(Protocols, CanBeSwitchedOff) {
  using testing::operator+;
  const testing::Bytes udp = testing::Udp(12) + testing::Text("abcd");
  for (const bool with_udp : {true, false}) {
    for (const bool with_v6 : {true, false}) {
      AnalyzerOptions options;
      options.udp = with_udp;
      options.ipv6 = with_v6;
      Pipeline pipeline(options, 0);
      PacketScript script;
      script.Tcp(0, {.flags = 0x02});
      script.Frame(0, testing::Ethernet(0x0800) + testing::Ipv4({.protocol = 17}, udp));
      script.Frame(0, testing::Ethernet(0x86DD) +
                          testing::Ipv6({.next_header = 6}, testing::Tcp({.flags = 0x02})));
      script.Frame(0, testing::Ethernet(0x86DD) + testing::Ipv6({.next_header = 17}, udp));
      const bool analysed[] = {true, with_udp, with_v6, with_udp && with_v6};
      for (size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(pipeline.ProcessBatch({&script.packets()[i], 1}, {}),
                  analysed[i] ? PacketResult::kCounted : PacketResult::kNotAnalysed)
            << i;
      }
      EXPECT_EQ(pipeline.statistics().ip_packets, 4u);
    }
  }
}

// The collector's steps are counted from the first IP packet on: the second flow finds the slots of
// the first two steps.
TEST(Collector, BeginsWithTheFirstPacket) {
  class Closed : public EventSink {
   public:
    EventMask Wants() const override { return Event::kUdpFlow; }
    void OnUdpFlow(const UdpFlow&) override { ++flows; }
    int flows = 0;
  };
  for (const uint32_t slots : {6u, 7u, 11u}) {
    AnalyzerOptions options;
    options.globals.gc_split_ratio = slots;
    options.globals.gc_cycle_time_s = slots;  // a step each second
    options.globals.udp_singleton_time_s = 0.5;
    Closed closed;
    Pipeline pipeline(options, 0);
    pipeline.AddSink(&closed);
    PacketScript script;
    for (uint16_t i = 0; i < 3; ++i) script.Udp(0, static_cast<uint16_t>(1000 + i));
    script.Udp(1.5, 2000);
    for (const Packet& packet : script.packets()) pipeline.ProcessBatch({&packet, 1}, {});
    EXPECT_EQ(closed.flows, 2) << slots;
  }
}

}  // namespace
}  // namespace tstat::internal
