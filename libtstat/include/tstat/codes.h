// SPDX-License-Identifier: BSD-3-Clause
//
// What numbers in records mean: one table for each kind of code. Columns, the keys of dumps in
// runtime.conf, the axes of histograms and docs/logs/codes.md take their names from here.
//
//   const tstat::Code* code = tstat::kUdpTypeCodes.Find(27);
//   Print(code->name, code->meaning);   // "quic", "QUIC"
#ifndef TSTAT_CODES_H_
#define TSTAT_CODES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "tstat/chat.h"
#include "tstat/export.h"
#include "tstat/media.h"
#include "tstat/tcp_flow.h"
#include "tstat/tls.h"
#include "tstat/udp_flow.h"
#include "tstat/video.h"

namespace tstat::inline v1 {

struct Code {
  uint32_t value;
  std::string_view name;     // a word in lower case; empty in tables that no column has
  std::string_view meaning;  // Markdown
};

struct CodeTable {
  std::string_view title;
  std::string_view used_by;     // columns and histograms, Markdown
  std::string_view note;        // what the table cannot say, Markdown; may be empty
  std::span<const Code> codes;  // by value, rising
  bool is_set = false;          // each value but 0 is a bit: numbers are sums of them

  // Null: no such code.
  [[nodiscard]] constexpr const Code* Find(uint32_t value) const {
    for (const Code& code : codes) {
      if (code.value == value) return &code;
    }
    return nullptr;
  }
};

// All tables, in the order of docs/logs/codes.md.
[[nodiscard]] TSTAT_EXPORT std::span<const CodeTable* const> CodeTables();

namespace code_lists {

inline constexpr Code kP2pProtocols[] = {
    {0, "none", "none"},
    {1, "ed2k", "ED2K (eDonkey, eMule)"},
    {9, "bittorrent", "BitTorrent"},
};

inline constexpr Code kP2pSubtypes[] = {
    {0, "", "BitTorrent: handshake of peers; no P2P"},
    {1, "",
     "BitTorrent: tracker, `scrape?info_hash=`; ED2K: hello, or login at a server; eMule hello"},
    {2, "", "BitTorrent: tracker, `announce?info_hash=`; ED2K: eMule hello answer"},
    {3, "", "BitTorrent: tracker, `announce.php?info_hash=`; ED2K: data: compressed part"},
    {4, "", "BitTorrent: tracker, `announce.php?passkey=`; ED2K: data: part of a file"},
    {5, "", "BitTorrent: tracker, `announce.php?pid=`; ED2K: reject (server)"},
    {9, "", "ED2K: hello answer"},
    {20, "", "ED2K: get server list"},
    {21, "", "ED2K: offer files"},
    {22, "", "ED2K: search request"},
    {24, "", "ED2K: disconnect"},
    {25, "", "ED2K: get sources"},
    {26, "", "ED2K: search user"},
    {28, "", "ED2K: callback request"},
    {29, "", "ED2K: query chat rooms; eMule: request sources"},
    {30, "", "ED2K: chat room message; eMule: sources"},
    {31, "", "ED2K: join chat room; eMule: request sources, version 2"},
    {32, "", "ED2K: eMule: sources, version 2"},
    {33, "", "ED2K: query more results; eMule: public key"},
    {34, "", "ED2K: eMule: signature"},
    {35, "", "ED2K: get sources, obfuscated; eMule: identification state"},
    {44, "", "ED2K: eMule: request preview"},
    {45, "", "ED2K: eMule: preview"},
    {46, "", "ED2K: eMule: multi-packet"},
    {47, "", "ED2K: eMule: multi-packet answer"},
    {48, "", "ED2K: eMule: peer cache query"},
    {49, "", "ED2K: eMule: peer cache answer"},
    {50, "", "ED2K: server list; eMule: peer cache acknowledgement"},
    {51, "", "ED2K: search result; eMule: public address request"},
    {52, "", "ED2K: server status; eMule: public address"},
    {53, "", "ED2K: callback requested; eMule: callback"},
    {54, "", "ED2K: callback failed; eMule: callback again"},
    {55, "", "ED2K: eMule: AICH request"},
    {56, "", "ED2K: server message; eMule: AICH answer"},
    {57, "", "ED2K: chat room request; eMule: AICH file hash"},
    {58, "", "ED2K: chat room broadcast; eMule: AICH file hash request"},
    {59, "", "ED2K: chat user joins; eMule: buddy ping"},
    {60, "", "ED2K: chat user leaves; eMule: buddy pong"},
    {61, "", "ED2K: chat users; eMule: compressed part, 64 bits"},
    {62, "", "ED2K: eMule: part, 64 bits"},
    {63, "", "ED2K: eMule: request parts, 64 bits"},
    {64, "", "ED2K: identifier changed; eMule: multi-packet, extended"},
    {65, "", "ED2K: server identification"},
    {66, "", "ED2K: found sources"},
    {67, "", "ED2K: list of users"},
    {68, "", "ED2K: found sources, obfuscated"},
    {71, "", "ED2K: request parts"},
    {72, "", "ED2K: no such file"},
    {73, "", "ED2K: end of download"},
    {74, "", "ED2K: ask shared files"},
    {75, "", "ED2K: shared files"},
    {76, "", "ED2K: hello answer that goes on in the next segment"},
    {77, "", "ED2K: client identifier changed"},
    {78, "", "ED2K: chat message"},
    {79, "", "ED2K: set requested file"},
    {80, "", "ED2K: file status"},
    {81, "", "ED2K: hash set request"},
    {82, "", "ED2K: hash set"},
    {83, "", "ED2K: eDonkey opcode 0x53"},
    {84, "", "ED2K: start upload request"},
    {85, "", "ED2K: accept upload request"},
    {86, "", "ED2K: cancel transfer"},
    {87, "", "ED2K: out of part requests"},
    {88, "", "ED2K: request file name"},
    {89, "", "ED2K: file name"},
    {91, "", "ED2K: change slot"},
    {92, "", "ED2K: queue rank"},
    {93, "", "ED2K: ask shared directories"},
    {94, "", "ED2K: ask files of a directory"},
    {95, "", "ED2K: shared directories"},
    {96, "", "ED2K: files of a directory; eMule: queue ranking"},
    {97, "", "ED2K: shared directories denied"},
};

}  // namespace code_lists

// What a TCP flow may be: its bit and names, and its place on the axes of histograms.
struct ConnectionType {
  uint32_t bit;  // connection_type::k*
  std::string_view name;
  std::string_view meaning;
  uint8_t application;  // in the layer-7 histograms: kApplicationCodes; 49: unknown
};
inline constexpr ConnectionType kConnectionTypes[] = {
    {connection_type::kUnknown, "unknown", "unknown", 49},
    {connection_type::kHttp, "http", "HTTP", 0},
    {connection_type::kRtsp, "rtsp", "RTSP", 4},
    {connection_type::kRtp, "rtp", "RTP, interleaved in RTSP", 1},
    {connection_type::kIcy, "icy", "ICY (SHOUTcast)", 3},
    {connection_type::kRtcp, "rtcp", "RTCP, interleaved in RTSP", 2},
    {connection_type::kMsn, "msn", "MSN messenger", 8},
    {connection_type::kYmsg, "ymsg", "Yahoo messenger", 10},
    {connection_type::kXmpp, "xmpp", "XMPP (Jabber)", 9},
    {connection_type::kP2p, "p2p", "a P2P protocol: see `p2p_t`", 49},
    {connection_type::kSkype, "skype", "Skype (with -B)", 7},
    {connection_type::kSmtp, "smtp", "SMTP", 25},
    {connection_type::kPop3, "pop3", "POP3", 26},
    {connection_type::kImap, "imap", "IMAP", 27},
    {connection_type::kTls, "tls", "TLS, SSL", 33},
    {connection_type::kObfuscated, "obfuscated_ed2k", "obfuscated ED2K", 28},
    {connection_type::kSsh, "ssh", "SSH", 37},
    {connection_type::kRtmp, "rtmp", "RTMP", 38},
    {connection_type::kMse, "mse", "BitTorrent with encryption (MSE/PE)", 39},
    {connection_type::kFacebookZero, "facebook_zero", "Facebook Zero (3.3)", 46},
};
static_assert([] {
  for (size_t i = 1; i < std::size(kConnectionTypes); ++i) {
    if (kConnectionTypes[i].bit != uint32_t{1} << (i - 1)) return false;
  }
  return true;
}());
// The bit of a name, for types that connection_type:: has no constant for. A name that no row has
// does not compile.
consteval uint32_t ConnectionTypeNamed(std::string_view name) {
  for (const ConnectionType& type : kConnectionTypes) {
    if (type.name == name) return type.bit;
  }
  throw "no such connection type";
}

// What an HTTP flow is by its requests.
struct HttpClass {
  uint8_t content;  // http_content::k*
  std::string_view name;
  std::string_view meaning;
  uint8_t histogram;  // kHttpHistogramCodes
  uint8_t web;        // kWebCategoryCodes
};
inline constexpr HttpClass kHttpClasses[] = {
    {http_content::kGet, "get", "GET, none of the below", 0, 0},
    {http_content::kPost, "post", "POST, none of the below", 1, 1},
    {http_content::kMsn, "msn", "MSN messenger over HTTP", 2, 5},
    {http_content::kRtmpt, "rtmpt", "RTMP over HTTP (RTMPT)", 3, 5},
    {http_content::kYoutubeVideo, "youtube_video", "YouTube video", 4, 3},
    {http_content::kVideoContent, "video", "FLV or MP4 video, by its address", 5, 4},
    {http_content::kVimeo, "vimeo", "Vimeo", 6, 4},
    {http_content::kWikipedia, "wikipedia", "Wikipedia", 7, 6},
    {http_content::kRapidShare, "rapidshare", "RapidShare", 8, 2},
    {http_content::kMegaUpload, "megaupload", "MegaUpload", 9, 2},
    {http_content::kFacebook, "facebook", "Facebook", 10, 5},
    {http_content::kAdvertisement, "advertisement", "advertisement", 11, 6},
    {http_content::kFlickr, "flickr", "Flickr", 12, 6},
    {http_content::kGoogleMaps, "google_maps", "Google Maps", 13, 6},
    {http_content::kNetflix, "netflix", "Netflix", 14, 7},
    {http_content::kYoutubeSite, "youtube_site", "YouTube, the site", 15, 6},
    {http_content::kSocial, "social", "other social networks (NK, IWIW, VK)", 16, 5},
    {http_content::kFlashVideo, "flash_video", "other sites of Flash video", 17, 4},
    {http_content::kMediaFire, "mediafire", "MediaFire", 18, 2},
    {http_content::kHotfile, "hotfile", "Hotfile", 19, 2},
    {http_content::kStorage, "storage", "Storage.to", 20, 2},
    {http_content::kYoutube204, "youtube_204", "YouTube, `generate_204`: a video is about to start",
     4, 3},
    {http_content::kYoutube204Video, "youtube_204_video", "YouTube, `generate_204`, then the video",
     4, 3},
    {http_content::kYoutubeWatch, "youtube_watch", "YouTube, page of a video", 15, 6},
    {http_content::kYoutubeEmbedded, "youtube_embedded", "YouTube, video embedded in another page",
     15, 6},
    {http_content::kTwitter, "twitter", "Twitter", 16, 5},
    {http_content::kDropbox, "dropbox", "Dropbox notifications", 0, 0},
};
static_assert([] {
  for (size_t i = 0; i < std::size(kHttpClasses); ++i) {
    if (kHttpClasses[i].content != i) return false;
  }
  return true;
}());

// A protocol over UDP: its names, and its place on the axes of histograms.
struct UdpProtocol {
  UdpType type;
  std::string_view name;
  std::string_view meaning;
  std::string_view dump;  // key in [dump] of runtime.conf; empty: not dumped by itself
  uint8_t application;    // in the layer-7 histograms: kApplicationCodes; 49: unknown
};
inline constexpr UdpProtocol kUdpProtocols[] = {
    {UdpType::kUnknown, "unknown", "unknown", "udp_unknown", 49},
    {UdpType::kFirstRtp, "first_rtp", "one packet that may be RTP", "", 49},
    {UdpType::kFirstRtcp, "first_rtcp", "one packet that may be RTCP", "", 49},
    {UdpType::kRtp, "rtp", "RTP", "udp_rtp", 1},
    {UdpType::kRtcp, "rtcp", "RTCP", "udp_rtcp", 2},
    {UdpType::kSkypeE2e, "skype_e2e", "Skype, end to end (with -B)", "", 5},
    {UdpType::kSkypeOut, "skype_out", "SkypeOut (with -B)", "", 6},
    {UdpType::kSkypeSignalling, "skype_signalling", "Skype signalling (with -B)", "", 32},
    {UdpType::kEd2k, "ed2k", "ED2K", "udp_edk", 11},
    {UdpType::kKad, "kad", "KAD", "udp_kad", 12},
    {UdpType::kKadu, "kadu", "KADU (eMule AdunanzA)", "udp_kadu", 13},
    {UdpType::kGnutella, "gnutella", "Gnutella (not recognised)", "udp_gnutella", 14},
    {UdpType::kBitTorrentDht, "bittorrent_dht", "BitTorrent DHT", "udp_bittorrent", 15},
    {UdpType::kDirectConnect, "directconnect", "DirectConnect (not recognised)", "udp_dc", 17},
    {UdpType::kKazaa, "kazaa", "KaZaA (not recognised)", "udp_kazaa", 35},
    {UdpType::kPpLive, "pplive", "PPLive", "udp_pplive", 29},
    {UdpType::kSopCast, "sopcast", "SopCast", "udp_sopcast", 30},
    {UdpType::kTvAnts, "tvants", "TVAnts", "udp_tvants", 31},
    {UdpType::kObfuscatedKad, "obfuscated_kad", "obfuscated KAD", "udp_okad", 34},
    {UdpType::kDns, "dns", "DNS", "udp_dns", 36},
    {UdpType::kUtp, "utp", "uTP", "udp_utp", 16},
    {UdpType::kUtpBitTorrent, "utp_bittorrent", "uTP that carries BitTorrent", "", 16},
    {UdpType::kVod, "mpeg_ts", "MPEG transport stream (video on demand)", "udp_vod", 40},
    {UdpType::kPpStream, "ppstream", "PPStream", "udp_ppstream", 41},
    {UdpType::kTeredo, "teredo", "Teredo", "udp_teredo", 42},
    {UdpType::kSip, "sip", "SIP", "udp_sip", 43},
    {UdpType::kDtls, "dtls", "DTLS", "udp_dtls", 44},
    {UdpType::kQuic, "quic", "QUIC", "udp_quic", 45},
    {UdpType::kFirstRtpPlus, "first_rtp_plus",
     "one packet that may be RTP, RTCP, STUN, DTLS, ... (3.3)", "", 49},
    {UdpType::kRtpPlus, "rtp_plus", "RTP, RTCP and what shares their ports (3.3)", "", 49},
    {UdpType::kMturn, "mturn", "MTURN: relayed conference media (3.3)", "udp_mturn", 47},
    {UdpType::kSye, "sye", "SYE: video streaming (3.3)", "udp_sye", 48},
};
static_assert([] {
  for (size_t i = 0; i < std::size(kUdpProtocols); ++i) {
    if (static_cast<size_t>(kUdpProtocols[i].type) != i) return false;
  }
  return true;
}());
// Likewise for types that UdpType has no enumerator for.
consteval UdpType UdpTypeNamed(std::string_view name) {
  for (const UdpProtocol& protocol : kUdpProtocols) {
    if (protocol.name == name) return protocol.type;
  }
  throw "no such UDP protocol";
}

namespace code_lists {

inline constexpr auto kConnectionTypes = [] {
  std::array<Code, std::size(v1::kConnectionTypes)> codes{};
  for (size_t i = 0; i < codes.size(); ++i) {
    const ConnectionType& type = v1::kConnectionTypes[i];
    codes[i] = {type.bit, type.name, type.meaning};
  }
  return codes;
}();
// The log has the codes of http_content:: plus 1.
inline constexpr auto kHttpContents = [] {
  std::array<Code, std::size(kHttpClasses) + 1> codes{};
  codes[0] = {0, "none", "not HTTP"};
  for (size_t i = 0; i < std::size(kHttpClasses); ++i) {
    const HttpClass& http = kHttpClasses[i];
    codes[i + 1] = {http.content + 1u, http.name, http.meaning};
  }
  return codes;
}();
inline constexpr auto kUdpTypes = [] {
  std::array<Code, std::size(kUdpProtocols)> codes{};
  for (size_t i = 0; i < codes.size(); ++i) {
    const UdpProtocol& protocol = kUdpProtocols[i];
    codes[i] = {static_cast<uint32_t>(protocol.type), protocol.name, protocol.meaning};
  }
  return codes;
}();

[[nodiscard]] constexpr uint32_t Number(VideoCode code) { return static_cast<uint32_t>(code); }
inline constexpr Code kVideoTypes[] = {
    {Number(VideoCode::kNone), "none", "no video"},
    {Number(VideoCode::kFlv), "flv", "FLV"},
    {Number(VideoCode::kMp4), "mp4", "MP4, F4V, fragmented MP4"},
    {Number(VideoCode::kAvi), "avi", "AVI"},
    {Number(VideoCode::kWmv), "wmv", "Windows Media"},
    {Number(VideoCode::kMpeg), "mpeg", "MPEG"},
    {Number(VideoCode::kWebm), "webm", "WebM"},
    {Number(VideoCode::k3gpp), "3gpp", "3GPP"},
    {Number(VideoCode::kOgg), "ogg", "Ogg"},
    {Number(VideoCode::kQuickTime), "quicktime", "QuickTime"},
    {Number(VideoCode::kAsf), "asf", "ASF control"},
    {Number(VideoCode::kUnknown), "other", "another type of video"},
    {Number(VideoCode::kHls), "hls", "HLS, MPEG transport stream"},
    {Number(VideoCode::kNff), "nff", "NFF (NDS file format)"},
};

inline constexpr Code kYoutubeRedirections[] = {
    {0, "none", "none"},
    {1, "counter", "`redirect_counter` alone"},
    {2, "counter_tcts", "`redirect_counter`, and `st=tcts`"},
    {3, "counter_nx", "`redirect_counter`, and `st=nx`"},
    {4, "lc", "`st=lc` alone"},
    {5, "nx", "`st=nx` alone"},
    {6, "counter_lc_or_tcts", "`redirect_counter` and `st=lc`, or `st=tcts` alone"},
};
inline constexpr Code kYoutubeStreams[] = {
    {0, "query", "a request with parameters (`/videoplayback?`)"},
    {1, "youtube", "`/videoplayback/`, source `youtube`"},
    {2, "live_source", "`/videoplayback/`, live (source `yt_live_...`)"},
    {3, "other_source", "`/videoplayback/`, another source or none"},
    {4, "hls", "`/hls_stream.ts?`"},
    {5, "liveplay", "`/liveplay?`"},
};
inline constexpr Code kYoutubeDevices[] = {
    {0, "none", "no mobile device"},
    {1, "other", "another mobile device"},
    {2, "apple", "Apple"},
    {3, "android", "Android"},
};

inline constexpr Code kChatTypes[] = {
    {static_cast<uint32_t>(ChatType::kUnknown), "unknown", "unknown"},
    {static_cast<uint32_t>(ChatType::kLogin), "login", "login (MSN)"},
    {static_cast<uint32_t>(ChatType::kPresence), "presence", "presence"},
    {static_cast<uint32_t>(ChatType::kChat), "chat", "chat"},
    {static_cast<uint32_t>(ChatType::kHttpTunnel), "tunnel_or_presence_chat",
     "HTTP tunnel (MSN); presence and chat (Yahoo)"},
    {static_cast<uint32_t>(ChatType::kPeerToPeer), "peer_to_peer", "peer to peer (Yahoo)"},
    {static_cast<uint32_t>(ChatType::kOther), "other", "other (Yahoo)"},
};

[[nodiscard]] constexpr uint32_t Number(ChatMessage::Type type) {
  return static_cast<uint32_t>(type);
}
inline constexpr Code kChatMessages[] = {
    {Number(ChatMessage::Type::kMsnA), "msn_a", "`MSG_A`: MSN, acknowledgement A"},
    {Number(ChatMessage::Type::kMsnD), "msn_d", "`MSG_D`: MSN, acknowledgement D"},
    {Number(ChatMessage::Type::kMsnN), "msn_n", "`MSG_N`: MSN, acknowledgement N"},
    {Number(ChatMessage::Type::kMsnU), "msn_u", "`MSG_U`: MSN, acknowledgement U"},
    {Number(ChatMessage::Type::kMsnOther), "msn_other", "`MSG_?`: MSN, another acknowledgement"},
    {Number(ChatMessage::Type::kMsnYahoo), "msn_yahoo", "`MSG_Y`: MSN, to or from a Yahoo user"},
    {Number(ChatMessage::Type::kMessage), "message", "`MESSAGE`: Yahoo, XMPP"},
};

inline constexpr Code kTlsNegotiations[] = {
    {tls_negotiation::kNpnEmpty, "npn_none", "NPN without a protocol"},
    {tls_negotiation::kNpnHttp1, "npn_http1", "NPN: HTTP/1"},
    {tls_negotiation::kNpnSpdy, "npn_spdy", "NPN: SPDY"},
    {tls_negotiation::kNpnHttp2, "npn_http2", "NPN: HTTP/2"},
    {tls_negotiation::kAlpnEmpty, "alpn_none", "ALPN without a protocol"},
    {tls_negotiation::kAlpnHttp1, "alpn_http1", "ALPN: HTTP/1"},
    {tls_negotiation::kAlpnSpdy, "alpn_spdy", "ALPN: SPDY"},
    {tls_negotiation::kAlpnHttp2, "alpn_http2", "ALPN: HTTP/2"},
};
inline constexpr Code kTlsSessions[] = {
    {tls_session::kSessionId, "session_id", "session identifier in the ClientHello"},
    {tls_session::kClientPsk, "client_psk", "PSK of the client (3.3)"},
    {tls_session::kEarlyData, "early_data", "early data (3.3)"},
    {tls_session::kServerPsk, "server_psk", "PSK of the server (3.3)"},
    {tls_session::kHelloRetry, "hello_retry", "HelloRetryRequest (3.3)"},
};

inline constexpr Code kMediaProtocols[] = {
    {media_protocol::kRtp, "rtp", "RTP"},       {media_protocol::kRtcp, "rtcp", "RTCP"},
    {media_protocol::kDtls, "dtls", "DTLS"},    {media_protocol::kStun, "stun", "STUN"},
    {media_protocol::kTurn, "turn", "TURN"},    {media_protocol::kZrtp, "zrtp", "ZRTP"},
    {media_protocol::kMturn, "mturn", "MTURN"},
};
inline constexpr Code kRtcpErrors[] = {
    {RtcpStream::kTruncated, "truncated", "truncated reports"},
    {RtcpStream::kSeveralReports, "several_blocks", "several blocks in one report"},
};
inline constexpr Code kTransports[] = {{1, "tcp", "TCP"}, {2, "udp", "UDP"}};

inline constexpr Code kSkypeVerdicts[] = {
    {0, "none", "none"},
    {5, "end_to_end", "end to end"},
    {6, "skype_out", "SkypeOut"},
    {7, "tcp", "over TCP"},
};

}  // namespace code_lists

TSTAT_EXPORT inline constexpr CodeTable kConnectionTypeCodes = {
    .title = "Connection types",
    .used_by = "`con_t`; of TCP flows also `type` in log_mm_complete",
    .note = "A sum: 257 is HTTP and P2P, a request to a BitTorrent tracker.",
    .codes = code_lists::kConnectionTypes,
    .is_set = true};
TSTAT_EXPORT inline constexpr CodeTable kP2pProtocolCodes = {
    .title = "P2P protocols",
    .used_by = "`p2p_t`",
    .note =
        "Tstat reserves 2 to 8 and 10 to 18 for protocols that its usual build does not look "
        "for over TCP.",
    .codes = code_lists::kP2pProtocols};
TSTAT_EXPORT inline constexpr CodeTable kP2pSubtypeCodes = {
    .title = "P2P subtypes",
    .used_by = "`p2p_st`",
    .note =
        "Of the last message of the protocol in `p2p_t`. ED2K: the message's opcode modulo "
        "100, but 3 and 4 for data and 9 for the answer to a hello; other values are opcodes "
        "without a name.",
    .codes = code_lists::kP2pSubtypes};
TSTAT_EXPORT inline constexpr CodeTable kHttpContentCodes = {
    .title = "HTTP contents",
    .used_by = "`http_t`",
    .note = "By the addresses of the flow's requests.",
    .codes = code_lists::kHttpContents};
TSTAT_EXPORT inline constexpr CodeTable kUdpTypeCodes = {
    .title = "UDP protocols",
    .used_by =
        "`c_type`, `s_type` of log_udp_complete and of UDP flows in log_mm_complete and "
        "log_skype_complete; `proto` of log_mm_complete in the 3.3 profile",
    .note = "Each direction is classified by itself.",
    .codes = code_lists::kUdpTypes};
TSTAT_EXPORT inline constexpr CodeTable kVideoTypeCodes = {
    .title = "Video types",
    .used_by = "`vd_type_cont`, `vd_type_pay`; histograms `L7_VIDEO_num_*`, `video_rate_*`",
    .note = "The histograms count 7 and 8 as 9, and go by the payload when both are known.",
    .codes = code_lists::kVideoTypes};
TSTAT_EXPORT inline constexpr CodeTable kYoutubeRedirectionCodes = {
    .title = "YouTube redirections",
    .used_by = "`yt_red_mode`",
    .note = "By the parameters `redirect_counter` and `st` of a request for a video.",
    .codes = code_lists::kYoutubeRedirections};
TSTAT_EXPORT inline constexpr CodeTable kYoutubeStreamCodes = {
    .title = "YouTube streams",
    .used_by = "`yt_stream`",
    .note = "By the address.",
    .codes = code_lists::kYoutubeStreams};
TSTAT_EXPORT inline constexpr CodeTable kYoutubeDeviceCodes = {
    .title = "YouTube devices",
    .used_by = "`yt_mobile`",
    .note = "By the parameters of a request for a video.",
    .codes = code_lists::kYoutubeDevices};
TSTAT_EXPORT inline constexpr CodeTable kChatTypeCodes = {
    .title = "Chat flows",
    .used_by = "`type` of log_chat_complete",
    .note = "Each protocol uses some of them.",
    .codes = code_lists::kChatTypes};
TSTAT_EXPORT inline constexpr CodeTable kChatMessageCodes = {
    .title = "Chat messages",
    .used_by = "`type` of log_chat_messages",
    .note = "The text log has the words.",
    .codes = code_lists::kChatMessages};
TSTAT_EXPORT inline constexpr CodeTable kTlsNegotiationCodes = {
    .title = "TLS negotiation",
    .used_by = "`npnalpn`",
    .note = "A sum: what was offered (client) or chosen (server) in NPN and ALPN.",
    .codes = code_lists::kTlsNegotiations,
    .is_set = true};
TSTAT_EXPORT inline constexpr CodeTable kTlsSessionCodes = {
    .title = "TLS sessions",
    .used_by = "`tls_session_stat`; `c_tls_sesid` is the first of them",
    .note = "A sum.",
    .codes = code_lists::kTlsSessions,
    .is_set = true};
TSTAT_EXPORT inline constexpr CodeTable kMediaProtocolCodes = {
    .title = "Protocols on the ports of RTP",
    .used_by = "`mux_prot` of log_mm_complete in the 3.3 profile",
    .note = "A sum.",
    .codes = code_lists::kMediaProtocols,
    .is_set = true};
TSTAT_EXPORT inline constexpr CodeTable kRtcpErrorCodes = {
    .title = "RTCP reports that are wrong",
    .used_by = "`rtcp_err`, `rtcp_trunc` of log_mm_complete",
    .note = "A sum.",
    .codes = code_lists::kRtcpErrors,
    .is_set = true};
TSTAT_EXPORT inline constexpr CodeTable kTransportCodes = {.title = "Transports",
                                                           .used_by = "`proto` of log_mm_complete",
                                                           .note = "",
                                                           .codes = code_lists::kTransports};
TSTAT_EXPORT inline constexpr CodeTable kSkypeVerdictCodes = {
    .title = "Skype, by randomness",
    .used_by = "`chi` of log_skype_complete",
    .note = "What the test of randomness says of a direction.",
    .codes = code_lists::kSkypeVerdicts};

}  // namespace tstat::inline v1

#endif  // TSTAT_CODES_H_
