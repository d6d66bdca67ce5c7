// SPDX-License-Identifier: BSD-3-Clause
#include "flow/client_guess.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace tstat::internal {
namespace {

// What payload says about its sender; nothing: neither.
std::optional<bool> IsOfServer(const ByteReader& payload) {
  constexpr uint8_t kHandshakeRecord = 22, kSsl3 = 3, kClientHello = 1, kServerHello = 2;
  constexpr size_t kHandshakeType = 5;
  if (payload.U8(0) == kHandshakeRecord && payload.U8(1) == kSsl3) {
    const uint8_t type = payload.U8(kHandshakeType);
    if (type == kClientHello) return false;
    if (type == kServerHello) return true;
  }
  if (payload.StartsWith("HTTP/1.")) return true;
  constexpr std::array<std::string_view, 8> kRequests = {
      "GET ", "POST ", "HEAD ", "PUT ", "DELETE ", "OPTIONS ", "CONNECT ", "PATCH "};
  const bool asks = std::any_of(kRequests.begin(), kRequests.end(), [&](std::string_view request) {
    return payload.StartsWith(request);
  });
  return asks ? std::optional<bool>(false) : std::nullopt;
}

}  // namespace

std::optional<bool> SaysServer(const Datagram& d, const TcpHeader& h) {
  if ((h.flags & tcp_flags::kSyn) != 0) return (h.flags & tcp_flags::kAck) != 0;
  return h.payload_length > 0 ? IsOfServer(TcpPayload(d, h)) : std::nullopt;
}

bool IsSentByServer(const Datagram& d, const TcpHeader& h) {
  return SaysServer(d, h).value_or(d.source_port < d.destination_port);
}

}  // namespace tstat::internal
