// SPDX-License-Identifier: BSD-3-Clause
//
// Packets and bytes by network: what the files `addresses` and `addresses2` hold.
//
//   AddressTable table(0xffffff00, 70001);
//   AddressTable::Entry* e = table.Find(address);    // null: no room for a further network
//   for (const HistogramSnapshot::Address& row : table.InFileOrder()) ...
#ifndef TSTAT_HISTOGRAM_ADDRESS_COUNTERS_H_
#define TSTAT_HISTOGRAM_ADDRESS_COUNTERS_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "flow/clock_step.h"
#include "flow/keyed_hash.h"
#include "tstat/histogram.h"
#include "tstat/statistics.h"
#include "tstat/time.h"

namespace tstat::internal {

// Networks, found by a keyed hash, for senders choose them. The files have an order of their own:
// that of `buckets` chains, in which networks stand as they came.
class AddressTable {
 public:
  // Packets and bytes sent and received by a network, since the table was emptied.
  struct Entry {
    uint32_t network = 0;  // in host order
    int64_t source_packets = 0, destination_packets = 0;
    uint64_t source_bytes = 0, destination_bytes = 0;
  };
  static constexpr size_t kMaxEntries = size_t{1} << 22;

  // `most`: entries that it holds.
  AddressTable(uint32_t mask, uint32_t buckets, size_t most = kMaxEntries)
      : mask_(mask), buckets_(std::max<uint32_t>(buckets, 1)), most_(most), cells_(kInitialCells) {}

  // The entry of the network of `address` (host order), made when missing; null: the table is full.
  Entry* Find(uint32_t address);
  // Likewise, but null when missing.
  Entry* FindExisting(uint32_t address);
  // The address will be asked for soon.
  void Prefetch(uint32_t address) const { __builtin_prefetch(&cells_[Home(address & mask_)]); }
  // The same for its entry, when the first fetch has had time to arrive.
  void PrefetchEntry(uint32_t address) const {
    const uint32_t entry = cells_[Home(address & mask_)].entry;
    if (entry != kEmpty) __builtin_prefetch(&entries_[entry - 1], 1);
  }
  void Clear();
  // In the order of the file, without rates, which visit(entry, row) may add.
  std::vector<HistogramSnapshot::Address> InFileOrder() const {
    return InFileOrder([](const Entry& entry, HistogramSnapshot::Address& row) {});
  }
  template <typename Visit>
  std::vector<HistogramSnapshot::Address> InFileOrder(Visit visit) const;
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const Entry& entry : entries_) visit(entry);
  }
  // Entries have consecutive numbers from 0 on.
  size_t NumberOf(const Entry& entry) const {
    return static_cast<size_t>(&entry - entries_.data());
  }
  // Since the table was made: times that Find had no room, or was asked; chains that were used, and
  // entries that were not the first in theirs.
  uint64_t refused() const { return refused_; }
  uint64_t lookups() const { return lookups_; }
  uint64_t used_chains() const { return used_chains_; }
  uint64_t chained() const { return chained_; }

 private:
  static constexpr size_t kInitialCells = 1 << 10;
  static constexpr uint32_t kEmpty = 0;
  struct Cell {
    uint32_t network = 0;
    uint32_t entry = kEmpty;  // number + 1
  };

  // Its place in the file: the chain of network 0 is the first one.
  uint32_t Bucket(uint32_t network) const { return __builtin_bswap32(network) % buckets_; }
  size_t Home(uint32_t network) const { return hash_key_.Hash32(network) & (cells_.size() - 1); }
  // The cell of the network, or the empty one where it belongs.
  Cell* FindCell(uint32_t network);
  Entry* TakeOver(uint32_t network);
  void CountInChain(uint32_t network);
  void Grow();
  // The numbers of the entries, in the order of the file.
  std::vector<uint32_t> FileOrder() const;

  uint32_t mask_;
  uint32_t buckets_;
  size_t most_;
  HashKey hash_key_ = HashKey::Random();
  std::vector<Cell> cells_;  // a power of two, at most half full; all networks but 0
  std::vector<Entry> entries_;
  uint32_t zero_ = kEmpty;  // entry of network 0, + 1
  uint64_t refused_ = 0, lookups_ = 0;
  // By bucket, from the first entry on: it is used since Clear, and it was used before. Tstat has
  // two sets of chains, which take turns at Clear, and keeps what it made in each.
  std::vector<bool> used_now_;
  std::array<std::vector<bool>, 2> ever_used_;
  bool second_set_ = false;
  uint64_t used_chains_ = 0, chained_ = 0;
};

template <typename Visit>
std::vector<HistogramSnapshot::Address> AddressTable::InFileOrder(Visit visit) const {
  std::vector<HistogramSnapshot::Address> rows;
  rows.reserve(entries_.size());
  for (const uint32_t number : FileOrder()) {
    const Entry& e = entries_[number];
    HistogramSnapshot::Address& row = rows.emplace_back();
    row.network = e.network;
    row.source_packets = e.source_packets;
    row.destination_packets = e.destination_packets;
    row.source_bytes = e.source_bytes;
    row.destination_bytes = e.destination_bytes;
    visit(e, row);
  }
  return rows;
}

// Both levels, fed packet by packet.
class AddressCounters {
 public:
  // `most`: networks that each of the tables holds.
  AddressCounters(const HistogramSelection& selection, uint32_t buckets,
                  size_t most = AddressTable::kMaxEntries);

  void Start(Timestamp now) { last_average_ = last_peak_ = now; }

  // The clock was set: from now on it is `by_ns` later, or earlier.
  void Shift(int64_t by_ns) {
    last_average_ = Shifted(last_average_, by_ns);
    last_peak_ = Shifted(last_peak_, by_ns);
  }

  // Whether a block of internal addresses is due at `now`, before the packet is counted; peaks are
  // updated on the way.
  bool IsBlockDue(Timestamp now);
  // An IPv4 packet that comes soon.
  void Prefetch(uint32_t source, uint32_t destination) const {
    external_.Prefetch(source);
    external_.Prefetch(destination);
  }
  void PrefetchEntries(uint32_t source, uint32_t destination) const {
    external_.PrefetchEntry(source);
    external_.PrefetchEntry(destination);
  }
  // An IPv4 packet.
  void Count(uint32_t source, bool source_internal, uint32_t destination, bool destination_internal,
             uint32_t bytes);

  // Since the start: what the closing report says of external addresses, and addresses of packets
  // that were not counted for want of room.
  void AddTo(Statistics* s) const {
    s->address_chains += external_.used_chains();
    s->chained_addresses += external_.chained();
    s->address_lookups += external_.lookups();
    s->uncounted_addresses += external_.refused() + average_.refused() + peak_.refused();
  }

  // Fills the snapshot's tables and empties them.
  void TakeAddresses(HistogramSnapshot* out);
  // `at_end`: at the end of a trace, where the peaks are updated once more.
  void TakeInternalAddresses(Timestamp now, bool at_end, HistogramSnapshot* out);

 private:
  void UpdatePeaks(double elapsed_us);

  const HistogramSelection& selection_;
  // kbit/s
  struct Maxima {
    double up = 0, down = 0;
  };

  AddressTable external_, average_, peak_;
  std::vector<Maxima> maxima_;  // of average_, by entry; grown when needed
  Timestamp last_average_, last_peak_;
};

}  // namespace tstat::internal

#endif  // TSTAT_HISTOGRAM_ADDRESS_COUNTERS_H_
