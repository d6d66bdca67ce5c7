// SPDX-License-Identifier: BSD-3-Clause
//
// One EventSink that passes every event on to those of its sinks that want it.
#ifndef TSTAT_PIPELINE_EVENT_FAN_OUT_H_
#define TSTAT_PIPELINE_EVENT_FAN_OUT_H_

#include <vector>

#include "tstat/event_sink.h"

namespace tstat::internal {

class EventFanOut : public EventSink {
 public:
  // `sink` must outlive this object.
  void Add(EventSink* sink);
  void Clear();

  // What the sinks want now.
  EventMask Wants() const override { return wants_; }
  // Asks each sink again. One that wants what is not in `allowed` keeps what it has, and the result
  // is false.
  bool Resubscribe(EventMask allowed);

  void OnNewOutput(const OutputStart& output) override;
  void OnIntervalEnd(const IntervalEnd& interval) override;
  void OnTraceEnd(const TraceEnd& trace) override;

  void OnTcpFlow(const TcpFlow& flow) override;
  void OnUdpFlow(const UdpFlow& flow) override;
  void OnHttpMessage(const HttpMessage& message) override;
  void OnVideoFlow(const VideoFlow& flow) override;
  void OnChatFlow(const ChatFlow& flow) override;
  void OnChatMessage(const ChatMessage& message) override;
  void OnTlsHandshake(const TlsHandshake& handshake) override;
  void OnDnsResolution(const DnsResolution& resolution) override;
  void OnMediaFlow(const MediaFlow& flow) override;
  void OnSkypeFlow(const SkypeFlow& flow) override;
  void OnHistograms(const HistogramSnapshot& snapshot) override;
  void OnTcpPeriod(const TcpPeriod& period) override;
  void OnUdpPeriod(const UdpPeriod& period) override;
  void OnDnsEntry(const DnsEntry& entry) override;
  void OnFlowPacket(const FlowPacket& packet) override;

  // The first error among the sinks.
  absl::Status status() const override;

 private:
  struct Entry {
    EventSink* sink;
    EventMask wants;
  };
  std::vector<Entry> sinks_;
  EventMask wants_;  // of all of them
};

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_EVENT_FAN_OUT_H_
