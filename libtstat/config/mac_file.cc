// SPDX-License-Identifier: BSD-3-Clause
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "config/text_file.h"
#include "tstat/network_files.h"

namespace tstat::inline v1 {
using namespace internal;
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<MacAddress> ParseMac(std::string_view text) {
  MacAddress mac;
  for (size_t i = 0; i < mac.size(); ++i) {
    if (i > 0) {
      if (text.empty() || text.front() != ':') return {};
      text.remove_prefix(1);
    }
    int digits = 0, value = 0;
    while (digits < 2 && !text.empty() && HexValue(text.front()) >= 0) {
      value = value * 16 + HexValue(text.front());
      text.remove_prefix(1);
      ++digits;
    }
    if (digits == 0) return {};
    mac[i] = static_cast<uint8_t>(value);
  }
  return mac;
}

}  // namespace

absl::StatusOr<std::vector<MacAddress>> ParseMacFile(std::string_view text, std::string_view name) {
  std::vector<MacAddress> macs;
  absl::Status status = ForEachLine(text, [&](int number, std::string_view line) {
    line = StripTrailingBlanks(line.substr(0, line.find('#')));
    if (line.empty()) return absl::OkStatus();
    std::optional<MacAddress> mac = ParseMac(line);
    if (!mac.has_value()) {
      return ErrorAt(name, number,
                     absl::StrCat("\"", Shown(line),
                                  "\": a MAC address is six hexadecimal bytes separated by ':' "
                                  "(Wrong address format in Ethernet filter n.",
                                  macs.size() + 1, ")"));
    }
    macs.push_back(*mac);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return macs;
}

absl::StatusOr<std::vector<MacAddress>> ReadMacFile(const std::string& path) {
  absl::StatusOr<std::string> text = ReadTextFile(path);
  if (!text.ok()) return text.status();
  return ParseMacFile(*text, path);
}

}  // namespace tstat::inline v1
