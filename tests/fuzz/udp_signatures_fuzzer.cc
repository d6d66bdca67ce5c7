// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: the UDP classifiers of both profiles. Input: for each datagram of one flow a
// byte (bit 0: from the server, bits 1-7: bytes of the claimed length beyond what is captured), the
// captured length (2 bytes, big-endian), the captured payload.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "l7/udp/behaviour.h"
#include "l7/udp/classifier.h"
#include "l7/udp/quic.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

namespace {

using tstat::Direction;

void RunFlow(tstat::ByteReader input, const tstat::CompatProfile& profile) {
  const tstat::UdpClassifier classifier(profile);
  tstat::UdpBehaviourTracker behaviour(profile);
  tstat::QuicTracker quic({.read_hello = true});
  tstat::UdpBehaviour state;
  uint32_t quic_state = tstat::QuicTracker::kNone;
  std::array<tstat::UdpType, 2> type{};
  std::array<uint64_t, 2> packets{};
  for (size_t at = 0; input.Has(at, 3);) {
    tstat::UdpPayload p;
    p.bytes = input.Sub(at + 3, input.U16(at + 1));
    p.available = p.bytes.size() + 8;
    p.length_field = static_cast<uint16_t>(p.available + (input.U8(at) >> 1));
    const auto self = static_cast<size_t>(input.U8(at) & 1);
    const Direction sender = self == 0 ? Direction::kClientToServer : Direction::kServerToClient;
    at += 3 + p.bytes.size();
    ++packets[self];
    if (tstat::UdpClassifier::IsOpen(type[self], packets[self])) {
      type[self] = classifier.Classify(p, type[self], tstat::Datagram());
    }
    const uint64_t flow_packets = packets[0] + packets[1];
    behaviour.OnPacket(sender, flow_packets, p, state);
    quic.OnPacket(sender, flow_packets, packets[self], p, quic_state);
  }
  if (const auto details = quic.Details(quic_state); details != nullptr) {
    // Names must not break the row.
    if (details->server_name.find(' ') != std::string::npos) std::abort();
    if (details->user_agent.find(' ') != std::string::npos) std::abort();
  }
  behaviour.Release(state);
  quic.Release(quic_state);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tstat::ByteReader input({data, size});
  RunFlow(input, tstat::CompatProfile::Tstat311());
  RunFlow(input, tstat::CompatProfile::Tstat33());
  return 0;
}
