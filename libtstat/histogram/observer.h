// SPDX-License-Identifier: BSD-3-Clause
//
// What flows and their packets add to the histograms. One for each HistogramRecorder; its rules
// are in tcp_observer.cc, udp_observer.cc and, where a value is in the record, flow_values.h.
//
//   HistogramObserver observer(profile, &recorder, &averages);
//   TcpTracker tcp(options, &sink, &layer7, &observer);
#ifndef TSTAT_HISTOGRAM_OBSERVER_H_
#define TSTAT_HISTOGRAM_OBSERVER_H_

#include <cstdint>
#include <vector>

#include "flow/observer.h"
#include "histogram/ordered_averages.h"
#include "histogram/recorder.h"
#include "tstat/options.h"

namespace tstat::inline v1 {
struct RtcpStream;
struct RtpStream;
struct TcpDirection;
}  // namespace tstat::inline v1

namespace tstat::internal {

// Of shorter streams no bit rate is told.
inline constexpr uint64_t kLeastPacketsForBitrate = 5;

class HistogramObserver final : public Observer {
 public:
  // `recorder` gets what can be added in any order, `ordered` the rest; both must outlive this.
  HistogramObserver(const CompatProfile& profile, HistogramRecorder* recorder,
                    OrderedFeed* ordered);

  void OnTcpCongestionWindow(uint32_t bytes) override;
  void OnTcpSegmentClass(const TcpSegmentStep& step, uint8_t value) override;
  void OnTcpSegment(const TcpSegmentStep& step, const TcpLayer7Flow* layer7) override;
  void OnTcpFlowClosed(const TcpFlow& flow, int video_index) override;
  void OnChatChange(ChatProtocol protocol, const ChatChange& change, Timestamp time) override {
    ordered_.OnChatChange(protocol, change, time);
  }

  void OnUdpFirstDatagram(const UdpDatagramStep& step) override;
  void OnUdpDatagram(const UdpDatagramStep& step, int layer7_index) override;
  void OnSkypeVerdict(const Endpoints& ends, Direction sender, int layer7_index,
                      int64_t data_bytes) override;
  void OnUdpFlowClosed(const UdpFlow& flow, const MediaFlow* media) override;

  void OnMediaConfirmed(const Endpoints& ends, Direction sender, int layer7_index) override;
  void OnRtpPacket(const Endpoints& ends, Direction sender, const RtpPacketResult& result) override;
  void OnRtpBurst(const Endpoints& ends, Direction sender, uint64_t burst) override;
  void OnRtcpPacket(const Endpoints& ends, Direction sender,
                    const RtcpPacketResult& result) override;

 private:
  // A selected histogram whose definition says what flows add to it.
  template <typename Flow>
  struct OfFlows {
    HistogramCells* cells;
    HistogramSuffix suffix;
    FlowValue<Flow> value;
  };
  template <typename Flow>
  static void AddValues(const std::vector<OfFlows<Flow>>& histograms, const Flow& flow);

  // A value of each direction, to the members by internal ends and to those by sender.
  void AddBoth(HistogramFamily family, const TcpFlow& flow, double client, double server,
               bool by_sender = true);
  void AddTcpLayer7(const TcpFlow& flow, int video_index);
  void AddSkypeBytes(const TcpFlow& flow);
  void AddVolumes(const TcpFlow& flow);
  void AddWindows(const TcpDirection& d);
  void AddRoundTrips(const TcpFlow& flow);
  void AddAnomalies(const TcpFlow& flow);
  void AddTimes(const TcpFlow& flow);
  void AddThroughput(const TcpFlow& flow, Direction sender);
  void AddTcpMedia(const TcpFlow& flow);

  void AddUdpLayer7(const UdpFlow& flow);
  void AddRtp(const Endpoints& ends, Direction sender, const RtpStream& stream);
  void AddRtcp(HistogramSuffix suffix, const RtcpStream& stream);

  const bool rtp_plus_, rtp_over_tcp_, lengths_wrap_;
  HistogramRecorder& recorder_;
  OrderedFeed& ordered_;
  std::vector<OfFlows<TcpFlow>> of_tcp_;
  std::vector<OfFlows<UdpFlow>> of_udp_;
};

}  // namespace tstat::internal

#endif  // TSTAT_HISTOGRAM_OBSERVER_H_
