// SPDX-License-Identifier: BSD-3-Clause
#include "benchmarks/accuracy/link/hop.h"

#include <algorithm>
#include <cmath>

namespace accuracy {
namespace {

constexpr double kSecond = 1e9;

bool IsBefore(uint32_t a, uint32_t b) { return static_cast<int32_t>(a - b) < 0; }

bool Contains(const std::vector<Interval>& intervals, Nanoseconds time, Nanoseconds* delay) {
  for (const Interval& interval : intervals) {
    if (time < interval.begin || time >= interval.end) continue;
    *delay = interval.delay;
    return true;
  }
  return false;
}

}  // namespace

bool Hop::Matches(FlowState& flow, LossRule::Kind kind, int* times) {
  const uint64_t number = ++flow.counts[static_cast<int>(kind)];
  for (const LossRule& rule : options_.lose) {
    if (rule.kind != kind || number < rule.first || number > rule.last) continue;
    *times = rule.times;
    return true;
  }
  return false;
}

bool Hop::IsLostAgain(FlowState& flow, const Headers& headers, bool is_new) {
  const uint32_t begin = headers.sequence;
  const uint32_t end = begin + static_cast<uint32_t>(headers.payload_length);
  if (is_new) {
    int times = 1;
    if (!Matches(flow, LossRule::Kind::kData, &times)) return false;
    flow.again.push_back({begin, end, times - 1});
    return true;
  }
  for (FlowState::Lost& lost : flow.again) {
    if (lost.times == 0 || !IsBefore(begin, lost.end) || !IsBefore(lost.begin, end)) continue;
    --lost.times;
    return true;
  }
  return false;
}

bool Hop::IsLostByRule(const Headers& headers) {
  FlowState& flow = flows_[headers.flow];
  int times = 1;
  bool lost = false;
  if (!headers.tcp) return Matches(flow, LossRule::Kind::kData, &times);
  if ((headers.flags & Headers::kSyn) != 0) {
    lost = Matches(flow, LossRule::Kind::kSyn, &times);
  } else if (headers.payload_length > 0) {
    const uint32_t end = headers.sequence + static_cast<uint32_t>(headers.payload_length);
    const bool is_new = !flow.has_sequence || IsBefore(flow.next_sequence, end);
    if (is_new) flow.next_sequence = end;
    flow.has_sequence = true;
    lost = Matches(flow, LossRule::Kind::kSegment, &times);
    lost |= IsLostAgain(flow, headers, is_new);
  } else if ((headers.flags & (Headers::kFin | Headers::kRst)) == 0) {
    lost = Matches(flow, LossRule::Kind::kAck, &times);
  }
  if ((headers.flags & Headers::kFin) != 0) lost |= Matches(flow, LossRule::Kind::kFin, &times);
  return lost;
}

Fate Hop::LossOf(const Packet& packet, Nanoseconds since_begin) {
  if (packet.bytes.size() > options_.mtu) return Fate::kTooBig;
  // Every number is drawn and every packet counted, whatever else happens to it.
  const auto headers = ReadHeaders(packet.bytes);
  const bool by_rule = headers && !options_.lose.empty() && IsLostByRule(*headers);
  in_burst_ =
      in_burst_ ? !random_.Happens(options_.burst_end) : random_.Happens(options_.burst_begin);
  const bool in_burst = random_.Happens(options_.burst_loss) && in_burst_;
  const bool at_random = random_.Happens(options_.loss);
  Nanoseconds unused = 0;
  if (Contains(options_.outages, since_begin, &unused)) return Fate::kLostInOutage;
  if (by_rule) return Fate::kLostByRule;
  if (in_burst) return Fate::kLostInBurst;
  return at_random ? Fate::kLostAtRandom : Fate::kOnTheWay;
}

std::vector<Hop::Departure> Hop::Pass(Packet& packet, Nanoseconds now, Nanoseconds since_begin) {
  packet.fate = LossOf(packet, since_begin);
  if (packet.fate != Fate::kOnTheWay) return {};

  Nanoseconds sent = now;
  if (options_.bytes_per_second > 0) {
    const auto size = static_cast<double>(packet.bytes.size());
    const Nanoseconds begin = std::max(now, free_at_);
    const double waiting = static_cast<double>(begin - now) / kSecond * options_.bytes_per_second;
    if (waiting + size > static_cast<double>(options_.queue)) {
      packet.fate = Fate::kLostInQueue;
      return {};
    }
    if (waiting > static_cast<double>(options_.mark_above)) {
      packet.marked |= MarkCongestion(packet.bytes);
    }
    free_at_ = begin + std::llround(size / options_.bytes_per_second * kSecond);
    sent = free_at_;
  }

  Nanoseconds spike = 0;
  Contains(options_.spikes, since_begin, &spike);
  const double jitter = random_.Uniform() * static_cast<double>(options_.jitter);
  Nanoseconds departure = sent + options_.delay + spike + static_cast<Nanoseconds>(jitter);
  if (random_.Happens(options_.reorder)) {
    packet.held = true;
    departure += options_.reorder_by;
  } else if (!options_.jitter_reorders) {
    departure = last_departure_ = std::max(departure, last_departure_);
  }
  std::vector<Departure> departures = {{departure, false}};
  if (random_.Happens(options_.duplicate)) {
    departures.push_back({departure + options_.duplicate_after, true});
  }
  return departures;
}

}  // namespace accuracy
