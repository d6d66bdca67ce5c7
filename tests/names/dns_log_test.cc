// SPDX-License-Identifier: BSD-3-Clause
#include "names/dns_log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "decode/decoder.h"
#include "tests/names/dns_builder.h"

namespace tstat::internal {
namespace {

using namespace testing;  // NOLINT: builders

constexpr Direction kClient = Direction::kClientToServer, kServer = Direction::kServerToClient;
constexpr uint16_t kA = 1, kTxt = 16, kNsec3Param = 51;

class DnsLogTest : public ::testing::Test, public EventSink {
 protected:
  DnsLogTest() {
    endpoints_.client = {.address = IpAddress::V4(0x0A000001), .port = 40000};
    endpoints_.server = {.address = IpAddress::V4(0xC0A80102), .port = 53};
    endpoints_.client.internal = false;
  }

  EventMask Wants() const override { return Event::kDnsEntry; }
  void OnDnsEntry(const DnsEntry& entry) override { entries_.push_back(entry); }

  // Whether `message` is taken. Of it, `captured` bytes.
  bool Send(Direction sender, const Bytes& message, size_t captured = SIZE_MAX,
            const Ipv4Fields& ip = {.protocol = 17}, DnsTransactions* transactions = nullptr) {
    Bytes frame = Ipv4(ip, Udp(static_cast<uint16_t>(8 + message.size())) + message);
    if (captured < message.size()) frame.resize(28 + captured);
    const Packet packet = PacketOf(frame, LinkType::kRaw);
    Datagram datagram;
    EXPECT_EQ(decoder_.Decode(packet, &datagram), DecodeResult::kIp);
    UdpDatagramStep step;
    step.direction = sender;
    step.datagram = &datagram;
    step.order = {.packet = 7, .sub = 1 << kOrdersPerStepBits};
    return log_.OnDatagram(step, endpoints_, /*flow_number=*/9, transactions);
  }

  Decoder decoder_{DecoderOptions()};
  Endpoints endpoints_;
  DnsLog log_{this};
  std::vector<DnsEntry> entries_;
};

TEST_F(DnsLogTest, AnEntryForEachQuestion) {
  ASSERT_TRUE(Send(kClient, DnsHeader({.id = 5, .flags = 0x0110, .questions = 2}) +
                                Question("www.example", kA) + Question("", kNsec3Param, 4)));
  ASSERT_EQ(entries_.size(), 2u);
  const DnsEntry& first = entries_[0];
  EXPECT_EQ(first.kind, DnsEntryKind::kQuestion);
  EXPECT_EQ(first.id, 5);
  EXPECT_EQ(first.flags, dns_flags::kRecursionDesired | dns_flags::kCheckingDisabled);
  EXPECT_EQ(first.name, "www.example.");
  EXPECT_EQ(first.raw_name, "www.example.");
  EXPECT_EQ(first.type_name, "A");
  EXPECT_EQ(first.class_name, "IN");
  EXPECT_EQ(first.question_count, 2);
  EXPECT_EQ(first.message_bytes, 12u + 17 + 5);
  EXPECT_EQ(first.flow_number, 9u);
  EXPECT_EQ(first.time, Timestamp::FromMicroseconds(1'500'000'000'000'000));
  EXPECT_EQ(entries_[1].name, ".");
  EXPECT_EQ(entries_[1].raw_name, "");
  EXPECT_EQ(entries_[1].type_name, "NSEC3PARAM");
  EXPECT_EQ(entries_[1].class_name, "HS");
  EXPECT_LT(first.order, entries_[1].order);
}

TEST_F(DnsLogTest, AnEntryForEachAnswerThatCanBeShown) {
  ASSERT_TRUE(Send(kServer, DnsHeader({.flags = 0x8780, .questions = 1, .answers = 3}) +
                                Question("a.b", kA) + Record("a.b", kA, {192, 0, 2, 1}) +
                                Record("a.b", 257, {0, 1, '-'}) +
                                Record("c\xFF", 65, U16(1) + Name(""), {.ttl = 4000000000})));
  ASSERT_EQ(entries_.size(), 2u);
  EXPECT_EQ(entries_[0].kind, DnsEntryKind::kAnswer);
  EXPECT_EQ(entries_[0].data, "192.0.2.1");
  EXPECT_EQ(entries_[0].ttl_s, 300u);
  EXPECT_EQ(entries_[0].raw_name, "");
  EXPECT_EQ(entries_[0].flags, dns_flags::kRecursionAvailable | dns_flags::kRecursionDesired |
                                   dns_flags::kTruncated | dns_flags::kAuthoritative);
  EXPECT_EQ(entries_[1].name, "c\\255.");
  EXPECT_EQ(entries_[1].type_name, "HTTPS");
  EXPECT_EQ(entries_[1].data, "1 .");
  EXPECT_EQ(entries_[1].ttl_s, 4000000000u);
  EXPECT_FALSE(entries_[1].data_cut);
}

TEST_F(DnsLogTest, AnAnswerWithoutRecordsIsTakenAndSilent) {
  EXPECT_TRUE(Send(kServer, DnsHeader({.flags = 0x8180, .questions = 1}) + Question("a", kA)));
  EXPECT_TRUE(entries_.empty());
}

TEST_F(DnsLogTest, OneEntryForAnError) {
  const Bytes answer = Record("a", kA, {1, 2, 3, 4});
  ASSERT_TRUE(Send(kServer, DnsHeader({.flags = 0x8183, .questions = 2, .answers = 1}) +
                                Question("x", kA) + Question("y", kTxt) + answer));
  ASSERT_TRUE(Send(kServer, DnsHeader({.flags = 0x800F})));
  ASSERT_EQ(entries_.size(), 2u);
  EXPECT_EQ(entries_[0].kind, DnsEntryKind::kError);
  EXPECT_EQ(entries_[0].response_code, 3);
  EXPECT_EQ(entries_[0].name, "x.");
  EXPECT_EQ(entries_[0].data, "");
  EXPECT_EQ(entries_[1].response_code, 15);
  EXPECT_FALSE(entries_[1].has_name);
  EXPECT_EQ(entries_[1].name, "");
}

// Whoever opened the flow: the client asks, and gets the answer.
TEST_F(DnsLogTest, TheClientIsWhoAsks) {
  const Bytes query = DnsHeader({.flags = 0, .questions = 1}) + Question("a", kA);
  const Bytes error = DnsHeader({.flags = 0x8002});
  Send(kClient, query);
  Send(kServer, query);
  Send(kClient, error);
  Send(kServer, error);
  ASSERT_EQ(entries_.size(), 4u);
  const std::vector<uint16_t> clients = {40000, 53, 53, 40000};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(entries_[i].endpoints.client.port, clients[i]) << i;
    EXPECT_EQ(entries_[i].endpoints.client.internal, clients[i] == 53) << i;
    EXPECT_EQ(entries_[i].endpoints.server.internal, clients[i] != 53) << i;
  }
}

TEST_F(DnsLogTest, MulticastIsLeftOut) {
  const Bytes message = Fill(12);
  const auto from_to = [](uint32_t source, uint32_t destination) {
    return Ipv4Fields{.protocol = 17, .source = source, .destination = destination};
  };
  EXPECT_FALSE(Send(kClient, message, SIZE_MAX, from_to(0x0A000001, 0xE00000FB)));
  EXPECT_FALSE(Send(kClient, message, SIZE_MAX, from_to(0xEFFFFFFF, 0x0A000001)));
  EXPECT_TRUE(Send(kClient, message, SIZE_MAX, from_to(0x0A000001, 0xF0000001)));
  EXPECT_TRUE(Send(kClient, message, SIZE_MAX, from_to(0x0A000001, 0xDFFFFFFF)));
}

// The length is that of the IP header; what was not captured is zeros, but where an earlier packet
// was captured further.
TEST_F(DnsLogTest, ACutMessage) {
  const Bytes message = DnsHeader({.flags = 0x8180, .questions = 1, .answers = 2}) +
                        Question("a.b", kA) + Record("a.b", kA, {192, 0, 2, 1}) + Fill(30, 0x11);
  ASSERT_TRUE(Send(kServer, message, message.size() - 30));
  ASSERT_EQ(entries_.size(), 2u);
  EXPECT_EQ(entries_[1].name, ".");
  EXPECT_EQ(entries_[1].type_name, "TYPE0");
  EXPECT_EQ(entries_[1].class_name, "CLASS0");
  EXPECT_EQ(entries_[1].data, "\\# 0");
  EXPECT_EQ(entries_[1].message_bytes, message.size());
  EXPECT_FALSE(Send(kServer, Fill(11)));
  EXPECT_FALSE(Send(kServer, {}));

  EXPECT_FALSE(Send(kClient, Fill(300, 0xFF)));
  EXPECT_FALSE(Send(kServer, message, message.size() - 30));
  // Of this one all that is needed was captured.
  entries_.clear();
  const Bytes whole = DnsHeader({.flags = 0x8180, .answers = 1}) +
                      Record("a.b", kA, {192, 0, 2, 1}) + Fill(30, 0x11);
  EXPECT_TRUE(Send(kServer, whole, whole.size() - 30));
  ASSERT_EQ(entries_.size(), 1u);
  EXPECT_EQ(entries_[0].message_bytes, whole.size());
}

TEST_F(DnsLogTest, LongAnswersAreCut) {
  const Bytes text = Bytes{200} + Fill(200, 'x');  // 203 characters with quotes and a blank
  Bytes data;
  for (int i = 0; i < 21; ++i) data = data + text;
  ASSERT_TRUE(Send(
      kServer, DnsHeader({.answers = 2}) + Record("a.b", kTxt, data) + Record("a.b", kTxt, text)));
  ASSERT_EQ(entries_.size(), 2u);
  EXPECT_TRUE(entries_[0].data_cut);
  // In front of it: "a.b. 300 IN TXT ".
  EXPECT_EQ(entries_[0].data.size(), 4095u - 16);
  EXPECT_FALSE(entries_[1].data_cut);
}

// Of the true profile: when the question with the same number was asked, and multicast.
TEST_F(DnsLogTest, TimesOfQuestions) {
  DnsTransactions transactions;
  transactions.Ask(5, 0, Timestamp::FromSeconds(1'499'999'999));
  const Bytes answer = DnsHeader({.id = 5, .questions = 1, .answers = 1}) + Question("a.b", kA) +
                       Record("a.b", kA, {192, 0, 2, 1});
  const DnsLog::Origin origin{.time = Timestamp::FromSeconds(1'500'000'000),
                              .order = {.packet = 7, .sub = 100},
                              .sender = kServer,
                              .protocol = FlowProtocol::kTcp,
                              .flow_number = 3,
                              .endpoints = endpoints_,
                              .transactions = &transactions};
  EXPECT_EQ(log_.OnStreamMessage(ByteReader(answer), answer.size(), origin), 1u);
  ASSERT_EQ(entries_.size(), 1u);
  EXPECT_EQ(entries_[0].question_time, Timestamp::FromSeconds(1'499'999'999));
  EXPECT_EQ(entries_[0].protocol, FlowProtocol::kTcp);
  EXPECT_EQ(entries_[0].flow_number, 3u);
  EXPECT_EQ(entries_[0].endpoints.client.port, 40000);
  const Bytes broken = Fill(11);
  EXPECT_EQ(log_.OnStreamMessage(ByteReader(broken), broken.size(), origin), 0u);
}

// Of the true profile: what can be read of a message whose end was not captured, or is broken.
TEST_F(DnsLogTest, BeginsOfMessages) {
  const Ipv4Fields ip = {.protocol = 17};
  DnsTransactions transactions;
  const Bytes query = DnsHeader({.flags = 0x0100, .questions = 1, .additional = 1}) +
                      Question("pad.example", kTxt) + Record("", 0, Fill(1400));
  EXPECT_FALSE(Send(kClient, Fill(1500, 0xFF)));  // so that what is not captured is not zeros
  EXPECT_FALSE(Send(kClient, query, 500));
  EXPECT_TRUE(Send(kClient, query, 500, ip, &transactions));
  ASSERT_EQ(entries_.size(), 1u);
  EXPECT_EQ(entries_[0].name, "pad.example.");
  EXPECT_EQ(entries_[0].kind, DnsEntryKind::kQuestion);
  EXPECT_EQ(entries_[0].message_bytes, query.size());
  EXPECT_EQ(entries_[0].additional_count, 1);

  const Bytes answer = DnsHeader({.flags = 0x8180, .questions = 1, .answers = 2}) +
                       Question("a.b", kA) + Record("a.b", kA, {192, 0, 2, 1});
  entries_.clear();
  EXPECT_FALSE(Send(kServer, answer));
  EXPECT_TRUE(Send(kServer, answer, SIZE_MAX, ip, &transactions));
  ASSERT_EQ(entries_.size(), 1u);
  EXPECT_EQ(entries_[0].kind, DnsEntryKind::kAnswer);
  EXPECT_EQ(entries_[0].data, "192.0.2.1");
  // The first question has to be there as a whole.
  const size_t question_end = 12 + 5 + 4;
  entries_.clear();
  EXPECT_FALSE(Send(kServer, answer, question_end - 1, ip, &transactions));
  EXPECT_TRUE(Send(kServer, answer, question_end, ip, &transactions));
  ASSERT_EQ(entries_.size(), 1u);
  EXPECT_EQ(entries_[0].kind, DnsEntryKind::kNoRecord);
  EXPECT_EQ(entries_[0].name, "a.b.");
}

// What is no DNS by its header is none, although a name could be read.
TEST_F(DnsLogTest, BeginsThatAreNoDns) {
  DnsTransactions transactions;
  const auto sends = [&](const DnsHeaderFields& header, uint16_t record_class) {
    return Send(kClient, DnsHeader(header) + Question("a.b", kA, record_class), SIZE_MAX,
                {.protocol = 17}, &transactions);
  };
  constexpr DnsHeaderFields kGood = {.flags = 0x0100, .questions = 1, .answers = 1};
  EXPECT_TRUE(sends(kGood, 1));
  EXPECT_TRUE(sends(kGood, 0x8001));  // of multicast
  EXPECT_FALSE(sends(kGood, 2));
  DnsHeaderFields bad = kGood;
  bad.flags = 0x0140;  // a reserved bit
  EXPECT_FALSE(sends(bad, 1));
  bad.flags = 0x1800;  // no operation
  EXPECT_FALSE(sends(bad, 1));
  bad.flags = 0x0103;  // a question with an error
  EXPECT_FALSE(sends(bad, 1));
  bad = kGood;
  bad.questions = DnsMessageView::kMostQuestionsOfBegin + 1;
  EXPECT_FALSE(sends(bad, 1));
  bad.questions = DnsMessageView::kMostQuestionsOfBegin;  // of which one can be read
  EXPECT_TRUE(sends(bad, 1));
}

// Of the true profile: a response says that there is nothing, or what cannot be shown.
TEST_F(DnsLogTest, ResponsesWithoutRecords) {
  DnsTransactions transactions;
  transactions.Ask(0x1234, 0, Timestamp::FromSeconds(1'499'999'999));
  const Ipv4Fields ip = {.protocol = 17};
  EXPECT_TRUE(Send(kServer,
                   DnsHeader({.flags = 0x8180, .questions = 1}) + Question("none.example", 65),
                   SIZE_MAX, ip, &transactions));
  EXPECT_TRUE(Send(kServer, DnsHeader({.flags = 0x8180}), SIZE_MAX, ip, &transactions));
  EXPECT_TRUE(Send(kServer,
                   DnsHeader({.flags = 0x8180, .questions = 1, .answers = 1}) +
                       Question("a.b", kA) + Record("a.b", 257, {0, 1, '-'}),
                   SIZE_MAX, ip, &transactions));
  ASSERT_EQ(entries_.size(), 3u);
  EXPECT_EQ(entries_[0].kind, DnsEntryKind::kNoRecord);
  EXPECT_EQ(entries_[0].name, "none.example.");
  EXPECT_EQ(entries_[0].type_name, "HTTPS");
  EXPECT_EQ(entries_[0].question_time, Timestamp::FromSeconds(1'499'999'999));
  EXPECT_EQ(entries_[0].endpoints.client.port, 40000);
  EXPECT_FALSE(entries_[1].has_name);
  EXPECT_EQ(entries_[2].name, "a.b.");
  EXPECT_EQ(entries_[2].type_name, "A");
  EXPECT_EQ(entries_[2].ttl_s, 0u);
}

// Of the true profile: no byte of a name is lost, and no question of an error.
TEST_F(DnsLogTest, NamesAreWhole) {
  DnsTransactions transactions;
  const Bytes nul = Bytes{3, 'a', 0, ' ', 0};
  EXPECT_TRUE(
      Send(kServer,
           DnsHeader({.flags = 0x8181, .questions = 2}) + Question("", kA) + nul + U16(kA) + U16(1),
           SIZE_MAX, {.protocol = 17}, &transactions));
  ASSERT_EQ(entries_.size(), 2u);
  EXPECT_EQ(entries_[0].raw_name, ".");
  EXPECT_EQ(entries_[1].raw_name, "a\\000\\032.");
  EXPECT_EQ(entries_[1].response_code, 1);
}

// Its zeros are nobody's.
TEST_F(DnsLogTest, WhatWasNotCapturedIsNotKnown) {
  const Ipv4Fields ip = {.protocol = 17};
  DnsTransactions transactions;
  const Bytes answer = DnsHeader({.flags = 0x8180, .questions = 1, .answers = 2}) +
                       Question("a.b", kA) + Record("a.b", kA, {192, 0, 2, 50}) +
                       Record("a.b", kA, {192, 0, 2, 51});
  const size_t first = 12 + 9 + 5 + 14;
  EXPECT_TRUE(Send(kServer, answer, first - 2, ip, &transactions));
  ASSERT_EQ(entries_.size(), 1u);
  EXPECT_EQ(entries_[0].kind, DnsEntryKind::kNoRecord);
  entries_.clear();
  EXPECT_TRUE(Send(kServer, answer, first + 8, ip, &transactions));
  ASSERT_EQ(entries_.size(), 1u);
  EXPECT_EQ(entries_[0].data, "192.0.2.50");
}

// A record of DTLS 1.2 has the version where DNS has its flags, and zeros where it has counts.
TEST_F(DnsLogTest, ZerosInsteadOfCountsAreNoDns) {
  const Ipv4Fields ip = {.protocol = 17};
  DnsTransactions transactions;
  const Bytes header = DnsHeader({.id = 0x16FE, .flags = 0xFD00});
  EXPECT_FALSE(Send(kServer, header + Fill(40, 7), SIZE_MAX, ip, &transactions));
  EXPECT_TRUE(Send(kServer, DnsHeader({.id = 1, .flags = 0x8000}), SIZE_MAX, ip, &transactions));
  const Bytes extended = DnsHeader({.id = 1, .flags = 0x8180, .additional = 1});
  EXPECT_TRUE(Send(kServer, extended + Record("", 41, {}), SIZE_MAX, ip, &transactions));
  EXPECT_FALSE(Send(kServer, extended + Record("", 40, {}), SIZE_MAX, ip, &transactions));
}

TEST_F(DnsLogTest, ClassesOfMulticastDns) {
  DnsTransactions transactions;
  const Bytes message = DnsHeader({.flags = 0x8400, .answers = 1}) +
                        Record("a.local", kA, {192, 0, 2, 1}, {.record_class = 0x8001});
  for (const uint16_t port : {uint16_t{5353}, uint16_t{53}}) {
    entries_.clear();
    const Bytes frame = Ipv4({.protocol = 17},
                             Udp(static_cast<uint16_t>(8 + message.size()), port, port) + message);
    const Packet packet = PacketOf(frame, LinkType::kRaw);
    Datagram datagram;
    ASSERT_EQ(decoder_.Decode(packet, &datagram), DecodeResult::kIp);
    UdpDatagramStep step;
    step.datagram = &datagram;
    EXPECT_TRUE(log_.OnDatagram(step, endpoints_, 9, &transactions));
    ASSERT_EQ(entries_.size(), 1u);
    EXPECT_EQ(entries_[0].class_name, port == 53 ? "CLASS32769" : "IN");
  }
}

TEST(DnsTransactions, LastOnesAreRemembered) {
  DnsTransactions transactions;
  EXPECT_FALSE(transactions.AskedAt(0, 1).is_set());
  for (uint16_t id = 0; id <= DnsTransactions::kMaxQuestions; ++id) {
    transactions.Ask(id, 1, Timestamp::FromSeconds(100 + id));
  }
  EXPECT_FALSE(transactions.AskedAt(0, 1).is_set());
  EXPECT_EQ(transactions.AskedAt(1, 1), Timestamp::FromSeconds(101));
  transactions.Ask(1, 1, Timestamp::FromSeconds(200));  // once more: no place of its own
  EXPECT_EQ(transactions.AskedAt(1, 1), Timestamp::FromSeconds(200));
  EXPECT_EQ(transactions.AskedAt(2, 1), Timestamp::FromSeconds(102));
}

TEST(DnsTransactions, ByWhatIsAskedForToo) {
  DnsTransactions transactions;
  transactions.Ask(7, 1, Timestamp::FromSeconds(100));
  transactions.Ask(7, 2, Timestamp::FromSeconds(101));
  EXPECT_EQ(transactions.AskedAt(7, 1), Timestamp::FromSeconds(100));
  EXPECT_EQ(transactions.AskedAt(7, 2), Timestamp::FromSeconds(101));
  EXPECT_FALSE(transactions.AskedAt(7, 3).is_set());
  EXPECT_TRUE(transactions.AskedAt(7, 0).is_set());  // an answer without its question
  EXPECT_FALSE(transactions.AskedAt(8, 1).is_set());
}

}  // namespace
}  // namespace tstat::internal
