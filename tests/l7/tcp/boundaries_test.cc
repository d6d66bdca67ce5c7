// SPDX-License-Identifier: BSD-3-Clause
//
// The limits of the state machine, each at its edge: lengths, budgets of packets, what is kept when
// something else is found.
#include <gtest/gtest.h>

#include <string>

#include "l7/prefix.h"
#include "l7/tcp/openings.h"
#include "tests/l7/layer7_harness.h"

namespace tstat::internal {
namespace {

using namespace connection_type;  // NOLINT

const std::string kBitTorrent = std::string("\x13") + "BitTorrent protocol";  // 20 bytes

TEST(TcpLayer7Limits, P2pIsLongerThanTwentyBytes) {
  Layer7Harness shorter;
  shorter.Client(kBitTorrent);
  EXPECT_EQ(shorter.type(), 0u);
  Layer7Harness longer;
  longer.Client(kBitTorrent + "x");
  EXPECT_EQ(longer.type(), kP2p);
}

// An eDonkey message: its marker, length, opcode.
std::string Edonkey(char opcode, size_t body) {
  const size_t length = body + 1;
  std::string message = "\xE3";
  for (int shift : {0, 8, 16, 24}) message.push_back(static_cast<char>(length >> shift));
  return message + opcode + std::string(body, 'x');
}

TEST(TcpLayer7Limits, TheCodeOfAnotherP2pProtocolStays) {
  Layer7Harness flow;
  flow.Client(Edonkey('\x47', 30));
  flow.Client(kBitTorrent + std::string(48, 'x'));
  EXPECT_EQ(flow.Close().layer7.p2p_code, 100 + 0x47);

  Layer7Harness same;
  same.Client(Edonkey('\x47', 30));
  same.Client(Edonkey('\x46', 30));  // data
  EXPECT_EQ(same.Close().layer7.p2p_code, 104);
}

TEST(TcpLayer7Limits, ShortestAnswers) {
  struct Case {
    const char *opening, *answer, *server2;
    uint32_t type;
  };
  const Case kCases[] = {
      {"SSH-2.0-OpenSSH\r\n", "SSH-2.0-", nullptr, kSsh},
      {"SSH-2.0-OpenSSH\r\n", "SSH-2.0", nullptr, 0},
      {"SSH-2.0-", "SSH-1.5-", nullptr, kSsh},
      {"SSH-2.0", "SSH-1.5-", nullptr, 0},
      {"* OK ready\r\n", "a LOGIN", "a OK yes", kImap},
      {"* OK ready\r\n", "a LOGI", "a OK yes", 0},
      {"* OK ready\r\n", "a LOGIN", "a OK ok", kImap},
      {"* OK ready\r\n", "a LOGIN", "a OK o", 0},
      {"+OK r", "USER ", nullptr, kPop3},
      {"+OK r", "USER", nullptr, 0},
      {"220 m", "EHLO ", nullptr, kSmtp},
      {"220 m", "EHLO", nullptr, 0},
      {"220 ", "EHLO ", nullptr, 0},
  };
  for (const Case& c : kCases) {
    Layer7Harness flow;
    flow.Server(c.opening);
    flow.Client(c.answer);
    if (c.server2 != nullptr) flow.Server(c.server2);
    EXPECT_EQ(flow.type(), c.type) << c.opening << ", " << c.answer;
  }
}

TEST(TcpLayer7Limits, AnErrorOpensPop3WhenTheServerSaysIt) {
  Layer7Harness server;
  server.Server("-ERR busy\r\n");
  server.Client("USER me\r\n");
  EXPECT_EQ(server.type(), kPop3);
  Layer7Harness client;
  client.Client("-ERR busy\r\n");
  EXPECT_EQ(client.state(), Layer7State::kUnknown);
  client.Client("USER me\r\n");
  EXPECT_EQ(client.type(), 0u);
}

TEST(TcpLayer7Limits, PacketsBeforeTheFirstKnownBytes) {
  for (int before : {39, 40}) {
    Layer7Harness flow;
    flow.Acks(before);
    flow.Client("nothing known");
    EXPECT_EQ(flow.state(), before == 39 ? Layer7State::kUnknown : Layer7State::kIgnore) << before;
  }
}

TEST(TcpLayer7Limits, PacketsBeforeTheAnswerToARequest) {
  for (int before : {18, 19}) {
    Layer7Harness flow;
    flow.Client("GET / HTTP/1.1\r\n\r\n");
    flow.Acks(before);
    flow.Server("HTTP/1.1 200 OK\r\n\r\n");
    EXPECT_EQ(flow.state(), before == 18 ? Layer7State::kHttpResponse : Layer7State::kIgnore);
    EXPECT_EQ(flow.type(), kHttp);
  }
}

TEST(TcpLayer7Limits, PacketsOfAnHttpExchange) {
  for (int before : {27, 28}) {
    Layer7Harness flow;
    flow.Client("GET / HTTP/1.1\r\n\r\n");
    flow.Server("HTTP/1.1 200 OK\r\n\r\n");
    flow.Acks(before);
    flow.Server("the body");
    EXPECT_EQ(flow.state(), before == 27 ? Layer7State::kHttpResponse : Layer7State::kIgnore);
  }
}

TEST(TcpLayer7Limits, PacketsBeforeInterleavedRtp) {
  for (int before : {27, 28}) {
    Layer7Harness flow;
    flow.Client("DESCRIBE rtsp://a RTSP/1.0\r\n");
    flow.Server("RTSP/1.0 200 OK\r\n\r\n");
    flow.Acks(before);
    flow.Server("more of it");
    EXPECT_EQ(flow.state(), before == 27 ? Layer7State::kRtspResponse : Layer7State::kIgnore);
  }
}

// An accepted tag of IMAP is the one step that the budget of answers does not take back.
TEST(TcpLayer7Limits, PacketsBeforeAnAnswer) {
  const Layer7State waiting = FindOpening(Prefix("220 "), {})->next;
  for (int before : {18, 19}) {
    Layer7Harness refused;
    refused.Server("220 mail ready\r\n");
    refused.Acks(before);
    refused.Client("NOOP, not hello\r\n");
    EXPECT_EQ(refused.state(), before == 18 ? waiting : Layer7State::kIgnore);

    Layer7Harness imap;
    imap.Server("* OK ready\r\n");
    imap.Acks(before);
    imap.Client("a001 LOGIN\r\n");
    EXPECT_EQ(imap.state(), Layer7State::kImapCommand);
    imap.Server("a001 OK\r\n");
    EXPECT_EQ(imap.type(), kImap);
  }
  Layer7Harness rtsp;
  rtsp.Client("DESCRIBE rtsp://a RTSP/1.0\r\n");
  rtsp.Acks(19);
  rtsp.Server("RTSP/1.0 200 OK\r\n\r\n");
  EXPECT_EQ(rtsp.type(), kRtsp);
  EXPECT_EQ(rtsp.state(), Layer7State::kIgnore);
}

// In states without a budget of their own, the fifty-first packet ends the search.
TEST(TcpLayer7Limits, PacketsInAnyState) {
  for (int before : {48, 49}) {
    Layer7Harness flow;
    flow.Client("VER 1 MSNP15 CVR0\r\n");
    flow.Acks(before);
    flow.Client("more of it");
    EXPECT_EQ(flow.state(), before == 48 ? Layer7State::kMsnVersionClient : Layer7State::kIgnore);
  }
}

TEST(TcpLayer7Limits, VideoInThePayload) {
  const std::string mp4(
      "\0\0\0\x18"
      "ftypisom\0",
      13);
  const std::string flv = std::string("FLV\1", 4) + std::string(23, 'x') + "onMetaDatax";
  for (const std::string& body : {mp4, flv}) {
    ASSERT_TRUE(body.size() == 13 || body.size() == 38);
    for (size_t size : {body.size() - 1, body.size()}) {
      Layer7Harness flow;
      flow.Client("GET / HTTP/1.1\r\n\r\n");
      flow.Server("HTTP/1.1 200 OK\r\n\r\n");
      flow.Server(body.substr(0, size));
      EXPECT_EQ(flow.Close().layer7.http_content,
                size == body.size() ? http_content::kVideoContent : http_content::kGet)
          << size;
    }
  }
}

TEST(TcpLayer7Limits, EveryMsnOpeningOfTheServer) {
  const std::pair<const char*, Layer7State> kCases[] = {
      {"VER 1 MSNP15\r\n", Layer7State::kMsnVersionServer},
      {"USR 1 OK\r\n", Layer7State::kMsnUserServer},
      {"ANS 1 OK\r\n", Layer7State::kMsnAnswer},
      {"IRO 1 1 1\r\n", Layer7State::kMsnRoster},
  };
  for (const auto& [command, state] : kCases) {
    Layer7Harness flow;
    flow.Server(command);
    EXPECT_EQ(flow.type(), kMsn) << command;
    EXPECT_EQ(flow.state(), state) << command;
  }
}

// Records of one flow are joined by their order.
TEST(TcpLayer7Limits, AVideoRecordHasTheOrderOfItsFlow) {
  Layer7Harness flow;
  flow.Handshake();
  flow.Client("GET /videoplayback?id=0123456789abcdef HTTP/1.1\r\n\r\n");
  flow.Server("HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n");
  flow.Close(OrderKey{7, 3});
  ASSERT_EQ(flow.videos.size(), 1u);
  EXPECT_EQ(flow.videos[0].order, At(OrderKey{7, 3}, EventPlace::kVideoFlow));
}

}  // namespace
}  // namespace tstat::internal
