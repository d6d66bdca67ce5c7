// SPDX-License-Identifier: BSD-3-Clause
//
// libtstat.h: tstat_next_pckt, for packets, times and directions of all kinds.
#include <sys/mman.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "libtstat_analysis.h"
#include "tests/bindings/libtstat_fixture.h"

namespace tstat::libtstat_tests {
namespace {

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

}  // namespace
}  // namespace tstat::libtstat_tests
