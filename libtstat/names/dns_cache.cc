// SPDX-License-Identifier: BSD-3-Clause
#include "names/dns_cache.h"

#include <cassert>
#include <cstring>
#include <optional>
#include <type_traits>

#include "flow/name_source.h"

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
    Forget(entries[position]);  // the oldest one makes room
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

// Its pairs leave the index even where a newer entry has taken them over (a quirk that shows in the
// names of later flows), unless `keeps_newer`.
template <typename Address>
void DnsCache::Ring<Address>::Forget(const Entry& entry) {
  for (const Address& server : entry.servers) {
    if (!keeps_newer) {
      index.erase(Key(entry.client, server));
      continue;
    }
    const auto known = index.find(Key(entry.client, server));
    if (known != index.end() && known->second == position) index.erase(known);
  }
}

template <typename Address>
std::shared_ptr<const DnsResolution> DnsCache::Ring<Address>::Find(const Key& key) const {
  auto it = index.find(key);
  return it == index.end() ? nullptr : entries[it->second].resolution;
}

DnsCache::DnsCache(const DnsCacheOptions& options, EventSink* out)
    : out_(out),
      classifier_(options.classifier),
      on_full_(options.on_full),
      all_names_(options.all_names),
      asked_only_(!options.unasked) {
  v4_.size = options.v4_entries;
  v6_.size = options.v6_entries;
  v4_.keeps_newer = v6_.keeps_newer = all_names_;
  if (asked_only_ || all_names_) questions_ = std::make_unique<DnsQuestions>(options.questions);
}

DnsCache::~DnsCache() = default;

void DnsCache::OnDatagram(const Datagram& d, Timestamp request_time, Timestamp response_time,
                          OrderKey order, uint64_t flow_number) {
  if (all_names_) {
    if (IsLocal(d)) {
      TakeLocal(d, order, flow_number);
    } else if (d.source_port != 53 && d.destination_port != 53) {
      TakeElsewhere(d, order, flow_number);
    } else {
      TakeAll(d, request_time, order, flow_number);
    }
  } else if (IsResponse(d)) {
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
  if (questions_ != nullptr && !questions_->AskedAt(d)) {
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

void DnsCache::TakeAll(const Datagram& d, Timestamp request_time, OrderKey order,
                       uint64_t flow_number) {
  const ByteReader message = DnsMessage(d);
  if (!message.Has(dns_header::kFlags)) return;
  const DnsWire wire(message, message.size());
  if (DnsQuestions::IsQuestion(d)) {
    const bool is_whole = found_.ParseQuestions(wire);
    for (const DnsAddresses::Named& named : found_.names) {
      const std::string name = LowerCaseName(named.name);
      for (const uint16_t type : named.types) questions_->Add(d, {name, type});
    }
    if (!is_whole) questions_->Add(d);  // as far as it was captured
    return;
  }
  found_.Parse(wire, /*asked=*/true);
  if (found_.names.empty()) return;
  std::optional<Timestamp> asked;
  const auto was_not_asked = [&](const DnsAddresses::Named& named) {
    std::optional<Timestamp> time = AskedAt(d, named);
    if (!time) time = questions_->AskedAt(d);
    if (time) asked = time;
    return !time && asked_only_;
  };
  std::erase_if(found_.names, was_not_asked);
  if (found_.names.empty()) {
    ++unasked_;
    return;
  }
  Store(found_, {.client = d.destination,
                 .resolver = d.source,
                 .request_time = asked.value_or(request_time),
                 .response_time = d.time,
                 .order = order,
                 .flow_number = flow_number});
}

std::optional<Timestamp> DnsCache::AskedAt(const Datagram& d,
                                           const DnsAddresses::Named& named) const {
  const std::string name = LowerCaseName(named.name);
  std::optional<Timestamp> latest;
  for (const uint16_t type : named.types) {
    const std::optional<Timestamp> time = questions_->AskedAt(d, {name, type});
    if (time && (!latest || *latest < *time)) latest = time;
  }
  return latest;
}

// Both are known by their form: a whole question, and an answer that gives it again.
void DnsCache::TakeElsewhere(const Datagram& d, OrderKey order, uint64_t flow_number) {
  const ByteReader message = DnsMessage(d);
  if (!NameSource::MayBeDnsElsewhere(d)) return;
  const DnsWire wire(message, message.size());
  if (DnsQuestions::IsQuestion(d)) {
    if (!found_.ParseLoneQuestion(wire)) return;
    const DnsAddresses::Named& named = found_.names[0];
    questions_->Add(d, {LowerCaseName(named.name), named.types[0]});
    return;
  }
  if (questions_->size() == 0) return;
  found_.Parse(wire, /*asked=*/true);
  if (found_.names.empty()) return;
  const std::optional<Timestamp> asked = AskedAt(d, found_.names[0]);
  if (!asked) return;
  Store(found_, {.client = d.destination,
                 .resolver = d.source,
                 .request_time = *asked,
                 .response_time = d.time,
                 .order = order,
                 .flow_number = flow_number});
}

void DnsCache::TakeStreamAnswer(const DnsWire& message, std::optional<Timestamp> asked,
                                const Answer& answer) {
  found_.Parse(message, /*asked=*/true);
  if (found_.names.empty()) return;
  if (!asked && asked_only_) {
    ++unasked_;
    return;
  }
  Store(found_, answer);
}

// Who asked for a name is named for its addresses, whoever was told: all hosts of the link hear the
// answer, and those that did not ask do not need it.
void DnsCache::TakeLocal(const Datagram& d, OrderKey order, uint64_t flow_number) {
  const ByteReader message = DnsMessage(d);
  if (!message.Has(dns_header::kFlags)) return;
  const DnsWire wire(message, message.size());
  if (DnsQuestions::IsQuestion(d)) {
    found_.ParseQuestions(wire);
    for (const DnsAddresses::Named& named : found_.names) {
      local_.Add(named.name, {.address = d.source, .time = d.time});
    }
    return;
  }
  found_.Parse(wire, /*asked=*/false);
  const std::vector<DnsAddresses::Named> all = std::move(found_.names);
  for (const DnsAddresses::Named& named : all) {
    const std::vector<LocalQuestions::Asker> askers = local_.AskersOf(named.name);
    if (askers.empty()) ++unasked_;
    found_.names.assign(1, named);
    for (const LocalQuestions::Asker& asker : askers) {
      if (asker.address.is_v6() != d.is_v6) continue;
      Store(found_, {.client = asker.address,
                     .resolver = d.source,
                     .request_time = asker.time,
                     .response_time = d.time,
                     .order = order,
                     .flow_number = flow_number});
    }
  }
}

// Only addresses of the IP version of the client can be those of its flows.
void DnsCache::Store(const DnsAddresses& found, const Answer& answer) {
  const bool is_v6 = answer.client.is_v6();
  for (const DnsAddresses::Named& named : found.names) {
    if (is_v6 ? named.v6.empty() : named.v4.empty()) continue;
    auto resolution = std::make_shared<DnsResolution>();
    resolution->order = answer.order;
    resolution->flow_number = answer.flow_number;
    resolution->name = named.name;
    resolution->resolver = answer.resolver;
    resolution->resolver_encrypted =
        classifier_ != nullptr && classifier_->Encrypted(answer.resolver);
    resolution->request_time = answer.request_time;
    resolution->response_time = answer.response_time;
    const bool is_full = is_v6 ? v6_.Insert(answer.client.bytes(), named.v6, resolution)
                               : v4_.Insert(answer.client.v4(), named.v4, resolution);
    if (is_full && on_full_) on_full_(is_v6, is_v6 ? v6_.size : v4_.size, answer.response_time);
    if (out_ != nullptr) out_->OnDnsResolution(*resolution);
  }
}

std::shared_ptr<const DnsResolution> DnsCache::Lookup(const IpAddress& client,
                                                      const IpAddress& server) const {
  if (client.is_v6() != server.is_v6()) return nullptr;
  return client.is_v6() ? v6_.Find({client.bytes(), server.bytes()})
                        : v4_.Find({client.v4(), server.v4()});
}

void DnsCache::AddTo(Statistics* statistics) const {
  const auto add = [&](const char* name, const auto& ring) {
    statistics->tables.push_back({.name = name, .used = ring.entries.size(), .limit = ring.size});
  };
  add("dns_answers_v4", v4_);
  add("dns_answers_v6", v6_);
  if (questions_ == nullptr) return;
  statistics->tables.push_back(
      {.name = "dns_questions", .used = questions_->size(), .limit = questions_->most()});
}

}  // namespace tstat::internal
