// SPDX-License-Identifier: BSD-3-Clause
//
// A PacketSource that wraps another one and does to its packets what networks and attackers do:
// loses, reorders, repeats, cuts and changes them. The same seed gives the same faults.
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
  };

  FaultInjectingSource(std::unique_ptr<PacketSource> inner, const FaultOptions& options);

  size_t ReadBatch(std::span<Packet> batch) override;
  absl::Status status() const override { return inner_->status(); }
  bool timed_out() const override { return inner_->timed_out(); }
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
  uint64_t Random();
  bool Chance(double probability);

  std::unique_ptr<PacketSource> inner_;
  FaultOptions options_;
  uint64_t state_;
  Counts counts_;
  PacketArena arena_;
  std::vector<uint8_t> scratch_;
  std::vector<Packet> ready_;
  size_t next_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_FAULT_INJECTING_SOURCE_H_
