// SPDX-License-Identifier: BSD-3-Clause
//
// DNS questions that were seen, so that an answer can be told from one that nobody asked for: who
// asked whom, from and to which port, under which number, and for what (RFC 1035, 4.1.1; why all of
// them must match: RFC 5452, 9). At most kMaxQuestions are remembered, the oldest is forgotten
// first.
//
//   DnsQuestions questions;
//   questions.Add(datagram, {"www.x.org", 1});            // DnsQuestions::IsQuestion(datagram)
//   if (questions.AskedAt(datagram, {"www.x.org", 1})) ...  // a response, to one that was added
#ifndef TSTAT_NAMES_DNS_QUESTIONS_H_
#define TSTAT_NAMES_DNS_QUESTIONS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "decode/byte_reader.h"
#include "decode/datagram.h"
#include "names/dns.h"
#include "tstat/ip_address.h"
#include "tstat/time.h"

namespace tstat::internal {

// What a question is for: a name in lower case, and the type of its records; of class IN. Both
// empty where they do not matter.
struct DnsAsked {
  std::string_view name;
  uint16_t type = 0;
};

class DnsQuestions {
 public:
  // Some seconds of the questions of a large network; about 13 MB when it is full.
  static constexpr size_t kMaxQuestions = 131072;

  explicit DnsQuestions(size_t max_questions = kMaxQuestions) : max_questions_(max_questions) {}

  // A UDP datagram to or from port 53 whose QR bit was captured and is not set. (An answer that
  // asks port 53 from port 53 is told by the bit, too.)
  static bool IsQuestion(const Datagram& d) {
    const ByteReader message = DnsMessage(d);
    return message.Has(dns_header::kFlags) &&
           (message.U8(dns_header::kFlags) & dns_header::kIsResponse) == 0;
  }

  // REQUIRES: IsQuestion(d).
  void Add(const Datagram& d, const DnsAsked& what = {});
  // When the question that the response `d` answers was asked last. Nothing: it was not added, or
  // is forgotten. It stays: a server may answer twice.
  std::optional<Timestamp> AskedAt(const Datagram& d, const DnsAsked& what = {}) const;

  size_t size() const { return index_.size(); }

 private:
  struct Question {
    IpAddress client, server;
    uint16_t client_port, server_port;
    uint16_t id, type;
    std::string name;
    friend auto operator<=>(const Question&, const Question&) = default;
  };

  struct Latest {
    uint32_t place;
    Timestamp time;
  };

  static Question MakeQuestion(const Datagram& d, bool is_response, const DnsAsked& what);

  size_t max_questions_;
  size_t next_ = 0;  // where the next question goes in the ring
  std::vector<Question> ring_;
  // The question's latest place in the ring, and when it was asked. A tree: its cost does not
  // depend on what senders choose, and is small beside the rest of the work on a packet of DNS.
  absl::btree_map<Question, Latest> index_;
};

}  // namespace tstat::internal

#endif  // TSTAT_NAMES_DNS_QUESTIONS_H_
