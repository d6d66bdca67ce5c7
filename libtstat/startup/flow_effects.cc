// SPDX-License-Identifier: BSD-3-Clause
//
// Options about which packets count and what a flow is.
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "startup/option_effects.h"
#include "tstat/text_file.h"

namespace tstat::cli {

std::optional<int> OptionEffects::SetDuplicateFilter(const std::string& text) {
  constexpr double kMostMs = 60'000;
  double ms = 0;
  settings_.duplicate_filter = text != "off";
  if (text == "on" || text == "off") return std::nullopt;
  if (!absl::SimpleAtod(text, &ms) || !(ms > 0 && ms <= kMostMs)) {
    console_.Error(absl::StrCat("--duplicate-filter ", Shown(text),
                                ": on, off or milliseconds, 60000 at most, are allowed"));
    return 1;
  }
  settings_.duplicate_window_ms = ms;
  return std::nullopt;
}

std::optional<int> OptionEffects::SetCommunityIdSeed(const std::string& text) {
  uint32_t seed = 0;
  if (!absl::SimpleAtoi(text, &seed) || seed > UINT16_MAX) {
    console_.Error(absl::StrCat("--community-id-seed ", Shown(text), ": 0 to 65535 are allowed"));
    return 1;
  }
  settings_.session.analyzer.community_id_seed = static_cast<uint16_t>(seed);
  return std::nullopt;
}

std::optional<int> OptionEffects::SetActiveTimeout(const std::string& text) {
  constexpr double kMostSeconds = 1e9;
  double seconds = 0;
  if (!absl::SimpleAtod(text, &seconds) || !(seconds >= 1 && seconds <= kMostSeconds)) {
    console_.Error(
        absl::StrCat("--active-timeout ", Shown(text), ": seconds are expected, 1 to 1000000000"));
    return 1;
  }
  settings_.session.analyzer.active_timeout_s = seconds;
  return std::nullopt;
}

}  // namespace tstat::cli
