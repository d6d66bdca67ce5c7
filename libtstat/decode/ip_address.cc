// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/ip_address.h"

#include <charconv>

namespace tstat::inline v1 {
namespace {

constexpr int kGroups = 8;
using Groups = std::array<uint16_t, kGroups>;

constexpr char kHexDigits[] = "0123456789abcdef";

// --- text out

// All writers append at `out` and return the new end.
char* WriteDecimal(uint8_t value, char* out) {
  if (value >= 100) *out++ = static_cast<char>('0' + value / 100);
  if (value >= 10) *out++ = static_cast<char>('0' + value / 10 % 10);
  *out++ = static_cast<char>('0' + value % 10);
  return out;
}

char* WriteDotted(const uint8_t* bytes, char* out) {
  for (int i = 0; i < 4; ++i) {
    if (i != 0) *out++ = '.';
    out = WriteDecimal(bytes[i], out);
  }
  return out;
}

char* WriteFourDigits(uint16_t group, char* out) {
  for (int shift = 12; shift >= 0; shift -= 4) *out++ = kHexDigits[group >> shift & 0xF];
  return out;
}

char* WriteShortest(uint16_t group, char* out) {
  int shift = 12;
  while (shift > 0 && group >> shift == 0) shift -= 4;
  for (; shift >= 0; shift -= 4) *out++ = kHexDigits[group >> shift & 0xF];
  return out;
}

// Tstat 3.1.1's own shorthand, flaws included: a zero run at the end that begins with the last
// group vanishes, and "::" in front is a single colon.
char* WriteTstatForm(const Groups& groups, char* out) {
  enum { kUnused, kOpen, kUsed } shorthand = kUnused;
  for (int i = 0; i < kGroups; ++i) {
    if (groups[i] == 0) {
      if (shorthand == kOpen && i != kGroups - 1) continue;
      if (shorthand == kUnused) {
        shorthand = kOpen;
        continue;
      }
    }
    if (shorthand == kOpen) {
      *out++ = ':';
      shorthand = kUsed;
    }
    out = WriteFourDigits(groups[i], out);
    *out++ = ':';
  }
  return out - 1;
}

struct ZeroRun {
  int begin = -1, length = 0;
};

// The longest run of at least two zero groups, the first of equal ones (RFC 5952, 4.2).
ZeroRun LongestZeroRun(const Groups& groups) {
  ZeroRun best;
  for (int i = 0; i < kGroups;) {
    int end = i;
    while (end < kGroups && groups[end] == 0) ++end;
    if (end - i > best.length && end - i >= 2) best = {i, end - i};
    i = end + 1;
  }
  return best;
}

// As glibc's inet_ntop: IPv4-compatible and IPv4-mapped addresses have a dotted tail.
char* WriteCanonical(const Groups& groups, const uint8_t* bytes, char* out) {
  const ZeroRun run = LongestZeroRun(groups);
  const bool dotted_tail =
      run.begin == 0 && (run.length == 6 || (run.length == 5 && groups[5] == 0xFFFF));
  const int count = dotted_tail ? 6 : kGroups;
  for (int i = 0; i < count; ++i) {
    if (i == run.begin) {
      *out++ = ':';
      i += run.length - 1;
      if (i == kGroups - 1) *out++ = ':';
      continue;
    }
    if (i != 0) *out++ = ':';
    out = WriteShortest(groups[i], out);
  }
  if (!dotted_tail) return out;
  *out++ = ':';
  return WriteDotted(bytes + 12, out);
}

// --- text in

// One decimal byte without leading zeros, then `text` is shortened to what follows.
std::optional<uint8_t> TakeDecimalByte(std::string_view& text) {
  uint8_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto digits = static_cast<size_t>(end - text.data());
  if (error != std::errc() || digits > 3 || (digits > 1 && text.front() == '0')) {
    return std::nullopt;
  }
  text.remove_prefix(digits);
  return value;
}

std::optional<std::array<uint8_t, 4>> ParseDotted(std::string_view text) {
  std::array<uint8_t, 4> bytes{};
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i != 0) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
    const std::optional<uint8_t> value = TakeDecimalByte(text);
    if (!value) return std::nullopt;
    bytes[i] = *value;
  }
  if (!text.empty()) return std::nullopt;
  return bytes;
}

// One to four hex digits, then `text` is shortened to what follows.
std::optional<uint16_t> TakeGroup(std::string_view& text) {
  uint16_t value = 0;
  const std::string_view head = text.substr(0, 4);
  const auto [end, error] = std::from_chars(head.data(), head.data() + head.size(), value, 16);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - head.data()));
  return value;
}

// The groups of one side of "::" (or of the whole address). An empty text has none; a dotted tail
// is two groups and only allowed where the address ends.
struct GroupList {
  Groups groups{};
  int count = 0;
};
std::optional<GroupList> ParseGroups(std::string_view text, bool may_end_dotted) {
  GroupList list;
  if (text.empty()) return list;
  while (true) {
    if (may_end_dotted && list.count <= kGroups - 2) {
      if (const auto dotted = ParseDotted(text)) {
        list.groups[list.count++] = static_cast<uint16_t>((*dotted)[0] << 8 | (*dotted)[1]);
        list.groups[list.count++] = static_cast<uint16_t>((*dotted)[2] << 8 | (*dotted)[3]);
        return list;
      }
    }
    const std::optional<uint16_t> group = TakeGroup(text);
    if (!group || list.count == kGroups) return std::nullopt;
    list.groups[list.count++] = *group;
    if (text.empty()) return list;
    if (!text.starts_with(':')) return std::nullopt;
    text.remove_prefix(1);
  }
}

std::optional<Groups> ParseIpv6(std::string_view text) {
  const size_t shorthand = text.find("::");
  if (shorthand == std::string_view::npos) {
    const std::optional<GroupList> all = ParseGroups(text, true);
    if (!all || all->count != kGroups) return std::nullopt;
    return all->groups;
  }
  const std::optional<GroupList> head = ParseGroups(text.substr(0, shorthand), false);
  const std::optional<GroupList> tail = ParseGroups(text.substr(shorthand + 2), true);
  // "::" stands for one group at least.
  if (!head || !tail || head->count + tail->count >= kGroups) return std::nullopt;
  Groups groups = head->groups;
  for (int i = 0; i < tail->count; ++i) {
    groups[kGroups - tail->count + i] = tail->groups[i];
  }
  return groups;
}

}  // namespace

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  if (text.find(':') == std::string_view::npos) {
    const auto dotted = ParseDotted(text);
    if (!dotted) return std::nullopt;
    return V4(std::span<const uint8_t, 4>(*dotted));
  }
  const std::optional<Groups> groups = ParseIpv6(text);
  if (!groups) return std::nullopt;
  std::array<uint8_t, 16> bytes;
  for (int i = 0; i < kGroups; ++i) {
    bytes[2 * i] = static_cast<uint8_t>((*groups)[i] >> 8);
    bytes[2 * i + 1] = static_cast<uint8_t>((*groups)[i]);
  }
  return V6(std::span<const uint8_t, 16>(bytes));
}

size_t IpAddress::Format(char* out, Ipv6Form form) const {
  char* end = out;
  if (!is_v6_) {
    end = WriteDotted(bytes_.data(), out);
  } else {
    Groups groups;
    for (int i = 0; i < kGroups; ++i) {
      groups[i] = static_cast<uint16_t>(bytes_[2 * i] << 8 | bytes_[2 * i + 1]);
    }
    end = form == Ipv6Form::kFourDigits ? WriteTstatForm(groups, out)
                                        : WriteCanonical(groups, bytes_.data(), out);
  }
  return static_cast<size_t>(end - out);
}

std::string IpAddress::ToString(Ipv6Form form) const {
  char text[kMaxTextLength];
  return std::string(text, Format(text, form));
}

}  // namespace tstat::inline v1
