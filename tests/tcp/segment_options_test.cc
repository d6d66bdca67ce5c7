// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/segment_options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace tstat::internal {
namespace {

SegmentOptions Read(std::vector<uint8_t> options, size_t captured = SIZE_MAX) {
  std::vector<uint8_t> bytes(20);
  while (options.size() % 4 != 0) options.push_back(0);
  bytes.insert(bytes.end(), options.begin(), options.end());
  const auto length = static_cast<unsigned>(bytes.size());
  bytes.resize(std::min(bytes.size(), captured));
  return SegmentOptions::Read(ByteReader(bytes), length);
}

TEST(SegmentOptionsTest, TimestampsWhereverTheyStand) {
  for (const std::vector<uint8_t>& options :
       {std::vector<uint8_t>{1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8},
        std::vector<uint8_t>{8, 10, 1, 2, 3, 4, 5, 6, 7, 8},
        std::vector<uint8_t>{2, 4, 5, 180, 4, 2, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 3, 7}}) {
    const SegmentOptions read = Read(options);
    EXPECT_TRUE(read.has_timestamps);
    EXPECT_EQ(read.tsval, 0x01020304u);
    EXPECT_EQ(read.tsecr, 0x05060708u);
    EXPECT_EQ(read.blocks, 0);
  }
}

TEST(SegmentOptionsTest, BlocksOfSack) {
  const SegmentOptions read =
      Read({1, 1, 5, 18, 0, 0, 0, 9, 0, 0, 1, 0, 255, 255, 255, 240, 0, 0, 0, 1});
  ASSERT_EQ(read.blocks, 2);
  EXPECT_EQ(read.sack[0].first.value(), 9u);
  EXPECT_EQ(read.sack[0].end.value(), 256u);
  EXPECT_EQ(read.sack[1].first.value(), 0xfffffff0u);
  EXPECT_FALSE(read.has_timestamps);
}

TEST(SegmentOptionsTest, WhatIsNotThereInFullIsNotRead) {
  const std::vector<uint8_t> stamps = {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8};
  for (size_t captured = 0; captured < 32; ++captured) {
    EXPECT_FALSE(Read(stamps, captured).has_timestamps) << captured;
  }
  EXPECT_FALSE(Read({}).has_timestamps);
  EXPECT_FALSE(Read({8, 9, 1, 2, 3, 4, 5, 6, 7}).has_timestamps);
  EXPECT_FALSE(Read({8, 0, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8}).has_timestamps);
  EXPECT_FALSE(Read({0, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8}).has_timestamps);
  EXPECT_EQ(Read({5, 9, 1, 2, 3, 4, 5, 6, 7}).blocks, 0);
  // The length says more than the header has.
  EXPECT_EQ(Read({5, 34, 0, 0, 0, 1, 0, 0, 0, 2}).blocks, 0);
}

}  // namespace
}  // namespace tstat::internal
