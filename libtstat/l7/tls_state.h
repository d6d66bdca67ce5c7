// SPDX-License-Identifier: BSD-3-Clause
//
// What is kept of a TLS flow beyond the marks that every flow has: names, and (3.3) versions and
// the pieces of a fragmented client hello.
#ifndef TSTAT_L7_TLS_STATE_H_
#define TSTAT_L7_TLS_STATE_H_

#include <array>
#include <cstdint>
#include <string_view>

namespace tstat {

// Text of at most kCapacity bytes, any values.
template <uint16_t kCapacity>
struct BoundedText {
  uint16_t size = 0;
  std::array<char, kCapacity> bytes;

  BoundedText() {}  // NOLINT: the bytes are undefined until set
  void Set(std::string_view text) {
    size = static_cast<uint16_t>(text.size() < kCapacity ? text.size() : kCapacity);
    for (uint16_t i = 0; i < size; ++i) bytes[i] = text[i];
  }
  bool empty() const { return size == 0; }
  std::string_view view() const { return {bytes.data(), size}; }
};

struct TlsState {
  static constexpr uint16_t kMaxNameLength = 79;
  // Facebook Zero names may be longer (spec 40, 13.2).
  static constexpr uint16_t kMaxStoredName = 119;
  static constexpr uint16_t kMaxFragments = 2048;

  BoundedText<kMaxStoredName> server_name;
  BoundedText<kMaxNameLength> common_name;

  // [3.3]
  std::array<BoundedText<80>, 2> versions;  // up to 15 four-digit numbers; by Index(Direction)
  std::array<bool, 2> version_set{};
  uint16_t hello_length = 0;  // wanted bytes of a fragmented client hello; 0: not fragmented
  BoundedText<kMaxFragments> fragments;

  uint32_t slot = 0;
};
static_assert(sizeof(TlsState) <= 4096);

}  // namespace tstat

#endif  // TSTAT_L7_TLS_STATE_H_
