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
#include <span>
#include <string_view>
#include <vector>

#include "decode/datagram.h"
#include "decode/drop_reason.h"
#include "decode/frame_decoder.h"
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
  // PPP and FDDI frames that are not IP are the previous IP packet of these links once more, at
  // their own time; zeros before the first (a quirk).
  bool repeats_previous_packet = true;
  // The true profile: FrameDecoder takes the place of all else that is here.
  bool reads_every_header = false;
  bool opens_tunnels = false;
  bool vlan_in_flow_key = false, tunnel_in_flow_key = false;
  MacList macs;
};

// One Decoder per analysis. It keeps counters, the IP offset of FDDI, whether there was an IP
// packet and how long the longest one was, the last packet of links that repeat it, and nothing
// else of one packet for the next.
class Decoder {
 public:
  static constexpr size_t kBatchSize = 32;  // packets that are decoded before they are looked at

  explicit Decoder(DecoderOptions options);

  // `out` refers to the packet's bytes; that of a packet that was repeated is valid until
  // kBatchSize more were decoded.
  DecodeResult Decode(const Packet& packet, Datagram* out) {
    return options_.reads_every_header ? DecodeTruly(packet, out) : DecodeAsTstat(packet, out);
  }
  // The same of decoders without reads_every_header, and with it.
  DecodeResult DecodeAsTstat(const Packet& packet, Datagram* out);
  DecodeResult DecodeTruly(const Packet& packet, Datagram* out);

  // The datagrams of tunnels around the packets that were decoded since ForgetOuter(), in order;
  // with reads_every_header only.
  std::span<const Datagram> outer() const { return outer_; }
  void ForgetOuter() { outer_.clear(); }

  const DecodeStatistics& statistics() const { return statistics_; }

 private:
  DecodeResult Drop(DropReason reason);
  uint32_t FlowSpaceOf(const Datagram& d) const;
  // What has no IP packet in it.
  DecodeResult DecodeOther(const Packet& packet, DropReason reason, Datagram* out);
  [[gnu::noinline]] void KeepForRepeats(ByteReader ip);
  DecodeResult DecodeIp(const Packet& packet, ByteReader ip, Datagram* out);
  // The IP level and above: `ip` starts at the version nibble. They return kCount, or the reason
  // why no usable transport header was found.
  DropReason DecodeIpv4(ByteReader ip, Datagram* out);
  DropReason DecodeIpv6(ByteReader ip, Datagram* out);
  PacketOrigin OriginByMac(LinkType type, ByteReader frame) const;

  DecoderOptions options_;
  LinkLayer link_;
  bool saw_ip_ = false;
  size_t longest_ip_ = 0;                                  // captured bytes
  std::vector<uint8_t> previous_ip_;                       // of links that repeat it
  std::array<std::vector<uint8_t>, kBatchSize> repeated_;  // the copies that Datagrams refer to
  size_t next_repeated_ = 0;
  FrameDecoder frames_;
  std::vector<Datagram> outer_;
  DecodeStatistics statistics_;
};

}  // namespace tstat::internal

#endif  // TSTAT_DECODE_DECODER_H_
