// SPDX-License-Identifier: BSD-3-Clause
#include "flow/copy_filter.h"

#include <algorithm>
#include <cmath>

#include "flow/keyed_hash.h"

namespace tstat::internal {
namespace {

// The digits of pi: no key, since marks decide about rows.
constexpr uint64_t kMix[] = {0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0,
                             0x082efa98ec4e6c89};

uint64_t Mixed(uint64_t state, uint64_t value) {
  return HashKey::Fold(state ^ value ^ kMix[0], kMix[1] ^ (state >> 7));
}

// `count` bytes from `offset` on, as far as they were captured.
uint64_t MixedBytes(uint64_t state, const ByteReader& bytes, size_t offset, size_t count) {
  const size_t end = std::min(bytes.size(), offset + count);
  for (; offset + 8 <= end; offset += 8) state = Mixed(state, bytes.U64(offset));
  uint64_t rest = 0;
  for (; offset < end; ++offset) rest = rest << 8 | bytes.U8(offset);
  return Mixed(state, rest);
}

uint64_t Identification(const Datagram& d) { return d.is_v6 ? 0 : d.ip_id; }

}  // namespace

CopyFilter::Mark TcpMark(const Datagram& d, const TcpHeader& h) {
  constexpr size_t kBasicHeader = 20;
  uint64_t mark = Mixed(kMix[2], uint64_t{h.sequence} << 32 | h.acknowledgment);
  mark = Mixed(mark, uint64_t{static_cast<uint32_t>(h.payload_length)} << 32 |
                         uint64_t{h.window} << 16 | Identification(d));
  mark = Mixed(mark, uint64_t{h.header_length} << 8 | h.flags);
  if (h.header_length > kBasicHeader) {
    mark = MixedBytes(mark, d.transport_bytes, kBasicHeader, h.header_length - kBasicHeader);
  }
  return {.content = mark | 1, .ttl = d.ttl};
}

CopyFilter::Mark UdpMark(const Datagram& d, const UdpHeader& h) {
  constexpr size_t kHeader = 8, kLooksAt = 64;
  uint64_t mark =
      Mixed(kMix[3], uint64_t{h.length} << 48 | uint64_t{h.checksum} << 32 |
                         Identification(d) << 16 | static_cast<uint16_t>(d.ip_payload_length));
  mark = MixedBytes(mark, d.transport_bytes, kHeader, kLooksAt);
  return {.content = mark | 1, .ttl = d.ttl};
}

CopyFilter::CopyFilter(double window_us)
    : window_ns_(static_cast<int64_t>(std::min(window_us, kLongestWindowUs) * 1000)),
      window_us_(static_cast<int32_t>(std::ceil(std::min(window_us, kLongestWindowUs)))) {}

template <typename Self, typename Visit>
auto CopyFilter::In(Self& self, uint32_t ring, Visit visit) {
  const uint32_t index = ring & kIndexMask;
  switch (ring >> kSizeShift) {
    case 0:
      return visit(self.rings8_, index);
    case 1:
      return visit(self.rings32_, index);
    case 2:
      return visit(self.rings128_, index);
    default:
      return visit(self.rings512_, index);
  }
}

CopyFilter::Match CopyFilter::FindInRing(const Mark& mark, Timestamp now, uint32_t ring) const {
  const uint32_t now_us = Micros(now);
  return In(*this, ring, [&](const auto& slab, uint32_t index) {
    const auto& r = slab[index];
    for (uint32_t i = 1; i <= r.count; ++i) {
      const Entry& entry = r.entries[(r.next - i) % r.kEntries];
      if (!IsWithin(now_us, entry.time_us)) break;
      if (entry.content == mark.content) return Compare(mark.ttl, entry.ttl);
    }
    return Match::kNone;
  });
}

void CopyFilter::Push(const Last& last, History* history) {
  if (history->ring == kNone) history->ring = rings8_.Allocate();
  const Entry entry = {last.content, Micros(last.time), history->last_ttl};
  const auto add = [&](auto& slab, uint32_t index) {
    auto& r = slab[index];
    const bool full = r.count == r.kEntries;
    // A full ring gives up what is too old, or grows.
    if (full && r.kEntries < kMostMarks &&
        IsWithin(entry.time_us, r.entries[r.next % r.kEntries].time_us)) {
      return false;
    }
    r.entries[r.next % r.kEntries] = entry;
    ++r.next;
    r.count += full ? 0 : 1;
    return true;
  };
  if (In(*this, history->ring, add)) return;
  history->ring = Enlarge(history->ring);
  In(*this, history->ring, add);
}

uint32_t CopyFilter::Enlarge(uint32_t ring) {
  const auto move = [](auto& from, uint32_t index, auto& to, uint32_t size) {
    const uint32_t larger = to.Allocate();
    const auto& old = from[index];
    auto& young = to[larger];
    for (uint32_t i = old.count; i > 0; --i) {
      young.entries[young.next++] = old.entries[(old.next - i) % old.kEntries];
    }
    young.count = old.count;
    from.Free(index);
    return size << kSizeShift | larger;
  };
  const uint32_t index = ring & kIndexMask;
  switch (ring >> kSizeShift) {
    case 0:
      return move(rings8_, index, rings32_, 1);
    case 1:
      return move(rings32_, index, rings128_, 2);
    default:
      return move(rings128_, index, rings512_, 3);
  }
}

void CopyFilter::Forget(uint32_t ring) {
  In(*this, ring, [](auto& slab, uint32_t index) { slab[index].next = slab[index].count = 0; });
}

void CopyFilter::Release(History* history) {
  if (history->ring == kNone) return;
  In(*this, history->ring, [](auto& slab, uint32_t index) { slab.Free(index); });
  history->ring = kNone;
}

size_t CopyFilter::memory_bytes() const {
  return rings8_.memory_bytes() + rings32_.memory_bytes() + rings128_.memory_bytes() +
         rings512_.memory_bytes();
}

}  // namespace tstat::internal
