// SPDX-License-Identifier: BSD-3-Clause
//
// Packets in tunnels and in fragments, in the true profile: which flows they are of, and what
// counts.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/decode/frame_builder.h"
#include "tests/pipeline/packet_script.h"
#include "tstat/analyzer.h"
#include "tstat/event_sink.h"
#include "tstat/histogram.h"
#include "tstat/tcp_flow.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::Ethernet;
using testing::Fill;
using testing::Ipv4;
using testing::PacketScript;
using testing::Tcp;
using testing::Text;
using testing::U16;
using testing::U32;
using testing::Udp;

constexpr uint16_t kIpv4Type = 0x0800;
constexpr uint32_t kSender = 0x01010101;

class Flows : public EventSink {
 public:
  EventMask Wants() const override {
    return Event::kTcpFlow | Event::kUdpFlow | Event::kHistograms;
  }
  void OnTcpFlow(const TcpFlow& flow) override { tcp.push_back(flow); }
  void OnUdpFlow(const UdpFlow& flow) override { udp.push_back(flow); }
  void OnHistograms(const HistogramSnapshot& snapshot) override {
    for (const HistogramSnapshot::Histogram& h : snapshot.histograms) {
      for (const auto cell : h.cells) {
        if (h.name == "udp_port_dst_loc") udp_packets += cell;
        if (h.name == "L4_flow_number") flows += cell;
      }
    }
  }

  std::vector<TcpFlow> tcp;
  std::vector<UdpFlow> udp;
  int64_t udp_packets = 0, flows = 0;
};

struct Analysed {
  Flows flows;
  Statistics statistics;
};

Analysed Analyse(PacketScript script, AnalyzerOptions options = {}) {
  options.profile = CompatProfile::None();
  auto selection = std::make_shared<HistogramSelection>();
  selection->SelectMatching("");
  options.histograms = selection;
  Analysed result;
  Analyzer analyzer(options);
  analyzer.AddSink(&result.flows);
  analyzer.BeginTrace({});
  script.Feed(&analyzer);
  analyzer.EndTrace();
  result.statistics = analyzer.statistics();
  return result;
}

// A segment of five bytes in VXLAN network `network`, from a port of its own.
Bytes InVxlan(uint32_t network, uint16_t outer_port = 50000) {
  const Bytes inside =
      Bytes{8, 0, 0, 0} + U32(network << 8) + Ethernet(kIpv4Type) + Ipv4({}, Tcp() + Text("hello"));
  return Ethernet(kIpv4Type) +
         Ipv4({.protocol = 17, .source = kSender},
              Udp(static_cast<uint16_t>(inside.size() + 8), outer_port, 4789) + inside);
}

TEST(Tunnels, BothFlowsHaveRowsAndWhatIsInsideCounts) {
  PacketScript script;
  script.Frame(0, InVxlan(77));
  const Analysed a = Analyse(std::move(script));
  ASSERT_EQ(a.flows.tcp.size(), 1u);
  EXPECT_STREQ(a.flows.tcp[0].tunnel.name(), "vxlan");
  EXPECT_EQ(a.flows.tcp[0].tunnel.id, 77u);
  EXPECT_EQ(a.flows.tcp[0].client.data_bytes + a.flows.tcp[0].server.data_bytes, 5u);
  ASSERT_EQ(a.flows.udp.size(), 1u);
  EXPECT_STREQ(a.flows.udp[0].tunnel.name(), "outer");
  EXPECT_EQ(a.flows.udp[0].client.packets, 1u);
  EXPECT_EQ(a.flows.udp[0].client.data_bytes, 8 + 14 + 45);
  EXPECT_EQ(a.statistics.ip_packets, 1u);
  EXPECT_EQ(a.statistics.tcp_packets, 1u);
  EXPECT_EQ(a.statistics.udp_packets, 0u);
  EXPECT_EQ(a.statistics.udp_flows, 0u);
  EXPECT_EQ(a.statistics.open_udp_flows, 0);
  EXPECT_EQ(a.flows.udp_packets, 0);
  EXPECT_EQ(a.flows.flows, 1);
}

TEST(Tunnels, CopiesCountOnceInsideAndOutside) {
  PacketScript script;
  for (int i = 0; i < 2; ++i) script.Frame(i * 0.001, InVxlan(77));
  const Analysed a = Analyse(std::move(script));
  ASSERT_EQ(a.flows.tcp.size(), 1u);
  EXPECT_EQ(a.flows.tcp[0].client.packets + a.flows.tcp[0].server.packets, 1u);
  EXPECT_EQ(a.flows.tcp[0].client.copies + a.flows.tcp[0].server.copies, 1u);
  ASSERT_EQ(a.flows.udp.size(), 1u);
  EXPECT_EQ(a.flows.udp[0].client.packets, 1u);
  EXPECT_EQ(a.flows.udp[0].client.copies, 1u);
  EXPECT_EQ(a.statistics.copied_packets, 1u);
}

// As tunnels send: no checksum, no identification. They differ far behind the header.
TEST(Tunnels, DatagramsWithoutChecksumAreComparedAsAWhole) {
  const auto datagram = [](uint8_t last, uint16_t checksum) {
    Bytes payload = Fill(200);
    payload.back() = last;
    return Ethernet(kIpv4Type) + Ipv4({.protocol = 17, .id = 0},
                                      U16(4000) + U16(5000) + U16(208) + U16(checksum) + payload);
  };
  PacketScript script;
  for (const uint8_t last : {1, 2, 2}) script.Frame(last * 0.001, datagram(last, 0));
  const Analysed a = Analyse(std::move(script));
  ASSERT_EQ(a.flows.udp.size(), 1u);
  EXPECT_EQ(a.flows.udp[0].client.packets, 2u);
  EXPECT_EQ(a.flows.udp[0].client.copies, 1u);
}

TEST(Tunnels, IcmpErrorsHaveCopiesToo) {
  const Bytes quoted = Ipv4({.protocol = 17, .id = 7}, Udp(28, 4000, 5000) + Fill(20));
  PacketScript script;
  script.Frame(0, Ethernet(kIpv4Type) + quoted);
  for (const double at : {0.1, 0.101, 0.5, 5.0}) {
    script.Frame(at, Ethernet(kIpv4Type) + Ipv4({.protocol = 1}, Bytes{3, 3} + Fill(6) + quoted));
  }
  const Analysed a = Analyse(std::move(script));
  ASSERT_EQ(a.flows.udp.size(), 1u);
  EXPECT_EQ(a.flows.udp[0].marks.icmp_errors, 3);
}

TEST(Tunnels, ADatagramThatIsNotOpenedIsOfAnotherFlow) {
  PacketScript script;
  script.Frame(0, InVxlan(77));
  script.Frame(0.1, Ethernet(kIpv4Type) +
                        Ipv4({.protocol = 17, .source = kSender}, Udp(28, 50000, 4789) + Fill(20)));
  const Analysed a = Analyse(std::move(script));
  ASSERT_EQ(a.flows.udp.size(), 2u);
  EXPECT_NE(a.flows.udp[0].tunnel.is_outer, a.flows.udp[1].tunnel.is_outer);
  EXPECT_EQ(a.statistics.udp_packets, 1u);
  EXPECT_EQ(a.statistics.udp_flows, 1u);
}

TEST(Tunnels, WhichFlowsHaveRows) {
  AnalyzerOptions options;
  options.tunnels = TunnelFlows::kInner;
  PacketScript inner;
  inner.Frame(0, InVxlan(77));
  Analysed a = Analyse(std::move(inner), options);
  EXPECT_EQ(a.flows.tcp.size(), 1u);
  EXPECT_TRUE(a.flows.udp.empty());

  options.tunnels = TunnelFlows::kOuter;
  PacketScript outer;
  outer.Frame(0, InVxlan(77));
  a = Analyse(std::move(outer), options);
  EXPECT_TRUE(a.flows.tcp.empty());
  ASSERT_EQ(a.flows.udp.size(), 1u);
  EXPECT_STREQ(a.flows.udp[0].tunnel.name(), "");
  EXPECT_EQ(a.statistics.udp_packets, 1u);
}

TEST(Tunnels, TheFlowKey) {
  const auto count = [](bool by_vlan, bool by_tunnel) {
    AnalyzerOptions options;
    options.vlan_in_flow_key = by_vlan;
    options.tunnel_in_flow_key = by_tunnel;
    PacketScript script;
    script.Frame(0, InVxlan(77));
    script.Frame(0.1, InVxlan(78));
    script.Frame(0.2, Ethernet(0x8100) + U16(5) + U16(kIpv4Type) + Ipv4({}, Tcp() + Text("a")));
    script.Frame(0.3, Ethernet(0x8100) + U16(6) + U16(kIpv4Type) + Ipv4({}, Tcp() + Text("b")));
    return Analyse(std::move(script), options).flows.tcp.size();
  };
  EXPECT_EQ(count(false, false), 1u);
  EXPECT_EQ(count(true, false), 3u);
  EXPECT_EQ(count(false, true), 3u);
  EXPECT_EQ(count(true, true), 4u);
}

TEST(Fragments, ADatagramAndASegmentCountOnceWithAllTheirBytes) {
  PacketScript script;
  const auto ip = [](uint8_t protocol, uint16_t fragment, const Bytes& payload) {
    return Ethernet(kIpv4Type) + Ipv4({.protocol = protocol, .fragment = fragment}, payload);
  };
  script.Frame(0, ip(17, 0x2000, Udp(3008) + Fill(1472)));
  script.Frame(0, ip(17, 185, Fill(1480)));
  script.Frame(0, ip(17, 370, Fill(48)));
  script.Frame(0.1, ip(6, 0x2000, Tcp() + Fill(1460)));
  script.Frame(0.1, ip(6, 185, Fill(40)));
  const Analysed a = Analyse(std::move(script));
  ASSERT_EQ(a.flows.udp.size(), 1u);
  EXPECT_EQ(a.flows.udp[0].client.packets, 1u);
  EXPECT_EQ(a.flows.udp[0].client.data_bytes, 3000);
  ASSERT_EQ(a.flows.tcp.size(), 1u);
  EXPECT_EQ(a.flows.tcp[0].client.packets + a.flows.tcp[0].server.packets, 1u);
  EXPECT_EQ(a.flows.tcp[0].client.data_bytes + a.flows.tcp[0].server.data_bytes, 1500u);
  EXPECT_EQ(a.statistics.ip_packets, 5u);
}

}  // namespace
}  // namespace tstat::internal
