// SPDX-License-Identifier: BSD-3-Clause
//
// libtstat.h: an analysis from its beginning to its end, and what its configuration says.
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>

#include "tests/bindings/libtstat_fixture.h"

namespace tstat::libtstat_tests {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(LibtstatTest, AWholeAnalysis) {
  EXPECT_EQ(Init("-s out # comment\n"), 0);
  EXPECT_EQ(out_,
            "\x1b[1mWarning:\x1b[0m -N option not specified.\n"
            "         All subnets are assumed to be internal\n");
  EXPECT_EQ(err_, "");
  Captured([] {
    NewDirectory(0);
    return 0;
  });
  EXPECT_EQ(out_, "[Fri Jul 14 02:40:00 2017] created new outdir out/2017_07_14_02_40.out\n");
  Connection(0);
  EXPECT_EQ(Next(Udp(2000), 1), 1);
  EXPECT_EQ(tcp_cleaned, 1);
  EXPECT_EQ(udp_cleaned, 0);
  tstat_report report{};
  EXPECT_EQ(tstat_close(&report), &report);
  EXPECT_EQ(report.pnum, 7u);
  EXPECT_EQ(report.fcount, 2u);
  EXPECT_EQ(report.f_TCP_count, 1u);
  EXPECT_EQ(report.f_UDP_count, 1u);
  EXPECT_EQ(report.tcp_packet_count, 6);
  EXPECT_EQ(report.udp_trace_count, 1u);
  EXPECT_EQ(report.not_id_p, 0);
  EXPECT_EQ(report.tot_conn_TCP, 0u);
  EXPECT_EQ(report.tot_conn_UDP, 0u);
  EXPECT_EQ(report.num_tcp_pairs, 1);
  EXPECT_GT(report.wallclock, 0);
  EXPECT_DOUBLE_EQ(report.avg_search, report.search_count / 6.0);
  EXPECT_EQ(udp_cleaned, 0);  // the collector's only
  using Lines = std::map<std::string, int>;
  EXPECT_EQ(LinesOf("log_tcp_complete"), (Lines{{"2017_07_14_02_40.out", 2}}));
  EXPECT_EQ(LinesOf("log_udp_complete"), (Lines{{"2017_07_14_02_40.out", 2}}));
}

TEST_F(LibtstatTest, TheReportIsThatOfTheCommand) {
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  Connection(0);
  tstat_report report{};
  tstat_close(&report);
  report.wallclock = 34617;
  std::FILE* file = std::tmpfile();
  tstat_print_report(&report, file);
  std::string text(4096, '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  EXPECT_THAT(text, StartsWith("\n---\nDumping internal status variables:\n---\n"
                               "total packet analized : 6\ntotal flows analized : 1\n"));
  EXPECT_THAT(text, HasSubstr("total analyzed TCP packet: 6 \n"));
  EXPECT_THAT(text, HasSubstr("Current flow vector index: 1 (180000)\n"));
  EXPECT_THAT(text, HasSubstr("elapsed wallclock time: 0:00:00.034617\n173 pkts/sec analyzed\n"));
}

TEST_F(LibtstatTest, TheReportEndsWithTheCacheOfAddresses) {
  Write("nets", "10.0.0.0/8\n");
  for (const std::string conf : {"-s out -Y nets", "-s out"}) {
    ASSERT_EQ(Init(conf), 0) << err_;
    NewDirectory(0);
    Connection(0);
    tstat_report report{};
    tstat_close(&report);
    std::FILE* file = std::tmpfile();
    tstat_print_report(&report, file);
    std::string text(4096, '\0');
    std::rewind(file);
    text.resize(std::fread(text.data(), 1, text.size(), file));
    std::fclose(file);
    if (conf == "-s out") {
      EXPECT_THAT(text, EndsWith(" flows/sec analyzed\n"));
    } else {
      EXPECT_THAT(text, testing::ContainsRegex(" flows/sec analyzed\nHash Insert: [1-9].*\n"));
      EXPECT_THAT(text, testing::ContainsRegex("\nHash IPv6 Insert: [0-9]+ Hit: 0 Miss: 0\n$"));
    }
  }
}

TEST_F(LibtstatTest, ASecondAnalysisBeginsAnew) {
  ASSERT_EQ(Init("-s one"), 0);
  NewDirectory(0);
  Connection(0);
  tstat_report first{}, second{};
  tstat_close(&first);
  EXPECT_EQ(tcp_cleaned, 1);
  ASSERT_EQ(Init("-s two"), 0);
  EXPECT_EQ(tcp_cleaned, 0);
  NewDirectory(0);
  Connection(0);
  Connection(10, 1026);
  tstat_close(&second);
  EXPECT_EQ(first.f_TCP_count, 1u);
  EXPECT_EQ(second.f_TCP_count, 2u);
  EXPECT_EQ(second.pnum, 12u);
  EXPECT_EQ(LinesOf("log_tcp_complete", "one").begin()->second, 2);
  EXPECT_EQ(LinesOf("log_tcp_complete", "two").begin()->second, 3);
}

TEST_F(LibtstatTest, CloseAgainGivesTheSameCounts) {
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  Connection(0);
  tstat_report report{}, again{};
  tstat_close(&report);
  const auto files = LinesOf("log_tcp_complete");
  EXPECT_EQ(tstat_close(&again), &again);
  EXPECT_EQ(again.pnum, report.pnum);
  EXPECT_EQ(again.f_TCP_count, 1u);
  EXPECT_EQ(LinesOf("log_tcp_complete"), files);
  EXPECT_EQ(tstat_close(nullptr), nullptr);
}

TEST_F(LibtstatTest, WithoutTcpTheAverageIsNotANumber) {
  ASSERT_EQ(Init("-s out"), 0);
  tstat_report report{};
  tstat_close(&report);
  EXPECT_TRUE(std::isnan(report.avg_search));
  EXPECT_EQ(report.pnum, 0u);
  std::FILE* file = std::tmpfile();
  tstat_print_report(&report, file);
  std::string text(4096, '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  EXPECT_THAT(text, testing::Not(HasSubstr("average TCP search length")));
}

// tstat_init: what is wrong is told, and -1 returned.

TEST_F(LibtstatTest, AMissingFile) {
  char name[] = "nowhere.conf";
  EXPECT_EQ(Captured([&] { return tstat_init(name); }), -1);
  EXPECT_EQ(err_, "No 'nowhere.conf' file. Try 'tstat -h' for more information.\n");
  EXPECT_EQ(Captured([&] { return tstat_init(nullptr); }), -1);
  EXPECT_EQ(err_, "No 'tstat.conf' file. Try 'tstat -h' for more information.\n");
}

TEST_F(LibtstatTest, TheDefaultFile) {
  Write("tstat.conf", "-s out");
  EXPECT_EQ(Captured([&] { return tstat_init(nullptr); }), 0);
}

TEST_F(LibtstatTest, MistakesInTheConfiguration) {
  Write("bad.nets", "10.0.0.0/33\n");
  const std::pair<const char*, const char*> cases[] = {
      {"--nonsense", "unknown option '--nonsense'"},
      {"-s", "missing argument of option '-s'"},
      {"-N nowhere.nets", "nowhere.nets"},
      {"-N bad.nets", "bad.nets:1"},
      {"-r rrd", "You MUST specify both"},
      {"-T nowhere.conf", "nowhere.conf"},
      {"-z nowhere/messages", "Error creating nowhere/messages"},
      {"--check-config", "--check-config is for the command"},
      {"-h", "asks for a text"},
      {"-v", "asks for a text"},
  };
  for (const auto& [conf, message] : cases) {
    EXPECT_EQ(Init(conf), -1) << conf;
    EXPECT_THAT(err_, HasSubstr(message)) << conf;
    tstat_report report{};
    report.pnum = 7;
    tstat_close(&report);
    EXPECT_EQ(report.pnum, 0u) << "an analysis was begun by " << conf;
  }
}

TEST_F(LibtstatTest, InitTwiceKeepsTheFirst) {
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  Connection(0);
  EXPECT_EQ(Init("-s other"), -1);
  EXPECT_EQ(err_, "tstat: tstat_init: an analysis is open; tstat_close ends it\n");
  Connection(10, 1026);
  tstat_report report{};
  tstat_close(&report);
  EXPECT_EQ(report.f_TCP_count, 2u);
  EXPECT_FALSE(fs::exists("other"));
}

TEST_F(LibtstatTest, WhatIsAboutInputHasNoEffect) {
  Write("filter", "tcp port 1");
  ASSERT_EQ(Init("-c -t -l -i nowhere0 -E 100 -f filter -s out trace1 trace2"), 0);
  NewDirectory(0);
  Connection(0);
  tstat_report report{};
  tstat_close(&report);
  EXPECT_EQ(report.f_TCP_count, 1u);
  EXPECT_EQ(LinesOf("log_tcp_complete").begin()->second, 2);
  Captured([&] {
    std::FILE* file = std::fopen("report", "w");
    tstat_print_report(&report, file);
    return std::fclose(file);
  });
  EXPECT_EQ(err_, "\nLive pcap_stats:\n");
}

TEST_F(LibtstatTest, DebugListsTheWords) {
  ASSERT_EQ(Init("-d -s out # not this\n-d\n"), 0);
  EXPECT_THAT(out_, StartsWith("config: reading options from conf\n"
                               "config: added option/param: tstat\n"
                               "config: added option/param: -d\n"
                               "config: added option/param: -s\n"
                               "config: added option/param: out\n"
                               "config: added option/param: -d\n"
                               "config: reading options completed\n"));
  tstat_close(nullptr);
  ASSERT_EQ(Init("-d -s out"), 0);
  EXPECT_THAT(out_, testing::Not(HasSubstr("config:")));
}

TEST_F(LibtstatTest, MessagesGoToTheFile) {
  ASSERT_EQ(Init("-s out -z messages"), 0);
  EXPECT_EQ(out_ + err_, "");
  Captured([] {
    NewDirectory(0);
    return 0;
  });
  tstat_close(nullptr);
  EXPECT_EQ(out_ + err_, "");
  EXPECT_THAT(Read("messages"), EndsWith("created new outdir out/2017_07_14_02_40.out\n"));
}

}  // namespace
}  // namespace tstat::libtstat_tests
