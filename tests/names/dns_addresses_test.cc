// SPDX-License-Identifier: BSD-3-Clause
#include "names/dns_addresses.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/names/dns_builder.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::DnsHeader;
using testing::Fill;
using testing::Name;
using testing::Pointer;
using testing::Question;
using testing::Record;
using testing::U16;
using testing::U32;

constexpr uint16_t kA = 1, kCname = 5, kMx = 15, kAaaa = 28, kHttps = 65;
constexpr uint16_t kQuestionName = 12;  // where the first one stands

// Says whether it is a message as a whole.
bool Parse(const Bytes& message, DnsAddresses* found, bool asked = true) {
  return found->Parse(DnsWire(ByteReader(message), message.size()), asked);
}

TEST(DnsAddresses, AllOfALongAnswer) {
  Bytes message = DnsHeader({.questions = 1, .answers = 300}) + Question("www.example.test", kA);
  for (uint32_t i = 0; i < 300; ++i) {
    message = message + Record(Pointer(kQuestionName), kA, U32(0xC0000200 + i));
  }
  DnsAddresses found;
  ASSERT_TRUE(Parse(message, &found));
  ASSERT_EQ(found.names.size(), 1u);
  EXPECT_EQ(found.names[0].name, "www.example.test");
  ASSERT_EQ(found.names[0].v4.size(), 300u);
  EXPECT_EQ(found.names[0].v4[299], 0xC0000200 + 299);
}

TEST(DnsAddresses, AliasesInAnyOrderLeadToTheNameThatWasAskedFor) {
  const Bytes message =
      DnsHeader({.questions = 1, .answers = 4}) + Question("WWW.Example.test", kA) +
      Record("b.cdn.test", kA, U32(0xC0000201)) + Record("a.cdn.test", kCname, Name("B.cdn.test")) +
      Record("www.example.TEST", kCname, Name("a.cdn.test")) +
      Record("other.test", kA, U32(0xC0000202));
  DnsAddresses found;
  ASSERT_TRUE(Parse(message, &found));
  ASSERT_EQ(found.names.size(), 1u);
  EXPECT_EQ(found.names[0].name, "WWW.Example.test");
  // Nobody asked for the other one.
  EXPECT_EQ(found.names[0].v4, std::vector<uint32_t>{0xC0000201});
}

TEST(DnsAddresses, AliasesInACircleEnd) {
  const Bytes message = DnsHeader({.questions = 1, .answers = 3}) + Question("a.test", kA) +
                        Record("a.test", kCname, Name("b.test")) +
                        Record("b.test", kCname, Name("a.test")) + Record("b.test", kA, U32(1));
  DnsAddresses found;
  ASSERT_TRUE(Parse(message, &found));
  ASSERT_EQ(found.names.size(), 1u);
  EXPECT_EQ(found.names[0].name, "a.test");
}

TEST(DnsAddresses, SeveralQuestionsHaveTheirOwnAddresses) {
  const Bytes message = DnsHeader({.questions = 2, .answers = 2}) + Question("a.test", kA) +
                        Question("b.test", kAaaa) + Record("b.test", kAaaa, Fill(16, 7)) +
                        Record("a.test", kA, U32(5));
  DnsAddresses found;
  ASSERT_TRUE(Parse(message, &found));
  ASSERT_EQ(found.names.size(), 2u);
  EXPECT_EQ(found.names[0].name, "a.test");
  EXPECT_EQ(found.names[0].v4, std::vector<uint32_t>{5});
  EXPECT_EQ(found.names[1].name, "b.test");
  EXPECT_EQ(found.names[1].v6.size(), 1u);
}

// The parameters of a service: alpn, two addresses of each family; and what comes with the answer
// of the name that it leads to.
TEST(DnsAddresses, HintsOfServices) {
  const Bytes parameters = U16(1) + U16(3) + Bytes{2, 'h', '2'} + U16(4) + U16(8) +
                           U32(0xC0000201) + U32(0xC0000202) + U16(6) + U16(16) + Fill(16, 9);
  const Bytes message =
      DnsHeader({.questions = 1, .answers = 1, .additional = 1}) +
      Question("www.example.test", kHttps) +
      Record(Pointer(kQuestionName), kHttps, U16(1) + Name("svc.test") + parameters) +
      Record("svc.test", kA, U32(0xC0000203));
  DnsAddresses found;
  ASSERT_TRUE(Parse(message, &found));
  ASSERT_EQ(found.names.size(), 1u);
  EXPECT_EQ(found.names[0].v4, (std::vector<uint32_t>{0xC0000201, 0xC0000202, 0xC0000203}));
  EXPECT_EQ(found.names[0].v6.size(), 1u);
}

TEST(DnsAddresses, HintsThatClaimMoreThanIsThere) {
  for (const uint16_t length : {uint16_t{3}, uint16_t{5}, uint16_t{200}, uint16_t{0xFFFF}}) {
    const Bytes message = DnsHeader({.questions = 1, .answers = 1}) + Question("a.test", kHttps) +
                          Record(Pointer(kQuestionName), kHttps,
                                 U16(1) + Name("") + U16(4) + U16(length) + U32(0xC0000201));
    DnsAddresses found;
    Parse(message, &found);
    EXPECT_TRUE(found.names.empty()) << length;
  }
}

TEST(DnsAddresses, OtherQuestionsNameNothing) {
  DnsAddresses found;
  EXPECT_FALSE(Parse(DnsHeader({.questions = 1, .answers = 1}) + Question("a.test", kMx) +
                         Record("a.test", kA, U32(5)),
                     &found));
  EXPECT_TRUE(found.names.empty());
  EXPECT_FALSE(Parse(DnsHeader({.questions = 1, .answers = 1}) + Question("a.test", kA, 3) +
                         Record("a.test", kA, U32(5)),
                     &found));
}

TEST(DnsAddresses, MulticastAnswersNeedNoQuestion) {
  const Bytes message = DnsHeader({.flags = 0x8400, .answers = 1, .additional = 1}) +
                        Record("host.local", kA, U32(5), {.record_class = 0x8001}) +
                        Record("host.local", kAaaa, Fill(16, 7), {.record_class = 0x8001});
  DnsAddresses found;
  ASSERT_TRUE(Parse(message, &found, /*asked=*/false));
  ASSERT_EQ(found.names.size(), 1u);
  EXPECT_EQ(found.names[0].name, "host.local");
  EXPECT_EQ(found.names[0].v4.size(), 1u);
  EXPECT_EQ(found.names[0].v6.size(), 1u);
  EXPECT_FALSE(Parse(message, &found, /*asked=*/true));
}

// Each cut, and each byte changed: it ends, and no address is made up from what is not there.
TEST(DnsAddresses, CutAnywhere) {
  const Bytes message = DnsHeader({.questions = 1, .answers = 2}) + Question("a.test", kA) +
                        Record(Pointer(kQuestionName), kA, U32(5)) +
                        Record(Pointer(kQuestionName), kA, U32(6));
  DnsAddresses found;
  for (size_t size = 0; size < message.size(); ++size) {
    const Bytes cut(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(Parse(cut, &found)) << size;
    const size_t addresses = found.names.empty() ? 0 : found.names[0].v4.size();
    EXPECT_EQ(addresses, size >= message.size() - 16 ? 1u : 0u) << size;
  }
}

TEST(DnsAddresses, PointersInACircleAreNoName) {
  DnsAddresses found;
  EXPECT_FALSE(
      Parse(DnsHeader({.questions = 1, .answers = 1}) + Pointer(12) + U16(kA) + U16(1), &found));
  const Bytes message = DnsHeader({.questions = 1, .answers = 1}) + Question("a.test", kA) +
                        Record(Pointer(24), kA, U32(5));  // to itself
  EXPECT_FALSE(Parse(message, &found));
  EXPECT_TRUE(found.names.empty());
}

}  // namespace
}  // namespace tstat::internal
