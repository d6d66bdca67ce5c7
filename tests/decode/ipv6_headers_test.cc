// SPDX-License-Identifier: BSD-3-Clause
#include "decode/ipv6_headers.h"

#include <gtest/gtest.h>

#include "tests/decode/frame_builder.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::Extension;
using testing::Fragment;
using testing::Ipv6;
using testing::Tcp;
using Outcome = Ipv6Transport::Outcome;

struct Case {
  const char* name;
  Bytes packet;
  uint8_t fragment_header_bytes;
  Outcome outcome;
  uint8_t protocol;
  size_t offset;
  int32_t header_length;
};

void PrintTo(const Case& c, std::ostream* os) { *os << c.name; }

class Ipv6HeadersTest : public ::testing::TestWithParam<Case> {};

TEST_P(Ipv6HeadersTest, BothWalks) {
  const Case& c = GetParam();
  const ByteReader ip(c.packet);
  const Ipv6Transport t = FindIpv6Transport(ip, c.fragment_header_bytes);
  EXPECT_EQ(t.outcome, c.outcome);
  EXPECT_EQ(t.protocol, c.protocol);
  EXPECT_EQ(t.offset, c.offset);
  EXPECT_EQ(Ipv6HeaderLength(ip), c.header_length);
}

const Case kCases[] = {
    {"plain", Ipv6({}, Tcp()), 16, Outcome::kEnd, 6, 40, 40},
    {"hop_by_hop", Ipv6({.next_header = 0}, Extension(6) + Tcp()), 16, Outcome::kEnd, 6, 48, 48},
    {"routing", Ipv6({.next_header = 43}, Extension(17, 2) + Tcp()), 16, Outcome::kEnd, 17, 64, 64},
    {"destination", Ipv6({.next_header = 60}, Extension(6, 1) + Tcp()), 16, Outcome::kEnd, 6, 56,
     56},
    {"authentication", Ipv6({.next_header = 51}, Extension(6, 4, 4) + Tcp()), 16, Outcome::kEnd, 6,
     64, 64},
    // Found, but its length counts as payload: the second walk ends at 135 = -121.
    {"mobility", Ipv6({.next_header = 135}, Extension(6, 1) + Tcp()), 16, Outcome::kEnd, 6, 56, 40},
    {"chain", Ipv6({.next_header = 0}, Extension(43) + Extension(60) + Extension(6) + Tcp()), 16,
     Outcome::kEnd, 6, 64, 64},
    {"esp", Ipv6({.next_header = 50}, Tcp()), 16, Outcome::kEnd, 50, 40, 40},
    {"no_next", Ipv6({.next_header = 59}, Tcp()), 16, Outcome::kEnd, 59, 40, 40},
    {"icmpv6", Ipv6({.next_header = 0}, Extension(58) + Tcp()), 16, Outcome::kEnd, 58, 48, 48},
    {"fragment_311", Ipv6({.next_header = 44}, Fragment(6, 1) + Tcp()), 16, Outcome::kEnd, 6, 56,
     48},
    {"fragment_33", Ipv6({.next_header = 44}, Fragment(6, 1) + Tcp()), 8, Outcome::kEnd, 6, 48, 48},
    // Byte offset 1016: its upper byte is 0x03, which passes for a first fragment.
    {"fragment_1016", Ipv6({.next_header = 44}, Fragment(6, 1016) + Tcp()), 8, Outcome::kEnd, 6, 48,
     48},
    {"fragment_1024", Ipv6({.next_header = 44}, Fragment(6, 1024) + Tcp()), 8, Outcome::kFragment,
     44, 40, 48},
    // A header that starts at the last captured byte is not looked at.
    {"fixed_only", Ipv6({}, {}), 16, Outcome::kPastCapture, 6, 40, -1},
    {"one_byte", Ipv6({}, {0}), 16, Outcome::kPastCapture, 6, 40, -1},
    {"two_bytes", Ipv6({}, {0, 0}), 16, Outcome::kEnd, 6, 40, 40},
    {"past_capture", Ipv6({.next_header = 0}, {6, 100, 0, 0}), 16, Outcome::kPastCapture, 6, 848,
     -1},
    // 200 is -56 as a signed byte: the second walk goes back 440 bytes, out of the packet.
    {"negative_length", Ipv6({.next_header = 60}, {6, 200, 0, 0}), 16, Outcome::kPastCapture, 6,
     1648, -1},
    // 255 is -1: a step of 0 bytes, to itself, for ever.
    {"circle", Ipv6({.next_header = 0}, {0, 255, 0, 0}), 16, Outcome::kPastCapture, 0, 2088, -1},
};
INSTANTIATE_TEST_SUITE_P(Chains, Ipv6HeadersTest, ::testing::ValuesIn(kCases),
                         [](const auto& c) { return std::string(c.param.name); });

}  // namespace
}  // namespace tstat::internal
