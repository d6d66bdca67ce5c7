// SPDX-License-Identifier: BSD-3-Clause
#include "names/dns_cache.h"

#include <cassert>
#include <cstring>
#include <optional>
#include <type_traits>

namespace tstat::internal {

template <typename Address>
size_t DnsCache::Ring<Address>::KeyHash::operator()(const Key& pair) const {
  if constexpr (std::is_same_v<Address, V4>) {
    return key.Hash64(uint64_t{pair.first} << 32 | pair.second);
  } else {
    uint64_t client[2], server[2];
    std::memcpy(client, pair.first.data(), sizeof(client));
    std::memcpy(server, pair.second.data(), sizeof(server));
    return key.Hash64(key.HashEndpoint(client, 0)) + key.HashEndpoint(server, 0);
  }
}

template <typename Address>
bool DnsCache::Ring<Address>::Insert(const Address& client, std::span<const Address> servers,
                                     const std::shared_ptr<const DnsResolution>& resolution) {
  if (size == 0) return false;
  if (position == entries.size()) {
    entries.emplace_back();
  } else {
    // The oldest entry makes room. Its pairs leave the index even where a newer entry has taken
    // them over (a quirk that shows in the names of later flows).
    const Entry& old = entries[position];
    for (const Address& server : old.servers) index.erase(Key(old.client, server));
  }
  Entry& entry = entries[position];
  entry.client = client;
  entry.servers.assign(servers.begin(), servers.end());
  entry.resolution = resolution;
  for (const Address& server : servers) index.insert_or_assign(Key(client, server), position);
  if (++position < size) return false;
  position = 0;
  ++wraps;
  return true;
}

template <typename Address>
std::shared_ptr<const DnsResolution> DnsCache::Ring<Address>::Find(const Key& key) const {
  auto it = index.find(key);
  return it == index.end() ? nullptr : entries[it->second].resolution;
}

DnsCache::DnsCache(const DnsCacheOptions& options, EventSink* out)
    : out_(out), classifier_(options.classifier), on_full_(options.on_full) {
  v4_.size = options.v4_entries;
  v6_.size = options.v6_entries;
  if (!options.unasked) questions_ = std::make_unique<DnsQuestions>();
}

DnsCache::~DnsCache() = default;

void DnsCache::OnDatagram(const Datagram& d, Timestamp request_time, Timestamp response_time,
                          OrderKey order, uint64_t flow_number) {
  if (IsResponse(d)) {
    Feed(d, request_time, response_time, order, flow_number);
  } else if (questions_ != nullptr && DnsQuestions::IsQuestion(d)) {
    questions_->Add(d);
  }
}

void DnsCache::Feed(const Datagram& d, Timestamp request_time, Timestamp response_time,
                    OrderKey order, uint64_t flow_number) {
  assert(IsResponse(d));
  // Only addresses of the IP version that carried the answer are used.
  const std::optional<DnsAnswer> answer = DnsAnswer::Parse(DnsMessage(d));
  if (!answer) return;
  // As a cell of a row it would be none, for whoever splits rows at runs of blanks.
  if (answer->name.view().empty()) return;
  if (d.is_v6 ? answer->v6.empty() : answer->v4.empty()) return;
  // Else whoever sends to a host, or in the name of its name server, could name its flows.
  if (questions_ != nullptr && !questions_->Asked(d)) {
    ++unasked_;
    return;
  }

  auto resolution = std::make_shared<DnsResolution>();
  resolution->order = order;
  resolution->flow_number = flow_number;
  resolution->name = answer->name.view();
  resolution->resolver = d.source;
  resolution->resolver_encrypted = classifier_ != nullptr && classifier_->Encrypted(d.source);
  resolution->request_time = request_time;
  resolution->response_time = response_time;
  const bool is_full = d.is_v6 ? v6_.Insert(d.destination.bytes(), answer->v6, resolution)
                               : v4_.Insert(d.destination.v4(), answer->v4, resolution);
  if (is_full && on_full_) on_full_(d.is_v6, d.is_v6 ? v6_.size : v4_.size, d.time);
  if (out_ != nullptr) out_->OnDnsResolution(*resolution);
}

std::shared_ptr<const DnsResolution> DnsCache::Lookup(const IpAddress& client,
                                                      const IpAddress& server) const {
  if (client.is_v6() != server.is_v6()) return nullptr;
  return client.is_v6() ? v6_.Find({client.bytes(), server.bytes()})
                        : v4_.Find({client.v4(), server.v4()});
}

}  // namespace tstat::internal
