// SPDX-License-Identifier: BSD-3-Clause
#include "decode/wlan_header.h"

#include <cstddef>

namespace tstat::internal {
namespace {

// Frame control (IEEE 802.11, 9.2.4.1), the first byte first.
constexpr uint16_t kTypeMask = 0x0C00, kDataType = 0x0800, kQualityOfService = 0x8000,
                   kWithoutData = 0x4000, kToSystem = 0x0001, kFromSystem = 0x0002,
                   kProtected = 0x0040, kOrder = 0x0080;
constexpr size_t kBaseBytes = 24, kAddressBytes = 6, kQosBytes = 2, kHighThroughputBytes = 4;

// LLC follows, or the header of the first of several packets: destination, source, length.
Layer Payload(const Layer& layer, const Part& part, bool is_aggregate) {
  constexpr size_t kLength = 12, kSubframeHeader = 14;
  Layer next = Layer::Of(LayerKind::kLlc, part);
  next.vlan = layer.vlan;
  if (!is_aggregate) return next;
  if (!part.bytes.Has(0, kSubframeHeader)) return Layer::Nothing(DropReason::kShortLinkHeader);
  next.part = part.From(kSubframeHeader).UpTo(part.bytes.U16(kLength));
  return next;
}

}  // namespace

Layer AfterWlanHeader(const Layer& layer) {
  constexpr uint8_t kAggregate = 0x80;  // of the QoS control field, 9.2.4.5
  constexpr size_t kFrameCheckBytes = 4;
  Part part = layer.part;
  if (layer.has_frame_check && part.length >= kFrameCheckBytes) {
    part = part.UpTo(part.length - kFrameCheckBytes);
  }
  if (!part.bytes.Has(0, kBaseBytes)) return Layer::Nothing(DropReason::kShortLinkHeader);
  const uint16_t control = part.bytes.U16(0);
  if ((control & kTypeMask) != kDataType || (control & kWithoutData) != 0) {
    return Layer::Nothing(DropReason::kNotIp);
  }
  if ((control & kProtected) != 0) return Layer::Nothing(DropReason::kEncrypted);
  size_t header_bytes = kBaseBytes;
  if ((control & kToSystem) != 0 && (control & kFromSystem) != 0) header_bytes += kAddressBytes;
  bool is_aggregate = false;
  if ((control & kQualityOfService) != 0) {
    is_aggregate = (part.bytes.U8(header_bytes) & kAggregate) != 0;
    header_bytes += kQosBytes;
    if ((control & kOrder) != 0) header_bytes += kHighThroughputBytes;
  }
  if (layer.is_padded) header_bytes = (header_bytes + 3) & ~size_t{3};
  return Payload(layer, part.From(header_bytes), is_aggregate);
}

// https://www.radiotap.org: version, pad, length, bits of what is there, the fields. Little-endian.
Layer AfterRadiotapHeader(const Layer& layer) {
  constexpr size_t kLength = 2, kPresent = 4, kWordBytes = 4, kTimeBytes = 8;
  constexpr uint32_t kHasTime = 0x1, kHasFlags = 0x2, kMorePresent = 0x80000000;
  constexpr uint8_t kFrameCheck = 0x10, kPadded = 0x20;
  const ByteReader& bytes = layer.part.bytes;
  if (!bytes.Has(0, kPresent + kWordBytes)) return Layer::Nothing(DropReason::kShortLinkHeader);
  const size_t header_bytes = bytes.U16Le(kLength);
  if (bytes.U8(0) != 0 || header_bytes < kPresent + kWordBytes) {
    return Layer::Nothing(DropReason::kNotIp);
  }
  const uint32_t present = bytes.U32Le(kPresent);
  size_t at = kPresent + kWordBytes;
  while (at < header_bytes && (bytes.U32Le(at - kWordBytes) & kMorePresent) != 0) at += kWordBytes;
  // The first two fields; times are aligned to their size.
  if ((present & kHasTime) != 0) at = ((at + kTimeBytes - 1) & ~(kTimeBytes - 1)) + kTimeBytes;
  const uint8_t flags = (present & kHasFlags) != 0 && at < header_bytes ? bytes.U8(at) : 0;
  Layer next = Layer::Of(LayerKind::kWlan, layer.part.From(header_bytes));
  next.vlan = layer.vlan;
  next.has_frame_check = (flags & kFrameCheck) != 0;
  next.is_padded = (flags & kPadded) != 0;
  return next;
}

// The header of the Prism cards' drivers, in the byte order of who wrote it, or that of AVS, which
// came after it.
Layer AfterPrismHeader(const Layer& layer) {
  constexpr size_t kLength = 4, kLeast = 8;
  constexpr uint32_t kAvsMask = 0xFFFFF000, kAvs = 0x80211000;
  const ByteReader& bytes = layer.part.bytes;
  if (!bytes.Has(0, kLeast)) return Layer::Nothing(DropReason::kShortLinkHeader);
  uint64_t length = bytes.U32(kLength);
  const bool is_avs = (bytes.U32(0) & kAvsMask) == kAvs;
  if (!is_avs && length > layer.part.length) length = bytes.U32Le(kLength);
  if (length < kLeast || length > layer.part.length) return Layer::Nothing(DropReason::kNotIp);
  Layer next = Layer::Of(LayerKind::kWlan, layer.part.From(static_cast<size_t>(length)));
  next.vlan = layer.vlan;
  return next;
}

}  // namespace tstat::internal
