// SPDX-License-Identifier: BSD-3-Clause
//
// The way out of an analysis. Derive from EventSink, say in Wants() which events you need, and
// override their functions: what no sink wants is not computed.
//
//   class Printer : public tstat::EventSink {
//    public:
//     tstat::EventMask Wants() const override { return tstat::Event::kTcpFlow; }
//     void OnTcpFlow(const tstat::TcpFlow& flow) override { ... }
//   };
//
// Calls come one after the other, in the order of their OrderKeys, which is the same in every run
// with the same input and options; at the latest an event comes when its trace ends. References are
// valid during the call only; a copy of a record owns what it refers to, but for HttpMessage, which
// is a view (OwnedHttpMessage keeps one), and FlowPacket, whose bytes are those of the caller. A
// sink never throws (that would end the analysis); it keeps its first error and reports it by
// status().
#ifndef TSTAT_EVENT_SINK_H_
#define TSTAT_EVENT_SINK_H_

#include <cstdint>

#include "absl/status/status.h"
#include "tstat/event_mask.h"
#include "tstat/export.h"
#include "tstat/flow.h"
#include "tstat/time.h"

namespace tstat::inline v1 {

struct TcpFlow;
struct UdpFlow;
struct HttpMessage;
struct VideoFlow;
struct ChatFlow;
struct ChatMessage;
struct TlsHandshake;
struct DnsResolution;
struct RtpStream;
struct SkypeFlow;
struct MediaFlow;
struct TcpPeriod;
struct UdpPeriod;
struct DnsEntry;
struct FlowPacket;
class HistogramSnapshot;

// A new output period begins: the first packet of a trace (or of the run, when traces are
// concatenated), the rotation of a stream, or Analyzer::StartNewOutput.
struct OutputStart {
  Timestamp time;  // names the directory
  OrderKey order;

  constexpr OutputStart(Timestamp output_time = {}, OrderKey key = {})  // NOLINT: a time is enough
      : time(output_time), order(key) {}
};

// An interval (Globals::max_time_step_s) ended.
struct IntervalEnd {
  Timestamp time;      // of the packet after it
  uint32_t index = 0;  // within the output period, from 0
  OrderKey order;
};

// A trace ended, and its flows have been reported.
struct TraceEnd {
  Timestamp time;  // of the last packet
  OrderKey order;
};

class TSTAT_EXPORT EventSink {
 public:
  virtual ~EventSink() = default;

  // Asked once, when the sink is added (and by Analyzer::Resubscribe).
  [[nodiscard]] virtual EventMask Wants() const = 0;

  // Sinks are told in the order in which they were added.
  virtual void OnNewOutput(const OutputStart& output) { (void)output; }
  virtual void OnIntervalEnd(const IntervalEnd& interval) { (void)interval; }
  // Everything is to be closed.
  virtual void OnTraceEnd(const TraceEnd& trace) { (void)trace; }

  virtual void OnTcpFlow(const TcpFlow& flow) { (void)flow; }
  virtual void OnUdpFlow(const UdpFlow& flow) { (void)flow; }
  virtual void OnHttpMessage(const HttpMessage& message) { (void)message; }
  virtual void OnVideoFlow(const VideoFlow& flow) { (void)flow; }
  virtual void OnChatFlow(const ChatFlow& flow) { (void)flow; }
  virtual void OnChatMessage(const ChatMessage& message) { (void)message; }
  virtual void OnTlsHandshake(const TlsHandshake& handshake) { (void)handshake; }
  virtual void OnDnsResolution(const DnsResolution& resolution) { (void)resolution; }
  virtual void OnMediaFlow(const MediaFlow& flow) { (void)flow; }
  virtual void OnSkypeFlow(const SkypeFlow& flow) { (void)flow; }
  virtual void OnHistograms(const HistogramSnapshot& snapshot) { (void)snapshot; }
  virtual void OnTcpPeriod(const TcpPeriod& period) { (void)period; }
  virtual void OnUdpPeriod(const UdpPeriod& period) { (void)period; }
  virtual void OnDnsEntry(const DnsEntry& entry) { (void)entry; }
  virtual void OnFlowPacket(const FlowPacket& packet) { (void)packet; }

  // The first error of this sink (disk full, ...); OK while all is well.
  [[nodiscard]] virtual absl::Status status() const { return absl::OkStatus(); }
};

}  // namespace tstat::inline v1

#endif  // TSTAT_EVENT_SINK_H_
