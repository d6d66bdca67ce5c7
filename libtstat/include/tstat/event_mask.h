// SPDX-License-Identifier: BSD-3-Clause
//
// Which kinds of events somebody wants: tstat::Event::kTcpFlow | tstat::Event::kHttpMessage.
#ifndef TSTAT_EVENT_MASK_H_
#define TSTAT_EVENT_MASK_H_

#include <cstdint>

namespace tstat::inline v1 {

enum class Event : uint32_t {
  kTcpFlow = 1 << 0,
  kUdpFlow = 1 << 1,
  kHttpMessage = 1 << 2,
  kVideoFlow = 1 << 3,
  kChatFlow = 1 << 4,
  kChatMessage = 1 << 5,
  kTlsHandshake = 1 << 6,
  kDnsResolution = 1 << 7,
  kMediaFlow = 1 << 8,  // RTP, RTCP, RTP and ICY over TCP (log_mm_complete)
  kSkypeFlow = 1 << 9,
  kHistograms = 1 << 10,   // interval snapshots
  kTcpPeriodic = 1 << 11,  // what each flow did, period by period (tstat/periodic.h)
  kUdpPeriodic = 1 << 12,
  kDnsEntry = 1 << 13,    // questions, answers and errors of DNS messages (tstat/dns.h)
  kFlowPacket = 1 << 14,  // each packet, with what is known of its flow (tstat/flow_packet.h)
};

// A set of Events.
class EventMask {
 public:
  constexpr EventMask() = default;
  constexpr EventMask(Event e) : bits_(static_cast<uint32_t>(e)) {}  // NOLINT: implicit by design
  [[nodiscard]] constexpr bool has(Event e) const {
    return (bits_ & static_cast<uint32_t>(e)) != 0;
  }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  // Nothing is in it that is not in `other`.
  [[nodiscard]] constexpr bool IsWithin(EventMask other) const {
    return (bits_ & ~other.bits_) == 0;
  }
  [[nodiscard]] constexpr bool Intersects(EventMask other) const {
    return (bits_ & other.bits_) != 0;
  }
  // What is in it and not in `other`.
  [[nodiscard]] constexpr EventMask Without(EventMask other) const {
    return EventMask(bits_ & ~other.bits_);
  }
  // All kinds: kFlowPacket is the last one.
  [[nodiscard]] static constexpr EventMask All() {
    return EventMask(2 * static_cast<uint32_t>(Event::kFlowPacket) - 1);
  }
  friend constexpr EventMask operator|(EventMask a, EventMask b) {
    return EventMask(a.bits_ | b.bits_);
  }
  constexpr EventMask& operator|=(EventMask b) {
    bits_ |= b.bits_;
    return *this;
  }

 private:
  constexpr explicit EventMask(uint32_t bits) : bits_(bits) {}
  uint32_t bits_ = 0;
};
constexpr EventMask operator|(Event a, Event b) { return EventMask(a) | EventMask(b); }

}  // namespace tstat::inline v1

#endif  // TSTAT_EVENT_MASK_H_
