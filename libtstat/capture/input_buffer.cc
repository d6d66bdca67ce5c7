// SPDX-License-Identifier: BSD-3-Clause
#include "capture/input_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace tstat::internal {

InputBuffer::InputBuffer(std::unique_ptr<ByteStream> stream)
    : stream_(std::move(stream)), in_place_(stream_->file_size() > kCapacity) {}

bool InputBuffer::Fill(size_t count) {
  if (bytes_.size() - begin_ >= count) return true;
  return (in_place_ && FillView(count)) || FillBuffer(count);
}

bool InputBuffer::FillView(size_t count) {
  bytes_ = stream_->View(begin_, count);
  fetched_ -= std::min(fetched_, begin_);
  begin_ = 0;
  in_place_ = !bytes_.empty();
  return in_place_;
}

bool InputBuffer::FillBuffer(size_t count) {
  if (count > capacity_) Grow(std::max({count, 2 * capacity_, kCapacity}));
  size_t end = bytes_.size() - begin_;
  if (begin_ != 0) std::memmove(buffer_.get(), bytes_.data() + begin_, end);
  begin_ = 0;
  while (end < count) {
    const size_t n = stream_->Read({buffer_.get() + end, capacity_ - end});
    if (n == 0) break;
    end += n;
  }
  bytes_ = {buffer_.get(), end};
  return end >= count;
}

void InputBuffer::Grow(size_t capacity) {
  auto larger = std::make_unique_for_overwrite<uint8_t[]>(capacity);
  bytes_ = bytes_.subspan(begin_);
  if (!bytes_.empty()) std::memcpy(larger.get(), bytes_.data(), bytes_.size());
  buffer_ = std::move(larger);
  bytes_ = {buffer_.get(), bytes_.size()};
  capacity_ = capacity;
  begin_ = 0;
}

absl::Status InputBuffer::Skip(uint64_t limit) {
  begin_ = bytes_.size();
  for (uint64_t skipped = 0; skipped < limit && Fill(1);) {
    skipped += available().size();
    begin_ = bytes_.size();
  }
  return stream_->status();
}

std::unique_ptr<ByteStream> InputBuffer::TakeRest() {
  if (bytes_.empty()) return std::move(stream_);
  if (in_place_) {
    stream_->View(begin_, SIZE_MAX);  // more than there is: Read gives the rest
    return std::move(stream_);
  }
  return std::make_unique<ReplayStream>(
      std::vector<uint8_t>(bytes_.begin() + static_cast<ptrdiff_t>(begin_), bytes_.end()),
      std::move(stream_));
}

double InputBuffer::Progress(bool plain) const {
  const uint64_t size = stream_->file_size();
  if (size == 0) return 0;
  uint64_t position = stream_->file_position();
  if (plain) position -= std::min<uint64_t>(position, available().size());
  // A file that grows while it is read may be longer than it was.
  return std::min(1.0, static_cast<double>(position) / static_cast<double>(size));
}

}  // namespace tstat::internal
