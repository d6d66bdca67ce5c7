// SPDX-License-Identifier: BSD-3-Clause
//
// TCP frames made in memory, for measurements that need exactly so many flows.
//
//   SyntheticTcp frames;
//   analyzer.Process(frames.Segment(flow, true, SyntheticTcp::kSyn, 1, 0, 0, time));
#ifndef TSTAT_BENCHMARKS_SYNTHETIC_TRAFFIC_H_
#define TSTAT_BENCHMARKS_SYNTHETIC_TRAFFIC_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tstat/packet.h"
#include "tstat/time.h"

namespace tstat::internal {

class SyntheticTcp {
 public:
  static constexpr uint8_t kFin = 1, kSyn = 2, kAck = 16;
  static constexpr size_t kHeaders = 54, kMaxPayload = 1000;

  SyntheticTcp() {
    constexpr uint8_t kTemplate[] = {2,  0, 0, 0, 0, 2, 2, 0, 0,  0, 0, 1, 8, 0,  // Ethernet
                                     69, 0, 0, 0, 0, 1, 0, 0, 64, 6, 0, 0};       // IPv4
    for (size_t i = 0; i < sizeof(kTemplate); ++i) bytes_[i] = kTemplate[i];
    bytes_[46] = 0x50;  // data offset
    bytes_[48] = 0xff;  // window
  }

  // A segment of flow `flow`; client 10.x.y.z port 1024 + n, server 192.0.2.1 port 9.
  Packet Segment(uint32_t flow, bool from_client, uint8_t flags, uint32_t sequence,
                 uint32_t acknowledgment, uint16_t payload, Timestamp time) {
    const size_t client = from_client ? 26 : 30, server = from_client ? 30 : 26;
    const size_t client_port = from_client ? 34 : 36, server_port = from_client ? 36 : 34;
    Store16(16, static_cast<uint16_t>(40 + payload));
    Store16(18, ++ip_id_);
    Store32(client, 0x0a000000 + (flow & 0xffffff));
    Store32(server, 0xc0000201);
    Store16(client_port, static_cast<uint16_t>(1024 + (flow >> 24)));
    Store16(server_port, 9);
    Store32(38, sequence);
    Store32(42, acknowledgment);
    bytes_[47] = flags;
    Packet packet;
    packet.time = time;
    packet.data = {bytes_.data(), kHeaders + payload};
    packet.original_length = static_cast<uint32_t>(kHeaders + payload);
    return packet;
  }

  // What segments carry, zeros at first.
  std::span<uint8_t> payload() { return std::span(bytes_).subspan(kHeaders); }

 private:
  void Store16(size_t at, uint16_t v) {
    bytes_[at] = static_cast<uint8_t>(v >> 8);
    bytes_[at + 1] = static_cast<uint8_t>(v);
  }
  void Store32(size_t at, uint32_t v) {
    Store16(at, static_cast<uint16_t>(v >> 16));
    Store16(at + 2, static_cast<uint16_t>(v));
  }

  std::array<uint8_t, kHeaders + kMaxPayload> bytes_{};
  uint16_t ip_id_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_BENCHMARKS_SYNTHETIC_TRAFFIC_H_
