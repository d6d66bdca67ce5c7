// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: the configuration files that a user writes. Input: a byte that chooses the
// grammar, and whether the parser gets the text as files are read (byte order mark, NUL, long
// lines) or as it is; then the text. What is accepted must be within its limits, and no error
// repeats a hostile line.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

#include "config/bayes_config.h"
#include "config/text_file.h"
#include "output/log_directory.h"
#include "tstat/argument_file.h"
#include "tstat/globals_config.h"
#include "tstat/histogram_config.h"
#include "tstat/labels.h"
#include "tstat/network_files.h"
#include "tstat/output_keeper.h"
#include "tstat/rrd.h"
#include "tstat/runtime_config.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

namespace {

using std::string_view;

// An error must say something, in few words.
void CheckMessage(const absl::Status& status) {
  constexpr size_t kLongest = 2048;  // a list of what is allowed
  if (status.ok()) return;
  if (status.message().empty() || status.message().size() > kLongest) std::abort();
}
template <typename Result>
const Result& Checked(const Result& result) {
  CheckMessage(result.status());
  return result;
}
void Expect(bool condition) {
  if (!condition) std::abort();
}

void ParseHistograms(string_view text) {
  for (const bool l3 : {false, true}) {
    const auto config = tstat::ParseHistogramConfig(text, tstat::HistogramSelection(), l3);
    if (!Checked(config).ok()) continue;
    Expect(config->selection.average_period_s >= 1 && config->selection.peak_period_s >= 1);
    Expect(config->selection.average_period_s <= 1000000000);
    Expect(config->selection.peak_period_s <= 1000000000);
    // What was selected can be selected upon.
    if (!tstat::ParseHistogramConfig(text, config->selection, l3).ok()) std::abort();
  }
}

void ParseRrd(string_view text) {
  for (const bool global : {false, true}) {
    const auto config = tstat::ParseRrdConfig(text, "rrd.conf", global, /*l3=*/global);
    if (!Checked(config).ok()) continue;
    tstat::HistogramSelection selection;
    config->SelectIn(&selection);
    for (const tstat::RrdDirective& d : config->directives) {
      if (d.indexes.size() > tstat::RrdDirective::kMaxValues) std::abort();
      if (d.percentiles.size() > tstat::RrdDirective::kMaxValues) std::abort();
      for (const double percent : d.percentiles) Expect(percent >= 0 && percent <= 100);
    }
  }
}

void ParseBayes(string_view text) {
  const auto model = tstat::ParseBayesModel(text, "pktsize.conf", "/nonexistent");
  if (!Checked(model).ok()) return;
  if (model->classes.size() > tstat::BayesModel::kMaxClasses) std::abort();
  Expect(model->window_size >= -1 && model->largest_sample >= 0);
  for (const tstat::BayesClass& c : model->classes) {
    Expect(c.prior >= 0 && c.prior <= 1);
    for (const int x : {0, 1, model->largest_sample}) (void)model->Density(c, x);
  }
}

void ParseIniFiles(string_view text) {
  const auto runtime = tstat::ParseRuntimeConfig(
      text, "runtime.conf", tstat::RuntimeConfigContext(), tstat::RuntimeConfig());
  if (Checked(runtime).ok() && !runtime->config.dump.any()) {
    // The state as text is the state.
    const std::string printed = tstat::FormatRuntimeConfig(runtime->config);
    const auto read = tstat::ParseRuntimeConfig(
        printed, "runtime.conf", tstat::RuntimeConfigContext(), tstat::RuntimeConfig());
    Expect(read.ok() && tstat::FormatRuntimeConfig(read->config) == printed);
  }
  const auto globals = tstat::ParseGlobals(text, "globals.conf");
  if (!Checked(globals).ok()) return;
  const tstat::Globals& g = globals->globals;
  for (const double number :
       {g.tcp_idle_time_s, g.udp_idle_time_s, g.tcp_singleton_time_s, g.udp_singleton_time_s,
        g.gc_cycle_time_s, g.runtime_config_idle_s, g.max_time_step_s, g.rate_sampling_s,
        g.entropy_threshold, g.min_delta_t_udp_dup_pkt_us, g.min_delta_t_tcp_dup_pkt_us,
        g.log_periodic_interval_s}) {
    Expect(number >= 1e-6 && number <= 1e9);
  }
  for (const uint32_t count : {g.max_tcp_pairs, g.max_udp_pairs, g.max_adx_slots, g.dirs,
                               g.gc_split_ratio, g.entropy_sample, g.runtime_mtime_counter}) {
    Expect(count >= 1 && count <= INT32_MAX);
  }
}

void ParseLists(string_view text) {
  for (const auto kind : {tstat::NetworkListKind::kInternal, tstat::NetworkListKind::kCloud}) {
    const auto file = tstat::ParseNetworkFile(text, "nets.conf", kind);
    if (!Checked(file).ok()) continue;
    (void)file->networks.Contains(tstat::IpAddress::V4(0x0a000001));
  }
  Checked(tstat::ParseMacFile(text, "macs.conf"));
  (void)tstat::ParseArguments(text);  // any text is a list of words
  const auto limit = tstat::ParseKeepLimit(text);
  if (Checked(limit).ok()) Expect(limit->seconds.has_value() != limit->bytes.has_value());
  if (const auto time = tstat::LogDirectoryTime(text)) Expect(text.ends_with(".out"));
}

void ParseLabels(string_view text) {
  const auto rules = tstat::LabelRules::Parse(text, "labels.conf");
  if (!Checked(rules).ok()) return;
  // Any bytes can be looked up; what is found is a word.
  const string_view half = text.substr(text.size() / 2);
  for (const string_view name : {text, half, half.substr(0, half.find('\n')), string_view("a.b")}) {
    const string_view label = (*rules)->OfName(name);
    Expect(label.size() <= tstat::LabelRules::kLongestLabel);
    Expect(label.find_first_of(" \t\r\n#") == string_view::npos);
    if ((*rules)->size() == 0) Expect(label.empty());
  }
  (void)(*rules)->OfAddress(tstat::IpAddress::V4(0x0a000001));
  std::array<uint8_t, 16> bytes{};
  std::copy_n(text.begin(), std::min(text.size(), bytes.size()), bytes.begin());
  (void)(*rules)->OfAddress(tstat::IpAddress::V6(bytes));
}

// Inputs of libFuzzer are short; this makes lines of all lengths around the limit of them.
constexpr uint8_t kMakeLong = 127;
void CheckLongText(string_view text) {
  if (text.empty()) return;
  std::string longer;
  while (longer.size() <= tstat::kLongestLineBytes + 100) longer.append(text);
  const auto checked = tstat::CheckedText(longer, "file.conf");
  const bool has_newline = text.find('\n') != string_view::npos;
  if (Checked(checked).ok()) Expect(has_newline && text.find('\0') == string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == kMakeLong) {
    CheckLongText(text);
    return 0;
  }
  if (data[0] < 128) {
    const auto checked = tstat::CheckedText(text, "file.conf");
    if (!Checked(checked).ok()) return 0;
    text = *checked;
    Expect(text.find('\0') == string_view::npos);
  }
  constexpr void (*kGrammars[])(string_view) = {ParseHistograms, ParseRrd,   ParseBayes,
                                                ParseIniFiles,   ParseLists, ParseLabels};
  kGrammars[data[0] % std::size(kGrammars)](text);
  return 0;
}
