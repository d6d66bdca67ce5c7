// SPDX-License-Identifier: BSD-3-Clause
//
// The record of a finished TCP flow: everything that log_tcp_complete prints and more. Its fields,
// with units, are described one by one in docs/logs/log_tcp_complete.md; how those about losses and
// round-trip times are measured in docs/retransmissions.md.
#ifndef TSTAT_TCP_FLOW_H_
#define TSTAT_TCP_FLOW_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "tstat/application.h"
#include "tstat/export.h"
#include "tstat/flow.h"
#include "tstat/flow_extras.h"
#include "tstat/handshake_details.h"
#include "tstat/time.h"
#include "tstat/tunnel.h"

namespace tstat::inline v1 {

// Bits of TcpFlow::connection_type (`con_t`).
namespace connection_type {
inline constexpr uint32_t kUnknown = 0, kHttp = 1, kRtsp = 2, kRtp = 4, kIcy = 8, kRtcp = 16,
                          kMsn = 32, kYmsg = 64, kXmpp = 128, kP2p = 256, kSkype = 512,
                          kSmtp = 1024, kPop3 = 2048, kImap = 4096, kTls = 8192,
                          kObfuscated = 16384, kSsh = 32768, kRtmp = 65536, kMse = 131072,
                          kFacebookZero = 262144;
}  // namespace connection_type

// Codes of TcpLayer7::http_content; the log prints them plus 1 (`http_t`).
namespace http_content {
inline constexpr uint8_t kGet = 0, kPost = 1, kMsn = 2, kRtmpt = 3, kYoutubeVideo = 4,
                         kVideoContent = 5, kVimeo = 6, kWikipedia = 7, kRapidShare = 8,
                         kMegaUpload = 9, kFacebook = 10, kAdvertisement = 11, kFlickr = 12,
                         kGoogleMaps = 13, kNetflix = 14, kYoutubeSite = 15, kSocial = 16,
                         kFlashVideo = 17, kMediaFire = 18, kHotfile = 19, kStorage = 20,
                         kYoutube204 = 21, kYoutube204Video = 22, kYoutubeWatch = 23,
                         kYoutubeEmbedded = 24, kTwitter = 25, kDropbox = 26;
}  // namespace http_content

// Round-trip times of the data of one direction, in microseconds: from the probe to the receiver
// and back. So TcpFlow::client.rtt is the half of the path between probe and server, server.rtt the
// half between probe and client; their sum is the whole.
struct RttStatistics {
  double min_us = 0, max_us = 0;   // 0: no sample
  double sum_us = 0, sum2_us = 0;  // sum and sum of squares
  uint32_t count = 0;
  // CompatProfile::true_retransmissions: text rows have mean_us(); else Tstat's, a little less.
  bool shows_true_mean = false;
  [[nodiscard]] TSTAT_EXPORT double mean_us() const;  // 0 without samples
  // Sample standard deviation; 0 for two samples or fewer; rounding can make it NaN.
  [[nodiscard]] TSTAT_EXPORT double deviation_us() const;
};

// Segments by the cause of their anomaly: docs/retransmissions.md says how they add up.
struct AnomalyCounts {
  uint32_t rto = 0;  // retransmission after a time-out
  uint32_t fast_retransmit = 0;
  uint32_t reordering = 0;
  uint32_t network_duplicate = 0;
  uint32_t unknown = 0;
  uint32_t flow_control = 0;     // window probe
  uint32_t unnecessary_rto = 0;  // the original had been acknowledged
  uint32_t unnecessary_fast = 0;
};

// Bit rate samples of one direction in periods of one second.
struct RateStatistics {
  uint32_t samples = 0, empty = 0, longest_empty_streak = 0;
  double min = 0, max = 0, sum = 0, sum2 = 0;  // bytes per second
  std::array<uint32_t, 10> first_bytes{};      // bytes of the first ten periods
  uint32_t first_count = 0;
};

// Inter-arrival times of data segments, in milliseconds (multimedia over TCP).
struct GapStatistics {
  double sum_ms = 0, jitter_sum_ms = 0;
  uint32_t count = 0;
  float jitter_max_ms = 0;
  float jitter_min_ms = 3.40282347e+38f;
};

// One direction of a TCP flow, by its sender.
struct TcpDirection {
  uint64_t packets = 0;  // counted segments
  uint64_t copies = 0;   // not counted: captured twice (CompatProfile::copies_by_content)
  uint64_t ack_packets = 0;
  uint64_t pure_ack_packets = 0;
  uint64_t data_packets = 0;
  uint64_t data_bytes = 0;    // payload, retransmissions included
  uint64_t unique_bytes = 0;  // payload, without retransmissions
  uint32_t retransmitted_packets = 0;
  uint32_t retransmitted_bytes = 0;
  uint32_t out_of_order_packets = 0;
  uint32_t syn_count = 0, fin_count = 0;  // segments with the flag
  uint8_t rst_count = 0;

  Timestamp first_payload, last_payload;  // unset: none
  Timestamp first_ack;                    // first segment with ACK, without SYN or RST

  RttStatistics rtt;
  uint8_t ttl_min = 0, ttl_max = 0;
  uint64_t ttl_sum = 0;

  bool window_scale_sent = false, timestamp_sent = false, sack_permitted = false, mptcp = false;
  uint8_t window_scale = 0;
  uint32_t sack_segments = 0;
  uint16_t mss = 0;  // of the last MSS option; 0: none
  uint32_t payload_max = 0, payload_min = 0;
  uint32_t window_max = 0, window_min = 0;
  uint64_t window_sum = 0;
  uint32_t zero_windows = 0;
  uint32_t in_flight_max = 0, in_flight_min = 0;
  uint32_t initial_window_bytes = 0;
  AnomalyCounts anomalies;
  bool inconsistent_syn_or_fin =
      false;  // SYN repeated with another ISN, or FIN at another position

  // Of the true profile (CompatProfile::true_retransmissions); docs/truth.md.
  uint32_t tail_loss_probes = 0, needless_retransmissions = 0;  // of retransmitted_packets
  uint32_t keep_alives = 0;
  uint64_t missed_bytes = 0;  // that the capture did not see
  // From the SYN to what acknowledges it; negative: unknown.
  double handshake_rtt_us = -1;
  double rtt_p50_us = 0, rtt_p95_us = 0, rtt_p99_us = 0;  // 0: no sample, or 0

  uint32_t isn = 0, highest_sequence = 0, fin_position = 0;

  uint32_t messages = 0;                     // PSH-separated
  std::array<uint32_t, 10> message_sizes{};  // bytes

  RateStatistics rate;  // only when a sink wants video flows
  GapStatistics gaps;   // only when a sink wants multimedia or video flows

  // First events of layer-7 protocols over TCP, for the multimedia log; unset: none.
  Timestamp first_http, first_rtsp, first_rtp, first_icy;
  // TLS marks.
  Timestamp last_handshake, first_app_data;
  uint32_t first_app_data_byte = 0;
  uint16_t protocol_negotiation = 0;  // NPN/ALPN mask
  std::string tls_versions;           // [3.3]; empty: none
};

// Layer-7 findings of the whole flow; everything 0 or empty: not classified.
struct TcpLayer7 {
  uint32_t connection_type = 0;  // connection_type::k* bits
  uint16_t p2p_code = 0;         // 100 * protocol + subtype
  uint8_t http_content = 0;      // HTTP content code, 0 = plain GET
  uint32_t ed2k_data = 0, ed2k_signalling = 0, ed2k_client_server = 0, ed2k_client_client = 0,
           ed2k_chat = 0;
  uint32_t http_requests = 0, http_responses = 0;
  std::array<char, 4> http_response_code{};  // first response, up to three digits, NUL-terminated
  std::string tls_server_name;               // SNI of the ClientHello; empty: none
  std::string tls_common_name;               // from the server certificate; empty: none
  uint8_t tls_session = 0;                   // session-id flag; [3.3] bit mask
  uint8_t tls_service = 0;                   // tls_service::k*
  std::string http_hostname;                 // [3.3]
  uint8_t rtp_payload_type = 128;            // RTP interleaved in RTSP; 128: unknown
  std::array<bool, 2> skype_directions{};    // which Direction Skype was found in
  int layer7_index = 49;                     // index in the L7 histograms
  // With CompatProfile::modern_layer7.
  Application application = Application::kUnknown;
  Evidence evidence = Evidence::kNone;
  std::shared_ptr<const HandshakeDetails> handshake;  // TLS and SSH; null: none
};

struct TcpFlow {
  // n-th TCP flow of the run, from 1. It joins the events of one flow: HTTP, TLS, chat, video,
  // media over TCP.
  uint64_t flow_number = 0;
  Endpoints endpoints;
  Timestamp first, last;  // first and last segment, duplicates included
  CloseCause cause = CloseCause::kEndOfTrace;
  bool complete = false;  // goes to log_tcp_complete, else to log_tcp_nocomplete
  // With CompatProfile::flows_follow_connections: number of the flow that was reported before on
  // the same connection, if this one goes on with it; else 0. What was not captured: flow_part.
  uint64_t predecessor = 0;
  uint8_t partial = 0;
  TcpDirection client, server;
  TcpLayer7 layer7;
  Timestamp closed_at;  // time of the packet, or end of trace, that closed it
  OrderKey order;
  Tunnel tunnel;  // with CompatProfile::reads_every_header
  FlowMarks marks;
  CommunityIdText community_id{};            // with CompatProfile::modern_columns
  std::shared_ptr<const FlowExtras> extras;  // null: AnalyzerOptions asks for none

  [[nodiscard]] const TcpDirection& of(Direction sender) const {
    return sender == Direction::kClientToServer ? client : server;
  }
};

}  // namespace tstat::inline v1

#endif  // TSTAT_TCP_FLOW_H_
