// SPDX-License-Identifier: BSD-3-Clause
//
// Which names a DNS response gives to which addresses: those of A and AAAA records, and the hints
// of HTTPS and SVCB records (RFC 9460, 7.3). The name is the one that was asked for, however many
// aliases lie between, in whatever order they stand. A total function over hostile bytes.
//
//   DnsAddresses found;
//   if (found.Parse(message, /*asked=*/true)) Show(found.names);   // one a question
//
// Without `asked` a message needs no question, and names are those of the records: multicast DNS
// answers so (RFC 6762, 6).
#ifndef TSTAT_NAMES_DNS_ADDRESSES_H_
#define TSTAT_NAMES_DNS_ADDRESSES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "names/dns_wire.h"

namespace tstat::internal {

class DnsAddresses {
 public:
  using V4 = uint32_t;
  using V6 = std::array<uint8_t, 16>;
  // What a message may have: names (questions, or owners), and aliases between them.
  static constexpr size_t kMaxNames = 8, kMaxAliases = 32;

  struct Named {
    std::string name;  // as it was sent, without the last dot
    std::vector<V4> v4;
    std::vector<V6> v6;
    std::vector<uint16_t> types;  // of the questions for it
  };
  // Those with an address, in the order in which they stand.
  std::vector<Named> names;

  // Replaces what is there. False: it is no DNS message as far as it is captured; what was read
  // before the place where it ends is there all the same.
  bool Parse(const DnsWire& message, bool asked);
  // The names that a query asks for, without addresses.
  bool ParseQuestions(const DnsWire& message);
  // The same of a message that is known by its form alone: one question for addresses, nothing else
  // but what belongs to the query itself (RFC 6891), and no byte behind it.
  bool ParseLoneQuestion(const DnsWire& message);

 private:
  // A name that leads to names[target].
  struct Alias {
    std::string key;  // in lower case
    size_t target;
  };
  struct Record {
    size_t owner_at = 0, data = 0, length = 0, end = 0;
    uint16_t type = 0, record_class = 0;
  };
  bool ReadQuestions(const DnsWire& message, size_t* at);
  // The records from `at` on, and `visit(record)` for each. False: one cannot be read.
  template <typename Visit>
  bool ForEachRecord(const DnsWire& message, size_t at, Visit visit);
  void AddAliases(const DnsWire& message, const Record& record, std::vector<Alias>* links);
  void FollowAliases(const std::vector<Alias>& links, const std::vector<std::string>& owners);
  void AddAddresses(const DnsWire& message, const Record& record, bool asked);
  void AddHints(const DnsWire& message, const Record& record, Named* named);
  size_t Find(const std::string& key) const;

  std::vector<Alias> aliases_;
  std::vector<std::string> owners_;
  uint32_t pointers_left_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_NAMES_DNS_ADDRESSES_H_
