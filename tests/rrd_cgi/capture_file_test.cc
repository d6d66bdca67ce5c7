// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/capture_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "tests/rrd_cgi/fixture.h"
#include "tstat-rrd-cgi/sandbox.h"
#include "tstat/packet_source.h"
#include "tstat/report.h"

namespace tstat::viewer {
namespace {

std::string Line(const std::string& rest) { return "[Fri Jul 14 04:20:00 2017] " + rest + "\n"; }

TEST(CaptureFileTest, IntervalsAreAddedUpFromTheEnd) {
  const std::string text = Line("1000 packets received by filter, 7 dropped by kernel") +
                           "[Fri Jul 14 04:22:00 2017] something else\n" +
                           Line("20 packets received by filter, 2 dropped by kernel") +
                           "[Fri Jul 14 04:25:00 2017] 10 packets received by filter, "
                           "1 dropped by kernel, 5 dropped by interface\r\n";
  const auto all = CaptureDropsIn(text, 100);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->intervals, 3);
  EXPECT_EQ(all->received, 1000u + 20 + 10 + 5);
  EXPECT_EQ(all->dropped, 7u + 2 + 1 + 5);
  EXPECT_EQ(all->until, "Fri Jul 14 04:25:00 2017");
  const auto two = CaptureDropsIn(text, 2);
  EXPECT_EQ(two->intervals, 2);
  EXPECT_EQ(two->received, 35u);
}

// Where dropped packets are not among those received, they are added.
TEST(CaptureFileTest, NoMoreIsDroppedThanThereWas) {
  const auto drops = CaptureDropsIn(
      Line("100 packets received by filter, 180 dropped by kernel") +
          Line("100 packets received by filter, 100 dropped by kernel, 1 dropped by interface"),
      9);
  ASSERT_TRUE(drops.ok());
  EXPECT_EQ(drops->received, 280u + 101);
  EXPECT_EQ(drops->dropped, 180u + 101);
}

TEST(CaptureFileTest, ReadsWhatTheLibraryWrites) {
  const CaptureStatistics counters{.received = 12, .dropped = 3, .dropped_by_interface = 4};
  const auto drops = CaptureDropsIn(Line(IntervalReport(counters)), 1);
  ASSERT_TRUE(drops.ok());
  EXPECT_EQ(drops->received, 16u);
  EXPECT_EQ(drops->dropped, 7u);
}

TEST(CaptureFileTest, OtherLinesAreNone) {
  for (const char* rest :
       {"", "packets received by filter, 0 dropped by kernel",
        "x packets received by filter, 0 dropped by kernel",
        "-1 packets received by filter, 0 dropped by kernel", "1 packets received by filter",
        "1 packets received by filter, 0 dropped",
        "1 packets received by filter, 0 dropped by kernel, 1 dropped by cat",
        "1 packets received by filter, 0 dropped by kernel, 1 dropped by interface, 2",
        "99999999999999999999 packets received by filter, 0 dropped by kernel",
        "9999999999999999 packets received by filter, 0 dropped by kernel"}) {
    EXPECT_EQ(CaptureDropsIn(Line(rest), 9).status().code(), absl::StatusCode::kFailedPrecondition)
        << rest;
  }
  const std::string good = "1 packets received by filter, 0 dropped by kernel";
  EXPECT_FALSE(CaptureDropsIn(good, 9).ok());
  EXPECT_FALSE(CaptureDropsIn("[<b>Jul 14 04:32:03 2017</b>] " + good, 9).ok());
  EXPECT_FALSE(CaptureDropsIn("[<ri Jul 14 04:20:00 2017] " + good, 9).ok());
}

class CaptureFileOfTrace : public ViewerTest {};

TEST_F(CaptureFileOfTrace, PlainNamesAreInTheTracesDirectory) {
  Touch("Lab", "x.rrd");
  Touch("Lab", "messages", Line("5 packets received by filter, 1 dropped by kernel"));
  const Trace trace = *OpenTrace(settings_.data_root, "Lab");
  settings_.statistics_file = "messages";
  EXPECT_EQ(ReadCaptureDrops(settings_, trace, 9)->received, 5u);
  settings_.statistics_file = trace.path + "/messages";
  EXPECT_EQ(ReadCaptureDrops(settings_, trace, 9)->received, 5u);
  settings_.statistics_file = "nothing";
  EXPECT_TRUE(absl::IsNotFound(ReadCaptureDrops(settings_, trace, 9).status()));
  settings_.statistics_file = "..";
  EXPECT_TRUE(absl::IsUnavailable(ReadCaptureDrops(settings_, trace, 9).status()));
  // A link could lead anywhere.
  std::filesystem::create_symlink("messages", std::filesystem::path(trace.path) / "link");
  settings_.statistics_file = "link";
  EXPECT_FALSE(ReadCaptureDrops(settings_, trace, 9).ok());
}

TEST_F(CaptureFileOfTrace, TheSandboxLetsItThrough) {
  const auto is_reachable = [&](const std::string& path) {
    return std::ranges::any_of(PathsOf(&settings_), [&](const ReachablePath& one) {
      return one.path == path && !one.is_writable;
    });
  };
  settings_.statistics_file = "/var/log/tstat/messages";
  EXPECT_TRUE(is_reachable("/var/log/tstat/messages"));
  settings_.statistics_file = "messages";  // below the data root
  EXPECT_FALSE(is_reachable("messages"));
}

TEST_F(CaptureFileOfTrace, TheEndOfALongFileIsEnough) {
  Touch("Lab", "x.rrd");
  std::string text = Line("7 packets received by filter, 7 dropped by kernel");
  text += std::string(200'000, 'x') + "\n";
  Touch("Lab", "messages", text + Line("5 packets received by filter, 1 dropped by kernel"));
  settings_.statistics_file = "messages";
  const auto drops = ReadCaptureDrops(settings_, *OpenTrace(settings_.data_root, "Lab"), 9);
  ASSERT_TRUE(drops.ok());
  EXPECT_EQ(drops->received, 5u);
  EXPECT_EQ(drops->intervals, 1);
}

}  // namespace
}  // namespace tstat::viewer
