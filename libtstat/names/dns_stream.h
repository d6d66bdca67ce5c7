// SPDX-License-Identifier: BSD-3-Clause
//
// Messages of DNS in a TCP stream, each behind its length in two bytes: several in a segment, or
// one over several (RFC 1035, 4.2.2; RFC 7766, 8).
//
//   auto show = [](ByteReader message) { return Show(message), true; };
//   const size_t consumed = ForEachStreamMessage(bytes, show);
#ifndef TSTAT_NAMES_DNS_STREAM_H_
#define TSTAT_NAMES_DNS_STREAM_H_

#include <cstddef>

#include "decode/byte_reader.h"
#include "names/dns.h"

namespace tstat::internal {

inline constexpr size_t kDnsStreamLength = 2;

// Visits the messages that are there as a whole, and returns the bytes that they take. `visit` says
// whether to go on; if not, what it saw last is counted.
template <typename Visit>
size_t ForEachStreamMessage(ByteReader bytes, Visit visit) {
  size_t at = 0;
  while (bytes.Has(at, kDnsStreamLength) && bytes.Has(at + kDnsStreamLength, bytes.U16(at))) {
    const ByteReader message = bytes.Sub(at + kDnsStreamLength, bytes.U16(at));
    at += kDnsStreamLength + message.size();
    if (!visit(message)) break;
  }
  return at;
}

// Without the messages of no bytes at their begin.
inline ByteReader WithoutEmptyMessages(ByteReader bytes) {
  while (bytes.Has(0, kDnsStreamLength) && bytes.U16(0) == 0) bytes = bytes.Sub(kDnsStreamLength);
  return bytes;
}

// Whether a stream that begins so can be one of DNS: a length with room for a header, and counts
// that fit in it.
inline bool IsDnsStream(ByteReader bytes) {
  constexpr size_t kSmallestRecord = 5;
  bytes = WithoutEmptyMessages(bytes);
  const size_t length = bytes.U16(0);
  const ByteReader message = bytes.Sub(kDnsStreamLength);
  if (length < dns_header::kBytes || !message.Has(0, dns_header::kBytes)) return false;
  const uint8_t opcode = message.U8(dns_header::kFlags) >> 3 & 0xF;
  const size_t records =
      size_t{message.U16(dns_header::kQuestionCount)} + message.U16(dns_header::kAnswerCount);
  return opcode <= 6 && opcode != 3 && records > 0 && records * kSmallestRecord <= length;
}

}  // namespace tstat::internal

#endif  // TSTAT_NAMES_DNS_STREAM_H_
