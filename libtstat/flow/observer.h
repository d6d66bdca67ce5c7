// SPDX-License-Identifier: BSD-3-Clause
//
// Who watches flows being measured: the one interface by which trackers and layer 7 tell, segment
// by segment, what they make of a flow before its record is there. Histograms are fed by it.
//
//   class Windows : public Observer {
//     void OnTcpCongestionWindow(uint32_t bytes) override { windows.push_back(bytes); }
//     std::vector<uint32_t> windows;
//   };
//   TcpTracker tracker(options, &sink, &layer7, &windows);
//
// A tracker without an observer spends nothing on it. What one observer is told in a row belongs to
// the Step that its tracker works on; arguments are valid during the call only. A Direction is that
// of the sender.
#ifndef TSTAT_FLOW_OBSERVER_H_
#define TSTAT_FLOW_OBSERVER_H_

#include <cstdint>

#include "flow/step.h"

namespace tstat::inline v1 {
struct TcpFlow;
struct UdpFlow;
struct MediaFlow;
enum class ChatProtocol : uint8_t;
}  // namespace tstat::inline v1

namespace tstat::internal {

struct TcpLayer7Flow;
struct RtpPacketResult;
struct RtcpPacketResult;
struct ChatChange;

class Observer {
 public:
  virtual ~Observer() = default;

  // --- TCP

  // Bytes in flight when they are acknowledged.
  virtual void OnTcpCongestionWindow(uint32_t bytes) {}
  // One classification of the step's segment, by its value in `tcp_anomalies_*`: 0 for each record
  // appended in sequence.
  virtual void OnTcpSegmentClass(const TcpSegmentStep& step, uint8_t value) {}
  // Every segment, with what layer 7 makes of its flow by then (null: nothing yet).
  virtual void OnTcpSegment(const TcpSegmentStep& step, const TcpLayer7Flow* layer7) {}
  // Before the flow's row; reported flows only. `video_index`: in the video histograms, 0 when the
  // flow is no video.
  virtual void OnTcpFlowClosed(const TcpFlow& flow, int video_index) {}
  // Chats and presences that began or ended, of reported flows and others.
  virtual void OnChatChange(ChatProtocol protocol, const ChatChange& change, Timestamp time) {}

  // --- UDP

  // The first packet of a direction.
  virtual void OnUdpFirstDatagram(const UdpDatagramStep& step) {}
  // Every counted packet, with the index of its direction in the layer-7 histograms after
  // classification.
  virtual void OnUdpDatagram(const UdpDatagramStep& step, int layer7_index) {}
  // Skype voice was found (5, 6), with all payload bytes so far.
  virtual void OnSkypeVerdict(const Endpoints& ends, Direction sender, int layer7_index,
                              int64_t data_bytes) {}
  // Before the rows; reported flows only. `media`: null when the flow has no row in
  // log_mm_complete.
  virtual void OnUdpFlowClosed(const UdpFlow& flow, const MediaFlow* media) {}

  // --- RTP and RTCP in UDP

  // A direction was confirmed as RTP (1) or RTCP (2).
  virtual void OnMediaConfirmed(const Endpoints& ends, Direction sender, int layer7_index) {}
  virtual void OnRtpPacket(const Endpoints& ends, Direction sender, const RtpPacketResult& result) {
  }
  // Losses in a row in the last window, when the flow closes.
  virtual void OnRtpBurst(const Endpoints& ends, Direction sender, uint64_t burst) {}
  virtual void OnRtcpPacket(const Endpoints& ends, Direction sender,
                            const RtcpPacketResult& result) {}
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_OBSERVER_H_
