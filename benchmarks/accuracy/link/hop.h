// SPDX-License-Identifier: BSD-3-Clause
//
// One direction of one hop: what it does to packets. It loses, queues, marks, delays, reorders and
// duplicates, in this order, with random numbers of its own. It knows no clock: times are given.
//
//   accuracy::Hop hop(options, seed);
//   for (accuracy::Hop::Departure departure : hop.Pass(packet, now)) ...  // empty: packet.fate
#ifndef TSTAT_ACCURACY_HOP_H_
#define TSTAT_ACCURACY_HOP_H_

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "benchmarks/accuracy/link/headers.h"
#include "benchmarks/accuracy/link/packet.h"
#include "benchmarks/accuracy/link/random.h"

namespace accuracy {

// Packets of each flow that are lost by their number among those of their kind, from 1.
struct LossRule {
  enum class Kind : uint8_t {
    kSyn,
    kFin,
    kAck,      // no payload, no SYN, FIN or RST
    kData,     // new data: of TCP what lies above all that was sent, of UDP every datagram
    kSegment,  // any with payload, those that are sent again included
  };
  Kind kind = Kind::kData;
  uint64_t first = 1, last = 1;
  int times = 1;  // of kData: how many transmissions of the same bytes are lost
};

// While it lasts, everything is lost, or is this much later. Since the first packet of the link.
struct Interval {
  Nanoseconds begin = 0, end = 0, delay = 0;
};

struct HopOptions {
  Nanoseconds delay = 0;
  Nanoseconds jitter = 0;        // 0 to this much more, each packet by itself
  bool jitter_reorders = false;  // else nobody overtakes
  double loss = 0;               // probability
  double burst_begin = 0;  // Gilbert model: from the good state to the bad one, with each packet
  double burst_end = 1;    // and back
  double burst_loss = 1;   // in the bad state
  std::vector<LossRule> lose;
  std::vector<Interval> outages;
  std::vector<Interval> spikes;
  double reorder = 0;          // probability that a packet is held
  Nanoseconds reorder_by = 0;  // for so long
  double duplicate = 0;        // probability
  Nanoseconds duplicate_after = 0;
  double bytes_per_second = 0;       // 0: no limit
  uint64_t queue = UINT64_MAX;       // bytes that may wait
  uint64_t mark_above = UINT64_MAX;  // bytes that wait
  uint32_t mtu = UINT32_MAX;
};

class Hop {
 public:
  struct Departure {
    Nanoseconds time = 0;
    bool duplicate = false;
  };

  Hop(const HopOptions& options, uint64_t seed) : options_(options), random_(seed) {}

  // What leaves, one departure and one more for a duplicate; none: the packet's fate says why.
  // Marks the packet where the queue is long. `since_begin` is the time since the link's first
  // packet.
  std::vector<Departure> Pass(Packet& packet, Nanoseconds now, Nanoseconds since_begin);

  const HopOptions& options() const { return options_; }

 private:
  struct FlowState {
    uint64_t counts[5] = {};
    bool has_sequence = false;
    uint32_t next_sequence = 0;
    struct Lost {
      uint32_t begin, end;
      int times;
    };
    std::vector<Lost> again;  // what is to be lost once more
  };

  Fate LossOf(const Packet& packet, Nanoseconds since_begin);
  bool IsLostByRule(const Headers& headers);
  bool IsLostAgain(FlowState& flow, const Headers& headers, bool is_new);
  bool Matches(FlowState& flow, LossRule::Kind kind, int* times);

  const HopOptions options_;
  Random random_;
  bool in_burst_ = false;
  Nanoseconds free_at_ = 0;         // when the transmitter has sent what waits
  Nanoseconds last_departure_ = 0;  // of those that nobody overtakes
  std::unordered_map<std::string, FlowState> flows_;
};

}  // namespace accuracy

#endif  // TSTAT_ACCURACY_HOP_H_
