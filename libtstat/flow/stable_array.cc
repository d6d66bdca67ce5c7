// SPDX-License-Identifier: BSD-3-Clause
#include "flow/stable_array.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>

#include "flow/huge_pages.h"

namespace tstat::internal {
namespace {

// Memory is asked for in such steps, so that growing is seldom a system call.
constexpr size_t kStep = size_t{256} << 10;

constexpr size_t RoundUp(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

}  // namespace

AddressRange::AddressRange(size_t bytes) : size_(RoundUp(std::max<size_t>(bytes, 1), kHugePage)) {
  const auto reserve = [this] {
    mapping_ = mmap(nullptr, size_ + kHugePage, PROT_NONE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return mapping_ != MAP_FAILED;
  };
  while (!reserve()) {
    if (size_ == kHugePage) throw std::bad_alloc();
    // A quarter, so that something is left for those who come after.
    size_ = RoundUp(size_ / 4, kHugePage);
  }
  data_ = reinterpret_cast<void*>(RoundUp(reinterpret_cast<uintptr_t>(mapping_), kHugePage));
}

AddressRange::~AddressRange() { munmap(mapping_, size_ + kHugePage); }

void AddressRange::Commit(size_t bytes) {
  if (bytes > size_) throw std::bad_alloc();
  const size_t wanted = RoundUp(bytes, bytes <= kStep ? kStep : kHugePage);
  if (wanted <= committed_) return;
  if (mprotect(data_, wanted, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
  committed_ = wanted;
  // Arrays that stay small stay in small pages.
  if (wanted > kStep) AskForHugePages(data_, wanted);
}

}  // namespace tstat::internal
