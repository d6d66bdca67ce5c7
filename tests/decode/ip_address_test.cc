// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/ip_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <random>

namespace tstat::internal {
namespace {

std::string FourDigits(const char* text) {
  return IpAddress::Parse(text).value().ToString(Ipv6Form::kFourDigits);
}

// Examples from Tstat's own rows.
TEST(IpAddressTest, TstatForm) {
  EXPECT_EQ(FourDigits("::1"), ":0001");
  EXPECT_EQ(FourDigits("::"), ":0000");
  EXPECT_EQ(FourDigits("2001:db8::"), "2001:0db8::0000");
  EXPECT_EQ(FourDigits("fe80::1"), "fe80::0001");
  EXPECT_EQ(FourDigits("2001:db8:0:1::1"), "2001:0db8::0001:0000:0000:0000:0001");
  EXPECT_EQ(FourDigits("2001:db8:0:1::5"), "2001:0db8::0001:0000:0000:0000:0005");
  EXPECT_EQ(FourDigits("::ffff:1.2.3.4"), ":ffff:0102:0304");
  EXPECT_EQ(FourDigits("1:2:3:4:5:6:7:0"), "0001:0002:0003:0004:0005:0006:0007");
  EXPECT_EQ(FourDigits("1:2:3:4:5:6:0:8"), "0001:0002:0003:0004:0005:0006::0008");
  EXPECT_EQ(FourDigits("0:2:3:4:5:6:7:8"), ":0002:0003:0004:0005:0006:0007:0008");
  EXPECT_EQ(FourDigits("1:2:0:4:5:6:0:0"), "0001:0002::0004:0005:0006:0000:0000");
  EXPECT_EQ(FourDigits("1:2:3:4:5:6:7:8"), "0001:0002:0003:0004:0005:0006:0007:0008");
}

TEST(IpAddressTest, Ipv4IsTheSameInBothForms) {
  for (const char* text : {"0.0.0.0", "10.0.0.1", "99.100.9.255", "255.255.255.255"}) {
    const IpAddress a = IpAddress::Parse(text).value();
    EXPECT_FALSE(a.is_v6());
    EXPECT_EQ(a.ToString(Ipv6Form::kFourDigits), text);
    EXPECT_EQ(a.ToString(Ipv6Form::kCanonical), text);
  }
  EXPECT_EQ(IpAddress::V4(0x0A000001), IpAddress::Parse("10.0.0.1"));
}

// glibc's inet_ntop is the definition of the canonical form.
TEST(IpAddressTest, CanonicalFormIsThatOfInetNtop) {
  std::mt19937 random(7);
  for (int n = 0; n < 20000; ++n) {
    std::array<uint8_t, 16> bytes;
    for (int group = 0; group < 8; ++group) {
      // Zero groups, short groups and 0xffff are frequent, so that every shorthand occurs.
      constexpr uint16_t kSpecial[] = {0, 0, 0, 0xFFFF, 1, 0x0A, 0x100};
      const uint32_t r = random();
      const uint16_t value = r % 8 == 7 ? static_cast<uint16_t>(r >> 8) : kSpecial[r % 7];
      bytes[2 * group] = static_cast<uint8_t>(value >> 8);
      bytes[2 * group + 1] = static_cast<uint8_t>(value);
    }
    if (n % 4 == 0) std::fill_n(bytes.begin(), 10, uint8_t{0});
    const IpAddress a = IpAddress::V6(bytes);
    char expected[INET6_ADDRSTRLEN];
    ASSERT_NE(inet_ntop(AF_INET6, bytes.data(), expected, sizeof expected), nullptr);
    ASSERT_EQ(a.ToString(Ipv6Form::kCanonical), expected);
    ASSERT_EQ(IpAddress::Parse(expected), a);
    ASSERT_LE(a.ToString(Ipv6Form::kFourDigits).size(), IpAddress::kMaxTextLength);
  }
}

TEST(IpAddressTest, ParseAcceptsWhatInetPtonAccepts) {
  const char* const kTexts[] = {
      "",
      "1",
      "1.2.3",
      "1.2.3.4",
      "1.2.3.4.5",
      "01.2.3.4",
      "1.2.3.256",
      "1.2.3.4 ",
      " 1.2.3.4",
      "1..2.3",
      "-1.2.3.4",
      "+1.2.3.4",
      "0x1.2.3.4",
      "1.2.3.0004",
      "00.0.0.0",
      ":",
      "::",
      ":::",
      "1::",
      "::1",
      "1:2",
      "1:2:3:4:5:6:7:8",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7::",
      "::2:3:4:5:6:7:8",
      "1::2::3",
      "1:2:3:4::5:6:7:8",
      "12345::",
      "g::",
      "1:",
      ":1",
      "1:::2",
      "::1.2.3.4",
      "::1.2.3",
      "1:2:3:4:5:6:1.2.3.4",
      "1:2:3:4:5:6:7:1.2.3.4",
      "1.2.3.4::",
      "::1.2.3.4:5",
      "::ffff:1.2.3.4",
      "FE80::A",
      "fe80::1%eth0",
      "::-1",
      "::0x1",
      "::00001",
  };
  for (const char* text : kTexts) {
    std::array<uint8_t, 16> bytes{};
    const int family =
        std::string_view(text).find(':') == std::string_view::npos ? AF_INET : AF_INET6;
    const bool expected = inet_pton(family, text, bytes.data()) == 1;
    const std::optional<IpAddress> a = IpAddress::Parse(text);
    ASSERT_EQ(a.has_value(), expected) << text;
    if (!a) continue;
    EXPECT_EQ(a->bytes(), bytes) << text;
    EXPECT_EQ(a->is_v6(), family == AF_INET6) << text;
  }
  EXPECT_FALSE(IpAddress::Parse(std::string_view("1.2.3.4\0", 8)));
}

}  // namespace
}  // namespace tstat::internal
