// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: one frame of any link type through the true profile's decoder. The input's
// first byte names the link type, the next two bytes how much longer than captured it was; the
// others are the frame. What is found must lie within it, and be found again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "decode/frame_decoder.h"

namespace {

using tstat::LinkType;
using tstat::internal::Datagram;
using tstat::internal::FrameDecoder;
using tstat::internal::FrameResult;
using tstat::internal::Transport;

constexpr LinkType kLinks[] = {
    LinkType::kEthernet, LinkType::kNull,        LinkType::kIeee802,     LinkType::kSlip,
    LinkType::kPpp,      LinkType::kFddi,        LinkType::kAtmRfc1483,  LinkType::kRaw,
    LinkType::kPppHdlc,  LinkType::kPppoe,       LinkType::kCiscoHdlc,   LinkType::kIeee80211,
    LinkType::kLoop,     LinkType::kPrism,       LinkType::kLinuxCooked, LinkType::kRadiotap,
    LinkType::kIpv4,     LinkType::kLinuxCooked2};

void Require(bool holds) {
  if (!holds) abort();
}

void CheckWithin(const Datagram& d, std::span<const uint8_t> frame) {
  const auto is_within = [](std::span<const uint8_t> part, std::span<const uint8_t> whole) {
    return part.empty() || (part.data() >= whole.data() &&
                            part.data() + part.size() <= whole.data() + whole.size());
  };
  Require(is_within(d.ip.bytes(), frame));
  Require(is_within(d.transport_bytes.bytes(), d.ip.bytes()));
  Require(d.ip_payload_length >= 0 && d.ip_header_length >= 20);
  Require(d.ip_total_length ==
          static_cast<uint32_t>(d.ip_header_length) + static_cast<uint32_t>(d.ip_payload_length));
  if (d.truncated) return;
  if (d.transport == Transport::kTcp) {
    Require(tstat::internal::ReadTcpHeader(d).payload_length >= 0);
  } else if (d.transport == Transport::kUdp) {
    Require(tstat::internal::ReadUdpHeader(d).length >= 8);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kPrefix = 3;
  if (size < kPrefix) return 0;
  tstat::Packet packet;
  packet.link_type = kLinks[data[0] % std::size(kLinks)];
  // A copy of its own, so that a read behind it is seen.
  const std::vector<uint8_t> frame(data + kPrefix, data + size);
  packet.data = frame;
  packet.original_length = static_cast<uint32_t>(frame.size()) + (data[1] << 8 | data[2]);
  Datagram d, again;
  std::vector<Datagram> outer;
  const FrameResult found = FrameDecoder(/*opens_tunnels=*/true).Decode(packet, &d, &outer);
  Require(outer.size() < FrameDecoder::kMostPackets);
  if (found.has_ip) {
    CheckWithin(d, frame);
    for (const Datagram& datagram : outer) CheckWithin(datagram, frame);
  } else {
    Require(outer.empty());
  }
  outer.clear();
  const FrameResult closed = FrameDecoder(/*opens_tunnels=*/false).Decode(packet, &again, &outer);
  Require(closed.has_ip == found.has_ip && outer.empty());
  if (closed.has_ip) CheckWithin(again, frame);
  return 0;
}
