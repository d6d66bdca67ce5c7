// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tstat/metrics.h"

namespace tstat {
namespace {

TEST(MetricRegistry, WritesFamiliesInTheirOrder) {
  MetricRegistry registry;
  uint64_t packets = 7;
  ASSERT_TRUE(registry
                  .Add({.name = "z_total",
                        .help = "Packets\\ seen\n\"so far\"",
                        .type = MetricType::kCounter},
                       [&packets](MetricSamples& out) { out.Add(packets); })
                  .ok());
  ASSERT_TRUE(registry
                  .Add({.name = "a", .help = "A gauge"},
                       [](MetricSamples& out) {
                         out.Add(int64_t{-3}, {{"kind", "a\"b\\c\nd"}, {"x", ""}});
                         out.Add(0.25);
                         out.Add(INFINITY);
                         out.Add(-INFINITY);
                         out.Add(NAN);
                         out.Add(uint64_t{18446744073709551615U});
                       })
                  .ok());
  packets = 8;
  EXPECT_EQ(registry.Text(),
            "# HELP z_total Packets\\\\ seen\\n\"so far\"\n"
            "# TYPE z_total counter\n"
            "z_total 8\n"
            "# HELP a A gauge\n"
            "# TYPE a gauge\n"
            "a{kind=\"a\\\"b\\\\c\\nd\",x=\"\"} -3\n"
            "a 0.25\n"
            "a +Inf\n"
            "a -Inf\n"
            "a NaN\n"
            "a 18446744073709551615\n");
}

TEST(MetricRegistry, HistogramsAreCumulative) {
  MetricHistogram histogram = {0.5, 1, 10};
  for (const double value : {0.5, 0.6, 1.0, 11.0, 0.1}) histogram.Add(value);
  histogram.Add(NAN);
  histogram.Add(INFINITY);
  EXPECT_EQ(histogram.count_in(0), 2u);
  EXPECT_EQ(histogram.count_in(3), 1u);
  MetricRegistry registry;
  ASSERT_TRUE(registry
                  .Add({.name = "h", .help = "", .type = MetricType::kHistogram},
                       [&](MetricSamples& out) {
                         out.Add(histogram, {{"side", "client"}});
                       })
                  .ok());
  EXPECT_EQ(registry.Text(),
            "# HELP h \n"
            "# TYPE h histogram\n"
            "h_bucket{side=\"client\",le=\"0.5\"} 2\n"
            "h_bucket{side=\"client\",le=\"1\"} 4\n"
            "h_bucket{side=\"client\",le=\"10\"} 4\n"
            "h_bucket{side=\"client\",le=\"+Inf\"} 5\n"
            "h_sum{side=\"client\"} 13.2\n"
            "h_count{side=\"client\"} 5\n");
}

TEST(MetricRegistry, RefusesWhatPrometheusWould) {
  MetricRegistry registry;
  const auto nothing = [](MetricSamples&) {};
  for (const char* const name : {"", "9a", "a b", "a-b", "\xc3\xa4"}) {
    EXPECT_EQ(registry.Add({.name = name}, nothing).code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_FALSE(registry.Add({.name = "packets", .type = MetricType::kCounter}, nothing).ok());
  EXPECT_FALSE(registry.Add({.name = "flows_total"}, nothing).ok());
  ASSERT_TRUE(registry.Add({.name = "a:b_9"}, nothing).ok());
  EXPECT_EQ(registry.Add({.name = "a:b_9"}, nothing).code(), absl::StatusCode::kAlreadyExists);
}

}  // namespace
}  // namespace tstat
