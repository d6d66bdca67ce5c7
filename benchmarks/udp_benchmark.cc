// SPDX-License-Identifier: BSD-3-Clause
//
// What the UDP tracker spends on a packet: beginnings of flows, where signatures are tried, long
// flows of nothing known, and RTP.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <vector>

#include "decode/datagram.h"
#include "flow/step.h"
#include "tstat/event_sink.h"
#include "udp/udp_tracker.h"

namespace tstat::internal {
namespace {

class Ignore : public EventSink {
 public:
  EventMask Wants() const override { return Event::kUdpFlow | Event::kMediaFlow; }
};

// A raw IPv4 datagram of 100 payload bytes.
class Packet {
 public:
  explicit Packet(uint8_t first) {
    bytes_[0] = 0x45;
    bytes_[24] = 0;
    bytes_[25] = 108;
    bytes_[28] = first;
    d_.source_port = 5004;
    d_.destination_port = 6004;
    d_.transport = Transport::kUdp;
    d_.ttl = 64;
    d_.ip_total_length = 128;
    d_.ip_header_length = 20;
    d_.ip_payload_length = 108;
    d_.captured = d_.ip = ByteReader(bytes_);
    d_.transport_bytes = d_.ip.Sub(20);
  }
  Packet(const Packet&) = delete;

  void SetSequence(uint16_t sequence) {
    bytes_[30] = static_cast<uint8_t>(sequence >> 8);
    bytes_[31] = static_cast<uint8_t>(sequence);
  }
  const Datagram& At(int64_t us) {
    d_.time = Timestamp::FromMicroseconds(us);
    return d_;
  }

 private:
  std::array<uint8_t, 128> bytes_{};
  Datagram d_;
};

// One flow after the other, `state.range(0)` packets each, half of them from the server.
void Run(benchmark::State& state, uint8_t first_byte) {
  Ignore sink;
  UdpTracker tracker({.profile = {}, .globals = {}, .wants = sink.Wants()}, &sink);
  Packet packet(first_byte);
  Endpoints ends;
  OpenStep open;
  open.endpoints = ends;
  UdpDatagramStep step;
  CloseStep close;
  int64_t now = 0;
  for (auto _ : state) {
    tracker.OnOpen(open);
    for (int64_t i = 0; i < state.range(0); ++i) {
      packet.SetSequence(static_cast<uint16_t>(i / 2));
      step.datagram = &packet.At(now += 20000);
      step.header = ReadUdpHeader(*step.datagram);
      step.direction = i % 2 == 0 ? Direction::kClientToServer : Direction::kServerToClient;
      tracker.OnDatagram(step);
    }
    tracker.OnClose(close);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void BM_UdpUnknown(benchmark::State& state) { Run(state, 0x41); }
void BM_UdpRtp(benchmark::State& state) { Run(state, 0x80); }
BENCHMARK(BM_UdpUnknown)->Arg(2)->Arg(40)->Arg(1000);
BENCHMARK(BM_UdpRtp)->Arg(40)->Arg(1000);

}  // namespace
}  // namespace tstat::internal
