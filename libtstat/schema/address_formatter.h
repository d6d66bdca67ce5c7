// SPDX-License-Identifier: BSD-3-Clause
//
// How addresses and names appear in what is written. This one prints them in the clear; derive from
// it to print the endpoints marked `encrypted` in another form (Crypto-PAn) or to
// encrypt names (--enc).
#ifndef TSTAT_SCHEMA_ADDRESS_FORMATTER_H_
#define TSTAT_SCHEMA_ADDRESS_FORMATTER_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "tstat/ip_address.h"

namespace tstat::internal {

class AddressFormatter {
 public:
  explicit AddressFormatter(Ipv6Form form = Ipv6Form::kFourDigits) : form_(form) {}
  virtual ~AddressFormatter() = default;

  // Writes the text of `address` at `out` (IpAddress::kMaxTextLength bytes) and returns its length.
  // `encrypted`: the endpoint is in an anonymised network.
  virtual size_t Format(const IpAddress& address, [[maybe_unused]] bool encrypted, char* out) {
    return address.Format(out, form_);
  }

  // Whether host names and server names are to be printed as EncryptName gives them.
  virtual bool encrypts_names() const { return false; }
  virtual std::string EncryptName(std::string_view name) { return std::string(name); }

  Ipv6Form form() const { return form_; }

 private:
  Ipv6Form form_;
};

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_ADDRESS_FORMATTER_H_
