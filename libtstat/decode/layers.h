// SPDX-License-Identifier: BSD-3-Clause
//
// The headers in front of IP, one step at a time: a Layer says what its bytes are, NextLayer reads
// its header and says what stands behind it.
//
//   Layer layer = FirstLayer(packet.link_type, Part(ByteReader(packet.data), length));
//   while (layer.kind != LayerKind::kIp && layer.kind != LayerKind::kNothing) {
//     layer = NextLayer(layer);   // the caller counts the steps
//   }
//
// Nothing is kept from one frame for the next. Only behind the last label of an MPLS stack, where
// no header says what comes, the caller has to try (kPseudowire).
#ifndef TSTAT_DECODE_LAYERS_H_
#define TSTAT_DECODE_LAYERS_H_

#include <cstdint>

#include "decode/drop_reason.h"
#include "decode/part.h"
#include "tstat/packet.h"

namespace tstat::internal {

enum class LayerKind : uint8_t {
  kNothing,     // the frame goes no further; `reason` says why
  kIp,          // an IP packet, by its version
  kEthernet,    // destination, source, Ethernet type or length
  kEtherType,   // what an Ethernet type (in `protocol`) names
  kLlc,         // IEEE 802.2
  kPpp,         // with or without address and control
  kMpls,        // a label stack
  kPseudowire,  // behind the last label: IP, or Ethernet with or without a control word
  kNsh,         // RFC 8300
  kWlan,        // an IEEE 802.11 frame
  kRadiotap,
  kPrism,
};

struct Layer {
  LayerKind kind = LayerKind::kNothing;
  DropReason reason = DropReason::kNotIp;
  uint16_t protocol = 0;
  bool has_frame_check = false;  // four bytes at the end that belong to the link (802.11)
  bool is_padded = false;        // the header is filled to a multiple of four bytes (802.11)
  uint16_t vlan = 0;             // the innermost VLAN so far; 0: none
  Part part;

  static Layer Of(LayerKind kind, const Part& part, uint16_t protocol = 0) {
    Layer layer;
    layer.kind = kind;
    layer.part = part;
    layer.protocol = protocol;
    return layer;
  }
  static Layer Nothing(DropReason reason) {
    Layer layer;
    layer.reason = reason;
    return layer;
  }
};

Layer FirstLayer(LinkType type, const Part& frame);

// What follows the header of `layer`. REQUIRES: it is of another kind than kNothing, kIp and
// kPseudowire.
Layer NextLayer(const Layer& layer);

}  // namespace tstat::internal

#endif  // TSTAT_DECODE_LAYERS_H_
