// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/time_order.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "flow/clock_step.h"

namespace tstat::internal {

void TimeOrder::Begin() {
  has_newest_ = false;
  leap_ns_ = 0;
  moved_by_ns_ = 0;
}

void TimeOrder::Add(std::span<const Packet> packets) {
  lent_ = in_order_.size();
  late_is_lent_ = false;
  for (const Packet& packet : packets) AddOne(packet);
  ReleaseDue(Shifted(newest_, -options_.window_ns));
  while (waiting() > kMostPackets || copied_bytes_ > kMostBytes) ReleaseNext();
  Hand();
  Keep();
}

// A time of zero means "never" in flows; a packet may have it.
inline void TimeOrder::AddOne(const Packet& packet) {
  const Timestamp time = packet.time.is_set() ? packet.time : Timestamp::FromNanoseconds(1);
  if (has_newest_ && time < newest_) [[unlikely]] {
    if (newest_.nanoseconds() - time.nanoseconds() < options_.window_ns) {
      ++statistics_.overtaken;
      late_.push_back({packet, number_++, nullptr});
      late_.back().packet.time = time;
      std::push_heap(late_.begin(), late_.end(), Later());
      late_is_lent_ = true;
      return;
    }
    OnFallBack(time);
  } else if (has_newest_ && time.nanoseconds() - newest_.nanoseconds() >= options_.step_ns) {
    leapt_from_ = newest_;
    leap_ns_ = time.nanoseconds() - newest_.nanoseconds();
  }
  has_newest_ = true;
  newest_ = time;
  in_order_.push_back({packet, number_++, nullptr});
  in_order_.back().packet.time = time;
}

// From newest_ back to `time`, by the window or more.
void TimeOrder::OnFallBack(Timestamp time) {
  ReleaseDue(newest_);
  const int64_t by_ns = newest_.nanoseconds() - time.nanoseconds();
  if (by_ns < options_.step_ns || !options_.moves_times) return;
  const bool comes_back = leap_ns_ != 0 && time >= leapt_from_ && by_ns > leap_ns_ / 2;
  leap_ns_ = 0;
  if (comes_back) return;
  Hand();
  ++statistics_.steps;
  statistics_.longest_step_ns = std::max(statistics_.longest_step_ns, by_ns);
  moved_by_ns_ += by_ns;
}

bool TimeOrder::LateIsNext() const {
  if (late_.empty()) return false;
  return first_ == in_order_.size() || Later()(in_order_[first_], late_.front());
}

void TimeOrder::ReleaseDue(Timestamp until) {
  while (waiting() != 0 && Next().packet.time <= until) ReleaseNext();
}

void TimeOrder::ReleaseAll() {
  ReleaseDue(newest_);
  Hand();
  Keep();
}

void TimeOrder::ReleaseUntil(Timestamp now) {
  ReleaseDue(Shifted(now, -options_.window_ns));
  Hand();
  Keep();
}

inline void TimeOrder::ReleaseNext() {
  const bool late = LateIsNext();
  if (late) std::pop_heap(late_.begin(), late_.end(), Later());
  const Held& held = late ? late_.back() : in_order_[first_];
  Packet& packet = batch_[batch_size_];
  packet = held.packet;
  if (moved_by_ns_ != 0) [[unlikely]]
    packet.time = Shifted(packet.time, moved_by_ns_);
  batch_chunks_[batch_size_] = held.chunk;
  if (late) {
    late_.pop_back();
  } else {
    ++first_;
  }
  if (++batch_size_ == batch_.size()) Hand();
}

void TimeOrder::Hand() {
  if (batch_size_ == 0) return;
  const size_t size = std::exchange(batch_size_, 0);
  take_(std::span(batch_).first(size));
  for (size_t i = 0; i < size; ++i) {
    Chunk* const chunk = batch_chunks_[i];
    if (chunk == nullptr) continue;
    copied_bytes_ -= batch_[i].data.size();
    if (--chunk->waiting == 0 && chunk != chunk_) free_chunks_.push_back(chunk);
  }
}

// What waits on gets bytes of its own, and what was released gives its place.
void TimeOrder::Keep() {
  lent_ = std::max(lent_, first_);
  for (size_t i = lent_; i < in_order_.size(); ++i) Copy(&in_order_[i]);
  if (late_is_lent_) {
    for (Held& held : late_) Copy(&held);
  }
  if (first_ == in_order_.size()) {
    in_order_.clear();
  } else if (first_ > in_order_.size() / 2) {
    in_order_.erase(in_order_.begin(), in_order_.begin() + static_cast<ptrdiff_t>(first_));
  } else {
    lent_ = in_order_.size();
    return;
  }
  first_ = 0;
  lent_ = in_order_.size();
}

void TimeOrder::Copy(Held* held) {
  if (held->chunk != nullptr) return;
  std::span<const uint8_t>& data = held->packet.data;
  Chunk* const chunk = ChunkFor(data.size());
  uint8_t* const copy = chunk->bytes.get() + chunk->used;
  if (!data.empty()) std::memcpy(copy, data.data(), data.size());
  chunk->used += data.size();
  ++chunk->waiting;
  copied_bytes_ += data.size();
  data = {copy, data.size()};
  held->chunk = chunk;
}

TimeOrder::Chunk* TimeOrder::ChunkFor(size_t bytes) {
  if (chunk_ != nullptr && chunk_->waiting == 0) chunk_->used = 0;
  if (chunk_ != nullptr && chunk_->size - chunk_->used >= bytes) return chunk_;
  // Larger ones are rare, and have one of their own.
  if (chunk_ != nullptr && chunk_->waiting == 0) free_chunks_.push_back(chunk_);
  const auto fits = std::find_if(free_chunks_.rbegin(), free_chunks_.rend(),
                                 [bytes](const Chunk* c) { return c->size >= bytes; });
  if (fits != free_chunks_.rend()) {
    chunk_ = *fits;
    free_chunks_.erase(std::next(fits).base());
    chunk_->used = 0;
    return chunk_;
  }
  const size_t size = std::max(bytes, kChunkBytes);
  chunks_.push_back(std::make_unique<Chunk>());
  chunk_ = chunks_.back().get();
  chunk_->bytes = std::make_unique_for_overwrite<uint8_t[]>(size);
  chunk_->size = size;
  return chunk_;
}

}  // namespace tstat::internal
