// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/kept_events.h"

#include <functional>
#include <span>

namespace tstat::internal {
namespace {

bool IsPartOf(std::span<const uint8_t> part, std::span<const uint8_t> whole) {
  const std::less_equal<> before;
  return before(whole.data(), part.data()) &&
         before(part.data() + part.size(), whole.data() + whole.size());
}

void Tell(const TcpFlow& e, EventSink* sinks, OrderedFeed*) { sinks->OnTcpFlow(e); }
void Tell(const UdpFlow& e, EventSink* sinks, OrderedFeed*) { sinks->OnUdpFlow(e); }
void Tell(const OwnedHttpMessage& e, EventSink* sinks, OrderedFeed*) {
  sinks->OnHttpMessage(e.message());
}
void Tell(const VideoFlow& e, EventSink* sinks, OrderedFeed*) { sinks->OnVideoFlow(e); }
void Tell(const ChatFlow& e, EventSink* sinks, OrderedFeed*) { sinks->OnChatFlow(e); }
void Tell(const ChatMessage& e, EventSink* sinks, OrderedFeed*) { sinks->OnChatMessage(e); }
void Tell(const TlsHandshake& e, EventSink* sinks, OrderedFeed*) { sinks->OnTlsHandshake(e); }
void Tell(const DnsResolution& e, EventSink* sinks, OrderedFeed*) { sinks->OnDnsResolution(e); }
void Tell(const MediaFlow& e, EventSink* sinks, OrderedFeed*) { sinks->OnMediaFlow(e); }
void Tell(const SkypeFlow& e, EventSink* sinks, OrderedFeed*) { sinks->OnSkypeFlow(e); }
void Tell(const TcpPeriod& e, EventSink* sinks, OrderedFeed*) { sinks->OnTcpPeriod(e); }
void Tell(const UdpPeriod& e, EventSink* sinks, OrderedFeed*) { sinks->OnUdpPeriod(e); }
void Tell(const DnsEntry& e, EventSink* sinks, OrderedFeed*) { sinks->OnDnsEntry(e); }
void Tell(const OwnedFlowPacket& e, EventSink* sinks, OrderedFeed*) {
  sinks->OnFlowPacket(e.packet());
}
void Tell(const KeptTcpData& e, EventSink*, OrderedFeed* feed) {
  feed->OnTcpData(e.received, e.missed);
}
void Tell(const KeptChatChange& e, EventSink*, OrderedFeed* feed) {
  feed->OnChatChange(e.protocol, e.change, e.time);
}

}  // namespace

OwnedFlowPacket::OwnedFlowPacket(const FlowPacket& packet) : packet_(packet) {
  const std::span<const uint8_t> bytes = packet.bytes, transport = packet.transport;
  const bool is_part = IsPartOf(transport, bytes);
  bytes_.reserve(bytes.size() + (is_part ? 0 : transport.size()));
  bytes_.assign(bytes.begin(), bytes.end());
  if (!is_part) bytes_.insert(bytes_.end(), transport.begin(), transport.end());
  const std::span<const uint8_t> all = bytes_;
  const size_t at = is_part ? static_cast<size_t>(transport.data() - bytes.data()) : bytes.size();
  packet_.bytes = all.first(bytes.size());
  packet_.transport = all.subspan(at, transport.size());
  if (packet.endpoints != nullptr) {
    endpoints_ = std::make_unique<const Endpoints>(*packet.endpoints);
    packet_.endpoints = endpoints_.get();
  }
  if (packet.tcp.has_value()) {
    verdicts_.assign(packet.tcp->verdicts.begin(), packet.tcp->verdicts.end());
    packet_.tcp->verdicts = verdicts_;
  }
}

void KeptEvents::Clear() {
  order_.clear();
  std::apply([](auto&... of_kind) { (of_kind.clear(), ...); }, events_);
}

void KeptEvents::Teller::TellNext(EventSink* sinks, OrderedFeed* feed) {
  const Place& place = events_->order_[next_++];
  const auto tell_if = [&](const auto& of_kind, size_t kind) {
    if (kind == place.kind) Tell(of_kind[place.index], sinks, feed);
  };
  std::apply(
      [&](const auto&... of_kind) {
        size_t kind = 0;
        (tell_if(of_kind, kind++), ...);
      },
      events_->events_);
}

}  // namespace tstat::internal
