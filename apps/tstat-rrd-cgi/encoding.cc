// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/encoding.h"

#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Bytes that follow the first one of a character; -1: none begins so.
int FollowingBytes(unsigned char first) {
  if (first < 0x80) return 0;
  if (first >= 0xc2 && first <= 0xdf) return 1;
  if (first >= 0xe0 && first <= 0xef) return 2;
  return first >= 0xf0 && first <= 0xf4 ? 3 : -1;
}

}  // namespace

bool PercentDecode(std::string_view text, std::string& decoded) {
  decoded.clear();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      if (i + 2 >= text.size()) return false;
      const int high = HexDigit(text[i + 1]), low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return false;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return true;
}

bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    const int following = FollowingBytes(first);
    if (following < 0 || i + static_cast<size_t>(following) >= text.size()) return false;
    for (int k = 1; k <= following; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xc0) != 0x80) return false;
      // Overlong forms, surrogates, and what is beyond the last character.
      if (k == 1 && ((first == 0xe0 && next < 0xa0) || (first == 0xed && next >= 0xa0) ||
                     (first == 0xf0 && next < 0x90) || (first == 0xf4 && next >= 0x90))) {
        return false;
      }
    }
    i += static_cast<size_t>(following);
  }
  return true;
}

std::string HexText(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

std::string PageText(std::string_view text) {
  const bool is_utf8 = IsUtf8(text);
  std::string shown;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_blank = c == '\t' || c == '\n' || c == '\r' || c == '\f';
    if ((IsControl(c) && !is_blank) || (!is_utf8 && byte >= 0x80 && byte < 0xa0)) {
      shown += "\xef\xbf\xbd";
    } else if (!is_utf8 && byte >= 0x80) {
      shown += static_cast<char>(0xc0 | byte >> 6);
      shown += static_cast<char>(0x80 | (byte & 0x3f));
    } else {
      shown += c;
    }
  }
  return shown;
}

std::string PercentEncode(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (IsAlnum(c) || c == '-' || c == '_' || c == '.' || c == '~' || c == '/' || c == ',') {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kDigits[byte >> 4];
      encoded += kDigits[byte & 15];
    }
  }
  return encoded;
}

}  // namespace tstat::viewer
