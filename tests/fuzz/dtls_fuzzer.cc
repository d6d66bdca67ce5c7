// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: DTLS of one flow, and what one datagram shows. Input: for each datagram a byte
// (bit 0: from the server, bits 1-3: its port), its length (2 bytes, big-endian), its bytes.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "l7/tls/client_hello.h"
#include "l7/udp/applications.h"
#include "l7/udp/dtls_handshake.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr std::array<uint16_t, 8> kPorts = {53, 389, 500, 4500, 137, 5353, 123, 40000};
  const tstat::ByteReader input({data, size});
  tstat::DtlsHandshakeTracker tracker;
  uint32_t state = tstat::DtlsHandshakeTracker::kNone;
  for (size_t at = 0; input.Has(at, 3);) {
    const uint8_t head = input.U8(at);
    const tstat::ByteReader payload = input.Sub(at + 3, input.U16(at + 1));
    at += 3 + payload.size();
    const auto sender =
        (head & 1) != 0 ? tstat::Direction::kServerToClient : tstat::Direction::kClientToServer;
    tracker.OnDatagram(
        sender, {payload, static_cast<uint16_t>(payload.size() + 8), payload.size() + 8}, state);
    const tstat::Application found =
        tstat::RecogniseUdp({payload, payload.size(), kPorts[head >> 1 & 7], 50000});
    if (payload.empty() && found != tstat::Application::kUnknown) std::abort();
  }
  tracker.Finish(state);
  const auto details = tracker.Handshake(state);
  if (details != nullptr && details->server_name.size() > tstat::ClientHello::kLongestName) {
    std::abort();
  }
  tracker.Release(state);
  return 0;
}
