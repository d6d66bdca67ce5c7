// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: DNS over TCP, from segments in any order, and names of the local link. Input:
// for each packet a byte (bit 0: from the server, bit 1: a SYN, bit 2: another flow, bit 3: a
// datagram on port 5353), the low part of its sequence number and its length (2 bytes each,
// big-endian), its bytes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "names/dns_cache.h"
#include "pipeline/dns_streams.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

namespace {

tstat::ByteReader Bytes(const std::string& text) {
  return tstat::ByteReader({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kHead = 5, kTcpHeader = 20, kUdpHeader = 8;
  const tstat::ByteReader input({data, size});
  tstat::DnsCache cache({.v4_entries = 3, .v6_entries = 2, .unasked = false, .all_names = true});
  tstat::DnsStreams streams(&cache);
  for (size_t at = 0; input.Has(at, kHead);) {
    const uint8_t head = input.U8(at);
    const uint16_t sequence = input.U16(at + 1);
    const tstat::ByteReader payload = input.Sub(at + kHead, input.U16(at + 3));
    at += kHead + payload.size();
    tstat::Datagram d;
    d.source = tstat::IpAddress::V4(1);
    d.destination = tstat::IpAddress::V4(2);
    d.source_port = 40000;
    d.destination_port = (head & 8) != 0 ? 5353 : 53;
    if ((head & 1) != 0) {
      std::swap(d.source, d.destination);
      std::swap(d.source_port, d.destination_port);
    }
    std::string packet((head & 8) != 0 ? kUdpHeader : kTcpHeader, '\0');
    packet += payload.Text();
    d.transport_bytes = Bytes(packet);
    if ((head & 8) != 0) {
      d.transport = tstat::Transport::kUdp;
      cache.OnDatagram(d, {}, {});
      continue;
    }
    d.transport = tstat::Transport::kTcp;
    tstat::TcpSegmentStep step;
    step.direction =
        (head & 1) != 0 ? tstat::Direction::kServerToClient : tstat::Direction::kClientToServer;
    step.datagram = &d;
    step.header = {};
    step.header.sequence = 0xFFFFF000u + sequence;
    step.header.header_length = kTcpHeader;
    step.header.flags = (head & 2) != 0 ? tstat::tcp_flags::kSyn : 0;
    step.header.payload_length = static_cast<int32_t>(payload.size());
    streams.OnSegment(step, (head & 4) != 0 ? 2 : 1);
  }
  cache.Lookup(tstat::IpAddress::V4(1), tstat::IpAddress::V4(input.U16(0)));
  return 0;
}
