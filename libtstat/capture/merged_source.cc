// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <utility>

#include "tstat/packet_source.h"

namespace tstat::inline v1 {
namespace {

class MergedSource final : public PacketSource {
 public:
  MergedSource(std::unique_ptr<PacketSource> first, std::unique_ptr<PacketSource> second,
               PacketOrigin first_origin, PacketOrigin second_origin) {
    inputs_[0].source = std::move(first);
    inputs_[0].origin = first_origin;
    inputs_[1].source = std::move(second);
    inputs_[1].origin = second_origin;
  }

  size_t ReadBatch(std::span<Packet> batch) override;

  // The first error of either; the other one is read to its end nevertheless.
  absl::Status status() const override {
    absl::Status status = inputs_[0].source->status();
    status.Update(inputs_[1].source->status());
    return status;
  }
  bool timed_out() const override { return timed_out_; }
  std::optional<double> progress() const override {
    const std::optional<double> a = inputs_[0].source->progress();
    const std::optional<double> b = inputs_[1].source->progress();
    if (!a || !b) return std::nullopt;
    return (*a + *b) / 2;
  }
  bool is_stream() const override {
    return inputs_[0].source->is_stream() || inputs_[1].source->is_stream();
  }
  bool is_compressed() const override {
    return inputs_[0].source->is_compressed() || inputs_[1].source->is_compressed();
  }
  SkippedPackets skipped() const override {
    SkippedPackets sum = inputs_[0].source->skipped();
    return sum += inputs_[1].source->skipped();
  }
  std::string_view note() const override {
    const std::string_view first = inputs_[0].source->note();
    return first.empty() ? inputs_[1].source->note() : first;
  }
  bool is_empty() const override {
    return inputs_[0].source->is_empty() || inputs_[1].source->is_empty();
  }
  void Interrupt() override {
    for (Input& input : inputs_) input.source->Interrupt();
  }

 private:
  struct Input {
    std::unique_ptr<PacketSource> source;
    PacketOrigin origin;
    std::array<Packet, kBatchSize> packets;
    size_t next = 0;
    size_t count = 0;
    bool ended = false;

    bool empty() const { return next == count; }
  };

  // Makes sure that every input has a packet or has ended. False when one of them timed out.
  bool Refill();

  std::array<Input, 2> inputs_;
  bool timed_out_ = false;
};

bool MergedSource::Refill() {
  for (Input& input : inputs_) {
    if (!input.empty() || input.ended) continue;
    input.next = 0;
    input.count = input.source->ReadBatch(input.packets);
    if (input.count != 0) continue;
    if (input.source->timed_out()) return false;
    input.ended = true;
  }
  return true;
}

size_t MergedSource::ReadBatch(std::span<Packet> batch) {
  timed_out_ = !Refill();
  if (timed_out_) return 0;
  size_t count = 0;
  while (count < batch.size()) {
    Input& a = inputs_[0];
    Input& b = inputs_[1];
    // Refilling an input ends the life of its packets, so a batch ends where one would be needed.
    if ((a.empty() && !a.ended) || (b.empty() && !b.ended) || (a.empty() && b.empty())) break;
    const bool take_b =
        a.empty() || (!b.empty() && b.packets[b.next].time < a.packets[a.next].time);
    Input& taken = take_b ? b : a;
    batch[count] = taken.packets[taken.next++];
    batch[count++].origin = taken.origin;
  }
  return count;
}

}  // namespace

std::unique_ptr<PacketSource> MergeByTime(std::unique_ptr<PacketSource> first,
                                          std::unique_ptr<PacketSource> second,
                                          PacketOrigin first_origin, PacketOrigin second_origin) {
  return std::make_unique<MergedSource>(std::move(first), std::move(second), first_origin,
                                        second_origin);
}

}  // namespace tstat::inline v1
