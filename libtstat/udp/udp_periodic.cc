// SPDX-License-Identifier: BSD-3-Clause
#include "udp/udp_periodic.h"

namespace tstat::internal {

void UdpPeriodicReporter::OnOpen(const OpenStep& step) {
  flows_.GrowTo(step.flow);
  Flow& flow = flows_[step.flow];
  flow.Open(step);
  flow.side = {};
}

// The packet that ends a period is the first of the next one. Without a log no period ends: when a
// reload switches it on, the first row of each flow has everything since the flow's start.
void UdpPeriodicReporter::OnDatagram(const UdpDatagramStep& step) {
  Flow& flow = flows_[step.flow];
  const Timestamp now = step.datagram->time;
  if (flow.IsOver(now, interval_us_) && out_->Wants().has(Event::kUdpPeriodic)) {
    Report(flow, step.order);
    flow.side = {};
    flow.begin = now;
  }
  UdpPeriod::Side& side = flow.side[static_cast<size_t>(Index(step.direction))];
  ++side.packets;
  side.data_bytes += static_cast<int64_t>(step.header.length) - 8;
  flow.last = now;
}

void UdpPeriodicReporter::OnClose(const CloseStep& step) {
  Flow& flow = flows_[step.flow];
  flow.last = step.last;
  if (step.reported) Report(flow, step.order);
}

void UdpPeriodicReporter::Report(const Flow& flow, OrderKey order) const {
  UdpPeriod period;
  flow.Describe(order, &period);
  period.client = flow.side[0];
  period.server = flow.side[1];
  out_->OnUdpPeriod(period);
}

}  // namespace tstat::internal
