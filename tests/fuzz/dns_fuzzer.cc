// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: DNS messages, parsed and put into small caches that overwrite their entries, of
// all answers and of those that were asked for, and by the rules of the true profile.
// Input: for each message its length (2 bytes, big-endian) and its bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "names/dns_cache.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tstat::ByteReader input({data, size});
  tstat::DnsCache cache({.v4_entries = 3, .v6_entries = 2});
  tstat::DnsCache asked({.v4_entries = 3, .v6_entries = 2, .unasked = false});
  tstat::DnsCache all({.v4_entries = 3, .v6_entries = 2, .unasked = false, .all_names = true});
  tstat::DnsAddresses found;
  for (size_t at = 0; input.Has(at, 2);) {
    const tstat::ByteReader message = input.Sub(at + 2, input.U16(at));
    at += 2 + message.size();
    if (const auto answer = tstat::DnsAnswer::Parse(message)) {
      if (answer->name.view().size() > tstat::DnsName::kMaxLength) std::abort();
      if (answer->v4.size() > answer->kMaxAddresses || answer->v6.size() > answer->kMaxAddresses) {
        std::abort();
      }
    }
    for (const bool is_asked : {false, true}) {
      found.Parse(tstat::DnsWire(message, message.size()), is_asked);
      for (const tstat::DnsAddresses::Named& named : found.names) {
        if (named.name.size() > tstat::dns_name::kMaxBytes) std::abort();
        // An address takes four bytes of the message at least.
        if (4 * named.v4.size() + 16 * named.v6.size() > message.size()) std::abort();
      }
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
    cache.OnDatagram(d, {}, {});
    asked.OnDatagram(d, {}, {});
    all.OnDatagram(d, {}, {});
    // The other way round, so that some are questions to what comes.
    std::swap(d.source, d.destination);
    std::swap(d.source_port, d.destination_port);
    asked.OnDatagram(d, {}, {});
    all.OnDatagram(d, {}, {});
    cache.Lookup(d.source, tstat::IpAddress::V4(input.U16(at)));
    asked.Lookup(d.source, tstat::IpAddress::V4(input.U16(at)));
  }
  return 0;
}
