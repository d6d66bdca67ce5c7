// SPDX-License-Identifier: BSD-3-Clause
#include "flow/stable_array.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>

namespace tstat {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
// Memory is asked for in such steps, so that growing is seldom a system call.
constexpr size_t kStep = size_t{256} << 10;

constexpr size_t RoundUp(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

// State of flows is visited in no order; with small pages, many visits cost a walk through the page
// table, too. Arrays that stay small stay in small pages. All of this is advice: systems that know
// nothing of it go on without.
void AdviseHugePages(uint8_t* data, size_t old_size, size_t new_size) {
#ifdef MADV_HUGEPAGE
  if (new_size <= kStep) return;
  if (old_size <= kStep) {
    (void)madvise(data, RoundUp(new_size, kHugePage), MADV_HUGEPAGE);
  } else if (RoundUp(new_size, kHugePage) > RoundUp(old_size, kHugePage)) {
    (void)madvise(data + RoundUp(old_size, kHugePage),
                  RoundUp(new_size, kHugePage) - RoundUp(old_size, kHugePage), MADV_HUGEPAGE);
  }
#endif
}

}  // namespace

AddressRange::AddressRange(size_t bytes)
    : size_(RoundUp(std::max<size_t>(bytes, 1), kHugePage)), mapping_size_(size_ + kHugePage) {
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  mapping_ = mmap(nullptr, mapping_size_, PROT_NONE, kFlags, -1, 0);
  while (mapping_ == MAP_FAILED && size_ > kHugePage) {
    // A quarter, so that something is left for those who come after.
    size_ = RoundUp(size_ / 4, kHugePage);
    mapping_size_ = size_ + kHugePage;
    mapping_ = mmap(nullptr, mapping_size_, PROT_NONE, kFlags, -1, 0);
  }
  if (mapping_ == MAP_FAILED) throw std::bad_alloc();
  data_ = reinterpret_cast<void*>(RoundUp(reinterpret_cast<uintptr_t>(mapping_), kHugePage));
}

AddressRange::~AddressRange() { munmap(mapping_, mapping_size_); }

void AddressRange::Commit(size_t bytes) {
  if (bytes > size_) throw std::bad_alloc();
  const size_t wanted = RoundUp(bytes, bytes <= kStep ? kStep : kHugePage);
  if (wanted <= committed_) return;
  if (mprotect(data_, wanted, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
  AdviseHugePages(static_cast<uint8_t*>(data_), committed_, wanted);
  committed_ = wanted;
}

}  // namespace tstat
