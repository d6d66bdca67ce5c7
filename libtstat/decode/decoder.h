// SPDX-License-Identifier: BSD-3-Clause
//
// Link layers, IPv4/IPv6 and one tunnel level: from a frame to a Datagram (spec 10, 4 and 5).
//
//   Decoder decoder(DecoderOptions{});
//   Datagram d;
//   DecodeResult r = decoder.Decode(packet, &d);   // d is set when r is kIp
//   decoder.statistics().dropped[...]              // what was not accepted, by reason
#ifndef TSTAT_DECODE_DECODER_H_
#define TSTAT_DECODE_DECODER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "decode/datagram.h"
#include "tstat/packet.h"

namespace tstat {

// Why a frame, or the transport part of an IP packet, went no further.
enum class DropReason : uint8_t {
  kUnsupportedLinkType,
  kShortLinkHeader,
  kNotIp,         // ARP, LLC, PPP control, unknown Ethernet types ...
  kBadIpVersion,  // the nibble is neither 4 nor 6
  kShortIpHeader,
  kBadInnerIpVersion,  // IPv4 tunnel whose content is not IP
  // The following still count as "packets seen":
  kFragment,   // not the first fragment
  kNotTcpUdp,  // ICMP, GRE, ESP ...
  kBadExtensionHeaders,
  kShortTransportHeader,
  kCount,
};
std::string_view DropReasonName(DropReason reason);

struct DecodeStatistics {
  uint64_t frames = 0;
  std::array<uint64_t, static_cast<size_t>(DropReason::kCount)> dropped{};
};

enum class DecodeResult : uint8_t {
  kIp,       // an IP packet: it counts as seen, whatever its transport
  kDropped,  // nothing of it counts; the reason was counted
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

// One Decoder per analysis: it keeps counters, and nothing of one packet for the next.
class Decoder {
 public:
  explicit Decoder(DecoderOptions options);

  DecodeResult Decode(const Packet& packet, Datagram* out);

  const DecodeStatistics& statistics() const { return statistics_; }

 private:
  DecoderOptions options_;
  DecodeStatistics statistics_;
};

}  // namespace tstat

#endif  // TSTAT_DECODE_DECODER_H_
