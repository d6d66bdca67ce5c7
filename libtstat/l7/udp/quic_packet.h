// SPDX-License-Identifier: BSD-3-Clause
//
// Packets of QUIC with a long header, one or several in a datagram (RFC 9000, 12.2 and 17.2; RFC
// 8999). A total function over hostile bytes.
//
//   while (const auto packet = QuicLongPacket::Parse(rest)) {
//     ...
//     rest = rest.Sub(packet->size);
//   }
#ifndef TSTAT_L7_UDP_QUIC_PACKET_H_
#define TSTAT_L7_UDP_QUIC_PACKET_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "decode/byte_reader.h"
#include "l7/udp/quic_keys.h"
#include "l7/udp/quic_varint.h"

namespace tstat::internal {

struct QuicLongPacket {
  static constexpr size_t kMaxIdLength = 20;

  QuicPacketType type = QuicPacketType::kInitial;
  uint32_t version = 0;
  ByteReader destination_id, source_id;
  // Behind the header, where the packet's number stands; of packets that have one.
  size_t number_at = 0;
  size_t size = 0;   // of the packet in the datagram, as claimed: it may be larger than `bytes`
  ByteReader bytes;  // what was captured of it

  bool whole() const { return bytes.size() == size; }

  // Nothing: a short header, or no header that could be one.
  static std::optional<QuicLongPacket> Parse(ByteReader datagram) {
    constexpr uint8_t kLongForm = 0x80, kFixedBit = 0x40;
    constexpr size_t kVersion = 1, kIds = 5;
    const uint8_t first = datagram.U8(0);
    std::optional<QuicLongPacket> none;
    if ((first & kLongForm) == 0 || !datagram.Has(kIds)) return none;
    QuicLongPacket p;
    p.version = datagram.U32(kVersion);
    size_t at = kIds;
    if (!ReadId(datagram, &at, &p.destination_id) || !ReadId(datagram, &at, &p.source_id)) {
      return none;
    }
    p.size = datagram.size();
    p.bytes = datagram;
    if (p.version == 0) {
      p.type = QuicPacketType::kVersionNegotiation;
      return p;
    }
    if ((first & kFixedBit) == 0) return none;
    p.type = QuicRulesOf(p.version).types[first >> 4 & 3];
    if (p.type == QuicPacketType::kRetry) return p;
    if (p.type == QuicPacketType::kInitial && !SkipToken(datagram, &at)) return none;
    const std::optional<QuicVarint> length = QuicVarint::Parse(datagram, at);
    if (!length || length->value > UINT16_MAX) return none;
    p.number_at = at + length->size;
    p.size = p.number_at + length->value;
    p.bytes = datagram.Sub(0, p.size);
    return p;
  }

 private:
  static bool ReadId(ByteReader b, size_t* at, ByteReader* id) {
    if (!b.Has(*at)) return false;
    const size_t length = b.U8(*at);
    if (length > kMaxIdLength || !b.Has(*at + 1, length)) return false;
    *id = b.Sub(*at + 1, length);
    *at += 1 + length;
    return true;
  }
  static bool SkipToken(ByteReader b, size_t* at) {
    const std::optional<QuicVarint> length = QuicVarint::Parse(b, *at);
    if (!length || length->value > b.size()) return false;
    *at += length->size + length->value;
    return true;
  }
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_QUIC_PACKET_H_
