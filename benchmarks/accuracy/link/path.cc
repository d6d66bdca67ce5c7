// SPDX-License-Identifier: BSD-3-Clause
#include "benchmarks/accuracy/link/path.h"

#include <utility>

namespace accuracy {
namespace {

Direction Opposite(Direction direction) {
  return direction == Direction::kToServer ? Direction::kToClient : Direction::kToServer;
}

}  // namespace

Path::Path(const PathOptions& options, PathObserver& observer) : observer_(observer) {
  Random seeds(options.seed);
  for (const auto& hop : options.hops) {
    for (const HopOptions& direction : hop) hops_.emplace_back(direction, seeds.Next());
  }
}

Place Path::PlaceOf(Direction direction, int stage) const {
  return static_cast<Place>(direction == Direction::kToServer ? stage : kPlaces - 1 - stage);
}

void Path::Enter(Direction direction, std::vector<uint8_t> bytes, size_t segment_size,
                 bool unfinished, Nanoseconds now) {
  if (begin_ == kNever) begin_ = now;
  const Place place = PlaceOf(direction, 0);
  const uint32_t frame = observer_.OnPlace(place, bytes, now);
  const auto headers = ReadHeaders(bytes);
  std::vector<std::vector<uint8_t>> segments;
  if (headers && headers->tcp && segment_size > 0 && headers->payload_length > segment_size) {
    segments = CutIntoSegments(bytes, *headers, segment_size);
  } else {
    if (headers && unfinished) FillChecksum(bytes, *headers);
    segments.push_back(std::move(bytes));
  }
  ++bursts_;
  for (std::vector<uint8_t>& segment : segments) {
    auto packet = std::make_unique<Packet>();
    packet->id = ++packets_;
    packet->burst = bursts_;
    packet->direction = direction;
    packet->bytes = std::move(segment);
    packet->entered = now;
    packet->passed[static_cast<int>(place)] = now;
    packet->frame[static_cast<int>(place)] = frame;
    PassHop(std::move(packet), 0, now);
  }
}

void Path::PassHop(Traveller packet, int stage, Nanoseconds now) {
  // The hop behind the n-th place of this direction.
  const int index = packet->direction == Direction::kToServer ? stage : kHops - 1 - stage;
  packet->hop = static_cast<HopName>(index);
  Hop& hop = hops_[2 * index + static_cast<int>(packet->direction)];
  const auto departures = hop.Pass(*packet, now, now - begin_);
  if (departures.empty()) {
    observer_.OnFate(*packet);
    if (packet->fate == Fate::kTooBig) AnswerTooBig(*packet, stage, hop.options().mtu, now);
    return;
  }
  Traveller copy;
  if (departures.size() > 1) {
    copy = std::make_unique<Packet>(*packet);
    copy->id = ++packets_;
    copy->copy_of = packet->id;
  }
  queue_.Add(departures[0].time, {std::move(packet), stage + 1});
  if (copy != nullptr) queue_.Add(departures[1].time, {std::move(copy), stage + 1});
}

void Path::AnswerTooBig(const Packet& packet, int stage, uint32_t mtu, Nanoseconds now) {
  auto message = TooBigMessage(packet.bytes, mtu);
  if (message.empty()) return;
  auto answer = std::make_unique<Packet>();
  answer->id = ++packets_;
  answer->burst = ++bursts_;
  answer->direction = Opposite(packet.direction);
  answer->bytes = std::move(message);
  answer->entered = now;
  // It comes from where the packet was, and has the way back before it.
  queue_.Add(now, {std::move(answer), kPlaces - 1 - stage});
}

void Path::Step(Nanoseconds now) {
  Arrival arrival = queue_.Take();
  Packet& packet = *arrival.packet;
  const Place place = PlaceOf(packet.direction, arrival.stage);
  packet.passed[static_cast<int>(place)] = now;
  packet.frame[static_cast<int>(place)] = observer_.OnPlace(place, packet.bytes, now);
  if (arrival.stage < kPlaces - 1) {
    PassHop(std::move(arrival.packet), arrival.stage, now);
    return;
  }
  packet.left = now;
  packet.fate = Fate::kDelivered;
  observer_.OnDelivery(packet);
  observer_.OnFate(packet);
}

}  // namespace accuracy
