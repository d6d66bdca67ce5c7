// SPDX-License-Identifier: BSD-3-Clause
//
// HTTP/2 without TLS, from the bytes of both directions to heads.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "l7/http/http_connection.h"
#include "tests/l7/http/http_harness.h"

namespace tstat::internal {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum Type : uint8_t {
  kData,
  kHeaders,
  kPriority,
  kReset,
  kSettings,
  kPromise,
  kPing,
  kGoAway,
  kWindow,
  kContinuation,
};
constexpr uint8_t kEndHeaders = 4, kPadded = 8, kHasPriority = 32;

std::string Frame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload) {
  const auto size = static_cast<uint32_t>(payload.size());
  std::string frame;
  for (int shift = 16; shift >= 0; shift -= 8) frame += static_cast<char>(size >> shift);
  frame += static_cast<char>(type);
  frame += static_cast<char>(flags);
  for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>(stream >> shift);
  return frame += payload;
}

// A literal field, for the dynamic table.
std::string Field(std::string_view name, std::string_view value) {
  std::string field = "\x40";
  field += static_cast<char>(name.size());
  field += name;
  field += static_cast<char>(value.size());
  return field += value;
}

const std::string kGet = "\x82";  // :method GET
const std::string kSettingsFrame = Frame(kSettings, 0, 0, std::string("\0\3\0\0\0\x64", 6));

HttpRun RunEachWay(const std::vector<Turn>& turns) {
  HttpRun whole = RunHttp(turns);
  for (const size_t piece : {1, 2, 5, 13, 100}) {
    const HttpRun run = RunHttp(turns, piece);
    EXPECT_EQ(run.requests, whole.requests) << "pieces of " << piece;
    EXPECT_EQ(run.responses, whole.responses) << "pieces of " << piece;
  }
  return whole;
}

std::string Requests(const std::string& frames) {
  const std::string bytes = std::string(kPreface) + kSettingsFrame + frames;
  return RunEachWay({Client(bytes)}).requests;
}

TEST(Http2, StreamsThatOverlap) {
  const std::string client =
      std::string(kPreface) + kSettingsFrame +
      Frame(kHeaders, kEndHeaders, 1,
            kGet + Field(":path", "/one") + Field(":authority", "h.test") + Field("cookie", "a=1") +
                Field("cookie", "b=2")) +
      Frame(kHeaders, kEndHeaders | 1, 3,
            "\x83" + Field(":path", "/two") + "\xc1" + Field("user-agent", "agent") +
                Field("referer", "http://r/")) +
      Frame(kData, 0, 3, "GET / HTTP/1.1\r\n\r\n") +
      Frame(kWindow, 0, 0, std::string("\0\0\1\0", 4)) + Frame(kData, 1, 1, "") +
      Frame(kGoAway, 0, 0, std::string(8, '\0'));
  const std::string server =
      kSettingsFrame + Frame(kSettings, 1, 0, "") +
      Frame(kHeaders, kEndHeaders, 3, "\x88" + Field("content-type", "text/html")) +
      Frame(kData, 0, 3, std::string(5000, 'x')) +
      Frame(kHeaders, kEndHeaders, 1, Field(":status", "404") + "\xbf") +
      Frame(kHeaders, kEndHeaders | 1, 3, Field("grpc-status", "0")) +  // trailers
      Frame(kData, 1, 1, "x");
  const HttpRun run = RunEachWay({Client(client), Server(server)});
  EXPECT_EQ(run.requests, "GET|h.test|/one|-|-|a=1; b=2\nPOST|h.test|/two|http://r/|agent\n");
  EXPECT_EQ(run.responses, "200|-|text/html\n404|-|text/html\n");
  EXPECT_FALSE(run.done[0] || run.done[1]);
  EXPECT_EQ(run.heads_in_use, 0u);
}

TEST(Http2, AServerThatSpeaksFirst) {
  const HttpRun run =
      RunEachWay({Server(kSettingsFrame), Client(std::string(kPreface) + kSettingsFrame),
                  Server(Frame(kHeaders, kEndHeaders, 1, "\x88"))});
  EXPECT_EQ(run.responses, "200\n");
}

TEST(Http2, BlocksInSeveralFrames) {
  const std::string block = kGet + Field(":path", "/cut") + Field("host", "h.test");
  for (size_t at = 0; at <= block.size(); ++at) {
    EXPECT_EQ(Requests(Frame(kHeaders, 0, 1, block.substr(0, at)) + Frame(kContinuation, 0, 1, "") +
                       Frame(kContinuation, kEndHeaders, 1, block.substr(at))),
              "GET|h.test|/cut\n");
  }
}

TEST(Http2, PaddingAndPriority) {
  const std::string block = kGet + Field(":path", "/p");
  const std::string priority(5, '\0');
  EXPECT_EQ(Requests(Frame(kHeaders, kEndHeaders | kPadded | kHasPriority, 1,
                           "\x09" + priority + block + std::string(9, 'x')) +
                     Frame(kPriority, 0, 1, priority) +
                     Frame(kHeaders, kEndHeaders | kHasPriority, 3, priority + block) +
                     Frame(kData, kPadded, 1,
                           std::string("\x02"
                                       "abc",
                                       4)) +
                     Frame(kHeaders, kEndHeaders | kPadded, 5, std::string(1, '\0') + block)),
            "GET|-|/p\nGET|-|/p\nGET|-|/p\n");
}

TEST(Http2, WhatAServerPromisesIsNoRequest) {
  const HttpRun run = RunEachWay({Client(std::string(kPreface) + kSettingsFrame),
                                  Server(kSettingsFrame +
                                         Frame(kPromise, kEndHeaders, 1,
                                               std::string("\0\0\0\2", 4) + kGet +
                                                   Field(":path", "/p") + Field("server", "s")) +
                                         Frame(kHeaders, kEndHeaders, 2, "\x88\xbe"))});
  EXPECT_EQ(run.requests, "");
  EXPECT_EQ(run.responses, "200|-|-|s\n");
}

TEST(Http2, Connect) {
  EXPECT_EQ(Requests(Frame(kHeaders, kEndHeaders, 1,
                           Field(":method", "CONNECT") + Field(":authority", "h.test:443"))),
            "CONNECT|h.test:443\n");
}

TEST(Http2, UpgradeFromHttp1) {
  const HttpRun run = RunEachWay(
      {Client("GET /1 HTTP/1.1\r\nHost: h.test\r\nConnection: Upgrade, HTTP2-Settings\r\n"
              "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"),
       Server("HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n" + kSettingsFrame +
              Frame(kHeaders, kEndHeaders, 1, "\x88")),
       Client(std::string(kPreface) + kSettingsFrame +
              Frame(kHeaders, kEndHeaders, 3, kGet + Field(":path", "/2"))),
       Server(Frame(kHeaders, kEndHeaders, 3, "\x8d"))});
  EXPECT_EQ(run.requests, "GET|h.test|/1\nGET|-|/2\n");
  EXPECT_EQ(run.responses, "101\n200\n404\n");
}

TEST(Http2, NamesAndBlocksWithoutEnd) {
  std::string block = kGet + "\x40\x7f\x81\xff\x03";  // a name of 65536 bytes
  block += std::string(65536, 'n') + std::string("\x01v", 2) + Field("host", "h.test");
  std::string frames;
  for (size_t at = 0; at < block.size(); at += 16384) {
    const bool last = at + 16384 >= block.size();
    frames += Frame(at == 0 ? kHeaders : kContinuation, last ? kEndHeaders : 0, 1,
                    std::string_view(block).substr(at, 16384));
  }
  EXPECT_EQ(Requests(frames + Frame(kHeaders, kEndHeaders, 3, kGet + "\xbe")),
            "GET|h.test\nGET|h.test\n");
}

TEST(Http2, GapsInDataAreData) {
  const HttpRun run = RunEachWay(
      {Client(std::string(kPreface) + kSettingsFrame +
              Frame(kHeaders, kEndHeaders, 1, "\x83" + Field("host", "h.test")) +
              Frame(kData, 0, 1, std::string(100, 'x')).substr(0, 30)),
       Missing(kFromClient, 79), Client(Frame(kHeaders, kEndHeaders, 3, kGet + "\xbe"))});
  EXPECT_EQ(run.requests, "POST|h.test\nGET|h.test\n");
}

TEST(Http2, BehindOtherGapsNamesAreNotGuessed) {
  const std::string first = std::string(kPreface) + kSettingsFrame +
                            Frame(kHeaders, kEndHeaders, 1, kGet + Field("host", "h.test"));
  const HttpRun run =
      RunEachWay({Client(first), Missing(kFromClient, 50),
                  Client(Frame(kHeaders, kEndHeaders, 5, kGet + "\xbe" + Field("dnt", "1")) +
                         Frame(kHeaders, kEndHeaders, 7, kGet + "\xbe\xc1"))});
  EXPECT_EQ(run.requests, "GET|h.test\nGET|-|-|-|-|-|1\nGET|-|-|-|-|-|1\n");
  const HttpRun other =
      RunEachWay({Client(first), Missing(kFromClient, 50), Client("no frame, but bytes")});
  EXPECT_EQ(other.requests, "GET|h.test\n");
  EXPECT_TRUE(other.done[0]);
}

TEST(Http2, WhatIsNoneEndsIt) {
  const std::string begin = std::string(kPreface) + kSettingsFrame;
  const std::string after = Frame(kHeaders, kEndHeaders, 9, kGet);
  for (const std::string& bytes : {
           std::string("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n") + kSettingsFrame,
           std::string(kPreface) + Frame(kPing, 0, 0, "12345678"),  // no settings first
           begin + Frame(kContinuation, kEndHeaders, 1, kGet),
           begin + Frame(kHeaders, 0, 1, kGet) + Frame(kData, 0, 1, ""),
           begin + Frame(kHeaders, 0, 1, kGet) + Frame(kContinuation, kEndHeaders, 3, ""),
           begin + Frame(kHeaders, kEndHeaders | kPadded, 1, "\x05x"),
           begin + Frame(kHeaders, kEndHeaders | kHasPriority, 1, "\x05x"),
           begin + Frame(kHeaders, kEndHeaders | kPadded, 1, ""),
           begin + Frame(kHeaders, kEndHeaders, 1, "\x80"),
           begin + Frame(kHeaders, kEndHeaders, 1, "\x41"),
       }) {
    const std::string all = bytes + after;
    const HttpRun run = RunEachWay({Client(all)});
    EXPECT_EQ(run.requests, "") << testing::PrintToString(bytes);
    EXPECT_TRUE(run.done[0]) << testing::PrintToString(bytes);
    EXPECT_EQ(run.heads_in_use, 0u);
  }
}

}  // namespace
}  // namespace tstat::internal
