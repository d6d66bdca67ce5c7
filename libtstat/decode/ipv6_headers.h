// SPDX-License-Identifier: BSD-3-Clause
//
// The chain of IPv6 extension headers, walked as Tstat walks it: once to find the
// transport header, once - by other rules - for the length that payload sizes are computed with.
#ifndef TSTAT_DECODE_IPV6_HEADERS_H_
#define TSTAT_DECODE_IPV6_HEADERS_H_

#include <cstddef>
#include <cstdint>

#include "decode/byte_reader.h"

namespace tstat::internal {

inline constexpr size_t kIpv6FixedHeaderBytes = 40;

namespace ip_protocol {
inline constexpr uint8_t kHopByHop = 0, kIpv4 = 4, kTcp = 6, kUdp = 17, kIpv6 = 41, kRouting = 43,
                         kFragment = 44, kAuthentication = 51, kIcmpv6 = 58,
                         kDestinationOptions = 60, kMobility = 135;
}  // namespace ip_protocol

struct Ipv6Transport {
  enum class Outcome : uint8_t {
    kEnd,          // a header that is not skipped: TCP, UDP, ICMPv6, unknown ...
    kFragment,     // not the first fragment
    kPastCapture,  // the next header is not captured, or only its first byte
  };
  Outcome outcome = Outcome::kEnd;
  uint8_t protocol = 0;  // the last next-header value, also when that header is not captured
  size_t offset = 0;     // of that header, from the start of the IPv6 header
};

// `ip` starts at the IPv6 header and holds it in full. A fragment header counts as
// `fragment_header_bytes` long. Takes time proportional to the captured length at most.
Ipv6Transport FindIpv6Transport(ByteReader ip, uint8_t fragment_header_bytes);

// Length of all headers before the transport header; -1 when the walk runs past the capture.
int32_t Ipv6HeaderLength(ByteReader ip);

}  // namespace tstat::internal

#endif  // TSTAT_DECODE_IPV6_HEADERS_H_
