// SPDX-License-Identifier: BSD-3-Clause
#include "decode/link_layer.h"

#include <gtest/gtest.h>

#include "tests/decode/frame_builder.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::Ethernet;
using testing::Fill;
using testing::U16;

constexpr int kNotIp = -1, kShort = -2, kUnsupported = -3;

// The offset of the IP header, or one of the above.
int Locate(LinkLayer& link, LinkType type, const Bytes& frame) {
  const IpLocation at = link.Locate(type, ByteReader(frame));
  if (at.found()) return static_cast<int>(at.offset);
  switch (at.reason) {
    case DropReason::kNotIp:
      return kNotIp;
    case DropReason::kShortLinkHeader:
      return kShort;
    case DropReason::kUnsupportedLinkType:
      return kUnsupported;
    default:
      return -100;
  }
}
int Locate(LinkType type, const Bytes& frame) {
  LinkLayer link;
  return Locate(link, type, frame);
}
int LocateEthernet(const Bytes& frame) { return Locate(LinkType::kEthernet, frame); }

const Bytes kRest = Fill(60, 0x45);

TEST(LinkLayerTest, Ethernet) {
  EXPECT_EQ(LocateEthernet(Ethernet(0x0800) + kRest), 14);
  EXPECT_EQ(LocateEthernet(Ethernet(0x86DD) + kRest), 14);
  EXPECT_EQ(Locate(static_cast<LinkType>(100), Ethernet(0x0800) + kRest), 14);
  for (uint16_t type : {0x0806, 0x88A8, 0x8848, 0x8863, 0x0040, 0x0000, 0xFFFF}) {
    EXPECT_EQ(LocateEthernet(Ethernet(type) + kRest), kNotIp) << std::hex << type;
  }
}

TEST(LinkLayerTest, EthernetTags) {
  EXPECT_EQ(LocateEthernet(Ethernet(0x8100) + U16(7) + U16(0x0800) + kRest), 18);
  EXPECT_EQ(LocateEthernet(Ethernet(0x8100) + U16(7) + U16(0x0806) + kRest), 18);  // type unread
  EXPECT_EQ(LocateEthernet(Ethernet(0x8100) + U16(7) + U16(0x8100) + kRest), 18);  // QinQ
  EXPECT_EQ(LocateEthernet(Ethernet(0x8100) + U16(7) + U16(0x8847) + kRest), 22);
  EXPECT_EQ(LocateEthernet(Ethernet(0x8847) + Bytes{0, 1, 0, 64} + kRest), 18);  // no S bit: one
  const Bytes pppoe = Ethernet(0x8864) + Bytes{0x11, 0, 0, 1, 0, 42};
  EXPECT_EQ(LocateEthernet(pppoe + U16(0x0021) + kRest), 22);
  EXPECT_EQ(LocateEthernet(pppoe + U16(0x0057) + kRest), kNotIp);
  EXPECT_EQ(LocateEthernet(pppoe + U16(0xC021) + kRest), kNotIp);
}

TEST(LinkLayerTest, ShortEthernet) {
  const Bytes vlan = Ethernet(0x8100) + U16(7) + U16(0x0800);
  for (size_t n = 0; n < 14; ++n) {
    EXPECT_EQ(LocateEthernet(Bytes(vlan.begin(), vlan.begin() + n)), kShort) << n;
  }
  for (size_t n = 14; n < 18; ++n) {
    EXPECT_EQ(LocateEthernet(Bytes(vlan.begin(), vlan.begin() + n)), kShort) << n;
  }
  EXPECT_EQ(LocateEthernet(vlan), 18);
  EXPECT_EQ(LocateEthernet(Ethernet(0x8864) + Fill(7)), kShort);
  EXPECT_EQ(LocateEthernet(Ethernet(0x0800)), 14);
}

TEST(LinkLayerTest, FixedOffsetsWithoutTest) {
  const struct {
    LinkType type;
    int offset;
  } kCases[] = {
      {LinkType::kNull, 4},         {LinkType::kLoop, 4},      {LinkType::kSlip, 16},
      {LinkType::kAtmRfc1483, 8},   {LinkType::kRaw, 0},       {LinkType::kIpv4, 0},
      {LinkType::kIpv6, 0},         {LinkType::kCiscoHdlc, 4}, {LinkType::kIeee80211, 32},
      {LinkType::kLinuxCooked, 16}, {LinkType::kPrism, 176},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Locate(c.type, Fill(300, 0xFF)), c.offset) << static_cast<int>(c.type);
    EXPECT_EQ(Locate(c.type, {}), c.offset) << static_cast<int>(c.type);  // caller's check
  }
}

TEST(LinkLayerTest, FixedOffsetsWithTest) {
  const struct {
    LinkType type;
    size_t test_offset;
    int offset;
  } kCases[] = {{LinkType::kIeee802, 12, 14},
                {LinkType::kRadiotap, 12, 88},
                {LinkType::kLinuxCooked2, 0, 20}};
  for (const auto& c : kCases) {
    const Bytes before = Fill(c.test_offset);
    EXPECT_EQ(Locate(c.type, before + U16(0x0800) + kRest), c.offset);
    EXPECT_EQ(Locate(c.type, before + U16(0x86DD) + kRest), c.offset);
    EXPECT_EQ(Locate(c.type, before + U16(0x0806) + kRest), kNotIp);
    EXPECT_EQ(Locate(c.type, before + Bytes{8}), kShort);
  }
}

TEST(LinkLayerTest, Ppp) {
  const auto locate = [](const Bytes& frame) { return Locate(LinkType::kPpp, frame); };
  EXPECT_EQ(locate(Bytes{0xFF, 0x03, 0x00, 0x21} + kRest), 4);
  EXPECT_EQ(locate(Bytes{0xFF, 0x03, 0x00, 0x57} + kRest), kNotIp);
  EXPECT_EQ(locate(Bytes{0xFF, 0x03, 0xC0, 0x21} + kRest), kNotIp);
  EXPECT_EQ(locate(Bytes{0x0F, 0x00, 0x12, 0x34} + kRest), 4);
  EXPECT_EQ(locate(Bytes{0x21} + kRest), 1);
  EXPECT_EQ(locate(Bytes{0x00, 0x21} + kRest), 2);
  EXPECT_EQ(locate(Bytes{0x00, 0x57} + kRest), kNotIp);
  EXPECT_EQ(locate(Bytes{0xC0, 0x21} + kRest), kNotIp);
  EXPECT_EQ(locate({}), kShort);
  EXPECT_EQ(locate({0x00}), kShort);
  EXPECT_EQ(locate({0xFF, 0x03, 0x00}), kShort);
}

TEST(LinkLayerTest, PppHdlcAndPppoe) {
  EXPECT_EQ(Locate(LinkType::kPppHdlc, Bytes{0xFF, 0x03, 0x00, 0x21} + kRest), 4);
  EXPECT_EQ(Locate(LinkType::kPppHdlc, Bytes{0xFF, 0x03, 0x00, 0x57} + kRest), 4);
  EXPECT_EQ(Locate(LinkType::kPppHdlc, Bytes{0xFF, 0x03, 0xC0, 0x21} + kRest), kNotIp);
  EXPECT_EQ(Locate(LinkType::kPppHdlc, Bytes{0x0F, 0x00, 0x08, 0x00} + kRest), 4);
  EXPECT_EQ(Locate(LinkType::kPppHdlc, Bytes{0x8F, 0x00, 0x86, 0xDD} + kRest), 4);
  EXPECT_EQ(Locate(LinkType::kPppHdlc, Bytes{0x8F, 0x00, 0x80, 0x35} + kRest), kNotIp);
  EXPECT_EQ(Locate(LinkType::kPppHdlc, {0xFF, 0x03, 0x00}), kShort);
  EXPECT_EQ(Locate(LinkType::kPppoe, Bytes{0x11, 0, 0, 1, 0, 42, 0x00, 0x21} + kRest), 8);
  EXPECT_EQ(Locate(LinkType::kPppoe, Bytes{0x11, 0, 0, 1, 0, 42, 0x00, 0x57} + kRest), 8);
  EXPECT_EQ(Locate(LinkType::kPppoe, Bytes{0x11, 9, 0, 1, 0, 42, 0x00, 0x21} + kRest), kNotIp);
  EXPECT_EQ(Locate(LinkType::kPppoe, Bytes{0x11, 0, 0, 1, 0, 42, 0xC0, 0x21} + kRest), kNotIp);
  EXPECT_EQ(Locate(LinkType::kPppoe, {0x11, 0, 0, 1, 0, 42, 0x00}), kShort);
}

TEST(LinkLayerTest, FddiOffsetOfTheFirstFrameHoldsForAll) {
  const Bytes pattern = {0xAA, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00};
  LinkLayer link;
  EXPECT_EQ(Locate(link, LinkType::kFddi, Fill(40)), kNotIp);
  EXPECT_EQ(Locate(link, LinkType::kFddi, {}), kNotIp);
  EXPECT_EQ(Locate(link, LinkType::kFddi, Fill(14, 0xAA) + pattern + kRest), 21);
  EXPECT_EQ(Locate(link, LinkType::kFddi, Fill(3) + pattern + kRest), 21);
  EXPECT_EQ(Locate(link, LinkType::kFddi, Fill(40)), 21);
}

TEST(LinkLayerTest, Unsupported) {
  for (int type : {2, 14, 147, 189, 220, 65535}) {
    EXPECT_EQ(Locate(static_cast<LinkType>(type), kRest), kUnsupported) << type;
  }
}

}  // namespace
}  // namespace tstat::internal
