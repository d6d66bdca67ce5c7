// SPDX-License-Identifier: BSD-3-Clause
#include "flow/fragment_table.h"

#include <algorithm>
#include <utility>

#include "decode/ipv6_headers.h"

namespace tstat::internal {
namespace {

// A first fragment whose IP payload is so long in all; not less than it has itself, whatever the
// last one says.
void ExtendPayload(uint32_t bytes, Datagram* d) {
  d->ip_payload_length = std::max(d->ip_payload_length, static_cast<int32_t>(bytes));
  d->ip_total_length =
      static_cast<uint32_t>(d->ip_header_length) + static_cast<uint32_t>(d->ip_payload_length);
}

}  // namespace

FragmentTable::Verdict FragmentTable::Take(Datagram* d, const PacketFlags& flags) {
  GiveUp(d->time);
  if (d->ip_protocol != ip_protocol::kTcp) return Verdict::kAsItIs;
  const Key key{d->source, d->destination, d->fragment_id};
  if (d->fragment_offset == 0) return TakeFirst(key, d, flags);
  return d->more_fragments ? Verdict::kAsItIs : TakeLast(key, *d);
}

FragmentTable::Verdict FragmentTable::TakeFirst(const Key& key, Datagram* d,
                                                const PacketFlags& flags) {
  if (d->transport != Transport::kTcp || d->truncated) return Verdict::kAsItIs;
  const auto it = waiting_.find(key);
  if (it != waiting_.end() && !it->second.first.has_value()) {
    const bool is_early = d->time.nanoseconds() - it->second.since.nanoseconds() <= kEarlyNs;
    if (is_early) ExtendPayload(it->second.payload_bytes, d);
    Forget(it);
    if (is_early) return Verdict::kAsItIs;
  }
  Waiting* const waiting = Wait(key, d->time);
  if (waiting == nullptr) return Verdict::kAsItIs;
  if (waiting->first.has_value()) held_bytes_ -= waiting->first->bytes.size();
  Held& held = waiting->first.emplace();
  held.flags = flags;
  held.datagram = *d;
  const auto bytes = d->ip.Sub(0, kMostBytes).bytes();
  held.bytes.assign(bytes.begin(), bytes.end());
  held_bytes_ += held.bytes.size();
  return Verdict::kHeld;
}

FragmentTable::Verdict FragmentTable::TakeLast(const Key& key, const Datagram& d) {
  constexpr uint32_t kUnit = 8;
  const uint32_t bytes = d.fragment_offset * kUnit + static_cast<uint32_t>(d.ip_payload_length);
  const auto it = waiting_.find(key);
  if (it == waiting_.end() || !it->second.first.has_value()) {
    if (Waiting* const waiting = Wait(key, d.time); waiting != nullptr) {
      waiting->payload_bytes = bytes;
    }
    return Verdict::kAsItIs;
  }
  segment_ = *std::move(it->second.first);
  held_bytes_ -= segment_.bytes.size();
  it->second.first.reset();
  Forget(it);
  Datagram& whole = segment_.datagram;
  const auto transport_at = static_cast<size_t>(whole.ip_header_length);
  whole.time = d.time;
  whole.ip = whole.captured = ByteReader(segment_.bytes);
  whole.transport_bytes = whole.ip.Sub(transport_at);
  ExtendPayload(bytes, &whole);
  return Verdict::kCompletes;
}

FragmentTable::Waiting* FragmentTable::Wait(const Key& key, Timestamp now) {
  if (const auto it = waiting_.find(key); it != waiting_.end()) return &it->second;
  const auto of_source = of_source_.try_emplace(key.source, 0).first;
  if (waiting_.size() >= most_ || of_source->second >= kMostOfSource ||
      held_bytes_ + kMostBytes > most_bytes_) {
    ++refused_;
    if (of_source->second == 0) of_source_.erase(of_source);
    return nullptr;
  }
  ++of_source->second;
  Waiting& waiting = waiting_[key];
  waiting.since = now;
  waiting.number = ++numbers_;
  due_.push_back({now, waiting.number, key});
  return &waiting;
}

void FragmentTable::Forget(Table::iterator it) {
  if (const auto of_source = of_source_.find(it->first.source); --of_source->second == 0) {
    of_source_.erase(of_source);
  }
  if (it->second.first.has_value()) held_bytes_ -= it->second.first->bytes.size();
  waiting_.erase(it);
}

void FragmentTable::GiveUpAll() {
  for (const auto& [key, waiting] : waiting_) {
    if (waiting.first.has_value()) ++incomplete_;
  }
  waiting_.clear();
  of_source_.clear();
  due_.clear();
  held_bytes_ = 0;
}

// A clock that was set back makes them wait longer, but no more of them.
void FragmentTable::GiveUp(Timestamp now) {
  const auto is_waiting = [this](const Due& due) {
    const auto it = waiting_.find(due.key);
    return it != waiting_.end() && it->second.number == due.number;
  };
  while (!due_.empty() && now.nanoseconds() - due_.front().since.nanoseconds() > kWaitNs) {
    if (is_waiting(due_.front())) {
      const auto it = waiting_.find(due_.front().key);
      if (it->second.first.has_value()) ++incomplete_;
      Forget(it);
    }
    due_.pop_front();
  }
  // Most are not there any more.
  if (due_.size() > 2 * most_) std::erase_if(due_, [&](const Due& d) { return !is_waiting(d); });
}

}  // namespace tstat::internal
