// SPDX-License-Identifier: BSD-3-Clause
#include "histogram/address_counters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace tstat::internal {
namespace {

constexpr uint32_t kBuckets = 70001;

uint32_t Ip(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}
Timestamp At(double seconds) {
  return Timestamp::FromMicroseconds(static_cast<int64_t>(seconds * 1e6));
}
std::vector<uint32_t> Networks(const std::vector<HistogramSnapshot::Address>& rows) {
  std::vector<uint32_t> out;
  for (const auto& r : rows) out.push_back(r.network);
  return out;
}

// Rows of a file `addresses` of Tstat, in their order.
TEST(AddressTableTest, FileOrderIsThatOfTheBuckets) {
  AddressTable table(0xffffff00, kBuckets);
  const uint32_t expected[] = {Ip(2, 22, 236, 0),   Ip(173, 252, 107, 0), Ip(31, 13, 93, 0),
                               Ip(92, 122, 48, 0),  Ip(77, 67, 29, 0),    Ip(8, 8, 8, 0),
                               Ip(31, 13, 86, 0),   Ip(82, 85, 26, 0),    Ip(46, 33, 70, 0),
                               Ip(255, 255, 255, 0)};
  for (size_t i = std::size(expected); i-- > 0;) ASSERT_NE(table.Find(expected[i] + 7), nullptr);
  EXPECT_THAT(Networks(table.InFileOrder()), testing::ElementsAreArray(expected));
  table.Clear();
  EXPECT_TRUE(table.InFileOrder().empty());
}

TEST(AddressTableTest, TheNetworkOfZerosIsTakenOver) {
  AddressTable table(0xffffffff, 1);
  table.Find(Ip(1, 1, 1, 1))->source_packets = 1;
  table.Find(0)->source_packets = 5;
  table.Find(Ip(2, 2, 2, 2))->source_packets += 10;
  EXPECT_THAT(Networks(table.InFileOrder()), testing::ElementsAre(Ip(1, 1, 1, 1), Ip(2, 2, 2, 2)));
  EXPECT_EQ(table.Find(Ip(2, 2, 2, 2))->source_packets, 15);
}

// As in a model with chains that are walked, whatever the order.
TEST(AddressTableTest, AgreesWithChainsUnderRandomUse) {
  std::mt19937 random(20261128);
  for (uint32_t buckets : {1u, 3u, 7u, 1000u}) {
    AddressTable table(0xffffffff, buckets);
    std::vector<std::vector<AddressTable::Entry>> chains(buckets);
    for (int step = 0; step < 5000; ++step) {
      if (step == 2500) {
        table.Clear();
        for (auto& chain : chains) chain.clear();
      }
      const uint32_t network = random() % 8 == 0 ? 0 : random() % 300;
      auto& chain = chains[__builtin_bswap32(network) % buckets];
      auto it = std::find_if(chain.begin(), chain.end(), [&](const AddressTable::Entry& e) {
        return e.network == network || e.network == 0;
      });
      if (it == chain.end()) it = chain.insert(chain.end(), AddressTable::Entry());
      it->network = network;
      it->source_packets += 1;
      table.Find(network)->source_packets += 1;
    }
    std::vector<uint32_t> networks;
    std::vector<int64_t> packets;
    for (const auto& chain : chains) {
      for (const AddressTable::Entry& e : chain) {
        networks.push_back(e.network);
        packets.push_back(e.source_packets);
      }
    }
    const std::vector<HistogramSnapshot::Address> rows = table.InFileOrder();
    EXPECT_EQ(Networks(rows), networks);
    for (size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].source_packets, packets[i]) << i;
  }
}

TEST(AddressTableTest, AFullTableCountsWhatItRefuses) {
  AddressTable table(0xffffffff, 7, /*most=*/100);
  for (uint32_t i = 1; i <= 150; ++i) EXPECT_EQ(table.Find(i) != nullptr, i <= 100);
  EXPECT_NE(table.Find(50), nullptr);
  EXPECT_EQ(table.refused(), 50u);
  table.Clear();
  EXPECT_NE(table.Find(1000), nullptr);
  EXPECT_EQ(table.refused(), 50u);
}

TEST(AddressTableTest, FiguresOfChains) {
  AddressTable table(0xffffffff, 7);
  // In memory's order 1.0.0.0 is 1, 2.0.0.0 is 2, 8.0.0.0 is 8: in the chain of the first.
  for (uint32_t i : {1u, 2u, 1u, 8u, 8u}) table.Find(i << 24);
  EXPECT_EQ(table.lookups(), 5u);
  EXPECT_EQ(table.used_chains(), 2u);
  EXPECT_EQ(table.chained(), 1u);
  // There are two sets of chains, in turn; one that was used before is no new one.
  table.Clear();
  for (uint32_t i : {8u, 3u}) table.Find(i << 24);
  EXPECT_EQ(table.lookups(), 7u);
  EXPECT_EQ(table.used_chains(), 4u);
  EXPECT_EQ(table.chained(), 1u);
  table.Clear();
  for (uint32_t i : {8u, 3u}) table.Find(i << 24);
  EXPECT_EQ(table.used_chains(), 5u);
  table.Clear();
  table.Clear();
  table.Clear();
  for (uint32_t i : {8u, 3u}) table.Find(i << 24);
  EXPECT_EQ(table.used_chains(), 5u);
}

TEST(AddressCountersTest, ExternalAddressesOnlyUnlessEveryoneIsMeant) {
  HistogramSelection selection;
  selection.addresses = true;
  for (bool every : {false, true}) {
    selection.every_address = every;
    AddressCounters counters(selection, kBuckets);
    counters.Count(Ip(10, 0, 0, 1), true, Ip(8, 8, 8, 8), false, 60);
    counters.Count(Ip(8, 8, 8, 8), false, Ip(10, 0, 0, 1), true, 100);
    HistogramSnapshot snapshot;
    counters.TakeAddresses(&snapshot);
    ASSERT_EQ(snapshot.addresses.size(), every ? 2u : 1u);
    for (const HistogramSnapshot::Address& a : snapshot.addresses) {
      if (a.network != Ip(8, 8, 8, 0)) continue;
      EXPECT_EQ(a.source_packets, 1);
      EXPECT_EQ(a.source_bytes, 100u);
      EXPECT_EQ(a.destination_bytes, 60u);
    }
    HistogramSnapshot next;
    counters.TakeAddresses(&next);
    EXPECT_TRUE(next.addresses.empty());
  }
}

TEST(AddressCountersTest, AveragesAndPeaksOfInternalAddresses) {
  HistogramSelection selection;
  selection.addresses = selection.internal_addresses = true;
  selection.internal_address_mask = 0xffffffff;
  AddressCounters counters(selection, kBuckets);
  counters.Start(At(100));
  EXPECT_FALSE(counters.IsBlockDue(At(100)));
  counters.Count(Ip(10, 0, 0, 1), true, Ip(8, 8, 8, 8), false, 1000);
  EXPECT_FALSE(counters.IsBlockDue(At(102)));  // a peak period of 2 s
  counters.Count(Ip(10, 0, 0, 1), true, Ip(8, 8, 8, 8), false, 500);
  EXPECT_TRUE(counters.IsBlockDue(At(180)));
  HistogramSnapshot snapshot;
  counters.TakeInternalAddresses(At(180), /*at_end=*/false, &snapshot);
  ASSERT_EQ(snapshot.internal_addresses.size(), 1u);
  const HistogramSnapshot::Address& a = snapshot.internal_addresses[0];
  EXPECT_EQ(a.source_bytes, 1500u);
  EXPECT_DOUBLE_EQ(a.up, 1500 * 8.0 / 80e6 * 1000);
  EXPECT_DOUBLE_EQ(a.max_up, 1000 * 8.0 / 2e6 * 1000);
  // No time, no traffic: 0/0.
  HistogramSnapshot last;
  counters.Count(Ip(10, 0, 0, 1), true, Ip(8, 8, 8, 8), false, 500);
  counters.TakeInternalAddresses(At(180), /*at_end=*/true, &last);
  EXPECT_TRUE(std::isinf(last.internal_addresses[0].up));
  EXPECT_TRUE(std::isnan(last.internal_addresses[0].down));
}

}  // namespace
}  // namespace tstat::internal
