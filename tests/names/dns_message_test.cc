// SPDX-License-Identifier: BSD-3-Clause
#include "names/dns_message.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "names/dns_presentation.h"
#include "tests/names/dns_builder.h"

namespace tstat::internal {
namespace {

using namespace testing;  // NOLINT: builders

constexpr uint16_t kA = 1, kMx = 15, kTxt = 16, kOpt = 41, kTsig = 250;

std::optional<DnsMessageView> Parse(const Bytes& message) {
  return DnsMessageView::Parse({ByteReader(message), message.size()});
}
bool IsValid(const Bytes& message) { return Parse(message).has_value(); }
Bytes OneQuestion(const Bytes& name) {
  return DnsHeader({.flags = 0x0100, .questions = 1}) + name + U16(kA) + U16(1);
}
std::string NameAt(const Bytes& message, size_t at) {
  std::string text;
  DnsText out(&text, SIZE_MAX);
  AppendDnsName({ByteReader(message), message.size()}, at, out);
  return text;
}

TEST(DnsMessage, TwelveZerosAreOne) {
  EXPECT_TRUE(IsValid(Fill(12)));
  EXPECT_FALSE(IsValid(Fill(11)));
  EXPECT_TRUE(IsValid(Fill(12) + Fill(30, 0xFF)));  // what is behind is not looked at
}

TEST(DnsMessage, QuestionsAndAnswers) {
  const Bytes bytes =
      DnsHeader({.id = 7, .flags = 0x8583, .questions = 2, .answers = 2, .authorities = 1}) +
      Question("a.b", kA) + Question("", 255, 255) + Record("a.b", kA, {1, 2, 3, 4}) +
      Record(Pointer(12), kMx, U16(10) + Pointer(14), {.ttl = 0x80000001}) +
      Record("", 2, Name("ns"));
  const auto message = Parse(bytes);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->id(), 7);
  EXPECT_TRUE(message->is_response());
  EXPECT_EQ(message->response_code(), 3);
  EXPECT_EQ(message->authorities(), 1);
  std::vector<uint16_t> types, classes;
  message->ForEachQuestion(9, [&](const DnsQuestionView& q) {
    types.push_back(q.type);
    classes.push_back(q.record_class);
  });
  EXPECT_EQ(types, (std::vector<uint16_t>{kA, 255}));
  EXPECT_EQ(classes, (std::vector<uint16_t>{1, 255}));
  std::vector<uint32_t> ttls;
  message->ForEachAnswer([&](const DnsRecordView& r) { ttls.push_back(r.ttl); });
  EXPECT_EQ(ttls, (std::vector<uint32_t>{300, 0x80000001}));
}

TEST(DnsMessage, EveryCutIsNoMessage) {
  const Bytes whole = DnsHeader({.questions = 1, .answers = 2}) + Question("a.b", kA) +
                      Record("a.b", kTxt, Bytes{1, 'x', 2, 'y', 'z'}) +
                      Record(Pointer(12), kMx, U16(10) + Name("m"));
  ASSERT_TRUE(IsValid(whole));
  for (size_t n = 0; n < whole.size(); ++n) {
    EXPECT_FALSE(IsValid(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n))));
  }
}

// The message has the length that it is said to have; bytes that were not captured are zeros.
TEST(DnsMessage, WhatWasNotCapturedIsZeros) {
  const Bytes start = DnsHeader({.questions = 1, .answers = 1}) + Question("a.b", kA);
  const DnsWire wire(ByteReader(start), start.size() + 11);  // a record of zeros has 11 bytes
  const auto message = DnsMessageView::Parse(wire);
  ASSERT_TRUE(message.has_value());
  message->ForEachAnswer([](const DnsRecordView& r) { EXPECT_EQ(r.type, 0); });
  EXPECT_FALSE(DnsMessageView::Parse({ByteReader(start), start.size() + 10}).has_value());
  // And what is behind its end does not belong to it.
  const Bytes more = start + Fill(40);
  EXPECT_FALSE(DnsMessageView::Parse({ByteReader(more), start.size() + 10}).has_value());
}

TEST(DnsMessage, NamesHave254BytesAtMost) {
  const Bytes label = Bytes{63} + Fill(63, 'a');
  const Bytes three = label + label + label;  // 192
  EXPECT_TRUE(IsValid(OneQuestion(three + Bytes{61} + Fill(61, 'b') + Bytes{0})));
  EXPECT_FALSE(IsValid(OneQuestion(three + Bytes{62} + Fill(62, 'b') + Bytes{0})));
  EXPECT_FALSE(IsValid(OneQuestion(Bytes{64} + Fill(64, 'a') + Bytes{0})));
  EXPECT_FALSE(IsValid(OneQuestion(Bytes{191} + Fill(191, 'a') + Bytes{0})));
}

TEST(DnsMessage, PointersGoAnywhereButToTheBegin) {
  EXPECT_FALSE(IsValid(OneQuestion(Pointer(0))));
  const Bytes forward = OneQuestion(Pointer(18)) + Name("later");
  ASSERT_TRUE(IsValid(forward));
  EXPECT_EQ(NameAt(forward, 12), "later.");
  const Bytes behind = OneQuestion(Pointer(18));
  EXPECT_FALSE(IsValid(behind));  // the message ends there
  EXPECT_FALSE(IsValid(OneQuestion(Pointer(0x3FFF))));
  EXPECT_FALSE(IsValid(OneQuestion(Bytes{0xC0})));
  EXPECT_FALSE(IsValid(OneQuestion(Pointer(12))));                  // a circle
  EXPECT_FALSE(IsValid(OneQuestion(Bytes{1, 'a'} + Pointer(12))));  // one that grows
}

// A chain of pointers is walked for each name that leads into it: all names of a message may have
// a million of them.
TEST(DnsMessage, ManyPointersEndIt) {
  constexpr size_t kHops = 5000;
  const auto message = [](size_t names) {
    Bytes bytes = DnsHeader({.questions = static_cast<uint16_t>(names)});
    const size_t chain = 12 + 6 * names;
    for (size_t i = 0; i < names; ++i) {
      bytes = bytes + Pointer(static_cast<uint16_t>(chain)) + U16(kA) + U16(1);
    }
    for (size_t i = 1; i < kHops; ++i) {
      bytes = bytes + Pointer(static_cast<uint16_t>(chain + 2 * i));
    }
    return bytes + Bytes{0};
  };
  EXPECT_TRUE(IsValid(message(200)));
  EXPECT_FALSE(IsValid(message(201)));
}

// The next record begins where the last field of this one ended.
TEST(DnsMessage, FieldsDecideWhereARecordEnds) {
  const Bytes header = DnsHeader({.answers = 2});
  // Two bytes of the first are the name and a part of the type of the second.
  const Bytes two_left = header + Record("a", kA, {1, 2, 3, 4, 0, 0}, {}) + Bytes{16} + U16(1) +
                         U32(60) + U16(2) + Bytes{1, 'x'};
  const auto message = Parse(two_left);
  ASSERT_TRUE(message.has_value());
  std::vector<uint16_t> types;
  message->ForEachAnswer([&](const DnsRecordView& r) { types.push_back(r.type); });
  EXPECT_EQ(types, (std::vector<uint16_t>{kA, kTxt}));
  // Fewer bytes than the type has fields: fewer fields; half a field: no message.
  EXPECT_TRUE(IsValid(DnsHeader({.answers = 1}) + Record("a", kMx, U16(10))));
  EXPECT_FALSE(IsValid(DnsHeader({.answers = 1}) + Record("a", kA, {1, 2, 3})));
  EXPECT_FALSE(IsValid(DnsHeader({.answers = 1}) + Record("a", kTxt, Bytes{5, 'x'})));
  // A name may go on behind the end.
  EXPECT_TRUE(IsValid(DnsHeader({.answers = 1}) +
                      Record("a", kMx, U16(10) + Name("mail"), {.data_length = 3})));
}

// 255 strings, and the rest is the next record.
TEST(DnsMessage, ARecordHas255FieldsAtMost) {
  const auto texts = [](size_t n) { return Record("a", kTxt, Fill(n)); };
  EXPECT_TRUE(IsValid(DnsHeader({.answers = 1}) + texts(255)));
  const Bytes more = DnsHeader({.answers = 2}) + texts(255 + 11);
  const auto message = Parse(more);
  ASSERT_TRUE(message.has_value());
  std::vector<uint16_t> types;
  message->ForEachAnswer([&](const DnsRecordView& r) { types.push_back(r.type); });
  EXPECT_EQ(types, (std::vector<uint16_t>{kTxt, 0}));
}

TEST(DnsMessage, OptAndTsigAreNotCounted) {
  const Bytes opt = Record("", kOpt, {}), tsig = Record("", kTsig, {});
  const Bytes a = Record("a", kA, {1, 2, 3, 4});
  const auto additional = [](const Bytes& message) {
    const auto view = Parse(message);
    return view ? int{view->additional()} : -1;
  };
  EXPECT_EQ(additional(DnsHeader({.additional = 2}) + opt + a), 1);
  EXPECT_EQ(additional(DnsHeader({.additional = 3}) + a + opt + tsig), 1);
  // Behind a TSIG the last record is not read any more.
  EXPECT_EQ(additional(DnsHeader({.additional = 2}) + tsig + Fill(1, 0xFF)), 1);
  EXPECT_EQ(additional(DnsHeader({.additional = 2}) + a + Fill(1, 0xFF)), -1);
  // In the answer section they are records as others.
  EXPECT_EQ(additional(DnsHeader({.answers = 1, .additional = 1}) + opt + a), 1);
}

}  // namespace
}  // namespace tstat::internal
