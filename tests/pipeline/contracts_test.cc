// SPDX-License-Identifier: BSD-3-Clause
//
// What the public headers REQUIRE is asserted where assertions are on; which version this is.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tstat/column_batch.h"
#include "tstat/histogram.h"
#include "tstat/ip_address.h"
#include "tstat/media.h"
#include "tstat/schema.h"
#include "tstat/skype.h"
#include "tstat/value.h"
#include "tstat/version.h"

namespace tstat {
namespace {

TEST(Version, IsThatOfTheHeaders) {
  EXPECT_EQ(Version(), kVersion);
  EXPECT_EQ(kVersion, TSTAT_VERSION_STRING);
  EXPECT_EQ(std::to_string(TSTAT_VERSION_MAJOR) + "." + std::to_string(TSTAT_VERSION_MINOR) + "." +
                std::to_string(TSTAT_VERSION_PATCH),
            Version());
  EXPECT_EQ(kApiVersion, TSTAT_API_VERSION);
}

// Package managers upgrade from packages of Tstat itself.
TEST(Version, IsAboveThoseOfTstat) { EXPECT_GT(TSTAT_VERSION, TSTAT_MAKE_VERSION(3, 3, 0)); }

TEST(Version, CanBeCompared) {
  EXPECT_EQ(TSTAT_VERSION,
            TSTAT_MAKE_VERSION(TSTAT_VERSION_MAJOR, TSTAT_VERSION_MINOR, TSTAT_VERSION_PATCH));
  EXPECT_LT(TSTAT_MAKE_VERSION(1, 9, 999), TSTAT_MAKE_VERSION(1, 10, 0));
  EXPECT_LT(TSTAT_MAKE_VERSION(0, 99, 1), TSTAT_MAKE_VERSION(1, 0, 0));
}

class RequiredTest : public ::testing::Test {
 protected:
  void SetUp() override {
#ifdef NDEBUG
    GTEST_SKIP() << "assertions are off in this build";
#endif
    ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  }
};
using RequiredDeathTest = RequiredTest;

TEST_F(RequiredDeathTest, KindOfAValue) {
  const IpAddress address = IpAddress::V4(0x0a000001);
  EXPECT_EQ(Value::Of(uint32_t{1}).unsigned_number(), 1U);
  EXPECT_DEATH((void)Value::Of(int32_t{1}).unsigned_number(), "kUnsigned");
  EXPECT_DEATH((void)Value::Of(uint32_t{1}).signed_number(), "kSigned");
  EXPECT_DEATH((void)Value::Of(true).real(), "kReal");
  EXPECT_DEATH((void)Value::Of(uint8_t{1}).boolean(), "kBoolean");
  EXPECT_DEATH((void)Value().text(), "kText");
  EXPECT_DEATH((void)Value().begin_missing(), "kText");
  EXPECT_DEATH((void)Value().end_missing(), "kText");
  EXPECT_DEATH((void)Value::Of("10.0.0.1").address(), "kAddress");
  EXPECT_DEATH((void)Value::Of("10.0.0.1").encrypted(), "kAddress");
  EXPECT_DEATH((void)Value::Of(AddressView{&address}).text(), "kText");
  EXPECT_DEATH((void)Value::Of(Duration(1)).timestamp(), "kTimestamp");
  EXPECT_DEATH((void)Value::Of(Timestamp::FromSeconds(1)).duration(), "kDuration");
}

TEST_F(RequiredDeathTest, V4OfAnIpv4Address) {
  EXPECT_DEATH((void)IpAddress::Parse("2001:db8::1")->v4(), "is_v6_");
}

TEST_F(RequiredDeathTest, ValueAndElementsOfAColumn) {
  ColumnInfo info;
  info.label = "port";
  info.type = {.kind = ColumnKind::kUnsigned, .bits = 16, .codes = nullptr};
  ColumnData column(info);
  column.Append(Value::Of(uint16_t{443}));
  column.Append(Value());
  EXPECT_EQ(column.elements<uint16_t>().front(), 443);
  EXPECT_DEATH((void)column.elements<uint32_t>(), "element_size_");
  EXPECT_DEATH(column.Append(Value::Of("443")), "Fits");
  EXPECT_DEATH(column.Append(Value::Of(int16_t{443})), "Fits");
}

TEST_F(RequiredDeathTest, PlaceOfAHistogram) {
  HistogramSelection selection;
  selection.Add(AllHistograms().size() - 1);
  EXPECT_EQ(selection.count(), 1U);
  EXPECT_DEATH(selection.Add(AllHistograms().size()), "index");
}

TEST_F(RequiredDeathTest, FlowOfARecord) {
  EXPECT_DEATH((void)MediaFlow().endpoints(), "udp != nullptr");
  EXPECT_DEATH((void)SkypeFlow().endpoints(), "udp != nullptr");
}

}  // namespace
}  // namespace tstat
