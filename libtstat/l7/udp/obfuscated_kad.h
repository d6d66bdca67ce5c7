// SPDX-License-Identifier: BSD-3-Clause
//
// Obfuscated KAD: nothing can be read, but the lengths of request and answer give it away.
//
//   ObfuscatedKadDetector kad;                               // one a flow
//   if (flow_packets < ObfuscatedKadDetector::kPacketBudget) kad.OnPacket(direction, length_field);
//   if (kad.found()) ...
#ifndef TSTAT_L7_UDP_OBFUSCATED_KAD_H_
#define TSTAT_L7_UDP_OBFUSCATED_KAD_H_

#include <array>
#include <cstdint>

#include "tstat/flow.h"

namespace tstat::internal {

class ObfuscatedKadDetector {
 public:
  // Works before this packet of the flow (both directions).
  static constexpr uint64_t kPacketBudget = 10;

  void OnPacket(Direction sender, uint16_t length_field);
  // Final once true.
  bool found() const { return found_; }

 private:
  enum class Request : uint8_t { kNone, kOf43, kOf59 };
  struct Side {
    uint16_t last_length = 0;
    Request request = Request::kNone;
  };
  std::array<Side, 2> side_;
  bool found_ = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_OBFUSCATED_KAD_H_
