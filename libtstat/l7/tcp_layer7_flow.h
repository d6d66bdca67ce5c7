// SPDX-License-Identifier: BSD-3-Clause
//
// What layer 7 remembers of one TCP flow. It exists from the flow's first inspected segment to its
// close; what only some protocols need is attached when the protocol appears (TLS names, chat,
// video, ...), so that most flows cost a few cache lines.
#ifndef TSTAT_L7_TCP_LAYER7_FLOW_H_
#define TSTAT_L7_TCP_LAYER7_FLOW_H_

#include <array>
#include <cstdint>

#include "tstat/flow.h"
#include "tstat/tcp_flow.h"
#include "tstat/time.h"

namespace tstat::internal {

struct TlsState;        // l7/tls/tls_state.h
struct HostnameState;   // l7/http/hostname.h, [3.3]
struct ChatState;       // attached by ApplicationTrackers
struct VideoState;      // attached by ApplicationTrackers
struct SkypeTcpState;   // attached with -B only
struct HttpSplitState;  // [3.3]: attached by ApplicationTrackers
struct StreamFlow;      // l7/stream/stream_tracker.h, with CompatProfile::modern_layer7

// State of the per-flow machine. kIgnore is final.
enum class Layer7State : uint8_t {
  kUnknown,
  kHttpCommand,
  kHttpResponse,
  kRtspCommand,
  kRtspResponse,
  kImapOpening,
  kImapCommand,
  kTlsHandshake,
  kTlsData,
  kMsnVersionClient,  // a client command was seen, waiting for the server's
  kMsnUserClient,
  kMsnAnswer,
  // Chat states: every segment goes to the chat parser, no packet budget.
  kMsnVersionServer,
  kMsnUserServer,
  kMsnRoster,
  kYmsg,
  kXmpp,
  kIgnore,
  kGreeted,  // and all behind it: a greeting was seen, one state a row (l7/tcp/openings.cc)
};

constexpr bool IsChatState(Layer7State s) {
  return s >= Layer7State::kMsnVersionServer && s <= Layer7State::kXmpp;
}

// What the video tracker does with a flow's segments.
enum class VideoProgress : uint8_t {
  kWaiting,    // for the client's request
  kFollowing,  // looks at server segments
  kDone,
};

// What layer 7 has to see of a flow from now on.
enum class Layer7Need : uint8_t {
  kPayload,       // segments with payload
  kEverySegment,  // RTMP: its sizes are checked
  kHttp,          // what may begin an HTTP message: nothing else can change what the flow is
};

struct TcpLayer7Flow {
  // Read at every packet.
  uint32_t connection_type = 0;  // connection_type::k* bits
  Layer7State state = Layer7State::kUnknown;
  uint8_t http_content = 0;
  uint16_t p2p_code = 0;  // 100 * protocol + subtype
  uint32_t http_requests = 0, http_responses = 0;
  StreamFlow* stream = nullptr;    // attached when needed, as those below
  bool request_head_open = false;  // [3.3] the next client segment may hold the rest of a head

  // RTMP: the first segment of a direction was seen; it looked like a handshake.
  std::array<bool, 2> first_segment_seen{}, rtmp_handshake{};
  bool rtmp_sizes_fit = false;  // result of the latest size check

  // Obfuscated ED2K: lengths seen so far.
  uint8_t obfuscation_lengths = 0;

  // TLS.
  uint8_t tls_session = 0;
  uint8_t tls_service = 0;
  std::array<uint8_t, 2> protocol_negotiation{};
  std::array<bool, 2> app_data_seen{};
  bool tls_hello_seen = false;  // a client hello
  bool tls_reported = false;    // the TlsHandshake event went out

  VideoProgress video_progress = VideoProgress::kWaiting;

  std::array<char, 4> http_response_code{};
  uint8_t rtp_payload_type = 128;

  std::array<bool, 2> stream_done{};  // `stream` wants no more of the direction's bytes

  // Nibble histograms of the first segments.
  uint8_t nibble_segments = 0;
  std::array<uint16_t, 16> low_nibbles{}, high_nibbles{};

  // ED2K counters.
  uint32_t ed2k_data = 0, ed2k_signalling = 0, ed2k_client_server = 0, ed2k_client_client = 0,
           ed2k_chat = 0;

  // Indexed by Index(Direction); unset: never.
  std::array<Timestamp, 2> last_handshake, first_app_data;
  std::array<uint32_t, 2> first_app_data_byte{};
  std::array<Timestamp, 2> first_http, first_rtsp, first_rtp, first_icy;

  // Attached when needed, released at close.
  TlsState* tls = nullptr;
  HostnameState* hostname = nullptr;
  ChatState* chat = nullptr;
  VideoState* video = nullptr;
  HttpSplitState* http_split = nullptr;
  SkypeTcpState* skype = nullptr;

  uint32_t slot = 0;  // of this object in its slab

  bool has(uint32_t type_bit) const { return (connection_type & type_bit) != 0; }
  // A protocol was recognised: weaker guesses about its bytes are dropped.
  void Recognise(uint32_t type_bit) {
    connection_type &= ~(connection_type::kObfuscated | connection_type::kMse);
    connection_type |= type_bit;
  }
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_TCP_LAYER7_FLOW_H_
