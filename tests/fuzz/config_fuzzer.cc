// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: the configuration files that a user writes. Input: a byte that chooses the
// grammar, then the text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/argument_file.h"
#include "config/bayes_config.h"
#include "config/globals_config.h"
#include "config/histogram_config.h"
#include "config/ini.h"
#include "config/mac_file.h"
#include "config/network_file.h"
#include "config/rrd_config.h"
#include "config/runtime_config.h"

namespace {

using std::string_view;

// An error must say something.
template <typename Result>
const Result& Checked(const Result& result) {
  if (!result.ok() && result.status().message().empty()) std::abort();
  return result;
}

void ParseHistograms(string_view text) {
  for (const bool l3 : {false, true}) {
    const auto config = tstat::ParseHistogramConfig(text, tstat::HistogramSelection(), l3);
    if (!Checked(config).ok()) continue;
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
    }
  }
}

void ParseBayes(string_view text) {
  const auto model = tstat::ParseBayesModel(text, "pktsize.conf", "/nonexistent");
  if (!Checked(model).ok()) return;
  if (model->classes.size() > tstat::BayesModel::kMaxClasses) std::abort();
  for (const tstat::BayesClass& c : model->classes) {
    for (const int x : {0, 1, model->largest_sample}) model->Density(c, x);
  }
}

void ParseIniFiles(string_view text) {
  const auto file = tstat::ParseIni(text, "runtime.conf");
  if (!Checked(file).ok()) return;
  Checked(tstat::ApplyRuntimeConfig(*file, tstat::RuntimeConfigContext(), tstat::RuntimeConfig()));
  Checked(tstat::ApplyGlobals(*file));
}

void ParseLists(string_view text) {
  for (const auto kind : {tstat::NetworkListKind::kInternal, tstat::NetworkListKind::kCloud}) {
    const auto file = tstat::ParseNetworks(text, "nets.conf", kind);
    if (!Checked(file).ok()) continue;
    file->networks.Contains(tstat::IpAddress::V4(0x0a000001));
  }
  Checked(tstat::ParseMacs(text, "macs.conf"));
  tstat::ParseArguments(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr void (*kGrammars[])(string_view) = {ParseHistograms, ParseRrd, ParseBayes,
                                                ParseIniFiles, ParseLists};
  kGrammars[data[0] % std::size(kGrammars)](text);
  return 0;
}
