// SPDX-License-Identifier: BSD-3-Clause
//
// Which dumps a packet goes to: hand-made moments of flows.
#include "output/dump_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace tstat::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Names = std::vector<std::string>;

constexpr Direction kS2c = Direction::kServerToClient;
constexpr uint8_t kFin = 1, kSyn = 2, kRst = 4, kAck = 16;

const Endpoints kEndpoints;

FlowPacket UdpPacket(UdpType type) {
  FlowPacket packet;
  packet.endpoints = &kEndpoints;
  packet.flow_number = 1;
  packet.udp.emplace();
  packet.udp->side[0].type = type;
  packet.udp->side[0].packets = 1;
  return packet;
}

class DumpRulesTest : public ::testing::Test {
 protected:
  void Use(Names enabled, UdpDumpChain chain = UdpDumpChain::kQuicElseType) {
    settings_.enabled = std::move(enabled);
    CompatProfile profile;
    profile.udp_dump_chain = chain;
    rules_ = std::make_unique<DumpRules>(settings_, names_, profile);
  }
  Names Select(const FlowPacket& packet) {
    DumpList list;
    rules_->Select(packet, &list);
    Names names;
    for (const size_t dump : list) names.emplace_back(DumpName(dump));
    return names;
  }

  DumpSettings settings_;
  DumpNameFilter names_;
  std::unique_ptr<DumpRules> rules_;
};

TEST_F(DumpRulesTest, EverySwitchIsADump) {
  size_t found = 0;
  for (const std::string_view name : DumpSwitchNames()) {
    for (size_t i = 0; i < dump::kCount; ++i) found += DumpName(i) == name ? 1 : 0;
  }
  EXPECT_EQ(found, DumpSwitchNames().size());
}

TEST_F(DumpRulesTest, AllPacketsAreIp) {
  Use({"ip_complete", "udp_complete", "tcp_complete"});
  EXPECT_THAT(Select(FlowPacket()), ElementsAre("ip_complete"));
  EXPECT_THAT(Select(UdpPacket(UdpType::kDns)), ElementsAre("ip_complete", "udp_complete"));
}

TEST_F(DumpRulesTest, ThePacketsTypeIsThatOfItsDirection) {
  Use({"udp_dns", "udp_unknown", "udp_rtp"});
  FlowPacket packet = UdpPacket(UdpType::kDns);
  EXPECT_THAT(Select(packet), ElementsAre("udp_dns"));
  packet.direction = kS2c;
  EXPECT_THAT(Select(packet), ElementsAre("udp_unknown"));
  // The first packet that may be RTP is in no dump.
  EXPECT_THAT(Select(UdpPacket(UdpType::kFirstRtp)), IsEmpty());
}

TEST_F(DumpRulesTest, UtpHoldsWhatLooksLikeItBeforeTheProof) {
  Use({"udp_utp", "udp_unknown", "udp_bittorrent"});
  FlowPacket packet = UdpPacket(UdpType::kUnknown);
  EXPECT_THAT(Select(packet), ElementsAre("udp_unknown"));
  packet.udp->side[1].may_be_utp = true;  // the other direction's
  EXPECT_THAT(Select(packet), ElementsAre("udp_unknown"));
  packet.udp->side[0].may_be_utp = true;
  EXPECT_THAT(Select(packet), ElementsAre("udp_utp", "udp_unknown"));
  for (const UdpType type :
       {UdpType::kFirstRtp, UdpType::kFirstRtcp, UdpType::kFirstRtpPlus, UdpType::kUtpBitTorrent}) {
    packet.udp->side[0].type = type;
    EXPECT_THAT(Select(packet), ElementsAre("udp_utp")) << static_cast<int>(type);
  }
  packet.udp->side[0].type = UdpType::kBitTorrentDht;
  EXPECT_THAT(Select(packet), ElementsAre("udp_utp", "udp_bittorrent"));
  packet.udp->side[0].type = UdpType::kDns;
  EXPECT_THAT(Select(packet), IsEmpty());
  // Proven: twice.
  packet.udp->side[0].type = UdpType::kUtp;
  EXPECT_THAT(Select(packet), ElementsAre("udp_utp", "udp_utp"));
}

TEST_F(DumpRulesTest, WithQuicNothingGoesByTypes) {
  Use({"udp_utp", "udp_quic", "udp_unknown", "udp_dns"});
  EXPECT_THAT(Select(UdpPacket(UdpType::kDns)), IsEmpty());
  EXPECT_THAT(Select(UdpPacket(UdpType::kUnknown)), IsEmpty());
  EXPECT_THAT(Select(UdpPacket(UdpType::kQuic)), ElementsAre("udp_quic"));
  FlowPacket packet = UdpPacket(UdpType::kUtp);
  EXPECT_THAT(Select(packet), ElementsAre("udp_utp"));
  packet.udp->side[0].type = UdpType::kUnknown;
  packet.udp->side[0].may_be_utp = packet.udp->side[1].may_be_quic = true;
  EXPECT_THAT(Select(packet), ElementsAre("udp_utp", "udp_quic"));
  packet.udp->side[0].type = UdpType::kBitTorrentDht;
  EXPECT_THAT(Select(packet), ElementsAre("udp_utp"));
}

TEST_F(DumpRulesTest, In33OnlyTheFirstOfTheFourIsAsked) {
  FlowPacket packet = UdpPacket(UdpType::kUnknown);
  packet.udp->began_with_stun = true;
  packet.udp->side[1].may_be_quic = packet.udp->side[1].may_be_sye = true;
  const UdpDumpChain chain = UdpDumpChain::kFirstThatIsOn;
  Use({"udp_unknown", "udp_utp", "udp_stun", "udp_quic", "udp_sye"}, chain);
  EXPECT_THAT(Select(packet), IsEmpty());
  Use({"udp_unknown", "udp_stun", "udp_quic", "udp_sye"}, chain);
  EXPECT_THAT(Select(packet), ElementsAre("udp_stun"));
  EXPECT_THAT(Select(UdpPacket(UdpType::kQuic)), IsEmpty());
  Use({"udp_unknown", "udp_quic", "udp_sye"}, chain);
  EXPECT_THAT(Select(packet), ElementsAre("udp_quic"));
  EXPECT_THAT(Select(UdpPacket(UdpType::kSye)), IsEmpty());
  Use({"udp_unknown", "udp_sye"}, chain);
  EXPECT_THAT(Select(packet), ElementsAre("udp_sye"));
  EXPECT_THAT(Select(UdpPacket(UdpType::kSye)), ElementsAre("udp_sye"));
  Use({"udp_unknown", "udp_mturn"}, chain);
  EXPECT_THAT(Select(packet), ElementsAre("udp_unknown"));
  EXPECT_THAT(Select(UdpPacket(UdpType::kMturn)), ElementsAre("udp_mturn"));
  // Of any type.
  Use({"udp_stun"}, chain);
  packet.udp->side[0].type = UdpType::kDtls;
  EXPECT_THAT(Select(packet), ElementsAre("udp_stun"));
}

TEST_F(DumpRulesTest, OnItsOwnEachDumpHasAPacketOnce) {
  Use({"udp_utp", "udp_quic", "udp_stun", "udp_sye", "udp_unknown", "udp_dns"},
      UdpDumpChain::kEach);
  EXPECT_THAT(Select(UdpPacket(UdpType::kUtp)), ElementsAre("udp_utp"));
  EXPECT_THAT(Select(UdpPacket(UdpType::kQuic)), ElementsAre("udp_quic"));
  EXPECT_THAT(Select(UdpPacket(UdpType::kDns)), ElementsAre("udp_dns"));
  FlowPacket packet = UdpPacket(UdpType::kUnknown);
  packet.udp->began_with_stun = true;
  packet.udp->side[0].may_be_utp = packet.udp->side[0].may_be_quic =
      packet.udp->side[0].may_be_sye = true;
  EXPECT_THAT(Select(packet),
              ElementsAre("udp_utp", "udp_stun", "udp_quic", "udp_sye", "udp_unknown"));
}

TEST_F(DumpRulesTest, UdpLimitsLetPassWhatIsWithinOneOfThem) {
  FlowPacket packet = UdpPacket(UdpType::kDns);
  UdpFlowMoment::Side& side = packet.udp->side[0];
  const auto passes = [&](uint64_t packets, int64_t bytes) {
    side.packets = packets;
    side.payload_bytes = bytes;
    return !Select(packet).empty();
  };
  settings_.udp_max_packets = 3;
  Use({"udp_complete"});
  EXPECT_TRUE(passes(3, 100));
  EXPECT_FALSE(passes(4, 100));
  EXPECT_TRUE(passes(4, 0));
  EXPECT_TRUE(passes(4, -8));
  settings_.udp_max_bytes = 300;
  Use({"udp_complete"});
  EXPECT_TRUE(passes(4, 300));
  EXPECT_FALSE(passes(4, 301));
  EXPECT_TRUE(passes(3, 301));
  settings_.udp_max_packets = 0;
  Use({"udp_complete"});
  EXPECT_FALSE(passes(1, 301));
  EXPECT_TRUE(passes(1, 300));
}

class TcpDumpRulesTest : public DumpRulesTest {
 protected:
  TcpDumpRulesTest() {
    packet_.endpoints = &endpoints_;
    packet_.flow_number = 7;
    packet_.flow_slot = 3;
    packet_.tcp.emplace();
    packet_.tcp->flags = kAck;
  }
  TcpFlowMoment& tcp() { return *packet_.tcp; }
  bool Passes() { return !Select(packet_).empty(); }

  Endpoints endpoints_;
  FlowPacket packet_;
};

TEST_F(TcpDumpRulesTest, WithoutLimitsAllPass) {
  Use({"tcp_complete"});
  EXPECT_TRUE(Passes());
  tcp().payload_length = 5000;
  EXPECT_TRUE(Passes());
  tcp().payload_length = -4;
  EXPECT_TRUE(Passes());
}

TEST_F(TcpDumpRulesTest, DataPassesUntilTheLimitWasReached) {
  settings_.tcp_max_bytes = 1000;
  Use({"tcp_complete"});
  tcp().side[0].initial_sequence = 5000;
  tcp().payload_length = 400;
  tcp().side[0].highest_sequence = 5000 + 1000 + 400;  // it begins at byte 1000
  EXPECT_TRUE(Passes());
  ++tcp().side[0].highest_sequence;
  EXPECT_FALSE(Passes());
  tcp().flags |= kFin;
  EXPECT_TRUE(Passes());
  tcp().flags = kAck;
  tcp().side[0].data_packets = 2;
  settings_.tcp_max_packets = 2;
  Use({"tcp_complete"});
  EXPECT_TRUE(Passes());
  tcp().side[0].data_packets = 3;
  EXPECT_FALSE(Passes());
  tcp().payload_length = -1;
  EXPECT_FALSE(Passes());
}

TEST_F(TcpDumpRulesTest, AcknowledgementsPassWithinTheLimitOfWhatTheyAcknowledge) {
  settings_.tcp_max_packets = 1;
  Use({"tcp_complete"});
  TcpFlowMoment::Side& other = tcp().side[1];
  other.initial_sequence = 100;
  other.highest_sequence = 200;
  other.data_packets = 1;
  tcp().acknowledgment = 200;
  EXPECT_TRUE(Passes());
  tcp().acknowledgment = 199;
  EXPECT_FALSE(Passes());
  tcp().acknowledgment = 201;
  other.data_packets = 2;
  EXPECT_FALSE(Passes());
  other.fin_acknowledged = true;
  EXPECT_TRUE(Passes());
  other.fin_acknowledged = false;
  tcp().flags = kRst | kAck;
  EXPECT_FALSE(Passes());
  tcp().flags = kSyn;
  EXPECT_TRUE(Passes());
  tcp().flags = kAck;
  settings_.tcp_max_packets = 0;
  settings_.tcp_max_bytes = 100;
  Use({"tcp_complete"});
  EXPECT_TRUE(Passes());
  other.highest_sequence = 201;
  EXPECT_FALSE(Passes());
}

TEST_F(TcpDumpRulesTest, AFlowIsStoppedForGoodByItsTypes) {
  settings_.stop_dumping_mask = connection_type::kMse | connection_type::kTls;
  Use({"tcp_complete"});
  EXPECT_TRUE(Passes());
  tcp().connection_type = connection_type::kHttp;
  EXPECT_TRUE(Passes());
  tcp().connection_type = connection_type::kMse;
  EXPECT_FALSE(Passes());
  // The guess was wrong.
  tcp().connection_type = connection_type::kHttp;
  EXPECT_FALSE(Passes());
  // The next flow in the same place.
  packet_.flow_number = 8;
  EXPECT_TRUE(Passes());
  packet_.flow_slot = 1000;
  tcp().connection_type = connection_type::kTls;
  EXPECT_FALSE(Passes());
}

TEST_F(TcpDumpRulesTest, AFlowIsLeftOutByItsName) {
  settings_.dns_filter = true;
  names_.rules = {{"example.net", false}};
  Use({"tcp_complete"});
  EXPECT_TRUE(Passes());
  DnsResolution resolution;
  resolution.name = "www.example.net";
  endpoints_.resolution = std::make_shared<const DnsResolution>(resolution);
  EXPECT_TRUE(Passes()) << "it was decided at the first packet";
  packet_.flow_number = 8;
  EXPECT_FALSE(Passes());
  names_.otherwise = false;
  Use({"tcp_complete"});
  endpoints_.resolution = nullptr;
  EXPECT_FALSE(Passes());
  settings_.dns_filter = false;
  Use({"tcp_complete"});
  EXPECT_TRUE(Passes());
}

TEST_F(TcpDumpRulesTest, VideoHasNoLimits) {
  settings_.stop_dumping_mask = ~0u;
  settings_.tcp_max_packets = 1;
  settings_.dns_filter = true;
  names_.otherwise = false;
  Use({"tcp_complete", "tcp_videostreaming"});
  tcp().connection_type = connection_type::kHttp;
  EXPECT_FALSE(Passes());
  tcp().video_content = VideoCode::kMp4;
  EXPECT_THAT(Select(packet_), ElementsAre("tcp_videostreaming"));
  tcp().video_content = VideoCode::kNone;
  tcp().video_payload = VideoCode::kFlv;
  EXPECT_THAT(Select(packet_), ElementsAre("tcp_videostreaming"));
}

}  // namespace
}  // namespace tstat::internal
