// SPDX-License-Identifier: BSD-3-Clause
//
// What is told of packets that are in no flow; packets out of order, and clocks, in a whole
// analysis of the true profile.
#include "pipeline/unread_packets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/pipeline/packet_script.h"
#include "tstat/analyzer.h"
#include "tstat/event_sink.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::SizeIs;

struct FlowTimes {
  double first_ms, last_ms;
};

class Flows final : public EventSink {
 public:
  EventMask Wants() const override { return Event::kTcpFlow | Event::kUdpFlow; }
  void OnTcpFlow(const TcpFlow& flow) override {
    flows.push_back({flow.first.milliseconds(), flow.last.milliseconds()});
  }
  std::vector<FlowTimes> flows;
};

Statistics Analyse(const testing::PacketScript& script, const CompatProfile& profile,
                   Flows* flows = nullptr) {
  AnalyzerOptions options;
  options.profile = profile;
  Analyzer analyzer(options);
  Flows own;
  analyzer.AddSink(flows != nullptr ? flows : &own);
  analyzer.BeginTrace({});
  script.Feed(&analyzer);
  analyzer.EndTrace();
  return analyzer.statistics();
}

testing::Bytes Frame(uint16_t type, size_t size = 46) {
  testing::Bytes frame = testing::Ethernet(type);
  frame.resize(14 + size);
  return frame;
}

TEST(UnreadPackets, FramesAreNamedByType) {
  testing::PacketScript script;
  for (int i = 0; i < 3; ++i) script.Frame(1, Frame(0x0806));
  script.Frame(1, Frame(0x88cc));
  script.Frame(1, Frame(0x1234));
  testing::Bytes spanning_tree = Frame(38);
  spanning_tree[14] = spanning_tree[15] = 0x42;
  script.Frame(1, spanning_tree);
  for (const CompatProfile& profile : {CompatProfile::Tstat311(), CompatProfile::None()}) {
    const Statistics s = Analyse(script, profile);
    EXPECT_THAT(s.unread_frames, ElementsAre(Pair("ARP", 3), Pair("type 0x1234", 1),
                                             Pair("LLDP", 1), Pair("spanning tree", 1)));
    EXPECT_THAT(s.unread_protocols, SizeIs(0));
  }
}

TEST(UnreadPackets, AnyNumberOfTypesIsHeld) {
  testing::PacketScript script;
  for (int type = 0x1000; type < 0x1100; ++type)
    script.Frame(1, Frame(static_cast<uint16_t>(type)));
  const Statistics s = Analyse(script, CompatProfile::Tstat311());
  EXPECT_THAT(s.unread_frames, SizeIs(65));
  EXPECT_EQ(s.unread_frames.front(), (std::pair<std::string, uint64_t>("other types", 192)));
}

TEST(UnreadPackets, ProtocolsAndTunnelsAreNamed) {
  testing::PacketScript script;
  using testing::operator+;
  const auto ip = [](uint8_t protocol) {
    return testing::Ethernet(0x0800) + testing::Ipv4({.protocol = protocol}, testing::Bytes(20));
  };
  script.Frame(1, ip(1));
  script.Frame(1, ip(89));
  script.Frame(1, ip(1));
  script.Frame(1, ip(200));
  script.Udp(1, 5000);
  script.Udp(1, 4789);
  script.Udp(1.1, 4789);
  const Statistics s = Analyse(script, CompatProfile::Tstat311());
  EXPECT_THAT(s.unread_protocols,
              ElementsAre(Pair("ICMP", 2), Pair("OSPF", 1), Pair("protocol 200", 1)));
  EXPECT_THAT(s.unopened_tunnels, ElementsAre(Pair("VXLAN", 1)));
}

// The SYN/ACK is stored before the SYN.
TEST(TrueTimes, PacketsAreTakenInTheOrderOfTheirTimes) {
  testing::PacketScript script;
  const uint16_t port = 40000;
  script.Tcp(1.020, {.source_port = port, .sequence = 5000, .acknowledgment = 1001, .flags = 0x12},
             {}, true);
  script.Tcp(1.000, {.source_port = port, .sequence = 1000, .acknowledgment = 0, .flags = 0x02});
  script.Tcp(1.021, {.source_port = port, .sequence = 1001, .acknowledgment = 5001, .flags = 0x10});
  Flows flows;
  const Statistics s = Analyse(script, CompatProfile::None(), &flows);
  ASSERT_THAT(flows.flows, SizeIs(1));
  EXPECT_NEAR(flows.flows[0].last_ms - flows.flows[0].first_ms, 21, 0.01);
  EXPECT_EQ(s.overtaken_packets, 1u);
  EXPECT_EQ(s.tcp_trash_packets, 0u);
  EXPECT_EQ(Analyse(script, CompatProfile::Tstat33()).overtaken_packets, 0u);
}

TEST(TrueTimes, NoFlowEndsBeforeItBegins) {
  testing::PacketScript script;
  script.Handshake(100, 40000);
  script.Tcp(99.1, {.source_port = 40000, .sequence = 1001, .acknowledgment = 5001}, "late");
  Flows flows;
  const Statistics s = Analyse(script, CompatProfile::None(), &flows);
  ASSERT_THAT(flows.flows, SizeIs(1));
  EXPECT_EQ(flows.flows[0].first_ms, flows.flows[0].last_ms);
  EXPECT_EQ(s.clock_steps_back, 1u);
  EXPECT_EQ(s.longest_step_back_s, 0.9);
}

}  // namespace
}  // namespace tstat::internal
