// SPDX-License-Identifier: BSD-3-Clause
//
// Options about which packets count and what a flow is.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "startup/option_effects.h"
#include "startup/system_resources.h"
#include "tstat/labels.h"
#include "tstat/ndpi.h"
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
  settings_.has_community_id_seed = true;
  return std::nullopt;
}

std::optional<int> OptionEffects::SetMaxMemory(const std::string& text) {
  const std::optional<uint64_t> bytes = ParseMemorySize(text);
  if (!bytes || *bytes < AnalyzerOptions::kLeastMemory) {
    console_.Error(
        absl::StrCat("--max-memory ", Shown(text),
                     ": a number of bytes, or of K, M, G or T, from 48M on, is expected"));
    return 1;
  }
  settings_.session.analyzer.max_memory = *bytes;
  return std::nullopt;
}

std::optional<int> OptionEffects::SetLabels(const std::string& path) {
  absl::StatusOr<std::shared_ptr<const LabelRules>> rules = LabelRules::Read(path);
  if (!rules.ok()) {
    console_.Error(rules.status());
    return 1;
  }
  settings_.labels_path = path;
  settings_.lists.push_back({"label rules", path, (*rules)->size()});
  settings_.session.analyzer.labels = *std::move(rules);
  return std::nullopt;
}

std::optional<int> OptionEffects::SetFirstPackets(const std::string& text) {
  uint32_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < 1 || number > UINT8_MAX) {
    console_.Error(absl::StrCat("--first-packets ", Shown(text), ": 1 to 255 are allowed"));
    return 1;
  }
  settings_.session.analyzer.first_packets = static_cast<uint8_t>(number);
  return std::nullopt;
}

std::optional<int> OptionEffects::SetThreads(const std::string& text) {
  uint32_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < 1 || number > AnalyzerOptions::kMostThreads) {
    console_.Error(absl::StrCat("--threads ", Shown(text), ": 1 to ", AnalyzerOptions::kMostThreads,
                                " are allowed"));
    return 1;
  }
  settings_.session.analyzer.threads = number;
  settings_.threads_given = true;
  return std::nullopt;
}

std::optional<int> OptionEffects::SetNdpi(const std::string&) {
  if (const absl::Status status = NdpiStatus(); !status.ok()) {
    console_.Error(absl::StrCat("--ndpi: ", status.message()));
    return 1;
  }
  settings_.session.analyzer.ndpi = true;
  return std::nullopt;
}

// What has a column that the versions of Tstat do not have.
std::optional<int> OptionEffects::CheckExtras() {
  const AnalyzerOptions& analyzer = settings_.session.analyzer;
  if (analyzer.profile.modern_columns) return std::nullopt;
  const char* const given = analyzer.labels != nullptr        ? "--labels"
                            : analyzer.first_packets > 0      ? "--first-packets"
                            : settings_.has_community_id_seed ? "--community-id-seed"
                            : analyzer.ndpi                   ? "--ndpi"
                                                              : nullptr;
  if (given == nullptr) return std::nullopt;
  console_.Error(absl::StrCat(given, ": only with --compat none"));
  return 1;
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
