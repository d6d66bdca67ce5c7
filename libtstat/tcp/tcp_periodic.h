// SPDX-License-Identifier: BSD-3-Clause
//
// [3.3] What TCP flows did period by period (log_tcp_periodic): differences of what the
// TcpTracker has measured.
//
//   TcpPeriodicReporter reporter(globals.log_periodic_interval_s, &sink);
//   reporter.OnOpen(step);
//   reporter.BeforeSegment(step, measured);   // -> OnTcpPeriod when a period is over
//   ...                                       // the tracker measures the segment
//   reporter.AfterSegment(step, measured);
//   reporter.OnClose(step, measured);         // before the tracker closes the flow
#ifndef TSTAT_TCP_TCP_PERIODIC_H_
#define TSTAT_TCP_TCP_PERIODIC_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "flow/periodic_flow.h"
#include "flow/slab.h"
#include "flow/step.h"
#include "tcp/flight_tracker.h"
#include "tcp/tcp_flow_state.h"
#include "tstat/event_sink.h"
#include "tstat/periodic.h"

namespace tstat::internal {

class TcpPeriodicReporter {
 public:
  // `out` must outlive the reporter.
  TcpPeriodicReporter(double interval_s, EventSink* out)
      : interval_us_(interval_s * 1e6), out_(out) {}

  void OnOpen(const OpenStep& step);
  // The flow's client is its server.
  void OnTurn(const OpenStep& step);
  void BeforeSegment(const TcpSegmentStep& step, const TcpMeasured& measured);
  void AfterSegment(const TcpSegmentStep& step, const TcpMeasured& measured);
  void OnClose(const CloseStep& step, const TcpMeasured& measured);

  size_t memory_bytes() const { return flows_.memory_bytes(); }

 private:
  struct Side {
    // Counters since the flow's start, at the begin of the period.
    TcpPeriod::Side before;
    double rtt_sum_us_before = 0;
    FlightTracker flight;  // of the period
  };
  struct Flow : PeriodicFlow {
    std::array<Side, 2> side;
    // Segments of the present one's sender that were no news, before it.
    uint64_t repeated = 0;
  };

  // The period up to now; the next one begins at `next`.
  static TcpPeriod TakePeriod(Flow& flow, const TcpMeasured& measured, OrderKey order,
                              Timestamp next);

  double interval_us_;
  EventSink* out_;
  ChunkedArray<Flow> flows_;
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_TCP_PERIODIC_H_
