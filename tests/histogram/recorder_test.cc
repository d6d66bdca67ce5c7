// SPDX-License-Identifier: BSD-3-Clause
#include "histogram/recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>

#include "histogram/time_average.h"

namespace tstat::internal {
namespace {

using F = HistogramFamily;
using S = HistogramSuffix;
using testing::ElementsAre;

Timestamp At(double seconds) {
  return Timestamp::FromMicroseconds(static_cast<int64_t>(seconds * 1e6));
}

HistogramSelection Selected(std::string_view part) {
  HistogramSelection s;
  s.SelectMatching(part);
  return s;
}

TEST(RecorderTest, ValuesFallIntoBins) {
  HistogramRecorder recorder(Selected("ip_len_in"), {});
  HistogramCells& h = recorder.of(F::kIpLen, S::kIn);
  ASSERT_TRUE(h.on());
  ASSERT_EQ(h.count, 1504u / 4 + 2);
  for (double v : {-1.0, 0.0, 3.99, 4.0, 1503.0, 1504.0, 9000.0}) h.Add(v);
  h.Add(std::numeric_limits<double>::quiet_NaN());
  h.Add(std::numeric_limits<double>::infinity());
  EXPECT_EQ(h.cells[0], 1);
  EXPECT_EQ(h.cells[1], 2);
  EXPECT_EQ(h.cells[2], 1);
  EXPECT_EQ(h.cells[376], 1);
  EXPECT_EQ(h.cells[377], 2);
  EXPECT_EQ(h.samples, 4);
}

TEST(RecorderTest, AHistogramWithoutBinsCountsInTheLastCell) {
  HistogramRecorder recorder(Selected("mm_oos_p_in"), {});
  HistogramCells& h = recorder.of(F::kMmOosP, S::kIn);
  ASSERT_EQ(h.count, 2u);
  h.Add(1);
  h.Add(0);
  EXPECT_EQ(h.cells[1], 2);
  EXPECT_EQ(h.samples, 0);
}

TEST(RecorderTest, WhatIsNotSelectedTakesNothing) {
  HistogramRecorder recorder(Selected("ip_len_in"), {});
  EXPECT_FALSE(recorder.of(F::kIpLen, S::kOut).on());
  EXPECT_FALSE(recorder.of(F::kIpLen, S::kC2s).on());
  recorder.Add(F::kIpLen, S::kOut, 40);
  recorder.Add(F::kIpLen, SuffixPair{}, 40);
}

TEST(RecorderTest, SuffixesNameTheInternalSideAndThePeersCloudFlag) {
  EXPECT_EQ(SuffixesOf(PacketFlags{true, false, false, true}).main, S::kOut);
  EXPECT_EQ(SuffixesOf(PacketFlags{true, false, false, true}).refined, S::kCloudOut);
  EXPECT_EQ(SuffixesOf(PacketFlags{true, false, true, false}).refined, S::kOtherOut);
  EXPECT_EQ(SuffixesOf(PacketFlags{false, true, true, false}).refined, S::kCloudIn);
  EXPECT_EQ(SuffixesOf(PacketFlags{true, true, true, true}).main, S::kLoc);
  EXPECT_EQ(SuffixesOf(PacketFlags{true, true, true, true}).refined, S::kNone);
  EXPECT_EQ(SuffixesOf(PacketFlags{false, false, true, true}).main, S::kNone);
}

TEST(RecorderTest, StatisticsTakeValuesOutOfRangeToo) {
  HistogramSelection selection = Selected("tcp_interrupted");
  selection.statistics = true;
  HistogramRecorder recorder(selection, {});
  HistogramCells& h = recorder.of(F::kTcpInterrupted);
  for (double v : {2.0, 4.0, 6.0}) h.Add(v);
  EXPECT_EQ(h.statistics->count, 3u);
  EXPECT_DOUBLE_EQ(h.statistics->mean, 4);
  EXPECT_DOUBLE_EQ(h.statistics->square_sum, 8);
  EXPECT_DOUBLE_EQ(h.statistics->min, 0);  // the first interval
  EXPECT_DOUBLE_EQ(h.statistics->max, 6);
  h.statistics->Restart();
  h.Add(5);
  EXPECT_DOUBLE_EQ(h.statistics->min, 5);
}

TEST(RecorderTest, TotalsGoOnWhenAnIntervalIsCleared) {
  HistogramSelection selection = Selected("ip_ttl_in");
  selection.totals = true;
  HistogramRecorder recorder(selection, {});
  HistogramCells& h = recorder.of(F::kIpTtl, S::kIn);
  const auto id = static_cast<size_t>(&h - recorder.all().data());
  for (int i = 0; i < 3; ++i) {
    h.Add(64);
    recorder.AddToTotals();
    recorder.Clear();
  }
  EXPECT_EQ(h.cells[65], 0);
  EXPECT_EQ(h.samples, 0);
  EXPECT_EQ(recorder.total_cells(id)[65], 3);
  EXPECT_EQ(recorder.total_samples(id), 3);
}

TEST(RecorderTest, TlsBytesSurviveANewTrace) {
  HistogramRecorder recorder(Selected("bitrate"), {});
  const SuffixPair in = {S::kIn, S::kOtherIn};
  recorder.AddBytes(RateSet::kTls, in, 0, 100);
  recorder.AddBytes(RateSet::kTcp, in, 33, 100);
  recorder.ClearBytes(/*tls=*/false);
  EXPECT_EQ(recorder.bytes(RateSet::kTls, S::kIn)[0], 100u);
  EXPECT_EQ(recorder.bytes(RateSet::kTcp, S::kIn)[33], 0u);
}

TEST(RecorderTest, NumbersAreTruncatedAsByTheReference) {
  EXPECT_EQ(TruncateToInteger(7259.99), 7259);
  EXPECT_EQ(TruncateToInteger(-0.5), 0);
  EXPECT_EQ(TruncateToInteger(std::nan("")), INT64_MIN);
  EXPECT_EQ(TruncateToInteger(1.5e19), INT64_MIN);
}

TEST(TimeAverageTest, AreaUnderTheCounter) {
  TimeAverage average;
  average.Restart(At(100));
  average.Change(+1, At(102));
  average.Change(+1, At(106));
  average.Change(-2, At(108));
  EXPECT_DOUBLE_EQ(average.Take(At(110)), 0.8);
  average.Change(+3, At(110));
  EXPECT_DOUBLE_EQ(average.Take(At(120)), 3);
  EXPECT_TRUE(std::isnan(average.Take(At(120))));
}

TEST(TimeAverageTest, TheFirstWindowBeginsWithTheEpoch) {
  TimeAverage average;
  average.Change(+4, At(1500000000));
  EXPECT_LT(average.Take(At(1500000300)), 1);
}

}  // namespace
}  // namespace tstat::internal
