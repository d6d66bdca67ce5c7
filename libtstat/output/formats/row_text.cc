// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/row_text.h"

#include <charconv>

#include "schema/cell_text.h"

namespace tstat::internal {

namespace {

// U+0080 to U+009F, of which one is a line end for some readers.
bool IsControl(std::string_view character) {
  return character.size() == 2 && character[0] == '\xc2' &&
         static_cast<uint8_t>(character[1]) < 0xa0;
}

}  // namespace

char* WriteReal(double number, char* out) {
  return std::to_chars(out, out + kMaxValueText, number).ptr;
}

char* WriteRuledText(std::string_view text, const TextRules& rules, char* out) {
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<uint8_t>(text[at]);
    switch (rules[byte]) {
      case ByteRule::kCopy:
        *out++ = text[at++];
        break;
      case ByteRule::kPercent:
        out = WritePercent(byte, out);
        ++at;
        break;
      case ByteRule::kBackslash:
        *out++ = '\\';
        *out++ = text[at++];
        break;
      case ByteRule::kTwice:
        *out++ = text[at];
        *out++ = text[at++];
        break;
      case ByteRule::kUtf8: {
        size_t length = Utf8Length(text.substr(at));
        if (length == 0) {
          out = WritePercent(byte, out);
          ++at;
        } else if (IsControl(text.substr(at, length))) {
          for (; length > 0; --length) out = WritePercent(static_cast<uint8_t>(text[at++]), out);
        }
        for (; length > 0; --length) *out++ = text[at++];
        break;
      }
    }
  }
  return out;
}

char* WriteTextValue(const Value& text, const TextRules& rules, char* out) {
  const auto write_mark = [&out] {
    std::memcpy(out, kMissing.data(), kMissing.size());
    out += kMissing.size();
  };
  if (text.begin_missing()) write_mark();
  out = WriteRuledText(text.text(), rules, out);
  if (text.end_missing()) write_mark();
  return out;
}

void AppendJsonString(std::string_view text, RowBuffer& out) {
  out.Commit(WriteJsonString(text, out.Reserve(kMostOfByte * text.size() + 2)));
}

}  // namespace tstat::internal
