// SPDX-License-Identifier: BSD-3-Clause
#include "histogram/reference_page.h"

#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "histogram/definitions.h"

namespace tstat::internal {
namespace {

constexpr char kIntroduction[] =
    "# Histograms\n\n"
    "Generated from libtstat/histogram/definitions.cc (`ninja docs_pages`). `-H FILE` selects what "
    "is collected; the\nfiles of an interval are in `000`, `001`, ..., those of the last one in "
    "`LAST`, with `-g` sums of all in `GLOBAL`.\nA line of a file is a bin's lower end and its "
    "content; what is below the range stands at `min - bin`, the rest at `max`.\n\n"
    "Kinds: *count* of values in each bin; *rate* of class k in bit/s, *average* over time and "
    "*sum* in bin k, set when the\ninterval ends. What the numbers of classes mean: "
    "[codes](logs/codes.md). Two are called `tcp_net_dup_out` (that of local\nflows is the later "
    "one), as in Tstat.\n\n"
    "`_in`, `_out`, `_loc`, `_c2s`, `_s2c`, why `_in` is empty without `-N`, and how to choose "
    "histograms:\n[configuration](configuration.md).\n\n"
    "| name | what | unit | min | bin | max | kind | exists |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |\n";

constexpr const char* kKinds[] = {"count", "rate", "average", "sum"};
constexpr const char* kPresences[] = {"always", "3.3", "with -g"};

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::string HistogramReferencePage() {
  std::string out = kIntroduction;
  for (const HistogramDefinition& d : HistogramDefinitions()) {
    absl::StrAppend(&out, "| `", View(d.name), "` | ",
                    absl::StripTrailingAsciiWhitespace(View(d.description)), " | ", View(d.unit),
                    " | ", d.min, " | ", d.width, " | ", d.max, " | ");
    absl::StrAppend(&out, kKinds[static_cast<int>(d.kind)], " | ",
                    kPresences[static_cast<int>(d.presence)], " |\n");
  }
  return out;
}

}  // namespace tstat::internal
