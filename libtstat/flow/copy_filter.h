// SPDX-License-Identifier: BSD-3-Clause
//
// Tells packets that were captured twice (both sides of a switch, a mirror port of two ports) from
// those that were sent twice: the same bytes in the headers, within a window of a few milliseconds.
// A copy may come behind other packets of its direction.
//
//   CopyFilter filter(window_us);
//   const CopyFilter::Mark mark = TcpMark(datagram, header, flow_hash);
//   filter.Prefetch(mark);
//   if (filter.Find(mark, now, number, history) != CopyFilter::Match::kNone) ...
//   filter.Remember(mark, now, number, &history);   // the packet with this number counts
//
// The marks of the last kPackets packets of the capture are kept in one place, and found by their
// content and direction: a direction costs four bytes, and whether a copy is found depends on its
// flow and on how many packets ago the other one came.
#ifndef TSTAT_FLOW_COPY_FILTER_H_
#define TSTAT_FLOW_COPY_FILTER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "decode/datagram.h"
#include "flow/stable_array.h"
#include "tstat/time.h"

namespace tstat::internal {

class CopyFilter {
 public:
  // So far behind the packet, of the capture, its copy may come: ten milliseconds of millions of
  // packets a second.
  static constexpr uint32_t kPackets = 65536;
  // Packets that are compared, of those that share a place in the index: of one direction and
  // content the newest is met first, others meet there by chance, or by an attacker's work.
  static constexpr int kMostCompared = 64;

  // What a packet is known by. Two packets with the same content have the same bytes but for what
  // routers change.
  struct Mark {
    uint64_t content = 0;
    uint32_t place =
        0;  // in the index, by content and direction: known before the flow is looked up
    uint8_t ttl = 0;

    Mark() = default;
    Mark(uint64_t of_content, uint32_t direction_hash, uint8_t of_ttl)
        : content(of_content), place(PlaceOf(of_content, direction_hash)), ttl(of_ttl) {}
  };
  // Of a direction: which one it is, modulo 2^32; 0: no packet of it counted so far.
  struct History {
    uint32_t id = 0;
  };
  enum class Match : uint8_t {
    kNone,
    kSame,    // as it was captured before
    kRouted,  // so, but for its TTL
  };

  explicit CopyFilter(double window_us);

  // The newest packet of the direction that `mark` may be a copy of.
  Match Find(const Mark& mark, Timestamp now, uint64_t number, const History& history) const {
    if (history.id == 0) return Match::kNone;
    const uint32_t newest = newest_[mark.place];
    if (!IsKept(newest, number) || IsTooOld(newest, now)) return Match::kNone;
    return FindBehind(mark, now, static_cast<uint32_t>(number), newest, history);
  }
  // Packets of a direction with these times may be copies. Either may be the earlier one.
  bool IsWithin(Timestamp a, Timestamp b) const {
    return std::abs(a.nanoseconds() - b.nanoseconds()) < window_ns_;
  }
  // The `number`-th packet of the capture counts.
  void Remember(const Mark& mark, Timestamp now, uint64_t number, History* history) {
    if (history->id == 0) history->id = ++directions_ != 0 ? directions_ : ++directions_;
    const uint32_t at = static_cast<uint32_t>(number) % kPackets;
    entries_.GrowTo(at);
    uint32_t& newest = newest_[mark.place];
    // One by one: what is built elsewhere first is copied in other pieces, which a processor waits
    // for.
    Entry& entry = entries_[at];
    entry.content = mark.content;
    entry.time = now;
    entry.direction = history->id;
    entry.before = newest;
    entry.ttl = mark.ttl;
    newest = static_cast<uint32_t>(number);
    ForgetOld(now, number);
  }
  // What is looked at for `mark`.
  void Prefetch(const Mark& mark) const { __builtin_prefetch(&newest_[mark.place], 1); }

  size_t memory_bytes() const {
    return entries_.memory_bytes() + newest_.size() * sizeof(uint32_t);
  }

 private:
  struct Entry {
    uint64_t content = 0;
    Timestamp time;
    uint32_t direction = 0;  // History::id
    uint32_t before = 0;     // the packet before in this place of the index
    uint8_t ttl = 0;
  };

  static uint32_t PlaceOf(uint64_t content, uint32_t direction_hash) {
    constexpr uint64_t kOdd = 0x9e3779b97f4a7c15;
    return static_cast<uint32_t>(((content ^ direction_hash) * kOdd) >> 32) % kPackets;
  }

  static bool IsKept(uint32_t packet, uint64_t number) {
    return packet != 0 && static_cast<uint32_t>(number) - packet < kPackets;
  }
  // It and all that came before it are out of the window: that is known without a look at them,
  // which are in no cache.
  bool IsTooOld(uint32_t packet, Timestamp now) const {
    return static_cast<int32_t>(packet - static_cast<uint32_t>(first_recent_)) < 0 &&
           now.nanoseconds() - newest_old_.nanoseconds() >= window_ns_;
  }
  void ForgetOld(Timestamp now, uint64_t number) {
    constexpr int kMostAtOnce = 4;  // as many packets as count between two of them, mostly
    // What is not kept does not matter. Where few packets count, the steps alone would fall behind
    // until the numbers, modulo 2^32, mean something else.
    if (number - first_recent_ >= kPackets) first_recent_ = number - kPackets + 1;
    for (int i = 0; i < kMostAtOnce && first_recent_ < number; ++i, ++first_recent_) {
      // Nor does what stands for packets that did not count.
      const uint32_t at = static_cast<uint32_t>(first_recent_) % kPackets;
      if (!entries_.contains(at)) continue;
      const Timestamp time = entries_[at].time;
      if (now.nanoseconds() - time.nanoseconds() < window_ns_) return;
      newest_old_ = std::max(newest_old_, time);
    }
  }
  Match FindBehind(const Mark& mark, Timestamp now, uint32_t number, uint32_t newest,
                   const History& history) const;

  int64_t window_ns_;
  StableArray<Entry> entries_{kPackets};  // by number modulo kPackets
  // The number of the newest packet, modulo 2^32, by PlaceOf; 0: none so far.
  std::vector<uint32_t> newest_ = std::vector<uint32_t>(kPackets);
  uint32_t directions_ = 0;  // ids given
  // No packet that counted before this one is later than `newest_old_`.
  uint64_t first_recent_ = 0;
  Timestamp newest_old_ = Timestamp::EarliestOfPacket();
};

// Sequence, acknowledgment, flags, window, length, options and IPv4 identification: not the
// checksum, which a sender's network card may still have to fill in.
CopyFilter::Mark TcpMark(const Datagram& d, const TcpHeader& h, uint32_t flow_hash);
// Length, checksum, IPv4 identification and the beginning of the payload; all of it, where a
// checksum of 0 says nothing of the rest.
CopyFilter::Mark UdpMark(const Datagram& d, const UdpHeader& h, uint32_t flow_hash);
// Of a packet that an ICMP error quotes: its addresses, identification, ports, and what follows.
CopyFilter::Mark QuoteMark(const Datagram& d);

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_COPY_FILTER_H_
