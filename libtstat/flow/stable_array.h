// SPDX-License-Identifier: BSD-3-Clause
//
// A contiguous array that grows without moving: address space for all of it is reserved at once,
// memory comes page by page as it grows, in huge pages where the system has them. An element costs
// one addition to find, so this is what the state of all flows lives in.
//
//   StableArray<State> flows(max_flows);
//   flows.GrowTo(i);      // elements up to i are value-initialised
//   flows[i].packets++;
#ifndef TSTAT_FLOW_STABLE_ARRAY_H_
#define TSTAT_FLOW_STABLE_ARRAY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace tstat::internal {

// A range of addresses, usable from its start on.
class AddressRange {
 public:
  // Less than `bytes` where the system refuses so much (ulimit -v). Throws std::bad_alloc when it
  // refuses nearly all.
  explicit AddressRange(size_t bytes);
  ~AddressRange();
  AddressRange(const AddressRange&) = delete;
  AddressRange& operator=(const AddressRange&) = delete;

  // The first `bytes` can be used; they were zero at first. Throws std::bad_alloc when they are
  // more than was reserved, or the system refuses.
  void Commit(size_t bytes);

  void* data() const { return data_; }
  size_t committed() const { return committed_; }

 private:
  void* data_ = nullptr;  // aligned to huge pages
  size_t size_, committed_ = 0;
  void* mapping_ = nullptr;  // of `size_` and a huge page, for the alignment
};

template <typename T>
class StableArray {
 public:
  // At most `capacity` elements, or fewer where addresses are scarce.
  explicit StableArray(size_t capacity)
      : range_(capacity * sizeof(T)), data_(static_cast<T*>(range_.data())) {}
  ~StableArray() { std::destroy_n(data_, size_); }

  T& operator[](uint32_t index) { return data_[index]; }
  const T& operator[](uint32_t index) const { return data_[index]; }

  // Makes `index` addressable. Throws std::bad_alloc beyond the capacity.
  void GrowTo(uint32_t index) {
    if (index < size_) return;
    const size_t bytes = (size_t{index} + 1) * sizeof(T);
    if (bytes > range_.committed()) range_.Commit(bytes);
    for (; size_ <= index; ++size_) ::new (static_cast<void*>(data_ + size_)) T();
  }

  size_t size() const { return size_; }
  bool contains(uint32_t index) const { return index < size_; }
  size_t memory_bytes() const { return size_ * sizeof(T); }

 private:
  AddressRange range_;
  T* data_;
  size_t size_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_STABLE_ARRAY_H_
