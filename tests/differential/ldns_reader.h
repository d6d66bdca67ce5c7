// SPDX-License-Identifier: BSD-3-Clause
//
// What the library ldns makes of a DNS message. Apart, for its header redefines `true` and `false`.
#ifndef TSTAT_TESTS_DIFFERENTIAL_LDNS_READER_H_
#define TSTAT_TESTS_DIFFERENTIAL_LDNS_READER_H_

#include <cstdint>
#include <string>
#include <vector>

namespace tstat::internal {

using Bytes = std::vector<uint8_t>;

struct ParsedDns {
  bool valid = false;
  unsigned additional = 0;
  // A text for each answer; empty: it cannot be shown. Of WKS, whose names are those of the
  // system's tables, "WKS".
  std::vector<std::string> answers;
};

inline constexpr uint16_t kWks = 11;

ParsedDns ByLdns(const Bytes& message);

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_DIFFERENTIAL_LDNS_READER_H_
