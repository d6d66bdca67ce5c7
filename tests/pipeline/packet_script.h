// SPDX-License-Identifier: BSD-3-Clause
//
// Packets of small conversations, written down one after the other for tests of the pipeline.
//
//   PacketScript script;
//   script.Handshake(0.0, 40000);                     // three segments to port 80
//   script.Tcp(0.1, {.source_port = 40000}, "GET / HTTP/1.1\r\n\r\n");
//   script.Udp(2.0, 5000);
//   script.Feed(&analyzer);
#ifndef TSTAT_PIPELINE_PACKET_SCRIPT_H_
#define TSTAT_PIPELINE_PACKET_SCRIPT_H_

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "tests/decode/frame_builder.h"
#include "tstat/analyzer.h"
#include "tstat/memory_packet_source.h"
#include "tstat/time.h"

namespace tstat::internal::testing {

class PacketScript {
 public:
  static constexpr int64_t kStart = 1'500'000'000;  // seconds
  static Timestamp At(double seconds) {
    return Timestamp::FromMicroseconds(kStart * 1'000'000 +
                                       static_cast<int64_t>(seconds * 1e6 + 0.5));
  }

  // Any frame.
  void Frame(double seconds, const Bytes& frame) {
    frames_.push_back(frame);
    Packet packet;
    packet.time = At(seconds);
    packet.data = frames_.back();
    packet.original_length = static_cast<uint32_t>(frame.size());
    packets_.push_back(packet);
  }
  // The client sends, or (`from_server`) the server.
  void Tcp(double seconds, const TcpFields& fields, std::string_view payload = {},
           bool from_server = false) {
    TcpFields f = fields;
    if (from_server) std::swap(f.source_port, f.destination_port);
    Ipv4Fields ip{.protocol = 6, .id = ++id_};
    if (from_server) std::swap(ip.source, ip.destination);
    Frame(seconds, Ethernet(0x0800) + Ipv4(ip, testing::Tcp(f) + Text(payload)));
  }
  void Handshake(double seconds, uint16_t port) {
    Tcp(seconds, {.source_port = port, .sequence = 1000, .acknowledgment = 0, .flags = 0x02});
    Tcp(seconds, {.source_port = port, .sequence = 5000, .acknowledgment = 1001, .flags = 0x12}, {},
        true);
    Tcp(seconds, {.source_port = port, .sequence = 1001, .acknowledgment = 5001, .flags = 0x10});
  }
  void Reset(double seconds, uint16_t port) {
    Tcp(seconds, {.source_port = port, .sequence = 1001, .acknowledgment = 5001, .flags = 0x14});
  }
  void Udp(double seconds, uint16_t port, bool from_server = false) {
    Ipv4Fields ip{.protocol = 17, .id = ++id_};
    uint16_t source = port, destination = 9999;
    if (from_server) std::swap(ip.source, ip.destination), std::swap(source, destination);
    Frame(seconds,
          Ethernet(0x0800) + Ipv4(ip, testing::Udp(12, source, destination) + Text("abcd")));
  }

  // One by one.
  template <typename Analysis>
  void Feed(Analysis* analysis) const {
    for (const Packet& packet : packets_) analysis->Process(packet);
  }
  MemoryPacketSource Source() const {
    MemoryPacketSource source;
    for (const Packet& packet : packets_) source.Add(packet);
    return source;
  }
  const std::vector<Packet>& packets() const { return packets_; }

 private:
  std::deque<Bytes> frames_;
  std::vector<Packet> packets_;
  uint16_t id_ = 0;
};

}  // namespace tstat::internal::testing

#endif  // TSTAT_PIPELINE_PACKET_SCRIPT_H_
