// SPDX-License-Identifier: BSD-3-Clause
//
// Memory for types of large alignment, which the compiler's library leaves out for a C library
// without aligned_alloc.
#include <cstddef>
#include <cstdlib>
#include <new>

void* operator new(std::size_t size, std::align_val_t alignment) {
  void* memory = nullptr;
  const auto least = static_cast<std::size_t>(alignment) < sizeof(void*)
                         ? sizeof(void*)
                         : static_cast<std::size_t>(alignment);
  while (posix_memalign(&memory, least, size == 0 ? 1 : size) != 0) {
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
  return memory;
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return operator new(size, alignment);
}
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
