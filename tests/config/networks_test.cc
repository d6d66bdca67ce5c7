// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/networks.h"

#include <arpa/inet.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace tstat::internal {
namespace {

IpAddress V6(const char* text) {
  std::array<uint8_t, 16> bytes{};
  EXPECT_EQ(inet_pton(AF_INET6, text, bytes.data()), 1) << text;
  return IpAddress::V6(bytes);
}

TEST(NetworkList, EmptyContainsNothing) {
  NetworkList list;
  EXPECT_TRUE(list.empty());
  EXPECT_FALSE(list.Contains(IpAddress::V4(0)));
  EXPECT_FALSE(list.Contains(V6("::")));
}

TEST(NetworkList, ReadsPrefixes) {
  const absl::StatusOr<NetworkList> list =
      NetworkList::Parse("10.1.2.3/8, 2001:db8::/32\n192.0.2.7 ,2001:db9::1");
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_TRUE(list->Contains(IpAddress::V4(0x0a000000)));
  EXPECT_TRUE(list->Contains(IpAddress::V4(0x0affffff)));
  EXPECT_FALSE(list->Contains(IpAddress::V4(0x0b000000)));
  EXPECT_TRUE(list->Contains(V6("2001:db8:ffff::")));
  EXPECT_TRUE(list->Contains(IpAddress::V4(0xc0000207)));
  EXPECT_FALSE(list->Contains(IpAddress::V4(0xc0000208)));
  EXPECT_TRUE(list->Contains(V6("2001:db9::1")));
  EXPECT_FALSE(list->Contains(V6("2001:db9::2")));
}

TEST(NetworkList, LengthZeroIsEverythingOfItsFamily) {
  NetworkList list;
  ASSERT_TRUE(list.AddPrefix("0.0.0.0/0").ok());
  EXPECT_TRUE(list.Contains(IpAddress::V4(0xffffffff)));
  EXPECT_FALSE(list.has_v6());
  ASSERT_TRUE(list.AddPrefix("::/0").ok());
  EXPECT_TRUE(list.Contains(V6("ffff::")));
}

TEST(NetworkList, NothingIsAnEmptyList) {
  for (const char* text : {"", " ", ",,\n"}) {
    const absl::StatusOr<NetworkList> list = NetworkList::Parse(text);
    ASSERT_TRUE(list.ok()) << list.status();
    EXPECT_TRUE(list->empty());
  }
}

TEST(NetworkList, NamesWhatIsNoPrefix) {
  const std::pair<const char*, const char*> kWrong[] = {
      {"10.0.0.0/33", "\"10.0.0.0/33\": the prefix length must be 0-32"},
      {"10.0.0.0/", "\"10.0.0.0/\": the prefix length must be 0-32"},
      {"10.0.0.0/-1", "\"10.0.0.0/-1\": the prefix length must be 0-32"},
      {"10.0.0.0/99999999999", "\"10.0.0.0/99999999999\": the prefix length must be 0-32"},
      {"::/129", "\"::/129\": the prefix length must be 0-128"},
      {"10.0.0/8", "\"10.0.0/8\": not an IPv4 or IPv6 address"},
      {"/8", "\"/8\": not an IPv4 or IPv6 address"},
      {"a\tb", "\"a\": not an IPv4 or IPv6 address"},
      {"10.0.0.0/8;::/0", "\"10.0.0.0/8;::/0\": the prefix length must be 0-32"},
      {"\x01", "\"\\x01\": not an IPv4 or IPv6 address"},
  };
  for (const auto& [text, message] : kWrong) {
    const absl::StatusOr<NetworkList> list = NetworkList::Parse(text);
    EXPECT_TRUE(absl::IsInvalidArgument(list.status())) << text;
    EXPECT_EQ(std::string(list.status().message()), message);
  }
  NetworkList list;
  EXPECT_FALSE(list.AddPrefix("10.0.0.0/8 ").ok());
  EXPECT_TRUE(list.empty());
}

TEST(NetworkList, AllContainsEverything) {
  NetworkList all = NetworkList::All();
  EXPECT_TRUE(all.has_v4());
  EXPECT_TRUE(all.has_v6());
  for (uint32_t a : {0u, 1u, 0x7fffffffu, 0xffffffffu}) {
    EXPECT_TRUE(all.Contains(IpAddress::V4(a)));
  }
  EXPECT_TRUE(all.Contains(V6("::")));
  EXPECT_TRUE(all.Contains(V6("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")));
}

TEST(NetworkList, HostBitsAreCleared) {
  NetworkList list;
  list.AddV4(0x0a010203, 0xff000000);
  EXPECT_TRUE(list.Contains(IpAddress::V4(0x0a000000)));
  EXPECT_TRUE(list.Contains(IpAddress::V4(0x0affffff)));
  EXPECT_FALSE(list.Contains(IpAddress::V4(0x0b000000)));
  EXPECT_FALSE(list.Contains(IpAddress::V4(0x09ffffff)));
  EXPECT_FALSE(list.Contains(V6("a00::")));
}

TEST(NetworkList, MasksWithHolesAreBitMasks) {
  NetworkList list;
  list.AddV4(0x0a000001, 0xff0000ff);
  EXPECT_TRUE(list.Contains(IpAddress::V4(0x0a123401)));
  EXPECT_FALSE(list.Contains(IpAddress::V4(0x0a123402)));
  EXPECT_TRUE(list.has_v4());
  EXPECT_FALSE(list.empty());
}

TEST(NetworkList, Ipv6PrefixOfEveryLength) {
  IpAddress base = V6("2001:db8:1234:5678:9abc:def0:1234:5678");
  for (int length = 0; length <= 128; ++length) {
    NetworkList list;
    list.AddV6(base, length);
    EXPECT_TRUE(list.Contains(base));
    for (int bit = 0; bit < 128; ++bit) {
      std::array<uint8_t, 16> bytes = base.bytes();
      bytes[bit / 8] ^= static_cast<uint8_t>(0x80 >> (bit % 8));
      EXPECT_EQ(list.Contains(IpAddress::V6(bytes)), bit >= length) << length << " " << bit;
    }
  }
}

TEST(NetworkList, ManyEntriesAgreeWithPlainComparison) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    NetworkList list;
    std::vector<std::pair<uint32_t, uint32_t>> entries;
    for (int i = 0; i < 1 + round * 20; ++i) {
      uint32_t address = 0x0a000000 | (random() & 0xffff);
      int length = 18 + static_cast<int>(random() % 15);
      uint32_t mask = ~uint32_t{0} << (32 - length);
      list.AddV4(address, mask);
      entries.emplace_back(address & mask, mask);
    }
    for (int i = 0; i < 2000; ++i) {
      uint32_t address = 0x0a000000 | (random() & 0x1ffff);
      bool expected = false;
      for (auto [network, mask] : entries) expected |= (address & mask) == network;
      ASSERT_EQ(list.Contains(IpAddress::V4(address)), expected) << round << " " << address;
    }
  }
}

}  // namespace
}  // namespace tstat::internal
