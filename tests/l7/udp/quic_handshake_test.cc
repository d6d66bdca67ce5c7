// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/quic_handshake.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/l7/udp/quic_builder.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::CryptoFrame;
using testing::Extension;

using testing::Fill;
using testing::HelloMessage;
using testing::kFirstId;
using testing::Part;
using testing::SealInitial;

using testing::U32;

constexpr Direction kClient = Direction::kClientToServer, kServer = Direction::kServerToClient;
constexpr uint32_t kV1 = 1, kV2 = 0x6b3343cf, kDraft29 = 0xff00001d;
const Bytes kServerId = {9, 8, 7, 6, 5};

class QuicFlow {
 public:
  ~QuicFlow() { tracker_.Release(state_); }
  bool Send(Direction sender, const Bytes& datagram, size_t captured = SIZE_MAX) {
    UdpPayload p;
    p.bytes = ByteReader(datagram).Sub(0, captured);
    p.length_field = static_cast<uint16_t>(datagram.size() + 8);
    p.available = p.bytes.size() + 8;
    return tracker_.OnDatagram(sender, p, state_);
  }
  std::string Name() {
    tracker_.Finish(state_);
    const auto details = tracker_.Details(state_);
    return details != nullptr ? details->server_name : "no QUIC";
  }
  QuicDetails Details() { return *tracker_.Details(state_); }
  HandshakeDetails Handshake() { return *tracker_.Handshake(state_); }
  HandshakeDetails Hello() {
    const auto details = tracker_.Handshake(state_);
    return details != nullptr ? *details : HandshakeDetails();
  }
  bool done() const { return tracker_.done(state_); }

 private:
  QuicHandshakeTracker tracker_;
  uint32_t state_ = QuicHandshakeTracker::kNone;
};

std::string Hex(std::span<const uint8_t> bytes) {
  std::string text;
  for (const uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

// RFC 9001, appendix A.1, and RFC 9369, appendix A.1.
TEST(QuicKeys, ThoseOfTheStandards) {
  const auto v1 = QuicClientKeys::Derive(QuicRulesOf(kV1), kFirstId);
  EXPECT_EQ(Hex(v1->key), "1f369613dd76d5467730efcbe3b1a22d");
  EXPECT_EQ(Hex(v1->iv), "fa044b2f42a3fd3b46fb255c");
  EXPECT_EQ(Hex(v1->header_protection), "9f50449e04a0e810283a1e9933adedd2");
  const auto v2 = QuicClientKeys::Derive(QuicRulesOf(kV2), kFirstId);
  EXPECT_EQ(Hex(v2->key), "8b1a0bc121284290a29e0971b5cd045d");
  EXPECT_EQ(Hex(v2->iv), "91f73e2351d8fa91660e909f");
  EXPECT_EQ(Hex(v2->header_protection), "45b95e15235d6f45a6b19cbcb0294ba9");
}

class QuicVersions : public ::testing::TestWithParam<uint32_t> {};

TEST_P(QuicVersions, HelloInOnePacket) {
  QuicFlow flow;
  EXPECT_TRUE(flow.Send(kClient, SealInitial({.frames = CryptoFrame(0, HelloMessage("a.test")),
                                              .version = GetParam()})));
  EXPECT_TRUE(flow.done());
  EXPECT_EQ(flow.Name(), "a.test");
  EXPECT_EQ(flow.Details().client_version, GetParam());
  EXPECT_TRUE(flow.Details().flagged);
  EXPECT_EQ(flow.Handshake().client_alpn, "h3");
  EXPECT_EQ(flow.Handshake().quic_version, GetParam());
  EXPECT_EQ(flow.Handshake().ja4.substr(0, 1), "q");
}
INSTANTIATE_TEST_SUITE_P(All, QuicVersions,
                         ::testing::Values(kV1, kV2, kDraft29, 0xff000020u, 0xff000018u,
                                           0xff000016u, 0xfaceb001u));

// A client that wants to hear which versions there are writes one that nobody has (RFC 9000, 15),
// and seals with keys of one that it has. Those are not tried for a version that exists.
TEST(QuicHandshake, KeysOfAReservedVersion) {
  const Bytes frame = CryptoFrame(0, HelloMessage("grease.test"));
  for (const uint32_t version : {kV1, kDraft29, 0xff000018u}) {
    QuicFlow flow;
    EXPECT_TRUE(flow.Send(
        kClient, SealInitial({.frames = frame, .version = 0x1a2aca4a, .key_version = version})));
    EXPECT_TRUE(flow.done());
    EXPECT_EQ(flow.Name(), "grease.test");
    EXPECT_EQ(flow.Handshake().quic_version, 0x1a2aca4au);
  }
  QuicFlow other;
  EXPECT_FALSE(other.Send(
      kClient, SealInitial({.frames = frame, .version = 0xff00001f, .key_version = kV1})));
}

// Google's Q050: frames of another number, and a hello of its own.
TEST(QuicHandshake, GooglesOwnHello) {
  const std::string tags("CHLO\x02\0\0\0PAD\0\x04\0\0\0SNI\0\x0d\0\0\0padd a.google", 37);
  const Bytes hello(tags.begin(), tags.end());
  Bytes frame = CryptoFrame(0, hello);
  frame[0] = 8;
  QuicFlow flow;
  flow.Send(kClient, SealInitial({.frames = frame, .version = 0x51303530}));
  EXPECT_EQ(flow.Name(), "");  // with a blank it is no name
  frame[frame.size() - 9] = 'x';
  QuicFlow other;
  other.Send(kClient, SealInitial({.frames = frame, .version = 0x51303530}));
  EXPECT_EQ(other.Name(), "xa.google");
}

// Pieces in any order in several packets, with acknowledgments and pings between, and twice.
TEST(QuicHandshake, PiecesInAnyOrder) {
  const Bytes hello = HelloMessage("pieces.test", 1500);
  const size_t end = hello.size();
  const Bytes ack = {2, 5, 0, 1, 0, 0, 0};
  QuicFlow flow;
  EXPECT_TRUE(flow.Send(kClient,
                        SealInitial({.frames = CryptoFrame(900, Part(hello, 900, 1100)) + Bytes{1} +
                                               CryptoFrame(100, Part(hello, 100, 800)) + ack,
                                     .number = 1})));
  EXPECT_FALSE(flow.done());
  flow.Send(kClient,
            SealInitial({.frames = ack + CryptoFrame(1000, Part(hello, 1000, end)), .number = 2}));
  flow.Send(kClient, SealInitial({.frames = CryptoFrame(700, Part(hello, 700, 950)), .number = 4}));
  EXPECT_FALSE(flow.done());
  flow.Send(kClient, SealInitial({.frames = CryptoFrame(0, Part(hello, 0, 100)), .number = 3}));
  EXPECT_TRUE(flow.done());
  EXPECT_EQ(flow.Name(), "pieces.test");
}

// The client answers the server's connection id, and its own is new: the keys stay.
TEST(QuicHandshake, OtherConnectionIds) {
  const Bytes hello = HelloMessage("ids.test", 1200);
  QuicFlow flow;
  flow.Send(kClient, SealInitial({.frames = CryptoFrame(0, Part(hello, 0, 1000))}));
  flow.Send(kServer, SealInitial({.frames = CryptoFrame(0, Fill(50, 2)),
                                  .destination = {},
                                  .source = kServerId,
                                  .key_id = Fill(8, 0x77)}));
  flow.Send(kClient, SealInitial({.frames = CryptoFrame(1000, Part(hello, 1000, hello.size())),
                                  .destination = kServerId,
                                  .source = {4, 4},
                                  .number = 1}));
  EXPECT_EQ(flow.Name(), "ids.test");
  EXPECT_EQ(flow.Details().server_version, kV1);
  EXPECT_TRUE(flow.Handshake().server_answered);
}

// After a Retry the server's id makes the keys, and a token stands in the header.
TEST(QuicHandshake, Retry) {
  const Bytes hello = HelloMessage("retry.test", 1200);
  QuicFlow flow;
  flow.Send(kClient, SealInitial({.frames = CryptoFrame(0, Part(hello, 0, 600))}));
  flow.Send(kServer, Bytes{0xF0} + U32(kV1) + Bytes{0, 5} + kServerId + Fill(40, 3));
  for (const size_t begin : {size_t{0}, size_t{600}}) {
    const size_t end = begin == 0 ? 600 : hello.size();
    flow.Send(kClient, SealInitial({.frames = CryptoFrame(begin, Part(hello, begin, end)),
                                    .destination = kServerId,
                                    .key_id = kServerId,
                                    .number = 2,
                                    .token = Fill(300, 0x11)}));
  }
  EXPECT_TRUE(flow.done());
  EXPECT_EQ(flow.Name(), "retry.test");
  EXPECT_TRUE(flow.Handshake().retried);
}

TEST(QuicHandshake, CoalescedPacketsAndZeroRtt) {
  const Bytes hello = HelloMessage("zero.test");
  const Bytes zero_rtt = Bytes{0xD0} + U32(kV1) + Bytes{8} + kFirstId + Bytes{0, 30} + Fill(30, 5);
  QuicFlow flow;
  flow.Send(kClient, zero_rtt + SealInitial({.frames = CryptoFrame(0, hello)}) + zero_rtt);
  EXPECT_EQ(flow.Name(), "zero.test");
  EXPECT_EQ(flow.Details().zero_rtt_packets, 2u);
}

TEST(QuicHandshake, AnotherVersionIsAnotherHello) {
  QuicFlow flow;
  const Bytes unknown = {0xC1, 0x1a, 0x2a, 0x3a, 0x4a, 8};
  flow.Send(kClient, unknown + kFirstId + Bytes{2, 1, 2, 0, 0x40, 60} + Fill(60, 9));
  EXPECT_EQ(flow.Name(), "no QUIC");
  // Version negotiation: the ids turned round, and the list.
  EXPECT_TRUE(flow.Send(kServer, Bytes{0x8A} + U32(0) + Bytes{2, 1, 2, 8} + kFirstId + U32(kV2)));
  flow.Send(kClient, SealInitial({.frames = CryptoFrame(0, HelloMessage("second.test")),
                                  .version = kV2,
                                  .source = {1, 2}}));
  EXPECT_EQ(flow.Details().client_version, kV2);
}

// The server takes the client's offer of another version (RFC 9369, 4.1): its keys are of the same
// connection id, and the hello goes on.
TEST(QuicHandshake, TheSameHelloInAnotherVersion) {
  const Bytes hello = HelloMessage("compatible.test", 0, Extension(51, Fill(1500, 0x55)));
  const auto initial = [&](size_t begin, size_t end, uint32_t version) {
    return SealInitial({.frames = CryptoFrame(begin, Part(hello, begin, end)),
                        .version = version,
                        .source = {1, 2}});
  };
  QuicFlow flow;
  flow.Send(kClient, initial(0, 800, kV1));
  flow.Send(kClient, initial(800, hello.size(), kV2));
  EXPECT_EQ(flow.Name(), "compatible.test");
  EXPECT_TRUE(flow.Handshake().hello_whole);
  // What comes in the other version may show nothing of it.
  QuicFlow lost;
  lost.Send(kClient, initial(0, 800, kV1));
  lost.Send(kClient, SealInitial({.frames = Fill(60), .version = kV2, .source = {1, 2}}));
  EXPECT_EQ(lost.Name(), "compatible.test");
  EXPECT_FALSE(lost.Handshake().hello_whole);
}

// Of a hello in too many packets, what came until then.
TEST(QuicHandshake, GivenUpHellosAreReadAsFarAsTheyGo) {
  const Bytes hello = HelloMessage("long.test", 0, Extension(51, Fill(3000, 0x55)));
  QuicFlow flow;
  for (size_t i = 0; i < 60; ++i) {
    flow.Send(kClient, SealInitial({.frames = CryptoFrame(i * 30, Part(hello, i * 30, i * 30 + 30)),
                                    .version = kV1,
                                    .source = {1, 2}}));
  }
  EXPECT_TRUE(flow.done());
  EXPECT_EQ(flow.Name(), "long.test");
  EXPECT_FALSE(flow.Handshake().hello_whole);
}

// Whoever sends first is the client of the flow; who opens is that of QUIC.
TEST(QuicHandshake, TheServersPacketsComeFirst) {
  QuicFlow flow;
  flow.Send(kClient, SealInitial({.frames = CryptoFrame(0, Fill(50, 2)),
                                  .destination = {3},
                                  .source = kServerId,
                                  .key_id = kFirstId}));
  flow.Send(kServer,
            SealInitial({.frames = CryptoFrame(0, HelloMessage("late.test")), .source = {3}}));
  EXPECT_EQ(flow.Name(), "late.test");
}

// Captured as far as the name, or not.
TEST(QuicHandshake, CutPackets) {
  const Bytes packet =
      SealInitial({.frames = CryptoFrame(0, HelloMessage("cut.test")), .shortest = 1150});
  size_t named = 0, fingerprinted = 0;
  std::string ja4;
  for (size_t size = 0; size <= packet.size(); ++size) {
    QuicFlow flow;
    flow.Send(kClient, packet, size);
    const std::string name = flow.Name();
    EXPECT_TRUE(name == "cut.test" || name.empty() || name == "no QUIC") << size << name;
    named += name == "cut.test";
    const HandshakeDetails details = flow.Hello();
    EXPECT_EQ(details.hello_whole, !details.ja4.empty()) << size;
    if (!details.ja4.empty()) {
      if (ja4.empty()) ja4 = details.ja4;
      EXPECT_EQ(details.ja4, ja4) << size;
      ++fingerprinted;
    }
    // The hello says 1.2 before its list, if it has one, says more.
    if (!details.hello_whole) EXPECT_EQ(details.version, 0) << size;
  }
  EXPECT_GT(named, 1000u);
  EXPECT_GT(fingerprinted, 900u);
}

TEST(QuicHandshake, WrongKeysAndForgedBytesTellNothing) {
  QuicFlow flow;
  EXPECT_FALSE(flow.Send(kClient, SealInitial({.frames = CryptoFrame(0, HelloMessage("a.test")),
                                               .key_id = Fill(8, 1)})));
  Bytes forged = SealInitial({.frames = CryptoFrame(0, HelloMessage("b.test"))});
  forged[60] ^= 1;
  EXPECT_FALSE(flow.Send(kClient, forged));
  EXPECT_EQ(flow.Name(), "no QUIC");
}

// Pieces that never make a whole, lengths that lie, frames without an end.
TEST(QuicHandshake, HostileFrames) {
  QuicFlow flow;
  for (uint32_t i = 0; i < 200; ++i) {
    flow.Send(kClient, SealInitial({.frames = CryptoFrame(2 * i + 1, Bytes{1}), .number = i}));
  }
  EXPECT_TRUE(flow.done());
  EXPECT_EQ(flow.Name(), "");
  const Bytes endless[] = {
      Bytes{6, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF},
      Bytes{6, 0, 0x7F, 0xFF, 1, 0xFF, 0xFF, 0xFF},
      Bytes{2, 0, 0, 0x7F, 0xFF, 0},
      Bytes{3, 0xC0},
      Bytes{0x1C, 0, 0, 0x7F, 0xFF},
      Bytes{0x40, 6},
  };
  for (const Bytes& frames : endless) {
    QuicFlow other;
    other.Send(kClient, SealInitial({.frames = frames}));
    EXPECT_EQ(other.Name(), "");
  }
}

TEST(HelloBuffer, FirstBytesCount) {
  HelloBuffer buffer;
  const Bytes a = Fill(10, 'a'), b = Fill(20, 'b');
  EXPECT_TRUE(buffer.Add(5, ByteReader(a)));
  EXPECT_TRUE(buffer.front().empty());
  EXPECT_TRUE(buffer.Add(0, ByteReader(b)));
  EXPECT_EQ(buffer.front().Text(), "bbbbbaaaaaaaaaabbbbb");
  EXPECT_TRUE(buffer.Add(HelloBuffer::kCapacity - 5, ByteReader(b)));
  EXPECT_TRUE(buffer.Add(UINT64_MAX, ByteReader(b)));
}

TEST(HelloBuffer, TooManyRanges) {
  HelloBuffer buffer;
  const Bytes one = {1};
  for (size_t i = 0; i < HelloBuffer::kMaxRanges; ++i) {
    EXPECT_TRUE(buffer.Add(2 * i, ByteReader(one)));
  }
  EXPECT_FALSE(buffer.Add(2 * HelloBuffer::kMaxRanges, ByteReader(one)));
}

}  // namespace
}  // namespace tstat::internal
