// SPDX-License-Identifier: BSD-3-Clause
//
// The record of a finished UDP flow: everything that log_udp_complete prints.
#ifndef TSTAT_UDP_FLOW_H_
#define TSTAT_UDP_FLOW_H_

#include <cstdint>
#include <memory>
#include <string>

#include "tstat/announced_media.h"
#include "tstat/application.h"
#include "tstat/flow.h"
#include "tstat/flow_extras.h"
#include "tstat/handshake_details.h"
#include "tstat/time.h"
#include "tstat/tunnel.h"

namespace tstat::inline v1 {

// Protocol of one direction.
enum class UdpType : uint8_t {
  kUnknown = 0,
  kFirstRtp = 1,
  kFirstRtcp = 2,
  kRtp = 3,
  kRtcp = 4,
  kSkypeE2e = 5,
  kSkypeOut = 6,
  kSkypeSignalling = 7,
  kEd2k = 8,
  kKad = 9,
  kKadu = 10,
  kGnutella = 11,
  kBitTorrentDht = 12,
  kDirectConnect = 13,
  kKazaa = 14,
  kPpLive = 15,
  kSopCast = 16,
  kTvAnts = 17,
  kObfuscatedKad = 18,
  kDns = 19,
  kUtp = 20,
  kUtpBitTorrent = 21,
  kVod = 22,
  kPpStream = 23,
  kTeredo = 24,
  kSip = 25,
  kDtls = 26,
  kQuic = 27,
  kFirstRtpPlus = 28,
  kRtpPlus = 29,
  kMturn = 30,
  kSye = 31,
};

struct UdpDirection {
  Timestamp first, last;   // unset: no packet in this direction
  int64_t data_bytes = 0;  // sum of (UDP length field - 8); malformed headers make it negative
  uint64_t packets = 0;    // duplicates excluded
  uint64_t copies = 0;     // not counted: captured twice (CompatProfile::copies_by_content)
  uint8_t ttl_min = 0, ttl_max = 0;
  uint64_t ttl_sum = 0;
  UdpType type = UdpType::kUnknown;         // as recognised
  UdpType logged_type = UdpType::kUnknown;  // as printed
  int layer7_index = 49;                    // index in the L7 histograms
};

// [3.3] What the long headers of QUIC and the client's Initial packets tell.
struct QuicDetails {
  std::string server_name;  // SNI; empty: none
  std::string user_agent;   // percent-encoded; empty: none
  // Printed only when both directions are flagged QUIC.
  bool flagged = false;
  uint32_t client_version = 0, server_version = 0;
  uint32_t zero_rtt_packets = 0;
  uint16_t ech_length = 0;  // of the client's ECH extension; 0: none
};

struct UdpFlow {
  // n-th UDP flow of the run, from 1: joins it with its media and Skype records, and DNS answers.
  uint64_t flow_number = 0;
  // With CompatProfile::flows_follow_connections: number of the flow of the same addresses and
  // ports that ended when they had been silent, or was reported before; 0: none is known.
  uint64_t predecessor = 0;
  Endpoints endpoints;
  Timestamp first, last;  // duplicates included
  CloseCause cause = CloseCause::kEndOfTrace;
  UdpDirection client, server;
  Timestamp closed_at;
  OrderKey order;
  std::shared_ptr<const QuicDetails> quic;  // [3.3]; null: none
  Tunnel tunnel;                            // with CompatProfile::reads_every_header
  FlowMarks marks;
  CommunityIdText community_id{};            // with CompatProfile::modern_columns
  std::shared_ptr<const FlowExtras> extras;  // null: AnalyzerOptions asks for none
  // With CompatProfile::modern_layer7.
  Application application = Application::kUnknown;
  Evidence evidence = Evidence::kNone;
  std::shared_ptr<const HandshakeDetails> handshake;  // QUIC and DTLS; null: none
  std::shared_ptr<const AnnouncedMedia> announced;    // null: SIP says nothing of it

  [[nodiscard]] const UdpDirection& of(Direction sender) const {
    return sender == Direction::kClientToServer ? client : server;
  }
};

}  // namespace tstat::inline v1

#endif  // TSTAT_UDP_FLOW_H_
