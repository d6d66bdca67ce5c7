// SPDX-License-Identifier: BSD-3-Clause
#include "names/dns_questions.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

namespace tstat::internal {

DnsQuestions::Question DnsQuestions::MakeQuestion(const Datagram& d, bool is_response,
                                                  const DnsAsked& what) {
  const uint16_t id = DnsMessage(d).U16(dns_header::kId);
  if (is_response) {
    return {d.destination, d.source, d.destination_port, d.source_port, id, what.type, what.name};
  }
  return {d.source, d.destination, d.source_port, d.destination_port, id, what.type, what.name};
}

bool DnsQuestions::Kept::Is(const Question& q) const {
  return client == q.client && server == q.server && client_port == q.client_port &&
         server_port == q.server_port && id == q.id && type == q.type && name == q.name;
}

uint64_t DnsQuestions::Digest(const Question& q) const {
  const auto of_end = [](const HashKey& key, const IpAddress& address, uint16_t port) {
    const std::array<uint8_t, 16> bytes = address.bytes();
    uint64_t words[2];
    std::memcpy(words, bytes.data(), sizeof words);
    return key.HashEndpoint(words, port);
  };
  const HashKey& key = client_key_;
  uint64_t digest =
      of_end(client_key_, q.client, q.client_port) + of_end(server_key_, q.server, q.server_port);
  digest = HashKey::Fold(digest ^ (uint64_t{q.id} << 32 | uint64_t{q.type} << 16), key.word[4]);
  for (size_t at = 0; at < q.name.size(); at += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, q.name.data() + at, std::min(sizeof word, q.name.size() - at));
    digest = HashKey::Fold(digest ^ word, key.word[5]);
  }
  return HashKey::Fold(digest ^ q.name.size(), server_key_.word[4]);
}

void DnsQuestions::Add(const Datagram& d, const DnsAsked& what) {
  assert(IsQuestion(d));
  if (max_questions_ == 0) return;
  const Question question = MakeQuestion(d, /*is_response=*/false, what);
  const auto place = static_cast<uint32_t>(next_);
  if (next_ == ring_.size()) {
    ring_.emplace_back();
  } else {
    // The oldest question makes room, unless it was asked again since.
    const auto oldest = index_.find(ring_[next_].digest);
    if (oldest != index_.end() && oldest->second == place) index_.erase(oldest);
  }
  Kept& kept = ring_[next_];
  kept.client = question.client, kept.server = question.server;
  kept.client_port = question.client_port, kept.server_port = question.server_port;
  kept.id = question.id, kept.type = question.type;
  kept.name = question.name;
  kept.time = d.time;
  kept.digest = Digest(question);
  index_.insert_or_assign(kept.digest, place);
  if (++next_ == max_questions_) next_ = 0;
}

std::optional<Timestamp> DnsQuestions::AskedAt(const Datagram& d, const DnsAsked& what) const {
  const Question question = MakeQuestion(d, /*is_response=*/true, what);
  const auto place = index_.find(Digest(question));
  if (place == index_.end() || !ring_[place->second].Is(question)) return std::nullopt;
  return ring_[place->second].time;
}

}  // namespace tstat::internal
