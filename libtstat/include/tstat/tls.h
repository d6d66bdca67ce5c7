// SPDX-License-Identifier: BSD-3-Clause
//
// What a TLS flow said about itself before it went dark. One event a flow: when the
// server's hello was seen, or at the flow's close if the client's hello was never answered.
//
//   void OnTlsHandshake(const tstat::TlsHandshake& h) override {
//     Print(h.server_name, h.common_name);
//     if (h.endpoints.resolution) Print(h.endpoints.resolution->name);
//   }
#ifndef TSTAT_TLS_H_
#define TSTAT_TLS_H_

#include <cstdint>
#include <string>

#include "tstat/flow.h"
#include "tstat/time.h"

namespace tstat::inline v1 {

// Bits of the protocol negotiation masks: what was offered or chosen in NPN and in ALPN.
namespace tls_negotiation {
inline constexpr uint8_t kNpnEmpty = 1, kNpnHttp1 = 2, kNpnSpdy = 4, kNpnHttp2 = 8, kAlpnEmpty = 16,
                         kAlpnHttp1 = 32, kAlpnSpdy = 64, kAlpnHttp2 = 128;
}  // namespace tls_negotiation

// Bits of TlsHandshake::session. Tstat 3.1.1 knows the first one only.
namespace tls_session {
inline constexpr uint8_t kSessionId = 1, kClientPsk = 2, kEarlyData = 4, kServerPsk = 8,
                         kHelloRetry = 16;
}  // namespace tls_session

// Services by their names, in the numbers of the histograms.
namespace tls_service {
inline constexpr uint8_t kOther = 0, kGoogle = 1, kYoutube = 2, kFacebook = 3, kNetflix = 4,
                         kDropbox = 5, kMicrosoft = 6, kApple = 7, kInstagram = 8;
}  // namespace tls_service

struct TlsHandshake {
  OrderKey order;
  uint64_t flow_number = 0;  // of the TcpFlow
  Timestamp time;            // of the server's hello; of the close if there was none
  Endpoints endpoints;       // with the name that the client had resolved, if known
  bool answered = false;     // the server's hello was seen

  std::string server_name;  // SNI of the client; empty: none
  std::string common_name;  // plausible host name in the server's certificates; empty: none
  uint8_t client_negotiation = 0, server_negotiation = 0;
  uint8_t session = 0;
  uint8_t service = 0;
  // [3.3] "0304,0303": offered by the client, chosen by the server; empty: not looked for, or none.
  std::string client_versions, server_version;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_TLS_H_
