// SPDX-License-Identifier: BSD-3-Clause
//
// Builds frames for tests, byte by byte, innermost part last.
//
//   Bytes frame = Ethernet(0x0800) + Ipv4({.protocol = 6}, Tcp({.source_port = 1}) + Text("GET"));
#ifndef TSTAT_DECODE_FRAME_BUILDER_H_
#define TSTAT_DECODE_FRAME_BUILDER_H_

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tstat/ip_address.h"
#include "tstat/packet.h"

namespace tstat::internal::testing {

using Bytes = std::vector<uint8_t>;

inline Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline Bytes U16(uint16_t v) { return {static_cast<uint8_t>(v >> 8), static_cast<uint8_t>(v)}; }
inline Bytes U32(uint32_t v) {
  return U16(static_cast<uint16_t>(v >> 16)) + U16(static_cast<uint16_t>(v));
}
inline Bytes Fill(size_t count, uint8_t value = 0) { return Bytes(count, value); }
inline Bytes Text(std::string_view text) { return Bytes(text.begin(), text.end()); }

using Mac = std::array<uint8_t, 6>;
inline constexpr Mac kSourceMac = {2, 0, 0, 0, 0, 1}, kDestinationMac = {2, 0, 0, 0, 0, 2};

inline Bytes Ethernet(uint16_t type) {
  return Bytes(kDestinationMac.begin(), kDestinationMac.end()) +
         Bytes(kSourceMac.begin(), kSourceMac.end()) + U16(type);
}

struct TcpFields {
  uint16_t source_port = 40000, destination_port = 80;
  uint32_t sequence = 0x01020304, acknowledgment = 0x05060708;
  uint8_t offset_byte = 0x50, flags = 0x18;
  uint16_t window = 0x7210;
};
inline Bytes Tcp(const TcpFields& f = {}) {
  return U16(f.source_port) + U16(f.destination_port) + U32(f.sequence) + U32(f.acknowledgment) +
         Bytes{f.offset_byte, f.flags} + U16(f.window) + U16(0xBEEF) + U16(0);
}

inline Bytes Udp(uint16_t length, uint16_t source_port = 5353, uint16_t destination_port = 53) {
  return U16(source_port) + U16(destination_port) + U16(length) + U16(0xCAFE);
}

struct Ipv4Fields {
  uint8_t protocol = 6;
  int total_length = -1;  // -1: the true one
  uint16_t fragment = 0;
  uint8_t ihl = 5;  // options are added for more than 5
  uint8_t ttl = 61, tos = 0x28;
  uint16_t id = 0x1234;
  uint32_t source = 0x0A000001, destination = 0xC0A80102;
};
inline Bytes Ipv4(const Ipv4Fields& f, const Bytes& payload) {
  const Bytes options = f.ihl > 5 ? Fill((f.ihl - 5) * 4, 1) : Bytes{};
  const size_t length = 20 + options.size() + payload.size();
  const auto total = static_cast<uint16_t>(f.total_length < 0 ? length : f.total_length);
  return Bytes{static_cast<uint8_t>(0x40 | f.ihl), f.tos} + U16(total) + U16(f.id) +
         U16(f.fragment) + Bytes{f.ttl, f.protocol} + U16(0) + U32(f.source) + U32(f.destination) +
         options + payload;
}

struct Ipv6Fields {
  uint8_t next_header = 6;
  int payload_length = -1;  // -1: the true one
  uint8_t hop_limit = 55, traffic_class = 0xB8;
  const char* source = "2001:db8::1";
  const char* destination = "2001:db8:0:1::2";
};
inline Bytes Ipv6(const Ipv6Fields& f, const Bytes& payload) {
  const auto address = [](const char* text) {
    const IpAddress a = *IpAddress::Parse(text);
    return Bytes(a.bytes().begin(), a.bytes().end());
  };
  const auto length =
      static_cast<uint16_t>(f.payload_length < 0 ? payload.size() : f.payload_length);
  return U32(0x60000000u | static_cast<uint32_t>(f.traffic_class) << 20) + U16(length) +
         Bytes{f.next_header, f.hop_limit} + address(f.source) + address(f.destination) + payload;
}

// An extension header of 8 + 8 * `length` bytes (authentication: 8 + 4 * `length`).
inline Bytes Extension(uint8_t next_header, uint8_t length = 0, size_t unit = 8) {
  return Bytes{next_header, length} + Fill(6 + unit * length);
}
// `offset_and_flags`: the 13 bits of the offset in 8-byte units, 2 reserved bits, M.
inline Bytes Fragment(uint8_t next_header, uint16_t offset_and_flags) {
  return Bytes{next_header, 0} + U16(offset_and_flags) + U32(0x11223344);
}

inline Packet PacketOf(const Bytes& frame, LinkType type = LinkType::kEthernet) {
  Packet p;
  p.time = Timestamp::FromMicroseconds(1'500'000'000'000'000);
  p.data = frame;
  p.original_length = static_cast<uint32_t>(frame.size());
  p.link_type = type;
  return p;
}

}  // namespace tstat::internal::testing

#endif  // TSTAT_DECODE_FRAME_BUILDER_H_
