// SPDX-License-Identifier: BSD-3-Clause
//
// What the ends of an encrypted connection said of themselves before it went dark
// (CompatProfile::modern_layer7): TLS, QUIC, DTLS and SSH. With an encrypted ClientHello (ECH) the
// name that the client wants is inside, and server_name a stand-in; a client that offers ECH
// without a key for it (GREASE) looks the same.
#ifndef TSTAT_HANDSHAKE_DETAILS_H_
#define TSTAT_HANDSHAKE_DETAILS_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace tstat::inline v1 {

struct HandshakeDetails {
  std::string server_name;  // of the client's hello, up to 255 bytes; empty: none
  // Offered: "h2,http/1.1". One with a comma, or that is no printable text, as "0x" and hexadecimal
  // digits; "[*]" at the end where more than 255 bytes would follow.
  std::string client_alpn;
  std::string server_alpn;  // chosen, where it is not encrypted
  // Of TLS or DTLS, that the server chose, else the highest offered; 0: what tells it was not seen.
  uint16_t version = 0;
  bool server_answered = false;  // else `version` is an offer
  // The client's hello was seen as a whole: what is false or empty below was not there.
  bool hello_whole = false;
  bool answer_cut = false;                     // a server's hello came, and was not seen as a whole
  bool encrypted_hello = false;                // ECH or ESNI was offered
  bool resumption_offered = false;             // a ticket or a key of a session before
  bool resumed = false;                        // and the server took it
  bool resumption_known = false;               // else nothing says whether it did
  bool early_data = false;                     // 0-RTT was offered
  bool retried = false;                        // a HelloRetryRequest or a Retry packet came
  uint8_t client_alert = 0, server_alert = 0;  // the first one in clear, plus 1; 0: none
  uint32_t quic_version = 0;                   // of the client's first Initial; 0: no QUIC
  std::string ja3, ja3s, ja4;                  // fingerprints; empty: no complete hello
  // SSH
  std::string client_software, server_software;  // "SSH-2.0-OpenSSH_9.2"
  std::string hassh, hassh_server;
};

// What the server chose in ALPN; where that is encrypted (from version 1.3 on), or no server has
// answered, what the client offers. Empty: nothing (RFC 7301, 3.1), or what tells it was not seen.
[[nodiscard]] inline std::string_view AgreedProtocol(const HandshakeDetails& details) {
  const uint16_t version = details.version;
  const bool is_encrypted = version == 0x0304 || version == 0xFEFC || version >> 8 == 0x7F;
  const bool is_in_clear = (details.server_answered || details.answer_cut) && !is_encrypted;
  if (!details.server_alpn.empty() || is_in_clear) return details.server_alpn;
  return details.client_alpn;
}

}  // namespace tstat::inline v1

#endif  // TSTAT_HANDSHAKE_DETAILS_H_
