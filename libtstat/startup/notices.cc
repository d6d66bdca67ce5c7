// SPDX-License-Identifier: BSD-3-Clause
#include "startup/notices.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tstat/report.h"

namespace tstat::cli {
namespace {

void TellHistogramDirectory(const SessionNotice& notice, bool ticks, Console& console) {
  if (!notice.time.is_set()) {
    console.Out(absl::StrCat("Creating output dir ", notice.text, "\n"));
    return;
  }
  if (console.quiet()) return;
  const std::string text =
      absl::StrCat("(", TimeStampText(notice.time), ") Creating output dir ", notice.text, "\n");
  if (ticks) {
    console.Out("\r" + text);
  } else {
    console.Err(text);
  }
}

}  // namespace

void TellNotice(const SessionNotice& notice, bool ticks, Console& console) {
  switch (notice.kind) {
    case SessionNotice::Kind::kLogDirectory:
      console.Out(absl::StrCat("[", TimeStampText(notice.time), "] created new outdir ",
                               notice.text, "\n"));
      break;
    case SessionNotice::Kind::kDumpDirectory:
      console.Out(absl::StrCat("(", TimeStampText(notice.time), ") Creating output dir ",
                               notice.text, "\n"));
      break;
    case SessionNotice::Kind::kHistogramDirectory:
      TellHistogramDirectory(notice, ticks, console);
      break;
    case SessionNotice::Kind::kWarning:
      console.Err(absl::StrCat("Warning: ", notice.text, "\n"));
      break;
    case SessionNotice::Kind::kConfigurationNotice:
      console.Out(notice.text + "\n");
      break;
    case SessionNotice::Kind::kUnopenedFile:
    case SessionNotice::Kind::kConfigurationWarning:
      console.Err(notice.text + "\n");
      break;
    case SessionNotice::Kind::kExport:
      console.Error(notice.text);
      break;
    case SessionNotice::Kind::kManyEmptyHistograms:
      console.Warn(absl::StrCat(notice.text, " histogram files without a sample were written.\n",
                                "         'histo_empty = skip' in runtime.conf, or --histo-empty "
                                "skip, leaves them out"));
      break;
  }
}

std::string DnsCacheText(bool is_v6, uint32_t size, Timestamp time) {
  return absl::StrCat("DNS ", is_v6 ? "IPv6 " : "", "cache (size=", size, ") full at ",
                      TimeStampText(time));
}

void TellOfDnsCache(Console& console, AnalyzerOptions* options) {
  options->on_dns_cache_full = [&console](bool is_v6, uint32_t size, Timestamp time) {
    console.Err(absl::StrCat("\n", DnsCacheText(is_v6, size, time), "\n"));
  };
}

void TellExports(const std::vector<SessionExport>& exports, Console& console) {
  for (const SessionExport& each : exports) {
    const DestinationStatistics& d = each.statistics.destination;
    console.Out(absl::StrCat("export ", each.name, ": ", d.sent_rows, " rows sent in ",
                             d.sent_batches, " batches\n"));
    if (d.queued_rows != 0) {
      console.Error(absl::StrCat("export ", each.name, ": ", d.queued_rows, " rows wait in ",
                                 each.spool, " for the next run"));
    }
    if (d.dead_letters != 0) {
      console.Error(absl::StrCat("export ", each.name, ": ", d.dead_letter_rows,
                                 " rows were refused for good, see ", each.spool, "/dead-letters"));
    }
  }
}

void TellLosses(const SessionLosses& losses, Console& console) {
  const std::pair<const char*, uint64_t> lost[] = {
      {"log rows that could not be written: ", losses.rows},
      {"histogram files that could not be written: ", losses.histogram_files},
      {"values that RRD databases did not take: ", losses.rrd_values},
      {"packets that could not be dumped: ", losses.dump_packets},
      {"rows that exports dropped: ", losses.export_rows}};
  for (const auto& [what, count] : lost) {
    if (count != 0) console.Error(absl::StrCat(what, count));
  }
}

}  // namespace tstat::cli
