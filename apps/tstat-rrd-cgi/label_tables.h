// SPDX-License-Identifier: BSD-3-Clause
//
// The labels, colours and places of the values of metrics that are counted one by one (idx).
#ifndef TSTAT_RRD_CGI_LABEL_TABLES_H_
#define TSTAT_RRD_CGI_LABEL_TABLES_H_

#include <cstdint>
#include <string_view>

namespace tstat::viewer {

constexpr int32_t kNoColour = -1;  // the one of the series' place
constexpr int kNoRank = -1;        // the value itself

struct ValueLabel {
  int value;
  std::string_view label;
  int32_t colour = kNoColour;  // 0xRRGGBB
  int rank = kNoRank;          // the highest is drawn first, at the bottom
};

constexpr ValueLabel kL3BitrateLabels[] = {
    {0, "TCP (IPv4)", 0x00FFFF, 3},    {1, "UDP (IPv4)", 0x0000FF, 4},
    {2, "Others (IPv4)", 0xFFA500, 5}, {3, "TCP (IPv6)", 0xC71585, 0},
    {4, "UDP (IPv6)", 0x006400, 1},    {5, "Other (IPv6)", kNoColour, 2},
};
constexpr ValueLabel kL4FlowNumberLabels[] = {
    {0, "TCP Flows", 0x00FFFF},
    {1, "UDP Flows", 0x0000FF},
};
constexpr ValueLabel kL7HTTPNumLabels[] = {
    {0, "GET", 0xC71585},           {1, "POST", 0xFFFF00},          {2, "MSN", 0x00FFFF},
    {3, "RTMPT", 0xA0522D},         {4, "YouTube Video", 0xFFA500}, {5, "Video Content", 0x00FF00},
    {6, "Vimeo", 0xFF0000},         {7, "Wikipedia", 0x0000FF},     {8, "RapidShare", 0xFFC0CB},
    {9, "Netload", 0x00008B},       {10, "Facebook", 0xFF00FF},     {11, "Web Ads", 0xA9A9A9},
    {12, "Flickr", 0x8B0000},       {13, "Google Maps", 0x006400},  {14, "Netflix", 0x7B68EE},
    {15, "YouTube Site", 0xFF0001}, {16, "Social", 0x00FF01},       {17, "Other Video", 0xA0522E},
    {18, "Mediafire", 0x00FFFE},    {19, "Hotfile.com", 0xFFFF01},  {20, "Storage.to", 0xC71586},
};
constexpr ValueLabel kL7TCPNumLabels[] = {
    {0, "HTTP", 0xC71585},
    {1, "RTP", 0xFFA07A},
    {2, "RTCP", 0xFFB6C1},
    {3, "ICY", 0xD3D3D3},
    {4, "RTSP", 0x90EE90},
    {5, "Skype E2E", 0xC0FFFF},
    {6, "Skype E2O", 0xADD8E6},
    {7, "Skype TCP", 0x8B008B},
    {8, "Messenger", 0x8B0000},
    {9, "Jabber/GTalk", 0xE9967A},
    {10, "Yahoo! Msg", 0xFF8C00},
    {11, "Emule-ED2K", 0xA9A9A9},
    {12, "Emule-KAD", 0xC71586},
    {13, "Emule-KADu", 0xFFA07B},
    {14, "GNUtella", 0x006400},
    {15, "Bittorrent", 0x00008B},
    {16, "Kazaa", 0x008B8B},
    {17, "DirectConnect", 0xFF00FF},
    {18, "APPLE", 0xADD8E7},
    {19, "Soulseek", 0xFFA500},
    {20, "WinMX", 0x8B0001},
    {21, "ARES", 0xE9967B},
    {22, "MUTE", 0xFF8C01},
    {23, "WASTE", 0xA9A9AA},
    {24, "XDCC", 0x006401},
    {25, "SMTP", 0xFFFF00},
    {26, "POP3", 0xFFA501},
    {27, "IMAP", 0xA0522D},
    {28, "ED2K Obfuscated", 0x00FF00},
    {29, "PPLive", 0xFFFF01},
    {30, "Sopcast", 0xFFA502},
    {31, "TVAnts", 0xA0522E},
    {32, "Skype SIG", 0x00FF01},
    {33, "SSL/TLS", 0x00FFFF},
    {35, "Kazaa", 0x008B8B},
    {37, "SSH", 0xF4F7AA},
    {38, "RTMP", 0xA0522F},
    {39, "BT-MSE/PE", 0xFF0000},
    {46, "Facebook Zero", 0x006401},
    {49, "Unclassified", 0x0000FE},
};
constexpr ValueLabel kL7TLSNumLabels[] = {
    {0, "Other", 0xADD8E6, 7},     {1, "Google", 0xFFFF00, 1},  {2, "YouTube", 0x00008B, 0},
    {3, "Facebook", 0xFFA500, 2},  {4, "Netflix", 0x006400, 5}, {5, "Dropbox", 0xFF00FF, 3},
    {6, "Microsoft", 0x0000FF, 4}, {7, "Apple", 0xFFC0CB, 6},
};
constexpr ValueLabel kL7UDPNumLabels[] = {
    {0, "HTTP", 0x00CED1},
    {1, "RTP", 0xADD8E6},
    {2, "RTCP", 0x8B008B},
    {3, "ICY", 0xFF0000},
    {4, "RTSP", 0xFFC0CB},
    {5, "Skype E2E", 0x8B0000},
    {6, "Skype E2O", 0xE9967A},
    {7, "Skype TCP", 0x00FF00},
    {8, "Messenger", 0x00FFFF},
    {9, "Jabber/GTalk", 0x0000FF},
    {10, "Yahoo! Msg", 0xFFC0CC},
    {11, "Emule-ED2K", 0xFF8C00},
    {12, "Emule-KAD", 0xA9A9A9},
    {13, "Emule-KADu", 0x006400},
    {14, "GNUtella", 0xFF00FF},
    {15, "Bittorrent DHT", 0x008B8B},
    {16, "Bittorrent uTP", 0x00008B},
    {17, "DirectConnect", 0xFF0001},
    {18, "APPLE", 0x8B008C},
    {19, "Soulseek", 0x8B0001},
    {20, "WinMX", 0xE9967B},
    {21, "ARES", 0xFF8C01},
    {22, "MUTE", 0xA9A9AA},
    {23, "WASTE", 0x006401},
    {24, "XDCC", 0x00008C},
    {25, "SMTP", 0x008B8C},
    {26, "POP3", 0xFF00FE},
    {27, "IMAP", 0xFF0002},
    {29, "PPLive", 0xFFFF00},
    {30, "Sopcast", 0xFFA500},
    {31, "TVAnts", 0xA0522D},
    {32, "Skype SIG", 0x00FF01},
    {34, "KAD Obfuscated", 0x00FFFE},
    {35, "Unclassified", 0x0000FE},
    {36, "DNS", 0xF4F7AA},
    {40, "MPEG2 VOD", 0xFF0000},
    {41, "PPStream", 0xE9967A},
    {42, "Teredo", 0xFFFF01},
    {43, "SIP", 0xE9967B},
    {44, "DTLS", 0xFF8C01},
    {45, "QUIC", 0xFF0001},
    {49, "Unclassified", 0x0000FD},
};
constexpr ValueLabel kL7VIDEONumLabels[] = {
    {1, "FLV", 0xC71585, 0},   {2, "MP4", 0xFFA500, 1},       {3, "AVI", 0x006400, 2},
    {4, "WMV", 0xA0522D, 3},   {5, "MPEG", 0xFFFF00, 4},      {6, "WEBM", 0x00FF00, 5},
    {7, "3GPP", 0xA9A9A9, 6},  {8, "OGG", 0xFF00FF, 7},       {9, "QuickTime", 0xF4F7AA, 8},
    {10, "ASF", 0xFFC0CB, 9},  {11, "Unknown", 0x0000FF, 10}, {12, "HLS", 0xFF0000, 12},
    {13, "NFF", 0x00FFFF, 11},
};
constexpr ValueLabel kL7WEBNumLabels[] = {
    {0, "GET", 0xC71585, 0},
    {1, "POST", 0xFFFF00, 5},
    {2, "1-Click Download", 0x00008B, 4},
    {3, "YouTube", 0xFFA500, 2},
    {4, "Other Videos", 0x006400, 1},
    {5, "Social Networks", 0xFF00FF, 6},
    {6, "Other", 0x0000FF, 8},
    {7, "Netflix", 0xFF0000, 3},
    {8, "SSL/TLS", 0xADD8E6, 7},
};
constexpr ValueLabel kL7WWWNumLabels[] = {
    {0, "GET", 0xC71585, 0},
    {1, "POST", 0xFFFF00, 1},
    {2, "YouTube", 0xA0522D, 3},
    {3, "Video Streams", 0x006400, 7},
    {4, "Other", 0x0000FF, 13},
    {5, "Netflix", 0x8B0000, 5},
    {6, "Other (TLS)", 0xADD8E6, 14},
    {7, "Google (TLS)", 0x00FFFF, 2},
    {8, "YouTube (TLS)", 0xFFA500, 4},
    {9, "Facebook (TLS)", 0xFF00FF, 8},
    {10, "Netflix (TLS)", 0xFF0001, 6},
    {11, "Dropbox (TLS)", 0xFFFF01, 10},
    {12, "Microsoft (TLS)", 0x7B68EE, 11},
    {13, "Apple (TLS)", 0xFFC0CB, 12},
    {14, "Facebook (Zero)", 0x8B008B, 9},
};
constexpr ValueLabel kBtBitrateLabels[] = {
    {0, "BT-MSE/PE (TCP)", 0xFF0000, 1},
    {1, "BitTorrent (TCP)", 0x00FFFF, 2},
    {2, "uTP (UDP)", 0xFFA500, 3},
    {3, "DHT (UDP)", 0x0000FF, 4},
    {4, "Teredo (IPv6 over UDP)", 0x00008B, 0},
};
constexpr ValueLabel kChatFlowNumLabels[] = {
    {0, "MSN chat session number", 0xFFFF00},    {1, "MSN presence session number", 0xFFA500},
    {2, "Jabber chat session number", 0xA0522D}, {3, "Jabber presence session number", 0x00FF00},
    {4, "YAHOO chat session number", 0x00FFFF},  {5, "YAHOO presence session number", 0x0000FF},
};
constexpr ValueLabel kFlowNumberLabels[] = {
    {0, "TCP Flows", 0xA0522D},
    {1, "UDP Flows", 0x00FF00},
    {2, "RTP Flows", 0x00FFFF},
    {3, "RTCP Flows", 0x0000FF},
};
constexpr ValueLabel kGoogleBitrateLabels[] = {
    {0, "QUIC (UDP)", 0xC71585, 2},
    {1, "YouTube", 0x0000FF, 1},
    {2, "Google (TLS)", 0x00FFFF, 3},
    {3, "YouTube (TLS)", 0xFFA500, 0},
};
constexpr ValueLabel kHttpBitrateLabels[] = {
    {0, "GET", 0xC71585},           {1, "POST", 0xFFFF00},         {2, "MSN", 0x00FFFF},
    {3, "RTMPT", 0xA0522D},         {4, "YouTube", 0xFFA500},      {5, "Video Content", 0x00FF00},
    {6, "Vimeo", 0xFF0000},         {7, "Wikipedia", 0x0000FF},    {8, "RapidShare", 0xFFC0CB},
    {9, "Netload", 0x00008B},       {10, "Facebook", 0xFF00FF},    {11, "Web Ads", 0xA9A9A9},
    {12, "Flickr", 0x8B0000},       {13, "Google Maps", 0x006400}, {14, "Netflix", 0x7B68EE},
    {15, "YouTube Site", 0xFF0001}, {16, "Social", 0x00FF01},      {17, "Other Video", 0xA0522E},
    {18, "Mediafire", 0x00FFFE},    {19, "Hotfile.com", 0xFFFF01}, {20, "Storage.to", 0xC71586},
};
constexpr ValueLabel kIpBitrateLabels[] = {
    {0, "TCP", 0x00FFFF},       {1, "UDP", 0x0000FF},       {2, "ICMP", 0x00FF00},
    {3, "Skype E2E", 0xA0522D}, {4, "Skype E2O", 0xFFA500}, {5, "Skype TCP", 0xFFFF00},
};
constexpr ValueLabel kIpCloudLabels[] = {
    {0, "TCP (cloud)", 0x0000FF, 4},
    {1, "TCP (non-cloud)", 0x00FFFF, 2},
    {2, "UDP (cloud)", 0xFFA500, 3},
    {3, "UDP (non-cloud)", 0xC71585, 1},
};
constexpr ValueLabel kIpLenLabels[] = {
    {40, "40 Bytes", 0xFFA500},
    {1500, "1500 Bytes", 0xA0522D},
};
constexpr ValueLabel kIpProtocolLabels[] = {
    {1, "ICMP", 0x00FF00},
    {6, "TCP", 0x00FFFF},
    {17, "UDP", 0x0000FF},
    {41, "IPv6", 0xFFA500},
};
constexpr ValueLabel kMmRtpBitrateLabels[] = {
    {0, "RTP over TCP", 0x00FFFF},
    {1, "RTP over UDP", 0x0000FF},
};
constexpr ValueLabel kMmRtpPtLabels[] = {
    {0, "ITU G.711 u-law", 0x0000FF},
    {8, "ITU G.711 a-law", 0x00FFFF},
    {14, "MPA", 0x00FF00},
    {31, "H261", 0xA0522D},
    {32, "MPV", 0xFFA500},
    {33, "MP2T", 0xFFFF00},
    {96, "dynamic video", 0xFF0000},
    {97, "dynamic video", 0xFF00FF},
};
constexpr ValueLabel kMmTypeLabels[] = {
    {4, "RTP over UDP", 0xA0522D},
    {6, "RTP over RTSP", 0x00FF00},
    {7, "RTP over HTTP/RTSP", 0x00FFFF},
    {8, "ICY", 0x0000FF},
};
constexpr ValueLabel kMmUniMultiLabels[] = {
    {0, "Unicast", 0x00FFFF},
    {1, "Multicast", 0x0000FF},
};
constexpr ValueLabel kMsnFlowNumLabels[] = {
    {0, "Active chat session number", 0x00FFFF},
    {1, "Active presence session number", 0x0000FF},
};
constexpr ValueLabel kP2pBitrateLabels[] = {
    {0, "HTTP", 0xC71585, 0},
    {1, "SSL/TLS", 0xFFA500, 1},
    {2, "Emule-ED2K", 0x006400, 2},
    {3, "ED2K Obfuscated", 0x00FF00, 3},
    {4, "Bittorrent", 0x00008B, 4},
    {5, "BT-MSE/PE", 0x00FFFF, 5},
    {6, "Bittorrent uTP (UDP)", 0x0000FF, 6},
};
constexpr ValueLabel kP2ptvBitrateLabels[] = {
    {29, "PPLive", 0x00FF00},
    {30, "Sopcast", 0x00FFFF},
    {31, "TVAnts", 0x0000FF},
    {41, "PPStream", 0x7B68EE},
};
constexpr ValueLabel kProfileCpuLabels[] = {
    {0, "Maximum Overall CPU", 0xFF0000},
    {1, "Average User CPU", 0x00FF00},
    {2, "Average System CPU", 0x0000FF},
};
constexpr ValueLabel kProfileFlowsLabels[] = {
    {0, "Missed UDP Flows", 0xA0522D},
    {1, "Active UDP Flows", 0x00FF00},
    {2, "Missed TCP Flows", 0x00FFFF},
    {3, "Active TCP Flows", 0x0000FF},
};
constexpr ValueLabel kProfileTcpdataLabels[] = {
    {0, "Received TCP Mbytes", 0x00FF00, 1},
    {1, "Missed TCP Mbytes", 0x0000FF, 2},
};
constexpr ValueLabel kProfileTrashLabels[] = {
    {0, "Ignored TCP Packets", 0x0000FF},
};
constexpr ValueLabel kSkypeFlowNumLabels[] = {
    {5, "Voice over UDP - End2End", 0xA0522D},
    {6, "Voice over UDP - SkypeOut", 0x00FF00},
    {7, "Skype over TCP", 0x00FFFF},
    {32, "Signalling over UDP", 0x0000FF},
};
constexpr ValueLabel kTcpAnomaliesLabels[] = {
    {0, "In Sequence", 0x008B8B},
    {1, "Retr. by RTO", 0xFF00FF},
    {2, "Retr. by Fast Retransmit", 0xFF0000},
    {3, "Network Reordering", 0xFFFF00},
    {4, "Network Duplicate", 0xFFA500},
    {5, "Flow Control (Window Probing)", 0xA0522D},
    {6, "Unnecessary Retr. by RTO", 0x00FF00},
    {7, "Unnecessary Retr. by Fast Retransmit", 0x00FFFF},
    {63, "Unknown", 0x0000FF},
};
constexpr ValueLabel kTcpBitrateLabels[] = {
    {0, "HTTP", 0xC71585},
    {1, "RTP", 0xFFA07A},
    {2, "RTCP", 0xFFB6C1},
    {3, "ICY", 0xD3D3D3},
    {4, "RTSP", 0x90EE90},
    {5, "Skype E2E", 0xC0FFFF},
    {6, "Skype E2O", 0xADD8E6},
    {7, "Skype TCP", 0x8B008B},
    {8, "Messenger", 0x8B0000},
    {9, "Jabber/GTalk", 0xE9967A},
    {10, "Yahoo! Msg", 0xFF8C00},
    {11, "Emule-ED2K", 0xA9A9A9},
    {12, "Emule-KAD", 0xC71586},
    {13, "Emule-KADu", 0xFFA07B},
    {14, "GNUtella", 0x006400},
    {15, "Bittorrent", 0x00008B},
    {16, "Kazaa", 0x008B8B},
    {17, "DirectConnect", 0xFF00FF},
    {18, "APPLE", 0xADD8E7},
    {19, "Soulseek", 0xFFA500},
    {20, "WinMX", 0x8B0001},
    {21, "ARES", 0xE9967B},
    {22, "MUTE", 0xFF8C01},
    {23, "WASTE", 0xA9A9AA},
    {24, "XDCC", 0x006401},
    {25, "SMTP", 0xFFFF00},
    {26, "POP3", 0xFFA501},
    {27, "IMAP", 0xA0522D},
    {28, "ED2K Obfuscated", 0x00FF00},
    {29, "PPLive", 0xFFFF01},
    {30, "Sopcast", 0xFFA502},
    {31, "TVAnts", 0xA0522E},
    {32, "Skype SIG", 0x00FF01},
    {33, "SSL/TLS", 0x00FFFF},
    {35, "Kazaa", 0x0000FF},
    {37, "SSH", 0xF4F7AA},
    {38, "RTMP", 0xA0522F},
    {39, "BT-MSE/PE", 0xFF0000},
    {46, "Facebook Zero", 0x006401},
    {49, "Unclassified", 0x0000FE},
};
constexpr ValueLabel kTcpInterruptedLabels[] = {
    {0, "Completed Flow", 0x00FFFF},
    {1, "Early Interrupted Flow", 0x0000FF},
};
constexpr ValueLabel kTcpOptsMPTCPLabels[] = {
    {1, "MPTCP Ok", 0xA0522D},
    {2, "MPTCP Client Offer", 0x00FF00},
    {3, "MPTCP Server Offer", 0x00FFFF},
    {4, "No MPTCP", 0x0000FF},
};
constexpr ValueLabel kTcpOptsSACKLabels[] = {
    {1, "SACK Ok", 0xA0522D},
    {2, "SACK Client Offer", 0x00FF00},
    {3, "SACK Server Offer", 0x00FFFF},
    {4, "No SACK", 0x0000FF},
};
constexpr ValueLabel kTcpOptsTSLabels[] = {
    {1, "Timestamp Ok", 0xA0522D},
    {2, "Timestamp Client Offer", 0x00FF00},
    {3, "Timestamp Server Offer", 0x00FFFF},
    {4, "No Timestamp", 0x0000FF},
};
constexpr ValueLabel kTcpOptsWSLabels[] = {
    {1, "Window Scale Ok", 0xA0522D},
    {2, "Window Scale Client Offer", 0x00FF00},
    {3, "Window Scale Server Offer", 0x00FFFF},
    {4, "No Window Scale", 0x0000FF},
};
constexpr ValueLabel kTcpPortDstLabels[] = {
    {20, "FTP-DATA", 0xC0FFFF},
    {21, "FTP", 0xADD8E6},
    {22, "SSH", 0x8B008B},
    {23, "telnet", 0x8B0000},
    {25, "SMTP", 0xFFFF00},
    {80, "HTTP", 0xC71585},
    {110, "POP3", 0xA9A9A9},
    {119, "NNTP", 0x006400},
    {143, "IMAP", 0x00008B},
    {443, "HTTPS", 0x008B8B},
    {445, "Microsoft-ds", 0xFF00FF},
    {1214, "KaZaa", 0xE9967A},
    {1433, "Ms-SQL", 0xFF0000},
    {3389, "RDP", 0xFFA500},
    {4661, "eDonkey-Lookup", 0xA0522D},
    {4662, "eDonkey-DATA", 0xF4F7AA},
    {6699, "WinMX", 0x00FFFF},
    {6881, "BitTorrent", 0x00FF00},
    {8080, "Squid", 0x0000FF},
};
constexpr ValueLabel kUdpBitrateLabels[] = {
    {0, "HTTP", 0x00CED1},
    {1, "RTP", 0xADD8E6},
    {2, "RTCP", 0x8B008B},
    {3, "ICY", 0xFF0000},
    {4, "RTSP", 0xFFC0CB},
    {5, "Skype E2E", 0x8B0000},
    {6, "Skype E2O", 0xE9967A},
    {7, "Skype TCP", 0x00FF00},
    {8, "Messenger", 0x00FFFF},
    {9, "Jabber/GTalk", 0x0000FF},
    {10, "Yahoo! Msg", 0xFFC0CC},
    {11, "Emule-ED2K", 0xFF8C00},
    {12, "Emule-KAD", 0xA9A9A9},
    {13, "Emule-KADu", 0x006400},
    {14, "GNUtella", 0xFF00FF},
    {15, "Bittorrent DHT", 0x008B8B},
    {16, "Bittorrent uTP", 0x00008B},
    {17, "DirectConnect", 0xFF0001},
    {18, "APPLE", 0x8B008C},
    {19, "Soulseek", 0x8B0001},
    {20, "WinMX", 0xE9967B},
    {21, "ARES", 0xFF8C01},
    {22, "MUTE", 0xA9A9AA},
    {23, "WASTE", 0x006401},
    {24, "XDCC", 0x00008C},
    {25, "SMTP", 0x008B8C},
    {26, "POP3", 0xFF00FE},
    {27, "IMAP", 0xFF0002},
    {29, "PPLive", 0xFFFF00},
    {30, "Sopcast", 0xFFA500},
    {31, "TVAnts", 0xA0522D},
    {32, "Skype SIG", 0x00FF01},
    {34, "KAD Obfuscated", 0x00FFFE},
    {35, "Kazaa", 0x0000FE},
    {36, "DNS", 0xF4F7AA},
    {40, "MPEG2 VOD", 0xFF0000},
    {41, "PPStream", 0xE9967A},
    {42, "Teredo", 0xFFFF01},
    {43, "SIP", 0xE9967B},
    {44, "DTLS", 0xFF8C01},
    {45, "QUIC", 0xFF0001},
    {49, "Unclassified", 0x0000FD},
};
constexpr ValueLabel kUdpPortDstLabels[] = {
    {53, "DNS", 0x00008B},       {67, "BOOTPS", 0x008B8B},
    {68, "BOOTPC", 0xFF00FF},    {69, "TFTP", 0xFF0000},
    {123, "NTP", 0xFFFF00},      {137, "NETBIOS", 0xFFA500},
    {500, "isakmp", 0xA0522D},   {4500, "IPsec NAT-Traversal", 0x00FF00},
    {4672, "eDonkey", 0x00FFFF}, {6346, "Gnutella-svc", 0x0000FF},
};

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_LABEL_TABLES_H_
