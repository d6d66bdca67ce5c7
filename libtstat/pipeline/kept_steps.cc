// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/kept_steps.h"

#include <functional>
#include <optional>
#include <span>

namespace tstat::internal {
namespace {

// What `part` is of `whole`, of its copy; nothing when it is no part of it.
std::optional<ByteReader> PartOfCopy(ByteReader part, ByteReader whole, ByteReader copy) {
  const std::less_equal<> before;
  const uint8_t* const begin = part.bytes().data();
  const uint8_t* const whole_begin = whole.bytes().data();
  if (part.empty()) return ByteReader();
  if (!before(whole_begin, begin) || !before(begin + part.size(), whole_begin + whole.size())) {
    return std::nullopt;
  }
  return ByteReader(copy.bytes().subspan(static_cast<size_t>(begin - whole_begin), part.size()));
}

}  // namespace

void CopyBytes(Datagram* datagram, ByteArena* bytes) {
  const ByteReader captured = datagram->captured;
  datagram->captured = ByteReader(bytes->Copy(captured.bytes()));
  for (ByteReader Datagram::*const view : {&Datagram::ip, &Datagram::transport_bytes}) {
    const ByteReader part = datagram->*view;
    const std::optional<ByteReader> copy = PartOfCopy(part, captured, datagram->captured);
    datagram->*view = copy.has_value() ? *copy : ByteReader(bytes->Copy(part.bytes()));
  }
}

const Datagram* KeptPackets::Keep(const Datagram& datagram) {
  const size_t chunk = datagram_count_ / kChunkDatagrams;
  if (chunk == datagrams_.size()) {
    datagrams_.push_back(std::make_unique<Datagram[]>(kChunkDatagrams));
  }
  Datagram* const kept = &datagrams_[chunk][datagram_count_++ % kChunkDatagrams];
  *kept = datagram;
  CopyBytes(kept, &bytes_);
  return kept;
}

void KeptPackets::Clear() {
  bytes_.Clear();
  datagram_count_ = 0;
}

// Goes through the steps.
class KeptSteps::Reader {
 public:
  explicit Reader(const KeptSteps& steps) : steps_(steps) {}

  bool done() const { return at_ == steps_.places_.size(); }
  // That causes the next one.
  uint64_t packet() const { return steps_.places_[at_].packet; }
  inline void RunNext(Lane* lane, EventQueue* events);

 private:
  const KeptSteps& steps_;
  size_t at_ = 0;
  size_t open_ = 0, segment_ = 0, datagram_ = 0, close_ = 0, announced_ = 0;
};

// What the lane reads of a packet that comes soon.
template <typename Step>
inline void PrefetchDatagram(const std::vector<Step>& steps, size_t at) {
  if (at >= steps.size()) return;
  const char* const datagram = reinterpret_cast<const char*>(steps[at].datagram);
  for (size_t line = 0; line < sizeof(Datagram); line += 64) __builtin_prefetch(datagram + line);
}

inline void KeptSteps::Reader::RunNext(Lane* lane, EventQueue* events) {
  if (at_ + kAhead < steps_.places_.size()) {
    const Place& ahead = steps_.places_[at_ + kAhead];
    lane->Prefetch(ahead.is_tcp(), ahead.flow);
  }
  const Kind kind = steps_.places_[at_++].kind;
  if (kind == Kind::kTcpSegment) [[likely]] {
    PrefetchDatagram(steps_.segments_, segment_ + kDatagramsAhead);
    const TcpSegmentStep& step = steps_.segments_[segment_++];
    events->BeginStep(step.order);
    lane->OnTcpSegment(step);
    return;
  }
  switch (kind) {
    case Kind::kTcpOpen:
      events->BeginStep(steps_.opens_[open_].order);
      lane->OnTcpOpen(steps_.opens_[open_++]);
      break;
    case Kind::kTcpTurn:
      events->BeginStep(steps_.opens_[open_].order);
      lane->OnTcpTurn(steps_.opens_[open_++]);
      break;
    case Kind::kTcpSegment:
      break;
    case Kind::kTcpClose:
      events->BeginStep(steps_.closes_[close_].order);
      lane->OnTcpClose(steps_.closes_[close_++]);
      break;
    case Kind::kUdpOpen:
      events->BeginStep(steps_.opens_[open_].order);
      lane->OnUdpOpen(steps_.opens_[open_++]);
      break;
    case Kind::kUdpDatagram:
      PrefetchDatagram(steps_.datagrams_, datagram_ + kDatagramsAhead);
      events->BeginStep(steps_.datagrams_[datagram_].order);
      lane->OnUdpDatagram(steps_.datagrams_[datagram_++]);
      break;
    case Kind::kUdpClose:
      events->BeginStep(steps_.closes_[close_].order);
      lane->OnUdpClose(steps_.closes_[close_++]);
      break;
    case Kind::kUdpAnnounced:
      lane->OnUdpAnnounced(steps_.announced_[announced_++]);
      break;
  }
}

void KeptSteps::RunBoth(const KeptSteps& of_lane, const KeptSteps& in_turn, Lane* lane,
                        EventQueue* events) {
  Reader first(of_lane), then(in_turn);
  while (!then.done()) {
    while (!first.done() && first.packet() <= then.packet()) first.RunNext(lane, events);
    then.RunNext(lane, events);
  }
  while (!first.done()) first.RunNext(lane, events);
}

void KeptSteps::Clear() {
  places_.clear();
  opens_.clear();
  segments_.clear();
  datagrams_.clear();
  closes_.clear();
  announced_.clear();
}

}  // namespace tstat::internal
