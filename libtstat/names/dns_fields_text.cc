// SPDX-License-Identifier: BSD-3-Clause
#include "names/dns_fields_text.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include "tstat/ip_address.h"

namespace tstat::internal {
namespace {

// --- parameters of services (RFC 9460, 2.1 and 14.3)

namespace parameter {
constexpr uint16_t kMandatory = 0, kAlpn = 1, kNoDefaultAlpn = 2, kPort = 3, kIpv4Hint = 4,
                   kEch = 5, kIpv6Hint = 6;
constexpr std::string_view kNames[] = {"mandatory", "alpn", "no-default-alpn", "port",
                                       "ipv4hint",  "ech",  "ipv6hint",        "dohpath"};
}  // namespace parameter

void AppendParameterName(uint16_t key, DnsText& out) {
  if (key < std::size(parameter::kNames)) return out.Put(parameter::kNames[key]);
  out.Put("key");
  out.PutNumber(key);
}

constexpr bool IsSpace(uint8_t byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }
bool HasSpace(const DnsWire& value) {
  for (size_t i = 0; i < value.size(); ++i) {
    if (IsSpace(value.U8(i))) return true;
  }
  return false;
}

void AppendValueByte(uint8_t byte, std::string_view special, DnsText& out) {
  const bool printable = (byte >= ' ' && byte < 0x7F) || byte == '\t';
  if (!printable) return out.PutEscaped(byte);
  if (special.find(static_cast<char>(byte)) != std::string_view::npos) out.Put('\\');
  out.Put(static_cast<char>(byte));
}

bool AppendMandatory(const DnsWire& value, DnsText& out) {
  if (value.size() % 2 != 0) return false;
  for (size_t i = 0; i < value.size(); i += 2) {
    if (i > 0) out.Put(',');
    AppendParameterName(value.U16(i), out);
  }
  return true;
}

bool AppendAlpn(const DnsWire& value, DnsText& out) {
  bool quoted = false;  // not for a length that is that of a blank
  for (size_t at = 0; at < value.size(); at += size_t{1} + value.U8(at)) {
    const size_t length = value.U8(at);
    if (!value.Has(at + 1, length)) return false;
    quoted |= HasSpace(value.Sub(at + 1, length));
  }
  if (quoted) out.Put('"');
  for (size_t at = 0; at < value.size();) {
    const size_t length = value.U8(at);
    if (at > 0) out.Put(',');
    for (size_t i = at + 1; i <= at + length; ++i) AppendValueByte(value.U8(i), "\",\\", out);
    at += 1 + length;
  }
  if (quoted) out.Put('"');
  return true;
}

using AppendAddress = void (*)(const DnsWire& field, DnsText& out);
bool AppendHints(const DnsWire& value, size_t bytes, AppendAddress append, DnsText& out) {
  if (value.size() % bytes != 0) return false;
  for (size_t i = 0; i < value.size(); i += bytes) {
    if (i > 0) out.Put(',');
    append(value.Sub(i, bytes), out);
  }
  return true;
}

void AppendOther(const DnsWire& value, DnsText& out) {
  const bool quoted = HasSpace(value);
  if (quoted) out.Put('"');
  for (size_t i = 0; i < value.size(); ++i) AppendValueByte(value.U8(i), "\"\\", out);
  if (quoted) out.Put('"');
}

// REQUIRES: not empty.
bool AppendParameterValue(uint16_t key, const DnsWire& value, DnsText& out) {
  switch (key) {
    case parameter::kMandatory:
      return AppendMandatory(value, out);
    case parameter::kAlpn:
      return AppendAlpn(value, out);
    case parameter::kNoDefaultAlpn:
      return false;
    case parameter::kPort:
      if (value.size() != 2) return false;
      out.PutNumber(value.U16(0));
      return true;
    case parameter::kIpv4Hint:
      return AppendHints(value, 4, AppendDnsIpv4, out);
    case parameter::kIpv6Hint:
      return AppendHints(value, 16, AppendDnsIpv6, out);
    case parameter::kEch:
      AppendDnsBase64(value, out);
      return true;
    default:
      AppendOther(value, out);
      return true;
  }
}

// --- places on earth (RFC 1876)

void AppendPadded(uint32_t number, uint32_t least, DnsText& out) {
  for (uint32_t digit = least; digit > 1 && number < digit; digit /= 10) out.Put('0');
  out.PutNumber(number);
}

// `value`: thousandths of a second of arc, 2^31 more than it is north or east.
void AppendAngle(uint32_t value, char positive, char negative, DnsText& out) {
  constexpr uint32_t kEquator = uint32_t{1} << 31;
  constexpr uint32_t kSecond = 1000, kMinute = 60 * kSecond, kDegree = 60 * kMinute;
  const bool is_positive = value > kEquator;
  const uint32_t angle = is_positive ? value - kEquator : kEquator - value;
  AppendPadded(angle / kDegree, 10, out);
  out.Put(' ');
  AppendPadded(angle % kDegree / kMinute, 10, out);
  out.Put(' ');
  out.PutNumber(angle % kMinute / kSecond);
  out.Put('.');
  AppendPadded(angle % kSecond, 100, out);
  out.Put(' ');
  out.Put(is_positive ? positive : negative);
  out.Put(' ');
}

// `value`: centimetres above a place far below the sea. Without a fraction where there is none.
void AppendAltitude(uint32_t value, DnsText& out) {
  constexpr uint32_t kSea = 10'000'000;
  const uint32_t centimetres = value < kSea ? kSea - value : value - kSea;
  if (value < kSea) out.Put('-');
  out.PutNumber(centimetres / 100);
  if (centimetres % 100 != 0) {
    out.Put('.');
    AppendPadded(centimetres % 100, 10, out);
  }
  out.Put('m');
}

// Centimetres as mantissa and exponent.
void AppendSize(uint8_t size, DnsText& out) {
  const uint32_t mantissa = size >> 4, zeros = size & 15;
  if (zeros < 2) {
    out.Put("0.");
    AppendPadded(zeros == 1 ? 10 * mantissa : mantissa, 10, out);
  } else {
    out.PutNumber(mantissa);
    for (uint32_t i = 2; i < zeros; ++i) out.Put('0');
  }
  out.Put('m');
}

// --- protocols and services (RFC 1035, 3.4.2; IANA), without a look at the system's own tables

struct Protocol {
  uint8_t number;
  std::string_view name;
};
constexpr Protocol kProtocols[] = {
    {0, "ip"},         {1, "icmp"},  {2, "igmp"},  {3, "ggp"},  {4, "ipencap"}, {5, "st"},
    {6, "tcp"},        {8, "egp"},   {9, "igp"},   {12, "pup"}, {17, "udp"},    {20, "hmp"},
    {22, "xns-idp"},   {27, "rdp"},  {41, "ipv6"}, {47, "gre"}, {50, "esp"},    {51, "ah"},
    {58, "ipv6-icmp"}, {89, "ospf"}, {132, "sctp"}};
constexpr uint8_t kTcp = 6, kUdp = 17;

struct Service {
  uint16_t port;
  std::string_view name;
  bool tcp, udp;
};
constexpr Service kServices[] = {
    {7, "echo", true, true},       {9, "discard", true, true},
    {11, "systat", true, false},   {13, "daytime", true, true},
    {17, "qotd", true, false},     {19, "chargen", true, true},
    {20, "ftp-data", true, false}, {21, "ftp", true, false},
    {22, "ssh", true, false},      {23, "telnet", true, false},
    {25, "smtp", true, false},     {37, "time", true, true},
    {43, "whois", true, false},    {49, "tacacs", true, true},
    {53, "domain", true, true},    {67, "bootps", false, true},
    {68, "bootpc", false, true},   {69, "tftp", false, true},
    {70, "gopher", true, false},   {79, "finger", true, false},
    {80, "http", true, false},     {88, "kerberos", true, true},
    {110, "pop3", true, false},    {111, "sunrpc", true, true},
    {113, "auth", true, false},    {119, "nntp", true, false},
    {123, "ntp", false, true},     {143, "imap2", true, false},
    {161, "snmp", true, true},     {162, "snmp-trap", true, true},
    {179, "bgp", true, false},     {389, "ldap", true, true},
    {443, "https", true, true},    {465, "submissions", true, false},
    {514, "syslog", false, true},  {587, "submission", true, false},
    {636, "ldaps", true, true},    {853, "domain-s", true, true},
    {993, "imaps", true, false},   {995, "pop3s", true, false},
};

void AppendService(uint8_t protocol, size_t port, DnsText& out) {
  for (const Service& service : kServices) {
    const bool fits = (protocol == kTcp && service.tcp) || (protocol == kUdp && service.udp);
    if (service.port == port && fits) return out.Put(service.name);
  }
  out.PutNumber(port);
}

// --- keys (RFC 4034, appendix B; bits by algorithm as ldns counts them)

uint16_t KeyTag(const DnsWire& data) {
  constexpr size_t kAlgorithm = 3, kKey = 4;
  constexpr uint8_t kRsaMd5 = 1;
  if (data.size() < kKey) return 0;
  if (data.U8(kAlgorithm) == kRsaMd5) {
    return data.size() > kKey ? data.U16(data.size() - 3) : 0;
  }
  uint32_t sum = 0;
  for (size_t i = 0; i < data.size(); ++i) sum += i % 2 == 0 ? data.U8(i) << 8 : data.U8(i);
  return static_cast<uint16_t>(sum + (sum >> 16));
}

// Negative: the exponent is said to be longer than the key.
int64_t KeyBits(uint8_t algorithm, const DnsWire& key) {
  if (key.size() == 0) return 0;
  switch (algorithm) {
    case 1:
    case 5:
    case 7:
    case 8:
    case 10: {
      // The exponent's length, in one byte or in the two behind a zero (RFC 3110, 2).
      const bool is_long = key.U8(0) == 0;
      if (is_long && key.size() <= 3) return 0;
      const int64_t before_modulus = is_long ? 3 + key.U16(1) : 1 + key.U8(0);
      return 8 * (static_cast<int64_t>(key.size()) - before_modulus);
    }
    case 3:
    case 6:
      return 8 * (64 + 8 * int64_t{key.U8(0)});
    case 12:
      return 512;
    case 13:
    case 15:
      return 256;
    case 14:
      return 384;
    case 16:
      return 456;
    case 157:  // HMAC-MD5: bytes (a quirk)
      return static_cast<int64_t>(key.size());
    default:
      return 0;
  }
}

}  // namespace

void AppendDnsIpv4(const DnsWire& field, DnsText& out) {
  char text[IpAddress::kMaxTextLength];
  out.Put({text, IpAddress::V4(field.U32(0)).Format(text, Ipv6Form::kCanonical)});
}

void AppendDnsIpv6(const DnsWire& field, DnsText& out) {
  std::array<uint8_t, 16> bytes;
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = field.U8(i);
  char text[IpAddress::kMaxTextLength];
  out.Put({text, IpAddress::V6(bytes).Format(text, Ipv6Form::kCanonical)});
}

void AppendDnsHex(const DnsWire& field, DnsText& out) {
  for (size_t i = 0; i < field.size(); ++i) out.PutHex(field.U8(i));
}

void AppendDnsBase64(const DnsWire& field, DnsText& out) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t at = 0; at < field.size(); at += 3) {
    const size_t bytes = std::min<size_t>(3, field.size() - at);
    const uint32_t bits = static_cast<uint32_t>(field.U8(at)) << 16 |
                          (bytes > 1 ? static_cast<uint32_t>(field.U8(at + 1)) << 8 : 0) |
                          (bytes > 2 ? field.U8(at + 2) : 0);
    for (size_t i = 0; i < 4; ++i) out.Put(i <= bytes ? kDigits[bits >> (18 - 6 * i) & 63] : '=');
  }
}

bool AppendDnsParameters(const DnsWire& field, DnsText& out) {
  constexpr size_t kHeader = 4;
  for (size_t at = 0; field.Has(at, kHeader);) {
    const uint16_t key = field.U16(at);
    const size_t length = field.U16(at + 2);
    if (!field.Has(at + kHeader, length)) return false;
    if (at > 0) out.Put(' ');
    AppendParameterName(key, out);
    if (length > 0) {
      out.Put('=');
      if (!AppendParameterValue(key, field.Sub(at + kHeader, length), out)) return false;
    }
    at += kHeader + length;
  }
  return true;
}

bool AppendDnsLocation(const DnsWire& field, DnsText& out) {
  constexpr size_t kSize = 1, kHorizontal = 2, kVertical = 3, kLatitude = 4, kLongitude = 8,
                   kAltitude = 12, kBytes = 16;
  if (field.U8(0) != 0) {  // another version
    AppendDnsHex(field, out);
    return true;
  }
  if (field.size() < kBytes) return false;
  AppendAngle(field.U32(kLatitude), 'N', 'S', out);
  AppendAngle(field.U32(kLongitude), 'E', 'W', out);
  AppendAltitude(field.U32(kAltitude), out);
  for (const size_t at : {kSize, kHorizontal, kVertical}) {
    out.Put(' ');
    AppendSize(field.U8(at), out);
  }
  return true;
}

bool AppendDnsPrefixes(const DnsWire& field, DnsText& out) {
  constexpr size_t kHeader = 4;
  constexpr uint16_t kIpv4 = 1, kIpv6 = 2;
  for (size_t at = 0; at < field.size();) {
    if (!field.Has(at, kHeader)) return false;
    const uint16_t family = field.U16(at);
    const uint8_t prefix = field.U8(at + 2);
    const bool negated = (field.U8(at + 3) & 0x80) != 0;
    const size_t length = field.U8(at + 3) & 0x7F;
    const size_t shown = family == kIpv4 ? std::min<size_t>(4, length)
                                         : std::min<size_t>(family == kIpv6 ? 16 : 127, length);
    if (!field.Has(at + kHeader, shown)) return false;
    const DnsWire address = field.Sub(at + kHeader, shown);
    at += kHeader + length;
    if (family != kIpv4 && family != kIpv6) {
      out.Put("Unknown address family: ");
      out.PutNumber(family);
      out.Put(" data: ");
      // From the begin of all prefixes, not of this one (a quirk).
      AppendDnsHex(field.Sub(1, kHeader - 1 + length), out);
      continue;
    }
    if (negated) out.Put('!');
    out.PutNumber(family);
    out.Put(':');
    if (family == kIpv4) {
      for (size_t i = 0; i < 4; ++i) {
        if (i > 0) out.Put('.');
        out.PutNumber(i < shown ? address.U8(i) : 0);
      }
    } else {
      for (size_t i = 0; i < 16; ++i) {
        if (i > 0 && i % 2 == 0) out.Put(':');
        out.PutHex(i < shown ? address.U8(i) : 0);
      }
    }
    out.Put('/');
    out.PutNumber(prefix);
    out.Put(' ');
  }
  return true;
}

bool AppendDnsGateway(const DnsWire& field, DnsText& out) {
  enum : uint8_t { kNone = 0, kIpv4 = 1, kIpv6 = 2, kName = 3 };
  constexpr size_t kHeader = 3;
  if (field.size() < kHeader) return false;
  const uint8_t kind = field.U8(1);
  for (const size_t i : {0, 1, 2}) {
    out.PutNumber(field.U8(i));
    out.Put(' ');
  }
  size_t at = kHeader;
  if (kind == kIpv4 || kind == kIpv6) {
    const size_t bytes = kind == kIpv4 ? 4 : 16;
    if (!field.Has(at, bytes)) return false;
    (kind == kIpv4 ? AppendDnsIpv4 : AppendDnsIpv6)(field.Sub(at, bytes), out);
    at += bytes;
  } else if (kind == kName) {
    const size_t name_at = at;
    uint32_t pointers = dns_name::kMaxPointers;
    if (!SkipDnsName(field, &at, &pointers)) return false;
    AppendDnsName(field, name_at, out);
  } else {
    out.Put('.');
  }
  if (at >= field.size()) return false;  // no key
  out.Put(' ');
  AppendDnsBase64(field.Sub(at, field.size() - at), out);
  return true;
}

bool AppendDnsHostIdentity(const DnsWire& field, DnsText& out) {
  constexpr size_t kHeader = 4;
  const size_t identity = field.U8(0), key = field.U16(2);
  if (identity == 0 || key == 0) return false;
  out.PutNumber(field.U8(1));
  out.Put(' ');
  AppendDnsHex(field.Sub(kHeader, identity), out);
  out.Put(' ');
  AppendDnsBase64(field.Sub(kHeader + identity, key), out);
  return true;
}

bool AppendDnsServices(const DnsWire& field, DnsText& out) {
  const uint8_t number = field.U8(0);
  const auto* const protocol =
      std::find_if(std::begin(kProtocols), std::end(kProtocols),
                   [number](const Protocol& p) { return p.number == number; });
  if (protocol != std::end(kProtocols)) {
    out.Put(protocol->name);
  } else {
    out.PutNumber(number);
  }
  out.Put(' ');
  for (size_t port = 0; port < 8 * (field.size() - 1); ++port) {
    if ((field.U8(1 + port / 8) >> (7 - port % 8) & 1) == 0) continue;
    AppendService(number, port, out);
    out.Put(' ');
  }
  return true;
}

void AppendDnsKeyRemark(const DnsWire& data, DnsText& out) {
  constexpr uint16_t kZoneKey = 0x100, kEntryPoint = 1;
  constexpr size_t kKey = 4;
  const uint16_t flags = data.U16(0);
  out.Put(" ;{id = ");
  out.PutNumber(KeyTag(data));
  if ((flags & kZoneKey) != 0) {
    out.Put((flags & kEntryPoint) != 0 ? " (ksk)" : " (zsk)");
  }
  out.Put(", size = ");
  const size_t key_bytes = data.size() > kKey ? data.size() - kKey : 0;
  const int64_t bits = KeyBits(data.U8(3), data.Sub(kKey, key_bytes));
  if (bits < 0) out.Put('-');
  out.PutNumber(static_cast<uint64_t>(std::abs(bits)));
  out.Put("b}");
}

}  // namespace tstat::internal
