// SPDX-License-Identifier: BSD-3-Clause
#include "l7/stream/ordered_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/l7/stream/stream_model.h"

namespace tstat::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Writes down what it is told; consumes up to the last semicolon.
class Notes : public StreamReader {
 public:
  size_t OnBytes(ByteReader bytes, const StreamPosition& at) override {
    const std::string text(bytes.Text());
    lines.push_back(std::to_string(at.offset) + (at.segment_start ? "!" : ":") + text);
    if (text.find('.') != std::string::npos) return kDone;
    const size_t end = text.rfind(';');
    return end == std::string::npos ? 0 : end + 1;
  }
  bool OnGap(ByteReader rest, uint64_t missing, const StreamPosition& at) override {
    lines.push_back(std::to_string(at.offset) + "(" + std::string(rest.Text()) + ")" +
                    std::to_string(missing));
    return !stops_at_gap;
  }

  std::vector<std::string> lines;
  bool stops_at_gap = false;
};

class OrderedStreamTest : public testing::Test {
 protected:
  static constexpr uint32_t kFirst = 1000;

  OrderedStreamTest() { stream_.Start(kFirst); }
  void Send(uint32_t offset, std::string_view text, uint32_t length = 0) {
    const ByteReader payload({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
    stream_.OnSegment(
        {kFirst + offset, payload, std::max<uint32_t>(length, static_cast<uint32_t>(text.size()))},
        {}, notes_, &held_, buffers_);
  }
  void Finish() { stream_.Finish({}, notes_, &held_, buffers_); }

  OrderedStream stream_;
  StreamBuffers buffers_;
  uint32_t held_ = 0;
  Notes notes_;
};

TEST_F(OrderedStreamTest, InOrderNothingIsHeld) {
  Send(0, "one;");
  Send(4, "two;");
  EXPECT_THAT(notes_.lines, ElementsAre("0!one;", "4!two;"));
  EXPECT_EQ(buffers_.memory_bytes(), 0u);
  Finish();
  EXPECT_EQ(notes_.lines.size(), 2u);
}

TEST_F(OrderedStreamTest, WhatIsNotConsumedComesAgain) {
  Send(0, "a;b");
  EXPECT_EQ(held_, 1u);
  Send(3, "c");
  Send(4, "d;");
  EXPECT_THAT(notes_.lines, ElementsAre("0!a;b", "2:bc", "2:bcd;"));
  EXPECT_EQ(held_, 0u);
  Send(6, "e");
  Finish();
  EXPECT_THAT(notes_.lines.back(), "6(e)0");
  EXPECT_EQ(held_, 0u);
}

TEST_F(OrderedStreamTest, PiecesWaitForTheirTurn) {
  Send(8, "three;");
  Send(4, "two;");
  EXPECT_THAT(notes_.lines, IsEmpty());
  EXPECT_EQ(held_, 14u);  // with the gap before them
  Send(0, "one;");
  EXPECT_THAT(notes_.lines, ElementsAre("0!one;", "4!two;", "8!three;"));
  EXPECT_EQ(held_, 0u);
}

TEST_F(OrderedStreamTest, OfOverlapsTheFirstBytesCount) {
  Send(2, "cd");
  Send(1, "BCDE;");  // c and d stay
  Send(0, "aXXXX;");
  EXPECT_THAT(notes_.lines, ElementsAre("0!aBcdE;"));
  EXPECT_EQ(stream_.differing_bytes(), 6u);
  // What was consumed is not known any more.
  Send(0, "zzzzz;");
  EXPECT_EQ(stream_.differing_bytes(), 6u);
}

TEST_F(OrderedStreamTest, RepetitionsOfAnUnconsumedRestAreCompared) {
  Send(0, "hello");
  Send(0, "hEllo");
  EXPECT_EQ(stream_.differing_bytes(), 1u);
  Send(3, "lo;");
  EXPECT_THAT(notes_.lines, ElementsAre("0!hello", "0:hello;"));
}

TEST_F(OrderedStreamTest, WhatWasNotCapturedIsAGap) {
  Send(0, "he", 5);
  Send(5, "there;");
  EXPECT_THAT(notes_.lines, ElementsAre("0!he", "0(he)3", "5!there;"));
  EXPECT_EQ(stream_.missing_bytes(), 3u);
}

TEST_F(OrderedStreamTest, AGapInAPieceIsToldInItsTurn) {
  Send(4, "b;", 6);
  Send(10, "c;");
  EXPECT_THAT(notes_.lines, IsEmpty());
  Send(0, "aaa;");
  EXPECT_THAT(notes_.lines, ElementsAre("0!aaa;", "4!b;", "6()4", "10!c;"));
}

TEST_F(OrderedStreamTest, WhatComesLaterFillsAGapThatWaits) {
  Send(4, "b", 4);
  Send(4, "bcd;");
  Send(0, "aaa;");
  EXPECT_THAT(notes_.lines, ElementsAre("0!aaa;", "4!bcd;"));
  EXPECT_EQ(stream_.missing_bytes(), 0u);
}

TEST_F(OrderedStreamTest, TheOldestGapIsGivenUpForRoom) {
  Send(1, "first;");
  Send(10, "second;");
  Send(OrderedStream::kMostHeld, "third;");
  EXPECT_THAT(notes_.lines, ElementsAre("0()1", "1!first;"));
  Send(2 * OrderedStream::kMostHeld, "far;");
  EXPECT_THAT(notes_.lines,
              ElementsAre("0()1", "1!first;", "7()3", "10!second;", "17()16367", "16384!third;"));
  EXPECT_LE(held_, OrderedStream::kMostHeld);
}

// A segment for which there is no room begins in what was not captured at first.
TEST_F(OrderedStreamTest, WhatComesAfterAllIsNotGivenUpAsLost) {
  Send(100, "b;", 200);
  Send(150, std::string(OrderedStream::kMostHeld, 'c') + ";");
  ASSERT_GE(notes_.lines.size(), 4u);
  notes_.lines.resize(3);
  EXPECT_THAT(notes_.lines, ElementsAre("0()100", "100!b;", "102()48"));
  EXPECT_EQ(stream_.missing_bytes(), 148u);
}

TEST_F(OrderedStreamTest, NorInALargeSegmentThatComesNext) {
  Send(4, "b;", OrderedStream::kMostHeld + 100);
  Send(0, std::string(OrderedStream::kMostHeld + 200, 'c') + ";");
  EXPECT_EQ(stream_.missing_bytes(), 0u);
}

TEST_F(OrderedStreamTest, NorIsWhatItBrings) {
  Send(4, "b;", 4);
  Send(5, std::string(OrderedStream::kMostHeld, 'c') + ";");
  EXPECT_EQ(stream_.missing_bytes(), 4u);
}

TEST_F(OrderedStreamTest, ARestThatGrowsTooLongIsGivenUp) {
  const std::string part(1000, 'x');
  for (uint32_t i = 0; i < 20; ++i) Send(i * 1000, part);
  EXPECT_LE(held_, OrderedStream::kMostHeld);
  EXPECT_TRUE(std::any_of(notes_.lines.begin(), notes_.lines.end(),
                          [](const std::string& l) { return l.starts_with("0(xxx"); }));
  Send(20000, "end;");
  EXPECT_TRUE(notes_.lines.back().ends_with("end;"));
}

TEST_F(OrderedStreamTest, BothDirectionsShareTheRoom) {
  OrderedStream other;
  other.Start(0);
  const std::string big(16000, 'y');
  other.OnSegment(
      {5, ByteReader({reinterpret_cast<const uint8_t*>(big.data()), big.size()}), 16000}, {},
      notes_, &held_, buffers_);
  EXPECT_EQ(held_, 16005u);
  Send(300, "a;");
  EXPECT_EQ(held_, 16307u);
  Send(600, "b;");
  EXPECT_THAT(notes_.lines, ElementsAre("0()300", "300!a;"));
  EXPECT_EQ(held_, 16005u + 300u);
}

TEST_F(OrderedStreamTest, NumbersWrap) {
  OrderedStream stream;
  stream.Start(0xFFFFFFFE);
  const auto send = [&](uint32_t sequence, std::string_view text) {
    stream.OnSegment(
        {sequence, ByteReader({reinterpret_cast<const uint8_t*>(text.data()), text.size()}),
         static_cast<uint32_t>(text.size())},
        {}, notes_, &held_, buffers_);
  };
  send(2, "ef;");
  send(0xFFFFFFFE, "abcd");
  EXPECT_THAT(notes_.lines, ElementsAre("0!abcd", "0:abcdef;"));
}

TEST_F(OrderedStreamTest, OffsetsGoOnBeyondFourGigabytes) {
  std::string text(60000, ';');
  const ByteReader payload({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  uint32_t sequence = kFirst;
  for (int i = 0; i < 72000; ++i, sequence += 60000) {
    notes_.lines.clear();
    stream_.OnSegment({sequence, payload, 60000}, {}, notes_, &held_, buffers_);
  }
  EXPECT_EQ(stream_.next_offset(), 72000ull * 60000);
}

TEST_F(OrderedStreamTest, BytesBeforeTheFirstOneAndFarAwayAreNone) {
  Send(static_cast<uint32_t>(-3), "abcdef;");
  EXPECT_THAT(notes_.lines, ElementsAre("0!def;"));
  Send(2'000'000'000, "far;");
  Finish();
  EXPECT_EQ(notes_.lines.size(), 1u);
}

TEST_F(OrderedStreamTest, AReaderThatHasEnoughGetsNothingMore) {
  Send(10, "later;");
  Send(0, "stop.aaaaa");
  EXPECT_TRUE(stream_.done());
  EXPECT_EQ(held_, 0u);
  Send(16, "more;");
  Finish();
  EXPECT_THAT(notes_.lines, ElementsAre("0!stop.aaaaa"));
}

TEST_F(OrderedStreamTest, MayBeginAnewWhenItIsDone) {
  Send(0, "stop.");
  EXPECT_TRUE(stream_.done());
  stream_.Restart(kFirst + 1000);
  EXPECT_FALSE(stream_.done());
  Send(990, "before the new begin;");
  EXPECT_EQ(notes_.lines.back(), "0! new begin;");
}

TEST_F(OrderedStreamTest, AGapCanEndIt) {
  notes_.stops_at_gap = true;
  Send(0, "a", 9);
  Send(9, "b;");
  EXPECT_THAT(notes_.lines, ElementsAre("0!a", "0(a)8"));
}

TEST_F(OrderedStreamTest, ManyPiecesAreBounded) {
  for (uint32_t i = 0; i < 3 * OrderedStream::kMostRanges; ++i) Send(3 + i * 2, ";");
  EXPECT_EQ(notes_.lines.size(), 2 * 2 * OrderedStream::kMostRanges);
  EXPECT_THAT(notes_.lines.front(), "0()3");
}

TEST_F(OrderedStreamTest, BlocksAreUsedAgain) {
  for (uint32_t i = 0; i < 50; ++i) {
    Send(i * 10 + 5, "bbbb;");
    Send(i * 10, "aaaa;");
  }
  EXPECT_LT(buffers_.memory_bytes(), 4096u);
}

TEST(OrderedStreamModel, AnySegmentsGiveTheFirstBytesInOrder) {
  std::mt19937 random(1);
  for (int round = 0; round < 40; ++round) {
    std::vector<uint8_t> input(8 * (1 + random() % 200));
    for (uint8_t& byte : input) byte = static_cast<uint8_t>(random());
    ASSERT_EQ(StreamModel::Run(ByteReader(input), static_cast<uint32_t>(random())), "")
        << "round " << round;
  }
}

}  // namespace
}  // namespace tstat::internal
