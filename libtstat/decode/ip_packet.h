// SPDX-License-Identifier: BSD-3-Clause
//
// An IP packet by its standards: RFC 791 and 8200 with all extension headers, lengths of packets
// that the sender or receiver of a segmentation offload captured (total length 0; RFC 2675), the
// authentication header of both versions. Nothing behind the end that the packet states is seen.
//
//   IpPacket ip;
//   DropReason reason = ParseIp(part, &ip, &datagram);
//   if (ip.is_valid) Use(datagram, ip.payload);
#ifndef TSTAT_DECODE_IP_PACKET_H_
#define TSTAT_DECODE_IP_PACKET_H_

#include <cstdint>

#include "decode/datagram.h"
#include "decode/drop_reason.h"
#include "decode/part.h"

namespace tstat::internal {

struct IpPacket {
  bool is_valid = false;  // it has an IP header; else nothing else is set
  bool is_later_fragment = false;
  Part payload;  // behind all headers of IP
};

// Sets all of `out` that the IP header tells, and the TCP or UDP header's part of it. Returns
// kCount, or why there is no usable transport header.
DropReason ParseIp(const Part& part, IpPacket* ip, Datagram* out);

// The same for most packets: IPv4 without options, whole, with a header of TCP or UDP that is there
// in full and has lengths that fit. False, and nothing is set that counts: it is another one.
bool ParseUsualIp(const Part& part, IpPacket* ip, Datagram* out);

// Something that may be an IP packet is one: its lengths fit in what is there.
bool IsPlausibleIp(const Part& part);
// And its header has the right checksum (RFC 791, 3.1). REQUIRES: it is a plausible IPv4 packet.
bool HasIpv4Checksum(const Part& part);

}  // namespace tstat::internal

#endif  // TSTAT_DECODE_IP_PACKET_H_
