// SPDX-License-Identifier: BSD-3-Clause
//
// What the databases of a trace say about one span of time, in a few numbers.
#ifndef TSTAT_RRD_CGI_READINGS_H_
#define TSTAT_RRD_CGI_READINGS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tstat-rrd-cgi/databases.h"
#include "tstat-rrd-cgi/trace_index.h"

namespace tstat::viewer {

// A database that gets a value at the end of each interval, whatever the traffic.
struct SteadyDatabase {
  std::string histogram, file;
  int64_t last = 0;  // Unix time of its last update
};
// Nothing if the trace has none that can be read.
[[nodiscard]] std::optional<SteadyDatabase> FindSteady(const Trace& trace,
                                                       const DatabaseReader& reader);

// Unknown stretches of a series between its first known step and the end.
struct Gaps {
  int64_t count = 0, seconds = 0;
  int64_t first_known = 0;  // Unix time at which the first known step begins; 0: none is known
  int64_t step = 0;         // seconds: what is shorter than half of it is not seen
};
// `since`: from then on everything should be known, also before the first known step; 0: nothing
// says so.
[[nodiscard]] Gaps GapsOf(const Readings& readings, int64_t since);

// Databases are named by histogram ("ip_bitrate_in") and statistic ("idx0"). All functions return
// nothing where the database is missing, broken, or knows nothing of the time.
class SpanReader {
 public:
  // `end`: Unix time; `span`: seconds before it.
  SpanReader(const Trace& trace, const DatabaseReader& reader, int64_t end, int64_t span)
      : trace_(trace), reader_(reader), end_(end), span_(span) {}

  [[nodiscard]] const Trace& trace() const { return trace_; }
  [[nodiscard]] int64_t end() const { return end_; }
  [[nodiscard]] int64_t span() const { return span_; }

  [[nodiscard]] std::shared_ptr<const Readings> Series(std::string_view histogram,
                                                       std::string_view statistic) const;
  // Mean of the known steps. Where the trace is too young for the archive of the span, that of the
  // last two days.
  [[nodiscard]] std::optional<double> Mean(std::string_view histogram,
                                           std::string_view statistic) const;
  // The same of steps that are not negative: percentiles of nothing are.
  [[nodiscard]] std::optional<double> MeanOfSamples(std::string_view histogram,
                                                    std::string_view statistic) const;
  // The newest known value of the last hour.
  [[nodiscard]] std::optional<double> Newest(std::string_view histogram,
                                             std::string_view statistic) const;
  // How many were counted in the span, of a database that has the count of each interval.
  [[nodiscard]] std::optional<double> Total(std::string_view histogram,
                                            std::string_view statistic) const;
  // Seconds of an interval, from the finest archive of a steady database; 0: there is none.
  [[nodiscard]] int64_t interval() const;

 private:
  [[nodiscard]] std::shared_ptr<const Readings> ReadOf(std::string_view histogram,
                                                       std::string_view statistic,
                                                       int64_t span) const;
  // Of the span that the trace is old enough for.
  [[nodiscard]] std::shared_ptr<const Readings> KnownOf(std::string_view histogram,
                                                        std::string_view statistic) const;

  const Trace& trace_;
  const DatabaseReader& reader_;
  int64_t end_, span_;
  mutable int64_t known_span_ = 0, interval_ = -1;  // 0 and -1: not looked for yet
};

// The sum of those that are known; nothing if none is.
[[nodiscard]] std::optional<double> SumOf(const std::vector<std::optional<double>>& values);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_READINGS_H_
