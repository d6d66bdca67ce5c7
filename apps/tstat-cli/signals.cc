// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/signals.h"

#include <atomic>

namespace tstat::cli {
namespace {

// A handler gets no argument of ours, so what it sets must be static. Lock-free atomics are the
// only thing that it may touch.
std::atomic<int> stop_signal_number{0};
std::atomic<bool> report_requested{false};
std::atomic<PacketSource*> watched_source{nullptr};
static_assert(std::atomic<int>::is_always_lock_free);
static_assert(std::atomic<PacketSource*>::is_always_lock_free);

constexpr int kStopSignals[] = {SIGINT, SIGTERM, SIGHUP};

void WakeSource() {
  if (PacketSource* source = watched_source.load()) source->Interrupt();
}

void OnStop(int number) {
  stop_signal_number.store(number);
  // Any further one acts at once.
  for (int signal : kStopSignals) std::signal(signal, SIG_DFL);
  WakeSource();
}

void OnReport(int) {
  report_requested.store(true);
  WakeSource();
}

void Install(int number, void (*handler)(int), struct sigaction* saved) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = 0;  // a read that waits returns with EINTR
  sigaction(number, &action, saved);
}

}  // namespace

SignalWatch::SignalWatch() {
  stop_signal_number.store(0);
  report_requested.store(false);
  for (int i = 0; i < 3; ++i) Install(kStopSignals[i], OnStop, &saved_[i]);
  Install(SIGUSR1, OnReport, &saved_[3]);
  // A reader of our messages that goes away must not cost the logs.
  Install(SIGPIPE, SIG_IGN, &saved_[4]);
  // A limit on the size of files (ulimit -f) is an error of write, told as a full disk is.
  Install(SIGXFSZ, SIG_IGN, &saved_[5]);
  // nohup: stays ignored.
  if (saved_[2].sa_handler == SIG_IGN) sigaction(SIGHUP, &saved_[2], nullptr);
}

SignalWatch::~SignalWatch() {
  Watch(nullptr);
  for (int i = 0; i < 3; ++i) sigaction(kStopSignals[i], &saved_[i], nullptr);
  sigaction(SIGUSR1, &saved_[3], nullptr);
  sigaction(SIGPIPE, &saved_[4], nullptr);
  sigaction(SIGXFSZ, &saved_[5], nullptr);
}

void SignalWatch::Watch(PacketSource* source) { watched_source.store(source); }

int SignalWatch::stop_signal() const { return stop_signal_number.load(std::memory_order_relaxed); }

bool SignalWatch::TakeReportRequest() {
  // The plain load first: this is asked after every batch.
  return report_requested.load(std::memory_order_relaxed) && report_requested.exchange(false);
}

}  // namespace tstat::cli
