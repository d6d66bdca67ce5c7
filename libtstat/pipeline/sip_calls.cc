// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/sip_calls.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "flow/memory_plan.h"
#include "l7/sip/sip_message.h"
#include "l7/stream/ordered_stream.h"

namespace tstat::internal {

class SipCalls::Flow final : public StreamReader {
 public:
  explicit Flow(AnnouncedCalls* calls) : calls_(calls) {}

  void OnSegment(const TcpSegmentStep& step, StreamBuffers& buffers) {
    const TcpHeader& h = step.header;
    OrderedStream& stream = streams_[static_cast<size_t>(Index(step.direction))];
    const bool syn = (h.flags & tcp_flags::kSyn) != 0;
    const uint32_t first = h.sequence + (syn ? 1 : 0);
    if (!stream.started() && (syn || h.payload_length > 0)) stream.Start(first);
    if (h.payload_length <= 0 || stream.done()) return;
    const auto length = static_cast<uint32_t>(h.payload_length);
    StreamPosition at;
    at.direction = step.direction;
    at.time = step.datagram->time;
    at.order = step.order;
    stream.OnSegment({.sequence = first,
                      .payload = TcpPayload(*step.datagram, h).Sub(0, length),
                      .length = length},
                     at, *this, &held_, buffers);
  }

  void Release(StreamBuffers& buffers) {
    for (OrderedStream& stream : streams_) stream.Release(&held_, buffers);
  }

  size_t OnBytes(ByteReader bytes, const StreamPosition& at) override {
    const std::string_view text = bytes.Text();
    size_t taken = 0;
    while (true) {
      // Between messages: what keeps a connection open (RFC 5626, 3.5.1).
      taken = std::min(text.find_first_not_of("\r\n", taken), text.size());
      const std::string_view rest = text.substr(taken);
      if (rest.size() < kShortest) return taken;
      if (!StartsSip(rest)) return kDone;
      const std::optional<SipMessage> message = ReadSip(rest, /*in_stream=*/true);
      if (!message) return taken;
      calls_->OnMessage(*message, {.time = at.time});
      taken += message->bytes;
    }
  }
  // Of a message that is too long, or was cut, the beginning is there.
  bool OnGap(ByteReader rest, uint64_t, const StreamPosition& at) override {
    if (const auto message = ReadSip(rest.Text())) calls_->OnMessage(*message, {.time = at.time});
    return false;
  }

 private:
  static constexpr size_t kShortest = 24;  // of what tells that it is SIP

  AnnouncedCalls* calls_;
  std::array<OrderedStream, 2> streams_;
  uint32_t held_ = 0;
};

SipCalls::SipCalls(uint64_t bytes)
    : calls_(
          MemoryPlan::Entries(bytes / 2, AnnouncedCalls::kEndpointBytes,
                              AnnouncedCalls::kMostEndpoints),
          MemoryPlan::Entries(bytes / 2, AnnouncedCalls::kFlowBytes, AnnouncedCalls::kMostFlows)) {}

SipCalls::~SipCalls() {
  for (auto& [number, flow] : flows_) flow->Release(buffers_);
}

void SipCalls::OnSipDatagram(const UdpDatagramStep& step, uint64_t flow_number) {
  constexpr size_t kUdpHeader = 8;
  const ByteReader payload = step.datagram->transport_bytes.Sub(kUdpHeader);
  const size_t length = step.header.length > kUdpHeader ? step.header.length - kUdpHeader : 0;
  if (const std::optional<SipMessage> message = ReadSip(payload.Text(0, length))) {
    calls_.OnMessage(*message, {.time = step.datagram->time, .udp_flow_number = flow_number});
  }
}

void SipCalls::OnSipSegment(const TcpSegmentStep& step, uint64_t flow_number) {
  auto known = flows_.find(flow_number);
  if (known == flows_.end()) {
    if (flows_.size() == kMaxFlows) {
      const auto oldest = flows_.find(order_.front());
      oldest->second->Release(buffers_);
      flows_.erase(oldest);
      order_.pop_front();
    }
    order_.push_back(flow_number);
    known = flows_.emplace(flow_number, std::make_unique<Flow>(&calls_)).first;
  }
  known->second->OnSegment(step, buffers_);
}

// Both ends may be announced: the answer, which came later, says what is used.
std::shared_ptr<const AnnouncedMedia> SipCalls::Find(const Question& flow) {
  if (auto own = calls_.OfSipFlow(flow.flow_number)) return own;
  const auto find = [&](const Endpoint& end) {
    AnnouncedCalls::Found found = calls_.Find(end.address, end.port, flow.first, flow.last);
    if (flow.goes_on && found.media != nullptr) calls_.GoOn(end.address, end.port, flow.last);
    return found;
  };
  const AnnouncedCalls::Found of_client = find(flow.client), of_server = find(flow.server);
  if (of_server.media == nullptr) return of_client.media;
  if (of_client.media == nullptr) return of_server.media;
  return of_client.time < of_server.time ? of_server.media : of_client.media;
}

}  // namespace tstat::internal
