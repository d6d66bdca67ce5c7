// SPDX-License-Identifier: BSD-3-Clause
//
// Images of addresses of one family, the most recently used ones. Its counters are those of
// Tstat's closing report.
#ifndef TSTAT_PRIVACY_IMAGE_CACHE_H_
#define TSTAT_PRIVACY_IMAGE_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "tstat/anonymizer.h"

namespace tstat::internal {

// What an image is looked up for: each counts in its way.
enum class ImageUse : uint8_t { kNewFlow, kRow };

// `Address` is what the family's addresses are: uint32_t, an array of bytes.
template <typename Address>
class ImageCache {
 public:
  // Of `size` addresses at most; 0: nothing is kept.
  explicit ImageCache(uint32_t size) : size_(size) {}

  // The image of `address`: the cached one, or what `make(address)` gives.
  template <typename Make>
  Address Get(const Address& address, ImageUse use, Make make) {
    if (auto found = places_.find(address); found != places_.end()) {
      if (use == ImageUse::kNewFlow) ++counters_.hits;
      MoveToFront(found->second);
      return entries_[found->second].image;
    }
    ++counters_.inserted;
    if (use == ImageUse::kRow) ++counters_.misses;
    return Insert(address, make(address));
  }
  // Without counting.
  Address Insert(const Address& address, const Address& image) {
    if (size_ == 0) return image;
    uint32_t place = 0;
    if (entries_.size() < size_) {
      place = static_cast<uint32_t>(entries_.size());
      entries_.push_back({});
    } else {
      place = last_;
      places_.erase(entries_[place].address);
      Unlink(place);
    }
    entries_[place].address = address;
    entries_[place].image = image;
    places_.emplace(address, place);
    LinkFirst(place);
    return image;
  }

  const AnonymizerCounters& counters() const { return counters_; }
  size_t entries() const { return entries_.size(); }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Entry {
    Address address{}, image{};
    uint32_t before = kNone, after = kNone;  // in the order of use
  };

  void MoveToFront(uint32_t place) {
    if (place == first_) return;
    Unlink(place);
    LinkFirst(place);
  }
  void Unlink(uint32_t place) {
    const Entry& entry = entries_[place];
    (entry.before != kNone ? entries_[entry.before].after : first_) = entry.after;
    (entry.after != kNone ? entries_[entry.after].before : last_) = entry.before;
  }
  void LinkFirst(uint32_t place) {
    entries_[place].before = kNone;
    entries_[place].after = first_;
    (first_ != kNone ? entries_[first_].before : last_) = place;
    first_ = place;
  }

  uint32_t size_;
  absl::flat_hash_map<Address, uint32_t> places_;  // in entries_
  std::vector<Entry> entries_;
  uint32_t first_ = kNone, last_ = kNone;  // used last, and longest ago
  AnonymizerCounters counters_;
};

}  // namespace tstat::internal

#endif  // TSTAT_PRIVACY_IMAGE_CACHE_H_
