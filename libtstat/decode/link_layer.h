// SPDX-License-Identifier: BSD-3-Clause
//
// Finds the IP header in a frame.
//
//   LinkLayer link;
//   IpLocation at = link.Locate(packet.link_type, ByteReader(packet.data));
//   if (at.found()) Use(ByteReader(packet.data).Sub(at.offset));
//
// The offsets are Tstat's: one VLAN tag, one MPLS label, a fixed 802.11 header. Whatever stands at
// the offset is then judged by its version nibble alone, so frames with deeper encapsulations are
// taken for IP when that nibble happens to be 4 or 6. That shows in the results and is kept.
#ifndef TSTAT_DECODE_LINK_LAYER_H_
#define TSTAT_DECODE_LINK_LAYER_H_

#include <cstdint>

#include "decode/byte_reader.h"
#include "decode/drop_reason.h"
#include "tstat/packet.h"

namespace tstat::internal {

// Ethernet types.
namespace ether_type {
inline constexpr uint16_t kIpv4 = 0x0800, kIpv6 = 0x86DD, kVlan = 0x8100, kMpls = 0x8847,
                          kPppoeSession = 0x8864;
}  // namespace ether_type

// Where the IP header starts, or why there is none.
struct IpLocation {
  uint32_t offset = 0;
  DropReason reason = DropReason::kCount;  // kCount: found

  constexpr bool found() const { return reason == DropReason::kCount; }
  static constexpr IpLocation At(uint32_t offset) { return {offset, DropReason::kCount}; }
  static constexpr IpLocation Not(DropReason reason) { return {0, reason}; }
};

class LinkLayer {
 public:
  // The offset may lie at or behind the end of the frame: the caller checks what is left.
  IpLocation Locate(LinkType type, ByteReader frame) {
    if (IsEthernet(type)) [[likely]] {
      const uint16_t ether_type = frame.U16(12);
      if (ether_type == ether_type::kIpv4 || ether_type == ether_type::kIpv6) [[likely]] {
        return IpLocation::At(14);
      }
      return LocateTagged(ether_type, frame);
    }
    return LocateOther(type, frame);
  }

  // 100 is a second number of Ethernet.
  static constexpr bool IsEthernet(LinkType type) {
    return type == LinkType::kEthernet || type == static_cast<LinkType>(100);
  }

 private:
  static IpLocation LocateTagged(uint16_t ether_type, ByteReader frame);
  IpLocation LocateOther(LinkType type, ByteReader frame);
  IpLocation LocateFddi(ByteReader frame);

  // The offset in the first FDDI frame that had one, used for all later ones; 0: none yet.
  uint32_t fddi_offset_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_DECODE_LINK_LAYER_H_
