// SPDX-License-Identifier: BSD-3-Clause
#include "names/dns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "names/dns_cache.h"

namespace tstat::internal {
namespace {

std::string Number(size_t value, int bytes) {
  std::string s;
  while (bytes-- > 0) s.push_back(static_cast<char>(value >> (8 * bytes)));
  return s;
}
ByteReader Bytes(const std::string& text) {
  return ByteReader({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}
std::string Labels(std::initializer_list<std::string> labels) {
  std::string s;
  for (const std::string& l : labels) s += Number(l.size(), 1) + l;
  return s + std::string(1, '\0');
}
std::string Header(int questions, int answers) {
  return Number(7, 2) + Number(0x8180, 2) + Number(questions, 2) + Number(answers, 2) +
         Number(0, 4);
}
std::string Question(const std::string& name, uint16_t type = 1, uint16_t klass = 1) {
  return name + Number(type, 2) + Number(klass, 2);
}
std::string Answer(const std::string& name, uint16_t type, const std::string& data) {
  return name + Number(type, 2) + Number(1, 2) + Number(300, 4) + Number(data.size(), 2) + data;
}
const std::string kPointer("\xC0\x0C", 2);  // to the question's name

TEST(DnsName, LabelsAndPointers) {
  const std::string message = Header(1, 1) + Labels({"www", "Example", "org"}) + Number(3, 1) +
                              "ftp" + std::string("\xC0\x10", 2);
  DnsName name = DnsName::Parse(Bytes(message), 12).value();
  EXPECT_EQ(name.view(), "www.Example.org");
  EXPECT_EQ(name.consumed, 17u);
  name = DnsName::Parse(Bytes(message), 29).value();
  EXPECT_EQ(name.view(), "ftp.Example.org");
  EXPECT_EQ(name.consumed, 6u);
}

TEST(DnsName, ACommaEndsThePrintedName) {
  EXPECT_EQ(DnsName::Parse(Bytes(Labels({"a,b", "org"})), 0).value().view(), "a");
}

TEST(DnsName, HostileOnes) {
  const auto is_name = [](const std::string& message) {
    return DnsName::Parse(Bytes(message), 0).has_value();
  };
  EXPECT_FALSE(is_name(std::string("\xC0\x00", 2)));  // points to itself
  EXPECT_FALSE(is_name(Number(5, 1) + "ab"));
  EXPECT_FALSE(is_name(""));
  EXPECT_FALSE(is_name(std::string("\xC0", 1)));
  std::string deep;
  for (int i = 0; i < 30; ++i) deep += Number(1, 1) + "a";
  EXPECT_FALSE(is_name(deep + std::string(1, '\0')));
  std::string wide;
  for (int i = 0; i < 5; ++i) wide += Number(60, 1) + std::string(60, 'w');
  EXPECT_FALSE(is_name(wide + std::string(1, '\0')));
}

TEST(DnsAnswer, AllAddressesBelongToTheQuestion) {
  const std::string message = Header(1, 4) + Question(Labels({"www", "example", "org"})) +
                              Answer(kPointer, 5, Labels({"cdn", "example"})) +
                              Answer(Labels({"cdn", "example"}), 1, Number(0x0a000001, 4)) +
                              Answer(kPointer, 1, Number(0x0a000002, 4)) +
                              Answer(kPointer, 28, std::string(16, '6'));
  const DnsAnswer a = DnsAnswer::Parse(Bytes(message)).value();
  EXPECT_EQ(a.name.view(), "www.example.org");
  EXPECT_THAT(a.v4, testing::ElementsAre(0x0a000001, 0x0a000002));
  EXPECT_EQ(a.v6.size(), 1u);
  // Cut anywhere: whole addresses only.
  for (size_t size = 0; size < message.size(); ++size) {
    const std::string cut = message.substr(0, size);
    const std::optional<DnsAnswer> part = DnsAnswer::Parse(Bytes(cut));
    EXPECT_EQ(part.has_value(), size >= 12 + 17 + 4);  // header and question
    if (part) EXPECT_LE(part->v4.size(), 2u);
  }
}

TEST(DnsAnswer, OtherQuestionsAreUseless) {
  const auto is_ours = [](const std::string& message) {
    return DnsAnswer::Parse(Bytes(message)).has_value();
  };
  const std::string address = Answer(kPointer, 1, Number(1, 4));
  const std::string name = Labels({"a", "b"});
  EXPECT_TRUE(is_ours(Header(1, 1) + Question(name, 28) + address));
  EXPECT_TRUE(is_ours(Header(1, 1) + Question(name, 255) + address));
  EXPECT_FALSE(is_ours(Header(1, 1) + Question(name, 15) + address));
  EXPECT_FALSE(is_ours(Header(1, 1) + Question(name, 1, 3) + address));
  EXPECT_FALSE(is_ours(Header(0, 1) + address));
  EXPECT_FALSE(is_ours(Header(1, 1) + Question(Labels({})) + address));  // the root
}

// --- the cache

constexpr uint32_t kClient = 0x0a000064, kResolver = 0x08080808;

struct Response {
  Response(const std::string& name, std::vector<uint32_t> servers, uint32_t client = kClient) {
    std::string message =
        Header(1, static_cast<int>(servers.size())) + Question(Labels({name, "org"}));
    for (uint32_t s : servers) message += Answer(kPointer, 1, Number(s, 4));
    bytes = std::string(8, '\0') + message;
    datagram.source = IpAddress::V4(kResolver);
    datagram.destination = IpAddress::V4(client);
    datagram.source_port = 53;
    datagram.transport = Transport::kUdp;
    datagram.transport_bytes = Bytes(bytes);
  }
  Response(const Response&) = delete;

  std::string bytes;
  Datagram datagram;
};

class DnsCacheTest : public testing::Test {
 protected:
  void Feed(const std::string& name, std::vector<uint32_t> servers) {
    Response r(name, std::move(servers));
    ASSERT_TRUE(DnsCache::IsResponse(r.datagram));
    cache_.Feed(r.datagram, Timestamp::FromSeconds(10), Timestamp::FromSeconds(11));
  }
  std::string Lookup(uint32_t server, uint32_t client = kClient) {
    auto r = cache_.Lookup(IpAddress::V4(client), IpAddress::V4(server));
    return r == nullptr ? "-" : r->name;
  }
  DnsCache cache_{{.v4_entries = 2, .v6_entries = 2}};
};

TEST_F(DnsCacheTest, FindsTheExactPairOnly) {
  Feed("a", {1, 2});
  EXPECT_EQ(Lookup(1), "a.org");
  EXPECT_EQ(Lookup(2), "a.org");
  EXPECT_EQ(Lookup(3), "-");
  EXPECT_EQ(Lookup(1, kClient + 1), "-");
  EXPECT_EQ(Lookup(kClient, 1), "-");
  auto r = cache_.Lookup(IpAddress::V4(kClient), IpAddress::V4(1));
  EXPECT_EQ(r->resolver, IpAddress::V4(kResolver));
  EXPECT_EQ(r->response_time, Timestamp::FromSeconds(11));
}

TEST_F(DnsCacheTest, TheNewestAnswerWins) {
  Feed("a", {1});
  Feed("b", {1});
  EXPECT_EQ(Lookup(1), "b.org");
}

TEST_F(DnsCacheTest, ANameThatIsEmptyAsItIsPrintedIsNotStored) {
  Feed("a", {1});
  Feed(",b", {1});
  Feed(std::string("\0b", 2), {1});
  EXPECT_EQ(Lookup(1), "a.org");
}

TEST_F(DnsCacheTest, TheRingDropsTheOldestEntry) {
  Feed("a", {1});
  Feed("b", {2});
  Feed("c", {3});
  EXPECT_EQ(Lookup(1), "-");
  EXPECT_EQ(Lookup(2), "b.org");
  EXPECT_EQ(Lookup(3), "c.org");
  EXPECT_EQ(cache_.wraps(), 1u);
}

TEST_F(DnsCacheTest, DroppingAnEntryTakesItsPairsFromNewerOnes) {
  Feed("a", {1});
  Feed("b", {1, 2});
  Feed("c", {3});  // drops "a", and with it the pair that "b" has now
  EXPECT_EQ(Lookup(1), "-");
  EXPECT_EQ(Lookup(2), "b.org");
}

TEST_F(DnsCacheTest, ResultsOutliveTheirEntry) {
  Feed("a", {1});
  auto kept = cache_.Lookup(IpAddress::V4(kClient), IpAddress::V4(1));
  Feed("b", {2});
  Feed("c", {3});
  EXPECT_EQ(kept->name, "a.org");
}

TEST_F(DnsCacheTest, QueriesAndEmptyAnswersAreNoResponses) {
  Response query("a", {1});
  query.bytes[8 + 2] = 0x01;
  EXPECT_FALSE(DnsCache::IsResponse(query.datagram));
  Response empty("a", {});
  EXPECT_FALSE(DnsCache::IsResponse(empty.datagram));
  Response other_port("a", {1});
  other_port.datagram.source_port = 5353;
  EXPECT_FALSE(DnsCache::IsResponse(other_port.datagram));
}

// A client may ask from any port, that of multicast DNS, too.
TEST_F(DnsCacheTest, AClientMayUseThePortOfMulticastDns) {
  Response r("a", {1});
  r.datagram.destination_port = 5353;
  cache_.OnDatagram(r.datagram, {}, {});
  EXPECT_EQ(Lookup(1), "a.org");
  DnsCache all({.v4_entries = 2, .v6_entries = 2, .all_names = true});
  all.OnDatagram(r.datagram, {}, {});
  EXPECT_NE(all.Lookup(IpAddress::V4(kClient), IpAddress::V4(1)), nullptr);
}

TEST(DnsCacheUnasked, OnlyAnswersToQuestionsAreStored) {
  DnsCache cache({.v4_entries = 2, .v6_entries = 2, .unasked = false});
  const Response answer("a", {1});
  const auto name = [&] { return cache.Lookup(IpAddress::V4(kClient), IpAddress::V4(1)); };
  cache.OnDatagram(answer.datagram, {}, {});
  EXPECT_EQ(name(), nullptr);
  EXPECT_EQ(cache.unasked(), 1u);

  Response question("a", {});
  question.bytes[8 + 2] = 0x01;
  std::swap(question.datagram.source, question.datagram.destination);
  std::swap(question.datagram.source_port, question.datagram.destination_port);
  cache.OnDatagram(question.datagram, {}, {});
  cache.OnDatagram(answer.datagram, {}, {});
  ASSERT_NE(name(), nullptr);
  EXPECT_EQ(name()->name, "a.org");
  EXPECT_EQ(cache.unasked(), 1u);
}

TEST(DnsCacheUnasked, AllAnswersAreStoredByDefault) {
  DnsCache cache({.v4_entries = 2, .v6_entries = 2});
  const Response answer("a", {1});
  cache.OnDatagram(answer.datagram, {}, {});
  EXPECT_NE(cache.Lookup(IpAddress::V4(kClient), IpAddress::V4(1)), nullptr);
  EXPECT_EQ(cache.unasked(), 0u);
}

TEST(DnsCacheSizes, ASizeOfZeroKeepsNothing) {
  DnsCache cache({.v4_entries = 0, .v6_entries = 0});
  Response r("a", {1});
  cache.Feed(r.datagram, {}, {});
  EXPECT_EQ(cache.Lookup(IpAddress::V4(kClient), IpAddress::V4(1)), nullptr);
}

}  // namespace
}  // namespace tstat::internal
