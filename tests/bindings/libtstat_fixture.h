// SPDX-License-Identifier: BSD-3-Clause
//
// A directory of its own for each test of libtstat.h, and packets of the smallest kind.
#ifndef TSTAT_TESTS_BINDINGS_LIBTSTAT_FIXTURE_H_
#define TSTAT_TESTS_BINDINGS_LIBTSTAT_FIXTURE_H_

#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libtstat.h"

namespace tstat::libtstat_tests {

namespace fs = std::filesystem;

inline constexpr int64_t kFirst = 1'500'000'000;  // Fri Jul 14 02:40:00 2017 UTC
inline constexpr uint8_t kSyn = 2, kAck = 16, kFin = 1;

using Bytes = std::vector<uint8_t>;

inline void Append16(Bytes* out, size_t value) {
  out->push_back(static_cast<uint8_t>(value >> 8));
  out->push_back(static_cast<uint8_t>(value));
}

inline Bytes Ip(uint8_t protocol, const Bytes& payload, uint8_t from, uint8_t to) {
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

inline Bytes Tcp(bool client, uint8_t flags, uint32_t seq, uint32_t ack, uint16_t port = 1025) {
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

inline Bytes Udp(uint16_t port, bool client = true) {
  Bytes udp;
  Append16(&udp, client ? port : 5000);
  Append16(&udp, client ? 5000 : port);
  Append16(&udp, 8 + 4);
  Append16(&udp, 0);
  for (uint8_t byte : {1, 2, 3, 4}) udp.push_back(byte);
  return Ip(17, udp, client ? 1 : 2, client ? 2 : 1);
}

// A server's answer to 10.0.0.1: "hN.net" is 192.0.2.N.
inline Bytes DnsAnswer(uint8_t number) {
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

}  // namespace tstat::libtstat_tests

#endif  // TSTAT_TESTS_BINDINGS_LIBTSTAT_FIXTURE_H_
