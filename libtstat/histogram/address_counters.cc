// SPDX-License-Identifier: BSD-3-Clause
#include "histogram/address_counters.h"

#include <algorithm>
#include <utility>

namespace tstat::internal {
namespace {

// kbit/s; 0/0 keeps the sign that the reference prints.
double Rate(uint64_t bytes, double elapsed_us) {
  return static_cast<double>(bytes) * 8.0 / elapsed_us * 1000.;
}

double Larger(double old, double rate) { return old > rate ? old : rate; }

void CountSource(AddressTable::Entry* e, uint32_t bytes) {
  if (e == nullptr) return;
  ++e->source_packets;
  e->source_bytes += bytes;
}
void CountDestination(AddressTable::Entry* e, uint32_t bytes) {
  if (e == nullptr) return;
  ++e->destination_packets;
  e->destination_bytes += bytes;
}

}  // namespace

AddressTable::Cell* AddressTable::FindCell(uint32_t network) {
  for (size_t i = Home(network);; i = (i + 1) & (cells_.size() - 1)) {
    Cell& cell = cells_[i];
    if (cell.entry == kEmpty || cell.network == network) return &cell;
  }
}

AddressTable::Entry* AddressTable::Find(uint32_t address) {
  const uint32_t network = address & mask_;
  ++lookups_;
  if (network == 0) [[unlikely]] {
    if (zero_ != kEmpty) return &entries_[zero_ - 1];
  } else {
    if (zero_ != kEmpty) [[unlikely]] {
      if (Entry* entry = TakeOver(network)) return entry;
    }
    if (const Cell* cell = FindCell(network); cell->entry != kEmpty)
      return &entries_[cell->entry - 1];
  }
  if (entries_.size() == most_) {
    ++refused_;
    return nullptr;
  }
  CountInChain(network);
  Entry& entry = entries_.emplace_back();
  entry.network = network;
  const auto number = static_cast<uint32_t>(entries_.size());
  if (network == 0) {
    zero_ = number;
    return &entry;
  }
  *FindCell(network) = {network, number};
  if (entries_.size() * 2 > cells_.size()) Grow();
  return &entry;
}

void AddressTable::CountInChain(uint32_t network) {
  if (used_now_.empty()) used_now_ = ever_used_[0] = ever_used_[1] = std::vector<bool>(buckets_);
  std::vector<bool>& ever_used = ever_used_[second_set_];
  const uint32_t bucket = Bucket(network);
  if (used_now_[bucket]) {
    ++chained_;
  } else {
    used_chains_ += ever_used[bucket] ? 0 : 1;
  }
  used_now_[bucket] = ever_used[bucket] = true;
}

// Network 0.0.0.0 counts as free: who meets it on the way through the chain takes it over with its
// counts (a quirk of the format). Null: it is not met.
AddressTable::Entry* AddressTable::TakeOver(uint32_t network) {
  if (Bucket(network) != Bucket(0)) return nullptr;
  Cell* const cell = FindCell(network);
  if (cell->entry != kEmpty && cell->entry < zero_) return nullptr;
  *cell = {network, std::exchange(zero_, kEmpty)};
  Entry& entry = entries_[cell->entry - 1];
  entry.network = network;
  return &entry;
}

AddressTable::Entry* AddressTable::FindExisting(uint32_t address) {
  const uint32_t network = address & mask_;
  const uint32_t entry = network == 0 ? zero_ : FindCell(network)->entry;
  return entry == kEmpty ? nullptr : &entries_[entry - 1];
}

void AddressTable::Grow() {
  std::vector<Cell> old(cells_.size() * 2);
  old.swap(cells_);
  for (const Cell& cell : old) {
    if (cell.entry != kEmpty) *FindCell(cell.network) = cell;
  }
}

void AddressTable::Clear() {
  second_set_ = !second_set_;
  if (entries_.empty()) return;
  used_now_.assign(buckets_, false);
  // After a flood a table of honest size is cleared again in honest time.
  if (cells_.size() > kInitialCells && cells_.size() / 16 > entries_.size()) {
    cells_ = std::vector<Cell>(cells_.size() / 2);
  } else {
    std::fill(cells_.begin(), cells_.end(), Cell());
  }
  entries_.clear();
  zero_ = kEmpty;
}

std::vector<uint32_t> AddressTable::FileOrder() const {
  // Bucket and number in one word, so that sorting keeps the order within a chain.
  std::vector<uint64_t> places;
  places.reserve(entries_.size());
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    places.push_back(uint64_t{Bucket(entries_[i].network)} << 32 | i);
  }
  std::sort(places.begin(), places.end());
  return {places.begin(), places.end()};
}

AddressCounters::AddressCounters(const HistogramSelection& selection, uint32_t buckets, size_t most)
    : selection_(selection),
      external_(selection.address_mask, buckets, most),
      average_(selection.internal_address_mask, selection.internal_addresses ? buckets : 1, most),
      peak_(selection.internal_address_mask, selection.internal_addresses ? buckets : 1, most) {}

bool AddressCounters::IsBlockDue(Timestamp now) {
  if (!selection_.internal_addresses) return false;
  const double since_peak = ElapsedMicroseconds(last_peak_, now);
  if (ElapsedMicroseconds(last_average_, now) >
      static_cast<double>(selection_.average_period_s) * 1e6) {
    UpdatePeaks(since_peak);
    return true;
  }
  if (since_peak > static_cast<double>(selection_.peak_period_s) * 1e6) {
    UpdatePeaks(since_peak);
    last_peak_ = now;
  }
  return false;
}

void AddressCounters::Count(uint32_t source, bool source_internal, uint32_t destination,
                            bool destination_internal, uint32_t bytes) {
  if (selection_.every_address || !source_internal) CountSource(external_.Find(source), bytes);
  if (selection_.every_address || !destination_internal) {
    CountDestination(external_.Find(destination), bytes);
  }
  if (!selection_.internal_addresses) return;
  if (source_internal) {
    CountSource(average_.Find(source), bytes);
    CountSource(peak_.Find(source), bytes);
  }
  if (destination_internal) {
    CountDestination(average_.Find(destination), bytes);
    CountDestination(peak_.Find(destination), bytes);
  }
}

void AddressCounters::TakeAddresses(HistogramSnapshot* out) {
  out->has_addresses = true;
  out->address_mask = selection_.address_mask;
  out->addresses = external_.InFileOrder();
  external_.Clear();
}

void AddressCounters::TakeInternalAddresses(Timestamp now, bool at_end, HistogramSnapshot* out) {
  if (at_end) UpdatePeaks(ElapsedMicroseconds(last_peak_, now));
  const double elapsed_us = ElapsedMicroseconds(last_average_, now);
  out->has_internal_addresses = true;
  out->internal_address_mask = selection_.internal_address_mask;
  out->average_period_s = selection_.average_period_s;
  out->peak_period_s = selection_.peak_period_s;
  out->internal_addresses =
      average_.InFileOrder([&](const AddressTable::Entry& entry, HistogramSnapshot::Address& row) {
        row.up = Rate(row.source_bytes, elapsed_us);
        row.down = Rate(row.destination_bytes, elapsed_us);
        const size_t number = average_.NumberOf(entry);
        if (number >= maxima_.size()) return;
        row.max_up = maxima_[number].up;
        row.max_down = maxima_[number].down;
      });
  average_.Clear();
  maxima_.clear();
  last_average_ = last_peak_ = now;
}

// Raises the maxima of the averages' networks, then empties the peaks.
void AddressCounters::UpdatePeaks(double elapsed_us) {
  peak_.ForEach([&](const AddressTable::Entry& peak) {
    const AddressTable::Entry* e = average_.FindExisting(peak.network);
    if (e == nullptr) return;
    const size_t number = average_.NumberOf(*e);
    if (number >= maxima_.size()) maxima_.resize(number + 1);
    Maxima& max = maxima_[number];
    max.up = Larger(max.up, Rate(peak.source_bytes, elapsed_us));
    max.down = Larger(max.down, Rate(peak.destination_bytes, elapsed_us));
  });
  peak_.Clear();
}

}  // namespace tstat::internal
