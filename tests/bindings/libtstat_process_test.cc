// SPDX-License-Identifier: BSD-3-Clause
//
// libtstat.h in a process: signal handlers, threads, messages.
#include <signal.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>

#include "tests/bindings/libtstat_fixture.h"

namespace tstat::libtstat_tests {
namespace {

using ::testing::HasSubstr;

// Signals: a handler that interrupts the library must come to an end, and nothing may be lost when
// it returns.

volatile sig_atomic_t handled = 0;
tstat_report handler_report;
void CloseInHandler(int) {
  if (tstat_close(&handler_report) == &handler_report) handled = handled + 1;
}

// Between the calls no memory is asked for: a handler that calls the library there would wait for
// ever for what it has interrupted.
class DatagramsInPlace {
 public:
  int Next(uint16_t port, int64_t seconds) {
    ++identification_;
    Set16(4, identification_);
    Set16(20, port);
    timeval time{};
    time.tv_sec = kFirst + seconds;
    return tstat_next_pckt(&time, packet_.data(), packet_.data() + packet_.size() - 1,
                           static_cast<int>(packet_.size()), 0);
  }

 private:
  void Set16(size_t at, uint16_t value) {
    packet_[at] = static_cast<uint8_t>(value >> 8);
    packet_[at + 1] = static_cast<uint8_t>(value);
  }

  Bytes packet_ = Udp(1);
  uint16_t identification_ = 0;
};

TEST_F(LibtstatTest, CloseFromASignalHandler) {
  ASSERT_EQ(Init("-s out"), 0);
  NewDirectory(0);
  handled = 0;
  struct sigaction action {};
  action.sa_handler = CloseInHandler;
  struct sigaction old {};
  ASSERT_EQ(sigaction(SIGALRM, &action, &old), 0);
  uint64_t flows = 0;
  DatagramsInPlace datagrams;
  Captured([&] {
    itimerval timer{};
    timer.it_value.tv_usec = 50'000;
    setitimer(ITIMER_REAL, &timer, nullptr);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    for (uint16_t port = 1; handled == 0 && std::chrono::steady_clock::now() < until; ++port) {
      const int result = datagrams.Next(port, static_cast<int64_t>(flows / 60000));
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
    DatagramsInPlace datagrams;
    Captured([&] {
      itimerval timer{};
      timer.it_value.tv_usec = timer.it_interval.tv_usec = 500;
      setitimer(ITIMER_REAL, &timer, nullptr);
      const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
      while (handled < 3 && std::chrono::steady_clock::now() < until) datagrams.Next(1, 0);
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
}  // namespace tstat::libtstat_tests
