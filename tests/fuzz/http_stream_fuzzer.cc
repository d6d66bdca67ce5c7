// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: both directions of an HTTP connection. Any splitting of the same bytes must
// give the same heads. Input: for each turn a byte (bit 0: from the server, bit 1: bytes that are
// missing), a length (2 bytes, big-endian), and its bytes if they are not missing.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "tests/l7/http/http_harness.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

namespace {

bool HasControlCharacter(std::string_view text) {
  for (char c : text) {
    if (c != '\n' && (static_cast<uint8_t>(c) < 0x20 || c == 0x7f)) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tstat::ByteReader input({data, size});
  std::vector<tstat::Turn> turns;
  size_t piece = 1;
  for (size_t at = 0; input.Has(at, 3);) {
    const tstat::Direction direction =
        (input.U8(at) & 1) != 0 ? tstat::kFromServer : tstat::kFromClient;
    const uint16_t length = input.U16(at + 1);
    piece = 1 + length % 100;
    if ((input.U8(at) & 2) != 0) {
      turns.push_back(tstat::Missing(direction, length));
      at += 3;
      continue;
    }
    turns.push_back({direction, input.Text(at + 3, length)});
    at += 3 + turns.back().bytes.size();
  }
  const tstat::HttpRun whole = tstat::RunHttp(turns);
  if (!(tstat::RunHttp(turns, 1) == whole)) std::abort();
  if (!(tstat::RunHttp(turns, piece) == whole)) std::abort();
  if (HasControlCharacter(whole.requests) || HasControlCharacter(whole.responses)) std::abort();
  return 0;
}
