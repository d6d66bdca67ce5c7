// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: RTP and RTCP of one flow, in both profiles, on ports of either parity. Input:
// for each datagram a byte (bit 0: from the server, bit 1: the clock runs back, bits 2-7:
// milliseconds since the one before), its length (2 bytes, big-endian), its payload. The first byte
// of all: bit 0: odd ports.
#include <array>
#include <cstddef>
#include <cstdint>

#include "rtp/media_tracker.h"
#include "rtp/rtp_plus_tracker.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

namespace {

using tstat::Direction;

struct Flow {
  std::array<tstat::MediaState, 2> state;
  std::array<int64_t, 2> bytes{};
};

template <typename Deliver>
void ForEachDatagram(tstat::ByteReader input, Deliver deliver) {
  const auto odd = static_cast<uint16_t>(input.U8(0) & 1);
  int64_t now_us = 1'000'000'000;
  for (size_t at = 1; input.Has(at, 3);) {
    const uint8_t head = input.U8(at);
    const tstat::ByteReader payload = input.Sub(at + 3, input.U16(at + 1));
    at += 3 + payload.size();
    now_us += (head & 2 ? -1 : 1) * 1000 * (head >> 2);
    tstat::Datagram d;
    d.time = tstat::Timestamp::FromMicroseconds(now_us);
    d.source_port = static_cast<uint16_t>(5004 + odd);
    d.destination_port = static_cast<uint16_t>(6004 + odd);
    d.ip_payload_length = static_cast<int32_t>(payload.size() + 8);
    tstat::UdpDatagramStep step;
    step.direction = head & 1 ? Direction::kServerToClient : Direction::kClientToServer;
    step.datagram = &d;
    const auto length = static_cast<uint16_t>(payload.size() + 8);
    step.header.length = length;
    deliver(step, tstat::UdpPayload{payload, length, payload.size() + 8});
  }
}

void RunPlain(tstat::ByteReader input) {
  tstat::MediaTracker tracker{tstat::RtcpRules()};
  const tstat::Endpoints ends;
  Flow flow;
  ForEachDatagram(input, [&](const tstat::UdpDatagramStep& step, const tstat::UdpPayload& p) {
    const auto self = static_cast<size_t>(tstat::Index(step.direction));
    flow.bytes[self] += step.header.length - 8;
    tracker.OnDatagram(step, p, ends, flow.bytes[self], flow.state[self], flow.state[1 - self]);
  });
  for (size_t i = 0; i < 2; ++i) {
    tstat::MediaDirection out;
    tracker.Finish(ends, Direction::kClientToServer, flow.state[i], flow.bytes[i], &out);
    tracker.Release(flow.state[i]);
  }
}

void RunPlus(tstat::ByteReader input, bool is_true) {
  tstat::RtpPlusTracker tracker(tstat::RtcpRules(), nullptr, is_true);
  const tstat::Endpoints ends;
  Flow flow;
  ForEachDatagram(input, [&](const tstat::UdpDatagramStep& step, const tstat::UdpPayload& p) {
    const auto self = static_cast<size_t>(tstat::Index(step.direction));
    tracker.OnDatagram(step, p, ends, flow.state[self], flow.state[1 - self]);
  });
  for (tstat::MediaState& state : flow.state) {
    tstat::MediaDirection out;
    tracker.Finish(state, &out);
    tracker.Release(state);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tstat::ByteReader input({data, size});
  RunPlain(input);
  RunPlus(input, /*is_true=*/false);
  RunPlus(input, /*is_true=*/true);
  return 0;
}
