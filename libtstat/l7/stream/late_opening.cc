// SPDX-License-Identifier: BSD-3-Clause
#include "l7/stream/late_opening.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace tstat::internal {
namespace {

using enum SignatureMatch;

constexpr uint8_t kTlsHandshake = 22;

// More fields than a signature looks at, since it may stand anywhere: the message's length fits
// that of its record, and it begins with a version.
bool FitsAsHello(ByteReader b) {
  constexpr size_t kRecordLength = 3, kType = 5, kLength = 6, kVersion = 9, kMessageHeader = 4;
  constexpr uint8_t kClientHello = 1;
  constexpr uint32_t kShortest = 38, kLongest = 0xFFFF;
  if (!b.Has(0, kVersion + 2) || TestTlsHello({.bytes = b}) != kYes) return false;
  const uint32_t record = b.U16(kRecordLength), message = b.U24(kLength);
  if (b.U8(kVersion) != 3 || b.U8(kVersion + 1) > 4) return false;
  // Nothing follows a client's hello in its record.
  const bool fits = b.U8(kType) != kClientHello || record <= message + kMessageHeader;
  return fits && message >= kShortest && message <= kLongest;
}

// Requests for encryption, and answers, that are no lines of text; all of the bytes are one.
bool IsUpgradeMessage(ByteReader b) {
  constexpr uint32_t kPostgreSqlRequest = 80877103;
  constexpr size_t kMySqlRequest = 36;
  if (b.size() == 1) return b.U8(0) == 'S';  // PostgreSQL's answer
  if (b.size() == 8 && b.U32(4) == kPostgreSqlRequest) return b.U32(0) == 8;
  if (b.size() == kMySqlRequest && b.U32Le(0) == (1u << 24 | (kMySqlRequest - 4))) return true;
  if (b.U8(0) == 3 && b.U8(1) == 0 && b.size() >= 7) return b.U16(2) == b.size();  // X.224
  // LDAP: a sequence, whose length has a short or a long form (X.690, 8.1.3).
  if (b.U8(0) != 0x30) return false;
  const size_t digits = b.U8(1) < 0x80 ? 0 : b.U8(1) & 0x7F;
  size_t length = digits == 0 ? b.U8(1) : 0;
  for (size_t i = 0; i < std::min<size_t>(digits, 4); ++i) length = length << 8 | b.U8(2 + i);
  return digits <= 4 && b.size() == 2 + digits + length;
}

// Whether a hello that stands at `at` follows what asks for it.
bool IsUpgradedAt(ByteReader b, size_t at) {
  constexpr size_t kTdsHeader = 8, kTdsLength = 2;
  constexpr uint8_t kTdsLogin = 0x12, kTdsAnswer = 4;
  const uint8_t before = b.U8(at - 1);
  if (before == '\n' || before == '>') return true;
  // A packet of TDS carries the records of TLS (MS-TDS, 2.2.6.5).
  if (at >= kTdsHeader) {
    const ByteReader tds = b.Sub(at - kTdsHeader);
    if ((tds.U8(0) == kTdsLogin || tds.U8(0) == kTdsAnswer) && tds.U8(1) <= 1 &&
        tds.U16(kTdsLength) > kTdsHeader) {
      return true;
    }
  }
  return IsUpgradeMessage(b.Sub(0, at));
}

template <typename Condition>
size_t FindHello(ByteReader bytes, Condition holds) {
  constexpr char kBegin = kTlsHandshake;
  const std::string_view text = bytes.Text();
  for (size_t at = text.find(kBegin, 1); at != text.npos; at = text.find(kBegin, at + 1)) {
    if (FitsAsHello(bytes.Sub(at)) && holds(at)) return at;
  }
  return bytes.size();
}

}  // namespace

SignatureMatch TestLateTlsHello(ByteReader bytes) {
  return bytes.empty() ? kNo : TestTlsHello({.bytes = bytes});
}

size_t FindTlsHello(ByteReader bytes) {
  return FindHello(bytes, [](size_t) { return true; });
}

size_t FindUpgradedTlsHello(ByteReader bytes) {
  return FindHello(bytes, [bytes](size_t at) { return IsUpgradedAt(bytes, at); });
}

SshLine FindSshLine(ByteReader bytes, bool begins) {
  const std::string_view text = bytes.Text();
  size_t at = 0;
  while (true) {
    if (begins && at < text.size()) {
      const SignatureMatch match = TestSsh({.bytes = bytes.Sub(at)});
      if (match != kNo) return {match, at};
    }
    const size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return {};
    at = end + 1;
    begins = true;
  }
}

}  // namespace tstat::internal
