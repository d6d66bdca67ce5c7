// SPDX-License-Identifier: BSD-3-Clause
//
// Text from packets, written so that it stays one cell of its row whatever a sender put into it.
// As %XX, and nothing else:
//
//   - control bytes (0x00 to 0x1f) and 0x7f: a newline ends a row, an escape drives a terminal
//   - bytes that are no part of well-formed UTF-8 (RFC 3629, 4: no overlong forms, no surrogates,
//     nothing above U+10FFFF), each of them by itself
//   - the blank where the log separates with it
//   - `"`, with which readers of tables begin a quoted cell: everywhere in a name, which never has
//     one, else as the first byte of a cell
//   - `#` as the first byte of a row, where it begins a header
//
// `%` itself stays, as percent-encoded URLs do: what was written cannot be told back.
#ifndef TSTAT_SCHEMA_CELL_TEXT_H_
#define TSTAT_SCHEMA_CELL_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "schema/row_buffer.h"

namespace tstat::internal {

enum class TextKind : uint8_t {
  kName,   // of a host or server, which has no `"`
  kOther,  // all else that a sender wrote
  // A DNS record in the form of master files, which quotes and escapes by itself: a blank is
  // written as TAB, which stays, and so does a `"` at the begin of the cell that a later one ends.
  kRecord,
};

namespace cell_text_internal {

inline constexpr uint64_t kOnes = 0x0101010101010101;
inline constexpr uint64_t kHighBits = 0x80 * kOnes;

// Not 0 if a byte of `word` is below `limit` (at most 0x80), above 0x7e, `"` or `#`. Exact as a
// question of any byte: a borrow or carry comes only from a byte that is itself one of these.
constexpr uint64_t AnyToLookAt(uint64_t word, uint64_t limit) {
  // `"` and `#` differ in the last bit.
  const uint64_t quote_or_hash = (word & ~kOnes) ^ ('"' * kOnes);
  return ((word - limit * kOnes) | (word + kOnes) | word | (quote_or_hash - kOnes)) & kHighBits;
}

inline constexpr size_t kWordSize = sizeof(uint64_t);
inline uint64_t WordAt(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, kWordSize);
  return word;
}

}  // namespace cell_text_internal

// True for a text that every rule leaves alone in a log of this separator. Where a `"` or `#` is
// not at the beginning, false may be wrong.
inline bool IsPlainCellText(std::string_view text, char separator) {
  using namespace cell_text_internal;  // NOLINT: its only user
  const uint64_t limit = separator == ' ' ? '!' : ' ';
  const char* const data = text.data();
  const size_t size = text.size();
  uint64_t found = 0;
  if (size < kWordSize) {
    for (const char c : text) found |= AnyToLookAt(static_cast<uint8_t>(c) * kOnes, limit);
    return found == 0;
  }
  for (size_t at = 0; at + kWordSize <= size; at += kWordSize) {
    found |= AnyToLookAt(WordAt(data + at), limit);
  }
  // The rest, with some bytes for the second time.
  found |= AnyToLookAt(WordAt(data + size - kWordSize), limit);
  return found == 0;
}

// Bytes of the well-formed UTF-8 sequence that begins `text`; 0: none does. REQUIRES: not empty,
// not ASCII.
size_t Utf8Length(std::string_view text);
// `byte` as %XX, 3 bytes.
char* WritePercent(uint8_t byte, char* out);

// Appends `text` by the rules above. `begins_cell`: nothing of the cell was written before.
void AppendCellText(std::string_view text, TextKind kind, char separator, bool begins_cell,
                    RowBuffer& row);

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_CELL_TEXT_H_
