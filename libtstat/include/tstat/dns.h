// SPDX-License-Identifier: BSD-3-Clause
//
// What DNS messages say ([3.3] log_dns_complete): an entry for each question of a query,
// for each record of the answer section of a response, and for each response that is an error.
// Every datagram that is a whole DNS message is one, on whatever port, but for multicast, which
// only CompatProfile::modern_layer7 takes, and with it messages over TCP; each is taken by itself
// (RFC 1035, 4). CompatProfile::modern_layer7 also takes messages whose end was not captured, or is
// broken, as far as they can be read, and has an entry for a response without a record, and one
// for each question of an error.
//
//   void OnDnsEntry(const tstat::DnsEntry& entry) override {
//     if (entry.kind == tstat::DnsEntryKind::kAnswer) Use(entry.name, entry.type_name, entry.data);
//   }
#ifndef TSTAT_DNS_H_
#define TSTAT_DNS_H_

#include <cstdint>
#include <string>

#include "tstat/flow.h"
#include "tstat/time.h"

namespace tstat::inline v1 {

enum class DnsEntryKind : uint8_t { kQuestion = 1, kAnswer = 2, kError = 3, kNoRecord = 4 };

// Bits of DnsEntry::flags.
namespace dns_flags {
inline constexpr uint8_t kCheckingDisabled = 1, kAuthenticData = 2, kRecursionAvailable = 4,
                         kRecursionDesired = 8, kTruncated = 16, kAuthoritative = 32;
}  // namespace dns_flags

struct DnsEntry {
  DnsEntryKind kind = DnsEntryKind::kQuestion;
  // The client sent the query, or receives the response, whoever opened the flow. Without a name.
  Endpoints endpoints;
  Timestamp time;            // of the packet
  uint64_t flow_number = 0;  // of the flow
  OrderKey order;

  // The message.
  uint16_t id = 0;
  uint8_t flags = 0;          // dns_flags::
  uint8_t response_code = 0;  // of kError; 1 to 15 (RFC 6895, 2.3)
  // Records of each section; `additional_count` without those that speak of the message itself.
  uint16_t question_count = 0, answer_count = 0, authority_count = 0, additional_count = 0;
  uint32_t message_bytes = 0;

  // The (first) question, or the answer. False: an error that repeats no question.
  bool has_name = false;
  std::string name;  // as in master files (RFC 1035, 5.1), with the last dot
  // kQuestion, kError, kNoRecord: the bytes of each label, and a dot; `name` with
  // CompatProfile::modern_layer7.
  std::string raw_name;
  uint16_t type = 0, record_class = 0;
  std::string type_name, class_name;  // mnemonics, or TYPE and CLASS with the number (RFC 3597)
  // kAnswer.
  uint32_t ttl_s = 0;
  std::string data;       // RDATA as in master files
  bool data_cut = false;  // it is longer; `data` is its begin

  // With CompatProfile::modern_layer7.
  FlowProtocol protocol = FlowProtocol::kUdp;  // of the flow
  // kAnswer, kError, kNoRecord: of the question with the same number; unset: it was not seen.
  Timestamp question_time;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_DNS_H_
