// SPDX-License-Identifier: BSD-3-Clause
//
// Whole flows through the state machine.
#include "l7/tcp/layer7.h"

#include <gtest/gtest.h>

#include <array>
#include <iterator>
#include <random>
#include <string>
#include <string_view>

#include "tests/l7/layer7_harness.h"

namespace tstat::internal {
namespace {

using namespace connection_type;  // NOLINT

TEST(TcpLayer7, HasNoStateBeforeTheFirstPayload) {
  Layer7Harness flow;
  flow.Handshake();
  EXPECT_FALSE(flow.has_state());
  TcpFlow record = flow.Close();
  EXPECT_EQ(record.layer7.connection_type, 0u);
  EXPECT_EQ(record.layer7.layer7_index, 49);
}

TEST(TcpLayer7, Http) {
  Layer7Harness flow;
  flow.Handshake();
  flow.Client("GET /wiki/Internet HTTP/1.1\r\n\r\n");
  const Timestamp request = flow.now();
  EXPECT_EQ(flow.type(), 0u);  // the answer decides
  flow.Server("HTTP/1.1 404 Not Found\r\n\r\n");
  EXPECT_EQ(flow.index(), 0);
  flow.Client("HEAD / HTTP/1.1\r\n");
  flow.Server("HTTP/1.1 200 OK\r\n\r\n");
  TcpFlow record = flow.Close();
  EXPECT_EQ(record.layer7.connection_type, kHttp);
  EXPECT_EQ(record.layer7.http_content, http_content::kWikipedia);
  EXPECT_EQ(record.layer7.http_requests, 2u);
  EXPECT_EQ(record.layer7.http_responses, 2u);
  EXPECT_STREQ(record.layer7.http_response_code.data(), "404");
  EXPECT_EQ(record.client.first_http, request);
  EXPECT_TRUE(record.server.first_http.is_set());
}

TEST(TcpLayer7, HttpResponseCodes) {
  const std::pair<const char*, const char*> kCases[] = {
      {"HTTP/1.1 20x OK\r\n", "20"},
      {"HTTP/1.1  200 OK\r\n", "000"},
      {"HTTP/1.1 200\r\n", "200"},
      {"HTTP/1.1 200\r", "000"},  // one byte short: fourteen are wanted
  };
  for (const auto& [response, code] : kCases) {
    Layer7Harness flow;
    flow.Client("GET / HTTP/1.1\r\n\r\n");
    flow.Server(response);
    EXPECT_STREQ(flow.Close().layer7.http_response_code.data(), code) << response;
  }
}

TEST(TcpLayer7, LaterRequestsDecideOnlyAfterPlainOnes) {
  Layer7Harness flow;
  flow.Client("GET / HTTP/1.1\r\n\r\n");
  flow.Server("HTTP/1.1 200 OK\r\n\r\n");
  flow.Client("POST /index HTTP/1.1\r\n\r\n");  // a plain POST changes nothing
  flow.Client("GET /generate_204?id=1 HTTP/1.1\r\n\r\n");
  flow.Client("GET /videoplayback?id=1 HTTP/1.1\r\n\r\n");
  flow.Client("GET /wiki/ HTTP/1.1\r\n\r\n");  // too late
  EXPECT_EQ(flow.Close().layer7.http_content, http_content::kYoutube204Video);
}

// The flow stays one of code 21, and its identifier stays, too.
TEST(TcpLayer7, APlainRequestDoesNotWipeTheIdentifierOfYoutube204) {
  Layer7Harness flow;
  flow.Client("GET /generate_204?itag=34&id=0123456789abcdef& HTTP/1.1\r\n\r\n");
  flow.Server("HTTP/1.1 204 No Content\r\n\r\n");
  flow.Client("GET /index.html HTTP/1.1\r\n\r\n");
  flow.Client("POST /index HTTP/1.1\r\n\r\n");
  EXPECT_EQ(flow.Close().layer7.http_content, http_content::kYoutube204);
  ASSERT_EQ(flow.videos.size(), 1u);
  EXPECT_EQ(flow.videos[0].youtube_id16_46.view(), "0123456789abcdef");
  EXPECT_EQ(flow.videos[0].youtube_itag.view(), "34");
}

TEST(TcpLayer7, VideoContentOfAPlainGet) {
  Layer7Harness flow;
  flow.Client("GET / HTTP/1.1\r\n\r\n");
  flow.Server("HTTP/1.1 200 OK\r\n\r\n");
  flow.Server(
      std::string_view("\0\0\0\x18"
                       "ftypisom\0\0",
                       14));
  EXPECT_EQ(flow.Close().layer7.http_content, http_content::kVideoContent);
}

TEST(TcpLayer7, PrefixesNeedOneByteMore) {
  Layer7Harness flow;
  flow.Client("GET ");
  EXPECT_EQ(flow.state(), Layer7State::kUnknown);
  EXPECT_EQ(flow.Close().layer7.http_requests, 0u);
}

TEST(TcpLayer7, AListedPrefixInTheWrongDirectionDoesNothing) {
  Layer7Harness flow;
  flow.Acks(45);
  flow.Server("GET / HTTP/1.1\r\n");
  EXPECT_EQ(flow.state(), Layer7State::kUnknown);
  flow.Server("nothing known");
  EXPECT_EQ(flow.state(), Layer7State::kIgnore);  // more than 40 packets
}

TEST(TcpLayer7, PacketBudgets) {
  // The answer is one packet too late, but still looked at; later segments are not.
  Layer7Harness flow;
  flow.Client("GET / HTTP/1.1\r\n\r\n");
  flow.Acks(20);
  flow.Server("HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(flow.type(), kHttp);
  EXPECT_EQ(flow.state(), Layer7State::kIgnore);
}

// What a flow sends once it is settled changes nothing, unless it begins like HTTP: many flows of
// segments that some protocol knows, one after the other.
TEST(TcpLayer7, SettledFlowsNeedNotBeSeen) {
  constexpr std::string_view kHandshake = "\x03 and whatever fills a handshake of RTMP";
  const std::string ed2k = std::string("\xE3\x19\x00\x00\x00\x46", 6) + std::string(24, 'x');
  const std::string torrent =
      "\x13"
      "BitTorrent protocol and more";
  const std::string_view kSegments[] = {"GET /watch?v=1 HTTP/1.1\r\nHost: a\r\n\r\n",
                                        "HTTP/1.1 200 OK\r\n\r\n",
                                        "POST / HTTP/1.1\r\n",
                                        "SSH-2.0-OpenSSH\r\n",
                                        "220 mail ready\r\n",
                                        "EHLO me\r\n",
                                        "VER 1 MSNP8\r\n",
                                        "ICY 200 OK\r\n",
                                        "DELETE /x HTTP/1.1\r\n",
                                        "RTSP/1.0 200 OK\r\n",
                                        "no protocol's bytes at all",
                                        "x",
                                        kHandshake,
                                        ed2k,
                                        torrent,
                                        "\x16\x03\x01 not much of a hello",
                                        "<stream:stream jabber",
                                        "YMSG and more"};
  std::mt19937 random(1);
  int unseen = 0;
  for (const bool is_33 : {false, true}) {
    for (int run = 0; run < 2000; ++run) {
      Layer7Harness flow(is_33 ? CompatProfile::Tstat33() : CompatProfile());
      flow.Handshake();
      const size_t kinds = 1 + random() % 3;
      std::array<std::string_view, 3> some;
      for (std::string_view& segment : some) segment = kSegments[random() % std::size(kSegments)];
      for (int i = 0; i < 90; ++i) {
        const std::string_view segment = some[random() % kinds];
        const Direction from =
            random() % 2 == 0 ? Direction::kClientToServer : Direction::kServerToClient;
        flow.Segment(from, random() % 8 == 0 ? "" : segment, tcp_flags::kAck | tcp_flags::kPsh);
      }
      ASSERT_EQ(flow.unseen_changes, 0)
          << some[0] << "|" << some[1] << "|" << some[2] << " " << kinds;
      unseen += flow.unseen;
    }
  }
  EXPECT_GT(unseen, 20000);
}

TEST(TcpLayer7, MailAndSsh) {
  struct Case {
    const char *server, *client, *server2;
    uint32_t type;
    int index;
  };
  const Case kCases[] = {
      {"220 mail ready\r\n", "EHLO me\r\n", nullptr, kSmtp, 25},
      {"220 mail ready\r\n", "Ehlo me\r\n", nullptr, 0, 49},
      {"+OK ready\r\n", "USER me\r\n", nullptr, kPop3, 26},
      {"* OK ready\r\n", "a001 LOGIN\r\n", "a001 OK\r\n", kImap, 27},
      {"* OK ready\r\n", "a001 LOGIN\r\n", nullptr, 0, 49},
      {"SSH-2.0-OpenSSH\r\n", "SSH-2.0-PuTTY\r\n", nullptr, kSsh, 37},
      {"SSH-3.0-OpenSSH\r\n", "SSH-2.0-PuTTY\r\n", nullptr, 0, 49},
  };
  for (const Case& c : kCases) {
    Layer7Harness flow;
    flow.Server(c.server);
    flow.Client(c.client);
    if (c.server2 != nullptr) flow.Server(c.server2);
    EXPECT_EQ(flow.index(), c.index) << c.server;
    EXPECT_EQ(flow.Close().layer7.connection_type, c.type) << c.server;
  }
}

TEST(TcpLayer7, TheServerOfSshMustSpeakFirst) {
  Layer7Harness flow;
  flow.Client("SSH-2.0-PuTTY\r\n");
  flow.Server("SSH-2.0-OpenSSH\r\n");
  EXPECT_EQ(flow.type(), 0u);
}

TEST(TcpLayer7, RtspAndInterleavedRtp) {
  Layer7Harness flow;
  flow.Client("DESCRIBE rtsp://a RTSP/1.0\r\n");
  flow.Server("RTSP/1.0 200 OK\r\n\r\n");
  EXPECT_EQ(flow.type(), kRtsp);
  flow.Server(std::string("$\0\0\x10\x80\xE0", 6) + std::string(20, 'x'));
  EXPECT_EQ(flow.index(), 1);
  TcpFlow record = flow.Close();
  EXPECT_EQ(record.layer7.connection_type, kRtsp | kRtp);
  EXPECT_EQ(record.layer7.rtp_payload_type, 0x60);
  EXPECT_TRUE(record.server.first_rtp.is_set());
  EXPECT_TRUE(record.client.first_rtsp.is_set());
  EXPECT_EQ(flow.tunneled_rtp_flows(), 1u);
}

TEST(TcpLayer7, IcyAnswersAnHttpRequest) {
  Layer7Harness flow;
  flow.Client("GET /stream HTTP/1.0\r\n\r\n");
  flow.Server("ICY 200 OK\r\n");
  EXPECT_EQ(flow.index(), 3);
  EXPECT_EQ(flow.Close().layer7.connection_type, kIcy);
}

TEST(TcpLayer7, XmppAndYmsg) {
  Layer7Harness xmpp;
  xmpp.Client("<?xml version='1.0'?>");
  xmpp.Client("<stream:stream>");
  EXPECT_EQ(xmpp.type(), kXmpp);
  Layer7Harness ymsg;
  ymsg.Server("YMSG\0");
  ymsg.Server("YMSG5");
  EXPECT_EQ(ymsg.index(), 10);
}

TEST(TcpLayer7, MsnCommands) {
  Layer7Harness flow;
  flow.Client("VER 1 MSNP15 CVR0\r\n");
  EXPECT_EQ(flow.type(), 0u);
  flow.Server("VER 1 MSNP15\r\n");
  EXPECT_EQ(flow.type(), kMsn);
  EXPECT_EQ(flow.state(), Layer7State::kMsnVersionServer);
  flow.Acks(60);
  flow.Client("PNG\r\n");
  EXPECT_EQ(flow.state(), Layer7State::kMsnVersionServer);  // no budget
}

TEST(TcpLayer7, MsnOverHttp) {
  Layer7Harness flow;
  flow.Client("POST /gateway/gateway.dll?Action=open HTTP/1.1\r\n");
  flow.Server("HTTP/1.1 200 OK\r\n\r\n");
  flow.Server("USR 1 OK\r\n");
  EXPECT_EQ(flow.type(), kHttp | kMsn);
}

TEST(TcpLayer7, ObfuscatedEd2kIsAddedToWhatIsKnown) {
  Layer7Harness flow;
  flow.Client(std::string(22, 'a'));
  flow.Server("SSH-2.0-OpenSSH\r\n");  // 17 bytes
  EXPECT_EQ(flow.type(), 0u);
  flow.Client(std::string(18, 'b'));
  EXPECT_EQ(flow.type(), kObfuscated);
  flow.Client("SSH-2.0-PuTTY\r\n");
  EXPECT_EQ(flow.type(), kSsh);  // recognition drops the guess
}

TEST(TcpLayer7, MseNeedsRandomBytesAndSizes) {
  std::string random;
  for (uint32_t i = 0, x = 1; i < 200; ++i) {
    x = x * 1664525 + 1013904223;
    random.push_back(static_cast<char>(x >> 24));
  }
  Layer7Harness flow;
  flow.Client(random);
  EXPECT_EQ(flow.type(), 0u);
  flow.Server(random);
  EXPECT_EQ(flow.type(), kMse);
  EXPECT_EQ(flow.index(), 39);

  Layer7Harness text;
  text.Client(std::string(200, 'a'));
  text.Server(std::string(200, 'b'));
  EXPECT_EQ(text.type(), 0u);

  Layer7Harness small;
  small.Client(random.substr(0, 90));
  small.Server(random);
  EXPECT_EQ(small.type(), 0u);
  small.Client(random.substr(0, 90));  // the first two together fit
  EXPECT_EQ(small.type(), kMse);
}

std::string RtmpHandshake(size_t size) { return "\x03" + std::string(size - 1, 'r'); }

TEST(TcpLayer7, RtmpIsConfirmedBySizes) {
  Layer7Harness flow;
  flow.Handshake();
  flow.Client(RtmpHandshake(1537));
  flow.Server(RtmpHandshake(3073));
  EXPECT_EQ(flow.index(), 38);
  flow.Ack(Direction::kClientToServer);
  EXPECT_EQ(flow.Close().layer7.connection_type, kRtmp);
}

TEST(TcpLayer7, RtmpIsRefusedOnceBothEndsHaveTwoMessages) {
  Layer7Harness flow;
  flow.Handshake();
  flow.Client("\x03 a call");
  flow.Server("\x03 and its answer");
  EXPECT_EQ(flow.type(), kRtmp);
  EXPECT_EQ(flow.index(), 49);  // not refused, but not believed either
  flow.Server("\x03 more");
  EXPECT_EQ(flow.type(), kRtmp);
  flow.Client("\x03 more");
  EXPECT_EQ(flow.type(), 0u);
}

TEST(TcpLayer7, RtmpNeedsTheFirstBytesOfBothDirections) {
  Layer7Harness flow;
  flow.Handshake();
  flow.Client("\x09 not a client's version");
  flow.Server("\x09 but a server's");
  flow.Client("\x03 too late");
  EXPECT_EQ(flow.type(), 0u);
}

TEST(TcpLayer7, P2pIsFoundInAnyState) {
  Layer7Harness flow;
  flow.Client("GET /announce?info_hash=%00 HTTP/1.1\r\n\r\n");
  flow.Server("HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(flow.index(), 15);
  TcpFlow record = flow.Close();
  EXPECT_EQ(record.layer7.connection_type, kHttp | kP2p);
  EXPECT_EQ(record.layer7.p2p_code, 902);
}

TEST(TcpLayer7, P2pInspectionEndsAfterTheFiftyFirstPacket) {
  const std::string handshake = std::string("\x13") + "BitTorrent protocol" + std::string(48, 'x');
  Layer7Harness in_time;
  in_time.Acks(50);
  in_time.Client(handshake);
  EXPECT_EQ(in_time.type(), kP2p);
  Layer7Harness late;
  late.Acks(51);
  late.Client(handshake);
  EXPECT_EQ(late.type(), 0u);
}

TEST(TcpLayer7, MoreHttpMethodsWithTheirProfileOnly) {
  Layer7Harness plain;
  plain.Client("OPTIONS * HTTP/1.1\r\n\r\n");
  plain.Server("HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(plain.type(), 0u);

  CompatProfile profile;
  profile.http_more_methods = true;
  Layer7Harness more(profile);
  more.Client("DELE 1\r\n");
  EXPECT_EQ(more.state(), Layer7State::kUnknown);
  more.Client("OPTIONS * HTTP/1.1\r\n\r\n");
  more.Server("HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(more.type(), kHttp);
  EXPECT_EQ(more.Close().layer7.http_requests, 1u);
}

TEST(TcpLayer7, HostnameOfTheFirstRequestThatHasOne) {
  CompatProfile profile;
  profile.tls_version_columns = true;
  Layer7Harness flow(profile);
  flow.Client("GET / HTTP/1.1\r\nHost: \r\n\r\n");
  flow.Client("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
  flow.Client("GET / HTTP/1.1\r\nHost: b.example\r\n\r\n");
  EXPECT_EQ(flow.Close().layer7.http_hostname, "a.example");
}

TEST(TcpLayer7, HostnameInTheSecondSegmentOfAHead) {
  CompatProfile profile;
  profile.tls_version_columns = true;
  profile.http_second_segment = true;
  Layer7Harness flow(profile);
  flow.Client("GET / HTTP/1.1\r\nAccept: */*\r\n");
  flow.Client("HTTP");  // too short to be looked at
  flow.Client("Host: a.example\r\n\r\n");
  flow.Client("Host: b.example\r\n\r\n");
  EXPECT_EQ(flow.Close().layer7.http_hostname, "a.example");

  Layer7Harness body(profile);
  body.Client("POST / HTTP/1.1\r\n\r\n");
  body.Client("the body");
  body.Client("Host: a.example\r\n\r\n");  // the third segment
  EXPECT_EQ(body.Close().layer7.http_hostname, "");
}

TEST(TcpLayer7, FacebookZero) {
  std::string hello = "1QTV12345CHLO";
  hello.push_back(2);     // tags
  hello.append(3, '\0');  // up to 17 bytes
  hello += std::string("VER\0\x04\0\0\0", 8);
  hello += std::string("SNI\0\x16\0\0\0", 8);
  hello += "1234";
  hello += "graph.facebook.com";
  CompatProfile profile;
  profile.facebook_zero = true;
  Layer7Harness flow(profile);
  flow.Client(hello);
  flow.Server("1QTV answer");
  EXPECT_EQ(flow.index(), 46);
  TcpFlow record = flow.Close();
  EXPECT_EQ(record.layer7.connection_type, kFacebookZero);
  EXPECT_EQ(record.layer7.tls_server_name, "graph.facebook.com");
}

}  // namespace
}  // namespace tstat::internal
