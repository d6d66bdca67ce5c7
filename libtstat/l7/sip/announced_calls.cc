// SPDX-License-Identifier: BSD-3-Clause
#include "l7/sip/announced_calls.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tstat::internal {

AnnouncedCalls::Key AnnouncedCalls::KeyOf(const IpAddress& address, uint16_t port) {
  Key key;
  std::copy_n(address.bytes().begin(), key.address.size(), key.address.begin());
  key.is_v6 = address.is_v6();
  key.port = port;
  return key;
}

void AnnouncedCalls::OnMessage(const SipMessage& message, const Context& context) {
  if (message.call_id.empty()) return;
  const std::string call_id(message.call_id);
  if (context.udp_flow_number && !flows_.contains(*context.udp_flow_number)) {
    if (flows_.size() >= most_flows_) {
      flows_.erase(flow_order_.front());
      flow_order_.pop_front();
    }
    flows_.emplace(*context.udp_flow_number,
                   std::make_shared<const AnnouncedMedia>(AnnouncedMedia{.call_id = call_id}));
    flow_order_.push_back(*context.udp_flow_number);
  }
  for (SdpMedia& media : ReadSdp(message.body)) {
    AnnouncedMedia announced{.call_id = call_id,
                             .kind = std::move(media.kind),
                             .codecs = std::move(media.codecs),
                             .is_rtp = media.is_rtp};
    const auto data = std::make_shared<const AnnouncedMedia>(announced);
    announced.is_control = true;
    const auto control = std::make_shared<const AnnouncedMedia>(std::move(announced));
    for (const SdpEndpoint& endpoint : media.endpoints) {
      Announce(endpoint, endpoint.is_control ? control : data, context.time);
    }
  }
}

void AnnouncedCalls::Announce(const SdpEndpoint& endpoint,
                              const std::shared_ptr<const AnnouncedMedia>& media, Timestamp time) {
  const Key key = KeyOf(endpoint.address, endpoint.port);
  auto known = endpoints_.find(key);
  if (known == endpoints_.end()) {
    if (endpoints_.size() >= most_endpoints_) MakeRoom();
    known = endpoints_.emplace(key, Endpoint()).first;
    order_.push_back({key, announced_ + 1});
  }
  Endpoint& entry = known->second;
  entry.order = ++announced_;
  const bool is_same_call =
      entry.now.media != nullptr && entry.now.media->call_id == media->call_id;
  if (entry.now.media != nullptr && !is_same_call) entry.before = std::move(entry.now);
  entry.now = {media, is_same_call ? entry.now.since : time, time};
}

// Of the endpoints that were not announced again since they were looked at.
void AnnouncedCalls::MakeRoom() {
  while (!order_.empty()) {
    const Place place = order_.front();
    order_.pop_front();
    const auto known = endpoints_.find(place.key);
    if (known->second.order == place.order) {
      endpoints_.erase(known);
      ++evicted_;
      return;
    }
    order_.push_back({place.key, known->second.order});
  }
}

AnnouncedCalls::Found AnnouncedCalls::Find(const IpAddress& address, uint16_t port, Timestamp first,
                                           Timestamp last) const {
  const auto known = endpoints_.find(KeyOf(address, port));
  if (known == endpoints_.end()) return {};
  for (const Announcement* one : {&known->second.now, &known->second.before}) {
    if (one->media == nullptr || last < one->since) continue;
    if (first.nanoseconds() - one->last.nanoseconds() > kValidNs) continue;
    return {one->media, one->since};
  }
  return {};
}

void AnnouncedCalls::GoOn(const IpAddress& address, uint16_t port, Timestamp time) {
  const auto known = endpoints_.find(KeyOf(address, port));
  if (known == endpoints_.end()) return;
  for (Announcement* one : {&known->second.now, &known->second.before}) {
    if (time < one->since) continue;
    one->last = std::max(one->last, time);
    return;
  }
}

std::shared_ptr<const AnnouncedMedia> AnnouncedCalls::OfSipFlow(uint64_t flow_number) const {
  const auto known = flows_.find(flow_number);
  return known != flows_.end() ? known->second : nullptr;
}

}  // namespace tstat::internal
