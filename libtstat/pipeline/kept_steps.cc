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

void KeptSteps::Run(Lane* lane, EventQueue* events) const {
  size_t open = 0, segment = 0, datagram = 0, close = 0, announced = 0;
  for (size_t i = 0; i < places_.size(); ++i) {
    if (i + kAhead < places_.size()) {
      const Place& ahead = places_[i + kAhead];
      lane->Prefetch(ahead.is_tcp(), ahead.flow);
    }
    switch (places_[i].kind) {
      case Kind::kTcpOpen:
        events->BeginStep(opens_[open].order);
        lane->OnTcpOpen(opens_[open++]);
        break;
      case Kind::kTcpTurn:
        events->BeginStep(opens_[open].order);
        lane->OnTcpTurn(opens_[open++]);
        break;
      case Kind::kTcpSegment:
        events->BeginStep(segments_[segment].order);
        lane->OnTcpSegment(segments_[segment++]);
        break;
      case Kind::kTcpClose:
        events->BeginStep(closes_[close].order);
        lane->OnTcpClose(closes_[close++]);
        break;
      case Kind::kUdpOpen:
        events->BeginStep(opens_[open].order);
        lane->OnUdpOpen(opens_[open++]);
        break;
      case Kind::kUdpDatagram:
        events->BeginStep(datagrams_[datagram].order);
        lane->OnUdpDatagram(datagrams_[datagram++]);
        break;
      case Kind::kUdpClose:
        events->BeginStep(closes_[close].order);
        lane->OnUdpClose(closes_[close++]);
        break;
      case Kind::kUdpAnnounced:
        lane->OnUdpAnnounced(announced_[announced++]);
        break;
    }
  }
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
