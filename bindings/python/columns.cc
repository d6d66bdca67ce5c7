// SPDX-License-Identifier: BSD-3-Clause
#include "columns.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "absl/container/flat_hash_map.h"
#include "tstat/ip_address.h"

namespace tstat::python {
namespace {

constexpr size_t kAddressSize = 16;

// The bytes of the sequence that begins here (RFC 3629, 4); 0: none does.
size_t SequenceLength(std::string_view text) {
  const auto byte = [&](size_t i) -> unsigned {
    return i < text.size() ? static_cast<uint8_t>(text[i]) : 0;
  };
  const auto is_tail = [&](size_t i) { return byte(i) >= 0x80 && byte(i) <= 0xbf; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return is_tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const unsigned least = first == 0xe0 ? 0xa0 : 0x80;
    const unsigned most = first == 0xed ? 0x9f : 0xbf;
    return byte(1) >= least && byte(1) <= most && is_tail(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const unsigned least = first == 0xf0 ? 0x90 : 0x80;
    const unsigned most = first == 0xf4 ? 0x8f : 0xbf;
    return byte(1) >= least && byte(1) <= most && is_tail(2) && is_tail(3) ? 4 : 0;
  }
  return 0;
}

std::string_view KeyOf(const ColumnData& column, size_t row) {
  if (column.element_size() == 0) return column.text(row);
  return {reinterpret_cast<const char*>(column.bytes().data()) + row * kAddressSize, kAddressSize};
}

}  // namespace

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string Readable(std::string_view text) {
  if (IsUtf8(text)) return std::string(text);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string readable;
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    if (length > 0) {
      readable.append(text.substr(0, length));
      text.remove_prefix(length);
      continue;
    }
    const auto byte = static_cast<uint8_t>(text[0]);
    readable.append({'\\', 'x', kDigits[byte >> 4], kDigits[byte & 0xf]});
    text.remove_prefix(1);
  }
  return readable;
}

std::string AddressText(const uint8_t* bytes) {
  static constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::memcmp(bytes, kMapped, sizeof(kMapped)) == 0) {
    return IpAddress::V4(std::span<const uint8_t, 4>(bytes + sizeof(kMapped), 4)).ToString();
  }
  return IpAddress::V6(std::span<const uint8_t, 16>(bytes, 16)).ToString();
}

TextCodes CodesOfTexts(const ColumnData& column) {
  const bool is_address = column.element_size() != 0;
  TextCodes made;
  made.codes.resize(column.rows(), -1);
  // By the bytes; what is not UTF-8 may look like another text, whose number it then has.
  absl::flat_hash_map<absl::string_view, int32_t> by_bytes, by_text;
  absl::string_view last;
  int32_t last_code = -1;
  for (size_t row = 0; row < column.rows(); ++row) {
    if (column.valid()[row] == 0) continue;
    const std::string_view std_key = KeyOf(column, row);
    const absl::string_view key(std_key.data(), std_key.size());
    if (last_code < 0 || key != last) {
      last = key;
      const auto [known, is_new] = by_bytes.try_emplace(key, 0);
      if (is_new) {
        std::string text = is_address ? AddressText(reinterpret_cast<const uint8_t*>(key.data()))
                                      : Readable(std_key);
        if (made.texts.size() >= static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
          throw std::length_error("more different texts than numbers for them");
        }
        const auto next = static_cast<int32_t>(made.texts.size());
        const auto same = is_address ? by_text.end() : by_text.find(text);
        if (same != by_text.end()) {
          known->second = same->second;
        } else {
          made.texts.push_back(std::move(text));
          known->second = next;
          if (!is_address) by_text.emplace(made.texts.back(), next);
        }
      }
      last_code = known->second;
    }
    made.codes[row] = last_code;
  }
  return made;
}

}  // namespace tstat::python
