// SPDX-License-Identifier: BSD-3-Clause
//
// What a run on a stream does beside its packets, since it may last for months. Once a second rows
// and messages are handed to the system, what could not be written is tried again, and the service
// manager hears that all is well; on a live interface without packets the analysis hears the time,
// where the profile lets it. At the end of each interval the user is told what still fails,
// and what the kernel dropped; with --keep the oldest output directories go.
//
//   StreamUpkeep upkeep(settings, console, manager, session);
//   session.AddSink(&upkeep);
//   upkeep.Begin(*source);
//   upkeep.AfterBatch();                  // after each batch, and when nothing came in time
#ifndef TSTAT_APPS_TSTAT_CLI_STREAM_UPKEEP_H_
#define TSTAT_APPS_TSTAT_CLI_STREAM_UPKEEP_H_

#include <chrono>
#include <optional>

#include "startup/console.h"
#include "startup/settings.h"
#include "tstat-cli/service_manager.h"
#include "tstat/event_sink.h"
#include "tstat/output_keeper.h"
#include "tstat/packet_source.h"
#include "tstat/session.h"

namespace tstat::cli {

class StreamUpkeep : public EventSink {
 public:
  // All must outlive the object.
  StreamUpkeep(const Settings& settings, Console& console, const ServiceManager& manager,
               Session& session);

  void Begin(const PacketSource& source);
  // Cheap enough for every batch.
  void AfterBatch();

  EventMask Wants() const override { return {}; }
  void OnIntervalEnd(const IntervalEnd& interval) override;

 private:
  using Clock = std::chrono::steady_clock;

  void EverySecond();
  void TellTime();
  void TellCapture(Timestamp now);
  void TellClock(const Statistics& statistics);
  void RemoveOldOutput();

  Console& console_;
  const ServiceManager& manager_;
  Session& session_;
  bool gzip_;
  // Without packets the analysis is told the time, less what the capture may hold back.
  std::optional<std::chrono::milliseconds> told_time_lag_;
  Clock::duration interval_;
  const PacketSource* source_ = nullptr;
  Clock::time_point next_second_, next_interval_;
  bool interval_ended_ = false;
  bool is_well_ = true;
  bool recovery_told_ = false;  // in this interval
  uint64_t clock_steps_told_ = 0;
  CaptureStatistics told_;
  std::optional<OutputKeeper> keeper_;  // --keep
  bool may_remove_ = false;             // there may be something for it
};

}  // namespace tstat::cli

#endif  // TSTAT_APPS_TSTAT_CLI_STREAM_UPKEEP_H_
