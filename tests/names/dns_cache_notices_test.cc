// SPDX-License-Identifier: BSD-3-Clause
//
// What -Q tells: that a ring of the cache is full.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "decode/decoder.h"
#include "names/dns_cache.h"
#include "tests/names/dns_builder.h"

namespace tstat::internal {
namespace {

using namespace testing;  // NOLINT: builders

TEST(DnsCacheNotices, EachTimeThatARingIsFull) {
  std::vector<std::string> told;
  DnsCache cache({.v4_entries = 2,
                  .v6_entries = 1,
                  .on_full = [&told](bool is_v6, uint32_t size, Timestamp time) {
                    told.push_back((is_v6 ? "v6 " : "v4 ") + std::to_string(size) + " at " +
                                   std::to_string(time.microseconds()));
                  }});
  const auto feed = [&cache](const Bytes& ip, int64_t at) {
    Packet packet = PacketOf(ip, LinkType::kRaw);
    packet.time = Timestamp::FromMicroseconds(at);
    Datagram d;
    ASSERT_EQ(Decoder(DecoderOptions()).Decode(packet, &d), DecodeResult::kIp);
    cache.OnDatagram(d, {}, {});
  };
  const auto answer = [](uint16_t type, const Bytes& data) {
    const Bytes message = DnsHeader({.questions = 1, .answers = 1}) + Question("a.b", type) +
                          Record("a.b", type, data);
    return Udp(static_cast<uint16_t>(8 + message.size()), 53, 40000) + message;
  };
  const Bytes v4 = Ipv4({.protocol = 17}, answer(1, {192, 0, 2, 1}));
  for (int64_t at = 1; at <= 4; ++at) feed(v4, at);
  feed(Ipv6({.next_header = 17}, answer(28, Fill(16, 7))), 5);
  EXPECT_EQ(told, (std::vector<std::string>{"v4 2 at 2", "v4 2 at 4", "v6 1 at 5"}));
}

}  // namespace
}  // namespace tstat::internal
