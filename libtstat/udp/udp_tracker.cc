// SPDX-License-Identifier: BSD-3-Clause
#include "udp/udp_tracker.h"

#include <algorithm>

namespace tstat {

UdpTracker::UdpTracker(const UdpTrackerOptions& options, EventSink* out)
    : options_(options), out_(out) {}

void UdpTracker::OnOpen(const OpenStep& step) {
  flows_.GrowTo(step.flow);
  Flow& flow = flows_[step.flow];
  flow.side = {};
  flow.endpoints = *step.endpoints;
}

void UdpTracker::OnDatagram(const UdpDatagramStep& step) {
  const Datagram& d = *step.datagram;
  Side& side = flows_[step.flow].side[Index(step.direction)];
  if (side.packets == 0) side.first = d.time;
  side.last = d.time;
  side.data_bytes += static_cast<int64_t>(step.header.length) - 8;
  ++side.packets;
  // 0 means "unset", so a real TTL of 0 does not stick (spec 30, 1.4).
  if (side.ttl_min == 0 || d.ttl < side.ttl_min) side.ttl_min = d.ttl;
  side.ttl_max = std::max(side.ttl_max, d.ttl);
  side.ttl_sum += d.ttl;
}

void UdpTracker::OnClose(const CloseStep& step) {
  Flow& flow = flows_[step.flow];
  if (step.reported && options_.wants.has(Event::kUdpFlow)) {
    UdpFlow record;
    record.endpoints = flow.endpoints;
    record.first = step.first;
    record.last = step.last;
    record.cause = step.cause;
    record.closed_at = step.now;
    record.order = step.order;
    Export(flow.side[0], &record.client);
    Export(flow.side[1], &record.server);
    out_->OnUdpFlow(record);
  }
  flow.endpoints.resolution.reset();
}

void UdpTracker::Export(const Side& side, UdpDirection* out) {
  out->first = side.first;
  out->last = side.last;
  out->data_bytes = side.data_bytes;
  out->packets = side.packets;
  out->ttl_min = side.ttl_min;
  out->ttl_max = side.ttl_max;
  out->ttl_sum = side.ttl_sum;
  out->type = out->logged_type = side.type;
}

}  // namespace tstat
