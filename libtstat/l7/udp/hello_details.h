// SPDX-License-Identifier: BSD-3-Clause
//
// What records say of a client's hello that came in datagrams: of QUIC and of DTLS.
#ifndef TSTAT_L7_UDP_HELLO_DETAILS_H_
#define TSTAT_L7_UDP_HELLO_DETAILS_H_

#include <string>
#include <string_view>

#include "l7/tls/client_hello.h"
#include "tstat/handshake_details.h"

namespace tstat::internal {

HandshakeDetails DetailsOf(const ClientHello& hello, HelloCarrier carrier);

// Letters, digits and "-_.~" as they are, blanks as "+", everything else as %xx; of at most 80
// bytes.
std::string PercentEncoded(std::string_view text);

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_HELLO_DETAILS_H_
