// SPDX-License-Identifier: BSD-3-Clause
#include <arpa/inet.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tstat/argument_file.h"
#include "tstat/network_files.h"

namespace tstat::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

NetworkFile Parse(const std::string& text, NetworkListKind kind = NetworkListKind::kInternal) {
  absl::StatusOr<NetworkFile> file = ParseNetworkFile(text, "nets.conf", kind);
  EXPECT_TRUE(file.ok()) << file.status() << " for: " << text;
  return file.ok() ? *file : NetworkFile();
}

std::string ErrorOf(const std::string& text, NetworkListKind kind = NetworkListKind::kInternal) {
  absl::StatusOr<NetworkFile> file = ParseNetworkFile(text, "nets.conf", kind);
  EXPECT_FALSE(file.ok()) << text;
  return std::string(file.status().message());
}

bool Has(const NetworkFile& file, const char* address) {
  in_addr v4;
  if (inet_pton(AF_INET, address, &v4) == 1) {
    return file.networks.Contains(IpAddress::V4(ntohl(v4.s_addr)));
  }
  std::array<uint8_t, 16> bytes{};
  EXPECT_EQ(inet_pton(AF_INET6, address, bytes.data()), 1) << address;
  return file.networks.Contains(IpAddress::V6(bytes));
}

TEST(NetworkFile, AllForms) {
  NetworkFile file = Parse(
      "# networks\n"
      "\n"
      "10.1.2.3/8\n"
      "172.16.0.0/255.240.0.0# private\n"
      "2001:db8::/32\n"
      "192.168.0.0\n"
      "255.255.0.0\n"
      "198.51.100.0/ +24");  // no final newline
  EXPECT_THAT(file.warnings, IsEmpty());
  EXPECT_EQ(file.entries.size(), 5u);
  EXPECT_TRUE(Has(file, "10.255.0.1"));
  EXPECT_TRUE(Has(file, "172.31.255.255"));
  EXPECT_FALSE(Has(file, "172.32.0.0"));
  EXPECT_TRUE(Has(file, "2001:db8:ffff::1"));
  EXPECT_FALSE(Has(file, "2001:db9::1"));
  EXPECT_TRUE(Has(file, "192.168.7.7"));
  EXPECT_TRUE(Has(file, "198.51.100.200"));
  EXPECT_FALSE(Has(file, "198.51.101.0"));
}

TEST(NetworkFile, ClassicNotations) {
  EXPECT_TRUE(Has(Parse("10.0.0.0/255.0"), "10.9.9.9"));       // 255.0 = 255.0.0.0
  EXPECT_TRUE(Has(Parse("10.0.0.0/0xff.0.0.0"), "10.9.9.9"));  // hexadecimal parts
  EXPECT_TRUE(Has(Parse("0x0a000000\n0xff000000\n"), "10.9.9.9"));
  EXPECT_TRUE(Has(Parse("10.1\n255.255.255.255\n"), "10.0.0.1"));
  EXPECT_TRUE(Has(Parse("10.0.0.1/255.0.0.255"), "10.5.5.1"));  // holes
  EXPECT_FALSE(Has(Parse("10.0.0.1/255.0.0.255"), "10.5.5.2"));
}

TEST(NetworkFile, BlanksAndCarriageReturnsAtTheEndAreHarmless) {
  EXPECT_TRUE(Has(Parse("10.0.0.0/8 \r\n172.16.0.0/12 # x\r\n \t\r\n"), "172.16.0.1"));
  EXPECT_TRUE(Has(Parse("10.0.0.0 \t\r\n255.0.0.0\r\n"), "10.0.0.1"));
  EXPECT_EQ(Parse("\r\n").entries.size(), 0u);
}

TEST(NetworkFile, SlashesAsStrtokSeesThem) {
  EXPECT_TRUE(Has(Parse("//10.0.0.0//8/whatever"), "10.0.0.1"));
}

TEST(NetworkFile, AddressZeroMeansEverythingWithAnyLength) {
  NetworkFile file = Parse("0.0.0.0/8\n");
  EXPECT_TRUE(Has(file, "200.1.2.3"));
  EXPECT_THAT(file.warnings, ElementsAre(HasSubstr("nets.conf:1: \"0.0.0.0/8\"")));
  // The form with a mask honours it.
  file = Parse("0.0.0.0/255.0.0.0\n");
  EXPECT_FALSE(Has(file, "200.1.2.3"));
  EXPECT_TRUE(Has(file, "0.1.2.3"));
}

TEST(NetworkFile, Warnings) {
  EXPECT_THAT(Parse("10.0.0.0/8\n1.0.0.0/0\n").warnings,
              ElementsAre("IPv4 mask set to 0 bits in internal config n.2\n"
                          "\tAny IPv4 address will be considered internal"));
  EXPECT_THAT(Parse("::/0\n", NetworkListKind::kCloud).warnings,
              ElementsAre(HasSubstr("IPv6 mask set to 0 bits in cloud config n.1")));
  EXPECT_THAT(Parse("2001:db8::/65\n").warnings,
              ElementsAre("IPv6 mask should not exceed 64 bits in internal config n.1"));
  EXPECT_THAT(Parse("2001:db8::1/128\n").warnings, IsEmpty());
}

TEST(NetworkFile, ErrorsNameFileLineTextAndReason) {
  EXPECT_EQ(ErrorOf("10.0.0.0/8\n\n10.0.0.0/33\n"),
            "nets.conf:3: \"10.0.0.0/33\": prefix length must be 0-32 (Invalid network mask in "
            "internal config n.2)");
  struct Case {
    const char *text, *known_as;
  };
  for (const Case& c : {
           Case{"010.0.0.0/8", "Invalid ip address in"},
           Case{"10.0.0/8", "Invalid ip address in"},
           Case{" 10.0.0.0/8", "Invalid ip address in"},
           Case{"2001:xyz::/8", "Invalid ip address in"},
           Case{"10.0.0.0/-1", "Invalid network mask in"},
           Case{"10.0.0.0/8x", "Invalid network mask in"},
           Case{"10.0.0.0/99999999999999999999", "Invalid network mask in"},
           Case{"2001:db8::/129", "Invalid network mask in"},
           Case{"10.0.0.0/", "Missing ip or network mask in"},
           Case{"/8", "Missing ip or network mask in"},
           Case{"/", "Missing ip or network mask in"},
           Case{"10.0.0.0/255.300.0.0", "Invalid IPv4 network mask in"},
           Case{"2001:db8::/255.0.0.0", "Invalid IPv6 network mask in"},
           Case{"2001:db8::1", "Invalid IPv4 address in"},
           Case{"hello", "Invalid IPv4 address in"},
           Case{"10.0.0.0", "Missing IPv4 network mask in"},
           Case{"10.0.0.0\nbad\n", "Invalid IPv4 network mask in"},
       }) {
    EXPECT_THAT(ErrorOf(c.text), HasSubstr(c.known_as)) << c.text;
    EXPECT_THAT(ErrorOf(c.text), ::testing::StartsWith("nets.conf:")) << c.text;
  }
  EXPECT_THAT(ErrorOf("x/1", NetworkListKind::kEncrypted), HasSubstr("in crypto config n.1"));
  EXPECT_THAT(ErrorOf("x/1", NetworkListKind::kExempt), HasSubstr("in whitelisted config n.1"));
}

TEST(NetworkFile, NoLimitOnEntries) {
  std::string text;
  for (int i = 0; i < 5000; ++i) {
    text += "10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".0/24\n";
  }
  NetworkFile file = Parse(text);
  EXPECT_EQ(file.entries.size(), 5000u);
  EXPECT_TRUE(Has(file, "10.19.249.1"));
  EXPECT_FALSE(Has(file, "10.19.250.1"));
}

TEST(NetworkFile, MissingFileAndDirectory) {
  absl::StatusOr<NetworkFile> missing =
      ReadNetworkFile("/nonexistent/nets", NetworkListKind::kInternal);
  EXPECT_TRUE(absl::IsNotFound(missing.status()));
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("/nonexistent/nets"));
  absl::StatusOr<NetworkFile> directory = ReadNetworkFile("/", NetworkListKind::kInternal);
  EXPECT_THAT(std::string(directory.status().message()), HasSubstr("is a directory"));
}

TEST(MacFile, AcceptsOneOrTwoDigitsAndIgnoresWhatFollows) {
  auto macs = ParseMacFile("# ours\n3c:a9:f4:a8:1f:ec\n0:1:2:a:B:f trailing\r\n", "macs");
  ASSERT_TRUE(macs.ok()) << macs.status();
  EXPECT_THAT(*macs, ElementsAre(MacAddress{0x3c, 0xa9, 0xf4, 0xa8, 0x1f, 0xec},
                                 MacAddress{0, 1, 2, 10, 11, 15}));
  EXPECT_TRUE(ParseMacFile("", "macs")->empty());
}

TEST(MacFile, Errors) {
  for (const char* text : {" 3c:a9:f4:a8:1f:ec", "3c:a9:f4:a8:1f", "3c-a9-f4-a8-1f-ec",
                           "123:a9:f4:a8:1f:ec", "3c:a9:f4:a8:1f:", "zz:a9:f4:a8:1f:ec"}) {
    absl::Status status = ParseMacFile(std::string("1:2:3:4:5:6\n") + text + "\n", "macs").status();
    EXPECT_THAT(std::string(status.message()), ::testing::StartsWith("macs:2: ")) << text;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("Wrong address format in Ethernet filter n.2"));
  }
}

TEST(ArgumentFile, WordsUpToComments) {
  EXPECT_THAT(ParseArguments("-N net.all   # nets\n\t-s\tout\r\n#all of it\n a#b \"q x\"\n-t"),
              ElementsAre("-N", "net.all", "-s", "out", "a#b", "\"q", "x\"", "-t"));
  EXPECT_THAT(ParseArguments(""), IsEmpty());
}

// What -N leaves open is settled: IPv4 is internal, IPv6 is in the 3.3 profile.
TEST(NetworkFile, AListWithoutAFamilyIsCompleted) {
  const IpAddress v6 = *IpAddress::Parse("2001:db8::1");
  NetworkList only_v6 = *NetworkList::Parse("2001:db8::/32");
  EXPECT_THAT(CompleteInternalNetworks({}, &only_v6),
              ElementsAre("-N option contains no IPv4 network.\n"
                          "All IPv4 subnets are assumed to be internal"));
  EXPECT_TRUE(only_v6.Contains(IpAddress::V4(0xffffffff)));

  NetworkList only_v4 = *NetworkList::Parse("10.0.0.0/8");
  EXPECT_THAT(CompleteInternalNetworks({}, &only_v4),
              ElementsAre("-N option contains no IPv6 network.\n"
                          "All IPv6 subnets are assumed to be external"));
  EXPECT_FALSE(only_v4.Contains(v6));
  EXPECT_THAT(CompleteInternalNetworks(CompatProfile::Tstat33(), &only_v4),
              ElementsAre("-N option contains no IPv6 network.\n"
                          "All IPv6 subnets are assumed to be internal"));
  EXPECT_TRUE(only_v4.Contains(v6));
  EXPECT_THAT(CompleteInternalNetworks({}, &only_v4), IsEmpty());
}

}  // namespace
}  // namespace tstat::internal
