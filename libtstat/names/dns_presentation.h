// SPDX-License-Identifier: BSD-3-Clause
//
// Names and RDATA as they are written in master files (RFC 1035, 5.1, and the RFC of each type),
// in the spelling of the library ldns 1.8.3, which Tstat uses.
//
//   std::string text;
//   DnsText out(&text, 4095);
//   if (AppendDnsData(wire, record, now, out)) ...        // "10 mail.example.com."
#ifndef TSTAT_NAMES_DNS_PRESENTATION_H_
#define TSTAT_NAMES_DNS_PRESENTATION_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "names/dns_message.h"
#include "names/dns_wire.h"
#include "tstat/time.h"

namespace tstat::internal {

// Appends to a string of others until it has `limit` characters; what comes then is dropped.
class DnsText {
 public:
  DnsText(std::string* out, size_t limit) : out_(out), limit_(limit) {}

  void Put(char c) {
    if (out_->size() < limit_) {
      out_->push_back(c);
    } else {
      cut_ = true;
    }
  }
  void Put(std::string_view text) {
    const size_t room = limit_ - std::min(limit_, out_->size());
    cut_ |= text.size() > room;
    out_->append(text.substr(0, room));
  }
  void PutNumber(uint64_t number);
  void PutHex(uint8_t byte);
  // \DDD
  void PutEscaped(uint8_t byte);

  bool cut() const { return cut_; }
  std::string* string() { return out_; }

 private:
  std::string* out_;
  size_t limit_;
  bool cut_ = false;
};

// Each label and a dot; of the root the dot alone. REQUIRES: a name that was walked to its end.
void AppendDnsName(const DnsWire& wire, size_t at, DnsText& out);

// All fields, separated by blanks. Times of 32 bits are those nearest to `now`. False: a field
// cannot be shown, and what was appended is of no use.
bool AppendDnsData(const DnsWire& wire, const DnsRecordView& record, Timestamp now, DnsText& out);

}  // namespace tstat::internal

#endif  // TSTAT_NAMES_DNS_PRESENTATION_H_
