// SPDX-License-Identifier: BSD-3-Clause
//
// P2P signatures, entropy, obfuscation and line checks on single payloads.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "l7/http/hostname.h"
#include "l7/http/status_line.h"
#include "l7/p2p/bittorrent.h"
#include "l7/p2p/ed2k.h"
#include "l7/p2p/ed2k_obfuscated.h"
#include "l7/tcp/facebook_zero.h"
#include "l7/tcp/mail.h"
#include "l7/tcp/mse_entropy.h"
#include "l7/tcp/rtmp.h"
#include "l7/tcp/rtsp.h"
#include "l7/tcp/ssh.h"

namespace tstat::internal {
namespace {

ByteReader Bytes(std::string_view text) {
  return ByteReader({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

std::string Ed2k(uint8_t protocol, uint32_t length, uint8_t opcode, size_t size) {
  std::string s;
  s.push_back(static_cast<char>(protocol));
  for (int i = 0; i < 4; ++i) s.push_back(static_cast<char>(length >> (8 * i)));
  s.push_back(static_cast<char>(opcode));
  s.resize(size, 'x');
  return s;
}

int Ed2kSubtype(uint8_t protocol, uint32_t length, uint8_t opcode, size_t size) {
  const std::string s = Ed2k(protocol, length, opcode, size);
  const auto m = Ed2kMessage::Parse(Bytes(s), static_cast<int32_t>(size));
  return m ? m->subtype : -1;
}

TEST(Ed2k, WholeMessages) {
  // A hello and its answer.
  EXPECT_EQ(Ed2kSubtype(0xE3, 119, 0x01, 124), 1);
  EXPECT_EQ(Ed2kSubtype(0xE3, 127, 0x4C, 132), 9);
  EXPECT_EQ(Ed2kSubtype(0xE3, 119, 0x46, 124), 4);
  EXPECT_EQ(Ed2kSubtype(0xC5, 119, 0x46, 124), 70);
  EXPECT_EQ(Ed2kSubtype(0xC5, 119, 0x40, 124), 3);
  EXPECT_EQ(Ed2kSubtype(0xE3, 119, 0x40, 124), 64);
  EXPECT_EQ(Ed2kSubtype(0xD4, 119, 0xFF, 124), 55);
  EXPECT_EQ(Ed2kSubtype(0xE4, 119, 0x01, 124), -1);
}

TEST(Ed2k, PartsOfMessagesByOpcode) {
  EXPECT_EQ(Ed2kSubtype(0xE3, 5000, 0x58, 1000), 88);
  EXPECT_EQ(Ed2kSubtype(0xE3, 5000, 0x46, 1000), 4);
  EXPECT_EQ(Ed2kSubtype(0xE3, 5000, 0x45, 1000), -1);
  EXPECT_EQ(Ed2kSubtype(0xE3, 70000, 0x58, 1000), -1);  // more than 16 bits of length
  EXPECT_EQ(Ed2kSubtype(0xC5, 5000, 0x9A, 1000), 54);
  EXPECT_EQ(Ed2kSubtype(0xC5, 5000, 0x15, 1000), -1);
  EXPECT_EQ(Ed2kSubtype(0xD4, 5000, 0x15, 1000), 21);
  EXPECT_EQ(Ed2kSubtype(0xD4, 5000, 0x40, 1000), 3);
}

TEST(Ed2k, AShortCaptureNeverMatches) {
  const std::string s = Ed2k(0xE3, 119, 0x01, 124);
  EXPECT_FALSE(Ed2kMessage::Parse(Bytes(s.substr(0, 5)), 124));
}

TEST(Ed2k, Counters) {
  TcpLayer7Flow flow;
  CountEd2k({0xE3, 0x01, 1}, flow);
  for (int i = 0; i < 6; ++i) CountEd2k({0xE3, 0x4C, 9}, flow);
  CountEd2k({0xE3, 0x46, 4}, flow);
  CountEd2k({0xE3, 0x4E, 78}, flow);
  CountEd2k({0xE3, 0x05, 5}, flow);
  CountEd2k({0xD4, 0x15, 21}, flow);
  EXPECT_EQ(flow.ed2k_data, 1u);
  EXPECT_EQ(flow.ed2k_signalling, 10u);
  EXPECT_EQ(flow.ed2k_client_server, 2u);
  EXPECT_EQ(flow.ed2k_client_client, 8u);
  EXPECT_EQ(flow.ed2k_chat, 1u);
}

std::optional<uint8_t> BitTorrent(ByteReader payload) {
  const auto message = BitTorrentMessage::Parse(payload);
  return message ? std::optional<uint8_t>(message->subtype) : std::nullopt;
}

TEST(BitTorrent, Handshake) {
  const std::string handshake = std::string("\x13") + "BitTorrent protocol";
  EXPECT_EQ(BitTorrent(Bytes(handshake + "12345678")), 0);
  EXPECT_EQ(BitTorrent(Bytes(handshake.substr(0, 10))), 0);  // cut by the capture
  EXPECT_EQ(BitTorrent(Bytes(handshake.substr(0, 6))), std::nullopt);
  EXPECT_EQ(BitTorrent(Bytes("\x13 something else")), std::nullopt);
}

TEST(BitTorrent, TrackerRequests) {
  const std::string directory = "0123456789abcdef0123456789abcdef/";
  EXPECT_EQ(BitTorrent(Bytes("GET /scrape?info_hash=1")), 1);
  EXPECT_EQ(BitTorrent(Bytes("GET /announce?info_hash=1")), 2);
  EXPECT_EQ(BitTorrent(Bytes("GET /announce.php?passkey=1")), 4);
  EXPECT_EQ(BitTorrent(Bytes("GET /" + directory + "announce?info_hash=1")), 2);
  EXPECT_EQ(BitTorrent(Bytes("GET /about.html HTTP/1.1\r\n")), std::nullopt);
}

TEST(ObfuscatedEd2k, LengthSequences) {
  const auto fires = [](std::initializer_list<int> lengths) {
    uint8_t seen = 0;
    bool fired = false;
    for (int l : lengths) fired = ObfuscatedEd2kLength(l, &seen);
    return fired;
  };
  EXPECT_TRUE(fires({11, 83, 55}));
  EXPECT_TRUE(fires({11, 55}));
  EXPECT_FALSE(fires({83, 55}));
  EXPECT_TRUE(fires({22, 900, 18}));
  EXPECT_TRUE(fires({6, 46}));
  EXPECT_FALSE(fires({46, 6}));
}

TEST(MseEntropy, OfHistograms) {
  std::array<uint16_t, 16> cells{};
  EXPECT_EQ(NibbleEntropy(cells), 0);
  cells[3] = 7;
  EXPECT_EQ(NibbleEntropy(cells), 0);
  cells.fill(5);
  EXPECT_DOUBLE_EQ(NibbleEntropy(cells), 4);
}

TEST(MseEntropy, CountsTheFirstBytesOfFourSegments) {
  TcpLayer7Flow flow;
  const std::string payload(100, '\x12');
  for (int i = 0; i < 6; ++i) CountNibbles(Bytes(payload), 60, flow);
  EXPECT_EQ(flow.low_nibbles[2], 240);
  EXPECT_EQ(flow.high_nibbles[1], 240);
}

TEST(Rtmp, Sizes) {
  EXPECT_EQ(CheckRtmpSizes({0, 5}, {}), RtmpSizes::kUndecided);
  EXPECT_EQ(CheckRtmpSizes({1, 1}, {{{1537, 0}, {1537, 0}}}), RtmpSizes::kFit);
  EXPECT_EQ(CheckRtmpSizes({2, 1}, {{{1, 1536}, {3073, 0}}}), RtmpSizes::kFit);
  EXPECT_EQ(CheckRtmpSizes({2, 2}, {{{1, 1536}, {1, 3072}}}), RtmpSizes::kFit);
  EXPECT_EQ(CheckRtmpSizes({1, 2}, {{{1537, 0}, {1, 3072}}}), RtmpSizes::kFit);
  EXPECT_EQ(CheckRtmpSizes({1, 2}, {{{1536, 0}, {1, 3072}}}), RtmpSizes::kUndecided);
  EXPECT_EQ(CheckRtmpSizes({2, 2}, {{{1537, 9}, {1, 3072}}}), RtmpSizes::kRefused);
}

TEST(Mail, ImapTags) {
  EXPECT_TRUE(IsImapTag(Bytes("a001 LOGIN")));
  EXPECT_TRUE(IsImapTag(Bytes("1 LOGIN")));
  EXPECT_FALSE(IsImapTag(Bytes("a00001 LOGIN")));
  EXPECT_FALSE(IsImapTag(Bytes("a00* LOGIN")));
  EXPECT_TRUE(IsImapResponse(Bytes("* CAPABILITY")));
}

TEST(Ssh, Versions) {
  EXPECT_TRUE(IsSshVersion(Bytes("SSH-1.99-x")));
  EXPECT_FALSE(IsSshVersion(Bytes("SSH-2.x-x")));
  EXPECT_FALSE(IsSshVersion(Bytes("SSH-2.0")));
}

TEST(Rtsp, InterleavedFrames) {
  const std::string_view frame("$\0\x05\x20\x80\xE0..........", 16);
  ASSERT_TRUE(InterleavedFrame::Parse(Bytes(frame)).has_value());
  EXPECT_EQ(InterleavedFrame::Parse(Bytes(frame))->payload_type, 0x60);
  EXPECT_EQ(InterleavedFrame::Parse(Bytes(frame.substr(0, 15)))->payload_type, 128);
  EXPECT_FALSE(InterleavedFrame::Parse(Bytes(frame.substr(0, 1))).has_value());
  EXPECT_FALSE(InterleavedFrame::Parse(Bytes(frame.substr(1))).has_value());
}

TEST(FacebookZero, ServerNameOfAHello) {
  const auto hello = [](std::string_view name) {
    std::string s = std::string("1QTV") + std::string(5, '\0') + "CHLO";
    s += std::string("\x01\0\0\0SNI\0", 8) + static_cast<char>(name.size()) + std::string(3, '\0');
    return s + std::string(name);
  };
  const auto server_name = [](std::string_view bytes) {
    return std::string(FacebookZeroHello::Parse(Bytes(bytes)).value().server_name);
  };
  EXPECT_EQ(server_name(hello("www.example.org")), "www.example.org");
  EXPECT_EQ(server_name(hello("localhost")), "");
  EXPECT_EQ(server_name(hello("www.example.org").substr(0, 30)), "");
  EXPECT_FALSE(FacebookZeroHello::Parse(Bytes(hello("www.example.org").substr(0, 14))));
  EXPECT_FALSE(FacebookZeroHello::Parse(Bytes("1QTV.....REJ.....................")));
}

TEST(Hostname, LeftmostWithAValue) {
  const auto hostname = [](std::string_view text) {
    const auto name = HttpHostname::Parse(Bytes(text));
    return name ? std::string(name->text) : "(none)";
  };
  EXPECT_EQ(hostname("GET / HTTP/1.1\r\nX-Forwarded-Host: a\r\nHost: b\r\n"), "a");
  EXPECT_EQ(hostname("Host: \r\nHost: b c"), "b");
  EXPECT_EQ(hostname(std::string_view("\0Host: b", 8)), "(none)");
  EXPECT_EQ(hostname("Host: " + std::string(300, 'h')).size(), 199u);
}

TEST(HttpStatusLine, Code) {
  const auto code = [](std::string_view text) {
    const auto line = HttpStatusLine::Parse(Bytes(text));
    return line ? std::string(line->code) : "(none)";
  };
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\n"), "200");
  EXPECT_EQ(code("HTTP/1.1 20x OK\r\n"), "20");
  EXPECT_EQ(code("HTTP/1.1 2001 O"), "200");
  EXPECT_EQ(code("HTTP/1.1 OK 200"), "(none)");
  EXPECT_EQ(code("HTTP/1.1 200 "), "(none)");  // 13 bytes
}

}  // namespace
}  // namespace tstat::internal
