// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: packets with any times, in batches of any size. Each comes out once, with its
// bytes; batches make no difference; and where no packet is late by the window, what comes out is a
// stable sort.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "pipeline/time_order.h"

namespace {

using tstat::Packet;
using tstat::Timestamp;
using tstat::internal::TimeOrder;
using tstat::internal::TimeOrderOptions;

constexpr int64_t kWindowNs = 50'000'000;

void Require(bool holds) {
  if (!holds) std::abort();
}

struct Taken {
  int64_t time;
  uint32_t number;
  bool operator==(const Taken&) const = default;
};

// Packets of the `times` with their numbers as bytes, in batches as `sizes` says; the highest bit
// of a size: these bytes stay.
std::vector<Taken> Run(const std::vector<int64_t>& times, const TimeOrderOptions& options,
                       const std::vector<uint8_t>& sizes) {
  std::vector<Taken> all;
  std::vector<uint32_t> kept(times.size());
  const auto is_kept = [&kept](const Packet& p) {
    const auto* const bytes = reinterpret_cast<const uint32_t*>(p.data.data());
    return bytes >= kept.data() && bytes < kept.data() + kept.size();
  };
  TimeOrder order(options, [&](std::span<const Packet> packets, bool keeps_bytes) {
    for (const Packet& p : packets) {
      Require(!keeps_bytes || is_kept(p));
      uint32_t number = 0;
      Require(p.data.size() == sizeof(number));
      std::memcpy(&number, p.data.data(), sizeof(number));
      all.push_back({p.time.nanoseconds(), number});
    }
  });
  order.Begin();
  size_t round = 0;
  for (size_t at = 0; at < times.size();) {
    const uint8_t size = sizes.empty() ? 0 : sizes[round++ % sizes.size()];
    const size_t wanted = 1 + (size & 0x7f) % 40;
    const bool keeps_bytes = (size & 0x80) != 0;
    const size_t count = std::min(wanted, times.size() - at);
    std::vector<uint32_t> lent(count);
    uint32_t* const numbers = keeps_bytes ? kept.data() + at : lent.data();
    std::vector<Packet> batch(count);
    for (size_t i = 0; i < count; ++i) {
      numbers[i] = static_cast<uint32_t>(at + i);
      batch[i].time = Timestamp::FromNanoseconds(times[at + i]);
      batch[i].data = {reinterpret_cast<const uint8_t*>(&numbers[i]), sizeof(numbers[i])};
    }
    order.Add(batch, keeps_bytes);
    at += count;
  }
  order.ReleaseAll();
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 6) return 0;
  const TimeOrderOptions options = {
      .window_ns = kWindowNs, .step_ns = 900'000'000, .moves_times = (data[0] & 1) != 0};
  const std::vector<uint8_t> sizes(data + 1, data + 5);
  // Of each packet an exponent and a number: the step from the one before it.
  std::vector<int64_t> times;
  int64_t now = 1'000'000'000'000'000'000, newest = now;
  bool in_window = true;
  for (size_t at = 5; at + 2 <= size && times.size() < 2000; at += 2) {
    const int64_t step = static_cast<int64_t>(data[at + 1]) << (data[at] & 0x1f);
    now += (data[at] & 0x20) != 0 ? -step : step;
    now = std::clamp(now, Timestamp::EarliestOfPacket().nanoseconds(),
                     Timestamp::LatestOfPacket().nanoseconds());
    in_window &= newest - now < kWindowNs;
    newest = std::max(newest, now);
    times.push_back(now);
  }
  const std::vector<Taken> taken = Run(times, options, sizes);
  Require(taken == Run(times, options, {}));
  Require(taken.size() == times.size());
  std::vector<bool> seen(times.size());
  for (const Taken& t : taken) {
    Require(t.number < seen.size() && !seen[t.number]);
    seen[t.number] = true;
  }
  if (!in_window) return 0;
  for (size_t i = 1; i < taken.size(); ++i) {
    Require(taken[i - 1].time < taken[i].time ||
            (taken[i - 1].time == taken[i].time && taken[i - 1].number < taken[i].number));
  }
  return 0;
}
