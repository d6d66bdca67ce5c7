// SPDX-License-Identifier: BSD-3-Clause
//
// Flows of media that SIP announced, in the true profile: their call, and what they are.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/decode/frame_builder.h"
#include "tests/pipeline/packet_script.h"
#include "tstat/analyzer.h"
#include "tstat/event_sink.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Ethernet;
using testing::Ipv4;
using testing::Ipv4Fields;
using testing::PacketScript;
using testing::TcpFields;
using testing::Text;
using testing::Udp;

constexpr uint32_t kAlice = 0x0A000001, kBob = 0xC0A80102;  // those of the script

std::string Invite(const std::string& call, uint16_t port) {
  const std::string body =
      "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
      "m=audio " +
      std::to_string(port) + " RTP/AVP 0\r\n";
  return "INVITE sip:bob@b.test SIP/2.0\r\nCall-ID: " + call +
         "\r\nContent-Type: application/sdp\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

class Flows : public EventSink {
 public:
  EventMask Wants() const override { return Event::kUdpFlow; }
  void OnUdpFlow(const UdpFlow& flow) override { by_port[flow.endpoints.server.port] = flow; }
  std::map<uint16_t, UdpFlow> by_port;
};

class SipCallsTest : public ::testing::Test {
 protected:
  void Datagram(double seconds, uint16_t from, uint16_t to, const std::string& payload,
                bool from_bob = false) {
    Ipv4Fields ip{.protocol = 17, .id = ++id_, .source = kAlice, .destination = kBob};
    if (from_bob) std::swap(ip.source, ip.destination);
    script_.Frame(seconds, Ethernet(0x0800) +
                               Ipv4(ip, Udp(static_cast<uint16_t>(8 + payload.size()), from, to) +
                                            Text(payload)));
  }
  // One packet is not known as RTP by itself.
  void Media(double seconds, uint16_t from, uint16_t to) {
    Datagram(seconds, from, to, std::string("\x80\x00\x00\x01", 4) + std::string(168, 'x'));
  }
  std::map<uint16_t, UdpFlow> Analyse(CompatProfile profile = CompatProfile::None(),
                                      unsigned threads = 1) {
    AnalyzerOptions options;
    options.profile = profile;
    options.threads = threads;
    Flows flows;
    Analyzer analyzer(options);
    analyzer.AddSink(&flows);
    auto source = script_.Source();
    EXPECT_TRUE(analyzer.Run(source).ok());
    return flows.by_port;
  }

  PacketScript script_;
  uint16_t id_ = 0;
};

TEST_F(SipCallsTest, MediaHaveTheirCall) {
  Datagram(1, 5060, 5060, Invite("1@a", 4000));
  Media(2, 4000, 6000);
  Media(2, 4002, 6002);
  for (const unsigned threads : {1u, 3u}) {
    const auto flows = Analyse(CompatProfile::None(), threads);
    const UdpFlow& media = flows.at(6000);
    ASSERT_NE(media.announced, nullptr);
    EXPECT_EQ(media.announced->call_id, "1@a");
    EXPECT_EQ(media.announced->kind, "audio");
    EXPECT_EQ(media.announced->codecs, "PCMU");
    EXPECT_EQ(media.application, Application::kRtp);
    EXPECT_EQ(media.evidence, Evidence::kAnnounced);
    EXPECT_EQ(flows.at(6002).announced, nullptr);
    EXPECT_EQ(flows.at(6002).application, Application::kUnknown);
    ASSERT_NE(flows.at(5060).announced, nullptr);
    EXPECT_EQ(flows.at(5060).announced->call_id, "1@a");
    EXPECT_EQ(flows.at(5060).application, Application::kSip);
  }
}

TEST_F(SipCallsTest, MediaThatBeginBeforeTheyAreAnnounced) {
  Media(0.5, 4000, 6000);
  Datagram(1, 5060, 5060, Invite("1@a", 4000));
  Media(2, 4000, 6000);
  EXPECT_EQ(Analyse().at(6000).announced->call_id, "1@a");
}

TEST_F(SipCallsTest, OverTcpInPieces) {
  const std::string text = "\r\n\r\n" + Invite("1@a", 4000) + Invite("2@a", 4004);
  script_.Tcp(0.5, {.destination_port = 5060, .sequence = 99, .flags = 0x02});
  const size_t piece = 100;
  for (size_t at = 0; at < text.size(); at += piece) {
    script_.Tcp(1, {.destination_port = 5060, .sequence = static_cast<uint32_t>(100 + at)},
                text.substr(at, piece));
  }
  Media(2, 4000, 6000);
  Media(2, 4005, 6005);
  const auto flows = Analyse();
  ASSERT_NE(flows.at(6000).announced, nullptr);
  EXPECT_EQ(flows.at(6000).announced->call_id, "1@a");
  ASSERT_NE(flows.at(6005).announced, nullptr);
  EXPECT_EQ(flows.at(6005).announced->call_id, "2@a");
  EXPECT_EQ(flows.at(6005).application, Application::kRtcp);
}

TEST_F(SipCallsTest, FlowsThatAreReportedWhileTheyAreOpen) {
  Datagram(1, 5060, 5060, Invite("1@a", 4000));
  for (int i = 0; i < 8000; i += 10) Media(2 + i, 4000, 6000);
  AnalyzerOptions options;
  options.profile = CompatProfile::None();
  options.active_timeout_s = 600;
  size_t rows = 0;
  struct Count : EventSink {
    explicit Count(size_t* n) : rows(n) {}
    EventMask Wants() const override { return Event::kUdpFlow; }
    void OnUdpFlow(const UdpFlow& flow) override {
      if (flow.endpoints.server.port != 6000) return;
      ASSERT_NE(flow.announced, nullptr);
      ++*rows;
    }
    size_t* rows;
  } count(&rows);
  Analyzer analyzer(options);
  analyzer.AddSink(&count);
  auto source = script_.Source();
  ASSERT_TRUE(analyzer.Run(source).ok());
  EXPECT_GT(rows, 3u);
}

TEST_F(SipCallsTest, TstatsProfilesDoNotLook) {
  Datagram(1, 5060, 5060, Invite("1@a", 4000));
  Media(2, 4000, 6000);
  EXPECT_EQ(Analyse(CompatProfile::Tstat311()).at(6000).announced, nullptr);
}

}  // namespace
}  // namespace tstat::internal
