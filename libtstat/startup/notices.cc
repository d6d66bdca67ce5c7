// SPDX-License-Identifier: BSD-3-Clause
#include "startup/notices.h"

#include <string>

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
    case SessionNotice::Kind::kManyEmptyHistograms:
      console.Warn(absl::StrCat(notice.text, " histogram files without a sample were written.\n",
                                "         'histo_empty = skip' in runtime.conf, or --histo-empty "
                                "skip, leaves them out"));
      break;
  }
}

}  // namespace tstat::cli
