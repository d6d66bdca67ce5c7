// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/option_tracker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace tstat::internal {
namespace {

struct Parsed {
  OptionTracker options;
  bool sack = false;
};

// `captured`: bytes of the header that are there; -1: all.
Parsed Parse(std::vector<uint8_t> option_bytes, int captured = -1) {
  std::vector<uint8_t> bytes(20 + option_bytes.size(), 0xEE);
  std::copy(option_bytes.begin(), option_bytes.end(), bytes.begin() + 20);
  const unsigned header_length = static_cast<unsigned>(bytes.size());
  if (captured >= 0) bytes.resize(captured);
  Parsed p;
  p.sack = p.options.OnSegment(ByteReader(bytes), header_length);
  return p;
}

TEST(OptionTrackerTest, OptionsOfATypicalSyn) {
  const auto p = Parse({2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7});
  EXPECT_EQ(p.options.mss(), 1460);
  EXPECT_TRUE(p.options.sack_permitted());
  EXPECT_TRUE(p.options.timestamp_sent());
  EXPECT_TRUE(p.options.window_scale_sent());
  EXPECT_EQ(p.options.window_scale(), 7);
  EXPECT_FALSE(p.options.mptcp());
  EXPECT_FALSE(p.sack);
}

TEST(OptionTrackerTest, AlignedTimestampsNeedTheirBytes) {
  const std::vector<uint8_t> bytes = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
  EXPECT_TRUE(Parse(bytes).options.timestamp_sent());
  EXPECT_FALSE(Parse(bytes, 31).options.timestamp_sent());
}

TEST(OptionTrackerTest, EndOfListDoesNotEndIt) {
  EXPECT_EQ(Parse({0, 0, 0, 0, 2, 4, 1, 0}).options.mss(), 256);
}

TEST(OptionTrackerTest, HugeMssIsNegativeAndAllOnesIsIgnored) {
  EXPECT_EQ(Parse({2, 4, 0x80, 0x00}).options.mss(), 32768);
  EXPECT_EQ(Parse({2, 4, 0x02, 0x00, 2, 4, 0xFF, 0xFF}).options.mss(), 512);
}

TEST(OptionTrackerTest, LengthsAreNotComparedWithTheOptionsOwn) {
  // An MSS option of length 2 takes the bytes that follow, which are the next option as well.
  const auto p = Parse({2, 2, 4, 2});
  EXPECT_EQ(p.options.mss(), 0x0402);
  EXPECT_TRUE(p.options.sack_permitted());
}

TEST(OptionTrackerTest, ZeroLengthAndTruncationStop) {
  EXPECT_FALSE(Parse({9, 0, 4, 2}).options.sack_permitted());
  EXPECT_FALSE(Parse({9, 40, 4, 2}).options.sack_permitted());
  EXPECT_FALSE(Parse({1, 1, 4, 2}, 22).options.sack_permitted());
  EXPECT_EQ(Parse({2, 4, 5, 0xb4}, 23).options.mss(), 0);
}

TEST(OptionTrackerTest, OptionThatReachesBeyondTheHeaderCounts) {
  // The header claims 24 bytes, the option takes 10 and is captured.
  std::vector<uint8_t> bytes(20, 0);
  for (uint8_t b : {1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0}) bytes.push_back(b);
  OptionTracker options;
  options.OnSegment(ByteReader(bytes), 24);
  EXPECT_TRUE(options.timestamp_sent());
}

TEST(OptionTrackerTest, WindowScaleOf255IsIgnoredOthersAreNotLimited) {
  EXPECT_FALSE(Parse({3, 3, 255, 1}).options.window_scale_sent());
  EXPECT_EQ(Parse({3, 3, 200, 1}).options.window_scale(), 200);
}

TEST(OptionTrackerTest, SackBlocks) {
  EXPECT_TRUE(Parse({1, 1, 5, 10, 1, 2, 3, 4, 5, 6, 7, 8}).sack);
  EXPECT_FALSE(Parse({1, 1, 5, 2}).sack);
  // The last SACK option of the segment decides.
  EXPECT_FALSE(Parse({5, 10, 1, 2, 3, 4, 5, 6, 7, 8, 5, 2}).sack);
}

// The first block may end one byte behind what was captured; nothing is said of its own length.
TEST(OptionTrackerTest, SackBlocksAtTheEndOfTheHeader) {
  EXPECT_TRUE(Parse({1, 1, 5, 9, 1, 2, 3, 4, 5, 6, 7}).sack);
  EXPECT_FALSE(Parse({1, 1, 5, 8, 1, 2, 3, 4, 5, 6}).sack);
  EXPECT_TRUE(Parse({5, 3, 1, 1, 1, 1, 1, 1, 1, 1}).sack);
  EXPECT_FALSE(Parse({5, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}).sack);
}

TEST(OptionTrackerTest, MptcpIsSeen) { EXPECT_TRUE(Parse({30, 4, 0, 0}).options.mptcp()); }

TEST(OptionTrackerTest, ScaleOfOneSideDoesNotSettle) {
  OptionTracker a = Parse({3, 3, 7, 1}).options, b;
  OptionTracker::SettleWindowScale(&a, &b);
  EXPECT_EQ(a.window_scale(), 0);
  EXPECT_TRUE(a.window_scale_sent());
  a = Parse({3, 3, 7, 1}).options;
  b = Parse({3, 3, 8, 1}).options;
  OptionTracker::SettleWindowScale(&a, &b);
  EXPECT_EQ(a.window_scale(), 7);
  EXPECT_EQ(b.window_scale(), 8);
}

}  // namespace
}  // namespace tstat::internal
