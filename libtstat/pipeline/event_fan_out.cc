// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/event_fan_out.h"

namespace tstat::internal {

void EventFanOut::Add(EventSink* sink) {
  sinks_.push_back({sink, sink->Wants()});
  wants_ |= sinks_.back().wants;
}

void EventFanOut::Clear() {
  sinks_.clear();
  wants_ = {};
}

bool EventFanOut::Resubscribe(EventMask allowed) {
  bool all_allowed = true;
  wants_ = {};
  for (Entry& e : sinks_) {
    const EventMask wants = e.sink->Wants();
    if (wants.IsWithin(allowed)) {
      e.wants = wants;
    } else {
      all_allowed = false;
    }
    wants_ |= e.wants;
  }
  return all_allowed;
}

void EventFanOut::OnNewOutput(const OutputStart& output) {
  for (const Entry& e : sinks_) e.sink->OnNewOutput(output);
}
void EventFanOut::OnIntervalEnd(const IntervalEnd& interval) {
  for (const Entry& e : sinks_) e.sink->OnIntervalEnd(interval);
}
void EventFanOut::OnTraceEnd(const TraceEnd& trace) {
  for (const Entry& e : sinks_) e.sink->OnTraceEnd(trace);
}

#define TSTAT_FAN_OUT(function, type, event)           \
  void EventFanOut::function(const type& value) {      \
    for (const Entry& e : sinks_) {                    \
      if (e.wants.has(event)) e.sink->function(value); \
    }                                                  \
  }
TSTAT_FAN_OUT(OnTcpFlow, TcpFlow, Event::kTcpFlow)
TSTAT_FAN_OUT(OnUdpFlow, UdpFlow, Event::kUdpFlow)
TSTAT_FAN_OUT(OnHttpMessage, HttpMessage, Event::kHttpMessage)
TSTAT_FAN_OUT(OnVideoFlow, VideoFlow, Event::kVideoFlow)
TSTAT_FAN_OUT(OnChatFlow, ChatFlow, Event::kChatFlow)
TSTAT_FAN_OUT(OnChatMessage, ChatMessage, Event::kChatMessage)
TSTAT_FAN_OUT(OnTlsHandshake, TlsHandshake, Event::kTlsHandshake)
TSTAT_FAN_OUT(OnDnsResolution, DnsResolution, Event::kDnsResolution)
TSTAT_FAN_OUT(OnMediaFlow, MediaFlow, Event::kMediaFlow)
TSTAT_FAN_OUT(OnSkypeFlow, SkypeFlow, Event::kSkypeFlow)
TSTAT_FAN_OUT(OnHistograms, HistogramSnapshot, Event::kHistograms)
TSTAT_FAN_OUT(OnTcpPeriod, TcpPeriod, Event::kTcpPeriodic)
TSTAT_FAN_OUT(OnUdpPeriod, UdpPeriod, Event::kUdpPeriodic)
TSTAT_FAN_OUT(OnDnsEntry, DnsEntry, Event::kDnsEntry)
TSTAT_FAN_OUT(OnFlowPacket, FlowPacket, Event::kFlowPacket)
#undef TSTAT_FAN_OUT

absl::Status EventFanOut::status() const {
  for (const Entry& e : sinks_) {
    if (absl::Status s = e.sink->status(); !s.ok()) return s;
  }
  return absl::OkStatus();
}

}  // namespace tstat::internal
