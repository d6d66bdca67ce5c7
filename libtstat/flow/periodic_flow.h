// SPDX-License-Identifier: BSD-3-Clause
//
// What a report of a flow's periods keeps of it, whatever the protocol ([3.3]).
#ifndef TSTAT_FLOW_PERIODIC_FLOW_H_
#define TSTAT_FLOW_PERIODIC_FLOW_H_

#include "flow/step.h"
#include "tstat/flow.h"
#include "tstat/periodic.h"
#include "tstat/time.h"

namespace tstat::internal {

struct PeriodicFlow {
  uint64_t number = 0;
  Endpoints endpoints;
  Timestamp start, begin, last;  // of the flow, of the present period; its last packet so far

  void Open(const OpenStep& step) {
    number = step.number;
    endpoints = step.endpoints;
    endpoints.resolution = nullptr;  // no column needs the name
    start = begin = last = step.time;
  }
  bool IsOver(Timestamp now, double interval_us) const {
    return ElapsedMicroseconds(begin, now) > interval_us;
  }
  void Describe(OrderKey order, FlowPeriod* period) const {
    period->flow_number = number;
    period->endpoints = endpoints;
    period->flow_start = start;
    period->begin = begin;
    period->last_packet = last;
    period->order = At(order, EventPlace::kPeriodBefore);
  }
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_PERIODIC_FLOW_H_
