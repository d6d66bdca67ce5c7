// SPDX-License-Identifier: BSD-3-Clause
#include "tests/gate/sample.h"

#include <algorithm>
#include <array>
#include <utility>

#include "benchmarks/trace_memory.h"

namespace tstat::internal {
namespace {

constexpr const char* kTraces[] = {"mixed", "web", "web-ipv6", "voice", "ssh", "bulk-lossy"};
// Where the traces have their clients: 10.0.0.0/24 and 2001:db8:1::/48.
constexpr std::array<uint8_t, 3> kClients4 = {10, 0, 0};
constexpr std::array<uint8_t, 6> kClients6 = {0x20, 0x01, 0x0d, 0xb8, 0, 1};
constexpr int64_t kFirst = 1'700'000'000'000'000;  // microseconds
constexpr int64_t kBetweenCopies = 1'700'000;

// Gives an address of a client to the client of copy `copy`.
template <size_t kSize>
void Move(std::vector<uint8_t>& frame, size_t at, const std::array<uint8_t, kSize>& network,
          size_t copy) {
  if (at + kSize > frame.size()) return;
  const auto address = frame.begin() + static_cast<std::ptrdiff_t>(at);
  if (std::equal(network.begin(), network.end(), address)) {
    address[static_cast<std::ptrdiff_t>(kSize) - 1] =
        static_cast<uint8_t>(network[kSize - 1] + copy);
  }
}

void MoveClients(std::vector<uint8_t>& frame, size_t copy) {
  constexpr size_t kType = 12;
  if (frame.size() < kType + 2) return;
  const int type = frame[kType] << 8 | frame[kType + 1];
  if (type == 0x0800) {
    for (size_t at : {26, 30}) Move(frame, at, kClients4, copy);
  } else if (type == 0x86DD) {
    for (size_t at : {22, 38}) Move(frame, at, kClients6, copy);
  }
}

}  // namespace

Sample::Sample(size_t packets) {
  std::vector<TraceMemory> traces;
  for (const char* name : kTraces) traces.emplace_back(name);
  for (size_t copy = 0; packets_.size() < packets; ++copy) {
    for (const TraceMemory& trace : traces) {
      const int64_t shift = kFirst + static_cast<int64_t>(copy) * kBetweenCopies -
                            trace.packets().front().time.microseconds();
      for (Packet packet : trace.packets()) {
        std::vector<uint8_t> frame(packet.data.begin(), packet.data.end());
        MoveClients(frame, copy);
        frames_.push_back(std::move(frame));
        packet.data = frames_.back();  // moving the vector of vectors leaves the bytes in place
        packet.time = Timestamp::FromMicroseconds(packet.time.microseconds() + shift);
        packets_.push_back(packet);
      }
    }
  }
  std::stable_sort(packets_.begin(), packets_.end(),
                   [](const Packet& a, const Packet& b) { return a.time < b.time; });
  packets_.resize(packets);
}

}  // namespace tstat::internal
