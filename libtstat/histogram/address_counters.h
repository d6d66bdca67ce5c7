// SPDX-License-Identifier: BSD-3-Clause
//
// Packets and bytes by network: what the files `addresses` and `addresses2` hold.
//
//   AddressTable table(0xffffff00, 70001);
//   AddressTable::Entry* e = table.Find(address);    // null: no room for a further network
//   for (const HistogramSnapshot::Address& row : table.InFileOrder()) ...
#ifndef TSTAT_HISTOGRAM_ADDRESS_COUNTERS_H_
#define TSTAT_HISTOGRAM_ADDRESS_COUNTERS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tstat/histogram.h"
#include "tstat/time.h"

namespace tstat {

// Networks in buckets, whose order is that of the files.
class AddressTable {
 public:
  // Packets and bytes sent and received by a network, since the table was emptied.
  struct Entry {
    uint32_t network = 0;        // in host order
    uint32_t next = UINT32_MAX;  // entry of the same bucket; the table's
    int64_t source_packets = 0, destination_packets = 0;
    uint64_t source_bytes = 0, destination_bytes = 0;
  };
  static constexpr size_t kMaxEntries = size_t{1} << 22;

  AddressTable(uint32_t mask, uint32_t buckets);

  // The entry of the network of `address` (host order), made when missing.
  Entry* Find(uint32_t address);
  // Likewise, but null when missing.
  Entry* FindExisting(uint32_t address);
  // The address will be asked for soon.
  void Prefetch(uint32_t address) const { __builtin_prefetch(&first_[Bucket(address & mask_)]); }
  // The same for its entry, when the first fetch has had time to arrive.
  void PrefetchEntry(uint32_t address) const {
    const uint32_t first = first_[Bucket(address & mask_)];
    if (first != kEnd) __builtin_prefetch(&entries_[first], 1);
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

 private:
  static constexpr uint32_t kEnd = UINT32_MAX;

  // The remainder of dividing by the number of buckets, by multiplication (Lemire, Kaser, Kurz,
  // "Faster remainder by direct computation", 2019): exact for 32-bit numbers.
  size_t Bucket(uint32_t key) const {
    const uint64_t fraction = reciprocal_ * __builtin_bswap32(key);
    return static_cast<size_t>(static_cast<unsigned __int128>(fraction) * first_.size() >> 64);
  }

  uint32_t mask_;
  uint64_t reciprocal_;          // of the number of buckets: 2^64 / it, rounded up
  std::vector<uint32_t> first_;  // by bucket
  std::vector<Entry> entries_;
};

template <typename Visit>
std::vector<HistogramSnapshot::Address> AddressTable::InFileOrder(Visit visit) const {
  std::vector<HistogramSnapshot::Address> rows;
  rows.reserve(entries_.size());
  for (uint32_t first : first_) {
    for (uint32_t i = first; i != kEnd; i = entries_[i].next) {
      const Entry& e = entries_[i];
      HistogramSnapshot::Address& row = rows.emplace_back();
      row.network = e.network;
      row.source_packets = e.source_packets;
      row.destination_packets = e.destination_packets;
      row.source_bytes = e.source_bytes;
      row.destination_bytes = e.destination_bytes;
      visit(e, row);
    }
  }
  return rows;
}

// Both levels, fed packet by packet.
class AddressCounters {
 public:
  AddressCounters(const HistogramSelection& selection, uint32_t buckets);

  void Start(Timestamp now) { last_average_ = last_peak_ = now; }

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

}  // namespace tstat

#endif  // TSTAT_HISTOGRAM_ADDRESS_COUNTERS_H_
