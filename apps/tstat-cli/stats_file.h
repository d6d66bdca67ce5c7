// SPDX-License-Identifier: BSD-3-Clause
//
// What a running analysis has counted, and how full its tables are, as a file of JSON
// (--stats-json): replaced as a whole when an interval ends, and at the end.
//
//   StatsFile stats(path, *session);             // adds itself to the session
//   stats.AfterBatch(&source);                   // writes, if an interval has ended
//   absl::Status status = stats.Write(nullptr);
#ifndef TSTAT_APPS_TSTAT_CLI_STATS_FILE_H_
#define TSTAT_APPS_TSTAT_CLI_STATS_FILE_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "tstat/event_sink.h"
#include "tstat/packet_source.h"
#include "tstat/session.h"
#include "tstat/statistics.h"

namespace tstat::cli {

// From the last packet to now, of a live capture: what waits, and how long nothing came.
double SecondsBehind(const Statistics& statistics);

class StatsFile final : public EventSink {
 public:
  // `session` must outlive it.
  StatsFile(std::string path, Session& session);

  EventMask Wants() const override { return {}; }
  void OnIntervalEnd(const IntervalEnd& interval) override { is_due_ = true; }

  // Cheap enough for every batch. An error is one of writing the file.
  absl::Status AfterBatch(const PacketSource& source) {
    return is_due_ ? Write(&source) : absl::OkStatus();
  }
  // Null: nothing is read at the moment; what a capture counted is that of the last time.
  absl::Status Write(const PacketSource* source);
  [[nodiscard]] std::string Text() const;

 private:
  std::string path_;
  Session& session_;
  bool is_due_ = false;
  std::optional<CaptureStatistics> capture_;
};

}  // namespace tstat::cli

#endif  // TSTAT_APPS_TSTAT_CLI_STATS_FILE_H_
