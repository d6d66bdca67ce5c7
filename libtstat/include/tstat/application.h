// SPDX-License-Identifier: BSD-3-Clause
//
// What a flow is, in one list for TCP and UDP, and how that is known
// (CompatProfile::modern_layer7).
//
//   const tstat::ApplicationInfo& application = tstat::Describe(flow.layer7.application);
//   Print(application.name, application.category, tstat::EvidenceName(flow.layer7.evidence));
#ifndef TSTAT_APPLICATION_H_
#define TSTAT_APPLICATION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tstat::inline v1 {

// New ones come at the end: the numbers are in records.
enum class Application : uint8_t {
  kUnknown,
  kHttp,
  kHttp2,
  kTls,
  kQuic,
  kDtls,
  kDns,
  kDnsOverTls,
  kDnsOverHttps,
  kDnsOverQuic,
  kMdns,
  kLlmnr,
  kSsh,
  kRtsp,
  kRtmp,
  kRtp,
  kRtcp,
  kSip,
  kStun,
  kWebRtc,
  kSmtp,
  kPop3,
  kImap,
  kFtp,
  kFtpData,
  kGridFtp,
  kXrootd,
  kFdt,
  kBbcp,
  kPerfSonar,
  kIperf,
  kMqtt,
  kAmqp,
  kKafka,
  kSmb,
  kNfs,
  kRpc,
  kRdp,
  kVnc,
  kTelnet,
  kLdap,
  kKerberos,
  kRadius,
  kSnmp,
  kSyslog,
  kNtp,
  kPtp,
  kDhcp,
  kTftp,
  kNetBios,
  kSsdp,
  kWsDiscovery,
  kNetFlow,
  kBgp,
  kWireGuard,
  kOpenVpn,
  kIpsec,
  kPptp,
  kL2tp,
  kTunnel,
  kRedis,
  kPostgreSql,
  kMySql,
  kSqlServer,
  kOracle,
  kMongoDb,
  kMemcached,
  kCassandra,
  kElasticsearch,
  kZookeeper,
  kBitTorrent,
  kEd2k,
  kGnutella,
  kDirectConnect,
  kPeerToPeer,
  kPeerToPeerTv,
  kSkype,
  kXmpp,
  kMsn,
  kYahooMessenger,
  kIrc,
  kNntp,
  kGit,
  kRsync,
  kSocks,
  kModbus,
  kS7,
  kBacnet,
  kDnp3,
  kIec104,
  kCoap,
  kRtpOverTcp,
  kIcecast,
  kFacebookZero,
  kGoogleQuic,
  kX11,
  kRsh,
  kWhois,
  kFinger,
  kPrinting,
  kDiameter,
  kWebSocket,
};
inline constexpr size_t kApplicationCount = static_cast<size_t>(Application::kWebSocket) + 1;

struct ApplicationInfo {
  Application application = Application::kUnknown;
  std::string_view name;      // as rows show it: "TLS", "PostgreSQL"
  std::string_view category;  // "web", "database"
};

// By Application.
inline constexpr std::array<ApplicationInfo, kApplicationCount> kApplications = {{
    {Application::kUnknown, "unknown", "unknown"},
    {Application::kHttp, "HTTP", "web"},
    {Application::kHttp2, "HTTP2", "web"},
    {Application::kTls, "TLS", "web"},
    {Application::kQuic, "QUIC", "web"},
    {Application::kDtls, "DTLS", "web"},
    {Application::kDns, "DNS", "network"},
    {Application::kDnsOverTls, "DoT", "network"},
    {Application::kDnsOverHttps, "DoH", "network"},
    {Application::kDnsOverQuic, "DoQ", "network"},
    {Application::kMdns, "mDNS", "network"},
    {Application::kLlmnr, "LLMNR", "network"},
    {Application::kSsh, "SSH", "remote"},
    {Application::kRtsp, "RTSP", "media"},
    {Application::kRtmp, "RTMP", "media"},
    {Application::kRtp, "RTP", "media"},
    {Application::kRtcp, "RTCP", "media"},
    {Application::kSip, "SIP", "voice"},
    {Application::kStun, "STUN", "voice"},
    {Application::kWebRtc, "WebRTC", "voice"},
    {Application::kSmtp, "SMTP", "mail"},
    {Application::kPop3, "POP3", "mail"},
    {Application::kImap, "IMAP", "mail"},
    {Application::kFtp, "FTP", "transfer"},
    {Application::kFtpData, "FTP-data", "transfer"},
    {Application::kGridFtp, "GridFTP", "transfer"},
    {Application::kXrootd, "XRootD", "transfer"},
    {Application::kFdt, "FDT", "transfer"},
    {Application::kBbcp, "bbcp", "transfer"},
    {Application::kPerfSonar, "perfSONAR", "network"},
    {Application::kIperf, "iperf", "network"},
    {Application::kMqtt, "MQTT", "queue"},
    {Application::kAmqp, "AMQP", "queue"},
    {Application::kKafka, "Kafka", "queue"},
    {Application::kSmb, "SMB", "files"},
    {Application::kNfs, "NFS", "files"},
    {Application::kRpc, "RPC", "network"},
    {Application::kRdp, "RDP", "remote"},
    {Application::kVnc, "VNC", "remote"},
    {Application::kTelnet, "Telnet", "remote"},
    {Application::kLdap, "LDAP", "directory"},
    {Application::kKerberos, "Kerberos", "directory"},
    {Application::kRadius, "RADIUS", "directory"},
    {Application::kSnmp, "SNMP", "network"},
    {Application::kSyslog, "Syslog", "network"},
    {Application::kNtp, "NTP", "network"},
    {Application::kPtp, "PTP", "network"},
    {Application::kDhcp, "DHCP", "network"},
    {Application::kTftp, "TFTP", "transfer"},
    {Application::kNetBios, "NetBIOS", "network"},
    {Application::kSsdp, "SSDP", "network"},
    {Application::kWsDiscovery, "WS-Discovery", "network"},
    {Application::kNetFlow, "NetFlow", "network"},
    {Application::kBgp, "BGP", "network"},
    {Application::kWireGuard, "WireGuard", "vpn"},
    {Application::kOpenVpn, "OpenVPN", "vpn"},
    {Application::kIpsec, "IPsec", "vpn"},
    {Application::kPptp, "PPTP", "vpn"},
    {Application::kL2tp, "L2TP", "vpn"},
    {Application::kTunnel, "tunnel", "vpn"},
    {Application::kRedis, "Redis", "database"},
    {Application::kPostgreSql, "PostgreSQL", "database"},
    {Application::kMySql, "MySQL", "database"},
    {Application::kSqlServer, "SQL-Server", "database"},
    {Application::kOracle, "Oracle", "database"},
    {Application::kMongoDb, "MongoDB", "database"},
    {Application::kMemcached, "memcached", "database"},
    {Application::kCassandra, "Cassandra", "database"},
    {Application::kElasticsearch, "Elasticsearch", "database"},
    {Application::kZookeeper, "ZooKeeper", "queue"},
    {Application::kBitTorrent, "BitTorrent", "p2p"},
    {Application::kEd2k, "eDonkey", "p2p"},
    {Application::kGnutella, "Gnutella", "p2p"},
    {Application::kDirectConnect, "DirectConnect", "p2p"},
    {Application::kPeerToPeer, "P2P", "p2p"},
    {Application::kPeerToPeerTv, "P2P-TV", "p2p"},
    {Application::kSkype, "Skype", "voice"},
    {Application::kXmpp, "XMPP", "chat"},
    {Application::kMsn, "MSN", "chat"},
    {Application::kYahooMessenger, "YMSG", "chat"},
    {Application::kIrc, "IRC", "chat"},
    {Application::kNntp, "NNTP", "news"},
    {Application::kGit, "git", "transfer"},
    {Application::kRsync, "rsync", "transfer"},
    {Application::kSocks, "SOCKS", "proxy"},
    {Application::kModbus, "Modbus", "industry"},
    {Application::kS7, "S7", "industry"},
    {Application::kBacnet, "BACnet", "industry"},
    {Application::kDnp3, "DNP3", "industry"},
    {Application::kIec104, "IEC104", "industry"},
    {Application::kCoap, "CoAP", "queue"},
    {Application::kRtpOverTcp, "RTP-TCP", "media"},
    {Application::kIcecast, "Icecast", "media"},
    {Application::kFacebookZero, "FacebookZero", "web"},
    {Application::kGoogleQuic, "gQUIC", "web"},
    {Application::kX11, "X11", "remote"},
    {Application::kRsh, "rsh", "remote"},
    {Application::kWhois, "whois", "directory"},
    {Application::kFinger, "finger", "directory"},
    {Application::kPrinting, "IPP", "printing"},
    {Application::kDiameter, "Diameter", "directory"},
    {Application::kWebSocket, "WebSocket", "web"},
}};
static_assert(
    [] {
      for (size_t i = 0; i < kApplicationCount; ++i) {
        if (static_cast<size_t>(kApplications[i].application) != i) return false;
      }
      return true;
    }(),
    "each application stands at its number");

constexpr const ApplicationInfo& Describe(Application application) {
  const auto i = static_cast<size_t>(application);
  return kApplications[i < kApplicationCount ? i : 0];
}

// How an application is known; the strongest one counts.
enum class Evidence : uint8_t {
  kNone,
  kName,       // a name of the server says what it serves: that of DNS, or that of a hello
  kPort,       // the server's port is registered for it, and the payload does not speak against it
  kAnnounced,  // SIP announced it
  kSignature,  // the payload is that of the protocol
};
constexpr std::string_view EvidenceName(Evidence evidence) {
  constexpr std::array<std::string_view, 5> kNames = {"none", "name", "port", "announced",
                                                      "signature"};
  const auto i = static_cast<size_t>(evidence);
  return i < kNames.size() ? kNames[i] : kNames[0];
}

}  // namespace tstat::inline v1

#endif  // TSTAT_APPLICATION_H_
