// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/dtls_handshake.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/l7/udp/quic_builder.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::Extension;
using testing::Fill;
using testing::HelloMessage;
using testing::Part;
using testing::U16;

constexpr Direction kClient = Direction::kClientToServer, kServer = Direction::kServerToClient;
constexpr uint16_t kDtls12 = 0xFEFD, kDtls13 = 0xFEFC;

Bytes U24(size_t value) {
  return Bytes{static_cast<uint8_t>(value >> 16)} + U16(static_cast<uint16_t>(value));
}
Bytes RecordOf(uint8_t type, const Bytes& content, uint16_t epoch = 0, uint16_t version = kDtls12) {
  return Bytes{type} + U16(version) + U16(epoch) + Fill(6) +
         U16(static_cast<uint16_t>(content.size())) + content;
}
// A piece of the message `type` with `body`.
Bytes FragmentOf(uint8_t type, const Bytes& body, size_t begin, size_t end, uint16_t number = 0) {
  return Bytes{type} + U24(body.size()) + U16(number) + U24(begin) + U24(end - begin) +
         Part(body, begin, end);
}
// The body of a hello of DTLS: with the cookie that TLS does not have.
Bytes HelloBody(std::string_view name, size_t fill = 0, const Bytes& cookie = {0}) {
  const Bytes message = HelloMessage(name, fill, {}, cookie);
  return U16(kDtls12) + Part(message, 6, message.size());
}
Bytes ServerHelloBody(uint16_t version) {
  const Bytes extensions = version == kDtls13 ? Extension(43, U16(kDtls13)) : Bytes{};
  return U16(kDtls12) + Fill(32, 9) + Bytes{0} + U16(0xC02B) + Bytes{0} +
         U16(static_cast<uint16_t>(extensions.size())) + extensions;
}

class DtlsFlow {
 public:
  ~DtlsFlow() { tracker_.Release(state_); }
  // `captured`: fewer bytes than were sent.
  bool Send(Direction sender, const Bytes& datagram, size_t captured = SIZE_MAX) {
    UdpPayload p;
    p.bytes = ByteReader(datagram).Sub(0, captured);
    p.length_field = static_cast<uint16_t>(datagram.size() + 8);
    p.available = p.bytes.size() + 8;
    return tracker_.OnDatagram(sender, p, state_);
  }
  bool done() const { return tracker_.done(state_); }
  HandshakeDetails Details() {
    tracker_.Finish(state_);
    const auto details = tracker_.Handshake(state_);
    return details != nullptr ? *details : HandshakeDetails();
  }

 private:
  DtlsHandshakeTracker tracker_;
  uint32_t state_ = DtlsHandshakeTracker::kNone;
};

TEST(DtlsHandshake, BothHellos) {
  DtlsFlow flow;
  const Bytes hello = HelloBody("dtls.test");
  EXPECT_TRUE(flow.Send(kClient, RecordOf(22, FragmentOf(1, hello, 0, hello.size()))));
  const Bytes answer = ServerHelloBody(kDtls12);
  EXPECT_TRUE(flow.Send(kServer, RecordOf(22, FragmentOf(2, answer, 0, answer.size()))));
  EXPECT_TRUE(flow.done());
  EXPECT_EQ(flow.Details().server_name, "dtls.test");
  EXPECT_EQ(flow.Details().version, kDtls12);
  EXPECT_TRUE(flow.Details().server_answered);
  EXPECT_EQ(flow.Details().ja4.substr(0, 1), "d");
}

TEST(DtlsHandshake, Version13IsInAnExtension) {
  DtlsFlow flow;
  const Bytes answer = ServerHelloBody(kDtls13);
  flow.Send(kServer, RecordOf(22, FragmentOf(2, answer, 0, answer.size())));
  EXPECT_EQ(flow.Details().version, kDtls13);
}

// Fragments in any order, each in a record of its own, several records in a datagram; the server
// wants a cookie first.
TEST(DtlsHandshake, FragmentsAndVerifyRequest) {
  DtlsFlow flow;
  const Bytes hello = HelloBody("pieces.test", 900);
  flow.Send(kClient, RecordOf(22, FragmentOf(1, hello, 0, 300)));  // the others are lost
  flow.Send(kServer, RecordOf(22, FragmentOf(3, Fill(20, 1), 0, 20)));
  const Bytes again = HelloBody("pieces.test", 900, Bytes{3, 7, 7, 7});
  const size_t end = again.size();
  flow.Send(kClient, RecordOf(22, FragmentOf(1, again, 600, end, 1)) +
                         RecordOf(22, FragmentOf(1, again, 0, 400, 1)));
  flow.Send(kClient, RecordOf(22, FragmentOf(1, again, 300, 700, 1)));
  EXPECT_EQ(flow.Details().server_name, "pieces.test");
  EXPECT_TRUE(flow.Details().retried);
  EXPECT_FALSE(flow.Details().server_answered);
}

TEST(DtlsHandshake, AlertsInClear) {
  DtlsFlow flow;
  const Bytes hello = HelloBody("alert.test");
  flow.Send(kClient, RecordOf(22, FragmentOf(1, hello, 0, hello.size())));
  flow.Send(kServer, RecordOf(21, Bytes{2, 40}));
  flow.Send(kServer, RecordOf(21, Fill(10, 3), /*epoch=*/1));
  EXPECT_EQ(flow.Details().server_alert, 41);
  EXPECT_EQ(flow.Details().client_alert, 0);
}

TEST(DtlsHandshake, WhatIsNoRecord) {
  DtlsFlow flow;
  EXPECT_FALSE(flow.Send(kClient, {}));
  EXPECT_FALSE(flow.Send(kClient, RecordOf(22, Fill(30), 0, 0x0303)));
  EXPECT_FALSE(flow.Send(kClient, RecordOf(19, Fill(30))));
  Bytes longer = RecordOf(22, Fill(30));
  longer[12] = 200;  // more than the datagram
  EXPECT_FALSE(flow.Send(kClient, longer));
}

TEST(DtlsHandshake, FragmentsThatLie) {
  DtlsFlow flow;
  const Bytes hello = HelloBody("lie.test");
  // Behind the message's end; of 16 MiB; each byte alone, more than can be apart.
  EXPECT_TRUE(
      flow.Send(kClient, RecordOf(22, Bytes{1} + U24(10) + U16(0) + U24(8) + U24(5) + Fill(5))));
  flow.Send(kClient,
            RecordOf(22, Bytes{1} + U24(0xFFFFFF) + U16(1) + U24(0xFFFFF0) + U24(8) + Fill(8)));
  for (size_t i = 0; i + 1 < hello.size(); i += 2) {
    flow.Send(kClient, RecordOf(22, FragmentOf(1, hello, i, i + 1, 2)));
  }
  EXPECT_EQ(flow.Details().server_name, "");
}

TEST(DtlsHandshake, AnAnswerThatIsCut) {
  const Bytes hello = HelloBody("dtls.test");
  for (const uint16_t version : {kDtls12, kDtls13}) {
    const Bytes answer = ServerHelloBody(version);
    const Bytes datagram = RecordOf(22, FragmentOf(2, answer, 0, answer.size()));
    for (size_t size = 30; size <= datagram.size(); ++size) {
      DtlsFlow flow;
      flow.Send(kClient, RecordOf(22, FragmentOf(1, hello, 0, hello.size())));
      flow.Send(kServer, datagram, size);
      const bool whole = size == datagram.size();
      EXPECT_EQ(flow.done(), whole) << size;
      EXPECT_EQ(flow.Details().version, whole ? version : 0) << size;
      EXPECT_EQ(flow.Details().answer_cut, !whole) << size;
      EXPECT_EQ(flow.Details().ja3s.empty(), !whole) << size;
      EXPECT_TRUE(flow.Details().hello_whole);
      flow.Send(kServer, datagram);  // once more
      EXPECT_EQ(flow.Details().version, version) << size;
      EXPECT_FALSE(flow.Details().answer_cut) << size;
    }
  }
}

// Longer than a packet, as those with post-quantum keys are: in any order, and as far as it goes.
TEST(DtlsHandshake, AnAnswerInFragments) {
  const Bytes hello = HelloBody("dtls.test"), answer = ServerHelloBody(kDtls13);
  const size_t end = answer.size(), half = end / 2;
  const auto piece = [&](size_t from, size_t to) {
    return RecordOf(22, FragmentOf(2, answer, from, to));
  };
  for (const bool turned : {false, true}) {
    DtlsFlow flow;
    flow.Send(kClient, RecordOf(22, FragmentOf(1, hello, 0, hello.size())));
    flow.Send(kServer, turned ? piece(half, end) : piece(0, half));
    EXPECT_FALSE(flow.done());
    flow.Send(kServer, turned ? piece(0, half) : piece(half, end));
    EXPECT_TRUE(flow.done());
    EXPECT_EQ(flow.Details().version, kDtls13);
    EXPECT_TRUE(flow.Details().server_answered);
    EXPECT_FALSE(flow.Details().answer_cut);
    EXPECT_FALSE(flow.Details().ja3s.empty());
  }
}

// A retry that is not whole does not spoil what comes behind it.
TEST(DtlsHandshake, AnAnswerBehindALostOne) {
  const Bytes answer = ServerHelloBody(kDtls12);
  DtlsFlow flow;
  flow.Send(kServer, RecordOf(22, FragmentOf(2, Fill(90, 1), 40, 90, 0)));
  flow.Send(kServer, RecordOf(22, FragmentOf(2, answer, 20, answer.size(), 1)));
  flow.Send(kServer, RecordOf(22, FragmentOf(2, answer, 0, 20, 1)));
  EXPECT_EQ(flow.Details().version, kDtls12);
}

// What comes behind the server's hello tells that it was sent: it may have chosen anything.
TEST(DtlsHandshake, AnAnswerThatWasNotSeen) {
  const Bytes hello = HelloBody("dtls.test"), answer = ServerHelloBody(kDtls12);
  const Bytes behind[] = {RecordOf(22, FragmentOf(2, Fill(answer.size(), 1), 20, answer.size(), 1)),
                          RecordOf(22, FragmentOf(11, Fill(90, 1), 0, 90, 2)),
                          RecordOf(20, Fill(1, 1))};
  for (const Bytes& record : behind) {
    DtlsFlow flow;
    flow.Send(kClient, RecordOf(22, FragmentOf(1, hello, 0, hello.size())));
    EXPECT_NE(flow.Details().version, 0);
    flow.Send(kClient, RecordOf(20, Fill(1, 1)));
    EXPECT_FALSE(flow.Details().answer_cut);
    flow.Send(kServer, record);
    EXPECT_EQ(flow.Details().version, 0);
    EXPECT_TRUE(flow.Details().answer_cut);
    EXPECT_FALSE(flow.Details().server_answered);
    flow.Send(kServer, RecordOf(22, FragmentOf(2, answer, 0, answer.size(), 3)));
    EXPECT_EQ(flow.Details().version, kDtls12);
    EXPECT_FALSE(flow.Details().answer_cut);
  }
}

TEST(DtlsHandshake, AHelloThatIsCut) {
  const Bytes hello = HelloBody("dtls.test");
  const Bytes datagram = RecordOf(22, FragmentOf(1, hello, 0, hello.size()));
  for (size_t size = 13; size < datagram.size(); ++size) {
    DtlsFlow flow;
    flow.Send(kClient, datagram, size);
    const HandshakeDetails details = flow.Details();
    EXPECT_EQ(details.version, 0) << size;
    EXPECT_EQ(details.ja4, "") << size;
    EXPECT_FALSE(details.hello_whole) << size;
    EXPECT_TRUE(details.server_name.empty() || details.server_name == "dtls.test") << size;
  }
}

TEST(DtlsHandshake, CutAnywhere) {
  const Bytes hello = HelloBody("cut.test");
  const Bytes datagram = RecordOf(22, FragmentOf(1, hello, 0, hello.size()));
  for (size_t size = 0; size < datagram.size(); ++size) {
    DtlsFlow flow;
    Bytes cut = Part(datagram, 0, size);
    flow.Send(kClient, cut);
    EXPECT_TRUE(flow.Details().server_name.empty()) << size;
  }
}

}  // namespace
}  // namespace tstat::internal
