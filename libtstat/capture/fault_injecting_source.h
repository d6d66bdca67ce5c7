// SPDX-License-Identifier: BSD-3-Clause
//
// A PacketSource that wraps another one and does to its packets what networks and attackers do:
// loses, reorders, repeats, cuts and changes them, sets the clock, keeps its reader waiting, and
// fails. The same seed gives the same faults.
//
//   FaultInjectingSource source(std::move(inner), {.seed = 7, .loss = 0.01, .mutation = 0.05});
#ifndef TSTAT_CAPTURE_FAULT_INJECTING_SOURCE_H_
#define TSTAT_CAPTURE_FAULT_INJECTING_SOURCE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "capture/packet_arena.h"
#include "tstat/packet_source.h"

namespace tstat::internal {

// Probabilities, 0..1, for each packet on its own.
struct FaultOptions {
  uint64_t seed = 1;
  double loss = 0;
  double duplication = 0;  // delivered twice, one microsecond apart
  double reordering = 0;   // changes places with the packet before; times stay in order
  double truncation = 0;   // captured bytes cut at a random place; the original length stays
  double mutation = 0;     // one to four bytes overwritten
  // The clock is set back or forward, by up to that many seconds: from this packet on.
  double clock_step = 0, longest_step_s = 60;
  double waiting = 0;  // ReadBatch times out before it
  // So many are delivered, then reading fails.
  std::optional<uint64_t> fails_after = std::nullopt;
};

class FaultInjectingSource final : public PacketSource {
 public:
  // What was done so far.
  struct Counts {
    uint64_t lost = 0;
    uint64_t duplicated = 0;
    uint64_t reordered = 0;
    uint64_t truncated = 0;
    uint64_t mutated = 0;
    uint64_t clock_steps = 0;
    uint64_t waits = 0;
    uint64_t delivered = 0;
  };

  FaultInjectingSource(std::unique_ptr<PacketSource> inner, const FaultOptions& options);

  size_t ReadBatch(std::span<Packet> batch) override;
  // Aborted, as when a file cannot be read on, once it has failed.
  absl::Status status() const override;
  bool timed_out() const override { return timed_out_; }
  std::optional<double> progress() const override { return inner_->progress(); }
  bool is_stream() const override { return inner_->is_stream(); }
  bool is_compressed() const override { return inner_->is_compressed(); }
  std::optional<CaptureStatistics> capture_statistics() const override {
    return inner_->capture_statistics();
  }
  SkippedPackets skipped() const override { return inner_->skipped(); }
  std::string_view note() const override { return inner_->note(); }
  bool is_empty() const override { return inner_->is_empty(); }
  void Interrupt() override { inner_->Interrupt(); }

  const Counts& counts() const { return counts_; }

 private:
  // Fills ready_ from one batch of the inner source. False at its end or time-out.
  bool Prepare();
  void Append(const Packet& packet);
  void StepClock();
  bool failed() const { return counts_.delivered == options_.fails_after; }
  uint64_t Random();
  bool Chance(double probability);

  std::unique_ptr<PacketSource> inner_;
  FaultOptions options_;
  uint64_t state_;
  Counts counts_;
  PacketArena arena_;
  std::vector<uint8_t> scratch_;
  std::vector<Packet> ready_;
  std::vector<bool> waits_;  // before packets of ready_
  size_t next_ = 0;
  int64_t clock_ns_ = 0;  // as it is set
  bool timed_out_ = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_FAULT_INJECTING_SOURCE_H_
