// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: QUIC's long headers, Initial packets and the frames in them. Input: a byte that
// says what the rest is. 0: datagrams of a flow, each a byte (bit 0: from the server), its length
// (2 bytes, big-endian) and its bytes. Else: frames in clear, in pieces with their lengths
// likewise, as if they had been opened; what they put together must be what a plain array holds.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "l7/tls/client_hello.h"
#include "l7/udp/hello_buffer.h"
#include "l7/udp/quic_handshake.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

namespace {

void RunDatagrams(tstat::ByteReader input) {
  tstat::QuicHandshakeTracker tracker;
  uint32_t state = tstat::QuicHandshakeTracker::kNone;
  for (size_t at = 0; input.Has(at, 3);) {
    const auto sender = (input.U8(at) & 1) != 0 ? tstat::Direction::kServerToClient
                                                : tstat::Direction::kClientToServer;
    const tstat::ByteReader payload = input.Sub(at + 3, input.U16(at + 1));
    at += 3 + payload.size();
    tracker.OnDatagram(
        sender, {payload, static_cast<uint16_t>(payload.size() + 8), payload.size() + 8}, state);
  }
  tracker.Finish(state);
  const auto details = tracker.Details(state);
  if (details != nullptr && details->server_name.size() > tstat::ClientHello::kLongestName) {
    std::abort();
  }
  tracker.Handshake(state);
  tracker.Release(state);
}

// The first bytes count, as far as there are few enough pieces.
void RunFrames(tstat::ByteReader input) {
  const auto buffer = std::make_unique<tstat::HelloBuffer>();
  std::array<int, tstat::HelloBuffer::kCapacity> expected;
  expected.fill(-1);
  bool fits = true;
  for (size_t at = 0; input.Has(at, 2);) {
    const tstat::ByteReader plain = input.Sub(at + 2, input.U16(at));
    at += 2 + plain.size();
    tstat::ForEachCryptoFrame(plain, [&](uint64_t offset, tstat::ByteReader data) {
      fits = fits && buffer->Add(offset, data);
      for (size_t i = 0; i < data.size() && offset < expected.size() - i; ++i) {
        if (expected[offset + i] < 0) expected[offset + i] = data.U8(i);
      }
    });
    if (!fits) return;
    const tstat::ByteReader front = buffer->front();
    for (size_t i = 0; i < front.size(); ++i) {
      if (expected[i] != front.U8(i)) std::abort();
    }
    if (front.size() < expected.size() && expected[front.size()] >= 0) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tstat::ByteReader input({data, size});
  if (input.U8(0) == 0) {
    RunDatagrams(input.Sub(1));
  } else {
    RunFrames(input.Sub(1));
  }
  return 0;
}
