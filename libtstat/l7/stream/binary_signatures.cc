// SPDX-License-Identifier: BSD-3-Clause
//
// Protocols that begin with numbers: lengths, versions and codes that fit together.
#include <algorithm>
#include <array>
#include <string_view>

#include "l7/stream/preamble.h"
#include "l7/stream/signature_tables.h"

namespace tstat::internal {
namespace {

using enum SignatureMatch;

constexpr bool FromClient(const StreamOpening& o) { return o.from == Direction::kClientToServer; }

// One of them, as soon as `wanted` bytes are there. While there are fewer, the first one decides
// whether it may be.
SignatureMatch Decide(const StreamOpening& o, size_t wanted, bool first_fits, bool fits) {
  if (!first_fits) return kNo;
  if (!o.bytes.Has(0, wanted)) return kMaybe;
  return fits ? kYes : kNo;
}

bool IsPrintable(ByteReader bytes) {
  return std::ranges::all_of(bytes.bytes(), [](uint8_t c) { return c >= ' ' && c != 0x7F; });
}

// CONNECT with the name of the protocol (MQTT 3.1.1, 3.1).
SignatureMatch TestMqtt(const StreamOpening& o) {
  const ByteReader b = o.bytes;
  size_t at = 1;
  while (at < 4 && (b.U8(at) & 0x80) != 0) ++at;
  ++at;
  return Decide(o, at + 6, FromClient(o) && b.U8(0) == 0x10,
                b.StartsWith(std::string_view("\0\4MQTT", 6), at) ||
                    b.StartsWith(std::string_view("\0\6MQIs", 6), at));
}

// From the middle: what keeps a connection alive (MQTT 3.1.1, 3.12, 3.13), and behind it more of
// it, an acknowledgment, or a message with the name of its topic.
SignatureMatch TestMqttInTheMiddle(const StreamOpening& o) {
  const ByteReader b = o.bytes;
  const uint16_t first = b.U16(0), next = b.U16(2);
  const auto is_ping = [](uint16_t packet) { return packet == 0xC000 || packet == 0xD000; };
  const auto is_acknowledgment = [&] {
    return next == 0x4002 || next == 0x5002 || next == 0x6202 || next == 0x7002;
  };
  const auto is_message = [&] {
    size_t at = 3;
    while (at < 6 && (b.U8(at) & 0x80) != 0) ++at;
    const uint16_t topic = b.U16(at + 1);
    return next >> 12 == 3 && topic > 0 && topic < 256 && b.U8(at + 3) > ' ' && b.U8(at + 3) < 0x7F;
  };
  const bool begins = (b.U8(0) == 0xC0 || b.U8(0) == 0xD0) && b.U8(1) == 0;
  if (b.Has(2) && b.U8(2) >> 4 == 3) return Decide(o, 8, begins, is_ping(first) && is_message());
  return Decide(o, 4, begins, is_ping(first) && (is_ping(next) || is_acknowledgment()));
}

// NetBIOS session header, then a header of version 1, 2 or of an encrypted message (MS-SMB2, 2.1).
SignatureMatch TestSmb(const StreamOpening& o) {
  const ByteReader b = o.bytes;
  const uint8_t kind = b.U8(4);
  return Decide(o, 8, b.U8(0) == 0,
                (kind == 0xFF || kind == 0xFE || kind == 0xFD) && b.StartsWith("SMB", 5));
}
SignatureMatch TestNetBios(const StreamOpening& o) {
  constexpr uint16_t kPort = 139;
  return Decide(o, 4, o.server_port == kPort && (o.bytes.U8(0) == 0x81 || o.bytes.U8(0) == 0x82),
                o.bytes.U8(1) == 0);
}

// TPKT and a connection request or its confirmation (RFC 2126, X.224). Controllers of Siemens have
// the same, on a port of their own.
template <bool kOfControllers>
SignatureMatch TestTpkt(const StreamOpening& o) {
  constexpr uint16_t kPort = 102;
  const ByteReader b = o.bytes;
  const uint8_t code = b.U8(5);
  return Decide(
      o, 7, b.U8(0) == 3 && (o.server_port == kPort) == kOfControllers,
      b.U8(1) == 0 && b.U16(2) >= 11 && b.U8(4) >= 6 && code == (FromClient(o) ? 0xE0 : 0xD0));
}

// A message of LDAP: a sequence, its number, and an operation (RFC 4511, 4.1.1).
SignatureMatch TestLdap(const StreamOpening& o) {
  const ByteReader b = o.bytes;
  size_t at = 2;
  if (b.U8(1) > 0x80) at += b.U8(1) & 0x7F;
  if (at > 6) return kNo;
  const size_t number = b.U8(at + 1);
  const size_t operation = at + 2 + number;
  constexpr std::string_view kOperations =
      "\x60\x61\x42\x63\x64\x65\x66\x67\x68\x69\x4A\x6B\x6E\x6F\x77\x78";
  return Decide(o, operation + 1, b.U8(0) == 0x30 && b.U8(1) != 0x80,
                b.U8(at) == 2 && number >= 1 && number <= 4 &&
                    kOperations.find(static_cast<char>(b.U8(operation))) != std::string_view::npos);
}

// The length, then a request, an answer or an error (RFC 4120, 5.4 and 7.2.2).
SignatureMatch TestKerberos(const StreamOpening& o) {
  const ByteReader b = o.bytes;
  const uint8_t tag = b.U8(4);
  size_t length = b.U8(5), header = 6;
  if (length == 0x81) length = b.U8(6), header = 7;
  if (length == 0x82) length = b.U16(6), header = 8;
  return Decide(o, 8, b.U8(0) == 0 && b.U8(1) == 0,
                ((tag >= 0x6A && tag <= 0x6F) || tag == 0x7E) && b.U32(0) == length + header - 4);
}

// Version 3.0, 3.2 or one that asks for the newest, behind which names of parameters stand, or a
// request for encryption or for an end (PostgreSQL, 55.7).
SignatureMatch TestPostgreSql(const StreamOpening& o) {
  constexpr uint32_t kVersion30 = 0x00030000, kVersion32 = 0x00030002, kNewest = 0x0003270F;
  const ByteReader b = o.bytes;
  const uint32_t code = b.U32(4);
  const bool asks = code >= 80877102 && code <= 80877104;
  const bool is_newer = code == kVersion32 || code == kNewest;
  const bool has_name = b.U8(8) >= 'a' && b.U8(8) <= 'z';
  const bool begins = code == kVersion30 || (is_newer && has_name);
  return Decide(o, is_newer ? 9 : 8, FromClient(o) && b.U8(0) == 0 && b.U8(1) == 0,
                asks ? b.U32(0) == 8 || b.U32(0) == 16 : begins && b.U32(0) < 10000);
}

// The server's greeting: protocol 10 and a version in digits; or that it does not want the client:
// an error of its own numbers, whose text is there as a whole (MySQL, "Connection phase").
SignatureMatch TestMySql(const StreamOpening& o) {
  constexpr size_t kKind = 4, kCode = 5, kText = 7, kGreeting = 7;
  constexpr uint8_t kError = 0xFF, kProtocol = 10;
  const ByteReader b = o.bytes;
  if (FromClient(o) || b.U8(0) == 0 || b.U8(2) != 0 || b.U8(3) != 0) return kNo;
  if (!b.Has(kKind)) return kMaybe;
  if (b.U8(kKind) != kError) {
    const uint8_t digit = b.U8(5);
    return Decide(o, kGreeting, b.U8(kKind) == kProtocol,
                  digit >= '1' && digit <= '9' && (b.U8(6) == '.' || b.U8(7) == '.'));
  }
  const uint16_t code = b.U16Le(kCode);
  const size_t size = size_t{kKind} + b.U16Le(0);
  if (size <= kText || (b.Has(kCode, 2) && (code < 1000 || code >= 2000))) return kNo;
  const ByteReader text = b.Sub(kText, std::min(size, kLongestOpening) - kText);
  if (!IsPrintable(text)) return kNo;
  return b.Has(0, std::min(size, kLongestOpening)) ? kYes : kMaybe;
}

// A request: length, kind, version, number, and the client's name, which is printable. On other
// ports one without a name is that of versions.
SignatureMatch TestKafka(const StreamOpening& o) {
  constexpr uint16_t kPort = 9092;
  const ByteReader b = o.bytes;
  constexpr uint16_t kKinds = 80, kVersions = 20, kApiVersions = 18, kNoName = 0xFFFF;
  constexpr uint16_t kLongestName = 200;
  constexpr size_t kName = 12, kHeader = 14;
  const uint16_t kind = b.U16(4), version = b.U16(6), name = b.U16(kName);
  if (!FromClient(o) || b.U8(0) != 0) return kNo;
  if ((b.Has(0, 4) && b.U32(0) < 10) || (b.Has(4, 2) && kind >= kKinds) ||
      (b.Has(6, 2) && version >= kVersions)) {
    return kNo;
  }
  if (!b.Has(0, kHeader)) return kMaybe;
  if (name == 0 || name == kNoName)
    return o.server_port == kPort || kind == kApiVersions ? kYes : kNo;
  if (name > kLongestName || name + 10u > b.U32(0) || !IsPrintable(b.Sub(kHeader, name)))
    return kNo;
  return b.Has(0, kHeader + name) ? kYes : kMaybe;
}

// Objects of Java, of classes of its own (Fast Data Transfer).
SignatureMatch TestFdt(const StreamOpening& o) {
  constexpr std::string_view kStream("\xAC\xED\x00\x05", 4), kPackage = "lia.util.net.";
  const std::string_view text = o.bytes.Text(0, kLongestOpening);
  const std::string_view begin = text.substr(0, kStream.size());
  if (begin != kStream.substr(0, begin.size())) return kNo;
  return text.find(kPackage) != std::string_view::npos ? kYes : kMaybe;
}

// Four numbers of 0, 0, 0, 4 and 2012.
SignatureMatch TestXrootd(const StreamOpening& o) {
  return Decide(
      o, 20, FromClient(o) && o.bytes.U8(0) == 0,
      o.bytes.StartsWith(std::string_view("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\4\0\0\x07\xDC", 20)));
}

// A message with the magic cookie (RFC 8489, 5), over TCP (RFC 6062, 4571).
SignatureMatch TestStun(const StreamOpening& o) {
  const ByteReader b = o.bytes;
  return Decide(o, 20, b.U8(0) < 2, b.U32(4) == 0x2112A442 && b.U16(2) % 4 == 0);
}

// The handshake: version 3, then 4 bytes of zero or the version of a player.
SignatureMatch TestRtmp(const StreamOpening& o) {
  constexpr uint16_t kPort = 1935;
  const ByteReader b = o.bytes;
  return Decide(o, 64, FromClient(o) && b.U8(0) == 3 && o.server_port != 102,
                o.server_port == kPort || b.U32(5) == 0);
}

// What stands behind operation and session of a first packet of OpenVPN, the client's reset or the
// server's: without keys the numbers alone; with "tls-auth" a digest, a number and a time before
// them; with "tls-crypt" a number, the first or one of its own, and what is encrypted. All have
// their lengths.
bool IsOpenVpnReset(ByteReader packet, bool from_client) {
  constexpr size_t kNumbers = 9, kCryptNumber = kNumbers, kReplay = 8, kCryptTag = 32;
  constexpr uint32_t kFirst = 1, kEarlyNegotiation = 0x0F000001;
  constexpr uint8_t kWithKeyOfClient = 0x50;
  constexpr std::array<size_t, 6> kDigests = {16, 20, 28, 32, 48, 64};
  const size_t size = packet.size();
  // An acknowledgment of the client's number 0, with its session, stands before the server's own.
  constexpr size_t kAcknowledgment = 12, kSession = 8;
  const size_t numbers = 5 + (from_client ? 0 : kAcknowledgment);
  const size_t plain = kNumbers + numbers;
  const uint32_t crypt_number = packet.U32(kCryptNumber);
  const bool is_crypt = crypt_number == kFirst || crypt_number == kEarlyNegotiation;
  if (packet.U8(0) == kWithKeyOfClient) return size >= plain + kReplay + kCryptTag && is_crypt;
  if (size == plain + kReplay + kCryptTag && is_crypt) return true;
  const bool has_digest = size > plain + kReplay &&
                          std::ranges::find(kDigests, size - plain - kReplay) != kDigests.end();
  if (size != plain && !has_digest) return false;
  const size_t at = size - numbers;
  if (from_client) return packet.U8(at) == 0 && packet.U32(at + 1) == 0;
  return packet.U8(at) == 1 && packet.U32(at + 1) == 0 && packet.U32(at + 5 + kSession) == 0;
}

// The first packet of OpenVPN over TCP behind its length. On its port the operation is enough.
SignatureMatch TestOpenVpn(const StreamOpening& o) {
  constexpr uint16_t kPort = 1194, kShortest = 14, kLongest = 1200;
  constexpr size_t kLength = 2, kEnoughOfLong = 200;
  const ByteReader b = o.bytes;
  const uint8_t code = b.U8(kLength);
  const uint16_t size = b.U16(0);
  if (b.Has(0, kLength) && (size < kShortest || size > kLongest)) return kNo;
  if (b.Has(kLength) && (FromClient(o) ? code != 0x38 && code != 0x50 : code != 0x40)) return kNo;
  if (o.server_port == kPort) return Decide(o, kLength + kShortest, true, true);
  const size_t wanted = kLength + std::min<size_t>(size, kEnoughOfLong);
  if (!b.Has(0, wanted)) return kMaybe;
  // Only the length of a long one is told.
  const bool is_long = size > kEnoughOfLong;
  return (!is_long || code == 0x50) &&
                 IsOpenVpnReset(b.Sub(kLength, wanted - kLength), FromClient(o))
             ? kYes
             : kNo;
}

SignatureMatch TestBgp(const StreamOpening& o) {
  const ByteReader b = o.bytes;
  return Decide(o, 19, b.U8(0) == 0xFF,
                std::ranges::all_of(b.Sub(0, 16).bytes(), [](uint8_t c) { return c == 0xFF; }) &&
                    b.U16(16) >= 19 && b.U8(18) >= 1 && b.U8(18) <= 5);
}

// Commands of RFC 854 before any text: two of them, or one on its port.
SignatureMatch TestTelnet(const StreamOpening& o) {
  constexpr uint16_t kPort = 23;
  constexpr size_t kCommand = 3;
  const ByteReader b = o.bytes;
  constexpr uint8_t kFirstCommand = 0xF0;  // the end of parameters
  const bool begins = b.U8(1) >= 0xFB && b.U8(1) <= 0xFE && b.U8(2) < 60;
  if (b.Has(0, kCommand) && !begins) return kNo;
  if (o.server_port == kPort) return Decide(o, kCommand, b.U8(0) == 0xFF, true);
  return Decide(o, kCommand + 2, b.U8(0) == 0xFF,
                b.U8(kCommand) == 0xFF && b.U8(kCommand + 1) >= kFirstCommand);
}

// A call or an answer behind a record mark (RFC 5531, 11).
template <bool kOfFiles>
SignatureMatch TestRpc(const StreamOpening& o) {
  constexpr uint32_t kNfsProgram = 100003;
  const ByteReader b = o.bytes;
  const bool is_files = b.U32(16) == kNfsProgram;
  return Decide(o, 20, FromClient(o) && b.U8(0) == 0x80,
                b.U32(8) == 0 && b.U32(12) == 2 && b.U32(16) >= 100000 && b.U32(16) < 400000 &&
                    is_files == kOfFiles);
}
// Remote calls of Windows: version 5, a binding.
SignatureMatch TestDceRpc(const StreamOpening& o) {
  return Decide(
      o, 4, o.bytes.U8(0) == 5,
      o.bytes.U8(1) == 0 && (o.bytes.U8(2) == 11 || o.bytes.U8(2) == 12) && o.bytes.U8(3) < 8);
}

// A message of MongoDB: its length, and a code, smallest byte first.
SignatureMatch TestMongoDb(const StreamOpening& o) {
  const ByteReader b = o.bytes;
  const uint32_t code = b.U32Le(12);
  return Decide(o, 16, FromClient(o),
                b.U32Le(0) >= 16 && b.U32Le(0) < (48u << 20) && b.U32Le(8) == 0 && code >= 2001 &&
                    code <= 2013);
}
SignatureMatch TestCassandra(const StreamOpening& o) {
  constexpr uint16_t kPort = 9042;
  const ByteReader b = o.bytes;
  return Decide(o, 9, o.server_port == kPort && FromClient(o) && b.U8(0) >= 1 && b.U8(0) <= 5,
                b.U8(4) == 1 || b.U8(4) == 5);
}
// The packet before the login (MS-TDS, 2.2.6.5).
SignatureMatch TestSqlServer(const StreamOpening& o) {
  const ByteReader b = o.bytes;
  return Decide(o, 8, FromClient(o) && b.U8(0) == 0x12,
                b.U8(1) <= 1 && b.U16(2) >= 8 && b.U16(2) < 512 && b.U16(4) == 0);
}
SignatureMatch TestOracle(const StreamOpening& o) {
  constexpr uint16_t kPort = 1521;
  const ByteReader b = o.bytes;
  return Decide(o, 6, o.server_port == kPort && FromClient(o),
                b.U16(2) == 0 && b.U8(4) == 1 && b.U8(5) == 0);
}
SignatureMatch TestPptp(const StreamOpening& o) {
  const ByteReader b = o.bytes;
  return Decide(o, 8, b.U8(0) == 0, b.U16(2) == 1 && b.U32(4) == 0x1A2B3C4D);
}
SignatureMatch TestX11(const StreamOpening& o) {
  const ByteReader b = o.bytes;
  const bool little = b.U8(0) == 'l', big = b.U8(0) == 'B';
  return Decide(o, 6, FromClient(o) && (little || big),
                b.U8(1) == 0 && (little ? b.U16Le(2) == 11 && b.U16Le(4) == 0
                                        : b.U16(2) == 11 && b.U16(4) == 0));
}
SignatureMatch TestDiameter(const StreamOpening& o) {
  constexpr uint16_t kPort = 3868;
  const ByteReader b = o.bytes;
  return Decide(o, 8, o.server_port == kPort && b.U8(0) == 1, b.U24(1) >= 20 && b.U24(1) % 4 == 0);
}

// Industry: by form and port.
SignatureMatch TestModbus(const StreamOpening& o) {
  constexpr uint16_t kPort = 502;
  const ByteReader b = o.bytes;
  return Decide(o, 8, o.server_port == kPort, b.U16(2) == 0 && b.U16(4) >= 2 && b.U16(4) < 260);
}
SignatureMatch TestDnp3(const StreamOpening& o) {
  constexpr uint16_t kPort = 20000;
  return Decide(o, 3, o.server_port == kPort && o.bytes.U8(0) == 5,
                o.bytes.U8(1) == 0x64 && o.bytes.U8(2) >= 5);
}
SignatureMatch TestIec104(const StreamOpening& o) {
  constexpr uint16_t kPort = 2404;
  return Decide(o, 2, o.server_port == kPort && o.bytes.U8(0) == 0x68, o.bytes.U8(1) >= 4);
}
// The port has to fit: the form is that of many things.
SignatureMatch TestSocks(const StreamOpening& o) {
  const ByteReader b = o.bytes;
  const uint16_t port = o.server_port;
  const bool usual = port == 1080 || port == 9050 || port == 9150 || port == 1081;
  return Decide(o, 3, usual && FromClient(o) && (b.U8(0) == 5 || b.U8(0) == 4),
                b.U8(0) == 5 ? b.U8(1) > 0 && b.U8(1) < 10 : b.U8(1) == 1 || b.U8(1) == 2);
}

constexpr StreamSignature kBinarySignatures[] = {
    {Application::kMqtt, StreamReaderId::kNone, TestMqtt},
    {Application::kMqtt, StreamReaderId::kNone, TestMqttInTheMiddle},
    {Application::kSmb, StreamReaderId::kNone, TestSmb},
    {Application::kNetBios, StreamReaderId::kNone, TestNetBios},
    {Application::kS7, StreamReaderId::kNone, TestTpkt<true>},
    {Application::kRdp, StreamReaderId::kNone, TestTpkt<false>},
    {Application::kLdap, StreamReaderId::kNone, TestLdap},
    {Application::kPostgreSql, StreamReaderId::kNone, TestPostgreSql},
    {Application::kMySql, StreamReaderId::kNone, TestMySql},
    {Application::kXrootd, StreamReaderId::kNone, TestXrootd},
    {Application::kFdt, StreamReaderId::kNone, TestFdt},
    {Application::kPptp, StreamReaderId::kNone, TestPptp},
    {Application::kStun, StreamReaderId::kNone, TestStun},
    {Application::kKerberos, StreamReaderId::kNone, TestKerberos},
    {Application::kKafka, StreamReaderId::kNone, TestKafka},
    {Application::kOpenVpn, StreamReaderId::kNone, TestOpenVpn},
    {Application::kRtmp, StreamReaderId::kNone, TestRtmp},
    {Application::kBgp, StreamReaderId::kNone, TestBgp},
    {Application::kTelnet, StreamReaderId::kNone, TestTelnet},
    {Application::kNfs, StreamReaderId::kNone, TestRpc<true>},
    {Application::kRpc, StreamReaderId::kNone, TestRpc<false>},
    {Application::kDnp3, StreamReaderId::kNone, TestDnp3},
    {Application::kRpc, StreamReaderId::kNone, TestDceRpc},
    {Application::kCassandra, StreamReaderId::kNone, TestCassandra},
    {Application::kSqlServer, StreamReaderId::kNone, TestSqlServer},
    {Application::kOracle, StreamReaderId::kNone, TestOracle},
    {Application::kX11, StreamReaderId::kNone, TestX11},
    {Application::kDiameter, StreamReaderId::kNone, TestDiameter},
    {Application::kModbus, StreamReaderId::kNone, TestModbus},
    {Application::kIec104, StreamReaderId::kNone, TestIec104},
    {Application::kSocks, StreamReaderId::kSocks, TestSocks},
    {Application::kMongoDb, StreamReaderId::kNone, TestMongoDb},
    {Application::kUnknown, StreamReaderId::kSocks, TestSocksGreeting},
};

}  // namespace

std::span<const StreamSignature> BinarySignatures() { return kBinarySignatures; }

}  // namespace tstat::internal
