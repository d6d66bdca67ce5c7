// SPDX-License-Identifier: BSD-3-Clause
#include "flow/copy_filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

namespace tstat::internal {
namespace {

constexpr int64_t kMillisecond = 1'000'000;

struct Seen {
  uint64_t number, content;
  Timestamp time;
  uint32_t direction;
  uint8_t ttl;
};

// The newest packet of the direction with that content, of the last kPackets.
CopyFilter::Match Expected(const std::vector<Seen>& seen, const Seen& packet, int64_t window_ns) {
  for (auto s = seen.rbegin(); s != seen.rend(); ++s) {
    if (packet.number - s->number >= CopyFilter::kPackets) break;
    if (s->direction != packet.direction || s->content != packet.content) continue;
    if (std::abs(packet.time.nanoseconds() - s->time.nanoseconds()) >= window_ns) break;
    return s->ttl == packet.ttl ? CopyFilter::Match::kSame : CopyFilter::Match::kRouted;
  }
  return CopyFilter::Match::kNone;
}

// Few contents and directions, so that many packets look alike; numbers of packets that do not
// count; clocks that stand still, leap and are set back.
TEST(CopyFilterTest, FindsWhatAListOfAllPacketsShows) {
  for (const uint32_t seed : {1, 2}) {
    std::mt19937 random(seed);
    CopyFilter filter(10'000);
    std::array<CopyFilter::History, 8> histories;
    std::vector<Seen> seen;
    int64_t now = 1'000 * kMillisecond;
    uint64_t number = 0;
    for (int i = 0; i < 150'000; ++i) {
      number += random() % 8 == 0 ? 1 + random() % 12 : 1;
      now += random() % 1000 == 0   ? 50 * kMillisecond
             : random() % 5000 == 0 ? -30 * kMillisecond
                                    : static_cast<int64_t>(random() % 20'000);
      Seen packet = {.number = number,
                     .content = random() % 200,
                     .time = Timestamp::FromNanoseconds(now),
                     .direction = static_cast<uint32_t>(random() % histories.size()),
                     .ttl = static_cast<uint8_t>(60 + random() % 2)};
      CopyFilter::History& history = histories[packet.direction];
      const CopyFilter::Mark mark(packet.content, packet.direction / 2, packet.ttl);
      ASSERT_EQ(filter.Find(mark, packet.time, number, history),
                Expected(seen, packet, 10 * kMillisecond))
          << seed << " " << i;
      if (random() % 4 == 0) continue;
      filter.Remember(mark, packet.time, number, &history);
      seen.push_back(packet);
    }
  }
}

// Numbers of packets are kept modulo 2^32; of those that do not count there may be any number.
TEST(CopyFilterTest, FindsBehindAnyNumberOfPacketsThatDoNotCount) {
  CopyFilter filter(10'000);
  CopyFilter::History history;
  uint64_t number = 1;
  int64_t now = 1'000 * kMillisecond;
  for (uint64_t content = 1; content <= 8; ++content) {
    number += 1'000'000'000;
    now += 1'000 * kMillisecond;
    const CopyFilter::Mark mark(content, 7, 64);
    filter.Remember(mark, Timestamp::FromNanoseconds(now), number, &history);
    EXPECT_EQ(filter.Find(mark, Timestamp::FromNanoseconds(now + 1000), number + 1, history),
              CopyFilter::Match::kSame)
        << content;
  }
}

}  // namespace
}  // namespace tstat::internal
