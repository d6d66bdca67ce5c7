// SPDX-License-Identifier: BSD-3-Clause
//
// Which names are pieces of one series; how they are put together, the command's tests show.
#include "tstat-cli/trace_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tstat/memory_packet_source.h"

namespace tstat::cli {
namespace {

using ::testing::ElementsAre;

TEST(SeriesStemTest, LeavesNumbersOut) {
  EXPECT_EQ(SeriesStem("web_00001_20240101.pcap"), SeriesStem("web_00002_20240102.pcap"));
  EXPECT_EQ(SeriesStem("d/trace.pcap"), SeriesStem("d/trace.pcap12"));
  EXPECT_EQ(SeriesStem("t-2024-01-02_03:04.pcap.gz"), SeriesStem("t-2025-11-12_13:14.pcap.gz"));
  EXPECT_NE(SeriesStem("a/t1.pcap"), SeriesStem("b/t1.pcap"));
  EXPECT_NE(SeriesStem("a1/t1.pcap"), SeriesStem("a2/t1.pcap"));
  EXPECT_NE(SeriesStem("web1.pcap"), SeriesStem("mail1.pcap"));
  EXPECT_NE(SeriesStem("t1.pcap"), SeriesStem("t1.pcap.gz"));
}

TEST(PlanSeriesTest, WhatCannotBeReadIsByItself) {
  const std::vector<TraceGroup> groups = PlanSeries({"none2", "none1", "x"}, {});
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_THAT(groups[0].names, ElementsAre("none2"));
  EXPECT_FALSE(groups[0].was_reordered);
}

class SeriesSourceTest : public testing::Test {
 protected:
  // Files by their packets' tenths of seconds.
  std::vector<int64_t> Read(const std::vector<std::vector<int64_t>>& files, size_t* read) {
    std::vector<std::string> names;
    for (size_t i = 0; i < files.size(); ++i) names.push_back(std::to_string(i));
    SeriesSource source(
        names,
        [&](const std::string& name) -> std::unique_ptr<PacketSource> {
          const std::vector<int64_t>& times = files[std::stoul(name)];
          if (!times.empty() && times[0] < 0) return nullptr;
          auto file = std::make_unique<MemoryPacketSource>();
          for (const int64_t tenths : times) {
            Packet packet;
            packet.time = Timestamp::FromMicroseconds(tenths * 100'000);
            file->Add(packet);
          }
          return file;
        },
        [&](const PacketSource&, const std::string& name) { told_.push_back(name); });
    std::vector<int64_t> tenths;
    std::vector<Packet> batch(3);
    while (const size_t n = source.ReadBatch(batch)) {
      for (size_t i = 0; i < n; ++i) tenths.push_back(batch[i].time.microseconds() / 100'000);
    }
    EXPECT_EQ(source.ReadBatch(batch), 0u);
    *read = source.files();
    return tenths;
  }

  std::vector<std::string> told_;
};

TEST_F(SeriesSourceTest, FilesFollowEachOther) {
  size_t read = 0;
  EXPECT_THAT(Read({{1, 2, 3, 4}, {}, {-1}, {4, 5}}, &read), ElementsAre(1, 2, 3, 4, 4, 5));
  EXPECT_EQ(read, 4u);
  EXPECT_THAT(told_, ElementsAre("0", "1"));
}

TEST_F(SeriesSourceTest, EndsBeforeAFileThatOverlaps) {
  size_t read = 0;
  EXPECT_THAT(Read({{10, 20}, {20, 90}, {80, 100}, {110}}, &read), ElementsAre(10, 20, 20, 90));
  EXPECT_EQ(read, 2u);
  // Most of the time of the file before is in it, too.
  EXPECT_THAT(Read({{1, 9}, {6, 10}, {7, 12}}, &read), ElementsAre(1, 9, 6, 10));
  EXPECT_EQ(read, 2u);
  EXPECT_THAT(Read({{1}, {2, 1, 3}, {3}}, &read), ElementsAre(1, 2, 1, 3, 3));
  EXPECT_EQ(read, 3u);
  EXPECT_THAT(Read({{1}, {1}, {2}}, &read), ElementsAre(1));
  EXPECT_EQ(read, 1u);
}

}  // namespace
}  // namespace tstat::cli
