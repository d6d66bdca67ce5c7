// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/workers.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

namespace tstat::viewer {
namespace {

using Clock = std::chrono::steady_clock;
// One that ends sooner than this after it began has its successor so much later: what ends all of
// them at once does not keep the processor busy.
constexpr std::chrono::milliseconds kPause{500};
constexpr std::chrono::milliseconds kAskAgain{50};
// How often it looks after its socket.
constexpr std::chrono::milliseconds kLookAtSocket{2000};

constexpr int kEndSignals[] = {SIGTERM, SIGINT, SIGHUP};

sigset_t EndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int number : kEndSignals) sigaddset(&signals, number);
  return signals;
}

// The file of a Unix socket.
class SocketFile {
 public:
  explicit SocketFile(int listener) {
    sockaddr_un address{};
    socklen_t size = sizeof(address);
    constexpr size_t kBefore = offsetof(sockaddr_un, sun_path);
    if (getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        address.sun_family != AF_UNIX || size <= kBefore || address.sun_path[0] == '\0') {
      return;
    }
    path_.assign(address.sun_path, strnlen(address.sun_path, size - kBefore));
    is_known_ = stat(path_.c_str(), &first_) == 0;
  }
  // Whether it was there and is no longer. Where it cannot be seen, nothing is known.
  bool IsGone() const {
    struct stat now {};
    if (!is_known_) return false;
    if (stat(path_.c_str(), &now) != 0) return errno == ENOENT;
    return now.st_dev != first_.st_dev || now.st_ino != first_.st_ino;
  }

 private:
  std::string path_;
  bool is_known_ = false;
  struct stat first_ {};
};

struct Worker {
  pid_t process = 0;  // 0: none
  Clock::time_point begin;
};

class Keeper {
 public:
  Keeper(int count, int listener, const std::function<int()>& work)
      : work_(work), workers_(static_cast<size_t>(count)), socket_(listener), ours_(EndSignals()) {
    sigaddset(&ours_, SIGCHLD);
    sigprocmask(SIG_BLOCK, &ours_, &before_);
  }
  ~Keeper() { sigprocmask(SIG_SETMASK, &before_, nullptr); }

  void Run() {
    for (;;) {
      const bool wait_for_one = !StartMissing();
      if (const int number = Wait(wait_for_one ? kPause : kLookAtSocket);
          number > 0 && number != SIGCHLD) {
        return Stop();
      }
      Collect();
      if (socket_.IsGone()) return Stop();
    }
  }

 private:
  // Whether all run now.
  bool StartMissing() {
    bool all = true;
    for (Worker& worker : workers_) {
      if (worker.process != 0) continue;
      if (Clock::now() - worker.begin < kPause) {
        all = false;
        continue;
      }
      worker.begin = Clock::now();
      worker.process = Start();
      if (worker.process == 0) all = false;
    }
    return all;
  }

  pid_t Start() const {
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child != 0) return std::max(child, 0);
    // No softer: one that waits for a request could miss it, and answer without a keeper for ever.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_UNBLOCK, &ours_, nullptr);
    // It may have died before that.
    _exit(getppid() == parent ? work_() : 1);
  }

  // A signal of ours, or 0 after that time.
  int Wait(std::chrono::milliseconds time) const {
    const timespec limit = {.tv_sec = time.count() / 1000,
                            .tv_nsec = time.count() % 1000 * 1'000'000};
    return std::max(sigtimedwait(&ours_, nullptr, &limit), 0);
  }

  void Collect() {
    for (pid_t ended = 0; (ended = waitpid(-1, nullptr, WNOHANG)) > 0;) {
      for (Worker& worker : workers_) {
        if (worker.process == ended) worker.process = 0;
      }
    }
  }

  void Stop() {
    const auto limit = Clock::now() + std::chrono::seconds(kStopSeconds);
    const auto runs = [](const Worker& worker) { return worker.process != 0; };
    while (std::ranges::any_of(workers_, runs)) {
      // Again and again: one that came between a worker's look at it and its wait for a request
      // would be lost.
      for (const Worker& worker : workers_) {
        if (runs(worker)) kill(worker.process, Clock::now() < limit ? SIGTERM : SIGKILL);
      }
      Wait(kAskAgain);
      Collect();
    }
  }

  const std::function<int()>& work_;
  std::vector<Worker> workers_;
  SocketFile socket_;
  sigset_t ours_, before_{};
};

}  // namespace

void KeepWorkers(int count, int listener, const std::function<int()>& work) {
  Keeper(count, listener, work).Run();
}

void HoldEnd() {
  const sigset_t signals = EndSignals();
  sigprocmask(SIG_BLOCK, &signals, nullptr);
}

void ReleaseEnd() {
  // libfcgi has handlers of its own.
  for (int number : kEndSignals) std::signal(number, SIG_DFL);
  const sigset_t signals = EndSignals();
  sigprocmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace tstat::viewer
