// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/human.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include <string>

namespace tstat::viewer {
namespace {

TEST(HumanTest, BitRatesHaveThreeDigits) {
  EXPECT_EQ(BitrateText(0), "0 bit/s");
  EXPECT_EQ(BitrateText(12.4), "12 bit/s");
  EXPECT_EQ(BitrateText(999), "999 bit/s");
  EXPECT_EQ(BitrateText(999.7), "1.00 kbit/s");
  EXPECT_EQ(BitrateText(1234), "1.23 kbit/s");
  EXPECT_EQ(BitrateText(12340), "12.3 kbit/s");
  EXPECT_EQ(BitrateText(999400), "999 kbit/s");
  EXPECT_EQ(BitrateText(999600), "1.00 Mbit/s");
  EXPECT_EQ(BitrateText(4.567e9), "4.57 Gbit/s");
  EXPECT_EQ(BitrateText(1e16), "10000 Tbit/s");
}

TEST(HumanTest, CountsAreGrouped) {
  EXPECT_EQ(CountText(0), "0");
  EXPECT_EQ(CountText(2.5), "2.5");
  EXPECT_EQ(CountText(2.98), "3");
  EXPECT_EQ(CountText(9.96), "10");
  EXPECT_EQ(CountText(12.5), "12");
  EXPECT_EQ(CountText(999), "999");
  EXPECT_EQ(CountText(1000), "1,000");
  EXPECT_EQ(CountText(1234567), "1,234,567");
  EXPECT_EQ(CountText(-1234), "-1,234");
  EXPECT_EQ(Counted(1, "gap", "gaps"), "1 gap");
  EXPECT_EQ(Counted(2000, "gap", "gaps"), "2,000 gaps");
}

TEST(HumanTest, SharesShowWhatIsNotNothing) {
  EXPECT_EQ(ShareText(0), "0 %");
  EXPECT_EQ(ShareText(0.00001), "less than 0.01 %");
  EXPECT_EQ(ShareText(0.0012), "0.12 %");
  EXPECT_EQ(ShareText(0.0123), "1.2 %");
  EXPECT_EQ(ShareText(0.456), "45.6 %");
  EXPECT_EQ(ShareText(1), "100 %");
}

TEST(HumanTest, AgesAreInOneUnit) {
  EXPECT_EQ(AgeText(0), "0 seconds");
  EXPECT_EQ(AgeText(119), "119 seconds");
  EXPECT_EQ(AgeText(120), "2 minutes");
  EXPECT_EQ(AgeText(7199), "119 minutes");
  EXPECT_EQ(AgeText(7200), "2 hours");
  EXPECT_EQ(AgeText(2 * 86400), "2 days");
  EXPECT_EQ(AgeText(61 * 86400), "2 months");
  EXPECT_EQ(AgeText(730 * 86400 - 1), "23 months");
  EXPECT_EQ(AgeText(730 * 86400), "2 years");
}

TEST(HumanTest, MomentsHaveTheirZone) {
  const auto text = [](const char* zone) {
    setenv("TZ", zone, 1);
    tzset();
    std::string moment = MomentText(1500006000);
    setenv("TZ", "UTC", 1);
    tzset();
    return moment;
  };
  EXPECT_EQ(text("UTC"), "2017-07-14 04:20 UTC");
  EXPECT_EQ(text("CET-1CEST,M3.5.0,M10.5.0"), "2017-07-14 06:20 CEST");
  EXPECT_EQ(text("<-03>3"), "2017-07-14 01:20 UTC-03");
}

}  // namespace
}  // namespace tstat::viewer
