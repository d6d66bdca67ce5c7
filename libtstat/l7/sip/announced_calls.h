// SPDX-License-Identifier: BSD-3-Clause
//
// The media that calls of SIP announced: who sends or receives them, by address and port. The
// addresses that were announced first make room.
//
//   AnnouncedCalls calls;
//   if (const auto message = ReadSip(payload)) calls.OnMessage(*message, {time, number});
//   record.announced = calls.Find(address, port, record.first, record.last).media;
#ifndef TSTAT_L7_SIP_ANNOUNCED_CALLS_H_
#define TSTAT_L7_SIP_ANNOUNCED_CALLS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "l7/sip/sip_message.h"
#include "tstat/announced_media.h"
#include "tstat/ip_address.h"
#include "tstat/statistics.h"
#include "tstat/time.h"

namespace tstat::internal {

class AnnouncedCalls {
 public:
  // Addresses with their ports; flows of SIP.
  static constexpr size_t kMostEndpoints = 65536, kMostFlows = 65536;
  // What one of them takes, about.
  static constexpr size_t kEndpointBytes = 512, kFlowBytes = 384;
  // A flow of a call begins at most so long after it was announced.
  static constexpr int64_t kValidNs = int64_t{3600} * 1'000'000'000;

  struct Context {
    Timestamp time;
    std::optional<uint64_t> udp_flow_number = std::nullopt;  // nothing: over TCP
  };
  explicit AnnouncedCalls(size_t most_endpoints = kMostEndpoints, size_t most_flows = kMostFlows)
      : most_endpoints_(most_endpoints), most_flows_(most_flows) {}

  void OnMessage(const SipMessage& message, const Context& context);

  // What was announced last, of all that a flow from `first` to `last` can be of; null: nothing.
  struct Found {
    std::shared_ptr<const AnnouncedMedia> media;
    Timestamp time;  // when it was announced first
  };
  Found Find(const IpAddress& address, uint16_t port, Timestamp first, Timestamp last) const;
  // A flow of it goes on at this time: the next part of it may begin as long after it.
  void GoOn(const IpAddress& address, uint16_t port, Timestamp time);
  // The first call of a UDP flow of SIP; null: it is none.
  std::shared_ptr<const AnnouncedMedia> OfSipFlow(uint64_t flow_number) const;

  bool empty() const { return endpoints_.empty() && flows_.empty(); }
  size_t endpoint_count() const { return endpoints_.size(); }
  TableUse use() const {
    return {.name = "announced_media",
            .used = endpoints_.size(),
            .limit = most_endpoints_,
            .bytes = endpoints_.size() * kEndpointBytes + flows_.size() * kFlowBytes,
            .evicted = evicted_};
  }

 private:
  struct Key {
    std::array<uint8_t, 16> address;
    bool is_v6 = false;
    uint16_t port = 0;
    bool operator==(const Key&) const = default;
    template <typename H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.address, key.is_v6, key.port);
    }
  };
  struct Announcement {
    std::shared_ptr<const AnnouncedMedia> media;
    Timestamp since, last;  // announced, and once more
  };
  struct Endpoint {
    Announcement now, before;  // before: of another call
    uint64_t order = 0;        // of the last announcement
  };

  static Key KeyOf(const IpAddress& address, uint16_t port);
  void Announce(const SdpEndpoint& endpoint, const std::shared_ptr<const AnnouncedMedia>& media,
                Timestamp time);
  void MakeRoom();

  const size_t most_endpoints_, most_flows_;
  absl::flat_hash_map<Key, Endpoint> endpoints_;
  struct Place {
    Key key;
    uint64_t order = 0;
  };
  std::deque<Place> order_;  // in which they were announced
  uint64_t announced_ = 0, evicted_ = 0;
  absl::flat_hash_map<uint64_t, std::shared_ptr<const AnnouncedMedia>> flows_;
  std::deque<uint64_t> flow_order_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_SIP_ANNOUNCED_CALLS_H_
