// SPDX-License-Identifier: BSD-3-Clause
//
// Measures UDP flows from their Steps: counters, times and TTLs of each direction (spec 30, 1.4),
// and asks layer 7 what they carry.
//
//   UdpTracker tracker({profile, wants}, &sink);
//   tracker.OnOpen(step); tracker.OnDatagram(step); ... tracker.OnClose(step);   // ->
//   sink.OnUdpFlow
#ifndef TSTAT_UDP_UDP_TRACKER_H_
#define TSTAT_UDP_UDP_TRACKER_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "flow/slab.h"
#include "flow/step.h"
#include "tstat/event_sink.h"
#include "tstat/options.h"
#include "tstat/udp_flow.h"

namespace tstat {

struct UdpTrackerOptions {
  CompatProfile profile;
  Globals globals;
  EventMask wants;  // of all sinks together
};

class UdpTracker {
 public:
  // `out` must outlive the tracker; it receives the events of `options.wants` only.
  UdpTracker(const UdpTrackerOptions& options, EventSink* out);

  void OnOpen(const OpenStep& step);
  void OnDatagram(const UdpDatagramStep& step);
  void OnClose(const CloseStep& step);
  void Prefetch(FlowIndex flow) const {
    const char* state = reinterpret_cast<const char*>(&flows_[flow]);
    __builtin_prefetch(state);
    __builtin_prefetch(state + 64);
  }

  size_t memory_bytes() const { return flows_.memory_bytes(); }

 private:
  struct Side {
    Timestamp first, last;
    int64_t data_bytes = 0;
    uint64_t packets = 0;
    uint64_t ttl_sum = 0;
    uint8_t ttl_min = 0, ttl_max = 0;
    UdpType type = UdpType::kUnknown;
  };
  struct alignas(64) Flow {
    std::array<Side, 2> side;
    Endpoints endpoints;
  };

  static void Export(const Side& side, UdpDirection* out);

  UdpTrackerOptions options_;
  EventSink* out_;
  ChunkedArray<Flow> flows_;
};

}  // namespace tstat

#endif  // TSTAT_UDP_UDP_TRACKER_H_
