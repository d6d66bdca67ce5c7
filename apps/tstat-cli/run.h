// SPDX-License-Identifier: BSD-3-Clause
//
// The run itself: one trace after the other, or the live interface, through one Session into its
// outputs, with the messages on the way and at the end.
#ifndef TSTAT_APPS_TSTAT_CLI_RUN_H_
#define TSTAT_APPS_TSTAT_CLI_RUN_H_

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "startup/console.h"
#include "startup/runtime_reload.h"
#include "startup/settings.h"
#include "tstat-cli/metrics_server.h"
#include "tstat-cli/service_manager.h"
#include "tstat-cli/session_metrics.h"
#include "tstat-cli/signals.h"
#include "tstat-cli/stats_file.h"
#include "tstat-cli/stream_upkeep.h"
#include "tstat/packet_source.h"
#include "tstat/session.h"

namespace tstat::cli {

// Exit statuses.
inline constexpr int kExitOk = 0;
inline constexpr int kExitError = 1;  // options, configuration, formats, a full disk, signals
inline constexpr int kExitUnreadable = 255;  // a trace that cannot be opened

class Run {
 public:
  // `console` must outlive the run.
  Run(Settings settings, Console& console);

  // Does everything; returns the exit status.
  int Execute();

 private:
  bool ReadFilter();
  bool CreateSession();
  // --metrics: the socket, with the rights of the start; then the thread that answers.
  bool OpenMetrics();
  bool StartMetrics();
  void PublishMetrics();
  bool StartHelpers();
  void RunTraces();
  void RunLive();

  // The trace, or with -2 the pair of traces, that begins at argument `index`.
  std::unique_ptr<PacketSource> Open(size_t index);
  void TellRunning(size_t index);
  // Traces `begin` to before `end`, pieces of one series, as one. Returns where to go on.
  size_t RunSeries(size_t begin, size_t end);
  // With -c, in the wrong order of time.
  void TellOrder(const std::string& name);
  void OnOpenError(const absl::Status& status);
  void Analyse(PacketSource& source, const std::string& name, bool is_last);
  // False ends the run.
  bool AfterBatch(const PacketSource& source);
  // True when what the kernel held at the stop signal was read, or does not come.
  bool IsDrained(const PacketSource& source);
  // What came of writing the file of --stats-json: told once, until it can be written again.
  void TellStats(const absl::Status& status);
  void TellOutputErrors();
  void OnStopSignal(int number);
  void TellDamage(const PacketSource& source, const std::string& name);
  void TellSourceStatus(const PacketSource& source, const std::string& name);
  void FlushAll();
  void FinalMessages();

  // The worst of all statuses is the command's.
  void Fail(int status) { exit_status_ = std::max(exit_status_, status); }

  Settings settings_;
  Console& console_;
  SignalWatch signals_;
  ServiceManager manager_ = ServiceManager::FromEnvironment();
  std::unique_ptr<Session> session_;
  std::optional<StreamUpkeep> upkeep_;
  ReloadedFiles reloaded_;
  std::optional<SessionMetrics> metrics_;
  std::unique_ptr<MetricsServer> metrics_server_;
  std::optional<StatsFile> stats_;  // --stats-json
  bool stats_failed_ = false;       // and that was told
  std::chrono::steady_clock::time_point next_metrics_;
  bool is_stream_ = false;  // the present source
  bool stop_told_ = false;
  std::optional<uint64_t> to_be_read_;  // packets that the kernel had counted at the stop signal
  std::chrono::steady_clock::time_point drain_until_;
  uint32_t drain_batches_ = 0;
  bool finished_ = false;                                    // no further trace is to be read
  Timestamp end_of_former_ = Timestamp::EarliestOfPacket();  // trace
  int exit_status_ = kExitOk;
};

}  // namespace tstat::cli

#endif  // TSTAT_APPS_TSTAT_CLI_RUN_H_
