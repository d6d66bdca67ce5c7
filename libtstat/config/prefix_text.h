// SPDX-License-Identifier: BSD-3-Clause
//
// A network in CIDR notation (RFC 4632, RFC 4291), as far as it can be read: what is wrong with it
// is for the caller to say.
//
//   const PrefixText prefix = PrefixText::Parse("10.0.0.0/33");   // has an address, but no length
#ifndef TSTAT_CONFIG_PREFIX_TEXT_H_
#define TSTAT_CONFIG_PREFIX_TEXT_H_

#include <cstddef>
#include <optional>
#include <string_view>

#include "tstat/ip_address.h"

namespace tstat::internal {

struct PrefixText {
  // Nothing: it is no address.
  std::optional<IpAddress> address;
  // Of an address alone, that of a network of one. Nothing: it is no number, or too large.
  std::optional<int> length;

  static PrefixText Parse(std::string_view text) {
    const size_t slash = text.find('/');
    PrefixText prefix;
    prefix.address = IpAddress::Parse(text.substr(0, slash));
    if (!prefix.address.has_value()) return prefix;
    prefix.length = prefix.most();
    if (slash != std::string_view::npos) {
      prefix.length = ParseLength(text.substr(slash + 1), prefix.most());
    }
    return prefix;
  }

  // The longest one of the address's family. REQUIRES: there is an address.
  int most() const { return address->is_v6() ? 128 : 32; }

 private:
  // A decimal number of at most `most`, digits only.
  static std::optional<int> ParseLength(std::string_view text, int most) {
    if (text.empty()) return std::nullopt;
    int value = 0;
    for (const char c : text) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
      if (value > most) return std::nullopt;
    }
    return value;
  }
};

}  // namespace tstat::internal

#endif  // TSTAT_CONFIG_PREFIX_TEXT_H_
