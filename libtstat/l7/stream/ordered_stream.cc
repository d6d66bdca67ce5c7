// SPDX-License-Identifier: BSD-3-Clause
#include "l7/stream/ordered_stream.h"

#include <algorithm>
#include <cstring>

namespace tstat::internal {

void StreamBuffers::Grow(HeldBytes& state, size_t bytes, size_t used) {
  if (bytes <= state.block_size) return;
  size_t size = kSmallest;
  while (size < bytes) size *= 2;
  std::vector<std::unique_ptr<uint8_t[]>>& blocks = free_blocks_[Index(size)];
  std::unique_ptr<uint8_t[]> block;
  if (blocks.empty()) {
    allocated_bytes_ += size;
    block = std::make_unique_for_overwrite<uint8_t[]>(size);
  } else {
    block = std::move(blocks.back());
    blocks.pop_back();
  }
  if (used > 0) std::memcpy(block.get(), state.block.get(), used);
  GiveBlock(state);
  state.block = std::move(block);
  state.block_size = size;
}

ByteReader OrderedStream::Held(uint64_t first, uint64_t end) const {
  if (held_ == nullptr || held_->block == nullptr || first >= end) return ByteReader();
  return ByteReader({held_->block.get() + (first - base_), static_cast<size_t>(end - first)});
}

void OrderedStream::OnSegment(const Segment& segment, StreamPosition at, StreamReader& reader,
                              uint32_t* held, StreamBuffers& buffers) {
  if (done_) return;
  const int64_t ahead = Ahead(segment.sequence);
  if (ahead > kFarthest || ahead < -kFarthest) return;
  const int64_t begin = static_cast<int64_t>(delivered_) + ahead;
  const int64_t end = begin + segment.length;
  if (end <= 0) return;
  ByteReader bytes = segment.payload.Sub(0, segment.length);
  const int64_t captured_end = begin + static_cast<int64_t>(bytes.size());
  const size_t cut = begin < 0 ? static_cast<size_t>(-begin) : 0;  // before the first byte
  const auto first = static_cast<uint64_t>(std::max<int64_t>(begin, 0));
  Call call{at, reader, held, buffers};
  Take(first, bytes.Sub(cut), call);
  if (captured_end < end && !done_) {
    TakeLost(static_cast<uint64_t>(std::max<int64_t>(captured_end, 0)), static_cast<uint64_t>(end),
             call);
  }
}

void OrderedStream::Take(uint64_t first, ByteReader bytes, Call& call) {
  while (!done_ && !bytes.empty()) {
    size_t taken = bytes.size();
    if (first < delivered_) {
      taken = static_cast<size_t>(std::min<uint64_t>(delivered_ - first, taken));
      CountDifferences(first, bytes.Sub(0, taken));
    } else if (first == delivered_ && held_ == nullptr) {
      Direct(bytes, call);
    } else if (first == delivered_) {
      taken = TakeNext(bytes, call);
    } else if (first + taken <= RoomEnd(call) && range_count() < kMostRanges) {
      Hold(first, bytes, call);
    } else {
      // No room: the oldest gap is given up.
      EndLoss(first, first + taken);
      Gap(range_count() > 0 ? std::min(held_->ranges[0].first, first) : first, call);
      if (!done_) DeliverRanges(call);
      continue;
    }
    bytes = bytes.Sub(taken);
    first += taken;
  }
}

// What was thought to be lost comes now, from `first` to `end`: it is not to be passed over.
void OrderedStream::EndLoss(uint64_t first, uint64_t end) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < range_count(); ++i) {
    Range range = held_->ranges[i];
    if (range.lost && range.first < first) {
      range.end = std::min(range.end, first);
    } else if (range.lost && range.first < end) {
      range.first = end;
    }
    if (range.first < range.end) held_->ranges[kept++] = range;
  }
  if (held_ != nullptr) held_->range_count = kept;
}

// Bytes that come next while others are held, as many as there is room for.
size_t OrderedStream::TakeNext(ByteReader bytes, Call& call) {
  // A reader that consumes little of a full room does not get a large segment byte by byte.
  constexpr uint64_t kLeastPart = kMostHeld / 4;
  const uint64_t room_end = RoomEnd(call);
  const uint64_t room = room_end > delivered_ ? room_end - delivered_ : 0;
  if (room >= std::min<uint64_t>(bytes.size(), base_ < delivered_ ? kLeastPart : 1)) {
    const auto count = static_cast<size_t>(std::min<uint64_t>(bytes.size(), room));
    EndLoss(delivered_, delivered_ + bytes.size());
    Hold(delivered_, bytes.Sub(0, count), call);
    DeliverRanges(call);
    return count;
  }
  if (base_ < delivered_) {
    Gap(delivered_, call);  // of what the reader did not consume
  } else {
    // The other direction holds everything, this one only knows of gaps to come.
    held_->range_count = 0;
    MoveBase(base_, call);
  }
  return 0;
}

// Nothing is held: the bytes go on as they are.
void OrderedStream::Direct(ByteReader bytes, Call& call) {
  call.at.offset = delivered_;
  call.at.segment_start = true;
  const size_t consumed = call.reader.OnBytes(bytes, call.at);
  if (consumed == StreamReader::kDone) return Release(call.held, call.buffers);
  const ByteReader rest = bytes.Sub(consumed);
  delivered_ += bytes.size();
  base_ = delivered_ - rest.size();
  if (rest.empty()) return;
  if (delivered_ > RoomEnd(call)) {
    call.at.offset = base_;
    if (!call.reader.OnGap(rest, 0, call.at)) return Release(call.held, call.buffers);
    base_ = delivered_;
    return;
  }
  held_ = call.buffers.Take();
  held_->end = delivered_;
  call.buffers.Grow(*held_, rest.size(), 0);
  Write(base_, rest);
  *call.held += static_cast<uint32_t>(rest.size());
}

// Where what this direction may hold ends.
uint64_t OrderedStream::RoomEnd(const Call& call) const {
  const uint64_t others = *call.held - (held_end() - base_);
  return base_ + (kMostHeld - others);
}

// Bytes that are held already stay as they are.
void OrderedStream::Hold(uint64_t first, ByteReader bytes, Call& call) {
  if (held_ == nullptr) {
    held_ = call.buffers.Take();
    held_->end = base_;
  }
  const uint64_t end = first + bytes.size();
  if (end > held_->end) {
    call.buffers.Grow(*held_, static_cast<size_t>(end - base_),
                      static_cast<size_t>(held_->end - base_));
    *call.held += static_cast<uint32_t>(end - held_->end);
    held_->end = end;
  }
  uint64_t at = first;
  for (uint32_t i = 0; i < held_->range_count && at < end; ++i) {
    const Range& range = held_->ranges[i];
    if (range.lost || range.end <= at || range.first >= end) continue;
    if (range.first > at) Write(at, bytes.Sub(at - first, range.first - at));
    const uint64_t from = std::max(at, range.first), to = std::min(end, range.end);
    CountDifferences(from, bytes.Sub(from - first, to - from));
    at = to;
  }
  if (at < end) Write(at, bytes.Sub(at - first));
  InsertBytes({.first = first, .end = end, .lost = false});
}

void OrderedStream::Write(uint64_t first, ByteReader bytes) {
  if (bytes.empty()) return;
  std::memcpy(held_->block.get() + (first - base_), bytes.bytes().data(), bytes.size());
}

// Ranges that overlap become one; what was lost and came after all is there. Those that only touch
// stay apart while there are few, since each begins a segment.
void OrderedStream::InsertBytes(Range added) {
  const bool few = held_->range_count < HeldBytes::kMostRanges / 2;
  const auto joins = [&](const Range& range) {
    return few ? range.first < added.end && range.end > added.first
               : range.first <= added.end && range.end >= added.first;
  };
  std::array<Range, HeldBytes::kMostRanges + 2> before = held_->ranges;
  uint32_t count = 0;
  bool placed = false;
  const auto add = [&](const Range& range) {
    if (range.first < range.end && count < held_->ranges.size()) held_->ranges[count++] = range;
  };
  const auto place = [&] {
    if (!placed) add(added);
    placed = true;
  };
  for (uint32_t i = 0; i < held_->range_count; ++i) {
    const Range& range = before[i];
    if (!range.lost && joins(range)) {
      added.first = std::min(added.first, range.first);
      added.end = std::max(added.end, range.end);
    }
  }
  for (uint32_t i = 0; i < held_->range_count; ++i) {
    const Range& range = before[i];
    if (range.end <= added.first) {
      add(range);
    } else if (range.first >= added.end) {
      place();
      add(range);
    } else if (range.lost) {
      add({.first = range.first, .end = std::min(range.end, added.first), .lost = true});
      place();
      add({.first = std::max(range.first, added.end), .end = range.end, .lost = true});
    }
  }
  place();
  held_->range_count = count;
}

// Known to be missing: the part that lies before the next range, which is remembered if it can be.
void OrderedStream::TakeLost(uint64_t first, uint64_t end, Call& call) {
  first = std::max(first, delivered_);
  if (first >= end) return;
  if (first == delivered_ && range_count() == 0) return Gap(end, call);
  if (held_ == nullptr) {
    held_ = call.buffers.Take();
    held_->end = base_;
  }
  uint32_t place = 0;
  for (; place < held_->range_count && held_->ranges[place].first <= first; ++place) {
    first = std::max(first, held_->ranges[place].end);
  }
  if (place < held_->range_count) end = std::min(end, held_->ranges[place].first);
  if (first < end && held_->range_count < kMostRanges) {
    for (uint32_t i = held_->range_count++; i > place; --i) {
      held_->ranges[i] = held_->ranges[i - 1];
    }
    held_->ranges[place] = {.first = first, .end = end, .lost = true};
  }
  DeliverRanges(call);
}

void OrderedStream::DeliverRanges(Call& call) {
  while (!done_ && range_count() > 0 && held_->ranges[0].first <= delivered_) {
    const Range range = held_->ranges[0];
    --held_->range_count;
    std::copy_n(held_->ranges.begin() + 1, held_->range_count, held_->ranges.begin());
    if (range.end <= delivered_) continue;
    if (range.lost) {
      Gap(range.end, call);
      continue;
    }
    const bool segment_start = base_ == delivered_;
    delivered_ = range.end;
    OfferHeld(segment_start, call);
  }
  if (!done_) MoveBase(base_, call);
}

void OrderedStream::OfferHeld(bool segment_start, Call& call) {
  const ByteReader bytes = Held(base_, delivered_);
  call.at.offset = base_;
  call.at.segment_start = segment_start;
  const size_t consumed = call.reader.OnBytes(bytes, call.at);
  if (consumed == StreamReader::kDone) return Release(call.held, call.buffers);
  MoveBase(base_ + std::min(consumed, bytes.size()), call);
}

// What was delivered ends here; the stream goes on at `end`.
void OrderedStream::Gap(uint64_t end, Call& call) {
  call.at.offset = base_;
  call.at.segment_start = false;
  const uint64_t missing = end - delivered_;
  missing_ += missing;
  if (!call.reader.OnGap(Held(base_, delivered_), missing, call.at)) {
    return Release(call.held, call.buffers);
  }
  delivered_ = end;
  MoveBase(end, call);
}

// Bytes before `base` are not needed any more.
void OrderedStream::MoveBase(uint64_t base, Call& call) {
  if (held_ == nullptr) {
    base_ = base;
    return;
  }
  const uint64_t gone = std::min(base, held_->end) - base_;
  const auto left = static_cast<size_t>(held_->end - base_ - gone);
  if (gone > 0 && left > 0) {
    std::memmove(held_->block.get(), held_->block.get() + gone, left);
  }
  *call.held -= static_cast<uint32_t>(gone);
  base_ = base;
  held_->end = std::max(held_->end, base);
  if (left == 0 && held_->range_count == 0) call.buffers.Give(std::move(held_));
}

void OrderedStream::CountDifferences(uint64_t first, ByteReader bytes) {
  const uint64_t from = std::max(first, base_), to = std::min(first + bytes.size(), held_end());
  if (from >= to) return;
  const ByteReader mine = Held(from, to), theirs = bytes.Sub(from - first, to - from);
  for (size_t i = 0; i < mine.size(); ++i) differing_ += mine.U8(i) != theirs.U8(i) ? 1 : 0;
}

void OrderedStream::Offer(StreamPosition at, StreamReader& reader, uint32_t* held,
                          StreamBuffers& buffers) {
  if (done_ || base_ == delivered_) return;
  Call call{at, reader, held, buffers};
  OfferHeld(false, call);
}

void OrderedStream::Finish(StreamPosition at, StreamReader& reader, uint32_t* held,
                           StreamBuffers& buffers) {
  Call call{at, reader, held, buffers};
  while (!done_ && range_count() > 0) {
    if (held_->ranges[0].first > delivered_) Gap(held_->ranges[0].first, call);
    if (!done_) DeliverRanges(call);
  }
  if (!done_ && base_ < delivered_) Gap(delivered_, call);
  Release(held, buffers);
}

void OrderedStream::Release(uint32_t* held, StreamBuffers& buffers) {
  done_ = true;
  if (held_ == nullptr) return;
  *held -= static_cast<uint32_t>(held_->end - base_);
  buffers.Give(std::move(held_));
  base_ = delivered_;
}

}  // namespace tstat::internal
