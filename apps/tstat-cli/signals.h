// SPDX-License-Identifier: BSD-3-Clause
//
// Signals while an analysis runs. SIGINT, SIGTERM and SIGHUP end it in good order;
// a second one ends the process at once. SIGUSR1 asks for a report. The handlers set flags and wake
// the source, nothing else; but that of SIGBUS puts zeros where a mapped trace file was cut off
// while it was read (see OpenTrace), so that the analysis can end in good order. A bus error
// anywhere else ends the process as ever.
//
//   SignalWatch signals;                    // handlers are in place until the end of the scope
//   options.mapping = &signals.mapping(0);  // of OpenTrace
//   signals.Watch(source.get());            // may be waiting for packets
//   if (int number = signals.stop_signal()) ...
#ifndef TSTAT_APPS_TSTAT_CLI_SIGNALS_H_
#define TSTAT_APPS_TSTAT_CLI_SIGNALS_H_

#include <array>
#include <csignal>
#include <cstddef>

#include "tstat/mapped_range.h"
#include "tstat/packet_source.h"

namespace tstat::cli {

// One at a time in a process: signals belong to the process.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  // The source to interrupt; null: none.
  void Watch(PacketSource* source);

  // The signal that asked for the end, or 0.
  int stop_signal() const;

  // True once after each SIGUSR1.
  bool TakeReportRequest();

  // Where the traces that are open are mapped: two of them with -2.
  MappedRange& mapping(size_t trace) { return mappings_[trace]; }

  // A mapped file was cut: what is read now is not its content.
  bool file_was_cut() const;
  // The same, once.
  bool TakeFileWasCut();

 private:
  struct sigaction saved_[7];
  std::array<MappedRange, 2> mappings_;
};

}  // namespace tstat::cli

#endif  // TSTAT_APPS_TSTAT_CLI_SIGNALS_H_
