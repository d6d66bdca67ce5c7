// SPDX-License-Identifier: BSD-3-Clause
//
// Well-formed packets, layer by layer, of end points that are small numbers. Checksums are 0.
//
//   FlowEnds ends{.client = 1, .server = 2, .client_port = 4000, .server_port = 80};
//   std::vector<uint8_t> ip = UdpPacket(ends, /*side=*/0, /*ident=*/1, "payload");
//   std::vector<uint8_t> frame = EthernetFrame(0x0800, ip);
#ifndef TSTAT_FUZZ_FRAME_BUILDER_H_
#define TSTAT_FUZZ_FRAME_BUILDER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace tstat::internal {

// 10.0.0.N and 192.0.2.N, or fd00::N and 2001:db8::2:N.
struct FlowEnds {
  bool is_v6 = false;
  uint8_t client = 0, server = 0;
  uint16_t client_port = 0, server_port = 0;
};

struct TcpFields {
  uint32_t sequence = 0, acknowledgment = 0;
  uint8_t flags = 0;
  uint16_t window = 8192;
  uint16_t ident = 0;             // of IPv4
  bool with_syn_options = false;  // MSS, window scale, SACK permitted
  bool timestamps = false;        // with value `now`
  uint32_t now = 0;
  std::pair<uint32_t, uint32_t> sack = {};  // equal: none
};

// IP packets. `side`: 0 the client sends, 1 the server.
std::vector<uint8_t> TcpPacket(const FlowEnds& ends, size_t side, const TcpFields& fields,
                               std::string_view payload);
std::vector<uint8_t> UdpPacket(const FlowEnds& ends, size_t side, uint16_t ident,
                               std::string_view payload);
// An error of ICMP, to the sender of `ip`, which it quotes.
std::vector<uint8_t> IcmpQuote(std::span<const uint8_t> ip, bool is_v6, uint8_t code);
// Two fragments of an IPv4 packet, the first with so many bytes of payload, a multiple of 8.
std::pair<std::vector<uint8_t>, std::vector<uint8_t>> InFragments(std::span<const uint8_t> ip,
                                                                  size_t bytes);

std::vector<uint8_t> EthernetFrame(uint16_t type, std::span<const uint8_t> payload);
// `frame`, whose IP packet is `ip`, with a tag, a label, or in a tunnel; `kind` says which.
std::vector<uint8_t> InTunnel(std::span<const uint8_t> frame, std::span<const uint8_t> ip,
                              bool is_v6, uint8_t kind);

}  // namespace tstat::internal

#endif  // TSTAT_FUZZ_FRAME_BUILDER_H_
