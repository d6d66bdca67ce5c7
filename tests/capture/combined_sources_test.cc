// SPDX-License-Identifier: BSD-3-Clause
//
// Sources that are made of other sources, and the one of packets in memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdlib>

#include "capture/fault_injecting_source.h"
#include "tests/capture/trace_bytes.h"
#include "tstat/memory_packet_source.h"

namespace tstat::internal {
namespace {

using ::testing::SizeIs;

std::unique_ptr<MemoryPacketSource> Source(const std::vector<int64_t>& times, uint8_t mark = 0,
                                           size_t size = 40) {
  auto source = std::make_unique<MemoryPacketSource>();
  for (int64_t t : times) source->Add(Timestamp::FromMicroseconds(t), Frame(size, mark));
  return source;
}

std::vector<int64_t> Range(int64_t first, int64_t step, int count) {
  std::vector<int64_t> times;
  for (int i = 0; i < count; ++i) times.push_back(first + i * step);
  return times;
}

TEST(MemoryPacketSourceTest, DeliversWhatWasAdded) {
  MemoryPacketSource source;
  source.Add(Timestamp::FromMicroseconds(5), Frame(10), LinkType::kRaw, 99,
             PacketOrigin::kExternalBoth);
  source.Add(Timestamp::FromMicroseconds(6), Frame(3));
  source.FailAtEnd(absl::DataLossError("played"));
  EXPECT_TRUE(source.status().ok());
  ReadResult r;
  ReadAll(source, r, 1);
  ASSERT_THAT(r.packets, SizeIs(2));
  EXPECT_EQ(r.packets[0],
            (ReadPacket{5, Frame(10), 99, LinkType::kRaw, PacketOrigin::kExternalBoth}));
  EXPECT_EQ(r.packets[1],
            (ReadPacket{6, Frame(3), 3, LinkType::kEthernet, PacketOrigin::kUnknown}));
  EXPECT_EQ(r.status, absl::DataLossError("played"));
}

TEST(MergeByTimeTest, OrdersByTimeAndMarksTheOrigin) {
  auto merged = MergeByTime(Source(Range(0, 2, 200), 1), Source(Range(1, 2, 100), 2));
  ReadResult r;
  ReadAll(*merged, r);
  ASSERT_THAT(r.packets, SizeIs(300));
  for (size_t i = 1; i < r.packets.size(); ++i) {
    EXPECT_LE(r.packets[i - 1].microseconds, r.packets[i].microseconds);
  }
  for (const ReadPacket& p : r.packets) {
    EXPECT_EQ(p.data[0], p.microseconds % 2 == 0 ? 1 : 2);
    EXPECT_EQ(p.origin, p.microseconds % 2 == 0 ? PacketOrigin::kInternalSource
                                                : PacketOrigin::kExternalSource);
  }
}

TEST(MergeByTimeTest, EqualTimesGiveTheFirstSourceFirstAndErrorsSurvive) {
  auto first = Source({10, 10});
  first->FailAtEnd(absl::DataLossError("first"));
  auto merged = MergeByTime(std::move(first), Source({10, 20}, 7));
  ReadResult r;
  ReadAll(*merged, r);
  ASSERT_THAT(r.packets, SizeIs(4));
  EXPECT_EQ(r.packets[1].data[0], 0);
  EXPECT_EQ(r.packets[2].data[0], 7);
  EXPECT_EQ(r.status, absl::DataLossError("first"));
}

TEST(MergeByTimeTest, MergesFiles) {
  PcapBuilder one, two;
  for (uint32_t i = 1; i < 3000; ++i) {
    one.Record(i, 0, Frame(i % 700, 1));
    two.Record(i, 500000, Frame(i % 300, 2));
  }
  auto open = [](const PcapBuilder& b) {
    return *OpenTraceStream(std::make_unique<MemoryStream>(b.bytes(), 5000), "trace", {}, false);
  };
  auto merged = MergeByTime(open(one), open(two));
  ReadResult r;
  ReadAll(*merged, r);
  ASSERT_THAT(r.packets, SizeIs(2 * 2999));
  for (uint32_t i = 1; i < 3000; ++i) {
    EXPECT_EQ(r.packets[2 * (i - 1)].data, Frame(i % 700, 1));
    EXPECT_EQ(r.packets[2 * (i - 1) + 1].data, Frame(i % 300, 2));
  }
}

ReadResult Inject(const FaultOptions& options, FaultInjectingSource::Counts* counts = nullptr,
                  size_t batch_size = 32) {
  FaultInjectingSource source(Source(Range(1, 10, 2000), 0, 100), options);
  ReadResult r;
  ReadAll(source, r, batch_size);
  if (counts != nullptr) *counts = source.counts();
  return r;
}

TEST(FaultInjectingSourceTest, WithoutFaultsNothingChanges) {
  ReadResult plain;
  ReadAll(*Source(Range(1, 10, 2000), 0, 100), plain);
  EXPECT_EQ(Inject({}).packets, plain.packets);
}

TEST(FaultInjectingSourceTest, SameSeedSameFaultsWhateverTheBatches) {
  const FaultOptions options{.seed = 3,
                             .loss = 0.1,
                             .duplication = 0.1,
                             .reordering = 0.1,
                             .truncation = 0.1,
                             .mutation = 0.1};
  const ReadResult a = Inject(options);
  EXPECT_EQ(a.packets, Inject(options, nullptr, 7).packets);
  FaultOptions other = options;
  other.seed = 4;
  EXPECT_NE(a.packets, Inject(other).packets);
}

TEST(FaultInjectingSourceTest, CountsWhatItDoes) {
  FaultInjectingSource::Counts counts;
  ReadResult r = Inject({.loss = 0.3}, &counts);
  EXPECT_EQ(r.packets.size(), 2000 - counts.lost);
  EXPECT_NEAR(static_cast<double>(counts.lost), 600, 100);
  EXPECT_THAT(Inject({.loss = 1}).packets, SizeIs(0));

  r = Inject({.duplication = 0.3}, &counts);
  EXPECT_EQ(r.packets.size(), 2000 + counts.duplicated);
  EXPECT_NEAR(static_cast<double>(counts.duplicated), 600, 100);

  uint64_t cut = 0, changed = 0;
  for (const ReadPacket& p : Inject({.truncation = 0.3}, &counts).packets) {
    cut += p.data.size() < 100;
    EXPECT_EQ(p.original_length, 100u);
  }
  EXPECT_EQ(cut, counts.truncated);
  for (const ReadPacket& p : Inject({.mutation = 0.3}, &counts).packets) {
    changed += p.data != Frame(100);
  }
  EXPECT_NEAR(static_cast<double>(changed), 600, 100);
}

TEST(FaultInjectingSourceTest, ReorderingKeepsTimesInOrder) {
  auto inner = std::make_unique<MemoryPacketSource>();
  for (int i = 0; i < 200; ++i) {
    inner->Add(Timestamp::FromMicroseconds(i + 1), Frame(10, static_cast<uint8_t>(i)));
  }
  FaultInjectingSource source(std::move(inner), {.reordering = 0.3});
  ReadResult r;
  ReadAll(source, r);
  ASSERT_THAT(r.packets, SizeIs(200));
  int moved = 0;
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(r.packets[i].microseconds, i + 1);
    moved += r.packets[i].data[0] != static_cast<uint8_t>(i);
  }
  EXPECT_GT(moved, 50);
}

TEST(FaultInjectingSourceTest, SetsTheClockFromThenOn) {
  FaultInjectingSource::Counts counts;
  const ReadResult r = Inject({.clock_step = 0.01, .longest_step_s = 2}, &counts);
  ASSERT_THAT(r.packets, SizeIs(2000));
  uint64_t steps = 0, back = 0;
  for (size_t i = 1; i < r.packets.size(); ++i) {
    const int64_t gap = r.packets[i].microseconds - r.packets[i - 1].microseconds;
    EXPECT_LE(std::abs(gap - 10), 2'000'000);
    steps += gap != 10 ? 1 : 0;
    back += gap < 0 ? 1 : 0;
  }
  EXPECT_EQ(steps + (r.packets[0].microseconds != 1 ? 1 : 0), counts.clock_steps);
  EXPECT_GT(back, 0u);
  EXPECT_LT(back, steps);
}

TEST(FaultInjectingSourceTest, KeepsItsReaderWaitingAndFails) {
  const auto memory = [] { return Source(Range(1, 10, 500), 0, 100); };
  ReadResult plain;
  ReadAll(*memory(), plain);
  FaultInjectingSource source(memory(), {.waiting = 0.2, .fails_after = 300});
  std::array<Packet, 32> batch;
  uint64_t read = 0, waits = 0;
  for (;;) {
    const size_t n = source.ReadBatch(batch);
    if (n == 0 && !source.timed_out()) break;
    for (size_t i = 0; i < n; ++i) {
      EXPECT_EQ(batch[i].time.microseconds(), plain.packets[read + i].microseconds);
    }
    read += n;
    waits += n == 0 ? 1 : 0;
    EXPECT_EQ(source.status().ok(), read < 300);
  }
  EXPECT_EQ(read, 300u);
  EXPECT_EQ(waits, source.counts().waits);
  EXPECT_GT(waits, 30u);
  EXPECT_EQ(source.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(source.ReadBatch(batch), 0u);
}

TEST(OpenLiveTest, ErrorsCarryLibpcapsText) {
  const absl::Status s = OpenLive({.interface = "nope"}).status();
  EXPECT_FALSE(s.ok());
  EXPECT_THAT(std::string(s.message()), testing::StartsWith("pcap_openlive: nope: "));
}

TEST(OpenLiveTest, TimesOutAndCounts) {
  std::string interface;
  auto source = OpenLive({.interface = "lo", .timeout_ms = 10, .filter = "udp port 9"}, &interface);
  if (!source.ok()) GTEST_SKIP() << source.status();
  EXPECT_EQ(interface, "lo");
  EXPECT_TRUE((*source)->is_stream());
  std::vector<Packet> batch(32);
  EXPECT_EQ((*source)->ReadBatch(batch), 0u);
  EXPECT_TRUE((*source)->timed_out());
  EXPECT_TRUE((*source)->status().ok());
  EXPECT_TRUE((*source)->capture_statistics().has_value());
  (*source)->Interrupt();
  EXPECT_EQ((*source)->ReadBatch(batch), 0u);
  EXPECT_TRUE((*source)->status().ok());
}

}  // namespace
}  // namespace tstat::internal
