// SPDX-License-Identifier: BSD-3-Clause
//
// Memory for a table whose cells are visited in no order: a large one lies in huge pages where the
// system has them, or each visit would cost a walk through the page table, too.
//
//   std::vector<Cell, HugePageAllocator<Cell>> cells(n);
#ifndef TSTAT_FLOW_HUGE_PAGES_H_
#define TSTAT_FLOW_HUGE_PAGES_H_

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace tstat::internal {

inline constexpr size_t kHugePage = size_t{2} << 20;

// Advice: systems that know nothing of it go on without.
inline void AskForHugePages([[maybe_unused]] void* begin, [[maybe_unused]] size_t bytes) {
#ifdef MADV_HUGEPAGE
  (void)madvise(begin, bytes, MADV_HUGEPAGE);
#endif
}

template <typename T>
class HugePageAllocator {
 public:
  using value_type = T;

  HugePageAllocator() = default;
  template <typename U>
  explicit HugePageAllocator(const HugePageAllocator<U>&) {}

  T* allocate(size_t count) {
    if (count > size_t{PTRDIFF_MAX} / sizeof(T)) throw std::bad_array_new_length();
    const size_t bytes = count * sizeof(T);
    void* const memory = ::operator new(bytes, AlignmentOf(bytes));
    if (bytes >= kHugePage) AskForHugePages(memory, bytes / kHugePage * kHugePage);
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t count) {
    ::operator delete(memory, AlignmentOf(count * sizeof(T)));
  }
  friend bool operator==(const HugePageAllocator&, const HugePageAllocator&) { return true; }

 private:
  static constexpr std::align_val_t AlignmentOf(size_t bytes) {
    return std::align_val_t{bytes >= kHugePage ? kHugePage : alignof(std::max_align_t)};
  }
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_HUGE_PAGES_H_
