// SPDX-License-Identifier: BSD-3-Clause
//
// The loop that all of the library's own trace readers share. A Format knows one file format; it
// is a pure parser over the bytes in front of it, with these members:
//
//   // Looks at the start of `bytes`, the unread part of the trace, and fills `packet` (all of its
//   // members; data within `bytes`) or asks for more. Skips what the filter does not let through.
//   RecordStep Parse(std::span<const uint8_t> bytes, Packet& packet);
//   // The trace ended with `bytes`, which Parse found too few: OK for a clean end.
//   absl::Status AtEnd(std::span<const uint8_t> bytes) const;
//   // The reason of the last RecordStep::kBad.
//   absl::Status error() const;
//   // See PacketSource.
//   std::string_view note() const;
#ifndef TSTAT_CAPTURE_RECORD_SOURCE_H_
#define TSTAT_CAPTURE_RECORD_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "capture/input_buffer.h"
#include "capture/sub_second.h"
#include "tstat/packet_source.h"

namespace tstat::internal {

// What a Format found at the front of the bytes.
struct RecordStep {
  enum class Kind : uint8_t {
    kPacket,    // a packet; `bytes` are used up
    kSkip,      // nothing to deliver; `bytes` are used up
    kNoTime,    // a packet whose time cannot be held; `bytes` are used up
    kNeedMore,  // at least `bytes` are needed to tell
    kBad,       // damaged: nothing can be read from here on
    kNewFile,   // the header of another capture file: this one ends
  };
  Kind kind;
  size_t bytes = 0;
};

// What OpenTrace knows about a trace beside its bytes, and what TraceOptions ask for.
struct TraceOrigin {
  bool is_stream = false;
  bool is_compressed = false;
  bool nanoseconds = false;
  bool time_zero = false;
  bool reports_pauses = false;
};

// A source that ends where another capture file follows in the same stream.
class FilePart : public PacketSource {
 public:
  // The bytes of that file, once; nothing when none follows. Call it when ReadBatch gave 0.
  [[nodiscard]] virtual std::optional<InputBuffer> TakeFollowing() { return std::nullopt; }
};

// The status of a trace that proved to be damaged: when its compressed data do not have their
// checksum, that is what is wrong.
inline absl::Status WithChecksum(absl::Status damage, const TraceOrigin& origin,
                                 InputBuffer* input) {
  constexpr uint64_t kMost = uint64_t{256} << 20;  // small data may decompress to anything
  if (!absl::IsDataLoss(damage) || !origin.is_compressed || origin.is_stream) return damage;
  absl::Status status = input->Skip(kMost);
  return status.ok() ? damage : status;
}

template <typename Format>
class RecordSource final : public FilePart {
 public:
  RecordSource(InputBuffer input, Format format, TraceOrigin origin)
      : input_(std::move(input)),
        format_(std::move(format)),
        origin_(origin),
        gate_(origin.time_zero) {}

  std::optional<InputBuffer> TakeFollowing() override {
    if (!std::exchange(followed_, false)) return std::nullopt;
    return std::move(input_);
  }

  size_t ReadBatch(std::span<Packet> batch) override;
  std::span<const uint8_t> TakeUpcoming() override { return input_.TakeUpcoming(); }
  bool keeps_bytes() const override { return input_.keeps_bytes(); }
  absl::Status status() const override { return status_; }
  bool timed_out() const override { return timed_out_; }
  std::string_view note() const override { return format_.note(); }
  SkippedPackets skipped() const override { return gate_.skipped(); }
  bool is_stream() const override { return origin_.is_stream; }
  bool is_compressed() const override { return origin_.is_compressed; }
  std::optional<double> progress() const override {
    if (input_.stream().file_size() == 0) return std::nullopt;
    return input_.Progress(!origin_.is_compressed);
  }

 private:
  // Reads on until `count` bytes are there; false ends the batch.
  bool ReadOn(size_t count);

  InputBuffer input_;
  Format format_;
  TraceOrigin origin_;
  absl::Status status_;
  TimeGate gate_;
  bool done_ = false;
  bool followed_ = false;
  bool timed_out_ = false;
};

template <typename Format>
size_t RecordSource<Format>::ReadBatch(std::span<Packet> batch) {
  using Kind = RecordStep::Kind;
  timed_out_ = false;
  size_t count = 0;
  while (!done_ && count < batch.size()) {
    const RecordStep step = format_.Parse(input_.available(), batch[count]);
    switch (step.kind) {
      case Kind::kPacket:
        if (gate_.Accept(batch[count].time)) ++count;
        input_.Consume(step.bytes);
        break;
      case Kind::kNoTime:
        gate_.Refuse();
        [[fallthrough]];
      case Kind::kSkip:
        input_.Consume(step.bytes);
        break;
      case Kind::kNeedMore:
        // Reading moves the buffer's bytes, so it must wait until those of this batch are done
        // with.
        if (count != 0 || !ReadOn(step.bytes)) return count;
        break;
      case Kind::kBad:
        // The packets before it are in the buffer that reading on would move.
        if (count != 0) return count;
        status_ = WithChecksum(format_.error(), origin_, &input_);
        done_ = true;
        break;
      case Kind::kNewFile:
        if (count != 0) return count;
        followed_ = done_ = true;
        break;
    }
  }
  return count;
}

template <typename Format>
bool RecordSource<Format>::ReadOn(size_t count) {
  // Not while a file is opened that follows in the same stream.
  if (origin_.reports_pauses) input_.ReportPauses(true);
  const bool is_there = input_.Fill(count);
  if (origin_.reports_pauses) input_.ReportPauses(false);
  if (is_there) return true;
  if (input_.stream().interrupted()) {
    timed_out_ = true;
    return false;
  }
  done_ = true;
  status_ = input_.stream().status();
  if (status_.ok()) status_ = format_.AtEnd(input_.available());
  return false;
}

template <typename Format>
std::unique_ptr<FilePart> MakeRecordSource(InputBuffer input, Format format, TraceOrigin origin) {
  return std::make_unique<RecordSource<Format>>(std::move(input), std::move(format), origin);
}

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_RECORD_SOURCE_H_
