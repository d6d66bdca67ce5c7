// SPDX-License-Identifier: BSD-3-Clause
//
// Positions of UDP types in the layer-7 histograms.
#include "l7/udp/type_index.h"

#include <gtest/gtest.h>

#include <utility>

namespace tstat::internal {
namespace {

TEST(UdpTypeIndex, EachTypeHasItsPlace) {
  using enum UdpType;
  constexpr std::pair<UdpType, int> kRows[] = {
      {kUnknown, 49}, {kRtp, 1},   {kRtcp, 2},  {kBitTorrentDht, 15}, {kDns, 36},   {kUtp, 16},
      {kSip, 43},     {kDtls, 44}, {kQuic, 45}, {kFirstRtpPlus, 49},  {kMturn, 47}, {kSye, 48},
  };
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
