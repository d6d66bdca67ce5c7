// SPDX-License-Identifier: BSD-3-Clause
#include "capture/joined_source.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tstat::internal {
namespace {

class JoinedSource final : public PacketSource {
 public:
  JoinedSource(std::unique_ptr<FilePart> first, std::function<OpenedPart(InputBuffer)> open)
      : part_(std::move(first)), open_(std::move(open)) {}

  size_t ReadBatch(std::span<Packet> batch) override {
    size_t count = part_->ReadBatch(batch);
    while (count == 0 && !part_->timed_out() && OpenFollowing()) count = part_->ReadBatch(batch);
    return count;
  }
  std::span<const uint8_t> TakeUpcoming() override { return part_->TakeUpcoming(); }
  bool keeps_bytes() const override { return part_->keeps_bytes(); }
  absl::Status status() const override { return status_.ok() ? part_->status() : status_; }
  bool timed_out() const override { return part_->timed_out(); }
  std::string_view note() const override {
    const std::string_view note = part_->note();
    if (parts_ == 1) return note;
    note_ = absl::StrCat(parts_, " captures in one file, read one after the other",
                         note.empty() && earlier_note_.empty() ? "" : "; ",
                         note.empty() ? earlier_note_ : std::string(note));
    return note_;
  }
  SkippedPackets skipped() const override {
    SkippedPackets sum = skipped_;
    return sum += part_->skipped();
  }
  bool is_stream() const override { return part_->is_stream(); }
  bool is_compressed() const override { return part_->is_compressed(); }
  std::optional<double> progress() const override {
    // The input of the last part is with the one that could not be opened.
    return status_.ok() ? part_->progress() : std::nullopt;
  }

 private:
  bool OpenFollowing();

  std::unique_ptr<FilePart> part_;
  std::function<OpenedPart(InputBuffer)> open_;
  uint64_t parts_ = 1;
  SkippedPackets skipped_;  // in earlier parts
  std::string earlier_note_;
  mutable std::string note_;
  absl::Status status_;
  std::shared_ptr<const void> views_;  // of packets so far, also where what follows is no capture
};

bool JoinedSource::OpenFollowing() {
  std::optional<InputBuffer> input = part_->TakeFollowing();
  if (!input.has_value()) return false;
  ++parts_;
  if (std::shared_ptr<const void> views = input->ViewOwner()) views_ = std::move(views);
  OpenedPart next = open_(*std::move(input));
  if (!next.ok()) {
    status_ = absl::DataLossError(
        absl::StrCat("capture ", parts_, " in the file: ", next.status().message()));
    return false;
  }
  skipped_ += part_->skipped();
  if (!part_->note().empty()) earlier_note_ = part_->note();
  part_ = *std::move(next);
  return true;
}

}  // namespace

std::unique_ptr<PacketSource> JoinParts(std::unique_ptr<FilePart> first,
                                        std::function<OpenedPart(InputBuffer)> open) {
  return std::make_unique<JoinedSource>(std::move(first), std::move(open));
}

}  // namespace tstat::internal
