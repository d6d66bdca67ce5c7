// SPDX-License-Identifier: BSD-3-Clause
#include "tests/differential/ldns_reader.h"

#include <ldns/ldns.h>

namespace tstat::internal {

ParsedDns ByLdns(const Bytes& message) {
  ParsedDns parsed;
  ldns_pkt* packet = nullptr;
  if (ldns_wire2pkt(&packet, message.data(), message.size()) != LDNS_STATUS_OK) return parsed;
  parsed.valid = true;
  parsed.additional = ldns_pkt_arcount(packet);
  const ldns_rr_list* const answers = ldns_pkt_answer(packet);
  for (size_t i = 0; i < ldns_rr_list_rr_count(answers); ++i) {
    const ldns_rr* const record = ldns_rr_list_rr(answers, i);
    ldns_buffer* const buffer = ldns_buffer_new(LDNS_MAX_PACKETLEN);
    std::string text;
    if (ldns_rr2buffer_str(buffer, record) == LDNS_STATUS_OK) {
      text.assign(reinterpret_cast<const char*>(ldns_buffer_begin(buffer)),
                  ldns_buffer_position(buffer));
      if (!text.empty() && text.back() == '\n') text.pop_back();
      if (ldns_rr_get_type(record) == kWks) text = "WKS";
    }
    parsed.answers.push_back(text);
    ldns_buffer_free(buffer);
  }
  ldns_pkt_free(packet);
  return parsed;
}

}  // namespace tstat::internal
