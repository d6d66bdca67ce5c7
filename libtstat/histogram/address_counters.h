// SPDX-License-Identifier: BSD-3-Clause
//
// Packets and bytes by network (spec 50, 7): what the files `addresses` and `addresses2` hold.
//
//   AddressTable table(0xffffff00, 70001);
//   AddressTable::Entry* e = table.Find(address);    // null: no room for a further network
//   for (const AddressTable::Entry* e : table.InFileOrder()) ...
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
  using Entry = HistogramSnapshot::Address;
  static constexpr size_t kMaxEntries = size_t{1} << 22;

  AddressTable(uint32_t mask, uint32_t buckets);

  // The entry of the network of `address` (host order), made when missing.
  Entry* Find(uint32_t address);
  // Likewise, but null when missing.
  Entry* FindExisting(uint32_t address);
  void Clear();
  std::vector<Entry> InFileOrder() const;
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  static constexpr uint32_t kEnd = UINT32_MAX;

  size_t Bucket(uint32_t key) const { return __builtin_bswap32(key) % first_.size(); }

  uint32_t mask_;
  std::vector<uint32_t> first_;  // by bucket
  std::vector<Entry> entries_;
  std::vector<uint32_t> next_;  // of the same bucket
};

// Both levels, fed packet by packet.
class AddressCounters {
 public:
  AddressCounters(const HistogramSelection& selection, uint32_t buckets);

  void Start(Timestamp now) { last_average_ = last_peak_ = now; }

  // Whether a block of internal addresses is due at `now`, before the packet is counted; peaks are
  // updated on the way.
  bool IsBlockDue(Timestamp now);
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
  AddressTable external_, average_, peak_;
  Timestamp last_average_, last_peak_;
};

}  // namespace tstat

#endif  // TSTAT_HISTOGRAM_ADDRESS_COUNTERS_H_
