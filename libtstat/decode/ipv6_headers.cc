// SPDX-License-Identifier: BSD-3-Clause
#include "decode/ipv6_headers.h"

namespace tstat::internal {
namespace {

// Both walks look at a header only while it starts before the last captured byte.
bool StartsBeforeLastByte(ByteReader ip, size_t offset) { return offset + 1 < ip.size(); }

// Places in the fixed header (RFC 8200, 3) and in extension headers (4.3 to 4.6).
constexpr size_t kFixedNextHeader = 6;
constexpr size_t kExtensionNext = 0, kExtensionLength = 1, kExtensionOffset = 2;

// Of the upper byte of the fragment offset field (RFC 8200, 4.5) only these bits tell a later
// fragment, so that byte offsets 8..1016 are taken for the first one (quirk).
constexpr uint8_t kLaterFragmentBits = 0xFC;

}  // namespace

Ipv6Transport FindIpv6Transport(ByteReader ip, uint8_t fragment_header_bytes) {
  Ipv6Transport t{Ipv6Transport::Outcome::kPastCapture, ip.U8(kFixedNextHeader),
                  kIpv6FixedHeaderBytes};
  while (StartsBeforeLastByte(ip, t.offset)) {
    size_t length = 0;
    switch (t.protocol) {
      case ip_protocol::kHopByHop:
      case ip_protocol::kRouting:
      case ip_protocol::kDestinationOptions:
      case ip_protocol::kMobility:
        length = 8 + 8 * size_t{ip.U8(t.offset + kExtensionLength)};
        break;
      case ip_protocol::kAuthentication:
        length = 8 + 4 * size_t{ip.U8(t.offset + kExtensionLength)};
        break;
      case ip_protocol::kFragment:
        if ((ip.U8(t.offset + kExtensionOffset) & kLaterFragmentBits) != 0) {
          t.outcome = Ipv6Transport::Outcome::kFragment;
          return t;
        }
        length = fragment_header_bytes;
        break;
      default:
        t.outcome = Ipv6Transport::Outcome::kEnd;
        return t;
    }
    t.protocol = ip.U8(t.offset + kExtensionNext);
    t.offset += length;
  }
  return t;
}

int32_t Ipv6HeaderLength(ByteReader ip) {
  // Next headers and lengths are signed bytes here (quirk): mobility (135) ends the walk, and a
  // length above 127 steps backwards. A walk that only goes forward takes no more than one step per
  // 8 captured bytes; a longer one is going round in circles.
  int32_t next_header = static_cast<int8_t>(ip.U8(kFixedNextHeader));
  int32_t offset = static_cast<int32_t>(kIpv6FixedHeaderBytes);
  for (size_t steps = ip.size() / 8 + 1; steps > 0; --steps) {
    if (offset < 0 || !StartsBeforeLastByte(ip, static_cast<size_t>(offset))) return -1;
    const auto at = static_cast<size_t>(offset);
    const int32_t length = static_cast<int8_t>(ip.U8(at + kExtensionLength));
    switch (next_header) {
      case ip_protocol::kHopByHop:
      case ip_protocol::kRouting:
      case ip_protocol::kDestinationOptions:
        offset += (length + 1) * 8;
        break;
      case ip_protocol::kAuthentication:
        offset += (length + 2) * 4;
        break;
      case ip_protocol::kFragment:
        offset += 8;
        break;
      default:
        return offset;
    }
    next_header = static_cast<int8_t>(ip.U8(at + kExtensionNext));
  }
  return -1;
}

}  // namespace tstat::internal
