// SPDX-License-Identifier: BSD-3-Clause
#include "flow/copy_filter.h"

#include <algorithm>

#include "flow/keyed_hash.h"

namespace tstat::internal {
namespace {

// The digits of pi: no key, since marks decide about rows.
constexpr uint64_t kMix[] = {0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0,
                             0x082efa98ec4e6c89};

uint64_t Mixed(uint64_t state, uint64_t value) {
  return HashKey::Fold(state ^ value ^ kMix[0], kMix[1] ^ (state >> 7));
}

// `count` bytes from `offset` on, as far as they were captured. Options come in words of four.
uint64_t MixedBytes(uint64_t state, const ByteReader& bytes, size_t offset, size_t count) {
  const size_t end = std::min(bytes.size(), offset + count);
  for (; offset + 8 <= end; offset += 8) state = Mixed(state, bytes.U64(offset));
  if (offset >= end) return state;
  uint64_t rest = end - offset;
  if (offset + 4 <= end) {
    rest = rest << 32 | bytes.U32(offset);
    offset += 4;
  }
  for (; offset < end; ++offset) rest = rest << 8 | bytes.U8(offset);
  return Mixed(state, rest);
}

// Of the flow's two directions, which may send the same bytes, each has places of its own.
uint32_t DirectionHash(const Datagram& d, uint32_t flow_hash) {
  constexpr uint32_t kOdd = 0x9e3779b1;
  const uint32_t sender = d.source_port != d.destination_port
                              ? d.source_port
                              : static_cast<uint32_t>(d.source < d.destination);
  return flow_hash ^ (sender + 1) * kOdd;
}

uint64_t Identification(const Datagram& d) { return d.is_v6 ? 0 : d.ip_id; }

}  // namespace

CopyFilter::Mark TcpMark(const Datagram& d, const TcpHeader& h, uint32_t flow_hash) {
  constexpr size_t kBasicHeader = 20, kTimestamps = 12;
  // The flags take bits that no length of a packet has.
  const uint32_t length = static_cast<uint32_t>(h.payload_length) ^ static_cast<uint32_t>(h.flags)
                                                                        << 26;
  uint64_t mark = Mixed(kMix[2], uint64_t{h.sequence} << 32 | h.acknowledgment);
  mark = Mixed(mark, uint64_t{length} << 32 | uint64_t{h.window} << 16 | Identification(d));
  if (h.header_length == kBasicHeader + kTimestamps && d.transport_bytes.Has(0, h.header_length)) {
    mark = Mixed(mark, d.transport_bytes.U64(kBasicHeader));
    mark = Mixed(mark, d.transport_bytes.U32(kBasicHeader + 8));
  } else if (h.header_length > kBasicHeader) {
    mark = MixedBytes(mark, d.transport_bytes, kBasicHeader, h.header_length - kBasicHeader);
  }
  return {mark, DirectionHash(d, flow_hash), d.ttl};
}

CopyFilter::Mark UdpMark(const Datagram& d, const UdpHeader& h, uint32_t flow_hash) {
  constexpr size_t kHeader = 8, kMost = 65536;
  const size_t looks_at = h.checksum == 0 ? kMost : 64;
  uint64_t mark =
      Mixed(kMix[3], uint64_t{h.length} << 48 | uint64_t{h.checksum} << 32 |
                         Identification(d) << 16 | static_cast<uint16_t>(d.ip_payload_length));
  mark = MixedBytes(mark, d.transport_bytes, kHeader, looks_at);
  return {mark, DirectionHash(d, flow_hash), d.ttl};
}

CopyFilter::Mark QuoteMark(const Datagram& d) {
  constexpr size_t kQuoted = 8;  // at least, of all that quote (RFC 792)
  uint64_t mark = kMix[1];
  for (const IpAddress& address : {d.source, d.destination}) {
    mark = MixedBytes(mark, ByteReader(address.bytes()), 0, address.bytes().size());
  }
  mark = Mixed(mark, Identification(d));
  return {MixedBytes(mark, d.transport_bytes, 0, kQuoted), 0, 0};
}

CopyFilter::CopyFilter(double window_us) : window_ns_(static_cast<int64_t>(window_us * 1000)) {}

CopyFilter::Match CopyFilter::FindBehind(const Mark& mark, Timestamp now, uint32_t number,
                                         uint32_t newest, const History& history) const {
  uint32_t packet = newest;
  for (int compared = 0;
       compared < kMostCompared && IsKept(packet, number) && !IsTooOld(packet, now); ++compared) {
    const Entry& entry = entries_[packet % kPackets];
    if (entry.direction == history.id && entry.content == mark.content) {
      if (!IsWithin(now, entry.time)) return Match::kNone;
      return entry.ttl == mark.ttl ? Match::kSame : Match::kRouted;
    }
    packet = entry.before;
  }
  return Match::kNone;
}

}  // namespace tstat::internal
