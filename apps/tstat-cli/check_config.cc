// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/check_config.h"

#include <cstdio>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "startup/packet_filter_text.h"
#include "tstat/globals_config.h"
#include "tstat/histogram.h"
#include "tstat/packet_source.h"
#include "tstat/runtime_config.h"
#include "tstat/session.h"

namespace tstat::cli {
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
                      capture.readers > 1 ? absl::StrCat(", ", capture.readers, " readers") : "",
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
  const AnalyzerOptions analyzer = SessionAnalyzerOptions(settings.session);
  const HistogramSelection& selection = *analyzer.histograms;
  return absl::StrCat(selection.count(), " collected", selection.addresses ? ", addresses" : "",
                      settings.session.histogram_engine ? "" : ", no intervals (-S)",
                      settings.session.global_histograms ? ", totals (-g)" : "");
}

std::string Anonymity(const SessionOptions& session) {
  const AnonymizerOptions& options = session.anonymizer->options();
  if (options.strict) return "anonymised, strictly";
  return absl::StrCat("anonymised where they are in these networks",
                      options.encrypt_names ? ", names encrypted" : "");
}

void AddLists(const Settings& settings, std::string* text) {
  for (const Settings::List& list : settings.lists) {
    Add(list.what, absl::StrCat(list.path, ", ", list.entries, " entries"), text);
  }
  if (settings.session.histograms.every_address) Add("internal networks", "all", text);
}

std::string Summary(const Settings& settings, const std::string& filter) {
  const SessionOptions& session = settings.session;
  std::string text;
  const CompatProfile& profile = session.analyzer.profile;
  Add("compatible with",
      profile.modern_columns ? "none"
      : profile.rtp_plus     ? "3.3"
                             : "3.1.1",
      &text);
  Add("input", Input(settings), &text);
  std::string expression = filter;
  absl::RemoveExtraAsciiWhitespace(&expression);
  Add("packet filter", expression.empty() ? "none" : expression, &text);
  AddLists(settings, &text);
  Add("output", session.output_dir.empty() ? "named by the trace" : session.output_dir, &text);
  if (settings.keep.has_value()) Add("kept", Keep(*settings.keep), &text);
  Add("histograms", Histograms(settings), &text);
  if (!session.rrd_dir.empty()) {
    Add("RRD databases", absl::StrCat(session.rrd_dir, ", ", Databases(session.rrd)), &text);
  }
  if (session.analyzer.address_mask != 0) {
    Add("address mask", absl::StrFormat("0x%08x", session.analyzer.address_mask), &text);
  }
  if (session.anonymizer != nullptr) Add("addresses", Anonymity(session), &text);
  if (session.analyzer.strict_privacy) Add("strict privacy", "on", &text);
  if (session.analyzer.bayes) Add("Skype models", settings.bayes_dir, &text);
  for (const std::string& text_of_export : session.exports) {
    Add("export", text_of_export.substr(0, text_of_export.find_first_of("#?")), &text);
  }
  if (!session.exports.empty() || session.runtime.has_export_section) {
    Add("spools", session.export_settings.spool_dir, &text);
  }
  if (settings.metrics.has_value()) {
    Add("metrics", absl::StrCat(settings.metrics->address, ", port ", settings.metrics->port),
        &text);
  }
  absl::StrAppend(&text, "\n# runtime.conf\n", FormatRuntimeConfig(session.runtime),
                  "\n# globals.conf\n",
                  FormatGlobals(session.analyzer.globals, session.analyzer.profile.periodic_logs));
  return text;
}

}  // namespace

int CheckConfiguration(const Settings& settings, Console& console) {
  const absl::StatusOr<std::string> filter = PacketFilterText(settings);
  if (!filter.ok()) {
    console.Error(filter.status());
    return 1;
  }
  if (const absl::Status status = CheckFilter(*filter); !status.ok()) {
    console.Error(status);
    return 1;
  }
  const absl::StatusOr<std::string> schema = SchemaOfExports(settings.session);
  if (!schema.ok()) {
    console.Error(schema.status());
    return 1;
  }
  if (settings.export_schema) {
    if (schema->empty()) {
      console.Error("--export-schema: no export needs tables; that of clickhouse does");
      return 1;
    }
    // Messages go to standard error meanwhile.
    return std::fputs(schema->c_str(), stdout) >= 0 && std::fflush(stdout) == 0 ? 0 : 1;
  }
  console.Out(Summary(settings, *filter));
  return 0;
}

}  // namespace tstat::cli
