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
// Calls come from the thread that drives the Analyzer, in the order of their OrderKeys. References
// are valid during the call only. A sink never throws; it keeps its first error and reports it by
// status().
#ifndef TSTAT_EVENT_SINK_H_
#define TSTAT_EVENT_SINK_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
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
class HistogramSnapshot;

enum class Event : uint32_t {
  kTcpFlow = 1 << 0,
  kUdpFlow = 1 << 1,
  kHttpMessage = 1 << 2,
  kVideoFlow = 1 << 3,
  kChatFlow = 1 << 4,
  kChatMessage = 1 << 5,
  kTlsHandshake = 1 << 6,
  kDnsResolution = 1 << 7,
  kMediaFlow = 1 << 8,  // RTP, RTCP, RTP and ICY over TCP (log_mm_complete)
  kSkypeFlow = 1 << 9,
  kHistograms = 1 << 10,   // interval snapshots
  kTcpPeriodic = 1 << 11,  // what each flow did, period by period (tstat/periodic.h)
  kUdpPeriodic = 1 << 12,
};

// A set of Events.
class EventMask {
 public:
  constexpr EventMask() = default;
  constexpr EventMask(Event e) : bits_(static_cast<uint32_t>(e)) {}  // NOLINT: implicit by design
  constexpr bool has(Event e) const { return (bits_ & static_cast<uint32_t>(e)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  friend constexpr EventMask operator|(EventMask a, EventMask b) {
    return EventMask(a.bits_ | b.bits_);
  }
  constexpr EventMask& operator|=(EventMask b) {
    bits_ |= b.bits_;
    return *this;
  }

 private:
  constexpr explicit EventMask(uint32_t bits) : bits_(bits) {}
  uint32_t bits_ = 0;
};
constexpr EventMask operator|(Event a, Event b) { return EventMask(a) | EventMask(b); }

class EventSink {
 public:
  virtual ~EventSink() = default;

  // Asked when the sink is added and again at every OnNewOutput.
  virtual EventMask Wants() const = 0;

  // A new output period begins: the first packet of a trace (or of the run, with concatenate), or
  // the rotation of a stream. `time` names the directory. Sinks are told in the order in which they
  // were added.
  virtual void OnNewOutput(Timestamp time) { (void)time; }
  // An interval (Globals::max_time_step_s) ended after `time`; `index` counts from 0 within the
  // output period.
  virtual void OnIntervalEnd(Timestamp time, uint32_t index) { (void)time, (void)index; }
  // The trace ended and its flows were flushed; everything is to be closed. `time`: of
  // the last packet.
  virtual void OnTraceEnd(Timestamp time) { (void)time; }

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

  // The first error of this sink (disk full, ...); OK while all is well.
  virtual absl::Status status() const { return absl::OkStatus(); }
};

}  // namespace tstat::inline v1

#endif  // TSTAT_EVENT_SINK_H_
