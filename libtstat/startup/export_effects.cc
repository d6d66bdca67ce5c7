// SPDX-License-Identifier: BSD-3-Clause
//
// The options of exports and metrics.
#include <algorithm>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "startup/option_effects.h"
#include "tstat/text_file.h"

namespace tstat::cli {
namespace {

// "json=-" and "json=-#...".
bool GoesToStandardOutput(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) return false;
  return text.substr(equals + 1, text.find('#', equals) - equals - 1) == "-";
}

}  // namespace

// What is wrong with it is told when the session is made.
std::optional<int> OptionEffects::AddExport(const std::string& text) {
  settings_.session.exports.push_back(text);
  // Rows and messages do not mix.
  if (GoesToStandardOutput(text)) console_.SendOutToErr();
  return std::nullopt;
}

std::optional<int> OptionEffects::SetSpool(const std::string& path) {
  settings_.session.export_settings.spool_dir = path;
  settings_.spool_given = true;
  if (!path.empty()) return std::nullopt;
  console_.Error("--spool: the name of the directory is empty");
  return 1;
}

std::optional<int> OptionEffects::SetExportWait(const std::string& text) {
  constexpr uint32_t kMostSeconds = 86400;
  uint32_t seconds = 0;
  if (!absl::SimpleAtoi(text, &seconds) || seconds > kMostSeconds) {
    console_.Error(
        absl::StrCat("--export-wait ", Shown(text), ": seconds are expected, 0 to ", kMostSeconds));
    return 1;
  }
  settings_.session.export_wait = std::chrono::seconds(seconds);
  return std::nullopt;
}

// Which numbers are nobody's own is told with the export.
std::optional<int> OptionEffects::SetIpfixPen(const std::string& text) {
  uint32_t pen = 0;
  if (!absl::SimpleAtoi(text, &pen) || pen == 0) {
    console_.Error(absl::StrCat("--ipfix-pen ", Shown(text),
                                ": an enterprise number is expected, 1 to 4294967295"));
    return 1;
  }
  settings_.session.export_settings.ipfix_pen = pen;
  return std::nullopt;
}

// ADDRESS:PORT, [ADDRESS]:PORT, or a port alone.
std::optional<int> OptionEffects::SetStatsJson(const std::string& path) {
  if (path.empty()) {
    console_.Error("--stats-json: a file's name is expected");
    return 1;
  }
  settings_.stats_path = path;
  return std::nullopt;
}

std::optional<int> OptionEffects::SetMetrics(const std::string& text) {
  Settings::Metrics metrics;
  const size_t colon = text.rfind(':');
  std::string port = text;
  if (colon != std::string::npos) {
    metrics.address = text.substr(0, colon);
    port = text.substr(colon + 1);
    const bool in_brackets = metrics.address.size() > 2 && metrics.address.front() == '[' &&
                             metrics.address.back() == ']';
    // An IPv6 address without them would be cut anywhere.
    if (!in_brackets && metrics.address.find_first_of(":[]") != std::string::npos) {
      metrics.address.clear();
    }
    if (in_brackets) metrics.address = metrics.address.substr(1, metrics.address.size() - 2);
  }
  const bool is_port = !port.empty() && std::all_of(port.begin(), port.end(),
                                                    [](char c) { return c >= '0' && c <= '9'; });
  uint32_t number = 0;
  if (!is_port || metrics.address.empty() || !absl::SimpleAtoi(port, &number) ||
      number > UINT16_MAX) {
    console_.Error(absl::StrCat("--metrics ", Shown(text),
                                ": a port, or ADDRESS:PORT, is expected (9111, 192.0.2.1:9111, "
                                "[::1]:9111; port 0: any that is free)"));
    return 1;
  }
  metrics.port = static_cast<uint16_t>(number);
  settings_.metrics = metrics;
  return std::nullopt;
}

}  // namespace tstat::cli
