// SPDX-License-Identifier: BSD-3-Clause
//
// What is kept of a TLS flow beyond the marks that every flow has: names, and (3.3) versions and
// the pieces of a fragmented client hello.
#ifndef TSTAT_L7_TLS_TLS_STATE_H_
#define TSTAT_L7_TLS_TLS_STATE_H_

#include <array>
#include <cstdint>

#include "l7/bounded_text.h"

namespace tstat::internal {

// [3.3] The client's segments so far, while the hello is not whole. Released at the server's hello.
struct TlsFragments {
  static constexpr uint16_t kCapacity = 4000;  // longer hellos are not put together

  uint16_t wanted = 0, size = 0;
  std::array<uint8_t, kCapacity> bytes;
  uint32_t slot = 0;

  TlsFragments() {}  // NOLINT: the bytes are undefined until written
};

struct TlsState {
  // TLS names end at 79 bytes, those of Facebook Zero at 119.
  BoundedText<119> server_name;
  BoundedText<79> common_name;

  // [3.3] By Index(Direction): up to 15 four-digit numbers.
  std::array<BoundedText<80>, 2> versions;
  std::array<bool, 2> version_set{};
  bool hello_was_fragmented = false;
  TlsFragments* fragments = nullptr;

  uint32_t slot = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_TLS_TLS_STATE_H_
