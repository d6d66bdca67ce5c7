// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/applications.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "names/dns_wire.h"

namespace tstat::internal {
namespace {

using std::string_view_literals::operator""sv;

bool StartsWithAny(ByteReader b, std::initializer_list<std::string_view> starts) {
  return std::any_of(starts.begin(), starts.end(),
                     [&](std::string_view start) { return b.StartsWith(start); });
}

// RFC 8489, 5: two zero bits, a length of whole words, the cookie.
bool IsStunMessage(const UdpMessage& m) {
  constexpr size_t kLength = 2, kCookie = 4, kHeader = 20;
  constexpr uint32_t kMagic = 0x2112A442;
  const uint16_t length = m.bytes.U16(kLength);
  return (m.bytes.U8(0) & 0xC0) == 0 && length % 4 == 0 && m.bytes.Has(0, kHeader) &&
         m.bytes.U32(kCookie) == kMagic && size_t{length} + kHeader <= m.size;
}
// Before there was a cookie (RFC 3489, 11.1): binding and secrets, with their answers and errors.
bool IsOldStunMessage(const UdpMessage& m) {
  constexpr size_t kLength = 2, kHeader = 20;
  const uint16_t type = m.bytes.U16(0), kind = type & 0xFEEF;
  const bool is_port = m.HasPort(3478) || m.HasPort(3479);
  return is_port && m.bytes.Has(0, kHeader) && (kind == 1 || kind == 2) &&
         size_t{m.bytes.U16(kLength)} + kHeader == m.size;
}

// The header, and a first name, type and class that can be (RFC 1035, 4.1).
bool LooksLikeDns(const UdpMessage& m) {
  constexpr size_t kHeader = 12, kFlags = 2, kQuestions = 4, kAnswers = 6;
  constexpr uint16_t kMostQuestions = 64, kMostRecords = 8192;
  const ByteReader& b = m.bytes;
  if (!b.Has(0, kHeader)) return false;
  const uint8_t opcode = b.U8(kFlags) >> 3 & 0xF, reserved = b.U8(kFlags + 1) & 0x40;
  if (opcode > 6 || opcode == 3 || reserved != 0) return false;
  const bool is_answer = (b.U8(kFlags) & 0x80) != 0;
  const uint16_t questions = b.U16(kQuestions);
  if (questions > kMostQuestions || b.U16(kAnswers) > kMostRecords) return false;
  if (questions == 0) return is_answer || b.U16(kAnswers) != 0;
  const DnsWire wire(b, b.size());
  size_t at = kHeader;
  uint32_t pointers = dns_name::kMaxPointers;
  if (!SkipDnsName(wire, &at, &pointers)) return b.size() < m.size;  // cut
  const uint16_t record_class = wire.U16(at + 2) & 0x7FFF;
  return record_class == 1 || record_class == 3 || record_class == 4 ||
         (record_class >= 254 && record_class <= 255) || (!wire.Has(at, 4) && b.size() < m.size);
}
bool IsDnsMessage(const UdpMessage& m) { return m.HasPort(53) && LooksLikeDns(m); }
bool IsMulticastDns(const UdpMessage& m) { return m.HasPort(5353) && LooksLikeDns(m); }
bool IsLocalName(const UdpMessage& m) { return m.HasPort(5355) && LooksLikeDns(m); }
// On other ports one question and nothing that DNS of today does not have.
bool IsDnsElsewhere(const UdpMessage& m) {
  constexpr size_t kFlags = 2, kQuestions = 4, kAnswers = 6, kAuthorities = 8, kMore = 10;
  const ByteReader& b = m.bytes;
  const bool is_answer = (b.U8(kFlags) & 0x80) != 0;
  return b.U16(kQuestions) == 1 && (b.U8(kFlags) & 0x78) == 0 &&
         (is_answer || (b.U16(kAnswers) == 0 && b.U16(kAuthorities) == 0)) && b.U16(kMore) <= 2 &&
         b.U16(kAnswers) < 256 && b.U8(12) != 0 && LooksLikeDns(m) && m.source_port != 137 &&
         m.destination_port != 137;
}

// RFC 3261, 7: a request or a response of version 2.0.
bool IsSipMessage(const UdpMessage& m) {
  if (m.bytes.StartsWith("SIP/2.0 ")) return true;
  if (!StartsWithAny(m.bytes, {"REGISTER ", "INVITE ", "ACK ", "BYE ", "CANCEL ", "OPTIONS ",
                               "PRACK ", "UPDATE ", "SUBSCRIBE ", "NOTIFY ", "PUBLISH ", "INFO ",
                               "REFER ", "MESSAGE "})) {
    return false;
  }
  const std::string_view line = m.bytes.Text(0, 512);
  const std::string_view target = line.substr(line.find(' ') + 1);
  return target.starts_with("sip:") || target.starts_with("sips:") || target.starts_with("tel:") ||
         target.starts_with("urn:service:");
}

// RFC 5905, 7.3, and its predecessors: versions 1 to 4, a header of 48 bytes with whole words
// behind it, and a stratum; or control messages (RFC 9327, 2), and those of mode 7, which are 8
// bytes and items (of ntpd).
bool IsNtpMessage(const UdpMessage& m) {
  constexpr size_t kShortest = 48, kStratum = 1, kCount = 10, kControlHeader = 12;
  constexpr size_t kPrivateHeader = 8, kItems = 4;
  constexpr uint8_t kMostStratum = 16, kControl = 6, kPrivate = 7;
  const uint8_t version = m.bytes.U8(0) >> 3 & 7, mode = m.bytes.U8(0) & 7;
  if (!m.HasPort(123) || version < 1 || version > 4 || mode == 0) return false;
  if (mode == 3 && m.destination_port != 123) return false;  // what a client asks
  if (mode == 4 && m.source_port != 123) return false;       // what a server answers
  if (mode == kPrivate) return m.size >= kPrivateHeader && (m.bytes.U16(kItems) & 0xFFF) <= 500;
  if (mode == kControl) {
    return m.size >= kControlHeader && size_t{m.bytes.U16(kCount)} + kControlHeader <= m.size;
  }
  return m.size >= kShortest && m.size % 4 == 0 && m.bytes.U8(kStratum) <= kMostStratum;
}

// On other ports, without extensions: a stratum and an interval that can be, the root's delay and
// dispersion of less than 16 seconds each, and a time of this century when it was sent. A request
// without times is that of the simplest clients: all zeros.
bool IsNtpElsewhere(const UdpMessage& m) {
  constexpr size_t kBytes = 48, kStratum = 1, kInterval = 2, kPrecision = 3, kDelay = 4;
  constexpr size_t kDispersion = 8, kReference = 16, kSent = 40;
  constexpr uint32_t kYear2000 = 3155673600, kMostRoot = 16u << 16;
  const ByteReader& b = m.bytes;
  const uint8_t version = b.U8(0) >> 3 & 7, mode = b.U8(0) & 7, leap = b.U8(0) >> 6;
  if (m.size != kBytes || !b.Has(0, kBytes) || (version != 3 && version != 4)) return false;
  if (mode < 1 || mode > 5 || b.U8(kStratum) > 16) return false;
  if (b.U8(kInterval) > 17 || b.U32(kDelay) >= kMostRoot || b.U32(kDispersion) >= kMostRoot) {
    return false;
  }
  const uint32_t sent = b.U32(kSent);
  if (sent < kYear2000) return false;
  if (mode == 3) return leap == 0 || leap == 3;
  const uint32_t reference = b.U32(kReference);
  return static_cast<int8_t>(b.U8(kPrecision)) < 0 && (reference == 0 || reference >= kYear2000);
}

// The content of a value in BER behind its tag; `*at` moves there. False: no length.
bool EnterBer(ByteReader b, uint8_t tag, size_t* at, size_t* length) {
  if (!b.Has(*at, 2) || b.U8(*at) != tag) return false;
  const uint8_t first = b.U8(*at + 1);
  *at += 2;
  *length = first;
  if (first < 0x80) return true;
  const uint8_t bytes = first & 0x7F;
  if (bytes == 0 || bytes > 4 || !b.Has(*at, bytes)) return false;
  *length = 0;
  for (uint8_t i = 0; i < bytes; ++i) *length = *length << 8 | b.U8(*at + i);
  *at += bytes;
  return true;
}
constexpr uint8_t kBerSequence = 0x30, kBerInteger = 2, kBerString = 4;

// RFC 1157, RFC 3412: a version, and a community or the header of version 3.
bool IsSnmpMessage(const UdpMessage& m) {
  size_t at = 0, length = 0;
  if (!EnterBer(m.bytes, kBerSequence, &at, &length) || at + length != m.size) return false;
  if (!EnterBer(m.bytes, kBerInteger, &at, &length) || length != 1) return false;
  const uint8_t version = m.bytes.U8(at);
  ++at;
  return version <= 3 && m.bytes.U8(at) == (version == 3 ? kBerSequence : kBerString);
}
// RFC 4511, 4.1.1: a number, then a search or an answer to one (MS-ADTS, 6.3.3).
bool IsLdapMessage(const UdpMessage& m) {
  size_t at = 0, length = 0;
  if (!m.HasPort(389) || !EnterBer(m.bytes, kBerSequence, &at, &length) || at + length != m.size) {
    return false;
  }
  if (!EnterBer(m.bytes, kBerInteger, &at, &length) || length == 0 || length > 4) return false;
  const uint8_t operation = m.bytes.U8(at + length);
  return operation >= 0x60 && operation <= 0x78;
}
// RFC 4120, 5: the application tags of requests, answers and errors.
bool IsKerberosMessage(const UdpMessage& m) {
  const uint8_t tag = m.bytes.U8(0);
  size_t at = 0, length = 0;
  return ((tag >= 0x6A && tag <= 0x6F) || tag == 0x7E) && EnterBer(m.bytes, tag, &at, &length) &&
         at + length == m.size && EnterBer(m.bytes, kBerSequence, &at, &length) &&
         (m.bytes.U8(at) & 0xFE) == 0xA0;
}

// RFC 2865, 3.
bool IsRadiusMessage(const UdpMessage& m) {
  constexpr size_t kLength = 2, kShortest = 20;
  const uint8_t code = m.bytes.U8(0);
  const bool is_code =
      (code >= 1 && code <= 5) || (code >= 11 && code <= 13) || (code >= 40 && code <= 45);
  const bool is_port =
      m.HasPort(1812) || m.HasPort(1813) || m.HasPort(1645) || m.HasPort(1646) || m.HasPort(3799);
  return is_port && is_code && m.size >= kShortest && m.bytes.U16(kLength) <= m.size &&
         m.bytes.U16(kLength) >= kShortest;
}
// Options of a number and a length each, from `at` to the end (RFC 8415, 21.1).
bool AreDhcpOptions(const UdpMessage& m, size_t at) {
  constexpr size_t kHeader = 4, kLength = 2;
  while (at + kHeader <= m.size) {
    if (!m.bytes.Has(at, kHeader)) return m.bytes.size() < m.size;  // cut
    if (m.bytes.U16(at) == 0) return false;
    at += kHeader + m.bytes.U16(at + kLength);
  }
  return at == m.size;
}
// RFC 2131, 3, and RFC 8415, 8 and 9: clients are on port 546, servers and relays on 547.
bool IsDhcpMessage(const UdpMessage& m) {
  constexpr size_t kCookie = 236, kOptions = 4, kRelayOptions = 34;
  constexpr uint8_t kRelayForward = 12, kRelayReply = 13, kLast = 37;
  if (m.destination_port == 546 || m.destination_port == 547) {
    const uint8_t type = m.bytes.U8(0);
    const bool is_relayed = type == kRelayForward || type == kRelayReply;
    return type >= 1 && type <= kLast && AreDhcpOptions(m, is_relayed ? kRelayOptions : kOptions);
  }
  return (m.bytes.U8(0) == 1 || m.bytes.U8(0) == 2) && m.bytes.U32(kCookie) == 0x63825363;
}
bool IsSsdpMessage(const UdpMessage& m) {
  return StartsWithAny(m.bytes, {"M-SEARCH * HTTP/1.1\r\n", "NOTIFY * HTTP/1.1\r\n"}) ||
         (m.HasPort(1900) && m.bytes.StartsWith("HTTP/1.1 200 "));
}
bool IsWsDiscoveryMessage(const UdpMessage& m) {
  return m.HasPort(3702) && StartsWithAny(m.bytes, {"<?xml", "<soap", "<s:Env", "<SOAP"});
}
// RFC 1002, 4.2.1 and 4.4: a question or a record, whose name is 32 letters from A to P; a datagram
// with the address and the port of its sender.
bool IsNetBiosMessage(const UdpMessage& m) {
  constexpr size_t kOperation = 2, kName = 12, kNameBytes = 32, kSourcePort = 8, kShortest = 14;
  const ByteReader& b = m.bytes;
  if (m.HasPort(137)) {
    const uint8_t operation = b.U8(kOperation) >> 3 & 0xF;
    const std::string_view name = b.Text(kName + 1, kNameBytes);
    return operation <= 9 && b.U8(kName) == kNameBytes && m.size > kName + kNameBytes &&
           std::all_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'P'; });
  }
  return m.HasPort(138) && b.U8(0) >= 0x10 && b.U8(0) <= 0x16 && b.U8(1) < 0x10 &&
         b.U16(kSourcePort) == 138 && m.size >= kShortest;
}

// Whether 16 bytes at the end may be what a cipher makes.
bool EndsInCipher(ByteReader b) {
  constexpr size_t kTag = 16, kLeastDistinct = 9;
  std::array<bool, 256> seen{};
  size_t distinct = 0;
  for (const uint8_t c : b.Sub(b.size() - std::min(b.size(), kTag)).bytes()) {
    distinct += std::exchange(seen[c], true) ? 0 : 1;
  }
  return distinct >= kLeastDistinct;
}

// Beginning and answer of a handshake, which have one length each. Later messages have the index of
// who receives them, which is a random number, a counter from 0 on, and whole blocks.
bool IsWireGuardMessage(const UdpMessage& m) {
  constexpr size_t kInitiation = 148, kResponse = 92, kCookie = 64, kData = 32;
  constexpr size_t kReceiver = 4, kCounter = 8;
  if (m.bytes.U24(1) != 0 || !m.bytes.Has(3)) return false;
  switch (m.bytes.U8(0)) {
    case 1:
      return m.size == kInitiation;
    case 2:
      return m.size == kResponse;
    case 3:
      return m.size == kCookie && m.HasPort(51820);
    case 4: {
      const bool is_data = m.size >= kData && m.size % 16 == 0;
      const bool is_sure = m.bytes.Has(kCounter, 8) && m.bytes.U32(kReceiver) > UINT16_MAX &&
                           m.bytes.U32(kCounter + 4) == 0 && EndsInCipher(m.bytes);
      return is_data && (is_sure || m.HasPort(51820));
    }
    default:
      return false;
  }
}
// RFC 7296, 3.1, behind four zeros on port 4500 (RFC 3948, 2.2). What else is on that port, ESP and
// what keeps addresses translated, has no field of a known value: the port tells it.
bool IsIpsecMessage(const UdpMessage& m) {
  constexpr size_t kVersion = 17, kLength = 24, kHeader = 28, kMarker = 4;
  if (!m.HasPort(500) && !m.HasPort(4500)) return false;
  const size_t at = m.HasPort(4500) && m.bytes.U32(0) == 0 ? kMarker : 0;
  const uint8_t version = m.bytes.U8(at + kVersion) >> 4;
  return m.bytes.Has(at, kHeader) && (version == 1 || version == 2) &&
         size_t{m.bytes.U32(at + kLength)} + at == m.size;
}

// BEP 5: dictionaries with a question, an answer or an error.
bool IsTorrentTable(const UdpMessage& m) {
  return StartsWithAny(m.bytes, {"d1:ad2:id20:", "d1:rd2:id20:", "d1:el", "d1:ad6:noseed",
                                 "d2:ip4:", "d2:ip6:", "d1:v4:"}) &&
         m.bytes.Text().find("1:y1:") != std::string_view::npos;
}
// BEP 15: connect requests have a number of their own.
bool IsTorrentTracker(const UdpMessage& m) {
  return m.size == 16 && m.bytes.U64(0) == 0x41727101980 && m.bytes.U32(8) == 0;
}

// BEP 14: who is near.
bool IsTorrentSearch(const UdpMessage& m) { return m.bytes.StartsWith("BT-SEARCH * HTTP/1.1\r\n"); }

// MS-RDPEUDP, 3.1.5.1.1: its SYN acknowledges no number, since none is known.
bool IsRemoteDesktop(const UdpMessage& m) {
  constexpr size_t kFlags = 6;
  constexpr uint16_t kSyn = 1;
  return m.HasPort(3389) && m.bytes.U32(0) == UINT32_MAX && (m.bytes.U16(kFlags) & kSyn) != 0;
}

// The answer of a resolver of DNSCrypt, version 2 of its protocol, section 8.
bool IsDnsCryptAnswer(const UdpMessage& m) { return m.bytes.StartsWith("r6fnvWj8") && m.size > 48; }

// What all versions of QUIC have in common (RFC 8999): a long header with two connection ids, here
// of up to 20 bytes.
bool ReadQuicInvariants(const UdpMessage& m, uint32_t* version, size_t* end) {
  constexpr size_t kVersion = 1, kId = 5, kLongestId = 20;
  const ByteReader& b = m.bytes;
  if ((b.U8(0) & 0x80) == 0 || !b.Has(kId)) return false;
  *version = b.U32(kVersion);
  const size_t destination = b.U8(kId), source_at = kId + 1 + destination;
  if (!b.Has(source_at)) return false;
  const size_t source = b.U8(source_at);
  *end = source_at + 1 + source;
  return destination <= kLongestId && source <= kLongestId && *end <= m.size;
}
// A client that wants to know the server's versions, by one that is none (RFC 9000, 15 and 6.3).
bool IsQuicProbe(const UdpMessage& m) {
  constexpr size_t kShortestInitial = 1200;
  uint32_t version = 0;
  size_t end = 0;
  return m.size >= kShortestInitial && ReadQuicInvariants(m, &version, &end) &&
         (version & 0x0F0F0F0F) == 0x0A0A0A0A;
}
// The server's versions: there is 1, or one that is none, or a draft among them (RFC 9000, 17.2.1).
bool IsQuicNegotiation(const UdpMessage& m) {
  uint32_t version = 0;
  size_t at = 0;
  if (!ReadQuicInvariants(m, &version, &at) || version != 0) return false;
  if (at == m.size || (m.size - at) % sizeof(version) != 0) return false;
  for (; m.bytes.Has(at, sizeof(version)); at += sizeof(version)) {
    const uint32_t offered = m.bytes.U32(at);
    if (offered == 1 || offered >> 8 == 0xFF0000 || (offered & 0x0F0F0F0F) == 0x0A0A0A0A) {
      return true;
    }
  }
  return false;
}

// RFC 1350, 5: requests to read and to write, with the name of a file and a mode.
bool IsTftpMessage(const UdpMessage& m) {
  constexpr size_t kName = 2, kLongestName = 512, kShortest = 9;
  const uint16_t operation = m.bytes.U16(0);
  if (m.destination_port != 69 || (operation != 1 && operation != 2) || m.size < kShortest) {
    return false;
  }
  const std::string_view name = m.bytes.Text(kName, kLongestName);
  const size_t end = name.find('\0');
  if (end == std::string_view::npos) return m.bytes.size() < m.size;  // cut
  const uint8_t mode = m.bytes.U8(kName + end + 1) | 0x20;
  return end > 0 && (mode == 'n' || mode == 'o' || mode == 'm');
}
bool IsSyslogMessage(const UdpMessage& m) {
  const std::string_view text = m.bytes.Text(0, 6);
  const size_t end = text.find('>');
  return text.starts_with('<') && end >= 2 && end <= 4 && m.HasPort(514) &&
         std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(end),
                     [](char c) { return c >= '0' && c <= '9'; });
}
// RFC 7252, 3 and 12.1, on its port: version 1, a token of at most 8 bytes, a code of a request or
// of an answer, options that end with the message or with the mark of a payload.
bool IsCoapMessage(const UdpMessage& m) {
  constexpr size_t kHeader = 4, kCode = 1;
  constexpr uint8_t kLongestToken = 8, kPayload = 0xFF, kReserved = 15, kByte = 13, kTwoBytes = 14;
  const ByteReader& b = m.bytes;
  const uint8_t token = b.U8(0) & 0xF, kind = b.U8(kCode) >> 5, detail = b.U8(kCode) & 0x1F;
  if (!m.HasPort(5683) || !b.Has(0, kHeader) || b.U8(0) >> 6 != 1 || token > kLongestToken) {
    return false;
  }
  if (b.U8(kCode) == 0) return m.size == kHeader && token == 0;
  const bool is_code = kind == 0 ? detail <= 7 : kind == 2 || kind == 4 || kind == 5;
  if (!is_code) return false;
  size_t at = kHeader + token;
  while (at < m.size && b.Has(at) && b.U8(at) != kPayload) {
    const uint8_t delta = b.U8(at) >> 4, length = b.U8(at) & 0xF;
    if (delta == kReserved || length == kReserved) return false;
    ++at;
    if (delta >= kByte) at += delta == kByte ? 1 : 2;
    size_t bytes = length;
    if (length == kByte) bytes = size_t{b.U8(at)} + kByte, at += 1;
    if (length == kTwoBytes) bytes = size_t{b.U16(at)} + 269, at += 2;
    at += bytes;
  }
  return at < m.size ? at + 1 < m.size || !b.Has(at) : at == m.size;
}
// IPFIX tells its length (RFC 7011, 3.1); version 5 the number of its records, of 48 bytes behind
// 24; version 9 that of its records, and a set with its length (RFC 3954, 5).
bool IsFlowExport(const UdpMessage& m) {
  constexpr size_t kCount = 2, kHeader5 = 24, kRecord5 = 48, kHeader9 = 20, kShortestSet = 4;
  const uint16_t version = m.bytes.U16(0);
  if (version == 10) return m.bytes.U16(2) == m.size && m.size >= 16;
  if (!m.HasPort(2055) && !m.HasPort(9995) && !m.HasPort(9996)) return false;
  const uint16_t count = m.bytes.U16(kCount);
  if (version == 5) return count > 0 && kHeader5 + kRecord5 * count == m.size;
  const size_t set = m.bytes.U16(kHeader9 + 2);
  return version == 9 && count > 0 && set >= kShortestSet && kHeader9 + set <= m.size;
}
bool IsBacnetMessage(const UdpMessage& m) {
  return m.HasPort(47808) && m.bytes.U8(0) == 0x81 && m.bytes.U16(2) == m.size;
}
// Version 43 and before have a header of their own: a flag for the version, and one for the eight
// bytes of the connection's number.
bool IsOldGoogleQuic(const UdpMessage& m) {
  constexpr uint8_t kVersionFlag = 0x01, kIdFlag = 0x08, kReserved = 0xC0;
  const uint8_t flags = m.bytes.U8(0);
  // Version 46 has the long header of later ones, but for its connection ids.
  if ((flags & kReserved) == kReserved) return m.bytes.StartsWith("Q046", 1);
  return (flags & (kVersionFlag | kIdFlag)) == (kVersionFlag | kIdFlag) &&
         (flags & kReserved) == 0 && m.bytes.StartsWith("Q0", 9) && m.bytes.U8(11) >= '2' &&
         m.bytes.U8(11) <= '4';
}

struct UdpSignature {
  bool (*matches)(const UdpMessage& m);
  Application application;
};
// In order of precedence: those without a port are the more certain ones.
constexpr UdpSignature kUdpSignatures[] = {
    {IsStunMessage, Application::kStun},         {IsDnsMessage, Application::kDns},
    {IsMulticastDns, Application::kMdns},        {IsLocalName, Application::kLlmnr},
    {IsNtpMessage, Application::kNtp},           {IsDhcpMessage, Application::kDhcp},
    {IsSsdpMessage, Application::kSsdp},         {IsWsDiscoveryMessage, Application::kWsDiscovery},
    {IsNetBiosMessage, Application::kNetBios},   {IsSipMessage, Application::kSip},
    {IsSnmpMessage, Application::kSnmp},         {IsLdapMessage, Application::kLdap},
    {IsKerberosMessage, Application::kKerberos}, {IsRadiusMessage, Application::kRadius},
    {IsIpsecMessage, Application::kIpsec},       {IsWireGuardMessage, Application::kWireGuard},
    {IsTorrentTable, Application::kBitTorrent},  {IsTorrentTracker, Application::kBitTorrent},
    {IsOldGoogleQuic, Application::kGoogleQuic}, {IsTftpMessage, Application::kTftp},
    {IsSyslogMessage, Application::kSyslog},     {IsCoapMessage, Application::kCoap},
    {IsFlowExport, Application::kNetFlow},       {IsBacnetMessage, Application::kBacnet},
    {IsTorrentSearch, Application::kBitTorrent}, {IsRemoteDesktop, Application::kRdp},
    {IsDnsCryptAnswer, Application::kDns},       {IsQuicProbe, Application::kQuic},
    {IsQuicNegotiation, Application::kQuic},     {IsOldStunMessage, Application::kStun},
    {IsDnsElsewhere, Application::kDns},         {IsNtpElsewhere, Application::kNtp},
};

struct UdpPort {
  uint16_t port;
  Application application;
};
// IANA's registry, and what everybody uses.
constexpr UdpPort kUdpPorts[] = {
    {53, Application::kDns},           {67, Application::kDhcp},
    {68, Application::kDhcp},          {69, Application::kTftp},
    {88, Application::kKerberos},      {111, Application::kRpc},
    {123, Application::kNtp},          {137, Application::kNetBios},
    {138, Application::kNetBios},      {161, Application::kSnmp},
    {162, Application::kSnmp},         {319, Application::kPtp},
    {320, Application::kPtp},          {389, Application::kLdap},
    {443, Application::kQuic},         {500, Application::kIpsec},
    {514, Application::kSyslog},       {546, Application::kDhcp},
    {547, Application::kDhcp},         {784, Application::kDnsOverQuic},
    {853, Application::kDnsOverQuic},  {1194, Application::kOpenVpn},
    {1645, Application::kRadius},      {1646, Application::kRadius},
    {1701, Application::kL2tp},        {1812, Application::kRadius},
    {1813, Application::kRadius},      {1900, Application::kSsdp},
    {2049, Application::kNfs},         {2055, Application::kNetFlow},
    {3389, Application::kRdp},         {3478, Application::kStun},
    {3702, Application::kWsDiscovery}, {4500, Application::kIpsec},
    {4739, Application::kNetFlow},     {5060, Application::kSip},
    {5353, Application::kMdns},        {5355, Application::kLlmnr},
    {5683, Application::kCoap},        {11211, Application::kMemcached},
    {47808, Application::kBacnet},     {51820, Application::kWireGuard},
};

struct UdpTypeApplication {
  UdpType type;
  Application application;
};
// The first one with an application is its type.
constexpr UdpTypeApplication kUdpTypeApplications[] = {
    {UdpType::kQuic, Application::kQuic},
    {UdpType::kDtls, Application::kDtls},
    {UdpType::kDns, Application::kDns},
    {UdpType::kSip, Application::kSip},
    {UdpType::kRtp, Application::kRtp},
    {UdpType::kRtpPlus, Application::kRtp},
    {UdpType::kRtcp, Application::kRtcp},
    {UdpType::kBitTorrentDht, Application::kBitTorrent},
    {UdpType::kUtp, Application::kBitTorrent},
    {UdpType::kUtpBitTorrent, Application::kBitTorrent},
    {UdpType::kEd2k, Application::kEd2k},
    {UdpType::kKad, Application::kEd2k},
    {UdpType::kKadu, Application::kEd2k},
    {UdpType::kObfuscatedKad, Application::kEd2k},
    {UdpType::kGnutella, Application::kGnutella},
    {UdpType::kDirectConnect, Application::kDirectConnect},
    {UdpType::kKazaa, Application::kPeerToPeer},
    {UdpType::kPpLive, Application::kPeerToPeerTv},
    {UdpType::kSopCast, Application::kPeerToPeerTv},
    {UdpType::kTvAnts, Application::kPeerToPeerTv},
    {UdpType::kPpStream, Application::kPeerToPeerTv},
    {UdpType::kTeredo, Application::kTunnel},
    {UdpType::kSkypeE2e, Application::kSkype},
    {UdpType::kSkypeOut, Application::kSkype},
    {UdpType::kSkypeSignalling, Application::kSkype},
    {UdpType::kMturn, Application::kStun},
};

}  // namespace

Application RecogniseUdp(const UdpMessage& m) {
  if (m.bytes.empty()) return Application::kUnknown;
  for (const UdpSignature& signature : kUdpSignatures) {
    if (signature.matches(m)) return signature.application;
  }
  return Application::kUnknown;
}

bool IsRtcpCompound(const UdpMessage& m) {
  constexpr uint8_t kVersion2 = 0x80, kNoPadding = 0xE0, kCount = 0x1F, kName = 1;
  constexpr uint8_t kSenderReport = 200, kReceiverReport = 201, kDescription = 202, kLast = 207;
  constexpr size_t kWord = 4, kItem = 8, kItemHeader = 2;
  const ByteReader& b = m.bytes;
  const uint8_t report = b.U8(1);
  if ((b.U8(0) & kNoPadding) != kVersion2 || b.size() != m.size) return false;
  if (report != kSenderReport && report != kReceiverReport) return false;
  bool is_named = false;
  size_t at = 0;
  while (b.Has(at, kWord) && (b.U8(at) & 0xC0) == kVersion2) {
    const uint8_t type = b.U8(at + 1);
    const size_t size = kWord * (size_t{b.U16(at + 2)} + 1);
    if (type < kSenderReport || type > kLast || !b.Has(at, size)) return false;
    is_named |= type == kDescription && (b.U8(at) & kCount) > 0 && size > kItem + kItemHeader &&
                b.U8(at + kItem) == kName && kItem + kItemHeader + b.U8(at + kItem + 1) < size;
    at += size;
  }
  return is_named && at == m.size;
}

Application UdpApplicationOfPort(uint16_t port) {
  for (const UdpPort& known : kUdpPorts) {
    if (known.port == port) return known.application;
  }
  return Application::kUnknown;
}

Application ApplicationOf(UdpType type) {
  for (const UdpTypeApplication& known : kUdpTypeApplications) {
    if (known.type == type) return known.application;
  }
  return Application::kUnknown;
}

UdpType UdpTypeOf(Application application) {
  switch (application) {
    case Application::kMdns:
    case Application::kLlmnr:
      return UdpType::kDns;
    case Application::kDnsOverQuic:
    case Application::kGoogleQuic:
      return UdpType::kQuic;
    case Application::kStun:
    case Application::kEd2k:
    case Application::kTunnel:
    case Application::kPeerToPeer:
    case Application::kPeerToPeerTv:
    case Application::kSkype:
      return UdpType::kUnknown;
    default:
      break;
  }
  for (const UdpTypeApplication& known : kUdpTypeApplications) {
    if (known.application == application) return known.type;
  }
  return UdpType::kUnknown;
}

}  // namespace tstat::internal
