// SPDX-License-Identifier: BSD-3-Clause
//
// What the decoder hands on: one IP packet with its TCP or UDP header found. Views into the frame;
// valid as long as the Packet's bytes.
#ifndef TSTAT_DECODE_DATAGRAM_H_
#define TSTAT_DECODE_DATAGRAM_H_

#include <cassert>
#include <cstdint>
#include <span>

#include "decode/byte_reader.h"
#include "tstat/ip_address.h"
#include "tstat/packet.h"
#include "tstat/time.h"
#include "tstat/tunnel.h"

namespace tstat::internal {

enum class Transport : uint8_t {
  kOther,  // no TCP or UDP header found: ICMP, fragments, unknown protocols, broken extension
           // headers
  kTcp,
  kUdp,
};

namespace tcp_flags {
inline constexpr uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPsh = 0x08, kAck = 0x10,
                         kUrg = 0x20;
}  // namespace tcp_flags

// Flows of different spaces have no packet in common: those of IPv6, those of tunnels' own
// datagrams, and where the options ask for it those of a VLAN and a tunnel's identifier, which the
// other bits are made of.
namespace flow_space {
inline constexpr uint32_t kV6 = 1, kOuter = 2;
inline constexpr int kShift = 2;
}  // namespace flow_space

struct Datagram {
  Timestamp time;
  IpAddress source, destination;
  uint16_t source_port = 0, destination_port = 0;  // 0 unless TCP or UDP, and not truncated
  Transport transport = Transport::kOther;
  bool is_v6 = false;
  uint32_t flow_space = 0;  // what tells flows of the same endpoints apart (flow_space)
  // The TCP (20 bytes) or UDP (8 bytes) header is not captured in full: counted, but no flow.
  bool truncated = false;
  // No packet before this one, of the run, was captured further. What the reference reads behind
  // the captured end are zeros then, else bytes of others.
  bool zeros_behind = true;
  uint8_t ttl = 0;          // TTL or hop limit
  uint8_t ip_protocol = 0;  // IPv4 protocol, or the last next-header value of the IPv6 walk
  uint8_t type_of_service = 0;
  // IPv4 identification. For IPv6 the bytes at the same offset, which are the payload length (a
  // quirk that shows in the rows).
  uint16_t ip_id = 0;
  // IPv4: the total length field. IPv6: payload length + 40.
  uint32_t ip_total_length = 0;
  // Length of all headers before the transport header, as Tstat counts them; -1 when the
  // IPv6 walk ran past the capture.
  int32_t ip_header_length = 0;
  // ip_total_length - ip_header_length; from header fields only, may be negative.
  int32_t ip_payload_length = 0;
  // Captured bytes from the IP header to the last usable one (IPv4 is
  // trimmed to one byte past the total length, IPv6 not at all).
  ByteReader ip;
  // Captured bytes from the IP header to the end of the frame, Ethernet padding included: what the
  // packet dumps write.
  ByteReader captured;
  // Captured bytes from the transport header to the last usable one. With kOther: from the place
  // where the search for a transport header ended (for ICMPv6 its header); empty when that lies
  // past the capture.
  ByteReader transport_bytes;
  PacketOrigin origin = PacketOrigin::kUnknown;  // from the packet, or from the MAC list

  // What only the true profile's decoder knows (frame_decoder.h).
  // UDP: payload + 8, where the header's own field cannot be right too. 0: that field, whatever it
  // says.
  uint32_t udp_length = 0;
  uint32_t fragment_id = 0;      // of IPv4 packets, and of IPv6 packets with a fragment header
  uint16_t fragment_offset = 0;  // in units of 8 bytes
  bool more_fragments = false;
  uint16_t vlan = 0;  // the innermost one; 0: none
  Tunnel tunnel;      // the innermost one; of a tunnel's own datagram: is_outer
};

// A TCP segment's header fields, read from Datagram::transport_bytes.
// REQUIRES: transport == kTcp and !truncated.
struct TcpHeader {
  uint32_t sequence, acknowledgment;
  uint16_t window, checksum;
  uint8_t flags;           // FIN .. URG
  bool reserved_bits;      // any of the reserved bits, ECE, CWR set
  uint8_t header_length;   // 4 * data offset, 0..60, as claimed
  int32_t payload_length;  // from the header fields only; may be negative for malformed packets
};

inline TcpHeader ReadTcpHeader(const Datagram& d) {
  assert(d.transport == Transport::kTcp && !d.truncated);
  const HeaderReader<20> t = d.transport_bytes.Header<20>();
  TcpHeader h;
  h.sequence = t.U32<4>();
  h.acknowledgment = t.U32<8>();
  h.header_length = static_cast<uint8_t>((t.U8<12>() >> 4) * 4);
  h.flags = t.U8<13>() & 0x3F;
  h.reserved_bits = (t.U16<12>() & 0x0FC0) != 0;
  h.window = t.U16<14>();
  h.checksum = t.U16<16>();
  h.payload_length = d.ip_payload_length - h.header_length;
  return h;
}

// The captured payload of a segment: empty when the header claims more than was captured.
inline ByteReader TcpPayload(const Datagram& d, const TcpHeader& h) {
  return d.transport_bytes.Sub(h.header_length);
}

// A UDP header, read from Datagram::transport_bytes. REQUIRES: transport == kUdp and !truncated.
struct UdpHeader {
  // `length`: payload + 8. The header's own field; in the true profile what it should be.
  uint32_t length;
  uint16_t checksum;
};

// What the header says, whether it can be or not.
inline UdpHeader ClaimedUdpHeader(const Datagram& d) {
  assert(d.transport == Transport::kUdp && !d.truncated);
  const HeaderReader<8> t = d.transport_bytes.Header<8>();
  return {t.U16<4>(), t.U16<6>()};
}

inline UdpHeader ReadUdpHeader(const Datagram& d) {
  UdpHeader h = ClaimedUdpHeader(d);
  if (d.udp_length != 0) h.length = d.udp_length;
  return h;
}

}  // namespace tstat::internal

#endif  // TSTAT_DECODE_DATAGRAM_H_
