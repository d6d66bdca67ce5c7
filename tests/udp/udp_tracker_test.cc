// SPDX-License-Identifier: BSD-3-Clause
#include "udp/udp_tracker.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <random>

#include "config/bayes_config.h"
#include "tests/udp/udp_harness.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::Fill;
using testing::Text;
using testing::U16;
using testing::U32;

Bytes Rtp(uint16_t sequence, uint32_t ssrc = 43981, uint8_t payload_type = 8) {
  return Bytes{0x80, payload_type} + U16(sequence) + U32(160u * sequence) + U32(ssrc) + Fill(160);
}
Bytes Rtcp(uint32_t ssrc = 17) { return Bytes{0x80, 201} + U16(1) + U32(ssrc) + Fill(32); }

TEST(UdpTracker, CountsBothDirections) {
  UdpHarness flow;
  flow.Send(Direction::kClientToServer, Fill(10), {.ttl = 64});
  flow.Send(Direction::kClientToServer, Fill(20), {.ttl = 60});
  flow.Send(Direction::kServerToClient, Fill(5), {.length_field = 4, .ttl = 0});
  const UdpFlow f = flow.Close();
  EXPECT_EQ(f.client.packets, 2u);
  EXPECT_EQ(f.client.data_bytes, 30);
  EXPECT_EQ(f.client.ttl_min, 60);
  EXPECT_EQ(f.client.ttl_max, 64);
  EXPECT_EQ(f.server.data_bytes, -4);  // by the header's own field
  EXPECT_EQ(f.server.ttl_min, 0);
}

// While the flow is open, each record has its own time.
TEST(UdpTracker, RecordsOfAnOpenFlowAddUp) {
  UdpHarness flow;
  flow.Send(Direction::kClientToServer, Fill(10), {.ttl = 64});
  flow.Send(Direction::kServerToClient, Fill(5), {.ttl = 50});
  const UdpFlow first = flow.Close(CloseCause::kActiveTimeout);
  flow.Advance(1'000'000);
  flow.Send(Direction::kClientToServer, Fill(20), {.ttl = 63});
  flow.Send(Direction::kClientToServer, Fill(20), {.ttl = 63});
  const UdpFlow last = flow.Close();
  EXPECT_EQ(first.client.packets, 1u);
  EXPECT_EQ(first.server.data_bytes, 5);
  EXPECT_EQ(last.flow_number, 2u);
  EXPECT_EQ(last.client.packets, 2u);
  EXPECT_EQ(last.client.data_bytes, 40);
  EXPECT_EQ(last.client.ttl_sum, 2u * 63);
  EXPECT_GE(ElapsedMicroseconds(first.client.last, last.client.first), 1e6);
  EXPECT_EQ(last.server.packets, 0u);
  EXPECT_FALSE(last.server.first.is_set());
}

// A worked example, every 20.3 ms.
TEST(UdpTracker, RtpRowOfTheWorkedExample) {
  UdpHarness flow({.client_port = 5004, .server_port = 6004});
  std::vector<int> sequence = {1, 2, 3, 4, 5, 7, 6, 8, 8};
  for (int i = 9; i <= 39; ++i) sequence.push_back(i);
  for (int i = 45; i <= 79; ++i) sequence.push_back(i);
  sequence.push_back(60);
  for (int i = 200; i <= 259; ++i) sequence.push_back(i);
  for (const int s : sequence) {
    flow.Client(Rtp(static_cast<uint16_t>(s)));
    flow.Advance(19300);
  }
  EXPECT_EQ(flow.Close().client.type, UdpType::kRtp);
  ASSERT_EQ(flow.media.size(), 1u);
  const std::string expected =
      "2 3 10.0.0.1 5004 1 136 20.3 0.351855 6.97308 0.01875 64 64 64 1000000.000000 2.740500 "
      "21600 63054.2 43981 5 6 1 1 8 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 192.168.1.2 6004 1";
  std::string zeros;
  for (int i = 0; i < 32; ++i) zeros += " 0";
  EXPECT_EQ(flow.media[0], expected + zeros + "\n");
}

TEST(UdpTracker, RtpNeedsEvenPortsAndTheNextNumber) {
  UdpHarness odd({.client_port = 5005, .server_port = 6004});
  for (uint16_t s = 1; s < 5; ++s) odd.Client(Rtp(s));
  EXPECT_EQ(odd.Close().client.type, UdpType::kUnknown);

  UdpHarness gap({.client_port = 5004, .server_port = 6004});
  gap.Client(Rtp(1));
  gap.Client(Rtp(3));  // not the next one: forgotten
  EXPECT_EQ(gap.record.client.type, UdpType::kUnknown);
  gap.Client(Rtp(4));  // a new candidate
  EXPECT_EQ(gap.Close().client.type, UdpType::kFirstRtp);

  UdpHarness no_wrap({.client_port = 5004, .server_port = 6004});
  no_wrap.Client(Rtp(65535));
  no_wrap.Client(Rtp(0));
  EXPECT_EQ(no_wrap.Close().client.type, UdpType::kUnknown);
}

TEST(UdpTracker, RtpThatStopsBeingRtpLeavesNoRow) {
  UdpHarness flow({.client_port = 5004, .server_port = 6004});
  for (uint16_t s = 1; s < 50; ++s) flow.Client(Rtp(s));
  flow.Client(Fill(100, 0xFF));
  EXPECT_EQ(flow.Close().client.type, UdpType::kUnknown);
  EXPECT_TRUE(flow.media.empty());
}

TEST(UdpTracker, RtcpRow) {
  UdpHarness flow({.client_port = 5005, .server_port = 6005});
  flow.Client(Text("0123456789"));  // counts in the direction, not in the stream
  flow.Client(Rtcp());
  flow.Client(Rtcp());
  EXPECT_EQ(flow.Close().client.type, UdpType::kRtcp);
  ASSERT_EQ(flow.media.size(), 1u);
  const std::vector<std::string> cells = Cells(flow.media[0]);
  ASSERT_EQ(cells.size(), 73u);
  EXPECT_EQ(cells[1], "4");
  EXPECT_EQ(cells[5], "2");          // packets
  EXPECT_EQ(cells[14], "1.000000");  // duration, in ms
  EXPECT_EQ(cells[15], "72");        // 40 + 40 bytes, + 8 - 8 a packet
  EXPECT_EQ(cells[28], "-nan");      // no round trip
}

TEST(UdpTracker, SignatureComesBeforeRtp) {
  UdpHarness flow({.client_port = 5004, .server_port = 6004});
  flow.Client(Text("INVITE sip:bob@example.test SIP/2.0\r\n"));
  for (uint16_t s = 1; s < 5; ++s) flow.Client(Rtp(s));
  EXPECT_EQ(flow.Close().client.type, UdpType::kSip);
}

TEST(UdpTracker, SignaturesAreTriedOnFortyPackets) {
  for (const int before : {39, 40}) {
    UdpHarness flow;
    for (int i = 0; i < before; ++i) flow.Client(Fill(50));
    flow.Client(Text("INVITE sip:bob@example.test SIP/2.0\r\n"));
    EXPECT_EQ(flow.Close().client.type, before < 40 ? UdpType::kSip : UdpType::kUnknown);
  }
}

TEST(UdpTracker, UtpOverridesWhateverWasThere) {
  UdpHarness flow({.client_port = 5004, .server_port = 6004});
  for (uint16_t s = 1; s < 5; ++s) flow.Client(Rtp(s));
  flow.Server(Text("d1:ad2:id20:abcdefghijklmnopqrst"));
  const auto utp = [](uint8_t message, uint16_t id, uint16_t acknowledged) {
    return Bytes{message, 0} + U16(id) + Fill(12) + U16(5) + U16(acknowledged);
  };
  flow.Server(utp(0x41, 700, 0));
  flow.Client(utp(0x21, 700, 5));
  const UdpFlow f = flow.Close();
  EXPECT_EQ(f.client.type, UdpType::kUtp);
  EXPECT_EQ(f.server.type, UdpType::kUtpBitTorrent);
  EXPECT_TRUE(flow.media.empty());
}

TEST(UdpTracker, ObfuscatedKadShowsInTheLoggedTypeOnly) {
  for (const uint16_t port : {50000, 123}) {
    UdpHarness flow({.client_port = 40001, .server_port = port});
    flow.Client(Fill(43 - 8));
    flow.Server(Fill(77 - 8));
    const UdpFlow f = flow.Close();
    EXPECT_EQ(f.client.type, UdpType::kUnknown);
    EXPECT_EQ(f.server.logged_type, port == 123 ? UdpType::kUnknown : UdpType::kObfuscatedKad);
    EXPECT_EQ(f.server.layer7_index, port == 123 ? 49 : 34);
  }
}

TEST(UdpTracker, PaddingBehindTheIpPacketCountsByTheLengthField) {
  UdpHarness flow;
  // PPStream whose length field covers the padding.
  flow.Send(Direction::kClientToServer, Bytes{12, 0}, {.length_field = 20, .padding = 20});
  EXPECT_EQ(flow.Close().client.type, UdpType::kUnknown);  // the third byte is 0 here
}

std::shared_ptr<const SkypeModels> ShippedModels() {
  SkypeModels models;
  models.packet_size = *ParseBayesModel(
      "FEATURE PKTSIZE\nWINDOW_SIZE 1\nCLASS_LEN 1500\nMIN_THRESHOLD 1e-25\nAVG_THRESHOLD -3.5\n"
      "WIN_THRESHOLD -3\nGAUSSIAN isac_mode1 = 10 10\n",
      "pktsize.conf", "");
  models.packet_gap = *ParseBayesModel(
      "FEATURE AVGIPG\nWINDOW_SIZE 1\nCLASS_LEN 250\nMIN_THRESHOLD 1e-25\nAVG_THRESHOLD -3.5\n"
      "WIN_THRESHOLD -3\nGAUSSIAN mode1 = 10 2\nGAUSSIAN mode2 = 20 2\nGAUSSIAN mode3 = 30 2\n"
      "GAUSSIAN mode4 = 40 2\nGAUSSIAN mode5 = 50 2\nGAUSSIAN mode6 = 60 2\n",
      "avgipg.conf", "");
  return std::make_shared<const SkypeModels>(std::move(models));
}

// A call: every 20 ms, 8 to 18 random bytes, the third one an end-to-end mark.
void Call(UdpHarness& flow, int packets, bool random) {
  std::mt19937 generator(7);
  for (int i = 0; i < packets; ++i) {
    for (const Direction d : {Direction::kClientToServer, Direction::kServerToClient}) {
      Bytes payload = Fill(8 + generator() % 11, 0x55);
      if (random) {
        for (uint8_t& byte : payload) byte = static_cast<uint8_t>(generator());
      } else {
        payload[0] = static_cast<uint8_t>(i);  // so that it is not SkypeOut
      }
      payload[2] = static_cast<uint8_t>((payload[2] & 0x70) | 0x0D);
      flow.Send(d, payload);
    }
    flow.Advance(18000);
  }
}

TEST(SkypeUdp, CallIsFoundBySignatureSizesGapsAndRandomness) {
  UdpHarness flow({.models = ShippedModels()});
  Call(flow, 300, /*random=*/true);
  const UdpFlow f = flow.Close();
  EXPECT_EQ(f.client.type, UdpType::kSkypeE2e);
  EXPECT_EQ(f.client.logged_type, UdpType::kSkypeE2e);
  ASSERT_EQ(flow.skype.size(), 1u);
  const std::vector<std::string> cells = Cells(flow.skype[0]);
  ASSERT_EQ(cells.size(), 51u);
  EXPECT_EQ(cells[6], "300");  // end-to-end packets
  EXPECT_EQ(cells[20], "5");   // type
  EXPECT_EQ(cells[21], "1");   // both beliefs
  EXPECT_EQ(cells[22], "5");   // randomness
  EXPECT_EQ(cells[50], "U");
}

TEST(SkypeUdp, SamePacketsWithoutRandomnessAreNotLogged) {
  UdpHarness flow({.models = ShippedModels()});
  Call(flow, 300, /*random=*/false);
  const UdpFlow f = flow.Close();
  EXPECT_EQ(f.client.type, UdpType::kSkypeE2e);  // by its packets
  EXPECT_EQ(f.client.logged_type, UdpType::kUnknown);
  EXPECT_TRUE(flow.skype.empty());
}

TEST(SkypeUdp, LongCallIsJudgedOnceAfterTwentySeconds) {
  UdpHarness flow({.models = ShippedModels()});
  Call(flow, 1200, /*random=*/true);
  EXPECT_EQ(flow.skype.size(), 1u);  // before the end
  flow.Close();
  EXPECT_EQ(flow.skype.size(), 1u);  // and not again
  EXPECT_EQ(Cells(flow.skype[0])[49].substr(0, 3), "20.");
}

TEST(SkypeUdp, NothingHappensWithoutModels) {
  UdpHarness flow({.client_port = 40001});
  Call(flow, 300, /*random=*/true);
  EXPECT_EQ(flow.Close().client.type, UdpType::kUnknown);
  EXPECT_TRUE(flow.skype.empty());
}

// Twelve bytes with four counts of zero are a DNS message, and this is one packet of RTP at first.
TEST(UdpTracker, DnsTakesDirectionsThatAreNothingYet) {
  const Bytes message = Fill(12);
  UdpHarness off({.profile = CompatProfile::Tstat33()});
  off.Client(message);
  EXPECT_EQ(off.Close().client.type, UdpType::kUnknown);
  EXPECT_TRUE(off.dns.empty());

  UdpHarness on({.profile = CompatProfile::Tstat33(), .log_dns = true});
  on.Client(message);
  on.Server(Fill(11));
  EXPECT_EQ(on.Close().client.type, UdpType::kDns);
  EXPECT_EQ(on.record.server.type, UdpType::kUnknown);

  UdpHarness of_311({.log_dns = true});
  of_311.Client(message);
  EXPECT_EQ(of_311.Close().client.type, UdpType::kUnknown);

  // Others keep their type.
  UdpHarness sip({.profile = CompatProfile::Tstat33(), .log_dns = true});
  sip.Client(Text("REGISTER sip:a SIP/2.0\r\n\r\n"));
  const UdpType before = UdpType::kSip;
  sip.Client(message);
  EXPECT_EQ(sip.Close().client.type, before);

  // While nobody wants to know, nothing is changed.
  UdpHarness paused({.profile = CompatProfile::Tstat33(), .log_dns = true});
  paused.set_log_dns(false);
  paused.Client(Bytes{0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1});
  EXPECT_TRUE(paused.dns.empty());
  paused.set_log_dns(true);
  paused.Server(Bytes{0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1});
  EXPECT_EQ(paused.dns.size(), 1u);
  EXPECT_EQ(paused.Close().client.type, UdpType::kUnknown);
  EXPECT_EQ(paused.record.server.type, UdpType::kDns);
}

}  // namespace
}  // namespace tstat::internal
