// SPDX-License-Identifier: BSD-3-Clause
//
// TCP segments that IP carries in fragments (RFC 791, 3.2; RFC 8200, 4.5). Only the first fragment
// has the TCP header, and only the last one tells how long the segment is. So the first is held
// until the last has come; then the segment counts once, with all its bytes, at the time of the
// later of the two. Of UDP nothing is held: the header in the first fragment tells the length.
//
//   FragmentTable fragments;
//   if (fragments.Take(&datagram, flags) == FragmentTable::Verdict::kCompletes) {
//     Use(fragments.segment());
//   }
//
// What is held is bounded for each source, by the number of segments, and by time: a segment whose
// last fragment does not come is counted and given up. Nothing depends on a hash.
#ifndef TSTAT_FLOW_FRAGMENT_TABLE_H_
#define TSTAT_FLOW_FRAGMENT_TABLE_H_

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "decode/datagram.h"
#include "flow/step.h"
#include "tstat/ip_address.h"
#include "tstat/statistics.h"
#include "tstat/time.h"

namespace tstat::internal {

class FragmentTable {
 public:
  static constexpr size_t kMostOfSource = 64, kMost = 4096;
  static constexpr size_t kMostBytes = 9216;          // that are kept of a first fragment
  static constexpr int64_t kWaitNs = 30'000'000'000;  // for the last fragment
  static constexpr int64_t kEarlyNs = 1'000'000'000;  // that a last fragment may come too early

  // `part`: bytes that it may have, of MemoryPlan.
  explicit FragmentTable(uint64_t part = UINT64_MAX)
      : most_bytes_(part / 2),
        most_(static_cast<size_t>(std::clamp<uint64_t>(part / 2 / kEntryBytes, 1, kMost))) {}

  enum class Verdict : uint8_t {
    kAsItIs,     // to be analysed as it stands; its lengths may have become those of the whole
    kHeld,       // not yet
    kCompletes,  // not itself, but segment() is to be analysed now
  };

  static bool IsFragment(const Datagram& d) { return d.more_fragments || d.fragment_offset != 0; }

  // REQUIRES: IsFragment(*d). Times may go back.
  Verdict Take(Datagram* d, const PacketFlags& flags);
  // After kCompletes, until the next call.
  const Datagram& segment() const { return segment_.datagram; }
  const PacketFlags& flags() const { return segment_.flags; }

  // Nothing more comes.
  void GiveUpAll();

  // Segments that were held, and of which the last part never came.
  uint64_t incomplete() const { return incomplete_; }
  TableUse use() const {
    return {.name = "fragments",
            .used = waiting_.size(),
            .limit = most_,
            .bytes = memory_bytes(),
            .most_bytes = most_bytes_ < kMost * kMostBytes ? most_bytes_ : 0,
            .evicted = refused_};
  }
  size_t memory_bytes() const { return held_bytes_ + waiting_.size() * sizeof(Waiting); }

 private:
  // Of one that waits, without its bytes: in all tables, some of which forget late.
  static constexpr size_t kEntryBytes = 768;

  struct Key {
    IpAddress source, destination;
    uint32_t id = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  // A first fragment with bytes of its own.
  struct Held {
    Datagram datagram;
    PacketFlags flags;
    std::vector<uint8_t> bytes;
  };
  struct Waiting {
    Timestamp since;
    uint64_t number = 0;         // among all that ever waited
    std::optional<Held> first;   // else the last one came before it,
    uint32_t payload_bytes = 0;  // and told the length
  };
  struct Due {
    Timestamp since;
    uint64_t number;
    Key key;
  };
  using Table = std::map<Key, Waiting>;

  Verdict TakeFirst(const Key& key, Datagram* d, const PacketFlags& flags);
  Verdict TakeLast(const Key& key, const Datagram& d);
  // Null: no room.
  Waiting* Wait(const Key& key, Timestamp now);
  void Forget(Table::iterator it);
  void GiveUp(Timestamp now);

  Table waiting_;
  std::map<IpAddress, size_t> of_source_;
  std::deque<Due> due_;  // in the order of their numbers
  Held segment_;
  size_t held_bytes_ = 0;
  uint64_t numbers_ = 0, incomplete_ = 0;
  uint64_t refused_ = 0;  // found no room: they are analysed as they stand
  const uint64_t most_bytes_;
  const size_t most_;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_FRAGMENT_TABLE_H_
