// SPDX-License-Identifier: BSD-3-Clause
//
// Positions of UDP types in the layer-7 histograms.
#include "l7/udp/type_index.h"

#include <gtest/gtest.h>

#include <iterator>
#include <utility>

namespace tstat::internal {
namespace {

TEST(UdpTypeIndex, EachTypeHasItsPlace) {
  using enum UdpType;
  constexpr std::pair<UdpType, int> kRows[] = {
      {kUnknown, 49},       {kFirstRtp, 49},      {kFirstRtcp, 49},     {kRtp, 1},
      {kRtcp, 2},           {kSkypeE2e, 5},       {kSkypeOut, 6},       {kSkypeSignalling, 32},
      {kEd2k, 11},          {kKad, 12},           {kKadu, 13},          {kGnutella, 14},
      {kBitTorrentDht, 15}, {kDirectConnect, 17}, {kKazaa, 35},         {kPpLive, 29},
      {kSopCast, 30},       {kTvAnts, 31},        {kObfuscatedKad, 34}, {kDns, 36},
      {kUtp, 16},           {kUtpBitTorrent, 16}, {kVod, 40},           {kPpStream, 41},
      {kTeredo, 42},        {kSip, 43},           {kDtls, 44},          {kQuic, 45},
      {kFirstRtpPlus, 49},  {kMturn, 47},         {kSye, 48},
  };
  // kRtpPlus is the one that depends on more: below.
  EXPECT_EQ(std::size(kRows), static_cast<size_t>(kSye));
  EXPECT_EQ(UdpLayer7Index(static_cast<UdpType>(static_cast<int>(kSye) + 1)), kUnknownLayer7Index);
  for (const auto& [type, index] : kRows) {
    EXPECT_EQ(UdpLayer7Index(type), index) << static_cast<int>(type);
  }
}

// What else shares the ports does not matter, and without RTP there is no place at all.
TEST(UdpTypeIndex, RtpPlusCountsAsRtpOnlyWhereRtpIsSeen) {
  namespace mp = media_protocol;
  const auto index = [](uint8_t protocols) { return UdpLayer7Index(UdpType::kRtpPlus, protocols); };
  EXPECT_EQ(index(mp::kRtp), 1);
  EXPECT_EQ(index(mp::kRtp | mp::kRtcp | mp::kDtls), 1);
  EXPECT_EQ(index(mp::kRtcp), kUnknownLayer7Index);
  EXPECT_EQ(index(mp::kDtls), kUnknownLayer7Index);
  EXPECT_EQ(index(0), kUnknownLayer7Index);
}

}  // namespace
}  // namespace tstat::internal
