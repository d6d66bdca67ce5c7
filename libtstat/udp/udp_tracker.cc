// SPDX-License-Identifier: BSD-3-Clause
#include "udp/udp_tracker.h"

#include <algorithm>

#include "l7/udp_type_index.h"
#include "tstat/rtp_stream.h"

namespace tstat {
namespace {

constexpr uint16_t kNtpPort = 123;

constexpr bool IsMedia(UdpType type) { return type == UdpType::kRtp || type == UdpType::kRtcp; }

RtcpRules MakeRtcpRules(const UdpTrackerOptions& options) {
  RtcpRules rules;
  rules.stop_at_truncation = options.stop_at_truncated_reports;
  rules.first_report_unchecked = !options.profile.rtp_plus;
  return rules;
}

}  // namespace

UdpTracker::UdpTracker(const UdpTrackerOptions& options, EventSink* out, UdpHistogramHooks* hooks)
    : options_(options),
      classifies_(options.wants.has(Event::kUdpFlow) || options.wants.has(Event::kMediaFlow) ||
                  options.wants.has(Event::kSkypeFlow) || hooks != nullptr),
      out_(out),
      hooks_(hooks),
      classifier_(options.profile),
      behaviour_(options.profile),
      media_(MakeRtcpRules(options), hooks) {}

void UdpTracker::OnOpen(const OpenStep& step) {
  flows_.GrowTo(step.flow);
  Flow& flow = flows_[step.flow];
  flow.side = {};
  flow.behaviour = {};
  flow.endpoints = *step.endpoints;
}

void UdpTracker::OnDatagram(const UdpDatagramStep& step) {
  Flow& flow = flows_[step.flow];
  Side& side = flow.side[static_cast<size_t>(Index(step.direction))];
  if (hooks_ != nullptr && side.packets == 0) hooks_->OnFirstPacket(step);
  Count(step, side);
  if (classifies_) Classify(step, flow);
  if (hooks_ != nullptr) hooks_->OnDatagram(step, UdpLayer7Index(LoggedType(flow, side)));
}

void UdpTracker::Count(const UdpDatagramStep& step, Side& side) {
  const Datagram& d = *step.datagram;
  if (side.packets == 0) side.first = d.time;
  side.last = d.time;
  side.data_bytes += static_cast<int64_t>(step.header.length) - 8;
  ++side.packets;
  // 0 means "unset", so a real TTL of 0 does not stick (spec 30, 1.4).
  if (side.ttl_min == 0 || d.ttl < side.ttl_min) side.ttl_min = d.ttl;
  side.ttl_max = std::max(side.ttl_max, d.ttl);
  side.ttl_sum += d.ttl;
}

// The chain of spec 30, 3.
void UdpTracker::Classify(const UdpDatagramStep& step, Flow& flow) {
  Side& side = flow.side[static_cast<size_t>(Index(step.direction))];
  Side& other = flow.side[static_cast<size_t>(1 - Index(step.direction))];
  const UdpPayload payload = ReadUdpPayload(*step.datagram, step.header);
  if (UdpClassifier::IsOpen(side.media.type, side.packets)) {
    const UdpType type = classifier_.Classify(payload, side.media.type, *step.datagram);
    if (type != side.media.type) SetType(type, side);
  }
  if (MediaTracker::Concerns(side.media.type)) {
    media_.OnDatagram(step, payload, flow.endpoints, side.data_bytes, side.media, other.media);
  }
  const uint64_t flow_packets = side.packets + other.packets;
  if (flow_packets <= UdpBehaviourEngine::kPacketBudget) {
    const UdpType type = behaviour_.OnPacket(step.direction, flow_packets, payload, flow.behaviour);
    if (type != UdpType::kUnknown) SetBothTypes(type, flow);
  }
}

void UdpTracker::SetBothTypes(UdpType type, Flow& flow) {
  for (Side& side : flow.side) {
    const bool utp_of_bittorrent =
        type == UdpType::kUtp && side.media.type == UdpType::kBitTorrentDht;
    SetType(utp_of_bittorrent ? UdpType::kUtpBitTorrent : type, side);
  }
}

void UdpTracker::SetType(UdpType type, Side& side) {
  media_.Release(side.media);
  side.media.type = type;
}

UdpType UdpTracker::LoggedType(const Flow& flow, const Side& side) {
  switch (side.media.type) {
    case UdpType::kUnknown:
    case UdpType::kFirstRtp:
    case UdpType::kFirstRtcp:
    case UdpType::kFirstRtpPlus: {
      const bool obfuscated_kad = flow.behaviour.kad.found() &&
                                  flow.endpoints.client.port != kNtpPort &&
                                  flow.endpoints.server.port != kNtpPort;
      return obfuscated_kad ? UdpType::kObfuscatedKad : side.media.type;
    }
    default:
      return side.media.type;
  }
}

void UdpTracker::Export(const Flow& flow, const Side& side, UdpDirection* out) {
  out->first = side.first;
  out->last = side.last;
  out->data_bytes = side.data_bytes;
  out->packets = side.packets;
  out->ttl_min = side.ttl_min;
  out->ttl_max = side.ttl_max;
  out->ttl_sum = side.ttl_sum;
  out->type = side.media.type;
  out->logged_type = LoggedType(flow, side);
  out->layer7_index = UdpLayer7Index(out->logged_type);
}

void UdpTracker::OnClose(const CloseStep& step) {
  Flow& flow = flows_[step.flow];
  if (step.reported) Report(step, flow);
  for (Side& side : flow.side) media_.Release(side.media);
  behaviour_.Release(flow.behaviour);
  flow.endpoints.resolution.reset();
}

void UdpTracker::Report(const CloseStep& step, Flow& flow) {
  const bool is_media = IsMedia(flow.side[0].media.type) || IsMedia(flow.side[1].media.type);
  const bool wants_media = is_media && (options_.wants.has(Event::kMediaFlow) || hooks_ != nullptr);
  if (!options_.wants.has(Event::kUdpFlow) && !wants_media && hooks_ == nullptr) return;

  UdpFlow record;
  record.endpoints = flow.endpoints;
  record.first = step.first;
  record.last = step.last;
  record.cause = step.cause;
  record.closed_at = step.now;
  record.order = step.order;
  Export(flow, flow.side[0], &record.client);
  Export(flow, flow.side[1], &record.server);

  MediaFlow media;
  if (wants_media) {
    media.udp = &record;
    media.order = step.order;
    media_.Finish(flow.endpoints, Direction::kClientToServer, flow.side[0].media,
                  flow.side[0].data_bytes, &media.client);
    media_.Finish(flow.endpoints, Direction::kServerToClient, flow.side[1].media,
                  flow.side[1].data_bytes, &media.server);
  }
  if (hooks_ != nullptr) hooks_->OnFlowClosed(record, is_media ? &media : nullptr);
  if (options_.wants.has(Event::kUdpFlow)) out_->OnUdpFlow(record);
  if (is_media && options_.wants.has(Event::kMediaFlow)) out_->OnMediaFlow(media);
}

size_t UdpTracker::memory_bytes() const {
  return flows_.memory_bytes() + behaviour_.memory_bytes() + media_.memory_bytes();
}

}  // namespace tstat
