// SPDX-License-Identifier: BSD-3-Clause
//
// Packets that come from the program's own memory, one call a packet: here a TCP handshake and its
// end, built by hand as raw IPv4.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "tstat/analyzer.h"
#include "tstat/tcp_flow.h"

namespace {

constexpr uint8_t kFin = 1, kSyn = 2, kAck = 16;

class Printer : public tstat::EventSink {
 public:
  tstat::EventMask Wants() const override { return tstat::Event::kTcpFlow; }
  void OnTcpFlow(const tstat::TcpFlow& flow) override {
    std::printf("%s flow, %llu + %llu segments, %.0f us to the server and back\n",
                flow.complete ? "complete" : "incomplete",
                static_cast<unsigned long long>(flow.client.packets),
                static_cast<unsigned long long>(flow.server.packets), flow.client.rtt.mean_us());
  }
};

// A segment without payload from 10.0.0.1 port 1000 to 10.0.0.2 port 2000, or back.
using Frame = std::array<uint8_t, 40>;
Frame Segment(bool from_client, uint8_t flags, uint8_t sequence, uint8_t acknowledgment) {
  Frame f = {0x45, 0,    0,    40,   0, 1, 0, 0, 64, 6, 0, 0, 10,   0, 0,   1, 10, 0, 0, 2,  // IPv4
             0x03, 0xe8, 0x07, 0xd0, 0, 0, 0, 0, 0,  0, 0, 0, 0x50, 0, 0x20};                // TCP
  if (!from_client) {
    std::swap(f[15], f[19]);
    std::swap_ranges(f.begin() + 20, f.begin() + 22, f.begin() + 22);
  }
  f[27] = sequence;
  f[31] = acknowledgment;
  f[33] = flags;
  return f;
}

}  // namespace

int main() {
  Printer printer;
  tstat::Analyzer analyzer(tstat::AnalyzerOptions{});
  analyzer.AddSink(&printer);
  analyzer.BeginTrace({});
  int64_t microseconds = 1'700'000'000'000'000;
  const auto feed = [&](const Frame& frame) {
    tstat::Packet packet;
    packet.time = tstat::Timestamp::FromMicroseconds(microseconds += 5000);
    packet.data = frame;  // needs to live during the call only
    packet.original_length = frame.size();
    packet.link_type = tstat::LinkType::kRaw;
    analyzer.Process(packet);
  };
  feed(Segment(true, kSyn, 1, 0));
  feed(Segment(false, kSyn | kAck, 101, 2));
  feed(Segment(true, kAck, 2, 102));
  feed(Segment(true, kFin | kAck, 2, 102));
  feed(Segment(false, kFin | kAck, 102, 3));
  feed(Segment(true, kAck, 3, 103));
  analyzer.EndTrace();
  return analyzer.status().ok() ? 0 : 1;
}
