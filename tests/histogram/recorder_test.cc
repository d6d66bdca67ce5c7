// SPDX-License-Identifier: BSD-3-Clause
#include "histogram/recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <random>

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
  for (const HistogramCells& h : recorder.all()) {
    EXPECT_EQ(h.samples, 0);
    EXPECT_EQ(h.on(), &h == &recorder.of(F::kIpLen, S::kIn));
    for (uint32_t i = 0; h.on() && i < h.count; ++i) EXPECT_EQ(h.cells[i], 0) << i;
  }
  recorder.Add(F::kIpLen, S::kIn, 40);
  EXPECT_EQ(recorder.of(F::kIpLen, S::kIn).samples, 1);
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
  for (double v : {2.0, 4.5}) h.Add(v);
  h.Add(uint32_t{7});
  EXPECT_EQ(h.statistics->count(), 3u);
  EXPECT_DOUBLE_EQ(h.statistics->mean(), 4.5);
  EXPECT_DOUBLE_EQ(h.statistics->square_sum(), 12.5);
  EXPECT_DOUBLE_EQ(h.statistics->min(), 2);
  EXPECT_DOUBLE_EQ(h.statistics->max(), 7);
  recorder.Clear();
  h.Add(5);
  EXPECT_EQ(h.statistics->count(), 1u);
  EXPECT_DOUBLE_EQ(h.statistics->min(), 5);
}

// One recorder, or three whose sums are taken at random moments.
TEST(RecorderTest, PartialsAddUpToTheWhole) {
  HistogramSelection selection;
  selection.SelectMatching("");
  selection.statistics = true;
  std::mt19937 random(20);
  HistogramRecorder whole(selection, {}), sum(selection, {});
  std::array<std::unique_ptr<HistogramRecorder>, 3> partials;
  for (auto& partial : partials)
    partial = std::make_unique<HistogramRecorder>(selection, CompatProfile{});
  for (int i = 0; i < 20000; ++i) {
    HistogramRecorder& partial = *partials[random() % partials.size()];
    const size_t id = random() % whole.all().size();
    const auto set = static_cast<RateSet>(random() % kRateSetCount);
    const auto suffix = static_cast<S>(random() % kHistogramSuffixCount);
    const auto type = static_cast<size_t>(random() % HistogramRecorder::kClasses);
    const uint64_t bytes = random();
    const double value = random() % 70000 / 7.0 - 10;
    for (HistogramRecorder* r : {&whole, &partial}) {
      r->all()[id].Add(value);
      r->all()[id].Add(static_cast<uint32_t>(value + 10));
      r->bytes(set, suffix)[type] += bytes;
    }
    if (random() % 1000 == 0) sum.Absorb(*partials[random() % partials.size()]);
  }
  for (auto& partial : partials) sum.Absorb(*partial);
  for (auto& partial : partials) sum.Absorb(*partial);  // empty by now

  for (size_t id = 0; id < whole.all().size(); ++id) {
    const HistogramCells& expected = whole.all()[id];
    const HistogramCells& h = sum.all()[id];
    ASSERT_EQ(expected.on(), h.on());
    if (!h.on()) continue;
    ASSERT_TRUE(std::equal(h.cells, h.cells + h.count, expected.cells)) << id;
    ASSERT_TRUE(std::equal(h.touched, h.touched + h.groups(), expected.touched)) << id;
    ASSERT_EQ(h.samples, expected.samples);
    ASSERT_EQ(h.statistics->count(), expected.statistics->count());
    ASSERT_EQ(h.statistics->mean(), expected.statistics->mean());
    ASSERT_EQ(h.statistics->square_sum(), expected.statistics->square_sum());
  }
  for (size_t set = 0; set < kRateSetCount; ++set) {
    for (size_t suffix = 0; suffix < kHistogramSuffixCount; ++suffix) {
      ASSERT_EQ(whole.bytes(static_cast<RateSet>(set), static_cast<S>(suffix)),
                sum.bytes(static_cast<RateSet>(set), static_cast<S>(suffix)));
    }
  }
}

TEST(RecorderTest, APartialHasCellsForWhatItsFeedersAddTo) {
  HistogramSelection selection;
  selection.SelectMatching("");
  HistogramRecorder whole(selection, {});
  HistogramRecorder of_flows(selection, {}, HistogramFeeders::kTcp | HistogramFeeders::kMedia);
  EXPECT_FALSE(of_flows.of(F::kIpLen, S::kIn).on());
  EXPECT_FALSE(of_flows.of(F::kProfileCpu).on());
  ASSERT_TRUE(of_flows.of(F::kTcpWinMax).on());
  ASSERT_TRUE(of_flows.of(F::kMmType, S::kIn).on());
  of_flows.Add(F::kTcpWinMax, 1000);
  whole.Add(F::kIpLen, S::kIn, 40);
  whole.Absorb(of_flows);
  EXPECT_EQ(whole.of(F::kTcpWinMax).samples, 1);
  EXPECT_EQ(whole.of(F::kIpLen, S::kIn).samples, 1);
  EXPECT_EQ(of_flows.of(F::kTcpWinMax).samples, 0);
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
