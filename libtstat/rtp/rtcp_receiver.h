// SPDX-License-Identifier: BSD-3-Clause
//
// Measures the RTCP packets of one sender: reports, losses, round-trip times (RFC
// 3550, 6.4). Only the first packet of a compound one is looked at.
//
//   RtcpReceiver receiver(header, now);
//   RtcpPacketResult result = receiver.OnFirstPacket(header, payload, now, rules);
//   result = receiver.OnPacket(header, payload, now, rules);           // each one after it
//   if (result.echo) {                     // the report answers a sender report of the other side
//     if (other.last_report_id() == result.echo->report_id)
//       receiver.AddRoundTrip(*result.echo, other.last_report_time(), now, &result);
//   }
#ifndef TSTAT_RTP_RTCP_RECEIVER_H_
#define TSTAT_RTP_RTCP_RECEIVER_H_

#include <cstdint>
#include <optional>

#include "l7/udp/payload.h"
#include "rtp/rtp_header.h"
#include "tstat/media.h"
#include "tstat/time.h"

namespace tstat::internal {

struct RtcpRules {
  // Decoding stops where the reference thinks that a report was cut off, which is a byte too early
  // for the report blocks and five for sender reports (-w). Else it goes on as far as the bytes go.
  bool stop_at_truncation = false;
  // The first packet, if it is a receiver report without report blocks, is read as if it had one.
  bool first_report_unchecked = true;  // 3.3: off
};

// What one packet means to the per-packet histograms.
struct RtcpPacketResult {
  struct Echo {
    uint32_t report_id;  // LSR
    uint32_t delay;      // DLSR, in 1/65536 s
  };
  bool has_bitrate = false;
  double bitrate_kbps = 0;  // of the media, from this and the previous sender report
  bool has_report = false;
  uint32_t jitter = 0;
  double fraction_lost_percent = 0;
  bool has_loss = false;  // second and later reports
  int32_t lost = 0;       // since the report before; negative: duplicates
  std::optional<Echo> echo;
  bool has_round_trip = false;  // set by AddRoundTrip
  double round_trip_ms = 0;
};

class RtcpReceiver {
 public:
  RtcpReceiver() = default;
  RtcpReceiver(const RtcpHeader& h, Timestamp now);

  RtcpPacketResult OnFirstPacket(const RtcpHeader& h, const UdpPayload& p, Timestamp now,
                                 const RtcpRules& rules);
  RtcpPacketResult OnPacket(const RtcpHeader& h, const UdpPayload& p, Timestamp now,
                            const RtcpRules& rules);
  // The other side's report `echo` names was seen at `report_time`.
  void AddRoundTrip(const RtcpPacketResult::Echo& echo, Timestamp report_time, Timestamp now,
                    RtcpPacketResult* result);
  // [3.3] The bytes that this packet adds to the stream's own count.
  void AddBytes(uint64_t bytes) { stream_.data_bytes += bytes; }

  uint32_t ssrc() const { return stream_.ssrc; }
  uint64_t packets() const { return stream_.packets; }
  // Of the last sender report; 0 and unset: none.
  uint32_t last_report_id() const { return last_report_id_; }
  Timestamp last_report_time() const { return last_report_time_; }
  const RtcpStream& stream() const { return stream_; }

 private:
  void Decode(const RtcpHeader& h, const UdpPayload& p, Timestamp now, const RtcpRules& rules,
              bool first, RtcpPacketResult* result);
  // False: decoding ends here.
  bool GoOn(const UdpPayload& p, size_t end, size_t margin, const RtcpRules& rules);
  void TakeSenderInfo(const RtcpSenderInfo& info, Timestamp now, bool first,
                      RtcpPacketResult* result);
  void TakeReportBlock(const RtcpReportBlock& block, bool first, RtcpPacketResult* result);

  RtcpStream stream_;
  Timestamp last_report_time_;
  uint32_t last_report_id_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_RTP_RTCP_RECEIVER_H_
