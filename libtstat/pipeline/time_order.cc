// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/time_order.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "flow/clock_step.h"

namespace tstat::internal {
namespace {

// Of times that packets may have, any number of differences may come together.
constexpr int64_t Sum(int64_t a, int64_t b) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(std::clamp<__int128>(static_cast<__int128>(a) + b, -kMost, kMost));
}

}  // namespace

void TimeOrder::Begin() {
  has_newest_ = false;
  in_doubt_ = false;
  leap_ns_ = fall_ns_ = moved_by_ns_ = 0;
}

void TimeOrder::Add(std::span<const Packet> packets, bool keeps_bytes) {
  adds_kept_ = keeps_bytes;
  lent_ = in_order_.size();
  late_is_lent_ = false;
  for (const Packet& packet : packets) AddOne(packet);
  ReleaseDue(Shifted(in_doubt_ ? leapt_from_ : newest_, -options_.window_ns));
  while (waiting() > most_packets_ || held_bytes_ > options_.most_bytes) ReleaseNext();
  Hand();
  Keep();
}

// A time of zero means "never" in flows; a packet may have it.
inline void TimeOrder::AddOne(const Packet& packet) {
  const Timestamp time = packet.time.is_set() ? packet.time : Timestamp::FromNanoseconds(1);
  if (has_newest_) {
    const int64_t ahead_ns = time.nanoseconds() - newest_.nanoseconds();
    if (ahead_ns < 0 || ahead_ns >= options_.step_ns) [[unlikely]] {
      if (ahead_ns <= -options_.window_ns) OnFallBack(time);
      OnLeap(time);
      if (time < newest_) return AddLate(packet, time);
    }
  }
  has_newest_ = true;
  newest_ = time;
  in_order_.push_back({packet, number_++, nullptr});
  in_order_.back().packet.time = time;
  if (in_doubt_) [[unlikely]]
    LimitDoubt();
}

void TimeOrder::AddLate(const Packet& packet, Timestamp time) {
  ++statistics_.overtaken;
  Held held = {packet, number_++, nullptr};
  held.packet.time = time;
  if (in_doubt_) {
    // Of those that are in doubt, which are few and may get another time.
    const size_t doubtful =
        std::min(static_cast<size_t>(held.number - leap_number_), in_order_.size() - first_);
    const auto place =
        std::upper_bound(in_order_.end() - static_cast<ptrdiff_t>(doubtful), in_order_.end(), time,
                         [](Timestamp t, const Held& other) { return t < other.packet.time; });
    lent_ = std::min(lent_, static_cast<size_t>(place - in_order_.begin()));
    in_order_.insert(place, held);
    LimitDoubt();
    return;
  }
  late_.push_back(held);
  std::push_heap(late_.begin(), late_.end(), Later());
  late_is_lent_ = true;
}

void TimeOrder::LimitDoubt() {
  if (number_ - leap_number_ > kMostWrong) in_doubt_ = false;
}

// From newest_ back to `time`, by the window or more. After that newest_ is `time`, or what the
// clock came back to.
void TimeOrder::OnFallBack(Timestamp time) {
  int64_t by_ns = newest_.nanoseconds() - time.nanoseconds();
  bool comes_back = options_.moves_times && ComesBack(time, by_ns);
  if (comes_back && in_doubt_) {
    if (by_ns >= options_.step_ns) CountStep(by_ns);
    UndoLeap();
    by_ns = newest_.nanoseconds() - time.nanoseconds();
    if (by_ns < options_.window_ns) return;
    comes_back = false;
  }
  ReleaseDue(newest_);
  in_doubt_ = false;
  if (by_ns >= options_.step_ns && options_.moves_times) {
    leap_ns_ = 0;
    if (!comes_back) MoveTimes(by_ns);
  }
  newest_ = time;
}

bool TimeOrder::ComesBack(Timestamp time, int64_t by_ns) const {
  if (leap_ns_ == 0) return false;
  const bool is_there = time >= Shifted(leapt_from_, -options_.window_ns);
  if (!in_doubt_) {
    return is_there && leap_ns_ >= kLongNs && by_ns > leap_ns_ / 2 &&
           by_ns - leap_ns_ < leap_ns_ / 2;
  }
  const int64_t leap_ns = newest_.nanoseconds() - leapt_from_.nanoseconds();
  // From the future into the past: the next packet has a wrong time, too.
  return is_there ? by_ns > leap_ns / 2 : leap_ns_ >= kLongNs && by_ns / 2 < leap_ns;
}

// What waits since the leap has the time of the packet before it.
void TimeOrder::UndoLeap() {
  for (size_t i = in_order_.size(); i > first_ && in_order_[i - 1].number >= leap_number_; --i) {
    in_order_[i - 1].packet.time = leapt_from_;
  }
  newest_ = leapt_from_;
  leap_ns_ = 0;
  in_doubt_ = false;
}

void TimeOrder::MoveTimes(int64_t by_ns) {
  CountStep(by_ns);
  // Packets with wrong times may follow each other.
  const bool goes_on = fall_ns_ != 0 && number_ - fall_number_ < kMostWrong;
  if (!goes_on) {
    fell_from_ = newest_;
    fall_number_ = number_;
  }
  fall_ns_ = Sum(by_ns, goes_on ? fall_ns_ : 0);
  moved_by_ns_ = Sum(moved_by_ns_, by_ns);
}

bool TimeOrder::IsRecovered(Timestamp time) const {
  if (fall_ns_ == 0 || time < Shifted(fell_from_, -options_.window_ns)) return false;
  const uint64_t packets = number_ - fall_number_;
  const int64_t leap_ns = time.nanoseconds() - newest_.nanoseconds();
  if (leap_ns <= fall_ns_ - options_.window_ns) return false;
  // A single one is probably wrong, however long nothing came after it.
  return packets == 1 ||
         ((packets <= kMostWrong || fall_ns_ >= kLongNs) && leap_ns - fall_ns_ < fall_ns_ / 2);
}

// From newest_ to `time`, if that is a step or more.
void TimeOrder::OnLeap(Timestamp time) {
  if (!options_.moves_times || time.nanoseconds() - newest_.nanoseconds() < options_.step_ns) {
    return;
  }
  if (IsRecovered(time)) {
    ReleaseDue(newest_);
    moved_by_ns_ = Sum(moved_by_ns_, -fall_ns_);
    newest_ = fell_from_;
    fall_ns_ = leap_ns_ = 0;
    in_doubt_ = false;
  }
  const int64_t leap_ns = time.nanoseconds() - newest_.nanoseconds();
  // A smaller one says nothing of the one before.
  if (leap_ns < options_.step_ns || (in_doubt_ && leap_ns < leap_ns_)) return;
  in_doubt_ = true;
  leapt_from_ = newest_;
  leap_ns_ = leap_ns;
  leap_number_ = number_;
}

void TimeOrder::CountStep(int64_t by_ns) {
  ++statistics_.steps;
  statistics_.longest_step_ns = std::max(statistics_.longest_step_ns, by_ns);
}

bool TimeOrder::LateIsNext() const {
  if (late_.empty()) return false;
  return first_ == in_order_.size() || Later()(in_order_[first_], late_.front());
}

void TimeOrder::ReleaseDue(Timestamp until) {
  while (waiting() != 0 && Next().packet.time <= until) ReleaseNext();
}

void TimeOrder::ReleaseAll() {
  in_doubt_ = false;
  ReleaseDue(newest_);
  Hand();
  Keep();
}

void TimeOrder::ReleaseUntil(Timestamp now) {
  const Timestamp until = Shifted(now, -options_.window_ns);
  if (in_doubt_ && until >= Shifted(leapt_from_, leap_ns_)) in_doubt_ = false;
  ReleaseDue(until);
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
  if (held.chunk != nullptr) held_bytes_ -= packet.data.size();
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
  const bool keeps_bytes =
      std::all_of(batch_chunks_.begin(), batch_chunks_.begin() + size, [this](const Chunk* chunk) {
        return chunk == &in_place_ || (chunk == nullptr && adds_kept_);
      });
  take_(std::span(batch_).first(size), keeps_bytes);
  for (size_t i = 0; i < size; ++i) {
    Chunk* const chunk = batch_chunks_[i];
    if (chunk == nullptr) continue;
    if (--chunk->waiting == 0 && chunk != chunk_) free_chunks_.push_back(chunk);
  }
}

// What waits on gets bytes that stay, and what was released gives its place.
void TimeOrder::Keep() {
  lent_ = std::max(lent_, first_);
  for (size_t i = lent_; i < in_order_.size(); ++i) Hold(&in_order_[i]);
  if (late_is_lent_) {
    for (Held& held : late_) Hold(&held);
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

inline void TimeOrder::Hold(Held* held) {
  if (held->chunk != nullptr) return;
  std::span<const uint8_t>& data = held->packet.data;
  if (!adds_kept_) data = {Copy(data), data.size()};
  held->chunk = adds_kept_ ? &in_place_ : chunk_;
  ++held->chunk->waiting;
  held_bytes_ += data.size();
}

// Into chunk_.
inline uint8_t* TimeOrder::Copy(std::span<const uint8_t> data) {
  const bool fits =
      chunk_ != nullptr && chunk_->waiting != 0 && chunk_->size - chunk_->used >= data.size();
  if (!fits) ChunkFor(data.size());
  uint8_t* const copy = chunk_->bytes.get() + chunk_->used;
  if (!data.empty()) std::memcpy(copy, data.data(), data.size());
  chunk_->used += data.size();
  return copy;
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
