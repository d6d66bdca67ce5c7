// SPDX-License-Identifier: BSD-3-Clause
//
// Multimedia: what was measured of RTP and RTCP (RFC 3550) in a finished flow. A MediaFlow is a row
// of log_mm_complete, or in the 3.3 profile one row for each of its streams.
//
//   void OnMediaFlow(const tstat::MediaFlow& media) override {
//     for (const tstat::RtpStream& s : media.client.rtp) Use(s.ssrc, s.lost, s.jitter.value_ms);
//   }
#ifndef TSTAT_MEDIA_H_
#define TSTAT_MEDIA_H_

#include <array>
#include <cassert>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tstat/export.h"
#include "tstat/flow.h"
#include "tstat/tcp_flow.h"
#include "tstat/time.h"
#include "tstat/udp_flow.h"

namespace tstat::inline v1 {

// Interarrival jitter as in RFC 3550, 6.4.1, in milliseconds; its samples are quantised to a
// millisecond.
struct RtpJitter {
  double value_ms = 0;  // at the end
  float max_ms = 0, min_ms = 0;
};

// How often each of the first ten payload types (RTP) or packet types (RTCP) was seen. [3.3]
struct PacketTypeCounts {
  uint8_t size = 0;
  std::array<uint8_t, 10> type{};
  std::array<uint32_t, 10> packets{};

  void Count(uint8_t seen) {
    uint8_t i = 0;
    while (i < size && type[i] != seen) ++i;
    if (i == type.size()) return;
    if (i == size) type[size++] = seen;
    ++packets[i];
  }
};

// Packets of one synchronisation source, sent in one direction.
struct RtpStream {
  uint32_t ssrc = 0;
  uint64_t packets = 0;
  Timestamp first, last;
  // Payload without RTP headers; header extensions and padding count as payload. The first packet
  // is not counted. [3.3] Without extensions, first packet included.
  uint64_t data_bytes = 0;
  double gap_sum_ms = 0;  // between packets that follow each other in sequence
  uint64_t gaps = 0;
  RtpJitter jitter;  // 0 when the payload type's clock is not known
  uint64_t lost = 0, out_of_sequence = 0, duplicates = 0, late = 0;
  uint8_t payload_type = 0;     // of the last packet
  bool restarted = false;       // sequence numbers jumped ("bogus reset")
  uint32_t last_timestamp = 0;  // largest

  // [3.3]
  PacketTypeCounts payload_types;
  int32_t payload_max = 0, payload_min = 0;
  double payload_square_sum = 0;
  RtpJitter jitter_8khz, jitter_90khz;  // as if that were the clock
};

// Reports of one sender, in one direction.
struct RtcpStream {
  enum Error : uint8_t { kTruncated = 1, kSeveralReports = 2 };

  uint32_t ssrc = 0;
  uint64_t packets = 0;
  Timestamp first, last;
  uint64_t data_bytes = 0;
  double interval_sum_ms = 0;  // between packets
  // Of the report blocks, in units of the payload's clock.
  double jitter_sum = 0;
  uint32_t jitter_max = 0, jitter_min = 0, reports = 0;
  int32_t cumulative_lost = 0;                     // of the last report
  uint64_t fraction_lost_sum = 0;                  // in 1/256
  uint32_t sender_packets = 0, sender_octets = 0;  // of the last sender report
  double rtt_sum_ms = 0, rtt_max_ms = 0, rtt_min_ms = 0;
  uint32_t rtt_samples = 0;
  uint8_t errors = 0;  // bits of Error

  PacketTypeCounts packet_types;  // [3.3]
};

// 1 RTP, 2 RTCP, 4 DTLS, 8 STUN, 16 TURN, 32 ZRTP, 64 MTURN: bits of MediaDirection::protocols.
namespace media_protocol {
inline constexpr uint8_t kRtp = 1, kRtcp = 2, kDtls = 4, kStun = 8, kTurn = 16, kZrtp = 32,
                         kMturn = 64;
}  // namespace media_protocol

// One direction, by its sender. At most one stream, of one kind; [3.3] any number, newest first.
struct MediaDirection {
  std::vector<RtpStream> rtp;
  std::vector<RtcpStream> rtcp;
  uint8_t protocols = 0;  // [3.3] what shares the ports: media_protocol:: bits
};

// A finished flow with RTP or RTCP in at least one direction, or a TCP flow that carried RTP
// interleaved in RTSP, or ICY: that has no streams, its measurements are those of the TCP flow.
struct MediaFlow {
  std::shared_ptr<const UdpFlow> udp;  // one of the two is set
  std::shared_ptr<const TcpFlow> tcp;
  MediaDirection client, server;
  OrderKey order;

  // REQUIRES: one of the two is set.
  [[nodiscard]] const Endpoints& endpoints() const {
    const UdpFlow* const of_udp = udp.get();
    const TcpFlow* const of_tcp = tcp.get();
    assert(of_udp != nullptr || of_tcp != nullptr);
    return of_udp != nullptr ? of_udp->endpoints : of_tcp->endpoints;
  }
  [[nodiscard]] const MediaDirection& of(Direction sender) const {
    return sender == Direction::kClientToServer ? client : server;
  }
};

// One stream of a flow: one of `rtp` and `rtcp` is set. In the 3.3 profile each is a row of
// log_mm_complete.
struct MediaStream {
  const MediaFlow* flow = nullptr;
  Direction sender = Direction::kClientToServer;
  const RtpStream* rtp = nullptr;
  const RtcpStream* rtcp = nullptr;
  // PacketTypeCounts as text, comma-separated; empty: none.
  std::string types, type_counts;
};

// Calls `visit` for the streams in the order of their rows: the client's RTP, its RTCP, the
// server's.
TSTAT_EXPORT void ForEachMediaStream(const MediaFlow& flow,
                                     const std::function<void(const MediaStream&)>& visit);

}  // namespace tstat::inline v1

#endif  // TSTAT_MEDIA_H_
