// SPDX-License-Identifier: BSD-3-Clause
//
// [3.3] What UDP flows did period by period (log_udp_periodic), from their Steps.
//
//   UdpPeriodicReporter reporter(globals.log_periodic_interval_s, &sink);
//   reporter.OnOpen(step);
//   reporter.OnDatagram(step); ... reporter.OnClose(step);   // -> OnUdpPeriod
#ifndef TSTAT_UDP_UDP_PERIODIC_H_
#define TSTAT_UDP_UDP_PERIODIC_H_

#include <array>
#include <cstddef>

#include "flow/periodic_flow.h"
#include "flow/slab.h"
#include "flow/step.h"
#include "tstat/event_sink.h"
#include "tstat/periodic.h"

namespace tstat::internal {

class UdpPeriodicReporter {
 public:
  // `out` must outlive the reporter.
  UdpPeriodicReporter(double interval_s, EventSink* out)
      : interval_us_(interval_s * 1e6), out_(out) {}

  void OnOpen(const OpenStep& step);
  void OnDatagram(const UdpDatagramStep& step);
  void OnClose(const CloseStep& step);

  size_t memory_bytes() const { return flows_.memory_bytes(); }

 private:
  struct Flow : PeriodicFlow {
    std::array<UdpPeriod::Side, 2> side;  // of the present period
  };

  void Report(const Flow& flow, OrderKey order) const;

  double interval_us_;
  EventSink* out_;
  ChunkedArray<Flow> flows_;
};

}  // namespace tstat::internal

#endif  // TSTAT_UDP_UDP_PERIODIC_H_
