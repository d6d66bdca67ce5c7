// SPDX-License-Identifier: BSD-3-Clause
//
// What the numbers on the axes of the layer-7 histograms mean, as tstat/codes.h tells it of
// columns.
#ifndef TSTAT_HISTOGRAM_CODES_H_
#define TSTAT_HISTOGRAM_CODES_H_

#include "tstat/codes.h"
#include "tstat/export.h"
#include "tstat/tls.h"

namespace tstat::inline v1 {

namespace code_lists {

inline constexpr Code kApplications[] = {
    {0, "", "HTTP"},
    {1, "", "RTP"},
    {2, "", "RTCP"},
    {3, "", "ICY"},
    {4, "", "RTSP"},
    {5, "", "Skype, end to end"},
    {6, "", "SkypeOut"},
    {7, "", "Skype over TCP"},
    {8, "", "MSN messenger"},
    {9, "", "XMPP"},
    {10, "", "Yahoo messenger"},
    {11, "", "ED2K"},
    {12, "", "KAD"},
    {13, "", "KADU"},
    {14, "", "Gnutella"},
    {15, "", "BitTorrent"},
    {16, "", "uTP"},
    {17, "", "DirectConnect"},
    {18, "", "AppleJuice"},
    {19, "", "SoulSeek"},
    {20, "", "WinMX"},
    {21, "", "Ares"},
    {22, "", "MUTE"},
    {23, "", "WASTE"},
    {24, "", "XDCC"},
    {25, "", "SMTP"},
    {26, "", "POP3"},
    {27, "", "IMAP"},
    {28, "", "obfuscated ED2K"},
    {29, "", "PPLive"},
    {30, "", "SopCast"},
    {31, "", "TVAnts"},
    {32, "", "Skype signalling"},
    {33, "", "TLS"},
    {34, "", "obfuscated KAD"},
    {35, "", "KaZaA"},
    {36, "", "DNS"},
    {37, "", "SSH"},
    {38, "", "RTMP"},
    {39, "", "BitTorrent with encryption (MSE/PE)"},
    {40, "", "MPEG transport stream"},
    {41, "", "PPStream"},
    {42, "", "Teredo"},
    {43, "", "SIP"},
    {44, "", "DTLS"},
    {45, "", "QUIC"},
    {46, "", "Facebook Zero (3.3)"},
    {47, "", "MTURN (3.3)"},
    {48, "", "SYE (3.3)"},
    {49, "", "unknown"},
};

inline constexpr Code kHttpHistograms[] = {
    {0, "", "GET, none of the others; Dropbox"},
    {1, "", "POST"},
    {2, "", "MSN messenger"},
    {3, "", "RTMPT"},
    {4, "", "YouTube video"},
    {5, "", "FLV or MP4 video"},
    {6, "", "Vimeo"},
    {7, "", "Wikipedia"},
    {8, "", "RapidShare"},
    {9, "", "MegaUpload"},
    {10, "", "Facebook"},
    {11, "", "advertisement"},
    {12, "", "Flickr"},
    {13, "", "Google Maps"},
    {14, "", "Netflix"},
    {15, "", "YouTube, the site"},
    {16, "", "social networks; Twitter"},
    {17, "", "Flash video"},
    {18, "", "MediaFire"},
    {19, "", "Hotfile"},
    {20, "", "Storage.to"},
};

inline constexpr Code kWebCategories[] = {
    {0, "", "GET"},
    {1, "", "POST"},
    {2, "", "file storage: RapidShare, MegaUpload, MediaFire, Hotfile, Storage.to"},
    {3, "", "YouTube video"},
    {4, "", "video: Vimeo, Flash, content types and containers of video"},
    {5, "", "social networks: Facebook, Twitter, MSN, RTMPT and others"},
    {6, "", "other: Wikipedia, advertisement, Flickr, Google Maps, pages of YouTube"},
    {7, "", "Netflix"},
};

inline constexpr Code kTlsServices[] = {
    {tls_service::kOther, "other", "other"},
    {tls_service::kGoogle, "google", "Google"},
    {tls_service::kYoutube, "youtube", "YouTube"},
    {tls_service::kFacebook, "facebook", "Facebook"},
    {tls_service::kNetflix, "netflix", "Netflix"},
    {tls_service::kDropbox, "dropbox", "Dropbox"},
    {tls_service::kMicrosoft, "microsoft", "Microsoft"},
    {tls_service::kApple, "apple", "Apple"},
    {tls_service::kInstagram, "instagram", "Instagram (3.3)"},
};

inline constexpr Code kAnomalies[] = {
    {0, "", "in sequence"},
    {1, "", "retransmission after a time-out (`pkts_rto`)"},
    {2, "", "fast retransmission (`pkts_fs`)"},
    {3, "", "reordered (`pkts_reor`)"},
    {4, "", "duplicated by the network (`pkts_dup`)"},
    {5, "", "window probe (`pkts_fc`)"},
    {6, "", "unnecessary retransmission after a time-out (`pkts_unrto`)"},
    {7, "", "unnecessary fast retransmission (`pkts_unfs`)"},
    {63, "", "unknown (`pkts_unk`)"},
};

}  // namespace code_lists

TSTAT_EXPORT inline constexpr CodeTable kApplicationCodes = {
    .title = "Applications",
    .used_by = "histograms `L7_TCP_num_*`, `tcp_bitrate_*`, `L7_UDP_num_*`, `udp_bitrate_*`",
    .note =
        "Of several connection types of a TCP flow the last in this order counts: MSE/PE, "
        "obfuscated ED2K, RTMP, HTTP, RTSP, RTP, ICY, RTCP, MSN, Yahoo, XMPP, SMTP, POP3, IMAP, "
        "TLS, SSH, P2P, Skype. Bit rates go by what is known when the packet passes.",
    .codes = code_lists::kApplications};
TSTAT_EXPORT inline constexpr CodeTable kHttpHistogramCodes = {
    .title = "HTTP contents in histograms",
    .used_by = "histograms `L7_HTTP_num_*`, `http_bitrate_*`",
    .note = "`http_t` less 1; codes of the same site are joined.",
    .codes = code_lists::kHttpHistograms};
TSTAT_EXPORT inline constexpr CodeTable kWebCategoryCodes = {
    .title = "Web categories",
    .used_by = "histograms `L7_WEB_num_*`, `web_bitrate_*`",
    .note = "The HTTP contents in fewer groups.",
    .codes = code_lists::kWebCategories};
TSTAT_EXPORT inline constexpr CodeTable kTlsServiceCodes = {
    .title = "TLS services",
    .used_by = "histograms `L7_TLS_num_*`, `tls_bitrate_*`",
    .note = "By the server name in the client's hello alone.",
    .codes = code_lists::kTlsServices};
TSTAT_EXPORT inline constexpr CodeTable kAnomalyCodes = {
    .title = "Segments by cause",
    .used_by = "histograms `tcp_anomalies_*`",
    .note = "How the columns in brackets add up: [retransmissions](../retransmissions.md).",
    .codes = code_lists::kAnomalies};

// Each protocol and class has a place that there is.
static_assert([] {
  // Not by the address that Find returns: GCC's sanitizers do not compare it in a constant.
  constexpr auto kHas = [](const CodeTable& table, uint32_t value) {
    for (const Code& code : table.codes) {
      if (code.value == value) return true;
    }
    return false;
  };
  for (const UdpProtocol& protocol : kUdpProtocols) {
    if (!kHas(kApplicationCodes, protocol.application)) return false;
  }
  for (const ConnectionType& type : kConnectionTypes) {
    if (!kHas(kApplicationCodes, type.application)) return false;
  }
  for (const HttpClass& http : kHttpClasses) {
    if (!kHas(kHttpHistogramCodes, http.histogram)) return false;
    if (!kHas(kWebCategoryCodes, http.web)) return false;
  }
  return true;
}());

}  // namespace tstat::inline v1

#endif  // TSTAT_HISTOGRAM_CODES_H_
