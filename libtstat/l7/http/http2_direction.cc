// SPDX-License-Identifier: BSD-3-Clause
#include "l7/http/http2_direction.h"

#include <algorithm>
#include <cstring>

namespace tstat::internal {
namespace {

enum FrameType : uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kResetStream = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoAway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};
enum FrameFlag : uint8_t { kEndHeaders = 0x04, kPadded = 0x08, kHasPriority = 0x20 };

constexpr uint32_t kPriorityBytes = 5, kPromisedBytes = 4, kSettingBytes = 6;

// Of frames that belong to the connection, and of those whose length is fixed; of all others the
// length that every receiver takes (RFC 9113, 4.2).
bool FitsItsType(uint8_t type, uint32_t length, uint32_t stream) {
  constexpr uint32_t kEveryFrame = 16384;
  switch (type) {
    case kSettings:
      return stream == 0 && length % kSettingBytes == 0 && length <= kEveryFrame;
    case kPing:
      return stream == 0 && length == 8;
    case kGoAway:
      return stream == 0 && length >= 8 && length <= kEveryFrame;
    case kWindowUpdate:
    case kResetStream:
      return length == 4;
    case kPriority:
      return stream != 0 && length == kPriorityBytes;
    case kData:
    case kHeaders:
      return stream != 0 && length <= kEveryFrame;
    default:
      return false;
  }
}

}  // namespace

void Http2Direction::Receiver::OnField(HttpField field, std::string_view value, bool cut) {
  if (head != nullptr) head->Add(field, value, cut);
}

void Http2Direction::Stop(HttpHeadPool* heads) {
  if (head_ != nullptr) heads->Return(head_);
  head_ = nullptr;
  phase_ = Phase::kDone;
}

void Http2Direction::Continue(HttpHeadPool* heads) {
  heads->Return(head_);
  head_ = nullptr;
}

bool Http2Direction::IsFrame() const {
  const ByteReader header(header_);
  const uint8_t type = header.U8(3);
  const uint32_t stream = header.U32(5);
  if (in_block_) return type == kContinuation && (stream & 0x7FFFFFFF) == stream_;
  if (type == kContinuation) return false;
  if (first_) return type == kSettings && FitsItsType(type, header.U24(0), stream);
  return !behind_gap_ || FitsItsType(type, header.U24(0), stream);
}

// False: these bytes are no HTTP/2.
bool Http2Direction::OnFrameHeader(Timestamp time, HttpHeadPool* heads) {
  held_ = 0;
  if (!IsFrame()) return false;
  first_ = behind_gap_ = false;
  const ByteReader header(header_);
  const uint8_t type = header.U8(3), flags = header.U8(4);
  left_ = header.U24(0);
  prefix_ = padding_ = 0;
  phase_ = Phase::kSkip;
  if (type != kHeaders && type != kPushPromise && type != kContinuation) return true;
  ends_block_ = (flags & kEndHeaders) != 0;
  if (!in_block_) {
    in_block_ = true;
    promise_ = type == kPushPromise;
    stream_ = header.U32(5) & 0x7FFFFFFF;
    head_ = &heads->Take();
    head_->Start(requests_ ? HttpMessage::Kind::kRequest : HttpMessage::Kind::kResponse, time);
    if (type == kPushPromise) prefix_ = kPromisedBytes;
    if (type == kHeaders && (flags & kHasPriority) != 0) prefix_ = kPriorityBytes;
    phase_ = (flags & kPadded) != 0 ? Phase::kPadLength : Phase::kPrefix;
  } else {
    phase_ = Phase::kFragment;
  }
  return phase_ == Phase::kPadLength || left_ >= prefix_;
}

// Steps over as many of `count` bytes as are there.
size_t Http2Direction::Skip(uint32_t* count, size_t available) {
  const auto size = static_cast<uint32_t>(std::min<size_t>(*count, available));
  *count -= size;
  return size;
}

// True: a message's header block is complete.
bool Http2Direction::EndFrame(HttpHeadPool* heads) {
  phase_ = Phase::kHeader;
  if (head_ == nullptr || !ends_block_) return false;
  in_block_ = false;
  if (!decoder_.EndBlock()) {
    Stop(heads);
    return false;
  }
  if (!promise_ && head_->begun()) return true;
  Continue(heads);
  return false;
}

bool Http2Direction::Read(ByteReader* bytes, Timestamp time, HttpHeadPool* heads) {
  while (phase_ != Phase::kDone) {
    // Frames without a payload end where their header does.
    if (phase_ == Phase::kSkip && left_ == 0) {
      if (EndFrame(heads)) return true;
      continue;
    }
    if (phase_ == Phase::kFragment && left_ == 0) {
      left_ = padding_;
      phase_ = Phase::kSkip;
      continue;
    }
    if (phase_ == Phase::kPrefix && prefix_ == 0) {
      phase_ = Phase::kFragment;
      continue;
    }
    if (bytes->empty()) return false;
    switch (phase_) {
      case Phase::kHeader: {
        const size_t size = std::min(bytes->size(), kFrameHeader - held_);
        std::memcpy(header_.data() + held_, bytes->bytes().data(), size);
        held_ = static_cast<uint8_t>(held_ + size);
        *bytes = bytes->Sub(size);
        if (held_ == kFrameHeader && !OnFrameHeader(time, heads)) Stop(heads);
        break;
      }
      case Phase::kPadLength:
        padding_ = bytes->U8(0);
        *bytes = bytes->Sub(1);
        if (left_ < 1 + padding_ + prefix_) {
          Stop(heads);
          break;
        }
        left_ -= 1 + padding_;
        phase_ = Phase::kPrefix;
        break;
      case Phase::kPrefix: {
        const size_t size = Skip(&prefix_, bytes->size());
        left_ -= static_cast<uint32_t>(size);
        *bytes = bytes->Sub(size);
        break;
      }
      case Phase::kFragment: {
        const ByteReader part = bytes->Sub(0, left_);
        Receiver receiver;
        receiver.head = promise_ ? nullptr : head_;
        *bytes = bytes->Sub(part.size());
        left_ -= static_cast<uint32_t>(part.size());
        if (head_ == nullptr || !decoder_.Read(part, &head_->line(), &receiver)) Stop(heads);
        break;
      }
      case Phase::kSkip:
        *bytes = bytes->Sub(Skip(&left_, bytes->size()));
        break;
      case Phase::kDone:
        break;
    }
  }
  *bytes = ByteReader();
  return false;
}

void Http2Direction::OnGap(uint64_t count, HttpHeadPool* heads) {
  if (phase_ == Phase::kDone) return;
  if (phase_ == Phase::kSkip && !in_block_ && count <= left_) {
    left_ -= static_cast<uint32_t>(count);
    return;
  }
  if (head_ != nullptr) Continue(heads);
  decoder_.Lose();
  in_block_ = false;
  first_ = false;
  behind_gap_ = true;
  held_ = 0;
  phase_ = Phase::kHeader;
}

}  // namespace tstat::internal
