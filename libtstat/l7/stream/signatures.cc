// SPDX-License-Identifier: BSD-3-Clause
#include "l7/stream/signatures.h"

#include <span>
#include <string_view>

#include "l7/http/start_line.h"
#include "l7/stream/preamble.h"
#include "l7/stream/signature_tables.h"
#include "names/dns_stream.h"

namespace tstat::internal {
namespace {

using enum SignatureMatch;

constexpr uint8_t kClientHello = 1, kServerHello = 2;

// --- TLS (RFC 8446, 5.1)

constexpr uint8_t kHandshakeRecord = 22;
constexpr size_t kRecordHeaderBytes = 5, kLongestRecord = 16384 + 2048;

// Records without their beginning: of a connection that is older than the capture. Where the next
// record begins in the same bytes, that one has to fit, too.
SignatureMatch TestTlsRecords(const StreamOpening& o) {
  const ByteReader b = o.bytes;
  constexpr uint8_t kFirstType = 20, kLastType = 24;
  const auto fits = [&b](size_t at) {
    const uint8_t type = b.U8(at);
    return type >= kFirstType && type <= kLastType && (!b.Has(at + 1) || b.U8(at + 1) == 3) &&
           (!b.Has(at + 2) || b.U8(at + 2) <= 4) &&
           (!b.Has(at + 3, 2) || (b.U16(at + 3) > 0 && b.U16(at + 3) <= kLongestRecord));
  };
  if (!fits(0)) return kNo;
  if (!b.Has(kRecordHeaderBytes)) return kMaybe;
  const size_t next = kRecordHeaderBytes + b.U16(3);
  return !b.Has(next) || fits(next) ? kYes : kNo;
}

// A client hello of version 2 (RFC 5246, appendix E.2): its three lengths make up the whole.
SignatureMatch TestSslV2Hello(const StreamOpening& o) {
  const ByteReader b = o.bytes;
  constexpr size_t kType = 2, kMajor = 3, kCiphers = 5, kSession = 7, kChallenge = 9, kFields = 9;
  if ((b.U8(0) & 0x80) == 0) return kNo;
  if (b.Has(kType) && b.U8(kType) != kClientHello) return kNo;
  if (b.Has(kMajor, 2) && b.U8(kMajor) != 3 && b.U16(kMajor) != 2) return kNo;
  if (!b.Has(kChallenge, 2)) return kMaybe;
  const size_t length = b.U16(0) & 0x7FFF;
  const size_t ciphers = b.U16(kCiphers), session = b.U16(kSession), challenge = b.U16(kChallenge);
  return ciphers > 0 && ciphers % 3 == 0 && (session == 0 || session == 16) && challenge >= 16 &&
                 challenge <= 32 && kFields + ciphers + session + challenge == length
             ? kYes
             : kNo;
}

// --- HTTP

SignatureMatch TestHttp(const StreamOpening& o) {
  switch (o.from == Direction::kClientToServer ? LooksLikeHttpRequest(o.bytes)
                                               : LooksLikeHttpResponse(o.bytes)) {
    case HttpBeginning::kYes:
      return kYes;
    case HttpBeginning::kMaybe:
      return kMaybe;
    case HttpBeginning::kNo:
      break;
  }
  return kNo;
}

// --- DNS (RFC 1035, 4.2.2): on its port alone, since a length and counts are little.

SignatureMatch TestDns(const StreamOpening& o) {
  if (o.server_port != 53) return kNo;
  const ByteReader first = WithoutEmptyMessages(o.bytes);
  if (!first.Has(0, kDnsStreamLength + dns_header::kBytes)) return kMaybe;
  return IsDnsStream(o.bytes) ? kYes : kNo;
}

}  // namespace

// A record that begins with one of the two hellos. Either end may send either: the data connections
// of FTP are opened by the server.
SignatureMatch TestTlsHello(const StreamOpening& o) {
  const ByteReader b = o.bytes;
  if (b.U8(0) != kHandshakeRecord) return kNo;
  if (b.Has(1) && b.U8(1) != 3) return kNo;
  if (b.Has(2) && b.U8(2) > 4) return kNo;
  if (b.Has(3, 2) && (b.U16(3) == 0 || b.U16(3) > kLongestRecord)) return kNo;
  if (!b.Has(kRecordHeaderBytes)) return kMaybe;
  const uint8_t message = b.U8(kRecordHeaderBytes);
  return message == kClientHello || message == kServerHello ? kYes : kNo;
}

// --- SSH (RFC 4253, 4.2)

SignatureMatch TestSsh(const StreamOpening& o) {
  constexpr std::string_view kName = "SSH-";
  const std::string_view text = o.bytes.Text(0, kName.size());
  if (text != kName.substr(0, text.size())) return kNo;
  if (!o.bytes.Has(kName.size())) return kMaybe;
  const uint8_t major = o.bytes.U8(kName.size());
  return major == '1' || major == '2' ? kYes : kNo;
}

namespace {

constexpr StreamSignature kHttpRow = {Application::kHttp, StreamReaderId::kHttp, TestHttp};
constexpr StreamSignature kSignatures[] = {
    {Application::kTls, StreamReaderId::kTls, TestTlsHello},
    {Application::kTls, StreamReaderId::kTls, TestTlsRecords},
    {Application::kTls, StreamReaderId::kTls, TestSslV2Hello},
    {Application::kSsh, StreamReaderId::kSsh, TestSsh},
    kHttpRow,
    {Application::kDns, StreamReaderId::kDns, TestDns},
    {Application::kUnknown, StreamReaderId::kProxyHeader, TestProxyHeader},
};

}  // namespace

const StreamSignature kTlsSignature = kSignatures[0];
const StreamSignature kSshSignature = {Application::kSsh, StreamReaderId::kSsh, TestSsh};
const StreamSignature kHttpSignature = kHttpRow;

std::span<const StreamSignature> ReaderSignatures() { return kSignatures; }

FoundSignature FindSignature(const StreamOpening& opening, bool complete) {
  if (opening.bytes.empty()) return {complete ? kNo : kMaybe, nullptr};
  complete |= opening.bytes.size() >= kLongestOpening;
  bool maybe = false;
  for (const std::span<const StreamSignature> table :
       {ReaderSignatures(), TextSignatures(), BinarySignatures()}) {
    for (const StreamSignature& signature : table) {
      const SignatureMatch match = signature.test(opening);
      if (match == kYes) return {kYes, &signature};
      maybe |= match == kMaybe;
    }
  }
  return {maybe && !complete ? kMaybe : kNo, nullptr};
}

bool IsLateHttp(ByteReader bytes, Direction from) {
  const bool request = from == Direction::kClientToServer;
  const uint8_t first = bytes.U8(0);
  if (request ? first < 'A' || first > 'Z' : first != 'H') return false;
  constexpr size_t kLongestLine = 2048;
  std::string_view text = bytes.Text(0, kLongestLine);
  if (!BeginsHttpMessage(text, request)) return false;
  if (!request) return true;
  const size_t end = text.find('\n');
  const bool whole = end != std::string_view::npos;
  if (whole) text = text.substr(0, end);
  if (text.ends_with('\r')) text.remove_suffix(1);
  const auto line = HttpRequestLine::Parse(text, /*cut=*/!whole);
  return line && line->IsCertain(/*cut=*/!whole);
}

}  // namespace tstat::internal
