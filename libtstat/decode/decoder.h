// SPDX-License-Identifier: BSD-3-Clause
//
// Link layers, IPv4/IPv6 and one tunnel level: from a frame to a Datagram.
//
//   Decoder decoder(DecoderOptions{});
//   Datagram d;
//   DecodeResult r = decoder.Decode(packet, &d);   // d is set when r is kIp
//   Show(decoder.statistics().dropped);            // what was not accepted, by reason
#ifndef TSTAT_DECODE_DECODER_H_
#define TSTAT_DECODE_DECODER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "decode/datagram.h"
#include "decode/drop_reason.h"
#include "decode/link_layer.h"
#include "tstat/packet.h"

namespace tstat::internal {

struct DecodeStatistics {
  uint64_t frames = 0;
  std::array<uint64_t, static_cast<size_t>(DropReason::kCount)> dropped{};
};

enum class DecodeResult : uint8_t {
  kIp,         // an IP packet: it counts as seen, whatever its transport
  kDelivered,  // not IP by its version: counted nowhere, but it sets the trace time
  kDropped,    // nothing of it counts; the reason was counted
  // The capture ends inside the link or IP header: counts as "packet seen", and that is all that is
  // known of it; the reason was counted, no Datagram is set. Frames without one byte of IP are
  // dropped as long as no IP packet came.
  kShort,
};

// The "internal MAC" list (CLI: -M).
struct MacList {
  std::vector<std::array<uint8_t, 6>> internal;
  bool enabled = false;
};

struct DecoderOptions {
  // Bytes that an IPv6 fragment header is stepped over by: 16 in 3.1.1 (a quirk), 8 in 3.3.
  uint8_t ipv6_fragment_header_bytes = 16;
  MacList macs;
};

// One Decoder per analysis. It keeps counters, the IP offset of FDDI, whether there was an IP
// packet and how long the longest one was, and nothing else of one packet for the next.
class Decoder {
 public:
  explicit Decoder(DecoderOptions options);

  DecodeResult Decode(const Packet& packet, Datagram* out);

  const DecodeStatistics& statistics() const { return statistics_; }

 private:
  DecodeResult Drop(DropReason reason);
  // The IP level and above: `ip` starts at the version nibble. They return kCount, or the reason
  // why no usable transport header was found.
  DropReason DecodeIpv4(ByteReader ip, Datagram* out);
  DropReason DecodeIpv6(ByteReader ip, Datagram* out);
  PacketOrigin OriginByMac(LinkType type, ByteReader frame) const;

  DecoderOptions options_;
  LinkLayer link_;
  bool saw_ip_ = false;
  size_t longest_ip_ = 0;  // captured bytes
  DecodeStatistics statistics_;
};

}  // namespace tstat::internal

#endif  // TSTAT_DECODE_DECODER_H_
