// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: DNS messages, parsed and put into a small cache that overwrites its entries.
// Input: for each message its length (2 bytes, big-endian) and its bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "l7/dns_cache.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tstat::ByteReader input({data, size});
  tstat::DnsCache cache({.v4_entries = 3, .v6_entries = 2});
  tstat::DnsAnswer answer;
  for (size_t at = 0; input.Has(at, 2);) {
    const tstat::ByteReader message = input.Sub(at + 2, input.U16(at));
    at += 2 + message.size();
    if (answer.Parse(message) && answer.name.view().size() > tstat::DnsName::kMaxLength) {
      std::abort();
    }
    if (answer.v4.size() > answer.kMaxAddresses || answer.v6.size() > answer.kMaxAddresses) {
      std::abort();
    }
    std::string packet(8, '\0');  // the UDP header
    packet += message.Text();
    tstat::Datagram d;
    d.transport = tstat::Transport::kUdp;
    d.source_port = 53;
    d.source = tstat::IpAddress::V4(1);
    d.destination = tstat::IpAddress::V4(2);
    d.transport_bytes =
        tstat::ByteReader({reinterpret_cast<const uint8_t*>(packet.data()), packet.size()});
    if (tstat::DnsCache::IsResponse(d)) cache.Feed(d, {}, {});
    cache.Lookup(d.destination, tstat::IpAddress::V4(input.U16(at)));
  }
  return 0;
}
