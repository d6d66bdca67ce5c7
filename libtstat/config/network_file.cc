// SPDX-License-Identifier: BSD-3-Clause
#include <arpa/inet.h>

#include <cstdint>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "config/absl_text.h"
#include "config/text_file.h"
#include "tstat/network_files.h"

namespace tstat::inline v1 {
using namespace internal;
namespace {

// Any notation of inet_aton ("10.1", "0x0a000000", "012.0.0.0"), nothing behind it.
std::optional<uint32_t> ParseClassicV4(std::string_view text) {
  // inet_aton itself stops at white space and ignores what follows.
  if (text.empty() || text.find_first_of(" \t\r\v\f") != std::string_view::npos) return {};
  in_addr address;
  if (inet_aton(std::string(text).c_str(), &address) == 0) return {};
  return ntohl(address.s_addr);
}

std::optional<uint32_t> ParseStrictV4(std::string_view text) {
  in_addr address;
  if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return {};
  return ntohl(address.s_addr);
}

std::optional<IpAddress> ParseV6(std::string_view text) {
  std::array<uint8_t, 16> bytes;
  if (inet_pton(AF_INET6, std::string(text).c_str(), bytes.data()) != 1) return {};
  return IpAddress::V6(bytes);
}

// A decimal prefix length; blanks and a '+' may stand in front of it.
std::optional<int> ParsePrefixLength(std::string_view text, int limit) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  if (text.empty()) return {};
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return {};
    value = value * 10 + (c - '0');
    if (value > limit) return {};
  }
  return value;
}

// The pieces of an entry around its slash, as strtok cuts them: leading slashes are skipped,
// neighbours count as one, what follows a further one is ignored.
struct SlashParts {
  std::string_view address, mask;
};
SlashParts SplitAtSlash(std::string_view line) {
  auto next = [&line] {
    size_t begin = line.find_first_not_of('/');
    if (begin == std::string_view::npos) return std::string_view();
    line.remove_prefix(begin);
    std::string_view token = line.substr(0, line.find('/'));
    line.remove_prefix(token.size());
    return StripTrailingBlanks(token);
  };
  SlashParts parts;
  parts.address = next();
  parts.mask = next();
  return parts;
}

class NetworkParser {
 public:
  NetworkParser(std::string_view file, NetworkListKind kind)
      : file_(file), kind_(NetworkListKindName(kind)) {}

  absl::Status OnLine(int number, std::string_view line) {
    line = StripTrailingBlanks(line.substr(0, line.find('#')));
    if (line.empty()) return absl::OkStatus();
    line_number_ = number;
    line_ = line;
    if (pending_address_.has_value()) return OnMaskLine();
    if (line.find('/') == std::string_view::npos) return OnAddressLine();
    SlashParts parts = SplitAtSlash(line);
    if (parts.address.empty() || parts.mask.empty()) {
      return Error("an address and a mask must stand around the '/'", "Missing ip or network mask");
    }
    if (parts.address.find(':') != std::string_view::npos) return OnV6(parts);
    return OnV4(parts);
  }

  absl::StatusOr<NetworkFile> Finish() {
    if (pending_address_.has_value()) {
      return Error("an address without '/' needs its mask on the next line",
                   "Missing IPv4 network mask");
    }
    return std::move(result_);
  }

 private:
  // What is wrong in our words, then in Tstat's, which scripts may look for.
  absl::Status Error(std::string_view reason, std::string_view known_as) const {
    return ErrorAt(file_, line_number_,
                   absl::StrCat("\"", Shown(line_), "\": ", View(reason), " (", View(known_as),
                                " in ", View(kind_), " config n.", entry_number(), ")"));
  }
  size_t entry_number() const { return result_.entries.size() + 1; }

  void Accept(std::string_view address, std::string_view mask) {
    result_.entries.push_back({std::string(address), std::string(mask)});
  }

  absl::Status OnV4(const SlashParts& parts) {
    std::optional<uint32_t> address = ParseStrictV4(parts.address);
    if (!address.has_value()) {
      return Error("not an IPv4 address in dotted decimal", "Invalid ip address");
    }
    if (parts.mask.find('.') != std::string_view::npos) {
      std::optional<uint32_t> mask = ParseClassicV4(parts.mask);
      if (!mask.has_value()) return Error("not a mask", "Invalid IPv4 network mask");
      result_.networks.AddV4(*address, *mask);
      Accept(parts.address, parts.mask);
      return absl::OkStatus();
    }
    std::optional<int> length = ParsePrefixLength(parts.mask, 32);
    if (!length.has_value()) return Error("prefix length must be 0-32", "Invalid network mask");
    if (*length == 0) WarnOfEverything("IPv4");
    if (*address == 0 && *length != 0) {
      result_.warnings.push_back(absl::StrCat(View(file_), ":", line_number_, ": \"", View(line_),
                                              "\" means every IPv4 address, as 0.0.0.0/0 does"));
      length = 0;
    }
    result_.networks.AddV4(*address, *length == 0 ? 0 : ~uint32_t{0} << (32 - *length));
    Accept(parts.address, parts.mask);
    return absl::OkStatus();
  }

  absl::Status OnV6(const SlashParts& parts) {
    std::optional<IpAddress> address = ParseV6(parts.address);
    if (!address.has_value()) return Error("not an IPv6 address", "Invalid ip address");
    if (parts.mask.find('.') != std::string_view::npos) {
      return Error("IPv6 takes a prefix length, 0-128", "Invalid IPv6 network mask");
    }
    std::optional<int> length = ParsePrefixLength(parts.mask, 128);
    if (!length.has_value()) return Error("prefix length must be 0-128", "Invalid network mask");
    if (*length == 0) WarnOfEverything("IPv6");
    if (*length > 64 && *length < 128) {
      result_.warnings.push_back(absl::StrFormat(
          "IPv6 mask should not exceed 64 bits in %s config n.%d", View(kind_), entry_number()));
    }
    result_.networks.AddV6(*address, *length);
    Accept(parts.address, parts.mask);
    return absl::OkStatus();
  }

  // First half of the two-line form.
  absl::Status OnAddressLine() {
    pending_address_ = ParseClassicV4(line_);
    if (!pending_address_.has_value()) {
      return Error("not a network: expected ADDRESS/LENGTH or an IPv4 address",
                   "Invalid IPv4 address");
    }
    pending_text_ = std::string(line_);
    return absl::OkStatus();
  }

  absl::Status OnMaskLine() {
    std::optional<uint32_t> mask = ParseClassicV4(line_);
    if (!mask.has_value()) {
      return Error(absl::StrCat("expected the mask of ", Shown(pending_text_)),
                   "Invalid IPv4 network mask");
    }
    result_.networks.AddV4(*pending_address_, *mask);
    Accept(pending_text_, line_);
    pending_address_.reset();
    return absl::OkStatus();
  }

  void WarnOfEverything(std::string_view family) {
    result_.warnings.push_back(
        absl::StrFormat("%s mask set to 0 bits in %s config n.%d\n"
                        "\tAny %s address will be considered %s",
                        View(family), View(kind_), entry_number(), View(family), View(kind_)));
  }

  const std::string_view file_, kind_;
  NetworkFile result_;
  int line_number_ = 0;
  std::string_view line_;
  std::optional<uint32_t> pending_address_;
  std::string pending_text_;
};

}  // namespace

std::string_view NetworkListKindName(NetworkListKind kind) {
  switch (kind) {
    case NetworkListKind::kInternal:
      return "internal";
    case NetworkListKind::kCloud:
      return "cloud";
    case NetworkListKind::kEncrypted:
      return "crypto";
    case NetworkListKind::kExempt:
      return "whitelisted";
  }
  return "";
}

absl::StatusOr<NetworkFile> ParseNetworkFile(std::string_view text, std::string_view name,
                                             NetworkListKind kind) {
  NetworkParser parser(name, kind);
  absl::Status status = ForEachLine(
      text, [&parser](int number, std::string_view line) { return parser.OnLine(number, line); });
  if (!status.ok()) return status;
  return parser.Finish();
}

std::vector<std::string> CompleteInternalNetworks(const CompatProfile& profile,
                                                  NetworkList* networks) {
  std::vector<std::string> rules;
  if (!networks->has_v4()) {
    rules.emplace_back(
        "-N option contains no IPv4 network.\nAll IPv4 subnets are assumed to be internal");
    networks->AddV4(0, 0);
  }
  if (!networks->has_v6()) {
    const bool internal = profile.ipv6_internal_without_entry;
    rules.push_back(
        absl::StrCat("-N option contains no IPv6 network.\nAll IPv6 subnets are assumed to be ",
                     internal ? "internal" : "external"));
    if (internal) networks->AddV6(IpAddress::V6(std::array<uint8_t, 16>{}), 0);
  }
  return rules;
}

absl::StatusOr<NetworkFile> ReadNetworkFile(const std::string& path, NetworkListKind kind) {
  absl::StatusOr<std::string> text = ReadTextFile(path);
  if (!text.ok()) return text.status();
  return ParseNetworkFile(*text, path, kind);
}

}  // namespace tstat::inline v1
