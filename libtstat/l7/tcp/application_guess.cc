// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tcp/application_guess.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "l7/byte_class.h"
#include "l7/p2p/bittorrent.h"
#include "l7/p2p/ed2k.h"

namespace tstat::internal {
namespace {

// What Tstat's classifier finds in single segments, the surest first. Its guesses by sizes and by
// randomness (RTMP, obfuscated payload) are none; words that are common count on a port alone.
struct TypeOfConnection {
  uint32_t bit;
  Application application;
  uint16_t port = 0;  // 0: any
};
constexpr TypeOfConnection kTypes[] = {
    {connection_type::kTls, Application::kTls},
    {connection_type::kSsh, Application::kSsh},
    {connection_type::kHttp, Application::kHttp},
    {connection_type::kRtp, Application::kRtpOverTcp},
    {connection_type::kRtsp, Application::kRtsp},
    {connection_type::kIcy, Application::kIcecast},
    {connection_type::kSmtp, Application::kSmtp},
    {connection_type::kPop3, Application::kPop3},
    {connection_type::kImap, Application::kImap},
    {connection_type::kMsn, Application::kMsn, 1863},
    {connection_type::kYmsg, Application::kYahooMessenger, 5050},
    {connection_type::kXmpp, Application::kXmpp},
    {connection_type::kFacebookZero, Application::kFacebookZero},
    {connection_type::kSkype, Application::kSkype},
};

struct Port {
  uint16_t port;
  Application application;
};
// In the order of the ports (IANA's registry, and what is used without being in it).
constexpr Port kTcpPorts[] = {
    {20, Application::kFtpData},      {21, Application::kFtp},
    {22, Application::kSsh},          {23, Application::kTelnet},
    {25, Application::kSmtp},         {43, Application::kWhois},
    {53, Application::kDns},          {79, Application::kFinger},
    {80, Application::kHttp},         {88, Application::kKerberos},
    {102, Application::kS7},          {110, Application::kPop3},
    {111, Application::kRpc},         {119, Application::kNntp},
    {135, Application::kRpc},         {139, Application::kNetBios},
    {143, Application::kImap},        {179, Application::kBgp},
    {389, Application::kLdap},        {443, Application::kTls},
    {445, Application::kSmb},         {465, Application::kSmtp},
    {502, Application::kModbus},      {513, Application::kRsh},
    {514, Application::kRsh},         {554, Application::kRtsp},
    {587, Application::kSmtp},        {631, Application::kPrinting},
    {636, Application::kLdap},        {853, Application::kDnsOverTls},
    {861, Application::kPerfSonar},   {862, Application::kPerfSonar},
    {873, Application::kRsync},       {990, Application::kFtp},
    {993, Application::kImap},        {995, Application::kPop3},
    {1080, Application::kSocks},      {1094, Application::kXrootd},
    {1095, Application::kXrootd},     {1194, Application::kOpenVpn},
    {1433, Application::kSqlServer},  {1521, Application::kOracle},
    {1723, Application::kPptp},       {1883, Application::kMqtt},
    {1935, Application::kRtmp},       {2049, Application::kNfs},
    {2181, Application::kZookeeper},  {2404, Application::kIec104},
    {2811, Application::kGridFtp},    {3268, Application::kLdap},
    {3269, Application::kLdap},       {3306, Application::kMySql},
    {3389, Application::kRdp},        {3478, Application::kStun},
    {3868, Application::kDiameter},   {4662, Application::kEd2k},
    {5001, Application::kIperf},      {5060, Application::kSip},
    {5061, Application::kSip},        {5201, Application::kIperf},
    {5222, Application::kXmpp},       {5223, Application::kXmpp},
    {5269, Application::kXmpp},       {5349, Application::kStun},
    {5432, Application::kPostgreSql}, {5671, Application::kAmqp},
    {5672, Application::kAmqp},       {5900, Application::kVnc},
    {6379, Application::kRedis},      {6667, Application::kIrc},
    {6697, Application::kIrc},        {6881, Application::kBitTorrent},
    {8080, Application::kHttp},       {8443, Application::kTls},
    {8883, Application::kMqtt},       {9042, Application::kCassandra},
    {9092, Application::kKafka},      {9200, Application::kElasticsearch},
    {9418, Application::kGit},        {11211, Application::kMemcached},
    {20000, Application::kDnp3},      {27017, Application::kMongoDb},
    {54321, Application::kFdt},
};
static_assert(std::ranges::is_sorted(kTcpPorts, {}, &Port::port));

// Ports on which TLS carries one protocol.
constexpr Port kTlsPorts[] = {
    {465, Application::kSmtp},       {563, Application::kNntp},  {636, Application::kLdap},
    {853, Application::kDnsOverTls}, {990, Application::kFtp},   {993, Application::kImap},
    {995, Application::kPop3},       {3269, Application::kLdap}, {3389, Application::kRdp},
    {5061, Application::kSip},       {5223, Application::kXmpp}, {5349, Application::kStun},
    {5671, Application::kAmqp},      {6697, Application::kIrc},  {8883, Application::kMqtt},
};
static_assert(std::ranges::is_sorted(kTlsPorts, {}, &Port::port));

template <size_t kCount>
Application Find(const Port (&ports)[kCount], uint16_t port) {
  const Port* const found = std::ranges::lower_bound(ports, port, {}, &Port::port);
  return found != std::end(ports) && found->port == port ? found->application
                                                         : Application::kUnknown;
}

struct NamedWord {
  std::string_view word;
  Application application;
};
// Names of protocols in ALPN (IANA's registry).
constexpr NamedWord kAlpnWords[] = {
    {"dot", Application::kDnsOverTls},
    {"imap", Application::kImap},
    {"pop3", Application::kPop3},
    {"ftp", Application::kFtp},
    {"xmpp-client", Application::kXmpp},
    {"xmpp-server", Application::kXmpp},
    {"mqtt", Application::kMqtt},
    {"irc", Application::kIrc},
    {"nntp", Application::kNntp},
    {"stun.turn", Application::kStun},
    {"stun.nat-discovery", Application::kStun},
    {"webrtc", Application::kWebRtc},
    {"c-webrtc", Application::kWebRtc},
    {"smb", Application::kSmb},
    {"sip/2", Application::kSip},
    {"postgresql", Application::kPostgreSql},
    {"coap", Application::kCoap},
};
// First labels of names, without digits.
constexpr NamedWord kFirstLabels[] = {
    {"smtp", Application::kSmtp}, {"imap", Application::kImap},
    {"pop", Application::kPop3},  {"ftp", Application::kFtp},
    {"ntp", Application::kNtp},   {"stun", Application::kStun},
    {"turn", Application::kStun}, {"mqtt", Application::kMqtt},
    {"xmpp", Application::kXmpp}, {"ldap", Application::kLdap},
    {"irc", Application::kIrc},   {"nntp", Application::kNntp},
    {"sip", Application::kSip},   {"rsync", Application::kRsync},
    {"git", Application::kGit},   {"doh", Application::kDnsOverHttps},
};
// Public resolvers that answer over HTTP.
constexpr std::string_view kResolversOverHttps[] = {
    "dns.google",     "cloudflare-dns.com", "dns.quad9.net",
    "dns.nextdns.io", "dns.adguard.com",    "doh.opendns.com",
};

template <size_t kCount>
Application Find(const NamedWord (&words)[kCount], std::string_view word) {
  const NamedWord* const found = std::ranges::find(words, word, &NamedWord::word);
  return found != std::end(words) ? found->application : Application::kUnknown;
}

// Names do not differ by case, and may end in a dot (RFC 4343; RFC 1034, 3.1).
bool IsResolverOverHttps(std::string_view server_name) {
  std::string name(server_name);
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (name.ends_with('.')) name.pop_back();
  return std::ranges::any_of(kResolversOverHttps, [&name](std::string_view known) {
    return name == known || (name.ends_with(known) && name.size() > known.size() &&
                             name[name.size() - known.size() - 1] == '.');
  });
}

void Set(Application application, Evidence evidence, TcpLayer7* layer7) {
  layer7->application = application;
  layer7->evidence = evidence;
}

void TakeTypes(uint16_t port, TcpLayer7* layer7) {
  if ((layer7->connection_type & connection_type::kP2p) != 0) {
    const uint16_t protocol = layer7->p2p_code / 100;
    return Set(protocol == kBitTorrentProtocol ? Application::kBitTorrent
               : protocol == kEd2kProtocol     ? Application::kEd2k
                                               : Application::kPeerToPeer,
               Evidence::kSignature, layer7);
  }
  const TypeOfConnection* const type =
      std::ranges::find_if(kTypes, [layer7, port](const TypeOfConnection& t) {
        return (layer7->connection_type & t.bit) != 0 && (t.port == 0 || t.port == port);
      });
  if (type != std::end(kTypes)) Set(type->application, Evidence::kSignature, layer7);
}

// TLS says what it carries by the protocol that its ends agree on, by the port, or by a name.
void LookIntoTls(uint16_t port, TcpLayer7* layer7) {
  std::string_view name = layer7->tls_server_name;
  bool is_web = false;  // by the server's choice, whatever the port is for
  if (layer7->handshake != nullptr) {
    const HandshakeDetails& details = *layer7->handshake;
    if (name.empty()) name = details.server_name;
    // A client that nobody answered has only asked.
    const std::string_view alpn = details.server_answered ? AgreedProtocol(details) : "";
    const Application found = Find(kAlpnWords, alpn.substr(0, alpn.find(',')));
    if (found != Application::kUnknown) return Set(found, Evidence::kSignature, layer7);
    is_web = details.server_alpn == "h2" || details.server_alpn.starts_with("http/");
  }
  const Application found = is_web ? Application::kUnknown : Find(kTlsPorts, port);
  if (found != Application::kUnknown) {
    return Set(found, Evidence::kPort, layer7);
  }
  if (IsResolverOverHttps(name)) Set(Application::kDnsOverHttps, Evidence::kName, layer7);
}

}  // namespace

Application ApplicationOfTcpPort(uint16_t port) { return Find(kTcpPorts, port); }
Application ApplicationInTls(uint16_t port) { return Find(kTlsPorts, port); }

Application ApplicationOfName(std::string_view name) {
  std::string_view label = name.substr(0, name.find('.'));
  while (!label.empty() && IsDigit(static_cast<uint8_t>(label.back()))) label.remove_suffix(1);
  return label.size() == name.size() ? Application::kUnknown : Find(kFirstLabels, label);
}

void CompleteApplication(TcpFlow* record) {
  TcpLayer7& layer7 = record->layer7;
  const uint16_t port = record->endpoints.server.port;
  if (layer7.application == Application::kUnknown) TakeTypes(port, &layer7);
  if (layer7.application == Application::kTls) LookIntoTls(port, &layer7);
  if (layer7.application != Application::kUnknown) return;
  if (const Application found = ApplicationOfTcpPort(port); found != Application::kUnknown) {
    return Set(found, Evidence::kPort, &layer7);
  }
  if (record->endpoints.resolution == nullptr) return;
  const Application found = ApplicationOfName(record->endpoints.resolution->name);
  if (found != Application::kUnknown) Set(found, Evidence::kName, &layer7);
}

}  // namespace tstat::internal
