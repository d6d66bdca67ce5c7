// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/workers.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <vector>

namespace tstat::viewer {
namespace {

using Clock = std::chrono::steady_clock;
// One that ends sooner than this after it began has its successor so much later: what ends all of
// them at once does not keep the processor busy.
constexpr std::chrono::milliseconds kPause{500};
constexpr std::chrono::milliseconds kAskAgain{50};

struct Worker {
  pid_t process = 0;  // 0: none
  Clock::time_point begin;
};

class Keeper {
 public:
  Keeper(int count, const std::function<int()>& work)
      : work_(work), workers_(static_cast<size_t>(count)) {
    sigemptyset(&ours_);
    for (int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&ours_, number);
    sigprocmask(SIG_BLOCK, &ours_, &before_);
  }
  ~Keeper() { sigprocmask(SIG_SETMASK, &before_, nullptr); }

  void Run() {
    for (;;) {
      const bool wait_for_one = !StartMissing();
      if (const int number = Wait(wait_for_one ? kPause : kPause * 120);
          number > 0 && number != SIGCHLD) {
        return Stop();
      }
      Collect();
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
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigprocmask(SIG_SETMASK, &before_, nullptr);
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
  sigset_t ours_{}, before_{};
};

}  // namespace

void KeepWorkers(int count, const std::function<int()>& work) { Keeper(count, work).Run(); }

}  // namespace tstat::viewer
