// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/url.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "output/destinations/dead_letters.h"

namespace tstat::internal {
namespace {

constexpr size_t kMostUrlBytes = 2000;

absl::Status BadUrl(std::string_view text, std::string_view why) {
  // Without what may be a secret.
  std::string shown = CleanText(text.substr(0, text.find('?')));
  if (const size_t at = shown.find('@'); at != std::string::npos) shown = "..." + shown.substr(at);
  return absl::InvalidArgumentError(absl::StrCat("\"", shown, "\": ", std::string(why)));
}

bool IsHost(std::string_view host, bool is_ipv6) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [&](unsigned char c) {
    if (is_ipv6) return absl::ascii_isxdigit(c) || c == ':' || c == '.';
    return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
  });
}

// HOST[:PORT]
absl::Status ParseAuthority(std::string_view text, std::string_view authority,
                            DestinationUrl* url) {
  if (authority.find('@') != std::string_view::npos) {
    return BadUrl(text, "no user or password in it: they have options (user, password)");
  }
  const bool is_ipv6 = authority.starts_with('[');
  const size_t end = is_ipv6 ? authority.find(']') : authority.find(':');
  if (is_ipv6 && end == std::string_view::npos) return BadUrl(text, "\"]\" is missing");
  url->host = authority.substr(is_ipv6 ? 1 : 0, end - (is_ipv6 ? 1 : 0));
  if (!IsHost(url->host, is_ipv6)) return BadUrl(text, "no host name or address in it");
  std::string_view rest =
      end == std::string_view::npos ? "" : authority.substr(is_ipv6 ? end + 1 : end);
  if (rest.empty()) return absl::OkStatus();
  uint32_t port = 0;
  const std::string digits(rest.substr(1));
  const bool is_number = !digits.empty() && std::all_of(digits.begin(), digits.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
  if (rest[0] != ':' || !is_number || !absl::SimpleAtoi(digits, &port) || port == 0 ||
      port > UINT16_MAX) {
    return BadUrl(text, "the port must be 1-65535");
  }
  url->port = static_cast<uint16_t>(port);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DestinationUrl> DestinationUrl::Parse(std::string_view text) {
  if (text.size() > kMostUrlBytes) return BadUrl(text.substr(0, 100), "too long for an address");
  if (!std::all_of(text.begin(), text.end(),
                   [](unsigned char c) { return absl::ascii_isgraph(c); })) {
    return BadUrl(text, "only printable ASCII, the rest as %XX");
  }
  if (text.find('#') != std::string_view::npos)
    return BadUrl(text, "\"#\" is not part of an address");
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos) return BadUrl(text, "\"://\" is missing");
  DestinationUrl url;
  url.scheme = absl::AsciiStrToLower(std::string(text.substr(0, colon)));
  const std::string_view rest = text.substr(colon + 3);
  const size_t end = std::min(rest.find_first_of("/?"), rest.size());
  absl::Status status = ParseAuthority(text, rest.substr(0, end), &url);
  if (!status.ok()) return status;
  const size_t question = std::min(rest.find('?', end), rest.size());
  url.path = rest.substr(end, question - end);
  if (question < rest.size()) url.query = rest.substr(question + 1);
  // As InfluxDB takes them.
  for (const absl::string_view member : absl::StrSplit(url.query, '&')) {
    const std::string name(member.substr(0, member.find('=')));
    if (name == "p" || name == "password" || name == "token") {
      return BadUrl(text,
                    absl::StrCat("no \"", name, "\" in its query: there are options for secrets"));
    }
  }
  return url;
}

std::string DestinationUrl::Authority() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return absl::StrCat(is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "",
                      port != 0 ? absl::StrCat(":", port) : "");
}

std::string DestinationUrl::Name() const { return absl::StrCat(scheme, "://", Authority(), path); }

std::string DestinationUrl::ToString() const {
  return absl::StrCat(Name(), query.empty() ? "" : "?", query);
}

absl::StatusOr<std::string> PercentDecoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    uint32_t value = 0;
    const std::string digits(text.substr(i + 1, 2));
    if (digits.size() != 2 || !absl::ascii_isxdigit(static_cast<unsigned char>(digits[0])) ||
        !absl::ascii_isxdigit(static_cast<unsigned char>(digits[1])) ||
        !absl::SimpleHexAtoi(digits, &value)) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", CleanText(text), "\": two hexadecimal digits must follow each \"%\""));
    }
    decoded += static_cast<char>(value);
    i += 2;
  }
  return decoded;
}

}  // namespace tstat::internal
