// SPDX-License-Identifier: BSD-3-Clause
#include "capture/input_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tstat {

InputBuffer::InputBuffer(std::unique_ptr<ByteStream> stream)
    : stream_(std::move(stream)), buffer_(std::make_unique_for_overwrite<uint8_t[]>(kCapacity)) {}

bool InputBuffer::Fill(size_t count) {
  if (end_ - begin_ >= count) return true;
  if (count > capacity_) Grow(std::max(count, 2 * capacity_));
  if (begin_ != 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  while (end_ < count) {
    const size_t n = stream_->Read({buffer_.get() + end_, capacity_ - end_});
    if (n == 0) return false;
    end_ += n;
  }
  return true;
}

void InputBuffer::Grow(size_t capacity) {
  auto larger = std::make_unique_for_overwrite<uint8_t[]>(capacity);
  std::memcpy(larger.get(), buffer_.get() + begin_, end_ - begin_);
  buffer_ = std::move(larger);
  capacity_ = capacity;
  end_ -= begin_;
  begin_ = 0;
}

double InputBuffer::Progress(bool plain) const {
  const uint64_t size = stream_->file_size();
  if (size == 0) return 0;
  uint64_t position = stream_->file_position();
  if (plain) position -= std::min<uint64_t>(position, end_ - begin_);
  // A file that grows while it is read may be longer than it was.
  return std::min(1.0, static_cast<double>(position) / static_cast<double>(size));
}

}  // namespace tstat
