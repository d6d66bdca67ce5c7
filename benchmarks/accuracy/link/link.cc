// SPDX-License-Identifier: BSD-3-Clause
//
// A link between two network namespaces that loses, delays, reorders, duplicates and marks packets
// as its options say, and writes what it did:
//
//   accuracy_link OPTIONS FOLDER CLIENT_NAMESPACE SERVER_NAMESPACE DEVICE [offload]
//
// It makes the TUN device of that name in both namespaces, says "ready", and works until its
// standard input ends or SIGTERM comes. FOLDER gets client.pcap, middle.pcap, server.pcap,
// truth.csv, counters.csv.
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <memory>
#include <sstream>

#include "benchmarks/accuracy/link/files.h"
#include "benchmarks/accuracy/link/options.h"
#include "benchmarks/accuracy/link/path.h"
#include "benchmarks/accuracy/link/tun.h"

namespace accuracy {
namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;

volatile std::sig_atomic_t stopped = 0;
void Stop(int /*signal*/) { stopped = 1; }

Nanoseconds Read(clockid_t clock) {
  timespec time = {};
  clock_gettime(clock, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

// The one clock: time since the epoch as it was at the start, and then monotonic.
class Clock {
 public:
  Nanoseconds Now() const { return offset_ + Read(CLOCK_MONOTONIC); }
  Nanoseconds offset() const { return offset_; }

 private:
  const Nanoseconds offset_ = Read(CLOCK_REALTIME) - Read(CLOCK_MONOTONIC);
};

class Link : public PathObserver {
 public:
  Link(const PathOptions& options, File client, File middle, File server, File truth)
      : captures_{CaptureFile(std::move(client)), CaptureFile(std::move(middle)),
                  CaptureFile(std::move(server))},
        truth_(std::move(truth)),
        path_(options, *this) {}

  uint32_t OnPlace(Place place, const std::vector<uint8_t>& bytes, Nanoseconds now) override {
    return captures_[static_cast<int>(place)].Write(bytes, now);
  }
  void OnDelivery(const Packet& packet) override {
    if (!ends_[packet.direction == Direction::kToServer ? 1 : 0].Write(packet.bytes)) ++refused_;
  }
  void OnFate(const Packet& packet) override { truth_.Write(packet); }

  Tun& end(int i) { return ends_[i]; }
  uint64_t refused() const { return refused_; }

  void Run(const Clock& clock, CountersFile& counters) {
    while (stopped == 0) {
      while (path_.NextTime() != kNever && path_.NextTime() <= clock.Now()) path_.Step(clock.Now());
      const bool had_packets = Wait(clock.Now()) && TakePackets(clock);
      const Nanoseconds now = clock.Now();
      const bool again = look_again_ != kNever && now >= look_again_;
      if (had_packets || again) counters.Sample(now);
      // A kernel counts some things behind the packet that they are about.
      if (had_packets) look_again_ = now + kSecond / 1000;
      if (again) look_again_ = kNever;
    }
    counters.Sample(clock.Now());
  }

 private:
  // Whether there may be packets.
  bool Wait(Nanoseconds now) {
    pollfd files[] = {{ends_[0].file(), POLLIN, 0}, {ends_[1].file(), POLLIN, 0}, {0, POLLIN, 0}};
    Nanoseconds until = now + kSecond;
    for (const Nanoseconds next : {path_.NextTime(), look_again_}) {
      if (next != kNever) until = std::min(until, next);
    }
    const Nanoseconds patience = std::max<Nanoseconds>(0, until - now);
    const timespec time = {patience / kSecond, patience % kSecond};
    if (ppoll(files, 3, &time, nullptr) < 0) return false;
    if (files[2].revents != 0 && std::getchar() == EOF) stopped = 1;
    return files[0].revents != 0 || files[1].revents != 0;
  }

  bool TakePackets(const Clock& clock) {
    constexpr int kAtOnce = 16;
    std::vector<uint8_t> bytes;
    size_t segment_size = 0;
    bool unfinished = false;
    bool any = false;
    for (int end = 0; end < 2; ++end) {
      const Direction direction = end == 0 ? Direction::kToServer : Direction::kToClient;
      for (int i = 0; i < kAtOnce && ends_[end].Read(&bytes, &segment_size, &unfinished); ++i) {
        path_.Enter(direction, std::move(bytes), segment_size, unfinished, clock.Now());
        any = true;
      }
    }
    return any;
  }

  CaptureFile captures_[kPlaces];
  TruthFile truth_;
  Nanoseconds look_again_ = kNever;  // at the counters
  Tun ends_[2];
  Path path_;
  uint64_t refused_ = 0;
};

File Create(const std::string& folder, const char* name) {
  File file(std::fopen((folder + "/" + name).c_str(), "wbe"));
  if (!file) std::perror((folder + "/" + name).c_str());
  return file;
}

int Fail(const std::string& message) {
  std::fprintf(stderr, "accuracy_link: %s\n", message.c_str());
  return 1;
}

// Other programs on the machine must not make the link late, as far as that can be had.
void BePunctual() {
  prctl(PR_SET_TIMERSLACK, 1);
  sched_param priority = {};
  priority.sched_priority = 10;
  if (sched_setscheduler(0, SCHED_FIFO, &priority) != 0)
    std::fputs("accuracy_link: no real-time priority\n", stderr);
}

int Main(int argc, char** argv) {
  if (argc < 6)
    return Fail("accuracy_link OPTIONS FOLDER CLIENT_NAMESPACE SERVER_NAMESPACE DEVICE [offload]");
  std::ifstream file(argv[1]);
  if (!file) return Fail(std::string("cannot read ") + argv[1]);
  std::ostringstream text;
  text << file.rdbuf();
  PathOptions options;
  const std::string wrong = ReadOptions(text.str(), &options);
  if (!wrong.empty()) return Fail(std::string(argv[1]) + ": " + wrong);

  File files[] = {Create(argv[2], "client.pcap"), Create(argv[2], "middle.pcap"),
                  Create(argv[2], "server.pcap"), Create(argv[2], "truth.csv"),
                  Create(argv[2], "counters.csv")};
  for (const File& one : files) {
    if (!one) return 1;
  }
  Link link(options, std::move(files[0]), std::move(files[1]), std::move(files[2]),
            std::move(files[3]));
  CountersFile counters(std::move(files[4]));
  constexpr const char* kEnds[] = {"client", "server"};
  for (int i = 0; i < 2; ++i) {
    const std::string failure = link.end(i).Open(argv[3 + i], argv[5], argc > 6);
    if (!failure.empty()) return Fail(failure);
    counters.AddEnd(kEnds[i], link.end(i).netstat(), link.end(i).snmp());
  }
  std::signal(SIGTERM, Stop);
  BePunctual();
  const Clock clock;
  std::printf("ready %lld\n", static_cast<long long>(clock.offset()));
  std::fflush(stdout);
  link.Run(clock, counters);
  if (link.refused() > 0)
    std::fprintf(stderr, "accuracy_link: %llu packets were refused\n",
                 static_cast<unsigned long long>(link.refused()));
  return 0;
}

}  // namespace
}  // namespace accuracy

int main(int argc, char** argv) { return accuracy::Main(argc, argv); }
