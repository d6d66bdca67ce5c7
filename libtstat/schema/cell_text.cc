// SPDX-License-Identifier: BSD-3-Clause
#include "schema/cell_text.h"

#include <cassert>

namespace tstat::internal {
namespace {

// The second bytes that may follow a first byte of well-formed UTF-8, and the length of the
// sequence; all bytes behind the second are 0x80 to 0xbf (Unicode, table 3-7, which spells RFC
// 3629's grammar out).
struct Utf8Form {
  uint8_t first_from, first_to;
  uint8_t length;
  uint8_t second_from, second_to;
};
constexpr Utf8Form kUtf8Forms[] = {
    {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf}, {0xe1, 0xec, 3, 0x80, 0xbf},
    {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf}, {0xf0, 0xf0, 4, 0x90, 0xbf},
    {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

constexpr bool IsBetween(uint8_t byte, uint8_t from, uint8_t to) {
  return byte >= from && byte <= to;
}

// Whether a reader that takes a `"` at the begin of a cell for a quote finds the one that ends it:
// two of them in a row are none (RFC 4180, 2).
bool EndsItsQuote(std::string_view text) {
  for (size_t at = 1; at < text.size(); ++at) {
    if (text[at] != '"') continue;
    if (at + 1 == text.size() || text[at + 1] != '"') return true;
    ++at;
  }
  return false;
}

constexpr size_t kHexLength = 3;

}  // namespace

size_t Utf8Length(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<uint8_t>(text[i]); };
  assert(!text.empty() && byte(0) >= 0x80);
  for (const Utf8Form& form : kUtf8Forms) {
    if (!IsBetween(byte(0), form.first_from, form.first_to)) continue;
    if (text.size() < form.length) return 0;
    if (!IsBetween(byte(1), form.second_from, form.second_to)) return 0;
    for (size_t i = 2; i < form.length; ++i) {
      if (!IsBetween(byte(i), 0x80, 0xbf)) return 0;
    }
    return form.length;
  }
  return 0;
}

char* WritePercent(uint8_t byte, char* out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  *out++ = '%';
  *out++ = kDigits[byte >> 4];
  *out++ = kDigits[byte & 15];
  return out;
}
void AppendCellText(std::string_view text, TextKind kind, char separator, bool begins_cell,
                    RowBuffer& row) {
  if (IsPlainCellText(text, separator)) [[likely]] {
    row.Append(text);
    return;
  }
  const bool begins_row = begins_cell && row.at_line_start();
  const bool is_record = kind == TextKind::kRecord;
  const bool keeps_quote = is_record && EndsItsQuote(text);
  char* out = row.Reserve(kHexLength * text.size());
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<uint8_t>(text[at]);
    if (byte >= 0x80) {
      size_t length = Utf8Length(text.substr(at));
      if (length == 0) {
        out = WritePercent(byte, out);
        ++at;
      }
      for (; length > 0; --length) *out++ = text[at++];
      continue;
    }
    if (is_record && (byte == ' ' || byte == '\t')) {
      *out++ = '\t';
      ++at;
      continue;
    }
    const bool begins = begins_cell && at == 0;
    const bool quotes = byte == '"' && (kind == TextKind::kName || (begins && !keeps_quote));
    const bool breaks_row = byte < ' ' || byte == 0x7f || text[at] == separator || quotes ||
                            (byte == '#' && begins && begins_row);
    out = breaks_row ? WritePercent(byte, out) : (*out = text[at], out + 1);
    ++at;
  }
  row.Commit(out);
}

}  // namespace tstat::internal
