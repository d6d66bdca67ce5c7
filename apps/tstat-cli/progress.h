// SPDX-License-Identifier: BSD-3-Clause
//
// Two ways to show how far an analysis is: the ticks of -t, which are part of the command's
// interface, and a line on the terminal for traces that take long.
#ifndef TSTAT_APPS_TSTAT_CLI_PROGRESS_H_
#define TSTAT_APPS_TSTAT_CLI_PROGRESS_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "startup/console.h"
#include "tstat/packet_source.h"
#include "tstat/session.h"

namespace tstat::cli {

// The packet number after `k` at which a tick is due: multiples of 10 below 100, of 100 below 1000,
// of 1000 below 10000, of 10000 below 100000, then of 100000.
uint64_t NextTick(uint64_t k);

// A source that ends its batches at ticks, so that the caller sees each of them in time. A tick
// counts IP packets, of which a batch has no more than it has packets.
class TickSource : public PacketSource {
 public:
  explicit TickSource(PacketSource* source) : source_(source) {}

  // At most `packets` come before the next call.
  void Limit(uint64_t packets) { limit_ = packets; }
  // So many came.
  bool reached_limit() const { return limit_ == 0; }
  // Time of the last packet but one that was delivered.
  Timestamp previous_time() const { return previous_; }

  size_t ReadBatch(std::span<Packet> batch) override;
  absl::Status status() const override { return source_->status(); }
  bool timed_out() const override { return source_->timed_out(); }
  std::optional<double> progress() const override { return source_->progress(); }
  bool is_stream() const override { return source_->is_stream(); }
  bool is_compressed() const override { return source_->is_compressed(); }
  std::optional<CaptureStatistics> capture_statistics() const override {
    return source_->capture_statistics();
  }
  SkippedPackets skipped() const override { return source_->skipped(); }
  std::string_view note() const override { return source_->note(); }
  bool is_empty() const override { return source_->is_empty(); }
  void Interrupt() override { source_->Interrupt(); }

 private:
  PacketSource* source_;
  uint64_t limit_ = 1;
  Timestamp previous_, last_;
};

// The ticks of one trace. Call AfterBatch after each batch of `source`.
class Ticker {
 public:
  // `packets_before`: packets seen before this trace. `prefix` stands before each tick ("", or
  // "NAME: " with -d).
  Ticker(Console& console, TickSource* source, uint64_t packets_before, std::string prefix);
  void AfterBatch(Session* session);

 private:
  Console& console_;
  TickSource* source_;
  uint64_t packets_before_;
  std::string prefix_;
  uint64_t next_;
};

// One line on standard error, rewritten every half second and removed at the end. Shows nothing for
// traces that are done within a second, and nothing when standard error is no terminal.
class ProgressLine {
 public:
  explicit ProgressLine(Console& console);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Cheap enough for every batch.
  void AfterBatch(const PacketSource& source, const Session& session) {
    if (enabled_ && ++batches_ % kBatchesPerLook == 0) Look(source, session);
  }

 private:
  static constexpr uint32_t kBatchesPerLook = 64;
  using Clock = std::chrono::steady_clock;

  void Look(const PacketSource& source, const Session& session);

  Console& console_;
  bool enabled_;
  bool shown_ = false;
  uint32_t batches_ = 0;
  Clock::time_point start_, next_;
  uint64_t packets_at_start_ = 0;
  bool started_ = false;
};

// "43.1%  1.25 M packets/s  0:12 left"; `share` < 0: not known.
std::string ProgressText(double share, uint64_t packets, double seconds);

}  // namespace tstat::cli

#endif  // TSTAT_APPS_TSTAT_CLI_PROGRESS_H_
