// SPDX-License-Identifier: BSD-3-Clause
//
// Messages of DNS in a TCP stream, each behind its length in two bytes: several in a segment, or
// one over several (RFC 1035, 4.2.2; RFC 7766, 8).
//
//   auto show = [](ByteReader message) { return Show(message), true; };
//   const size_t skipped = gap.Skip(bytes, segment_start);
//   const size_t consumed = skipped + ForEachStreamMessage(bytes.Sub(skipped), show);
#ifndef TSTAT_NAMES_DNS_STREAM_H_
#define TSTAT_NAMES_DNS_STREAM_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

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

// Of a direction: bytes behind a gap that are of no message which can be read. The length of the
// message in which the gap begins tells where the next one does; else a segment that begins as a
// message does.
class DnsStreamGap {
 public:
  // As StreamReader::OnGap has them.
  void Begin(ByteReader rest, uint64_t missing) {
    uint64_t to_come = skip_;
    if (rest.Has(0, kDnsStreamLength)) to_come = kDnsStreamLength + uint64_t{rest.U16(0)};
    const uint64_t gone = rest.size() + missing;
    is_lost_ |= gone > to_come;
    skip_ = gone > to_come ? 0 : to_come - gone;
  }
  // So many bytes at their begin are to be passed over.
  size_t Skip(ByteReader bytes, bool segment_start) {
    if (is_lost_ && (!segment_start || !IsDnsStream(bytes))) return bytes.size();
    is_lost_ = false;
    const auto skipped = static_cast<size_t>(std::min<uint64_t>(skip_, bytes.size()));
    skip_ -= skipped;
    return skipped;
  }

 private:
  uint64_t skip_ = 0;
  bool is_lost_ = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_NAMES_DNS_STREAM_H_
