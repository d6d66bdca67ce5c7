// SPDX-License-Identifier: BSD-3-Clause
#include "privacy/packet_anonymizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/privacy/keys.h"

namespace tstat::internal {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes Join(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}
Bytes Text(const std::string& text) { return {text.begin(), text.end()}; }
Bytes Of(const IpAddress& address) {
  return {address.bytes().begin(), address.bytes().begin() + (address.is_v6() ? 16 : 4)};
}
IpAddress Address(const char* text) { return IpAddress::Parse(text).value_or(IpAddress()); }

// RFC 1071, in the plainest way.
uint16_t Checksum(const Bytes& bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}
void Put16(Bytes* bytes, size_t at, size_t value) {
  (*bytes)[at] = static_cast<uint8_t>(value >> 8);
  (*bytes)[at + 1] = static_cast<uint8_t>(value);
}

Bytes PseudoHeader(const IpAddress& from, const IpAddress& to, uint8_t protocol, size_t length) {
  Bytes header = Join({Of(from), Of(to), {0, 0, 0, protocol, 0, 0}});
  Put16(&header, header.size() - 2, length);
  return header;
}

Bytes IpHeader(const IpAddress& from, const IpAddress& to, uint8_t protocol, size_t length,
               const Bytes& options = {}) {
  if (from.is_v6()) {
    Bytes header = Join({{0x60, 0, 0, 0, 0, 0, protocol, 64}, Of(from), Of(to)});
    Put16(&header, 4, length);
    return header;
  }
  Bytes header =
      Join({{0x45, 0, 0, 0, 0x12, 0x34, 0, 0, 64, protocol, 0, 0}, Of(from), Of(to), options});
  header[0] = static_cast<uint8_t>(0x40 | header.size() / 4);
  Put16(&header, 2, header.size() + length);
  Put16(&header, 10, Checksum(header));
  return header;
}

// A header with its payload, the checksum at `checksum_at`, in IP.
Bytes InIp(const IpAddress& from, const IpAddress& to, uint8_t protocol, Bytes upper,
           size_t checksum_at) {
  Put16(&upper, checksum_at, 0);
  const Bytes pseudo = protocol == 1 ? Bytes() : PseudoHeader(from, to, protocol, upper.size());
  Put16(&upper, checksum_at, Checksum(Join({pseudo, upper})));
  return Join({IpHeader(from, to, protocol, upper.size()), upper});
}

const Bytes kTcpOptions = {2,  4,  5,    0xb4,                          // maximum segment size
                           34, 6,  0xaa, 0xbb, 0xcc, 0xdd,              // a cookie of TCP Fast Open
                           1,  1,                                       // no operation
                           8,  10, 1,    2,    3,    4,    5, 6, 7, 8,  // time stamps
                           3,  3,  7,    0};                            // window scale, and the end
const Bytes kKeptTcpOptions = {2,  4, 5, 0xb4, 1, 1, 1, 1, 1, 1, 1, 1, 8,
                               10, 1, 2, 3,    4, 5, 6, 7, 8, 3, 3, 7, 1};
Bytes TcpHeader(const Bytes& options) {
  Bytes header =
      Join({{0, 80, 0xc0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0x18, 2, 0, 0, 0, 0, 0}, options});
  header[12] = static_cast<uint8_t>(header.size() / 4 << 4);
  return header;
}
const Bytes kUdpHeader = {0, 53, 0xc0, 1, 0, 0, 0, 0};

class PacketAnonymizerTest : public ::testing::Test {
 protected:
  Bytes Rewrite(const Bytes& packet) {
    std::array<uint8_t, PacketAnonymizer::kMostBytes> out{};
    out.fill(0xee);
    const size_t size = packets_.Rewrite(packet, out);
    EXPECT_LE(size, packet.size());
    for (size_t i = size; i < out.size() && !HasFailure(); ++i) {
      // Nothing but what was rewritten may have got there, whatever the result says.
      if (out[i] != 0xee) ADD_FAILURE() << "byte " << i << " of " << size;
    }
    return {out.begin(), out.begin() + static_cast<ptrdiff_t>(size)};
  }
  Bytes Image(const IpAddress& address) { return Of(anonymizer_->Anonymize(address)); }
  static Bytes Part(const Bytes& bytes, size_t from, size_t to) {
    return {bytes.begin() + static_cast<ptrdiff_t>(from),
            bytes.begin() + static_cast<ptrdiff_t>(to)};
  }

  const IpAddress a4_ = Address("10.0.0.1"), b4_ = Address("192.168.2.1");
  const IpAddress a6_ = Address("2001:db8::1"), b6_ = Address("fe80::7:1");
  std::shared_ptr<Anonymizer> anonymizer_ = Make({.key = ShortKey(), .strict = true});
  PacketAnonymizer packets_{anonymizer_.get()};
};

// The checksum fits what is kept, and as many zeros as there were other bytes.
TEST_F(PacketAnonymizerTest, TcpOfBothFamilies) {
  for (const bool v6 : {false, true}) {
    const IpAddress from = v6 ? a6_ : a4_, to = v6 ? b6_ : b4_;
    const Bytes options = Join({kTcpOptions, {0, 0}}), kept = Join({kKeptTcpOptions, {1, 1}});
    const Bytes payload = Text("GET /secret HTTP/1.1");
    const size_t ip = v6 ? 40 : 20, tcp = 20 + options.size();
    const Bytes out = Rewrite(InIp(from, to, 6, Join({TcpHeader(options), payload}), 16));
    ASSERT_EQ(out.size(), ip + tcp);
    const size_t address = v6 ? 8 : 12;
    EXPECT_EQ(Part(out, address, ip), Join({Image(from), Image(to)}));
    if (!v6) EXPECT_EQ(Checksum(Part(out, 0, ip)), 0);
    EXPECT_EQ(Part(out, ip + 20, ip + tcp), kept);
    const Bytes upper = Join({Part(out, ip, out.size()), Bytes(payload.size(), 0)});
    const Bytes pseudo =
        PseudoHeader(anonymizer_->Anonymize(from), anonymizer_->Anonymize(to), 6, upper.size());
    EXPECT_EQ(Checksum(Join({pseudo, upper})), 0);
    EXPECT_EQ(Part(out, ip, ip + 16), Part(TcpHeader(options), 0, 16));
  }
}

TEST_F(PacketAnonymizerTest, UdpOfBothFamilies) {
  for (const bool v6 : {false, true}) {
    bool became_zero = false;
    for (size_t port = 0; port < 65536; port += v6 ? 1 : 3) {
      const IpAddress from = v6 ? a6_ : a4_, to = v6 ? b6_ : b4_;
      const Bytes payload = Text("name");
      Bytes udp = Join({kUdpHeader, payload});
      Put16(&udp, 0, port);
      Put16(&udp, 4, udp.size());
      const Bytes packet = InIp(from, to, 17, udp, 6);
      const size_t ip = v6 ? 40 : 20;
      if (packet[ip + 6] == 0 && packet[ip + 7] == 0) continue;
      const Bytes out = Rewrite(packet);
      ASSERT_EQ(out.size(), ip + 8);
      const Bytes upper = Join({Part(out, ip, out.size()), Bytes(payload.size(), 0)});
      const Bytes pseudo =
          PseudoHeader(anonymizer_->Anonymize(from), anonymizer_->Anonymize(to), 17, upper.size());
      ASSERT_EQ(Checksum(Join({pseudo, upper})), 0);
      ASSERT_FALSE(out[ip + 6] == 0 && out[ip + 7] == 0);
      became_zero |= out[ip + 6] == 0xff && out[ip + 7] == 0xff;
    }
    EXPECT_TRUE(v6 ? became_zero : true);
  }
}

TEST_F(PacketAnonymizerTest, UdpWithoutChecksumStaysSo) {
  const Bytes out = Rewrite(Join({IpHeader(a4_, b4_, 17, 9), kUdpHeader, {'x'}}));
  ASSERT_EQ(out.size(), 28u);
  EXPECT_EQ(out[26] | out[27], 0);
}

// The sum of a name is as good as a hash of it without a key.
TEST_F(PacketAnonymizerTest, ChecksumsTellNothingOfWhatIsLeftOut) {
  for (const IpAddress& to : {b4_, b6_}) {
    const IpAddress from = to.is_v6() ? a6_ : a4_;
    const auto tcp = [&](const char* text) {
      return Rewrite(InIp(from, to, 6, Join({TcpHeader({}), Text(text)}), 16));
    };
    EXPECT_EQ(tcp("alice"), tcp("carol"));
    const auto udp = [&](const char* text) {
      return Rewrite(InIp(from, to, 17, Join({kUdpHeader, Text(text)}), 6));
    };
    EXPECT_EQ(udp("alice"), udp("carol"));
    const uint8_t icmp_protocol = to.is_v6() ? 58 : 1;
    const auto icmp = [&](const char* text) {
      const Bytes quoted = InIp(to, from, 17, Join({kUdpHeader, Text(text)}), 6);
      return Rewrite(InIp(from, to, icmp_protocol, Join({{3, 0, 0, 0, 0, 0, 0, 0}, quoted}), 2));
    };
    EXPECT_EQ(icmp("alice"), icmp("carol"));
  }
}

// Options of TCP stay when they have the size that theirs have: another one may hold anything.
TEST_F(PacketAnonymizerTest, TcpOptionsOfOddSizesGo) {
  for (const uint8_t kind : {2, 3, 4, 5, 8}) {
    std::set<size_t> kept;
    for (uint8_t length = 2; length <= 40; ++length) {
      Bytes options(40, 0x5a);
      options[0] = kind;
      options[1] = length;
      if (length < 40) options[length] = 0;
      const Bytes out = Rewrite(InIp(a4_, b4_, 6, TcpHeader(options), 16));
      ASSERT_EQ(out.size(), 80u);
      const bool stays = out[40] == kind;
      EXPECT_EQ(Part(out, 40, 40 + length), stays ? Part(options, 0, length) : Bytes(length, 1));
      EXPECT_EQ(Part(out, 40u + length, 80), Bytes(40u - length, 1));
      if (stays) kept.insert(length);
    }
    const std::map<int, std::set<size_t>> expected = {
        {2, {4}}, {3, {3}}, {4, {2}}, {5, {10, 18, 26, 34}}, {8, {10}}};
    EXPECT_EQ(kept, expected.at(kind)) << int{kind};
  }
}

TEST_F(PacketAnonymizerTest, RoutesInIpv4OptionsGo) {
  const Bytes route = {7, 7, 8, 10, 9, 9, 9, 0};  // record route, with an address
  const Bytes out = Rewrite(Join({IpHeader(a4_, b4_, 6, 20, route), TcpHeader({})}));
  ASSERT_EQ(out.size(), 28u + 20);
  EXPECT_EQ(Part(out, 20, 28), Bytes(8, 1));
  EXPECT_EQ(Checksum(Part(out, 0, 28)), 0);
}

TEST_F(PacketAnonymizerTest, OnlyTheFirstFragmentHasAnotherHeader) {
  Bytes packet = InIp(a4_, b4_, 6, TcpHeader({}), 16);
  packet[6] = 0x20;  // more fragments
  EXPECT_EQ(Rewrite(packet).size(), 40u);
  packet[7] = 1;
  EXPECT_EQ(Rewrite(packet).size(), 20u);
  for (const uint8_t offset : {uint8_t{0}, uint8_t{8}}) {
    const Bytes fragment = {6, 0, 0, static_cast<uint8_t>(offset | 1), 0, 0, 0, 1};
    const Bytes out = Rewrite(Join({IpHeader(a6_, b6_, 44, 28), fragment, TcpHeader({})}));
    EXPECT_EQ(out.size(), offset == 0 ? 68u : 48u);
    EXPECT_EQ(Part(out, 40, 48), fragment);
  }
}

// A home address in the destination options; a routing header.
TEST_F(PacketAnonymizerTest, Ipv6ExtensionHeaders) {
  const Bytes home = Join({{6, 2, 1, 2, 0, 0, 201, 16}, Of(a6_)});
  ASSERT_EQ(home.size(), 24u);
  Bytes out = Rewrite(Join({IpHeader(a6_, b6_, 60, 44), home, TcpHeader({})}));
  ASSERT_EQ(out.size(), 40u + 24 + 20);
  EXPECT_EQ(Part(out, 40, 64), Join({{6, 2}, Bytes(22, 0)}));
  const Bytes routing = Join({{6, 2, 0, 1, 0, 0, 0, 0}, Of(a6_)});
  out = Rewrite(Join({IpHeader(a6_, b6_, 43, 44), routing, TcpHeader({})}));
  EXPECT_EQ(out.size(), 40u);
  const Bytes hops = {60, 0, 5, 2, 0, 0, 1, 0};
  out = Rewrite(Join({IpHeader(a6_, b6_, 0, 52), hops, home, TcpHeader({})}));
  ASSERT_EQ(out.size(), 40u + 8 + 24 + 20);
  EXPECT_EQ(Part(out, 40, 48), Join({{60, 0}, Bytes(6, 0)}));
}

// The quoted packet has its addresses changed, too, and the outer checksum covers them.
TEST_F(PacketAnonymizerTest, IcmpErrorsQuoteHeaders) {
  const Bytes payload = Text("secret payload");
  const Bytes quoted = InIp(b4_, a4_, 17, Join({kUdpHeader, payload}), 6);
  const Bytes out = Rewrite(InIp(a4_, b4_, 1, Join({{3, 3, 0, 0, 0, 0, 0, 0}, quoted}), 2));
  ASSERT_EQ(out.size(), 20u + 8 + 20 + 8);
  EXPECT_EQ(Part(out, 40, 48), Join({Image(b4_), Image(a4_)}));
  EXPECT_EQ(Checksum(Part(out, 28, 48)), 0);
  EXPECT_EQ(Checksum(Part(out, 20, out.size())), 0);

  const Bytes quoted6 = InIp(b6_, a6_, 6, Join({TcpHeader({}), payload}), 16);
  const Bytes out6 = Rewrite(InIp(a6_, b6_, 58, Join({{1, 4, 0, 0, 0, 0, 0, 0}, quoted6}), 2));
  ASSERT_EQ(out6.size(), 40u + 8 + 40 + 20);
  EXPECT_EQ(Part(out6, 56, 88), Join({Image(b6_), Image(a6_)}));
  const Bytes upper = Join({Part(out6, 40, out6.size()), Bytes(payload.size(), 0)});
  EXPECT_EQ(Checksum(Join({PseudoHeader(anonymizer_->Anonymize(a6_), anonymizer_->Anonymize(b6_),
                                        58, upper.size()),
                           upper})),
            0);
}

// Eight bytes of what was quoted, as RFC 792 has it: the ports, and no checksum to correct.
TEST_F(PacketAnonymizerTest, ShortQuotes) {
  const Bytes quoted = Join({IpHeader(b4_, a4_, 6, 20), Part(TcpHeader({}), 0, 8)});
  const Bytes out = Rewrite(InIp(a4_, b4_, 1, Join({{11, 0, 0, 0, 0, 0, 0, 0}, quoted}), 2));
  ASSERT_EQ(out.size(), 20u + 8 + 20 + 8);
  EXPECT_EQ(Checksum(Part(out, 20, out.size())), 0);
}

TEST_F(PacketAnonymizerTest, OtherIcmp) {
  const Bytes quoted = Join({IpHeader(b4_, a4_, 6, 20), Part(TcpHeader({}), 0, 8)});
  Bytes out = Rewrite(InIp(a4_, b4_, 1, Join({{5, 1, 0, 0}, Of(b4_), quoted}), 2));
  ASSERT_EQ(out.size(), 56u);
  EXPECT_EQ(Part(out, 24, 28), Image(b4_));  // the gateway of a redirect
  EXPECT_EQ(Checksum(Part(out, 20, out.size())), 0);
  out = Rewrite(InIp(a4_, b4_, 1, Join({{8, 0, 0, 0, 1, 2, 3, 4}, Text("ping")}), 2));
  ASSERT_EQ(out.size(), 28u);
  EXPECT_EQ(Part(out, 24, 28), (Bytes{1, 2, 3, 4}));
  EXPECT_EQ(Checksum(Part(out, 20, 28)), 0);
  // What no standard that is known here says anything about may be an address.
  for (const uint8_t type : {6, 9, 10, 19, 32, 37, 42}) {
    out = Rewrite(InIp(a4_, b4_, 1, Join({{type, 0, 0, 0}, Of(a4_)}), 2));
    ASSERT_EQ(out.size(), 28u);
    EXPECT_EQ(Part(out, 24, 28), Bytes(4, 0));
    EXPECT_EQ(Checksum(Part(out, 20, 28)), 0);
  }
  for (const uint8_t type : {0, 13, 18}) {
    out = Rewrite(InIp(a4_, b4_, 1, {type, 0, 0, 0, 1, 2, 3, 4}, 2));
    EXPECT_EQ(Part(out, 24, 28), (Bytes{1, 2, 3, 4}));
  }
  out = Rewrite(InIp(a6_, b6_, 58, {2, 0, 0, 0, 0, 0, 5, 0}, 2));  // packet too big
  EXPECT_EQ(Part(out, 44, 48), (Bytes{0, 0, 5, 0}));
  out = Rewrite(InIp(a6_, b6_, 58, {140, 0, 0, 0, 1, 2, 3, 4}, 2));
  EXPECT_EQ(Part(out, 44, 48), Bytes(4, 0));
  // A neighbour's address stands behind the eight bytes.
  out = Rewrite(InIp(a6_, b6_, 58, Join({{135, 0, 0, 0, 0, 0, 0, 0}, Of(b6_)}), 2));
  EXPECT_EQ(out.size(), 48u);
}

TEST_F(PacketAnonymizerTest, TunnelsHaveBothAddressesChanged) {
  const Bytes inner = InIp(a6_, b6_, 6, TcpHeader({}), 16);
  Bytes out = Rewrite(Join({IpHeader(a4_, b4_, 41, inner.size()), inner}));
  ASSERT_EQ(out.size(), 20u + 40 + 20);
  EXPECT_EQ(Part(out, 12, 20), Join({Image(a4_), Image(b4_)}));
  EXPECT_EQ(Part(out, 28, 60), Join({Image(a6_), Image(b6_)}));
  // As many headers as can be are not more than it takes.
  Bytes deep = TcpHeader({});
  for (int i = 0; i < 100; ++i)
    deep = Join({IpHeader(a4_, b4_, i == 0 ? 6 : 4, deep.size()), deep});
  EXPECT_EQ(Rewrite(deep).size(), 80u);
}

TEST_F(PacketAnonymizerTest, WhatIsNotKnownGoes) {
  EXPECT_EQ(Rewrite({}).size(), 0u);
  EXPECT_EQ(Rewrite(Text("not a packet of any kind")).size(), 0u);
  EXPECT_EQ(Rewrite(Join({IpHeader(a4_, b4_, 50, 9), Text("encrypted")})).size(), 20u);
  EXPECT_EQ(Rewrite(Join({IpHeader(a4_, b4_, 2, 8), {0x16, 0, 0, 0}, Of(b4_)})).size(), 20u);
  Bytes short_header = IpHeader(a4_, b4_, 6, 0);
  short_header[0] = 0x44;
  EXPECT_EQ(Rewrite(short_header).size(), 0u);
}

// Cut anywhere: no address and no payload of the packet is left, and nothing is read behind it.
TEST_F(PacketAnonymizerTest, CutAnywhere) {
  const Bytes quoted =
      InIp(b6_, a6_, 6, Join({TcpHeader(Join({kTcpOptions, {0, 0}})), Text("x")}), 16);
  const Bytes error = InIp(a6_, b6_, 58, Join({{1, 4, 0, 0, 0, 0, 0, 0}, quoted}), 2);
  const Bytes whole = Join({IpHeader(a4_, b4_, 41, error.size()), error});
  size_t before = 0;
  for (size_t cut = 0; cut <= whole.size(); ++cut) {
    const Bytes packet(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(cut));
    const Bytes out = Rewrite(packet);
    EXPECT_GE(out.size(), before);
    before = out.size();
    for (const IpAddress& address : {a4_, b4_, a6_, b6_}) {
      const Bytes bytes = Of(address);
      EXPECT_EQ(std::search(out.begin(), out.end(), bytes.begin(), bytes.end()), out.end()) << cut;
    }
  }
  EXPECT_EQ(before, whole.size() - 1);
}

TEST_F(PacketAnonymizerTest, RandomBytesAndSmallRooms) {
  std::mt19937 random(11);  // NOLINT: always the same bytes
  for (int i = 0; i < 20000; ++i) {
    Bytes packet(random() % 120);
    for (uint8_t& byte : packet) byte = static_cast<uint8_t>(random());
    if (!packet.empty()) packet[0] = random() % 2 ? 0x45 : 0x60;
    if (packet.size() > 9)
      packet[random() % 2 ? 9 : 6] = std::array<uint8_t, 6>{0, 1, 4, 6, 41, 58}[random() % 6];
    std::vector<uint8_t> out(random() % 120);
    EXPECT_LE(packets_.Rewrite(packet, out), std::min(packet.size(), out.size()));
  }
}

}  // namespace
}  // namespace tstat::internal
