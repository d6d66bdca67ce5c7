// SPDX-License-Identifier: BSD-3-Clause
//
// The texts that end a run of the tstat command. Scripts read these lines: their text, spelling
// mistakes included, is part of the interface.
//
//   std::fputs(tstat::ClosingReport(session->statistics(), 180000, elapsed_us).c_str(), stdout);
#ifndef TSTAT_REPORT_H_
#define TSTAT_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "tstat/anonymizer.h"
#include "tstat/export.h"
#include "tstat/packet_source.h"
#include "tstat/statistics.h"
#include "tstat/time.h"

namespace tstat::inline v1 {

// The report after each trace. `elapsed_us`: real time since the start of the command.
[[nodiscard]] TSTAT_EXPORT std::string ClosingReport(const Statistics& statistics,
                                                     uint32_t max_tcp_pairs, double elapsed_us);

// The lines that follow it when addresses are anonymised: what became of look-ups in the cache.
[[nodiscard]] TSTAT_EXPORT std::string AnonymizerReport(const AnonymizerCounters& v4,
                                                        const AnonymizerCounters& v6);

// The lines that follow it after a live capture.
[[nodiscard]] TSTAT_EXPORT std::string LiveReport(const CaptureStatistics& statistics);

// One line, without newline, on an interval of a live capture: "123 packets received by filter, 0
// dropped by kernel".
[[nodiscard]] TSTAT_EXPORT std::string IntervalReport(const CaptureStatistics& statistics);

// The last lines of a run.
struct FinalLinesOptions {
  bool with_udp = true;     // without -u
  bool one_trace = false;   // exactly one trace argument
  bool with_times = false;  // -d
};
[[nodiscard]] TSTAT_EXPORT std::string FinalLines(const Statistics& statistics,
                                                  const FinalLinesOptions& options);

// How often the packets' clock fell back, a line; empty when it never did.
[[nodiscard]] TSTAT_EXPORT std::string ClockLine(const Statistics& statistics);

// What was not analysed, by reason, a line each, and the ClockLine; empty when all was.
enum class DroppedKinds {
  kAll,
  kLosses,  // only what a full table cost: no packets that are not TCP or UDP, and the like
};
[[nodiscard]] TSTAT_EXPORT std::string DroppedLines(const Statistics& statistics,
                                                    DroppedKinds kinds = DroppedKinds::kAll);

// Times as messages print them, in the local time zone.
// "Fri Jul 14 02:40:00 2017"; "-" for time 0.
[[nodiscard]] TSTAT_EXPORT std::string TimeStampText(Timestamp time);
// "Fri Jul 14 02:40:00.042164 2017"; "        <the epoch>       " for time 0.
[[nodiscard]] TSTAT_EXPORT std::string PreciseTimeText(Timestamp time);
// "1:00:00.042163": hours are unlimited, the last digit is that of the double.
[[nodiscard]] TSTAT_EXPORT std::string ElapsedText(double microseconds);

}  // namespace tstat::inline v1

#endif  // TSTAT_REPORT_H_
