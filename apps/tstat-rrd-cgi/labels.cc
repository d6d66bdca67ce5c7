// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/labels.h"

#include <algorithm>

namespace tstat::viewer {
namespace {

struct LabelledMetric {
  std::string_view name;
  std::span<const ValueLabel> labels;
};

constexpr LabelledMetric kLabelledMetrics[] = {
    {"L3_bitrate", kL3BitrateLabels},
    {"L3_protocol", kL3BitrateLabels},
    {"L4_flow_number", kL4FlowNumberLabels},
    {"L7_HTTP_num", kL7HTTPNumLabels},
    {"L7_HTTP_num_c", kL7HTTPNumLabels},
    {"L7_HTTP_num_nc", kL7HTTPNumLabels},
    {"L7_TCP_num", kL7TCPNumLabels},
    {"L7_TCP_num_c", kL7TCPNumLabels},
    {"L7_TCP_num_nc", kL7TCPNumLabels},
    {"L7_TLS_num", kL7TLSNumLabels},
    {"L7_UDP_num", kL7UDPNumLabels},
    {"L7_UDP_num_c", kL7UDPNumLabels},
    {"L7_UDP_num_nc", kL7UDPNumLabels},
    {"L7_VIDEO_num", kL7VIDEONumLabels},
    {"L7_VIDEO_num_c", kL7VIDEONumLabels},
    {"L7_VIDEO_num_nc", kL7VIDEONumLabels},
    {"L7_WEB_num", kL7WEBNumLabels},
    {"L7_WWW_num", kL7WWWNumLabels},
    {"bt_bitrate", kBtBitrateLabels},
    {"bt_flow_num", kBtBitrateLabels},
    {"chat_flow_num", kChatFlowNumLabels},
    {"flow_number", kFlowNumberLabels},
    {"google_bitrate", kGoogleBitrateLabels},
    {"google_flow_num", kGoogleBitrateLabels},
    {"http_bitrate", kHttpBitrateLabels},
    {"http_bitrate_c", kHttpBitrateLabels},
    {"http_bitrate_nc", kHttpBitrateLabels},
    {"ip_bitrate", kIpBitrateLabels},
    {"ip_bitrate_c", kIpBitrateLabels},
    {"ip_bitrate_nc", kIpBitrateLabels},
    {"ip_cloud", kIpCloudLabels},
    {"ip_len", kIpLenLabels},
    {"ip_protocol", kIpProtocolLabels},
    {"mm_rtp_bitrate", kMmRtpBitrateLabels},
    {"mm_rtp_pt", kMmRtpPtLabels},
    {"mm_type", kMmTypeLabels},
    {"mm_uni_multi", kMmUniMultiLabels},
    {"msn_flow_num", kMsnFlowNumLabels},
    {"p2p_bitrate", kP2pBitrateLabels},
    {"p2ptv_bitrate", kP2ptvBitrateLabels},
    {"p2ptv_flow_num", kP2ptvBitrateLabels},
    {"profile_cpu", kProfileCpuLabels},
    {"profile_flows", kProfileFlowsLabels},
    {"profile_tcpdata", kProfileTcpdataLabels},
    {"profile_trash", kProfileTrashLabels},
    {"skype_flow_num", kSkypeFlowNumLabels},
    {"tcp_anomalies", kTcpAnomaliesLabels},
    {"tcp_bitrate", kTcpBitrateLabels},
    {"tcp_bitrate_c", kTcpBitrateLabels},
    {"tcp_bitrate_nc", kTcpBitrateLabels},
    {"tcp_interrupted", kTcpInterruptedLabels},
    {"tcp_opts_MPTCP", kTcpOptsMPTCPLabels},
    {"tcp_opts_SACK", kTcpOptsSACKLabels},
    {"tcp_opts_TS", kTcpOptsTSLabels},
    {"tcp_opts_WS", kTcpOptsWSLabels},
    {"tcp_port_dst", kTcpPortDstLabels},
    {"tcp_port_syndst", kTcpPortDstLabels},
    {"tls_bitrate", kL7TLSNumLabels},
    {"udp_bitrate", kUdpBitrateLabels},
    {"udp_bitrate_c", kUdpBitrateLabels},
    {"udp_bitrate_nc", kUdpBitrateLabels},
    {"udp_port_dst", kUdpPortDstLabels},
    {"udp_port_flow", kUdpPortDstLabels},
    {"udp_port_flow_dst", kUdpPortDstLabels},
    {"video_rate", kL7VIDEONumLabels},
    {"video_rate_c", kL7VIDEONumLabels},
    {"video_rate_nc", kL7VIDEONumLabels},
    {"web_bitrate", kL7WEBNumLabels},
    {"www_bitrate", kL7WWWNumLabels},
};

// Colours of series without one of their own, by their places.
constexpr int32_t kPlaceColours[] = {0x008B8B, 0x00008B, 0x006400, 0xA9A9A9, 0xFF8C00, 0xE9967A,
                                     0x8B0000, 0x8B008B, 0xADD8E6, 0xC0FFFF, 0x90EE90, 0xD3D3D3,
                                     0xFFB6C1, 0xFFA07A, 0xC71585, 0xFFC0CB, 0x0000FF, 0x00FFFF,
                                     0x00FF00, 0xBEBEBE, 0xFFA500, 0xFFC0CB, 0xFF0000, 0xFF00FF,
                                     0x483D8B, 0x00CED1, 0x8FBC8F, 0x2F4F4F, 0xFF1493};

// The same colours once more, changed just so much that they are others.
constexpr int32_t Second(int32_t colour) { return colour % 16 < 14 ? colour + 1 : colour - 1; }

}  // namespace

std::span<const ValueLabel> LabelsOf(std::string_view name) {
  for (std::string_view tag : {"_in", "_out", "_loc"}) {
    if (name.ends_with(tag)) {
      name.remove_suffix(tag.size());
      break;
    }
  }
  const auto* found = std::ranges::find(kLabelledMetrics, name, &LabelledMetric::name);
  return found == std::end(kLabelledMetrics) ? std::span<const ValueLabel>() : found->labels;
}

int32_t ColourOfPlace(size_t place) {
  constexpr size_t kCount = std::size(kPlaceColours);
  const size_t i = place % (2 * kCount);
  return i < kCount ? kPlaceColours[i] : Second(kPlaceColours[i - kCount]);
}

}  // namespace tstat::viewer
