// SPDX-License-Identifier: BSD-3-Clause
//
// Every number must be printf's to the last digit: checked against snprintf itself, in the C
// locale.
#include "schema/number_format.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <random>
#include <string>

namespace tstat::internal {
namespace {

std::string Printf(const char* format, double number) {
  char text[400];
  return std::string(text, std::snprintf(text, sizeof text, format, number));
}

template <int kDecimals>
std::string Fixed(double number) {
  char text[kMaxFixedLength];
  char* const end = IsFastFixed(number) ? WriteFixedFast<kDecimals>(number, text)
                                        : WriteFixedSlow(number, kDecimals, text);
  return std::string(text, end);
}

std::string General(double number) {
  char text[kMaxNumberLength];
  return std::string(text, WriteGeneral(number, text));
}

// Reports the first difference only: there may be millions.
[[nodiscard]] testing::AssertionResult SameAsPrintf(double number) {
  if (Fixed<6>(number) != Printf("%f", number)) {
    return testing::AssertionFailure() << Fixed<6>(number) << " for " << Printf("%a %f", number);
  }
  if (Fixed<3>(number) != Printf("%.3f", number)) {
    return testing::AssertionFailure() << Fixed<3>(number) << " for " << Printf("%.3f", number);
  }
  return testing::AssertionSuccess();
}

TEST(FixedFormat, KnownValues) {
  EXPECT_EQ(Fixed<6>(0.0), "0.000000");
  EXPECT_EQ(Fixed<6>(-0.0), "-0.000000");
  EXPECT_EQ(Fixed<6>(1500000000042164 / 1000.0), "1500000000042.164062");
  EXPECT_EQ(Fixed<6>(0.9999995), Printf("%f", 0.9999995));
  EXPECT_EQ(Fixed<6>(0.99999999), "1.000000");
  EXPECT_EQ(Fixed<6>(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(Fixed<6>(-std::numeric_limits<double>::infinity()), "-inf");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(Fixed<6>(std::copysign(nan, 1.0)), "nan");
  EXPECT_EQ(Fixed<3>(std::copysign(nan, -1.0)), "-nan");
}

TEST(FixedFormat, TiesGoToEven) {
  EXPECT_EQ(Fixed<3>(0.0625), "0.062");
  EXPECT_EQ(Fixed<3>(0.1875), "0.188");
  EXPECT_EQ(Fixed<3>(2.0625), "2.062");
  for (int i = 1; i < 100000; i += 2) {
    ASSERT_TRUE(SameAsPrintf(i / 128.0));  // seven binary digits: ties at the sixth decimal
    ASSERT_TRUE(SameAsPrintf(-i / 16.0));  // four: ties at the third
  }
}

TEST(FixedFormat, ExtremesAsPrintf) {
  for (double number :
       {std::numeric_limits<double>::max(), std::numeric_limits<double>::min(),
        std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::lowest(),
        static_cast<double>(std::numeric_limits<float>::max()), 0x1p63, 0x1p64, 0x1p65, 1e300,
        std::nextafter(0x1p64, 0.0), 0x1p-74, 0x1p-75, 5e-7, 4.9999999999999998e-7, 0x1p53 - 1,
        0x1p52 + 0.5, 999999.9999995}) {
    EXPECT_TRUE(SameAsPrintf(number));
    EXPECT_TRUE(SameAsPrintf(-number));
  }
}

TEST(FixedFormat, EveryBinaryExponentAsPrintf) {
  std::mt19937_64 random(1);
  for (uint64_t exponent = 0; exponent < 2048; ++exponent) {
    for (int i = 0; i < 50; ++i) {
      const uint64_t bits = exponent << 52 | random() >> 12 | (random() & 1) << 63;
      ASSERT_TRUE(SameAsPrintf(std::bit_cast<double>(bits)));
    }
  }
}

TEST(FixedFormat, TimesAsPrintf) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 250000; ++i) {
    const uint64_t us = 1500000000000000 + random() % 1000000000000;
    ASSERT_TRUE(SameAsPrintf(static_cast<double>(us) / 1000.0));
    ASSERT_TRUE(SameAsPrintf(static_cast<double>(us) / 1e6));
    ASSERT_TRUE(SameAsPrintf(static_cast<double>(random() % 4000000000) / 1000.0));
  }
}

TEST(FixedFormat, MeansAsPrintf) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 250000; ++i) {
    const double sum = static_cast<double>(random() % 100000000);
    ASSERT_TRUE(SameAsPrintf(sum / (static_cast<double>(random() % 1000) + 0.0001) / 1000.0));
    ASSERT_TRUE(SameAsPrintf(std::sqrt(sum) / 1000.0));
  }
}

TEST(GeneralFormat, AsPrintf) {
  std::mt19937_64 random(4);
  for (int i = 0; i < 200000; ++i) {
    const double any = std::bit_cast<double>(random());
    ASSERT_EQ(General(any), Printf("%g", any));
    const double mean = static_cast<double>(random() % 100000000) / (random() % 1000 + 1.0);
    ASSERT_EQ(General(mean), Printf("%g", mean));
  }
  for (double number : {0.0, -0.0, 128.0, 20.3, 100000.5, 1000000.0, 999999.5, 0.0001, 0.00001,
                        3.40282347e+38, 43981.0}) {
    EXPECT_EQ(General(number), Printf("%g", number));
  }
  EXPECT_EQ(General(std::copysign(std::numeric_limits<double>::quiet_NaN(), -1.0)), "-nan");
  EXPECT_EQ(General(std::numeric_limits<double>::infinity()), "inf");
}

TEST(IntegerFormat, Limits) {
  char text[kMaxNumberLength];
  const auto as_unsigned = [&](uint64_t n) { return std::string(text, WriteUnsigned(n, text)); };
  const auto as_signed = [&](int64_t n) { return std::string(text, WriteSigned(n, text)); };
  EXPECT_EQ(as_unsigned(0), "0");
  EXPECT_EQ(as_unsigned(9), "9");
  EXPECT_EQ(as_unsigned(10), "10");
  EXPECT_EQ(as_unsigned(std::numeric_limits<uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(as_signed(-1), "-1");
  EXPECT_EQ(as_signed(std::numeric_limits<int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(std::string(text, WriteHex32(0x1a, text)), "0x0000001a");
}

// Around every power of ten, every four-digit number, and at random over all lengths.
TEST(IntegerFormat, AsToString) {
  char text[kMaxNumberLength];
  const auto check = [&](uint64_t n) {
    ASSERT_EQ(std::string(text, WriteUnsigned(n, text)), std::to_string(n));
  };
  for (uint64_t n = 0; n < 20000; ++n) check(n);
  for (uint64_t power = 10; power < UINT64_MAX / 10; power *= 10) {
    for (uint64_t n : {power - 1, power, power + 1, 9 * power, power + power / 2}) check(n);
  }
  std::mt19937_64 random(5);
  for (int i = 0; i < 500000; ++i) check(random() >> random() % 64);
}

}  // namespace
}  // namespace tstat::internal
