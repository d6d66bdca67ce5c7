// SPDX-License-Identifier: BSD-3-Clause
//
// What the UDP tracker tells the histogram engine besides finished flows.
// A tracker without hooks spends nothing on them. A Direction is that of the sender.
#ifndef TSTAT_UDP_HISTOGRAM_HOOKS_H_
#define TSTAT_UDP_HISTOGRAM_HOOKS_H_

#include <cstdint>

#include "flow/step.h"
#include "rtp/rtcp_receiver.h"
#include "rtp/rtp_receiver.h"
#include "tstat/flow.h"
#include "tstat/rtp_stream.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {

class UdpHistogramHooks {
 public:
  virtual ~UdpHistogramHooks() = default;

  // `udp_port_flow_dst`: the first packet of a direction.
  virtual void OnFirstPacket(const UdpDatagramStep& step) = 0;
  // `udp_bitrate_*`: every counted packet, with the index of its direction after classification.
  // Skype voice (5, 6, 7) is not counted here but at its verdict.
  virtual void OnDatagram(const UdpDatagramStep& step, int layer7_index) = 0;

  // `L7_UDP_num_*`: a direction was confirmed as RTP (1) or RTCP (2).
  virtual void OnMediaConfirmed(const Endpoints& ends, Direction sender, int layer7_index) = 0;
  // `mm_oos_p_*`, `mm_reord_*`, `mm_burst_loss_*`.
  virtual void OnRtpPacket(const Endpoints& ends, Direction sender,
                           const RtpPacketResult& result) = 0;
  // `mm_burst_loss_*` from the last window, when the flow closes.
  virtual void OnRtpBurst(const Endpoints& ends, Direction sender, uint64_t burst) = 0;
  // `rtcp_mm_bt_*`, `rtcp_jitter_*`, `rtcp_f_lost_*`, `rtcp_dup_*`, `rtcp_lost_*`, `rtcp_rtt_*`.
  virtual void OnRtcpPacket(const Endpoints& ends, Direction sender,
                            const RtcpPacketResult& result) = 0;
  // `L7_UDP_num_*` and `udp_bitrate_*` with all payload bytes so far: Skype voice (5, 6).
  virtual void OnSkypeVerdict(const Endpoints& ends, Direction sender, int layer7_index,
                              int64_t data_bytes) = 0;

  // Closing statistics, before the rows; reported flows only. `media`: null when the flow has no
  // row in log_mm_complete.
  virtual void OnFlowClosed(const UdpFlow& flow, const MediaFlow* media) = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_UDP_HISTOGRAM_HOOKS_H_
