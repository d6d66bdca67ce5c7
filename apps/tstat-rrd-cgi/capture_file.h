// SPDX-License-Identifier: BSD-3-Clause
//
// The messages of a live capture (`tstat -l -z FILE`): how many packets the kernel dropped.
#ifndef TSTAT_RRD_CGI_CAPTURE_FILE_H_
#define TSTAT_RRD_CGI_CAPTURE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tstat-rrd-cgi/configuration.h"
#include "tstat-rrd-cgi/trace_index.h"

namespace tstat::viewer {

// Sums of the last intervals. Of each there is a line
//   [Fri Jul 14 04:32:03 2017] 1000 packets received by filter, 3 dropped by kernel
// which ends with ", 9 dropped by interface" if there were any of these.
struct CaptureDrops {
  uint64_t received = 0;  // passed the filter, those that were dropped included
  uint64_t dropped = 0;   // by the kernel, and by the interface
  int64_t intervals = 0;
  std::string until;  // "Fri Jul 14 04:32:03 2017"
};

// At most so many intervals, from the end on. FAILED_PRECONDITION if there is no such line.
[[nodiscard]] absl::StatusOr<CaptureDrops> CaptureDropsIn(std::string_view text,
                                                          int64_t most_intervals);

// Of the configured statistics file: a plain name is a file in the trace's directory, a path is
// that file. Its last 64 KiB are read. UNAVAILABLE or NOT_FOUND: it cannot be.
[[nodiscard]] absl::StatusOr<CaptureDrops> ReadCaptureDrops(const Configuration& settings,
                                                            const Trace& trace,
                                                            int64_t most_intervals);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_CAPTURE_FILE_H_
