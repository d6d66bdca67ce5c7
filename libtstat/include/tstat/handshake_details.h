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

namespace tstat::inline v1 {

struct HandshakeDetails {
  std::string server_name;       // of the client's hello, up to 255 bytes; empty: none
  std::string client_alpn;       // offered: "h2,http/1.1"
  std::string server_alpn;       // chosen, where it is not encrypted
  uint16_t version = 0;          // of TLS or DTLS, that the server chose, else the highest offered
  bool server_answered = false;  // else `version` is an offer
  bool encrypted_hello = false;  // ECH or ESNI was offered
  bool resumption_offered = false;             // a ticket or a key of a session before
  bool resumed = false;                        // and the server took it
  bool early_data = false;                     // 0-RTT was offered
  bool retried = false;                        // a HelloRetryRequest or a Retry packet came
  uint8_t client_alert = 0, server_alert = 0;  // the first one in clear, plus 1; 0: none
  uint32_t quic_version = 0;                   // of the client's first Initial; 0: no QUIC
  std::string ja3, ja3s, ja4;                  // fingerprints; empty: no complete hello
  // SSH
  std::string client_software, server_software;  // "SSH-2.0-OpenSSH_9.2"
  std::string hassh, hassh_server;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_HANDSHAKE_DETAILS_H_
