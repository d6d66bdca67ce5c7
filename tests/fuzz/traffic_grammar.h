// SPDX-License-Identifier: BSD-3-Clause
//
// A grammar of traffic: bytes are read as a list of what conversations do (connect, send this or
// that protocol, send again, close ...) and what happens to packets on their way (copies, other
// orders, fragments, tunnels, damage, time). Any bytes are some traffic, and most of it is well
// formed, so that a fuzzer gets behind the parsers.
//
//   for (const TrafficEvent& event : TrafficOf(ByteReader({data, size}))) ...
//
// Each event begins with a byte: what is done in the lower half, by which of 16 conversations in
// the upper one; operands follow. What is behind the end of the bytes is 0.
#ifndef TSTAT_FUZZ_TRAFFIC_GRAMMAR_H_
#define TSTAT_FUZZ_TRAFFIC_GRAMMAR_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tests/robustness/packet_store.h"

namespace tstat::internal {

// Bytes of the input, one after the other.
class Operands {
 public:
  explicit Operands(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  bool done() const { return at_ >= bytes_.size(); }
  uint8_t U8() { return done() ? 0 : bytes_[at_++]; }
  uint16_t U16() {
    const auto high = static_cast<uint16_t>(U8() << 8);
    return high | U8();
  }
  std::span<const uint8_t> Take(size_t count) {
    const size_t begin = at_;
    at_ = std::min(at_ + count, bytes_.size());
    return bytes_.subspan(begin, at_ - begin);
  }

 private:
  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
};

struct TrafficEvent {
  enum class Kind : uint8_t { kPacket, kQuiet, kAdvanceTime, kNewOutput, kNextTrace };
  Kind kind = Kind::kPacket;
  StoredPacket packet;  // of others the time
};

// What `seed` stands for: a message of a protocol, which may draw further operands.
std::string PayloadOf(uint8_t seed, Operands* operands);

// At most kMostEvents.
constexpr size_t kMostEvents = 400;
std::vector<TrafficEvent> TrafficOf(Operands* operands);

}  // namespace tstat::internal

#endif  // TSTAT_FUZZ_TRAFFIC_GRAMMAR_H_
