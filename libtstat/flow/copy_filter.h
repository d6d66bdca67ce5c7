// SPDX-License-Identifier: BSD-3-Clause
//
// Tells packets that were captured twice (both sides of a switch, a mirror port of two ports) from
// those that were sent twice: the same bytes in the headers, within a window of a few milliseconds.
// A copy may come after other packets of its direction, so the marks of recent packets are kept.
//
//   CopyFilter filter(window_us);
//   const CopyFilter::Mark mark = TcpMark(datagram, header);
//   if (filter.Find(mark, now, last, history) != CopyFilter::Match::kNone) ...
//   filter.Remember(mark, now, last, &history);   // a packet that counts
//   last = {mark.content, now};
//   filter.Release(&history);                     // the flow ends
//
// What is kept is bounded for each direction: its last kMostMarks packets within the window. A
// direction that never sends two packets within one window costs nothing beside its last mark.
#ifndef TSTAT_FLOW_COPY_FILTER_H_
#define TSTAT_FLOW_COPY_FILTER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "decode/datagram.h"
#include "flow/slab.h"
#include "tstat/time.h"

namespace tstat::internal {

class CopyFilter {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr uint32_t kMostMarks = 512;

  // What a packet is known by. Two packets with the same content have the same bytes but for what
  // routers change.
  struct Mark {
    uint64_t content = 0;  // never 0 in a packet's
    uint8_t ttl = 0;
  };
  // The last packet of a direction that counted.
  struct Last {
    uint64_t content = 0;  // 0: there was none
    Timestamp time;
  };
  // What else is kept of a direction.
  struct History {
    uint32_t ring = kNone;
    uint8_t last_ttl = 0;
  };
  enum class Match : uint8_t {
    kNone,
    kSame,    // as it was captured before
    kRouted,  // so, but for its TTL
  };

  // Windows are at most kLongestWindowUs.
  explicit CopyFilter(double window_us);
  static constexpr double kLongestWindowUs = 60e6;

  // The newest packet of the direction that `mark` may be a copy of.
  Match Find(const Mark& mark, Timestamp now, const Last& last, const History& history) const {
    if (!IsWithin(now, last.time)) return Match::kNone;
    if (last.content == mark.content) return Compare(mark.ttl, history.last_ttl);
    return history.ring == kNone ? Match::kNone : FindInRing(mark, now, history.ring);
  }
  // The packet counts. `last`: the one before it.
  void Remember(const Mark& mark, Timestamp now, const Last& last, History* history) {
    if (IsWithin(now, last.time) && last.content != 0) {
      Push(last, history);
    } else if (history->ring != kNone) {
      Forget(history->ring);
    }
    history->last_ttl = mark.ttl;
  }
  void Release(History* history);

  size_t memory_bytes() const;

 private:
  struct Entry {
    uint64_t content = 0;
    uint32_t time_us = 0;  // modulo 2^32: all are younger than that
    uint8_t ttl = 0;
  };
  template <uint32_t kSize>
  struct Ring {
    static constexpr uint32_t kEntries = kSize;
    std::array<Entry, kSize> entries;
    uint32_t next = 0, count = 0;
  };
  // By the two upper bits of its number, a ring is of one of these.
  static constexpr unsigned kSizeShift = 30;
  static constexpr uint32_t kIndexMask = (1u << kSizeShift) - 1;

  static uint32_t Micros(Timestamp t) { return static_cast<uint32_t>(t.nanoseconds() / 1000); }
  static Match Compare(uint8_t a, uint8_t b) { return a == b ? Match::kSame : Match::kRouted; }
  // Either may be the earlier one.
  bool IsWithin(Timestamp a, Timestamp b) const {
    return std::abs(a.nanoseconds() - b.nanoseconds()) < window_ns_;
  }
  bool IsWithin(uint32_t a_us, uint32_t b_us) const {
    return std::abs(static_cast<int32_t>(a_us - b_us)) < window_us_;
  }

  // Calls visit(slab, index) for the slab that the ring is in.
  template <typename Self, typename Visit>
  static auto In(Self& self, uint32_t ring, Visit visit);
  Match FindInRing(const Mark& mark, Timestamp now, uint32_t ring) const;
  void Push(const Last& last, History* history);
  void Forget(uint32_t ring);
  // The ring's entries in one of the next size; the old one is freed.
  uint32_t Enlarge(uint32_t ring);

  int64_t window_ns_;
  int32_t window_us_;
  Slab<Ring<8>, 8> rings8_;
  Slab<Ring<32>, 6> rings32_;
  Slab<Ring<128>, 4> rings128_;
  Slab<Ring<kMostMarks>, 2> rings512_;
};

// Sequence, acknowledgment, flags, window, length, options and IPv4 identification: not the
// checksum, which a sender's network card may still have to fill in.
CopyFilter::Mark TcpMark(const Datagram& d, const TcpHeader& h);
// Length, checksum, IPv4 identification and the beginning of the payload.
CopyFilter::Mark UdpMark(const Datagram& d, const UdpHeader& h);

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_COPY_FILTER_H_
