// SPDX-License-Identifier: BSD-3-Clause
//
// The window through which trace readers look at a ByteStream: records are parsed in place, without
// copying them out.
//
//   if (!input.Fill(24)) ...                // fewer than 24 bytes are left
//   ByteReader header(input.available());
//   input.Consume(24);
//
// A stream that can show its bytes in place (ByteStream::View: regular files, mapped) is not
// copied. A mapping alone would not be faster than read() into a buffer that stays in the cache:
// what saves the time is that the bytes ahead are fetched while the packets before them are
// analysed.
#ifndef TSTAT_CAPTURE_INPUT_BUFFER_H_
#define TSTAT_CAPTURE_INPUT_BUFFER_H_

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "absl/status/status.h"
#include "capture/byte_stream.h"

namespace tstat::internal {

class InputBuffer {
 public:
  // Of the buffer. Files that are not larger are always read into it.
  static constexpr size_t kCapacity = 256 * 1024;

  explicit InputBuffer(std::unique_ptr<ByteStream> stream);

  // Bytes read and not yet consumed. Valid until the next Fill.
  std::span<const uint8_t> available() const { return bytes_.subspan(begin_); }

  // REQUIRES: count <= available().size().
  void Consume(size_t count) {
    assert(count <= available().size());
    begin_ += count;
  }

  // What of the next bytes is worth fetching into the cache; nothing is named twice.
  [[nodiscard]] std::span<const uint8_t> TakeUpcoming() {
    const size_t start = std::max(fetched_, begin_);
    const size_t end = std::min(begin_ + kFetchAhead, bytes_.size());
    if (!in_place_ || start >= end) return {};
    fetched_ = end;
    return bytes_.subspan(start, end - start);
  }

  // What is available stays as it is after the next Fill, too: while the stream, or what
  // ViewOwner() gave, lives.
  [[nodiscard]] bool keeps_bytes() const { return in_place_; }
  [[nodiscard]] std::shared_ptr<const void> ViewOwner() const { return stream_->ViewOwner(); }

  // Makes `count` bytes available, reading as needed. False when the stream ended or was
  // interrupted before that; what there is stays available. `count` larger than the buffer makes it
  // grow: the caller bounds it.
  bool Fill(size_t count);

  const ByteStream& stream() const { return *stream_; }
  void ReportPauses(bool on) { stream_->ReportPauses(on); }

  // Reads on without looking, up to `limit` bytes; returns the stream's status then. Checksums
  // stand at the end of compressed data. What was available is used up.
  absl::Status Skip(uint64_t limit);

  // What is not consumed, available() first, as a stream again. The InputBuffer is used up.
  [[nodiscard]] std::unique_ptr<ByteStream> TakeRest();

  // Share of the file consumed, in bytes of the file; 0 when its size is not known. What was read
  // ahead counts as unread for a stream that is the file itself (`plain`).
  [[nodiscard]] double Progress(bool plain) const;

 private:
  static constexpr size_t kFetchAhead = 32768;

  bool FillView(size_t count);
  bool FillBuffer(size_t count);
  void Grow(size_t capacity);

  std::unique_ptr<ByteStream> stream_;
  bool in_place_;
  std::span<const uint8_t> bytes_;  // the view, or what the buffer holds
  size_t begin_ = 0;                // how much of bytes_ is consumed
  size_t fetched_ = 0;              // and how much of it was named as upcoming
  std::unique_ptr<uint8_t[]> buffer_;
  size_t capacity_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_INPUT_BUFFER_H_
