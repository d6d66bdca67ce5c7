// SPDX-License-Identifier: BSD-3-Clause
//
// Why frames and packets are not analysed: the reasons that the decoder counts.
#ifndef TSTAT_DECODE_DROP_REASON_H_
#define TSTAT_DECODE_DROP_REASON_H_

#include <cstdint>
#include <string_view>

namespace tstat::internal {

// Why a frame, or the transport part of an IP packet, went no further.
enum class DropReason : uint8_t {
  kUnsupportedLinkType,
  kShortLinkHeader,  // the capture ends before the first byte of IP
  kNotIp,            // ARP, LLC, PPP control, unknown Ethernet types ...
  kBadIpVersion,     // the nibble is neither 4 nor 6
  kShortIpHeader,
  kBadInnerIpVersion,  // IPv4 tunnel whose content is not IP
  // The following still count as "packets seen":
  kFragment,   // not the first fragment
  kNotTcpUdp,  // ICMP, GRE, ESP ...
  kBadExtensionHeaders,
  kShortTransportHeader,
  // Of the true profile only:
  kBadTransportHeader,  // a TCP header shorter than can be, or longer than its packet
  kBadIpHeader,         // shorter than can be, or longer than its packet; not "seen"
  kEncrypted,           // a link's own encryption; not "seen"
  kTooManyHeaders,      // in one another; not "seen"
  kCount,
};
std::string_view DropReasonName(DropReason reason);

}  // namespace tstat::internal

#endif  // TSTAT_DECODE_DROP_REASON_H_
