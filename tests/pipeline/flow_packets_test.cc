// SPDX-License-Identifier: BSD-3-Clause
//
// Event::kFlowPacket: one for each IP packet, with what is known of its flow at that moment.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/pipeline/packet_script.h"
#include "tstat/analyzer.h"
#include "tstat/codes.h"
#include "tstat/flow_packet.h"
#include "tstat/packet_source.h"

namespace tstat::internal {
namespace {

using testing::Bytes;
using testing::Ethernet;
using testing::Fill;
using testing::Ipv4;
using testing::Ipv4Fields;
using testing::PacketScript;
using testing::Text;
using testing::U16;
using testing::U32;
using testing::operator+;

constexpr uint8_t kFin = 1, kSyn = 2, kRst = 4, kAck = 16;

// Keeps all packets; `endpoints` and `bytes` by value.
class PacketDiary : public EventSink {
 public:
  struct Entry {
    FlowPacket packet;
    Bytes bytes;
    std::string name;
    uint16_t client_port = 0;
    std::vector<SegmentVerdict> verdicts;
  };
  EventMask Wants() const override {
    return wants ? EventMask(Event::kFlowPacket) : EventMask(Event::kTcpFlow);
  }
  void OnFlowPacket(const FlowPacket& packet) override {
    Entry entry{packet, Bytes(packet.bytes.begin(), packet.bytes.end()), "", 0, {}};
    if (packet.tcp.has_value()) {
      entry.verdicts.assign(packet.tcp->verdicts.begin(), packet.tcp->verdicts.end());
    }
    if (packet.has_flow()) {
      entry.client_port = packet.endpoints->client.port;
      if (packet.endpoints->resolution != nullptr) entry.name = packet.endpoints->resolution->name;
    }
    packets.push_back(std::move(entry));
  }
  std::vector<Entry> packets;
  bool wants = true;
};

const TcpFlowMoment::Side& Client(const PacketDiary::Entry& entry) {
  return entry.packet.tcp->of(Direction::kClientToServer);
}
const TcpFlowMoment::Side& Server(const PacketDiary::Entry& entry) {
  return entry.packet.tcp->of(Direction::kServerToClient);
}

class FlowPacketsTest : public ::testing::Test {
 protected:
  void Analyse() {
    Analyzer analyzer(options_);
    analyzer.AddSink(&diary_);
    script_.Feed(&analyzer);
    analyzer.EndTrace();
    EXPECT_TRUE(analyzer.status().ok()) << analyzer.status();
  }
  const PacketDiary::Entry& at(size_t i) const { return diary_.packets.at(i); }
  size_t count() const { return diary_.packets.size(); }
  void Udp(double seconds, uint16_t port, const Bytes& payload, bool from_server = false) {
    Ipv4Fields ip{.protocol = 17, .id = ++id_};
    uint16_t source = port, destination = 9999;
    if (from_server) std::swap(ip.source, ip.destination), std::swap(source, destination);
    const auto length = static_cast<uint16_t>(payload.size() + 8);
    script_.Frame(seconds,
                  Ethernet(0x0800) + Ipv4(ip, testing::Udp(length, source, destination) + payload));
  }

  AnalyzerOptions options_;
  PacketScript script_;
  PacketDiary diary_;
  uint16_t id_ = 1000;
};

TEST_F(FlowPacketsTest, EachSegmentComesWithWhatItsFlowHasSentSoFar) {
  script_.Handshake(0.0, 40000);
  script_.Tcp(0.1, {.sequence = 1001, .acknowledgment = 5001}, "GET / HTTP/1.1\r\n\r\n");
  script_.Tcp(0.2, {.sequence = 5001, .acknowledgment = 1019}, "HTTP/1.1 200 OK\r\n", true);
  script_.Tcp(0.3, {.sequence = 1001, .acknowledgment = 5001}, "GET / HTTP/1.1\r\n\r\n");
  Analyse();
  ASSERT_EQ(count(), 6u);
  for (size_t i = 0; i < count(); ++i) {
    ASSERT_TRUE(at(i).packet.tcp.has_value()) << i;
    EXPECT_FALSE(at(i).packet.udp.has_value());
    EXPECT_EQ(at(i).packet.flow_number, 1u);
    EXPECT_EQ(at(i).packet.result, PacketResult::kCounted);
    EXPECT_EQ(at(i).packet.order.packet, i + 1);
    EXPECT_EQ(at(i).client_port, 40000);
  }
  // Data begins behind the number of the SYN.
  EXPECT_EQ(Client(at(0)).sent(), 0u);
  EXPECT_EQ(Client(at(0)).initial_sequence, 1000u);
  EXPECT_EQ(at(0).packet.tcp->flags, kSyn);
  EXPECT_EQ(Server(at(0)).highest_sequence, 0u);
  EXPECT_EQ(at(1).packet.direction, Direction::kServerToClient);
  EXPECT_EQ(Server(at(1)).sent(), 0u);
  EXPECT_EQ(at(2).packet.tcp->payload_length, 0);
  EXPECT_EQ(at(2).packet.tcp->connection_type, 0u);
  EXPECT_EQ(at(3).packet.tcp->payload_length, 18);
  EXPECT_EQ(Client(at(3)).sent(), 19u);
  EXPECT_EQ(Client(at(3)).data_packets, 1u);
  EXPECT_EQ(at(4).packet.tcp->acknowledgment, 1019u);
  EXPECT_EQ(at(4).packet.tcp->connection_type, connection_type::kHttp);
  EXPECT_EQ(Server(at(4)).sent(), 18u);
  EXPECT_EQ(Client(at(4)).packets, 3u);
  // Sent again: no further than before.
  EXPECT_EQ(Client(at(5)).sent(), 19u);
  EXPECT_EQ(Client(at(5)).data_packets, 2u);
}

TEST_F(FlowPacketsTest, ASegmentSaysWhatItWasCountedAs) {
  script_.Handshake(0.0, 40000);
  script_.Tcp(0.10, {.sequence = 1001, .acknowledgment = 5001, .window = 2000}, "0123456789");
  script_.Tcp(0.15, {.sequence = 5001, .acknowledgment = 1011, .window = 1000}, {}, true);
  script_.Tcp(0.20, {.sequence = 1021, .acknowledgment = 5001}, "0123456789");  // behind a hole
  script_.Tcp(0.80, {.sequence = 1011, .acknowledgment = 5001}, "0123456789");  // fills it
  script_.Tcp(0.81, {.sequence = 1021, .acknowledgment = 5001}, "0123456789");  // once more
  script_.Tcp(0.82, {.sequence = 5001, .acknowledgment = 1031, .flags = kRst | kAck}, {}, true);
  Analyse();
  ASSERT_EQ(count(), 9u);
  const auto tcp = [&](size_t i) -> const TcpFlowMoment& { return *at(i).packet.tcp; };
  for (const size_t i : {0, 1, 2, 3, 4, 5}) {
    EXPECT_TRUE(at(i).verdicts.empty()) << i;
    EXPECT_FALSE(tcp(i).is_retransmitted || tcp(i).is_out_of_order) << i;
  }
  EXPECT_EQ(tcp(3).sequence, 1001u);
  EXPECT_EQ(tcp(3).window, 2000u);
  EXPECT_EQ(tcp(4).window, 1000u);
  EXPECT_FALSE(tcp(8).window.has_value());  // of a RST
  EXPECT_FALSE(tcp(3).round_trip_us.has_value());
  EXPECT_EQ(tcp(4).round_trip_us, 50000);
  EXPECT_EQ(at(3).packet.transport.size(), 30u);
  EXPECT_EQ(at(3).packet.transport[0], 40000 >> 8);

  EXPECT_TRUE(tcp(6).is_out_of_order);
  EXPECT_FALSE(tcp(6).is_retransmitted);
  ASSERT_EQ(at(6).verdicts.size(), 1u);
  EXPECT_EQ(at(6).verdicts[0].cause, SegmentCause::kRto);
  EXPECT_EQ(at(6).verdicts[0].rule, SegmentRule::kTimeOut);
  EXPECT_EQ(at(6).verdicts[0].recovery_us, 700000);
  EXPECT_EQ(at(6).verdicts[0].since_next_us, 600000);
  EXPECT_TRUE(tcp(7).is_retransmitted);
  EXPECT_EQ(tcp(7).retransmitted_bytes, 10u);
  ASSERT_EQ(at(7).verdicts.size(), 1u);
  EXPECT_TRUE(at(7).verdicts[0].repeats);
  EXPECT_EQ(at(7).verdicts[0].recovery_us, 610000);
  EXPECT_TRUE(at(8).verdicts.empty());
}

// The window is scaled by what earlier segments said, as in the columns.
TEST_F(FlowPacketsTest, TheWindowOfASynIsNotScaled) {
  constexpr std::string_view kScale("\3\3\2\0", 4);
  constexpr uint8_t kSixWords = 0x60;  // the header's length
  script_.Tcp(0.0, {.sequence = 1000, .offset_byte = kSixWords, .flags = kSyn, .window = 100},
              kScale);
  script_.Tcp(0.1,
              {.sequence = 5000,
               .acknowledgment = 1001,
               .offset_byte = kSixWords,
               .flags = kSyn | kAck,
               .window = 100},
              kScale, true);
  script_.Tcp(0.2, {.sequence = 1001, .acknowledgment = 5001, .flags = kAck, .window = 100});
  Analyse();
  ASSERT_EQ(count(), 3u);
  EXPECT_EQ(at(0).packet.tcp->window, 100u);
  EXPECT_EQ(at(1).packet.tcp->window, 100u);
  EXPECT_EQ(at(2).packet.tcp->window, 400u);
}

TEST_F(FlowPacketsTest, AFinIsAcknowledgedByTheNumberBehindIt) {
  script_.Handshake(0.0, 40000);
  script_.Tcp(0.1, {.sequence = 1001, .acknowledgment = 5001, .flags = kFin | kAck}, "abc");
  script_.Tcp(0.2, {.sequence = 5001, .acknowledgment = 1004, .flags = kAck}, {}, true);
  script_.Tcp(0.3, {.sequence = 5001, .acknowledgment = 1005, .flags = kAck}, {}, true);
  Analyse();
  ASSERT_EQ(count(), 6u);
  EXPECT_EQ(Client(at(3)).sent(), 4u);
  EXPECT_FALSE(Client(at(3)).fin_acknowledged);
  EXPECT_FALSE(Client(at(4)).fin_acknowledged);
  EXPECT_TRUE(Client(at(5)).fin_acknowledged);
  EXPECT_FALSE(Server(at(5)).fin_acknowledged);
}

TEST_F(FlowPacketsTest, PacketsThatAreInNoFlowComeTooAndSayWhy) {
  const Bytes icmp = Ethernet(0x0800) + Ipv4({.protocol = 1}, Text("ping pong"));
  script_.Frame(0.0, icmp);
  script_.Tcp(0.1, {.flags = kAck});                                      // no SYN before
  script_.Frame(0.2, Ethernet(0x0800) + Ipv4({.protocol = 17}, U16(1)));  // half a header
  script_.Frame(0.3, Ethernet(0x0806) + Text("who has"));                 // no IP
  script_.Udp(0.4, 5000);
  script_.Frame(0.4001, Bytes(script_.packets().back().data.begin(),
                              script_.packets().back().data.end()));  // the same again
  Analyse();
  ASSERT_EQ(count(), 5u);
  constexpr PacketResult kResults[] = {PacketResult::kNotAnalysed, PacketResult::kNoFlow,
                                       PacketResult::kShort, PacketResult::kCounted,
                                       PacketResult::kDuplicate};
  for (size_t i = 0; i < count(); ++i) {
    EXPECT_EQ(at(i).packet.result, kResults[i]) << i;
    EXPECT_EQ(at(i).packet.has_flow(), kResults[i] == PacketResult::kCounted) << i;
    EXPECT_FALSE(at(i).packet.tcp.has_value());
  }
  EXPECT_EQ(at(0).bytes, Bytes(icmp.begin() + 14, icmp.end()));
  EXPECT_EQ(at(0).packet.ip_length, 29u);
  EXPECT_EQ(at(0).packet.source, IpAddress::V4(0x0A000001));
}

// It is counted, and no engine measures it.
TEST_F(FlowPacketsTest, TheDataThatEndsAHalfOpenFlowIsInNone) {
  script_.Tcp(0.0, {.sequence = 1000, .flags = kSyn});
  script_.Tcp(0.1, {.sequence = 1001, .flags = kAck}, "data");
  Analyse();
  ASSERT_EQ(count(), 2u);
  EXPECT_TRUE(at(0).packet.has_flow());
  EXPECT_FALSE(at(1).packet.has_flow());
  EXPECT_EQ(at(1).packet.result, PacketResult::kCounted);
}

TEST_F(FlowPacketsTest, FlowsThatAFilterLeavesOutHavePacketsWithoutFlow) {
  options_.flow_filter = [](const NewFlow& flow) { return flow.protocol == FlowProtocol::kUdp; };
  script_.Handshake(0.0, 40000);
  script_.Udp(0.1, 5000);
  Analyse();
  ASSERT_EQ(count(), 4u);
  for (size_t i = 0; i < 3; ++i) EXPECT_FALSE(at(i).packet.has_flow()) << i;
  EXPECT_TRUE(at(3).packet.udp.has_value());
}

TEST_F(FlowPacketsTest, ADirectionHasItsTypeFromThePacketThatShowsIt) {
  const Bytes question = U16(7) + U16(0x0100) + U16(1) + U16(0) + U16(0) + U16(0) + Bytes{1, 'a'} +
                         Bytes{0} + U16(1) + U16(1);
  Udp(0.0, 5000, Text("nothing known at all, and long"));
  Udp(0.1, 5000, question);
  Udp(0.2, 5000, Text("x"));
  Analyse();
  ASSERT_EQ(count(), 3u);
  const auto type = [&](size_t i, Direction d) { return at(i).packet.udp->of(d).type; };
  EXPECT_EQ(type(0, Direction::kClientToServer), UdpType::kUnknown);
  EXPECT_EQ(type(1, Direction::kClientToServer), UdpType::kDns);
  EXPECT_EQ(type(2, Direction::kClientToServer), UdpType::kDns);
  EXPECT_EQ(type(2, Direction::kServerToClient), UdpType::kUnknown);
  EXPECT_EQ(at(2).packet.udp->of(Direction::kClientToServer).payload_bytes,
            static_cast<int64_t>(30 + question.size() + 1));
  EXPECT_EQ(at(1).packet.udp->of(Direction::kClientToServer).packets, 2u);
}

// A SYN of uTP from one end is a sign at both, and proves nothing; the sign stays when the detector
// is gone.
TEST_F(FlowPacketsTest, SignsOfAProtocolStay) {
  const Bytes syn = Bytes{0x41, 0} + U16(100) + Fill(12) + U16(1) + U16(0);
  Udp(0.0, 5000, Text("0123456789"));
  Udp(0.1, 5000, syn);
  for (int i = 0; i < 70; ++i) Udp(0.2 + i, 5000, Text("0123456789"));
  Analyse();
  ASSERT_EQ(count(), 72u);
  EXPECT_FALSE(at(0).packet.udp->of(Direction::kClientToServer).may_be_utp);
  for (const size_t i : {1, 2, 71}) {
    for (const UdpFlowMoment::Side& side : at(i).packet.udp->side) {
      EXPECT_TRUE(side.may_be_utp) << i;
      EXPECT_FALSE(side.may_be_quic) << i;
      EXPECT_FALSE(side.may_be_sye) << i;
    }
  }
  EXPECT_EQ(at(71).packet.udp->of(Direction::kClientToServer).type, UdpType::kUnknown);
}

TEST_F(FlowPacketsTest, QuicOfTheProfileIsASign) {
  // Google's, with a version; the IETF's Initial with connection ids of 8 and 0 bytes.
  const Bytes google = Bytes{0x0D} + Fill(8, 7) + Text("Q039") + Bytes{5} + Fill(20);
  const Bytes ietf = Bytes{0xC0} + U32(1) + Bytes{8} + Fill(8, 7) + Bytes{0} + Fill(20);
  for (const bool is_33 : {false, true}) {
    script_ = {};
    diary_.packets.clear();
    options_.profile = is_33 ? CompatProfile::Tstat33() : CompatProfile::Tstat311();
    Udp(0.0, 5000, google);
    Udp(0.1, 6000, ietf);
    Analyse();
    ASSERT_EQ(count(), 2u);
    EXPECT_EQ(at(0).packet.udp->of(Direction::kClientToServer).may_be_quic, !is_33);
    EXPECT_EQ(at(1).packet.udp->of(Direction::kClientToServer).may_be_quic, is_33);
    EXPECT_FALSE(at(1).packet.udp->of(Direction::kServerToClient).may_be_quic);
  }
}

TEST_F(FlowPacketsTest, AFlowBeginsWithStunOrNot) {
  const Bytes binding = U16(1) + U16(4) + Fill(16, 9) + Text("attr");
  Udp(0.0, 5000, binding);
  Udp(0.1, 5000, Text("later"));
  Udp(0.2, 6000, U16(1) + U16(5) + Fill(16, 9) + Text("attr"));       // its length is wrong
  Udp(0.3, 7000, U16(0x0101) + U16(4) + Fill(16, 9) + Text("attr"));  // an answer
  Udp(0.4, 8000, Text("first"));
  Udp(0.5, 8000, binding);
  Udp(0.6, 9000, U16(1) + U16(0) + Fill(15, 9));  // short
  Analyse();
  ASSERT_EQ(count(), 7u);
  for (size_t i = 0; i < count(); ++i) {
    EXPECT_EQ(at(i).packet.udp->began_with_stun, i < 2) << i;
  }
}

TEST_F(FlowPacketsTest, AMaskIsInTheAddressesAndNotInTheBytes) {
  options_.address_mask = 0xFF;
  script_.Udp(0.0, 5000);
  Analyse();
  ASSERT_EQ(count(), 1u);
  EXPECT_EQ(at(0).packet.source, IpAddress::V4(0x0A0000FE));
  EXPECT_EQ(at(0).bytes[15], 0x01);
}

TEST_F(FlowPacketsTest, PaddingOfTheLinkIsInTheBytes) {
  script_.Frame(0.0, Ethernet(0x0800) + Ipv4({.protocol = 1, .total_length = 24}, Text("ping")) +
                         Fill(22, 0xEE));
  Analyse();
  ASSERT_EQ(count(), 1u);
  EXPECT_EQ(at(0).bytes.size(), 46u);
  EXPECT_EQ(at(0).bytes.back(), 0xEE);
  EXPECT_EQ(at(0).packet.ip_length, 24u);
}

// Flows of one time share no slot, whatever lane they are in; what is remembered of a flow that has
// ended does not come back with its slot.
TEST_F(FlowPacketsTest, ASlotIsThatOfOneFlowAtATime) {
  script_.Handshake(0.0, 40000);
  script_.Handshake(0.1, 40001);
  script_.Reset(0.2, 40000);
  script_.Tcp(0.3, {.source_port = 40002, .sequence = 3, .flags = kSyn});
  Analyse();
  ASSERT_EQ(count(), 8u);
  EXPECT_NE(at(0).packet.flow_slot, at(3).packet.flow_slot);
  EXPECT_EQ(at(6).packet.flow_slot, at(0).packet.flow_slot);
  EXPECT_EQ(at(6).packet.tcp->flags, kRst | kAck);
  EXPECT_EQ(at(7).packet.flow_slot, at(0).packet.flow_slot);
  EXPECT_EQ(at(7).packet.flow_number, 3u);
  EXPECT_EQ(Client(at(7)).highest_sequence, 3u);
  EXPECT_EQ(Server(at(7)).highest_sequence, 0u);
}

TEST_F(FlowPacketsTest, TheyCanBeWantedAndGivenUpBetweenPackets) {
  diary_.wants = false;
  options_.later_wants = Event::kFlowPacket;
  for (int i = 0; i < 6; ++i) script_.Udp(0.1 * i, 5000);
  Analyzer analyzer(options_);
  analyzer.AddSink(&diary_);
  const auto feed = [&](size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) analyzer.Process(script_.packets()[i]);
  };
  feed(0, 2);
  EXPECT_EQ(count(), 0u);
  diary_.wants = true;
  analyzer.ResubscribeNow();
  feed(2, 4);
  ASSERT_EQ(count(), 2u);
  EXPECT_EQ(at(0).packet.udp->of(Direction::kClientToServer).packets, 3u);
  diary_.wants = false;
  analyzer.ResubscribeNow();
  feed(4, 6);
  EXPECT_EQ(count(), 2u);
  EXPECT_TRUE(analyzer.status().ok());
}

TEST_F(FlowPacketsTest, WhatWasNotAnnouncedCannotBeWantedLater) {
  diary_.wants = false;
  script_.Udp(0.0, 5000);
  Analyzer analyzer(options_);
  analyzer.AddSink(&diary_);
  script_.Feed(&analyzer);
  diary_.wants = true;
  analyzer.ResubscribeNow();
  EXPECT_EQ(analyzer.status().code(), absl::StatusCode::kFailedPrecondition);
}

// What packets tell adds up to the columns of the rows.
TEST_F(FlowPacketsTest, WhatSegmentsWereCountedAsIsInTheRows) {
  struct Sums {
    uint64_t causes[9] = {};
    uint64_t retransmitted = 0, bytes = 0, out_of_order = 0, round_trips = 0;
    double round_trip_us = 0;
    bool operator==(const Sums&) const = default;
  };
  class Rows : public EventSink {
   public:
    EventMask Wants() const override { return Event::kFlowPacket | Event::kTcpFlow; }
    void OnFlowPacket(const FlowPacket& packet) override {
      if (!packet.tcp.has_value()) return;
      const TcpFlowMoment& tcp = *packet.tcp;
      Sums& self = told[{packet.flow_number, packet.direction}];
      Sums& other = told[{packet.flow_number, Opposite(packet.direction)}];
      for (const SegmentVerdict& v : tcp.verdicts) ++self.causes[static_cast<size_t>(v.cause)];
      self.retransmitted += tcp.is_retransmitted ? 1 : 0;
      self.bytes += tcp.retransmitted_bytes;
      self.out_of_order += tcp.is_out_of_order ? 1 : 0;
      other.round_trips += tcp.round_trip_us.has_value() ? 1 : 0;
      other.round_trip_us += tcp.round_trip_us.value_or(0);
    }
    void OnTcpFlow(const TcpFlow& flow) override {
      for (const Direction d : {Direction::kClientToServer, Direction::kServerToClient}) {
        const TcpDirection& from = d == Direction::kClientToServer ? flow.client : flow.server;
        const AnomalyCounts& a = from.anomalies;
        const Sums row = {
            .causes = {0, a.rto, a.fast_retransmit, a.reordering, a.network_duplicate,
                       a.flow_control, a.unnecessary_rto, a.unnecessary_fast, a.unknown},
            .retransmitted = from.retransmitted_packets,
            .bytes = from.retransmitted_bytes,
            .out_of_order = from.out_of_order_packets,
            .round_trips = from.rtt.count,
            .round_trip_us = from.rtt.sum_us};
        EXPECT_TRUE((row == told[{flow.flow_number, d}])) << flow.flow_number << " " << Index(d);
        anomalies += a.rto + a.fast_retransmit + a.reordering + a.unknown;
      }
    }
    std::map<std::pair<uint64_t, Direction>, Sums> told;
    uint64_t anomalies = 0;
  };
  for (const char* trace : {"bulk-lossy", "ssh", "web-ipv6"}) {
    for (const bool is_33 : {false, true}) {
      AnalyzerOptions options;
      options.profile = is_33 ? CompatProfile::Tstat33() : CompatProfile::Tstat311();
      Rows rows;
      Analyzer analyzer(options);
      analyzer.AddSink(&rows);
      auto source =
          OpenTrace(std::string(TSTAT_SOURCE_DIR "/tests/traces/").append(trace).append(".pcap"));
      ASSERT_TRUE(source.ok()) << source.status();
      ASSERT_TRUE(analyzer.Run(**source).ok());
      EXPECT_GT(rows.told.size(), 0u);
      if (std::string(trace) == "bulk-lossy") EXPECT_GE(rows.anomalies, 30u);
    }
  }
}

// The rows of a trace count the packets that came.
TEST_F(FlowPacketsTest, AsManyPacketsComeAsFlowsHave) {
  class Rows : public PacketDiary {
   public:
    EventMask Wants() const override {
      return Event::kFlowPacket | Event::kTcpFlow | Event::kUdpFlow;
    }
    void OnTcpFlow(const TcpFlow& flow) override {
      counted += flow.client.packets + flow.server.packets;
    }
    void OnUdpFlow(const UdpFlow& flow) override {
      counted += flow.client.packets + flow.server.packets;
    }
    uint64_t counted = 0;
  } rows;
  Analyzer analyzer(options_);
  analyzer.AddSink(&rows);
  auto source = OpenTrace(TSTAT_SOURCE_DIR "/tests/traces/mixed.pcap");
  ASSERT_TRUE(source.ok()) << source.status();
  ASSERT_TRUE(analyzer.Run(**source).ok());
  uint64_t in_flows = 0;
  for (const PacketDiary::Entry& entry : rows.packets) in_flows += entry.packet.has_flow() ? 1 : 0;
  EXPECT_EQ(in_flows, rows.counted);
  EXPECT_EQ(rows.packets.size(), analyzer.statistics().ip_packets);
  EXPECT_GT(in_flows, 1000u);
}

}  // namespace
}  // namespace tstat::internal
