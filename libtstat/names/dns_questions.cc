// SPDX-License-Identifier: BSD-3-Clause
#include "names/dns_questions.h"

#include <cassert>
#include <utility>

namespace tstat::internal {

DnsQuestions::Question DnsQuestions::MakeQuestion(const Datagram& d, bool is_response,
                                                  const DnsAsked& what) {
  const uint16_t id = DnsMessage(d).U16(dns_header::kId);
  std::string name(what.name);
  if (is_response) {
    return {d.destination, d.source,       d.destination_port, d.source_port, id,
            what.type,     std::move(name)};
  }
  return {d.source, d.destination, d.source_port,  d.destination_port,
          id,       what.type,     std::move(name)};
}

void DnsQuestions::Add(const Datagram& d, const DnsAsked& what) {
  assert(IsQuestion(d));
  if (max_questions_ == 0) return;
  const Question question = MakeQuestion(d, /*is_response=*/false, what);
  const auto place = static_cast<uint32_t>(next_);
  if (next_ == ring_.size()) {
    ring_.push_back(question);
  } else {
    // The oldest question makes room, unless it was asked again since.
    const auto oldest = index_.find(ring_[next_]);
    if (oldest != index_.end() && oldest->second.place == place) index_.erase(oldest);
    ring_[next_] = question;
  }
  index_.insert_or_assign(question, Latest{place, d.time});
  if (++next_ == max_questions_) next_ = 0;
}

std::optional<Timestamp> DnsQuestions::AskedAt(const Datagram& d, const DnsAsked& what) const {
  const auto question = index_.find(MakeQuestion(d, /*is_response=*/true, what));
  if (question == index_.end()) return std::nullopt;
  return question->second.time;
}

}  // namespace tstat::internal
