// SPDX-License-Identifier: BSD-3-Clause
//
// The form in which URL rules are written down, and how a table of them is applied.
// A URL here is everything behind the method's blank up to the end of the segment.
//
//   constexpr UrlRule kRules[] = {
//       Plain("/wiki/", kWikipedia),                     // a URL cut short matches its beginning
//       Whole(12, 5, "/club/", kSocial),                 // more than 12 bytes, "/club/" at 5
//       Gate(22, "/pages/", OneOf<kPages, 7, kSocial>),  // entered: no later rule is tried
//   };
//   uint8_t code = Apply(kRules, url);                   // kNoRule: none decided
#ifndef TSTAT_L7_HTTP_URL_RULE_H_
#define TSTAT_L7_HTTP_URL_RULE_H_

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "decode/byte_reader.h"
#include "l7/byte_class.h"

namespace tstat::internal {

inline constexpr uint8_t kNoRule = 0xFF;

// What a rule's own function finds: a content code or kNoRule.
using UrlTest = uint8_t (*)(ByteReader url);

struct UrlRule {
  enum class Kind : uint8_t {
    kPlain,  // `text` at `at`, compared over as many bytes as there are
    kWhole,  // `text` at `at`, all of it
    kTest,   // `test` decides, after `text`; later rules follow if it does not
    kGate,   // as kTest, but later rules do not follow once `text` is found
  };
  Kind kind = Kind::kPlain;
  bool whole = false;        // kTest, kGate: how `text` is compared
  uint8_t longer_than = 0;   // the URL must be
  uint8_t shorter_than = 0;  // the URL must be; 0: no limit
  uint8_t at = 0;
  uint8_t code = kNoRule;
  std::string_view text;
  UrlTest test = nullptr;
};

constexpr UrlRule Plain(std::string_view text, uint8_t code) {
  return {.code = code, .text = text};
}
constexpr UrlRule PlainLongerThan(uint8_t n, std::string_view text, uint8_t code) {
  return {.longer_than = n, .code = code, .text = text};
}
constexpr UrlRule PlainShorterThan(uint8_t n, std::string_view text, uint8_t code) {
  return {.shorter_than = n, .code = code, .text = text};
}
constexpr UrlRule Whole(uint8_t longer_than, uint8_t at, std::string_view text, uint8_t code) {
  return {.kind = UrlRule::Kind::kWhole,
          .longer_than = longer_than,
          .at = at,
          .code = code,
          .text = text};
}
constexpr UrlRule Test(uint8_t longer_than, std::string_view text, UrlTest test) {
  return {.kind = UrlRule::Kind::kTest,
          .whole = true,
          .longer_than = longer_than,
          .text = text,
          .test = test};
}
constexpr UrlRule Gate(uint8_t longer_than, std::string_view text, UrlTest test) {
  return {.kind = UrlRule::Kind::kGate,
          .whole = true,
          .longer_than = longer_than,
          .text = text,
          .test = test};
}
constexpr UrlRule PlainGate(std::string_view text, UrlTest test) {
  return {.kind = UrlRule::Kind::kGate, .text = text, .test = test};
}

// `text` at `at`, compared over the shorter of it and what is left of the URL.
inline bool PlainMatch(ByteReader url, size_t at, std::string_view text) {
  if (at > url.size()) return false;
  const size_t n = std::min(url.size() - at, text.size());
  return std::memcmp(url.bytes().data() + at, text.data(), n) == 0;
}

// --- inner tests

constexpr bool IsDigitOrSlash(uint8_t c) { return IsDigit(c) || c == '/'; }

template <bool (*kIs)(uint8_t)>
bool AllOf(ByteReader url, size_t first, size_t last) {
  if (!url.Has(first, last - first + 1)) return false;
  for (size_t i = first; i <= last; ++i) {
    if (!kIs(url.U8(i))) return false;
  }
  return true;
}

template <const auto& kTexts, size_t kAt, uint8_t kCode>
uint8_t OneOf(ByteReader url) {
  for (std::string_view text : kTexts) {
    if (url.StartsWith(text, kAt)) return kCode;
  }
  return kNoRule;
}

template <const auto& kTexts, size_t kAt, uint8_t kCode>
uint8_t OneOfPlain(ByteReader url) {
  for (std::string_view text : kTexts) {
    if (PlainMatch(url, kAt, text)) return kCode;
  }
  return kNoRule;
}

template <size_t kFirst, size_t kLast, uint8_t kCode>
uint8_t Digits(ByteReader url) {
  return AllOf<IsDigit>(url, kFirst, kLast) ? kCode : kNoRule;
}

template <size_t kFirst, size_t kLast, uint8_t kCode>
uint8_t DigitsOrSlashes(ByteReader url) {
  return AllOf<IsDigitOrSlash>(url, kFirst, kLast) ? kCode : kNoRule;
}

template <size_t kAt, uint8_t kCode>
uint8_t SlashAt(ByteReader url) {
  return url.U8(kAt) == '/' ? kCode : kNoRule;
}

// --- application

inline uint8_t Apply(std::span<const UrlRule> rules, ByteReader url) {
  for (const UrlRule& r : rules) {
    if (url.size() <= r.longer_than) continue;
    if (r.shorter_than != 0 && url.size() >= r.shorter_than) continue;
    const bool whole = r.whole || r.kind == UrlRule::Kind::kWhole;
    if (!(whole ? url.StartsWith(r.text, r.at) : PlainMatch(url, r.at, r.text))) continue;
    if (r.test == nullptr) return r.code;
    const uint8_t code = r.test(url);
    if (code != kNoRule || r.kind == UrlRule::Kind::kGate) return code;
  }
  return kNoRule;
}

// The rules of one second byte of the URL; `next` names the letter whose rules follow, 0: none.
struct LetterRules {
  char letter;
  std::span<const UrlRule> rules;
  char next = 0;
};

inline uint8_t Apply(std::span<const LetterRules> letters, ByteReader url) {
  if (url.size() < 2 || url.U8(0) != '/') return kNoRule;
  char letter = static_cast<char>(url.U8(1));
  for (const LetterRules& l : letters) {  // `next` always stands further down
    if (l.letter != letter) continue;
    if (uint8_t code = Apply(l.rules, url); code != kNoRule || l.next == 0) return code;
    letter = l.next;
  }
  return kNoRule;
}

}  // namespace tstat::internal

#endif  // TSTAT_L7_HTTP_URL_RULE_H_
