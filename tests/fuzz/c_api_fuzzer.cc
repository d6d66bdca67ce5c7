// SPDX-License-Identifier: BSD-3-Clause
//
// libtstat.h by calls in any order. The input is a program: a byte says which call, those behind it
// its arguments. Packets stand at the end of memory of their own, so that a read behind them is
// found.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "libtstat.h"

namespace {

// With logs and without, and what changes how packets are taken.
constexpr const char* kConfigurations[] = {
    "-S -L",    "-S -L -6 -u",     "-S", "-H HISTO -g", "-S -L -A 0xff00ff00 -0", "--nonsense",
    "-S -L -2", "-S --compat 3.3",
};
constexpr size_t kConfigurationCount = std::size(kConfigurations);

// "HISTO" is a file below `folder`.
std::string Replaced(std::string text, const std::string& folder) {
  const size_t at = text.find("HISTO");
  return at == std::string::npos ? text : text.replace(at, 5, folder + "/histo");
}

// A folder that every run uses again.
class ScratchFolder {
 public:
  ScratchFolder()
      // In memory where that is possible: most of the time goes into making files.
      : path_((std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp") +
              std::string("/tstat-c-api-XXXXXX")) {
    if (mkdtemp(path_.data()) == nullptr) std::abort();
    for (size_t i = 0; i < kConfigurationCount; ++i) {
      std::ofstream(path_ + "/" + std::to_string(i))
          << Replaced(kConfigurations[i], path_) << " -G " << path_ << "/globals -s " << path_
          << "/out -z " << path_ << "/messages\n";
    }
    std::ofstream(path_ + "/histo") << "include ip_protocol_loc\ninclude ADX\n";
    // Small tables: thousands of analyses begin.
    std::ofstream(path_ + "/globals") << "[globals]\nMax_TCP_Pairs = 64\nMax_UDP_Pairs = 64\n"
                                         "Hash_Table_Size = 101\nGC_Split_Ratio = 8\n"
                                         "DNS_Cache_Size = 64\nDNS_Cache_Size_IPv6 = 16\n";
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

const std::string& Folder() {
  static const ScratchFolder folder;
  return folder.path();
}

class Program {
 public:
  explicit Program(std::span<const uint8_t> code) : code_(code) {}

  void Run() {
    while (!code_.empty()) Step();
    tstat_close(nullptr);
  }

 private:
  uint8_t Byte() {
    if (code_.empty()) return 0;
    const uint8_t byte = code_.front();
    code_ = code_.subspan(1);
    return byte;
  }

  // Mostly a little later; sometimes anywhere.
  timeval* Time() {
    const uint8_t how = Byte();
    if (how == 255) return nullptr;
    if (how == 254) {
      uint64_t seconds = 0;
      for (int i = 0; i < 8; ++i) seconds = seconds << 8 | Byte();
      time_.tv_sec = static_cast<time_t>(seconds);
      time_.tv_usec = static_cast<suseconds_t>(Byte()) * 10'000 - 100;
      return &time_;
    }
    now_us_ += int64_t{how} * how * how * 10 - (how == 200 ? 500'000'000 : 0);
    time_.tv_sec = now_us_ / 1'000'000;
    time_.tv_usec = now_us_ % 1'000'000;
    return &time_;
  }

  void Packet() {
    timeval* const time = Time();
    const auto direction = static_cast<int8_t>(Byte());
    const size_t length = std::min<size_t>(Byte(), code_.size());
    // Its own allocation, of exactly that size.
    std::vector<uint8_t> packet(code_.begin(), code_.begin() + static_cast<ptrdiff_t>(length));
    packet.shrink_to_fit();
    const std::vector<uint8_t> before = packet;
    code_ = code_.subspan(length);
    uint8_t* const begin = packet.data();
    const int result = tstat_next_pckt(time, begin, length == 0 ? begin : begin + length - 1,
                                       static_cast<int>(length), direction);
    if (result < -1 || result > 1 || packet != before) std::abort();
  }

  void Step() {
    switch (Byte() % 8) {
      case 0: {
        std::string name = Folder() + "/" + std::to_string(Byte() % (kConfigurationCount + 1));
        const int result = tstat_init(name.data());
        if (result != 0 && result != -1) std::abort();
        break;
      }
      case 1: {
        char name[] = "trace";
        char* const chosen = Byte() % 2 == 0 ? name : nullptr;
        tstat_new_logdir(chosen, Time());
        break;
      }
      case 2:
        if (tstat_close(nullptr) != nullptr) std::abort();
        break;
      case 3:
        if (tstat_close(&report_) != &report_) std::abort();
        break;
      case 4:
        // Whatever is in it.
        if (Byte() % 2 == 0) {
          for (size_t i = 0; i < sizeof report_; ++i) {
            reinterpret_cast<uint8_t*>(&report_)[i] = Byte();
          }
        }
        if (std::FILE* file = std::fopen("/dev/null", "w")) {
          tstat_print_report(&report_, file);
          std::fclose(file);
        }
        break;
      default:
        Packet();
    }
  }

  std::span<const uint8_t> code_;
  int64_t now_us_ = 1'500'000'000'000'000;
  timeval time_{};
  tstat_report report_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 1 << 14) return 0;
  Program({data, size}).Run();
  std::error_code ignored;
  std::filesystem::remove_all(Folder() + "/out", ignored);
  return 0;
}
