// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/hello_details.h"

#include "l7/tls/fingerprint.h"

namespace tstat::internal {

HandshakeDetails DetailsOf(const ClientHello& hello, HelloCarrier carrier) {
  HandshakeDetails details;
  details.server_name = hello.server_name;
  details.client_alpn = JoinedProtocols(hello.alpn);
  details.version = hello.highest_version();
  details.encrypted_hello = hello.encrypted_hello;
  details.resumption_offered = hello.wants_resumption();
  details.early_data = hello.early_data;
  details.hello_whole = hello.complete;
  if (hello.complete) {
    details.ja3 = Ja3(hello);
    details.ja4 = Ja4(hello, carrier);
  }
  return details;
}

std::string PercentEncoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr size_t kLongest = 80;
  std::string encoded;
  for (const char c : text.substr(0, kLongest)) {
    const auto byte = static_cast<uint8_t>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
        c == '_' || c == '.' || c == '~') {
      encoded += c;
    } else if (c == ' ') {
      encoded += '+';
    } else {
      encoded += '%';
      encoded += kDigits[byte >> 4];
      encoded += kDigits[byte & 15];
    }
  }
  return encoded;
}

}  // namespace tstat::internal
