// SPDX-License-Identifier: BSD-3-Clause
//
// Databases with the archives that tstat makes, and values of the test's choice.
#ifndef TSTAT_TESTS_RRD_CGI_SERIES_FIXTURE_H_
#define TSTAT_TESTS_RRD_CGI_SERIES_FIXTURE_H_

#include <utime.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <string>

#include "tests/rrd_cgi/fixture.h"
#include "tstat-rrd-cgi/readings.h"

namespace tstat::viewer {

class SeriesTest : public ViewerTest {
 protected:
  static constexpr int64_t kInterval = 300;

  // The value of an interval by its end; NaN: no update.
  using ValueAt = std::function<double(int64_t time)>;
  static ValueAt Always(double value) {
    return [=](int64_t) { return value; };
  }

  // Values of the last `hours` before `end`.
  void Fill(const std::string& trace, const std::string& file, const ValueAt& value, int hours = 24,
            int64_t end = kLastUpdate) {
    const std::filesystem::path path = settings_.data_root / std::filesystem::path(trace) / file;
    std::filesystem::create_directories(path.parent_path());
    const std::string source = "DS:" + file.substr(0, file.find('.')) + ":GAUGE:600:U:U";
    const char* layout[] = {source.c_str(), "RRA:AVERAGE:0.5:1:600", "RRA:AVERAGE:0.5:6:700",
                            "RRA:AVERAGE:0.5:24:775", "RRA:AVERAGE:0.5:288:797"};
    const int64_t begin = end - hours * int64_t{3600};
    ASSERT_EQ(rrd_create_r(path.c_str(), kInterval, begin, 5, layout), 0) << rrd_get_error();
    for (int64_t time = begin + kInterval; time <= end; time += kInterval) {
      const double now = value(time);
      if (std::isnan(now)) continue;
      const std::string text = std::to_string(time) + ":" + std::to_string(now);
      const char* values[] = {text.c_str()};
      ASSERT_EQ(rrd_update_r(path.c_str(), nullptr, 1, values), 0) << rrd_get_error();
    }
  }

  // As of a probe that wrote the database at that Unix time.
  void SetWritten(const std::string& trace, const std::string& file, int64_t time) {
    const std::filesystem::path path = settings_.data_root / std::filesystem::path(trace) / file;
    const utimbuf times = {time, time};
    ASSERT_EQ(utime(path.c_str(), &times), 0);
  }

  // The trace as it is now; `span` seconds before `end`.
  SpanReader Over(const std::string& trace, int64_t span, int64_t end = kLastUpdate) {
    trace_ = *OpenTrace(settings_.data_root, trace);
    return {trace_, reader_, end, span};
  }

  Trace trace_;
};

}  // namespace tstat::viewer

#endif  // TSTAT_TESTS_RRD_CGI_SERIES_FIXTURE_H_
