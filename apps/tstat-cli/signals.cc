// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/signals.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>

namespace tstat::cli {
namespace {

// A handler gets no argument of ours, so what it sets must be static. Lock-free atomics are the
// only thing that it may touch.
std::atomic<int> stop_signal_number{0};
std::atomic<bool> report_requested{false};
std::atomic<PacketSource*> watched_source{nullptr};
std::atomic<const std::array<MappedRange, 2>*> mapped_traces{nullptr};
std::atomic<bool> file_is_cut{false};
std::atomic<uintptr_t> page_bytes{4096};
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

bool IsOfATrace(const void* address) {
  const std::array<MappedRange, 2>* const mappings = mapped_traces.load();
  return mappings != nullptr &&
         ((*mappings)[0].Contains(address) || (*mappings)[1].Contains(address));
}

// A page of a trace that ends before it, and only that, becomes a page of zeros; the access that
// failed is tried again.
void OnBusError(int number, siginfo_t* info, void*) {
  void* const page = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(info->si_addr) &
                                             ~(page_bytes.load() - 1));
  if (info->si_code == BUS_ADRERR && IsOfATrace(info->si_addr) &&
      mmap(page, page_bytes.load(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
          MAP_FAILED) {
    file_is_cut.store(true);
    return;
  }
  std::signal(number, SIG_DFL);  // and comes again
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
  page_bytes.store(static_cast<uintptr_t>(sysconf(_SC_PAGESIZE)));
  file_is_cut.store(false);
  mapped_traces.store(&mappings_);
  struct sigaction bus {};
  bus.sa_sigaction = OnBusError;
  sigemptyset(&bus.sa_mask);
  bus.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &bus, &saved_[6]);
  // nohup: stays ignored.
  if (saved_[2].sa_handler == SIG_IGN) sigaction(SIGHUP, &saved_[2], nullptr);
}

SignalWatch::~SignalWatch() {
  Watch(nullptr);
  for (int i = 0; i < 3; ++i) sigaction(kStopSignals[i], &saved_[i], nullptr);
  sigaction(SIGUSR1, &saved_[3], nullptr);
  sigaction(SIGPIPE, &saved_[4], nullptr);
  sigaction(SIGXFSZ, &saved_[5], nullptr);
  sigaction(SIGBUS, &saved_[6], nullptr);
  mapped_traces.store(nullptr);
}

void SignalWatch::Watch(PacketSource* source) { watched_source.store(source); }

int SignalWatch::stop_signal() const { return stop_signal_number.load(std::memory_order_relaxed); }

bool SignalWatch::TakeReportRequest() {
  // The plain load first: this is asked after every batch.
  return report_requested.load(std::memory_order_relaxed) && report_requested.exchange(false);
}

bool SignalWatch::file_was_cut() const { return file_is_cut.load(std::memory_order_relaxed); }

bool SignalWatch::TakeFileWasCut() { return file_is_cut.exchange(false); }

}  // namespace tstat::cli
