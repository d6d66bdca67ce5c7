// SPDX-License-Identifier: BSD-3-Clause
//
// Text of bounded length inside flow state: any bytes, no allocation, no cost until it is set.
#ifndef TSTAT_L7_BOUNDED_TEXT_H_
#define TSTAT_L7_BOUNDED_TEXT_H_

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tstat::internal {

template <uint16_t kCapacity>
class BoundedText {
 public:
  BoundedText() {}  // NOLINT: the bytes are undefined until set

  // Longer text is cut.
  void Set(std::string_view text) {
    size_ = static_cast<uint16_t>(text.size() < kCapacity ? text.size() : kCapacity);
    std::memcpy(bytes_.data(), text.data(), size_);
  }
  bool empty() const { return size_ == 0; }
  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  uint16_t size_ = 0;
  std::array<char, kCapacity> bytes_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_BOUNDED_TEXT_H_
