// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/kept_steps.h"

#include <algorithm>
#include <cstring>
#include <functional>
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

uint8_t* KeptPackets::Reserve(size_t count) {
  while (chunk_ < chunks_.size() && chunks_[chunk_].size - used_ < count) {
    ++chunk_;
    used_ = 0;
  }
  if (chunk_ == chunks_.size()) {
    const size_t size = std::max(count, kChunkBytes);
    chunks_.push_back({std::make_unique_for_overwrite<uint8_t[]>(size), size});
  }
  uint8_t* const at = chunks_[chunk_].bytes.get() + used_;
  used_ += count;
  bytes_ += count;
  return at;
}

ByteReader KeptPackets::Copy(ByteReader reader) {
  if (reader.empty()) return ByteReader();
  uint8_t* const at = Reserve(reader.size());
  std::memcpy(at, reader.bytes().data(), reader.size());
  return ByteReader(std::span<const uint8_t>(at, reader.size()));
}

const Datagram* KeptPackets::Keep(const Datagram& datagram) {
  const size_t chunk = datagram_count_ / kChunkDatagrams;
  if (chunk == datagrams_.size()) {
    datagrams_.push_back(std::make_unique<Datagram[]>(kChunkDatagrams));
  }
  Datagram* const kept = &datagrams_[chunk][datagram_count_++ % kChunkDatagrams];
  *kept = datagram;
  kept->captured = Copy(datagram.captured);
  for (ByteReader Datagram::*const view : {&Datagram::ip, &Datagram::transport_bytes}) {
    const ByteReader part = datagram.*view;
    const std::optional<ByteReader> copy = PartOfCopy(part, datagram.captured, kept->captured);
    kept->*view = copy.has_value() ? *copy : Copy(part);
  }
  return kept;
}

void KeptPackets::Clear() {
  // Of a burst of large packets, not all is kept for ever.
  constexpr size_t kMostChunks = 16;
  if (chunks_.size() > kMostChunks) chunks_.resize(kMostChunks);
  chunk_ = used_ = bytes_ = 0;
  datagram_count_ = 0;
}

void KeptSteps::Run(Lane* lane, EventQueue* events) const {
  size_t open = 0, segment = 0, datagram = 0, close = 0;
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
    }
  }
}

void KeptSteps::Clear() {
  places_.clear();
  opens_.clear();
  segments_.clear();
  datagrams_.clear();
  closes_.clear();
}

}  // namespace tstat::internal
