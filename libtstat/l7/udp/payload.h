// SPDX-License-Identifier: BSD-3-Clause
//
// What UDP classification may look at in one packet.
//
//   const UdpPayload p = ReadUdpPayload(datagram, header);
//   if (p.available >= 28 && p.bytes.U8(1) <= 2) ...
#ifndef TSTAT_L7_UDP_PAYLOAD_H_
#define TSTAT_L7_UDP_PAYLOAD_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "decode/byte_reader.h"
#include "decode/datagram.h"

namespace tstat::internal {

inline constexpr size_t kUdpHeaderBytes = 8;

struct UdpPayload {
  // Captured bytes behind the UDP header, to the end of the frame: padding behind the IP packet is
  // there for those who go by the length field. Bytes that were not captured never match anything;
  // where a rule accepts a 0 it must ask Has() (the reference reads what an earlier packet left
  // there).
  ByteReader bytes;
  uint16_t length_field = 0;  // the UDP header's own field, payload + 8
  // Captured bytes from the UDP header to the last usable one of the IP packet; one too many when
  // an IPv4 packet is followed by padding (quirk).
  size_t available = 0;

  // Captured payload bytes by that count.
  size_t captured() const { return available > kUdpHeaderBytes ? available - kUdpHeaderBytes : 0; }
};

inline UdpPayload ReadUdpPayload(const Datagram& d, const UdpHeader& h) {
  const size_t transport_offset = d.ip.size() - d.transport_bytes.size();
  const auto length_field = static_cast<uint16_t>(std::min<uint32_t>(h.length, UINT16_MAX));
  return {d.captured.Sub(transport_offset + kUdpHeaderBytes), length_field,
          d.transport_bytes.size()};
}

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_PAYLOAD_H_
