// SPDX-License-Identifier: BSD-3-Clause
//
// What UDP flows, RTP and RTCP add to the histograms.
#ifndef TSTAT_HISTOGRAM_UDP_OBSERVER_H_
#define TSTAT_HISTOGRAM_UDP_OBSERVER_H_

#include <cstdint>

#include "histogram/engine.h"
#include "udp/histogram_hooks.h"

namespace tstat::internal {

class UdpObserver : public UdpHistogramHooks {
 public:
  explicit UdpObserver(HistogramEngine* engine) : engine_(*engine), recorder_(engine->recorder()) {}

  void OnFirstPacket(const UdpDatagramStep& step) override;
  void OnDatagram(const UdpDatagramStep& step, int layer7_index) override;
  void OnMediaConfirmed(const Endpoints& ends, Direction sender, int layer7_index) override;
  void OnRtpPacket(const Endpoints& ends, Direction sender, const RtpPacketResult& result) override;
  void OnRtpBurst(const Endpoints& ends, Direction sender, uint64_t burst) override;
  void OnRtcpPacket(const Endpoints& ends, Direction sender,
                    const RtcpPacketResult& result) override;
  void OnSkypeVerdict(const Endpoints& ends, Direction sender, int layer7_index,
                      int64_t data_bytes) override;
  void OnFlowClosed(const UdpFlow& flow, const MediaFlow* media) override;

 private:
  void AddLayer7(const UdpFlow& flow);
  void AddRtp(const Endpoints& ends, Direction sender, const RtpStream& stream);
  void AddRtcp(HistogramSuffix suffix, const RtcpStream& stream);

  HistogramEngine& engine_;
  HistogramRecorder& recorder_;
};

}  // namespace tstat::internal

#endif  // TSTAT_HISTOGRAM_UDP_OBSERVER_H_
