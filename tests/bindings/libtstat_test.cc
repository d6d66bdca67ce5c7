// SPDX-License-Identifier: BSD-3-Clause
#include "libtstat.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libtstat_analysis.h"

namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;
namespace fs = std::filesystem;

constexpr int64_t kFirst = 1'500'000'000;  // Fri Jul 14 02:40:00 2017 UTC
constexpr uint8_t kSyn = 2, kAck = 16, kFin = 1;

using Bytes = std::vector<uint8_t>;

void Append16(Bytes* out, size_t value) {
  out->push_back(static_cast<uint8_t>(value >> 8));
  out->push_back(static_cast<uint8_t>(value));
}

Bytes Ip(uint8_t protocol, const Bytes& payload, uint8_t from, uint8_t to) {
  Bytes ip = {0x45, 0};
  Append16(&ip, 20 + payload.size());
  for (uint8_t byte : {0, 1, 0, 0, 64, 0, 0, 0}) ip.push_back(byte);
  ip[9] = protocol;
  for (uint8_t byte : {10, 0, 0, 0, 10, 0, 0, 0}) ip.push_back(byte);
  ip[15] = from;
  ip[19] = to;
  ip.insert(ip.end(), payload.begin(), payload.end());
  return ip;
}

Bytes Tcp(bool client, uint8_t flags, uint32_t seq, uint32_t ack, uint16_t port = 1025) {
  Bytes tcp;
  Append16(&tcp, client ? port : 80);
  Append16(&tcp, client ? 80 : port);
  Append16(&tcp, seq >> 16);
  Append16(&tcp, seq & 0xffff);
  Append16(&tcp, ack >> 16);
  Append16(&tcp, ack & 0xffff);
  for (uint8_t byte : {0x50, 0, 0x20, 0, 0, 0, 0, 0}) tcp.push_back(byte);
  tcp[13] = flags;
  return Ip(6, tcp, client ? 1 : 2, client ? 2 : 1);
}

Bytes Udp(uint16_t port, bool client = true) {
  Bytes udp;
  Append16(&udp, client ? port : 5000);
  Append16(&udp, client ? 5000 : port);
  Append16(&udp, 8 + 4);
  Append16(&udp, 0);
  for (uint8_t byte : {1, 2, 3, 4}) udp.push_back(byte);
  return Ip(17, udp, client ? 1 : 2, client ? 2 : 1);
}

// A server's answer to 10.0.0.1: "hN.net" is 192.0.2.N.
Bytes DnsAnswer(uint8_t number) {
  const uint8_t name = static_cast<uint8_t>('0' + number);
  const Bytes message = {0,    number, 0x81, 0x80, 0,   1,  0, 1, 0,   0, 0,    0,     2, 'h',
                         name, 3,      'n',  'e',  't', 0,  0, 1, 0,   1, 0xc0, 0x0c,  0, 1,
                         0,    1,      0,    0,    0,   60, 0, 4, 192, 0, 2,    number};
  Bytes udp;
  Append16(&udp, 53);
  Append16(&udp, 1025);
  Append16(&udp, 8 + message.size());
  Append16(&udp, 0);
  udp.insert(udp.end(), message.begin(), message.end());
  return Ip(17, udp, 2, 1);
}

class LibtstatTest : public testing::Test {
 protected:
  LibtstatTest() : before_(fs::current_path()) {
    char name[] = "/tmp/tstat-lib-XXXXXX";
    work_ = mkdtemp(name);
    fs::current_path(work_);
    setenv("TZ", "UTC", 1);
  }
  ~LibtstatTest() override {
    tstat_close(nullptr);
    fs::current_path(before_);
    fs::remove_all(work_);
  }

  static void Write(const std::string& name, const std::string& text) {
    std::ofstream(name) << text;
  }
  static std::string Read(const std::string& name) {
    std::ifstream file(name);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  // tstat_init with `conf` as file "conf"; what it printed is in out_ and err_.
  int Init(const std::string& conf) {
    Write("conf", conf);
    char name[] = "conf";
    return Captured([&] { return tstat_init(name); });
  }
  template <typename Call>
  int Captured(Call call) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int result = call();
    std::fflush(stdout);
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return result;
  }

  static timeval At(int64_t seconds, int64_t microseconds = 0) {
    timeval time{};
    time.tv_sec = kFirst + seconds;
    time.tv_usec = microseconds;
    return time;
  }
  static void NewDirectory(int64_t seconds, const char* name = "trace") {
    timeval time = At(seconds);
    std::string copy = name;
    tstat_new_logdir(copy.data(), &time);
  }
  static int Next(const Bytes& packet, int64_t seconds, int direction = 0,
                  int64_t microseconds = 0) {
    // What the library reads beyond the packet, ASan finds; what it writes, a changed copy tells.
    Bytes copy = packet;
    copy.shrink_to_fit();
    // Two with the same identification may be taken for one that was captured twice.
    static uint16_t identification = 0;
    ++identification;
    if (copy.size() >= 20 && copy[0] == 0x45) {
      copy[4] = static_cast<uint8_t>(identification >> 8);
      copy[5] = static_cast<uint8_t>(identification);
    }
    const Bytes before = copy;
    timeval time = At(seconds, microseconds);
    const int result = tstat_next_pckt(&time, copy.data(), copy.data() + copy.size() - 1,
                                       static_cast<int>(copy.size()), direction);
    EXPECT_EQ(copy, before);
    return result;
  }
  static void Connection(int64_t seconds, uint16_t port = 1025) {
    EXPECT_EQ(Next(Tcp(true, kSyn, 100, 0, port), seconds, 0, 1000), 1);
    EXPECT_EQ(Next(Tcp(false, kSyn | kAck, 500, 101, port), seconds, 0, 2000), 1);
    EXPECT_EQ(Next(Tcp(true, kAck, 101, 501, port), seconds, 0, 3000), 1);
    EXPECT_EQ(Next(Tcp(true, kFin | kAck, 101, 501, port), seconds, 0, 4000), 1);
    EXPECT_EQ(Next(Tcp(false, kFin | kAck, 501, 102, port), seconds, 0, 5000), 1);
    EXPECT_EQ(Next(Tcp(true, kAck, 102, 502, port), seconds, 0, 6000), 1);
  }
  // Lines of a log in all directories below `base`.
  static std::map<std::string, int> LinesOf(const std::string& log,
                                            const std::string& base = "out") {
    std::map<std::string, int> found;
    if (!fs::exists(base)) return found;
    for (const auto& directory : fs::directory_iterator(base)) {
      const std::string text = Read(directory.path() / log);
      found[directory.path().filename()] =
          static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    }
    return found;
  }

  fs::path before_, work_;
  std::string out_, err_;
};

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

// tstat_new_logdir

TEST_F(LibtstatTest, TheDirectoryIsThereBeforeTheFirstPacket) {
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(60);
  EXPECT_TRUE(fs::is_directory("out/2017_07_14_02_41.out"));
  EXPECT_TRUE(fs::exists("out/2017_07_14_02_41.out/log_tcp_complete"));
  Connection(600);
  tstat_close(nullptr);
  EXPECT_EQ(LinesOf("log_tcp_complete"), (std::map<std::string, int>{{"2017_07_14_02_41.out", 2}}));
}

TEST_F(LibtstatTest, TheBaseDirectory) {
  Write("file", "");
  fs::create_directory("folder");
  const std::pair<const char*, const char*> cases[] = {
      {"fresh", "fresh"}, {"file", "file.out"}, {"folder", "folder"}, {"", "stdin"}};
  for (const auto& [name, base] : cases) {
    ASSERT_EQ(Init(""), 0);
    timeval time = At(0);
    std::string copy = name;
    tstat_new_logdir(copy.empty() ? nullptr : copy.data(), &time);
    tstat_close(nullptr);
    EXPECT_TRUE(fs::exists(fs::path(base) / "2017_07_14_02_40.out")) << base;
  }
}

TEST_F(LibtstatTest, AnotherDirectoryTakesTheFlowsThatEndThen) {
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  Connection(0);
  Next(Tcp(true, kSyn, 100, 0, 1030), 1);
  Next(Tcp(false, kSyn | kAck, 500, 101, 1030), 1, 0, 1000);
  NewDirectory(120);
  Connection(121, 1026);
  tstat_report report{};
  tstat_close(&report);
  // The connection that was open then has no end: it is with the incomplete ones.
  EXPECT_EQ(LinesOf("log_tcp_complete"),
            (std::map<std::string, int>{{"2017_07_14_02_40.out", 2}, {"2017_07_14_02_42.out", 2}}));
  EXPECT_EQ(LinesOf("log_tcp_nocomplete"),
            (std::map<std::string, int>{{"2017_07_14_02_40.out", 1}, {"2017_07_14_02_42.out", 2}}));
  EXPECT_EQ(static_cast<long>(report.tot_conn_TCP), -1);
}

TEST_F(LibtstatTest, TheSameMinuteLosesNothing) {
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  Connection(0);
  NewDirectory(30);
  Connection(31, 1026);
  tstat_close(nullptr);
  EXPECT_EQ(
      LinesOf("log_tcp_complete"),
      (std::map<std::string, int>{{"2017_07_14_02_40.out", 2}, {"2017_07_14_02_40_2.out", 2}}));
}

TEST_F(LibtstatTest, WhatAnEarlierRunLeftIsReplaced) {
  // As if another process had been there.
  ASSERT_EQ(Init("-s earlier"), 0);
  NewDirectory(0);
  Connection(0);
  tstat_close(nullptr);
  fs::rename("earlier", "out");
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  Connection(0);
  tstat_close(nullptr);
  EXPECT_EQ(LinesOf("log_tcp_complete"), (std::map<std::string, int>{{"2017_07_14_02_40.out", 2}}));
}

// The key that was made at random is all that tells the images of the first analysis.
TEST_F(LibtstatTest, WhatTheProcessItselfWroteIsKept) {
  Write("nets", "10.0.0.0/8\n");
  std::string first_key;
  for (int run = 0; run < 3; ++run) {
    // Another path of the same directory.
    ASSERT_EQ(Init(run == 1 ? "-Y nets -s ./out" : "-Y nets -s out"), 0);
    Captured([] {
      NewDirectory(0);
      return 0;
    });
    EXPECT_EQ(err_.find("holds output of this program") != std::string::npos, run > 0) << err_;
    Connection(0);
    tstat_close(nullptr);
    if (run == 0) first_key = Read("out/CPanKey_2017_07_14_02_40");
  }
  std::map<std::string, int> lines = LinesOf("log_tcp_complete");
  std::erase_if(lines, [](const auto& entry) { return entry.first.starts_with("CPanKey"); });
  EXPECT_EQ(lines, (std::map<std::string, int>{{"2017_07_14_02_40.out", 2},
                                               {"2017_07_14_02_40_2.out", 2},
                                               {"2017_07_14_02_40_3.out", 2}}));
  EXPECT_EQ(first_key.size(), 45u);
  EXPECT_EQ(Read("out/CPanKey_2017_07_14_02_40"), first_key);
  EXPECT_TRUE(fs::exists("out/CPanKey_2017_07_14_02_40_3"));
  // What is not there any more is nothing that could be lost.
  fs::remove_all("out");
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  Connection(0);
  tstat_close(nullptr);
  EXPECT_EQ(LinesOf("log_tcp_complete"), (std::map<std::string, int>{{"2017_07_14_02_40.out", 2}}));
}

TEST_F(LibtstatTest, NothingIsMadeWhenNothingIsWritten) {
  ASSERT_EQ(Init("-s out -S -L"), 0);
  NewDirectory(0);
  Connection(0);
  tstat_close(nullptr);
  EXPECT_FALSE(fs::exists("out"));
}

TEST_F(LibtstatTest, WithoutADirectoryNothingIsLogged) {
  ASSERT_EQ(Init("-s out"), 0);
  Connection(0);
  for (int64_t minute = 1; minute < 120; ++minute) Connection(60 * minute, 2000);
  tstat_report report{};
  EXPECT_EQ(Captured([&] { return tstat_close(&report) == &report; }), 1);
  EXPECT_EQ(err_, "");
  EXPECT_EQ(report.f_TCP_count, 120u);
  EXPECT_FALSE(fs::exists("out"));
}

TEST_F(LibtstatTest, ADirectoryThatCannotBeMade) {
  Write("file", "");
  ASSERT_EQ(Init("-s file/out"), 0);
  Captured([] {
    NewDirectory(0);
    return 0;
  });
  EXPECT_THAT(err_, HasSubstr("Cannot create directory file/out"));
  Connection(0);
  tstat_report report{};
  tstat_close(&report);
  EXPECT_EQ(report.f_TCP_count, 1u);
}

TEST_F(LibtstatTest, OutputRotatesAfterTwelveIntervals) {
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  for (uint16_t i = 0; i < 14; ++i) Connection(301 * i, static_cast<uint16_t>(2000 + i));
  tstat_close(nullptr);
  EXPECT_EQ(LinesOf("log_tcp_complete"), (std::map<std::string, int>{{"2017_07_14_02_40.out", 13},
                                                                     {"2017_07_14_03_40.out", 3}}));
}

TEST_F(LibtstatTest, WithoutIntervalsItDoesNotRotate) {
  ASSERT_EQ(Init("-s out -S"), 0);
  NewDirectory(0);
  for (uint16_t i = 0; i < 14; ++i) Connection(301 * i, static_cast<uint16_t>(2000 + i));
  tstat_close(nullptr);
  EXPECT_EQ(LinesOf("log_tcp_complete").size(), 1u);
}

TEST_F(LibtstatTest, HistogramsAndTheirAddresses) {
  Write("histo", "include ADX\ninclude ip_protocol_loc\n");
  ASSERT_EQ(Init("-s out -L -H histo"), 0);
  NewDirectory(0);
  Connection(0);
  tstat_report report{};
  Captured([&] { return tstat_close(&report) == &report; });
  EXPECT_TRUE(fs::exists("out/2017_07_14_02_40.out/LAST/ip_protocol_loc"));
  EXPECT_TRUE(fs::exists("out/2017_07_14_02_40.out/LAST/addresses"));
  EXPECT_EQ(report.tot_adx_hash_count, 1);  // both are in 10.0.0.0/24
  EXPECT_EQ(report.tot_adx_list_count, 0);
  EXPECT_EQ(report.adx_search_hash_count, 12);
  EXPECT_EQ(report.adx_search_list_count, 12);
}

// tstat_next_pckt

TEST_F(LibtstatTest, WhatIsCountedAndWhatIsNot) {
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  EXPECT_EQ(Next(Tcp(true, kAck, 1, 1), 0), 0);  // of no flow
  EXPECT_EQ(Next(Tcp(true, kSyn, 1, 0), 0), 1);  // opens one
  EXPECT_EQ(Next(Udp(2000), 0), 1);
  EXPECT_EQ(Next(Ip(1, {8, 0, 0, 0}, 1, 2), 1), 0);  // ICMP
  Bytes fragment = Udp(2000);
  fragment[7] = 1;
  EXPECT_EQ(Next(fragment, 1), 0);
  Bytes cut = Tcp(true, kAck, 2, 1);
  cut.resize(30);
  EXPECT_EQ(Next(cut, 1), 0);
  tstat_report report{};
  tstat_close(&report);
  EXPECT_EQ(report.pnum, 6u);
  EXPECT_EQ(report.not_id_p, 1);
}

TEST_F(LibtstatTest, InVersion33EveryIpPacketIsCounted) {
  ASSERT_EQ(Init("-s out --compat 3.3"), 0);
  NewDirectory(0);
  EXPECT_EQ(Next(Tcp(true, kAck, 1, 1), 0), 1);
  EXPECT_EQ(Next(Ip(1, {8, 0, 0, 0}, 1, 2), 1), 1);
  EXPECT_EQ(Next(Bytes(20, 0x20), 1), 0);
}

TEST_F(LibtstatTest, OptionsThatLeaveOut) {
  ASSERT_EQ(Init("-s out -u"), 0);
  NewDirectory(0);
  EXPECT_EQ(Next(Udp(2000), 0), 0);
  EXPECT_EQ(Next(Tcp(true, kSyn, 1, 0), 0), 1);
}

// What ends long before the last packet has expired, whatever that packet is.
TEST_F(LibtstatTest, TheTimeOfPacketsThatAreNotIpCounts) {
  for (const bool later : {false, true}) {
    ASSERT_EQ(Init("-s out"), 0);
    NewDirectory(0);
    Next(Tcp(true, kSyn, 100, 0), 0);
    Next(Tcp(false, kSyn | kAck, 500, 101), 1);
    Captured([&] { return Next(Bytes(40, 0xff), later ? 1000 : 2); });
    tstat_close(nullptr);
    EXPECT_EQ(LinesOf("log_tcp_complete").begin()->second, later ? 2 : 1);
    EXPECT_EQ(LinesOf("log_tcp_nocomplete").begin()->second, later ? 1 : 2);
    fs::remove_all("out");
  }
}

TEST_F(LibtstatTest, NotIp) {
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  Captured([] { return Next(Bytes(40, 0xff), 0) + Next(Bytes(1, 0), 0); });
  EXPECT_EQ(err_, "Warning: saw at least one non-ip packet\n");
  tstat_report report{};
  tstat_close(&report);
  EXPECT_EQ(report.pnum, 0u);
}

// Every cut, in memory that ends with the packet: at the end of a page that is followed by one that
// cannot be read.
TEST_F(LibtstatTest, PacketsThatEndAnywhere) {
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* pages = mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(pages, MAP_FAILED);
  uint8_t* const end = static_cast<uint8_t*>(pages) + page;
  ASSERT_EQ(mprotect(end, page, PROT_NONE), 0);
  Bytes six = {0x60, 0, 0, 0, 0, 20, 6, 64};
  six.resize(40);
  const Bytes tcp = Tcp(true, kSyn, 1, 0);
  six.insert(six.end(), tcp.begin() + 20, tcp.end());
  Bytes tunnel = Ip(4, tcp, 3, 4);
  int64_t now = 0;
  for (const Bytes& packet : {tcp, Udp(2000), six, tunnel, Ip(41, six, 3, 4), Ip(255, {}, 1, 2)}) {
    for (size_t length = 1; length <= packet.size(); ++length) {
      uint8_t* const begin = end - length;
      std::memcpy(begin, packet.data(), length);
      timeval time = At(++now);
      const int result = tstat_next_pckt(&time, begin, end - 1, static_cast<int>(length), 0);
      EXPECT_TRUE(result == 0 || result == 1) << length;
      if (length < 28) EXPECT_EQ(result, 0) << length;
      EXPECT_EQ(std::memcmp(begin, packet.data(), length), 0);
    }
  }
  tstat_close(nullptr);
  munmap(pages, 2 * page);
}

TEST_F(LibtstatTest, PacketsOfReadOnlyMemory) {
  ASSERT_EQ(Init("-s out -A 0xffffffff"), 0);
  NewDirectory(0);
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* memory = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  const Bytes packet = Tcp(true, kSyn, 1, 0);
  std::memcpy(memory, packet.data(), packet.size());
  ASSERT_EQ(mprotect(memory, page, PROT_READ), 0);
  timeval time = At(0);
  EXPECT_EQ(tstat_next_pckt(&time, memory, static_cast<uint8_t*>(memory) + packet.size() - 1, 0, 0),
            1);
  munmap(memory, page);
}

TEST_F(LibtstatTest, LastByteBeforeFirst) {
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  Bytes packet = Tcp(true, kSyn, 1, 0);
  timeval time = At(0);
  EXPECT_EQ(tstat_next_pckt(&time, packet.data() + 1, packet.data(), 40, 0), 0);
  tstat_report report{};
  tstat_close(&report);
  EXPECT_EQ(report.pnum, 0u);
}

TEST_F(LibtstatTest, ArgumentsThatAreNull) {
  ASSERT_EQ(Init("-s out"), 0);
  Bytes packet = Tcp(true, kSyn, 1, 0);
  timeval time = At(0);
  Captured([&] {
    tstat_new_logdir(nullptr, nullptr);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(tstat_next_pckt(nullptr, packet.data(), &packet.back(), 0, 0), -1);
      EXPECT_EQ(tstat_next_pckt(&time, nullptr, &packet.back(), 0, 0), -1);
      EXPECT_EQ(tstat_next_pckt(&time, packet.data(), nullptr, 0, 0), -1);
    }
    return 0;
  });
  EXPECT_EQ(err_,
            "tstat: tstat_new_logdir, tstat_next_pckt: no time is given\n"
            "tstat: tstat_next_pckt: no packet is given\n");
  tstat_report report{};
  Captured([&] {
    tstat_print_report(nullptr, stdout);
    tstat_print_report(&report, nullptr);
    return 0;
  });
  EXPECT_EQ(out_, "");
  EXPECT_EQ(err_, "tstat: tstat_print_report: no report or no file is given\n");
  tstat_close(&report);
  EXPECT_EQ(report.pnum, 0u);
}

TEST_F(LibtstatTest, WithoutAnAnalysis) {
  tstat_close(nullptr);
  Captured([] {
    NewDirectory(0);
    EXPECT_EQ(Next(Tcp(true, kSyn, 1, 0), 0), -1);
    EXPECT_EQ(Next(Tcp(true, kSyn, 1, 0), 0), -1);
    return 0;
  });
  EXPECT_TRUE(err_.empty() ||
              err_ == "tstat: tstat_new_logdir, tstat_next_pckt: no analysis is open\n");
  EXPECT_FALSE(fs::exists("trace"));
  ASSERT_EQ(Init("-s out"), 0);
  tstat_close(nullptr);
  Captured([] { return Next(Tcp(true, kSyn, 1, 0), 0); });
  EXPECT_EQ(err_, "tstat: tstat_new_logdir, tstat_next_pckt: no analysis is open\n");
}

TEST_F(LibtstatTest, TimesThatRunBack) {
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(1000);
  Connection(1000);
  Connection(10, 1026);
  Connection(1001, 1027);
  tstat_report report{};
  tstat_close(&report);
  EXPECT_EQ(report.f_TCP_count, 3u);
  EXPECT_EQ(LinesOf("log_tcp_complete").begin()->second, 4);
}

TEST_F(LibtstatTest, TimesThatAreNone) {
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  Bytes packet = Tcp(true, kSyn, 1, 0);
  constexpr std::array<std::pair<int64_t, int64_t>, 6> kTimes = {{{INT64_MAX, 0},
                                                                  {INT64_MIN, 0},
                                                                  {-1'000'000'001, 0},
                                                                  {8'000'000'000, 0},
                                                                  {kFirst, -1},
                                                                  {kFirst, 1'000'000}}};
  Captured([&] {
    for (const auto& [seconds, microseconds] : kTimes) {
      timeval time{};
      time.tv_sec = seconds;
      time.tv_usec = microseconds;
      EXPECT_EQ(tstat_next_pckt(&time, packet.data(), &packet.back(), 0, 0), 0);
      tstat_new_logdir(nullptr, &time);
    }
    return 0;
  });
  EXPECT_EQ(err_, "tstat: a time is not within 1938 to 2223\n");
  tstat_report report{};
  tstat_close(&report);
  EXPECT_EQ(report.pnum, 0u);
}

TEST(LibtstatTime, Bounds) {
  using tstat::internal::TimeOf;
  EXPECT_EQ(TimeOf({.tv_sec = 1, .tv_usec = 999'999})->nanoseconds(), 1'999'999'000);
  EXPECT_EQ(TimeOf({.tv_sec = -1, .tv_usec = 1})->nanoseconds(), -999'999'000);
  EXPECT_TRUE(TimeOf({.tv_sec = -1'000'000'000, .tv_usec = 0}).has_value());
  EXPECT_FALSE(TimeOf({.tv_sec = -1'000'000'001, .tv_usec = 999'999}).has_value());
  EXPECT_TRUE(TimeOf({.tv_sec = 7'999'999'999, .tv_usec = 999'999}).has_value());
  EXPECT_FALSE(TimeOf({.tv_sec = 8'000'000'000, .tv_usec = 0}).has_value());
  EXPECT_FALSE(TimeOf({.tv_sec = 0, .tv_usec = 1'000'000}).has_value());
  EXPECT_FALSE(TimeOf({.tv_sec = 0, .tv_usec = -1}).has_value());
}

// Where source and destination are.

TEST_F(LibtstatTest, Directions) {
  // c_isint and s_isint of the row.
  const std::pair<int, std::string> cases[] = {{0, "1 0"}, {1, "1 1"}, {2, "1 0"},
                                               {3, "0 1"}, {5, "1 0"}, {-1, "1 0"}};
  Write("nets", "10.0.0.1/32\n");
  for (const auto& [direction, expected] : cases) {
    const std::string base = "out" + std::to_string(direction);
    ASSERT_EQ(Init("-s " + base + " -N nets"), 0);
    NewDirectory(0);
    for (const auto& [client, flags, seq, ack] :
         std::vector<std::tuple<bool, uint8_t, uint32_t, uint32_t>>{{true, kSyn, 1, 0},
                                                                    {false, kSyn | kAck, 1, 2},
                                                                    {true, kFin | kAck, 2, 2},
                                                                    {false, kFin | kAck, 2, 3},
                                                                    {true, kAck, 3, 3}}) {
      const int reply = direction == 2 ? 3 : direction == 3 ? 2 : direction;
      EXPECT_EQ(Next(Tcp(client, flags, seq, ack), 0, client ? direction : reply), 1);
    }
    tstat_close(nullptr);
    std::stringstream row(Read(base + "/2017_07_14_02_40.out/log_tcp_complete"));
    std::string header, word;
    std::getline(row, header);
    std::vector<std::string> cells;
    while (row >> word) cells.push_back(word);
    ASSERT_GT(cells.size(), 39u) << direction;
    EXPECT_EQ(cells[37] + " " + cells[38], expected) << direction;
  }
}

TEST_F(LibtstatTest, FlowsOutsideAreCountedAndNotLogged) {
  for (const char* conf : {"-s out", "-s out -M macs"}) {
    Write("macs", "02:00:00:00:00:01\n");
    ASSERT_EQ(Init(conf), 0);
    NewDirectory(0);
    const bool by_mac = std::string_view(conf).ends_with("macs");
    Captured([&] {
      for (uint16_t port : {1, 2}) {
        EXPECT_EQ(Next(Udp(port), 0, by_mac ? 1 : 4), 1);
        EXPECT_EQ(Next(Udp(port, /*client=*/false), 0, by_mac ? 1 : 4), 1);
      }
      return 0;
    });
    EXPECT_EQ(
        err_,
        "WARN: This udp flow is neither incoming nor outgoing: src - 10.0.0.1; dst - 10.0.0.2!\n");
    tstat_report report{};
    tstat_close(&report);
    EXPECT_EQ(report.f_UDP_count, 2u);
    EXPECT_EQ(LinesOf("log_udp_complete").begin()->second, 1);
  }
}

// Messages have no addresses where outputs have images.
TEST_F(LibtstatTest, FlowsOutsideAreToldWithoutHiddenAddresses) {
  Write("nets", "10.0.0.0/8\n");
  for (const char* conf : {"-s a -Y nets", "-s b -Y nets -W nets", "-s c --strict-anonymity"}) {
    ASSERT_EQ(Init(conf), 0);
    NewDirectory(0);
    Captured([&] { return Next(Udp(1), 0, 4); });
    EXPECT_EQ(err_, "WARN: This udp flow is neither incoming nor outgoing!\n") << conf;
    tstat_close(nullptr);
  }
}

// Packets that programs make up when none come.

TEST(LibtstatKeepAlive, Protocols) {
  using tstat::internal::IsKeepAlive;
  for (int protocol = 0; protocol <= 255; ++protocol) {
    const auto number = static_cast<uint8_t>(protocol);
    EXPECT_EQ(IsKeepAlive(Ip(number, {}, 1, 2)), protocol == 0 || protocol > 145) << protocol;
    Bytes six(40);
    six[0] = 0x60;
    six[6] = number;
    EXPECT_EQ(IsKeepAlive(six), protocol > 145) << protocol;
    six.pop_back();
    EXPECT_FALSE(IsKeepAlive(six));
  }
  Bytes cut = Ip(255, {}, 1, 2);
  cut.pop_back();
  EXPECT_FALSE(IsKeepAlive(cut));
  EXPECT_FALSE(IsKeepAlive({}));
  EXPECT_FALSE(IsKeepAlive(Bytes(40, 0xff)));
}

TEST_F(LibtstatTest, KeepAlivesMoveTimeAndAreNotCounted) {
  Write("histo", "include ip_protocol_loc\n");
  ASSERT_EQ(Init("-s out -H histo"), 0);
  NewDirectory(0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Next(Udp(2000), i), 1);
  const Bytes keep_alive = Ip(255, {}, 1, 2);
  Captured([&] {
    // Idle after 200 s; an interval has 300 s.
    for (int64_t at = 10; at <= 330; at += 10) EXPECT_EQ(Next(keep_alive, at), 0);
    return 0;
  });
  EXPECT_EQ(udp_cleaned, 1);
  EXPECT_TRUE(fs::exists("out/2017_07_14_02_40.out/000/ip_protocol_loc"));
  EXPECT_FALSE(fs::exists("out/2017_07_14_02_40.out/001"));
  Captured([&] {
    for (int64_t at = 340; at <= 4000; at += 10) EXPECT_EQ(Next(keep_alive, at), 0);
    return 0;
  });
  EXPECT_EQ(LinesOf("log_tcp_complete").size(), 2u);  // the output rotated
  tstat_report report{};
  Captured([&] { return tstat_close(&report) == &report; });
  EXPECT_EQ(report.pnum, 3u);
  EXPECT_EQ(report.f_UDP_count, 1u);
  EXPECT_EQ(LinesOf("log_udp_complete"),
            (std::map<std::string, int>{{"2017_07_14_02_40.out", 2}, {"2017_07_14_03_42.out", 1}}));
}

TEST_F(LibtstatTest, KeepAlivesBeforeAllElse) {
  ASSERT_EQ(Init("-s out"), 0);
  const Bytes keep_alive = Ip(0, {}, 1, 2);
  EXPECT_EQ(Next(keep_alive, 0), 0);
  NewDirectory(0);
  EXPECT_EQ(Next(keep_alive, 5000), 0);
  EXPECT_EQ(Next(keep_alive, 0), 0);
  Connection(1);
  tstat_report report{};
  tstat_close(&report);
  EXPECT_EQ(report.pnum, 6u);
  EXPECT_EQ(LinesOf("log_tcp_complete").begin()->second, 2);
}

// runtime.conf

TEST_F(LibtstatTest, AChangedRuntimeFileIsReadAndBeginsADirectory) {
  Write("globals", "[globals]\nRuntime_Config_Idle = 0.000001\nRuntime_Mtime_Counter = 1\n");
  Write("runtime", "[log]\nlog_udp_complete = 0\n");
  ASSERT_EQ(Init("-s out -G globals -T runtime"), 0);
  NewDirectory(0);
  EXPECT_FALSE(fs::exists("out/2017_07_14_02_40.out/log_udp_complete"));
  for (int i = 0; i < 4; ++i) Next(Udp(2000), i);
  Write("runtime", "[log]\nlog_udp_complete = 1\n");
  fs::last_write_time("runtime", fs::file_time_type::clock::now() + std::chrono::seconds(5));
  Captured([] {
    for (int i = 70; i < 76; ++i) Next(Udp(2000), i);
    return 0;
  });
  tstat_close(nullptr);
  EXPECT_EQ(LinesOf("log_udp_complete")["2017_07_14_02_41.out"], 2);
}

// Signals: a handler that interrupts the library must come to an end, and nothing may be lost when
// it returns.

volatile sig_atomic_t handled = 0;
tstat_report handler_report;
void CloseInHandler(int) {
  if (tstat_close(&handler_report) == &handler_report) handled = handled + 1;
}

TEST_F(LibtstatTest, CloseFromASignalHandler) {
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  handled = 0;
  struct sigaction action {};
  action.sa_handler = CloseInHandler;
  struct sigaction old {};
  ASSERT_EQ(sigaction(SIGALRM, &action, &old), 0);
  uint64_t flows = 0;
  Captured([&] {
    itimerval timer{};
    timer.it_value.tv_usec = 50'000;
    setitimer(ITIMER_REAL, &timer, nullptr);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    for (uint16_t port = 1; handled == 0 && std::chrono::steady_clock::now() < until; ++port) {
      const int result = Next(Udp(port), static_cast<int64_t>(flows / 60000));
      if (result == 1 && port != 0) ++flows;
    }
    return 0;
  });
  sigaction(SIGALRM, &old, nullptr);
  EXPECT_EQ(handled, 1);
  // It has ended now, wherever the signal came.
  Captured([] { return Next(Udp(1), 0); });
  EXPECT_THAT(err_, testing::AnyOf("", HasSubstr("no analysis is open")));
  tstat_report report{};
  tstat_close(&report);
  EXPECT_GE(report.pnum, flows);
  const auto lines = LinesOf("log_udp_complete");
  int rows = 0;
  for (const auto& [directory, count] : lines) rows += count - 1;
  EXPECT_EQ(static_cast<uint64_t>(rows), report.f_UDP_count);
}

void NextInHandler(int) {
  timeval time{};
  time.tv_sec = kFirst;
  uint8_t byte = 0x45;
  if (tstat_next_pckt(&time, &byte, &byte, 1, 0) == -1) handled = handled + 1;
}

TEST_F(LibtstatTest, NestedCallsAreToldOnce) {
  for (int run = 0; run < 2; ++run) {
    ASSERT_EQ(Init("-s out -S"), 0);
    NewDirectory(0);
    handled = 0;
    struct sigaction action {};
    action.sa_handler = NextInHandler;
    struct sigaction old {};
    ASSERT_EQ(sigaction(SIGALRM, &action, &old), 0);
    Captured([&] {
      itimerval timer{};
      timer.it_value.tv_usec = timer.it_interval.tv_usec = 500;
      setitimer(ITIMER_REAL, &timer, nullptr);
      const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
      while (handled < 3 && std::chrono::steady_clock::now() < until) Next(Udp(1), 0);
      timer = {};
      setitimer(ITIMER_REAL, &timer, nullptr);
      return 0;
    });
    sigaction(SIGALRM, &old, nullptr);
    EXPECT_GE(handled, 3);
    EXPECT_EQ(err_,
              "tstat: a signal handler called tstat_next_pckt while another function of libtstat.h "
              "worked; it does nothing\n");
    tstat_close(nullptr);
  }
}

TEST_F(LibtstatTest, AFullCacheOfNamesIsTold) {
  Write("globals", "[globals]\nDNS_Cache_Size = 1\n");
  for (const bool asked : {true, false}) {
    ASSERT_EQ(Init(std::string("-s out -G globals") + (asked ? " -Q" : "")), 0);
    NewDirectory(0);
    Captured([] {
      for (uint8_t i = 1; i <= 3; ++i) Next(DnsAnswer(i), i);
      return 0;
    });
    EXPECT_EQ(err_.find("\nDNS cache (size=1) full at ") != std::string::npos, asked) << err_;
    tstat_close(nullptr);
  }
}

// The process keeps what it has.

TEST_F(LibtstatTest, NoSignalHandlerNoThreadNoOtherDirectory) {
  struct sigaction before[32]{};
  for (int i = 1; i < 32; ++i) sigaction(i, nullptr, &before[i]);
  Write("globals", "");
  ASSERT_EQ(Init("-s out -G globals"), 0);
  NewDirectory(0);
  Connection(0);
  EXPECT_EQ(std::distance(fs::directory_iterator("/proc/self/task"), {}), 1);
  tstat_close(nullptr);
  for (int i = 1; i < 32; ++i) {
    struct sigaction after {};
    sigaction(i, nullptr, &after);
    EXPECT_EQ(after.sa_handler, before[i].sa_handler) << i;
  }
  EXPECT_EQ(fs::canonical(fs::current_path()), fs::canonical(work_));
}

}  // namespace
