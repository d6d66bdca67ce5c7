// SPDX-License-Identifier: BSD-3-Clause
//
// What the command prints at the end. Scripts read these lines: their text, spelling mistakes
// included, is part of the interface.
#ifndef TSTAT_APPS_TSTAT_CLI_REPORT_H_
#define TSTAT_APPS_TSTAT_CLI_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "tstat/packet_source.h"
#include "tstat/statistics.h"

namespace tstat::cli {

// The report after each trace. `elapsed_us`: real time since the start of the command.
std::string ClosingReport(const Statistics& statistics, uint32_t max_tcp_pairs, double elapsed_us);

// The lines that follow it after a live capture.
std::string LiveReport(const CaptureStatistics& statistics);

// One line, without newline, on an interval of a live capture: "123 packets received by filter, 0
// dropped by kernel".
std::string IntervalReport(const CaptureStatistics& statistics);

// The last lines of a run.
struct FinalLinesOptions {
  bool with_udp = true;     // without -u
  bool one_trace = false;   // exactly one trace argument
  bool with_times = false;  // -d
};
std::string FinalLines(const Statistics& statistics, const FinalLinesOptions& options);

// How often the packets' clock fell back, a line; empty when it never did.
std::string ClockLine(const Statistics& statistics);

// What was not analysed, by reason, a line each, and the ClockLine; empty when all was.
enum class DroppedKinds {
  kAll,
  kLosses,  // only what a full table cost: no packets that are not TCP or UDP, and the like
};
std::string DroppedLines(const Statistics& statistics, DroppedKinds kinds = DroppedKinds::kAll);

}  // namespace tstat::cli

#endif  // TSTAT_APPS_TSTAT_CLI_REPORT_H_
