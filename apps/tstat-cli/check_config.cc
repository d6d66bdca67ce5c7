// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/check_config.h"

#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "capture/packet_filter.h"
#include "config/globals_config.h"
#include "config/runtime_config.h"
#include "tstat-cli/packet_filter_text.h"
#include "tstat/histogram.h"

namespace tstat::cli {
using namespace internal;  // what of the library is not public yet
namespace {

// A line of the summary, as a comment of the configuration that follows it.
void Add(std::string_view what, const std::string& value, std::string* text) {
  absl::StrAppendFormat(text, "# %-22s %s\n", absl::StrCat(std::string(what), ":"), value);
}

std::string Input(const Settings& settings) {
  if (!settings.live) {
    return settings.traces.empty() ? "no trace" : absl::StrJoin(settings.traces, " ");
  }
  const LiveOptions& capture = settings.capture;
  return absl::StrCat("interface ", capture.interface.empty() ? "(the first)" : capture.interface,
                      ", ", capture.snapshot_length, " bytes of a packet, ",
                      capture.buffer_bytes >> 20, " MiB buffer",
                      capture.promiscuous ? "" : ", not promiscuous");
}

std::string Keep(const KeepLimit& limit) {
  if (limit.seconds.has_value()) return absl::StrCat(*limit.seconds / 3600, " hours");
  return absl::StrCat(*limit.bytes >> 20, " MiB");
}

std::string Databases(const RrdConfig& rrd) {
  size_t count = 0;
  for (const RrdDirective& d : rrd.directives) {
    count += static_cast<size_t>(d.hit) + static_cast<size_t>(d.avg) + static_cast<size_t>(d.min) +
             static_cast<size_t>(d.max) + static_cast<size_t>(d.var) +
             static_cast<size_t>(d.stdev) + static_cast<size_t>(d.other) + d.percentiles.size() +
             d.indexes.size();
  }
  return absl::StrCat(count, " of ", rrd.directives.size(), " histograms");
}

std::string Histograms(const Settings& settings) {
  const HistogramSelection& selection = *settings.analyzer.histograms;
  return absl::StrCat(selection.enabled.count(), " collected",
                      selection.addresses ? ", addresses" : "",
                      settings.histogram_engine ? "" : ", no intervals (-S)",
                      settings.global_histograms ? ", totals (-g)" : "");
}

void AddLists(const Settings& settings, std::string* text) {
  for (const Settings::List& list : settings.lists) {
    Add(list.what, absl::StrCat(list.path, ", ", list.entries, " entries"), text);
  }
  if (settings.every_address) Add("internal networks", "all", text);
}

std::string Summary(const Settings& settings, const std::string& filter) {
  std::string text;
  Add("compatible with", settings.analyzer.profile.rtp_plus ? "3.3" : "3.1.1", &text);
  Add("input", Input(settings), &text);
  std::string expression = filter;
  absl::RemoveExtraAsciiWhitespace(&expression);
  Add("packet filter", expression.empty() ? "none" : expression, &text);
  AddLists(settings, &text);
  Add("output", settings.output_dir.empty() ? "named by the trace" : settings.output_dir, &text);
  if (settings.keep.has_value()) Add("kept", Keep(*settings.keep), &text);
  Add("histograms", Histograms(settings), &text);
  if (!settings.rrd_dir.empty()) {
    Add("RRD databases", absl::StrCat(settings.rrd_dir, ", ", Databases(settings.rrd)), &text);
  }
  if (settings.analyzer.address_mask != 0) {
    Add("address mask", absl::StrFormat("0x%08x", settings.analyzer.address_mask), &text);
  }
  if (settings.analyzer.strict_privacy) Add("strict privacy", "on", &text);
  if (settings.analyzer.bayes) Add("Skype models", settings.bayes_dir, &text);
  absl::StrAppend(
      &text, "\n# runtime.conf\n", FormatRuntimeConfig(settings.runtime), "\n# globals.conf\n",
      FormatGlobals(settings.analyzer.globals, settings.analyzer.profile.periodic_logs));
  return text;
}

}  // namespace

int CheckConfiguration(const Settings& settings, Console& console) {
  const absl::StatusOr<std::string> filter = PacketFilterText(settings);
  if (!filter.ok()) {
    console.Error(filter.status());
    return 1;
  }
  const absl::StatusOr<PacketFilter> compiled = PacketFilter::Compile(*filter, LinkType::kEthernet);
  if (!compiled.ok()) {
    console.Error(compiled.status());
    return 1;
  }
  console.Out(Summary(settings, *filter));
  return 0;
}

}  // namespace tstat::cli
