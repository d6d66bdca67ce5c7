// SPDX-License-Identifier: BSD-3-Clause
#include "decode/frame_decoder.h"

#include "decode/ip_packet.h"
#include "decode/ipv6_headers.h"
#include "decode/layers.h"
#include "decode/part.h"
#include "decode/tunnels.h"

namespace tstat::internal {
namespace {

constexpr size_t kUdpHeaderBytes = 8, kControlWordBytes = 4;

FrameResult Found(DropReason reason) { return {true, reason}; }
FrameResult Nothing(DropReason reason) { return {false, reason}; }

// REQUIRES: TCP or UDP.
bool MayBeTunnel(const Datagram& d) {
  return d.transport == Transport::kUdp && MayBeUdpTunnel(d.source_port, d.destination_port);
}

// One frame on its way inwards.
class FrameWalk {
 public:
  FrameWalk(bool opens_tunnels, Datagram* out, std::vector<Datagram>* outer)
      : opens_tunnels_(opens_tunnels), out_(out), outer_(outer) {}

  // With `is_guess` only a packet whose lengths fit in what is there is one.
  FrameResult Walk(Layer layer, bool is_guess) {
    while (headers_ > 0) {
      --headers_;
      switch (layer.kind) {
        case LayerKind::kNothing:
          return Nothing(layer.reason);
        case LayerKind::kIp:
          return TakeIp(layer.part, layer.vlan, is_guess);
        case LayerKind::kPseudowire:
          return TryPseudowire(layer, is_guess);
        default:
          layer = NextLayer(layer);
      }
    }
    return Nothing(DropReason::kTooManyHeaders);
  }

  // With `is_guess` as above; `vlan`: around it.
  FrameResult TakeIp(const Part& part, uint16_t vlan, bool is_guess) {
    if (is_guess && !IsPlausibleIp(part)) return Nothing(DropReason::kNotIp);
    IpPacket ip;
    const DropReason reason = ParseIp(part, &ip, out_);
    if (!ip.is_valid) return Nothing(reason);
    out_->vlan = vlan;
    out_->tunnel = {};
    if (!opens_tunnels_ || ip.is_later_fragment || packets_ == 1) return Found(reason);
    if (reason == DropReason::kCount && !MayBeTunnel(*out_)) [[likely]]
      return Found(reason);
    // Of a packet in fragments the first is opened, whose content is longer than it.
    if (out_->more_fragments) ip.payload.length = UINT16_MAX;
    if (reason == DropReason::kCount) return EnterUdp(ip, reason);
    if (reason != DropReason::kNotTcpUdp) return Found(reason);
    const TunnelContent inside = OpenIpProtocol(out_->ip_protocol, out_->is_v6, ip.payload);
    return inside.count != 0 ? EnterOther(inside, reason) : Found(reason);
  }

 private:
  FrameResult TryAs(LayerKind kind, const Layer& layer, const Part& part) {
    Layer next = Layer::Of(kind, part);
    next.vlan = layer.vlan;
    return Walk(next, /*is_guess=*/true);
  }

  // An IP packet begins with its version, a control word with 0, what is for the pseudowire itself
  // with 1 (RFC 4385, 3 and 5). Ethernet without a control word may begin with any of them.
  FrameResult TryPseudowire(const Layer& layer, bool is_guess) {
    const Part& part = layer.part;
    const uint8_t nibble = part.bytes.U8(0) >> 4;
    const bool is_version = nibble == 4 || nibble == 6;
    if (is_version && IsPlausibleIp(part) && (nibble == 6 || HasIpv4Checksum(part))) {
      return TryAs(LayerKind::kIp, layer, part);
    }
    if (nibble == 0) {
      const Part behind = part.From(kControlWordBytes);
      if (const FrameResult r = TryAs(LayerKind::kEthernet, layer, behind); r.has_ip) return r;
    }
    const FrameResult r = TryAs(LayerKind::kEthernet, layer, part);
    if (r.has_ip || !is_version) return r;
    Layer ip = layer;
    ip.kind = LayerKind::kIp;
    return Walk(ip, is_guess);
  }

  // Into the tunnel in `out_`, or not, and then all is as it was.
  FrameResult Enter(const TunnelContent& inside) {
    --packets_;
    for (Layer layer : inside.layers()) {
      layer.vlan = layer.vlan != 0 ? layer.vlan : out_->vlan;
      const FrameResult result = Walk(layer, /*is_guess=*/true);
      if (!result.has_ip) continue;
      if (out_->tunnel.kind == TunnelKind::kNone) out_->tunnel = inside.tunnel;
      return result;
    }
    ++packets_;
    return Nothing(DropReason::kNotIp);
  }

  FrameResult EnterOther(const TunnelContent& inside, DropReason reason) {
    const Datagram before = *out_;
    if (const FrameResult result = Enter(inside); result.has_ip) return result;
    *out_ = before;
    return Found(reason);
  }

  FrameResult EnterUdp(const IpPacket& ip, DropReason reason) {
    const Part payload = ip.payload.From(kUdpHeaderBytes).UpTo(out_->udp_length - kUdpHeaderBytes);
    const TunnelContent inside = OpenUdp(out_->source_port, out_->destination_port, payload);
    if (inside.count == 0) return Found(reason);
    const size_t place = outer_->size();
    outer_->push_back(*out_);
    if (const FrameResult result = Enter(inside); result.has_ip) {
      (*outer_)[place].tunnel = inside.tunnel;
      (*outer_)[place].tunnel.is_outer = true;
      (*outer_)[place].flow_space |= flow_space::kOuter;
      return result;
    }
    *out_ = (*outer_)[place];
    outer_->resize(place);
    return Found(reason);
  }

  const bool opens_tunnels_;
  Datagram* const out_;
  std::vector<Datagram>* const outer_;
  unsigned headers_ = FrameDecoder::kMostHeaders;
  unsigned packets_ = FrameDecoder::kMostPackets;
};

}  // namespace

FrameResult FrameDecoder::Decode(const Packet& packet, Datagram* out,
                                 std::vector<Datagram>* outer) const {
  const Part frame(ByteReader(packet.data), packet.original_length);
  // Most frames, in a few steps.
  constexpr uint16_t kIpv4Type = 0x0800, kIpv6Type = 0x86DD;
  constexpr size_t kTypeAt = 12, kEthernetBytes = 14;
  const uint16_t type = frame.bytes.U16(kTypeAt);
  if (packet.link_type == LinkType::kEthernet && (type == kIpv4Type || type == kIpv6Type))
      [[likely]] {
    const Part inside = frame.From(kEthernetBytes);
    IpPacket ip;
    if (type == kIpv4Type && ParseUsualIp(inside, &ip, out) &&
        (!opens_tunnels_ || !MayBeTunnel(*out))) [[likely]] {
      out->vlan = 0;
      out->tunnel = {};
      return Found(DropReason::kCount);
    }
    return FrameWalk(opens_tunnels_, out, outer).TakeIp(inside, /*vlan=*/0, /*is_guess=*/false);
  }
  FrameWalk walk(opens_tunnels_, out, outer);
  return walk.Walk(FirstLayer(packet.link_type, frame), /*is_guess=*/false);
}

}  // namespace tstat::internal
