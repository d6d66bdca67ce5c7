// SPDX-License-Identifier: BSD-3-Clause
//
// A captured frame as a PacketSource delivers it.
#ifndef TSTAT_PACKET_H_
#define TSTAT_PACKET_H_

#include <cstdint>
#include <span>

#include "tstat/time.h"

namespace tstat::inline v1 {

// Link types are libpcap's DLT_* values (https://www.tcpdump.org/linktypes.html), already
// translated from the file's LINKTYPE_* number. Only the ones the decoder knows have a name here;
// any other value may be carried and is counted as "unsupported link type".
enum class LinkType : uint16_t {
  kNull = 0,
  kEthernet = 1,
  kIeee802 = 6,
  kSlip = 8,
  kPpp = 9,
  kFddi = 10,
  kAtmRfc1483 = 11,
  kRaw = 12,
  kPppHdlc = 50,
  kPppoe = 51,
  kCiscoHdlc = 104,
  kIeee80211 = 105,
  kLoop = 108,
  kLinuxCooked = 113,
  kPrism = 119,
  kRadiotap = 127,
  kIpv4 = 228,
  kIpv6 = 229,
  kLinuxCooked2 = 276,
};

// Where a packet's endpoints lie when the source knows it (pairs of traces, one a direction;
// a source of your own).
enum class PacketOrigin : uint8_t {
  kUnknown,         // decided by MAC or network lists
  kInternalSource,  // source internal, destination external
  kExternalSource,  // source external, destination internal
  kInternalBoth,    // both internal
  kExternalBoth,    // both external
};

// A view: the bytes belong to the PacketSource (or the caller) and stay valid only as long as that
// says. Copy what must live longer.
struct Packet {
  Timestamp time;
  std::span<const uint8_t> data;  // the captured bytes, from the link header on
  uint32_t original_length = 0;   // bytes on the wire
  LinkType link_type = LinkType::kEthernet;
  PacketOrigin origin = PacketOrigin::kUnknown;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_PACKET_H_
