// SPDX-License-Identifier: BSD-3-Clause
//
// Values as formats write them: what is common to JSON, CSV and line protocol. Each function writes
// at `out`, where there must be room, and returns the end of what it wrote.
#ifndef TSTAT_OUTPUT_FORMATS_ROW_TEXT_H_
#define TSTAT_OUTPUT_FORMATS_ROW_TEXT_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "schema/number_format.h"
#include "schema/row_buffer.h"
#include "tstat/ip_address.h"
#include "tstat/value.h"

namespace tstat::internal {

// Room for a value that is no text, with its quotes.
inline constexpr size_t kMaxValueText = IpAddress::kMaxTextLength + 2;

// Nanoseconds as milliseconds with 6 decimals, to the last one.
inline char* WriteMilliseconds(int64_t ns, char* out) {
  uint64_t magnitude = static_cast<uint64_t>(ns);
  if (ns < 0) {
    *out++ = '-';
    magnitude = 0 - magnitude;
  }
  out = WriteUnsigned(magnitude / 1000000, out);
  const auto decimals = static_cast<uint32_t>(magnitude % 1000000);
  *out++ = '.';
  out = number_format_internal::WritePair(decimals / 10000, out);
  out = number_format_internal::WritePair(decimals / 100 % 100, out);
  return number_format_internal::WritePair(decimals % 100, out);
}
inline int64_t NanosecondsOf(const Value& time) {
  return time.kind() == Value::Kind::kTimestamp ? time.timestamp().nanoseconds()
                                                : time.duration().count();
}

// The shortest form that reads back as the same number. REQUIRES: finite.
char* WriteReal(double number, char* out);

// What becomes of the bytes of a text.
enum class ByteRule : uint8_t {
  kCopy,
  kPercent,    // %XX
  kBackslash,  // a backslash before it
  kTwice,
  kUtf8,  // copied where it is part of well-formed UTF-8 and no control (C1), else %XX
};
using TextRules = std::array<ByteRule, 256>;
// Controls as %XX, `special` by `rule`, the rest as it is if it is UTF-8.
constexpr TextRules MakeTextRules(std::string_view special, ByteRule rule) {
  TextRules rules{};
  for (size_t i = 0; i < rules.size(); ++i) {
    rules[i] = i < 0x20 || i == 0x7f ? ByteRule::kPercent
               : i >= 0x80           ? ByteRule::kUtf8
                                     : ByteRule::kCopy;
  }
  for (const char c : special) rules[static_cast<uint8_t>(c)] = rule;
  return rules;
}

inline constexpr size_t kMostOfByte = 3;  // bytes that one of a text becomes
char* WriteRuledText(std::string_view text, const TextRules& rules, char* out);

// The same of a text value, with [*] where an end of it is missing, as in the text logs.
inline constexpr std::string_view kMissing = "[*]";
inline size_t RoomForText(const Value& text) {
  return kMostOfByte * text.text().size() + 2 * kMissing.size();
}
char* WriteTextValue(const Value& text, const TextRules& rules, char* out);

// A string of JSON with its quotes: 2 more bytes than its text at most.
inline constexpr TextRules kJsonRules = MakeTextRules("\"\\", ByteRule::kBackslash);
inline char* WriteJsonString(std::string_view text, char* out) {
  *out++ = '"';
  out = WriteRuledText(text, kJsonRules, out);
  *out++ = '"';
  return out;
}
void AppendJsonString(std::string_view text, RowBuffer& out);

// What is written before a value: `,"c_ip":`. Most fit where they are copied as a whole, which is
// several times faster than a copy of their length.
class FixedText {
 public:
  explicit FixedText(std::string text) : text_(std::move(text)) {
    std::memcpy(front_.data(), text_.data(), std::min(text_.size(), kFront));
  }
  // REQUIRES: room for room() bytes.
  char* Write(char* out) const {
    std::memcpy(out, front_.data(), kFront);
    if (text_.size() > kFront) [[unlikely]] {
      std::ranges::copy(view().substr(kFront), out + kFront);
    }
    return out + text_.size();
  }
  size_t room() const { return std::max(kFront, text_.size()); }
  std::string_view view() const { return text_; }

 private:
  static constexpr size_t kFront = 32;
  std::array<char, kFront> front_{};
  std::string text_;
};

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FORMATS_ROW_TEXT_H_
