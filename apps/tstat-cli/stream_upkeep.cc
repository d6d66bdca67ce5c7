// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/stream_upkeep.h"

#include <filesystem>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "tstat/report.h"

namespace tstat::cli {
namespace {

constexpr std::chrono::seconds kSecond(1);

// The real time after which an interval is taken as ended when no packet ends one: without traffic,
// and with -S, for which there are no intervals.
std::chrono::steady_clock::duration LongestInterval(double seconds) {
  constexpr double kMost = 86400;
  const double longest = seconds < kMost ? seconds + 1 : kMost;
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
      std::chrono::duration<double>(longest));
}

}  // namespace

StreamUpkeep::StreamUpkeep(const Settings& settings, Console& console,
                           const ServiceManager& manager, Session& session)
    : console_(console),
      manager_(manager),
      session_(session),
      gzip_(settings.session.gzip_logs),
      interval_(LongestInterval(settings.session.analyzer.globals.max_time_step_s)) {
  if (settings.live && !settings.session.analyzer.profile.time_moves_with_packets) {
    told_time_lag_ = std::chrono::milliseconds(settings.capture.timeout_ms) + kSecond;
  }
  if (settings.live && settings.keep.has_value()) keeper_.emplace(*settings.keep);
}

void StreamUpkeep::Begin(const PacketSource& source) {
  source_ = &source;
  told_ = {};
  interval_ended_ = false;
  may_remove_ = true;
  const Clock::time_point now = Clock::now();
  next_second_ = now + kSecond;
  next_interval_ = now + interval_;
}

void StreamUpkeep::OnIntervalEnd(const IntervalEnd&) { interval_ended_ = true; }

void StreamUpkeep::AfterBatch() {
  const Clock::time_point now = Clock::now();
  const bool interval_ended = interval_ended_ || now >= next_interval_;
  if (!interval_ended && now < next_second_) return;
  if (interval_ended) {
    interval_ended_ = false;
    next_interval_ = now + interval_;
    recovery_told_ = false;
    may_remove_ = true;
    session_.RepeatProblems();
  }
  next_second_ = now + kSecond;
  EverySecond();
  if (interval_ended) {
    const Statistics statistics = session_.statistics();
    TellCapture(statistics.last_packet);
    TellClock(statistics);
  }
  console_.FlushOut();
}

void StreamUpkeep::EverySecond() {
  if (manager_.wants_life_signs()) manager_.Notify("WATCHDOG=1");
  if (source_->timed_out()) TellTime();
  // Each flush of a gzip stream costs some of its compression.
  if (!gzip_ || source_->timed_out()) {
    session_.Flush();
  } else {
    session_.FlushExports();
  }
  if (keeper_.has_value() && may_remove_) RemoveOldOutput();
  if (!session_.trace_has_packets()) return;
  session_.Retry(session_.statistics().last_packet);
  const bool was_well = is_well_;
  is_well_ = session_.is_well();
  if (was_well || !is_well_ || recovery_told_) return;
  recovery_told_ = true;
  console_.Error(
      absl::StrCat("output can be written again; log rows lost so far: ", session_.losses().rows));
}

void StreamUpkeep::TellTime() {
  if (!told_time_lag_.has_value()) return;
  const auto until = std::chrono::system_clock::now() - *told_time_lag_;
  const auto since_epoch = until.time_since_epoch();
  session_.AdvanceTime(Timestamp::FromMicroseconds(
      std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count()));
}

void StreamUpkeep::TellClock(const Statistics& statistics) {
  if (statistics.clock_steps_back == clock_steps_told_) return;
  clock_steps_told_ = statistics.clock_steps_back;
  console_.Err(
      absl::StrCat("[", TimeStampText(statistics.last_packet), "] ", ClockLine(statistics)));
}

// One at a time: thousands of histogram files take a moment, and packets wait.
void StreamUpkeep::RemoveOldOutput() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const Timestamp wall_clock =
      Timestamp::FromSeconds(std::chrono::duration_cast<std::chrono::seconds>(now).count());
  const std::string present = std::filesystem::path(session_.directory()).filename();
  const std::optional<std::string> removed =
      keeper_->RemoveOldest(session_.base_directory(), present, wall_clock);
  if (removed.has_value()) console_.Out(absl::StrCat("removed ", *removed, " (--keep)\n"));
  for (const std::string& problem : keeper_->TakeProblems()) console_.Error("--keep: " + problem);
  may_remove_ = removed.has_value();
}

// What is normal goes to the standard output; losses are a problem of the user's.
void StreamUpkeep::TellCapture(Timestamp now) {
  const std::optional<CaptureStatistics> total = source_->capture_statistics();
  if (!total.has_value()) return;
  const CaptureStatistics news = total->Since(told_);
  told_ = *total;
  const std::string text = IntervalReport(news);
  if (news.dropped != 0 || news.dropped_by_interface != 0) {
    console_.Err(absl::StrCat("[", TimeStampText(now), "] ", text, "\n"));
  } else {
    console_.Out(absl::StrCat("[", TimeStampText(now), "] ", text, "\n"));
  }
  manager_.Notify(absl::StrCat("STATUS=", IntervalReport(*total), " since the start"));
}

}  // namespace tstat::cli
