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

#include "absl/container/flat_hash_map.h"
#include "decode/byte_reader.h"
#include "decode/datagram.h"
#include "flow/keyed_hash.h"
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
  size_t most() const { return max_questions_; }

 private:
  struct Question {
    IpAddress client, server;
    uint16_t client_port = 0, server_port = 0;
    uint16_t id = 0, type = 0;
    std::string_view name;
  };
  // In the ring.
  struct Kept {
    IpAddress client, server;
    uint16_t client_port = 0, server_port = 0;
    uint16_t id = 0, type = 0;
    std::string name;
    Timestamp time;
    uint64_t digest = 0;

    bool Is(const Question& question) const;
  };

  static Question MakeQuestion(const Datagram& d, bool is_response, const DnsAsked& what);
  uint64_t Digest(const Question& question) const;

  size_t max_questions_;
  size_t next_ = 0;  // where the next question goes in the ring
  std::vector<Kept> ring_;
  // The latest place of each question in the ring, by its keyed digest: what senders choose makes
  // no two alike. If two ever are, the later one counts.
  absl::flat_hash_map<uint64_t, uint32_t> index_;
  HashKey client_key_ = HashKey::Random(), server_key_ = HashKey::Random();
};

}  // namespace tstat::internal

#endif  // TSTAT_NAMES_DNS_QUESTIONS_H_
