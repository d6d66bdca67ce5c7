// SPDX-License-Identifier: BSD-3-Clause
#include "tests/fuzz/frame_builder.h"

#include <algorithm>
#include <array>

namespace tstat::internal {
namespace {

constexpr uint8_t kIcmp = 1, kIpInIp = 4, kTcp = 6, kUdp = 17, kGre = 47, kIcmpV6 = 58;
constexpr size_t kIpv4Bytes = 20;
constexpr uint16_t kMoreFragments = 0x2000;

class Writer {
 public:
  Writer& Put(uint64_t value, size_t bytes) {
    for (size_t i = bytes; i-- > 0;) out_.push_back(static_cast<uint8_t>(value >> (8 * i)));
    return *this;
  }
  template <typename Bytes>
  Writer& Add(const Bytes& bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  std::vector<uint8_t> Take() { return std::move(out_); }

 private:
  std::vector<uint8_t> out_;
};

// From `side` of `ends`.
std::vector<uint8_t> IpPacket(const FlowEnds& ends, size_t side, uint8_t protocol, uint16_t ident,
                              std::span<const uint8_t> payload) {
  Writer out;
  if (!ends.is_v6) {
    const uint32_t address[] = {0x0A000000u + ends.client, 0xC0000200u + ends.server};
    out.Put(0x4500, 2).Put(kIpv4Bytes + payload.size(), 2).Put(ident, 2).Put(0, 2);
    out.Put(64, 1).Put(protocol, 1).Put(0, 2).Put(address[side], 4).Put(address[1 - side], 4);
    return out.Add(payload).Take();
  }
  const uint64_t high[] = {0xFD00ull << 48, 0x20010DB8ull << 32};
  const uint64_t low[] = {ends.client, 0x20000u + uint64_t{ends.server}};
  out.Put(0x60000000, 4).Put(payload.size(), 2).Put(protocol, 1).Put(64, 1);
  for (const size_t at : {side, 1 - side}) out.Put(high[at], 8).Put(low[at], 8);
  return out.Add(payload).Take();
}

std::pair<uint16_t, uint16_t> Ports(const FlowEnds& ends, size_t side) {
  if (side == 0) return {ends.client_port, ends.server_port};
  return {ends.server_port, ends.client_port};
}

std::vector<uint8_t> TcpOptions(const TcpFields& fields) {
  Writer out;
  if (fields.with_syn_options) out.Put(0x020405B4, 4).Put(0x01030307, 4).Put(0x01010402, 4);
  if (fields.timestamps) out.Put(0x0101080A, 4).Put(fields.now, 4).Put(0, 4);
  if (fields.sack.first != fields.sack.second) {
    out.Put(0x0101050A, 4).Put(fields.sack.first, 4).Put(fields.sack.second, 4);
  }
  return out.Take();
}

}  // namespace

std::vector<uint8_t> TcpPacket(const FlowEnds& ends, size_t side, const TcpFields& fields,
                               std::string_view payload) {
  const auto [source, destination] = Ports(ends, side);
  const std::vector<uint8_t> options = TcpOptions(fields);
  Writer out;
  out.Put(source, 2).Put(destination, 2).Put(fields.sequence, 4).Put(fields.acknowledgment, 4);
  out.Put((5 + options.size() / 4) << 4, 1).Put(fields.flags, 1).Put(fields.window, 2).Put(0, 4);
  return IpPacket(ends, side, kTcp, fields.ident, out.Add(options).Add(payload).Take());
}

std::vector<uint8_t> UdpPacket(const FlowEnds& ends, size_t side, uint16_t ident,
                               std::string_view payload) {
  const auto [source, destination] = Ports(ends, side);
  Writer out;
  out.Put(source, 2).Put(destination, 2).Put(8 + payload.size(), 2).Put(0, 2).Add(payload);
  return IpPacket(ends, side, kUdp, ident, out.Take());
}

std::vector<uint8_t> IcmpQuote(std::span<const uint8_t> ip, bool is_v6, uint8_t code) {
  const std::span<const uint8_t> quoted = ip.first(std::min<size_t>(ip.size(), 68));
  Writer out;
  out.Put(is_v6 ? 1 : 3, 1).Put(code % 16, 1).Put(0, 6).Add(quoted);
  const FlowEnds router{.is_v6 = is_v6, .client = 7, .server = 99};
  return IpPacket(router, 1, is_v6 ? kIcmpV6 : kIcmp, 0, out.Take());
}

std::pair<std::vector<uint8_t>, std::vector<uint8_t>> InFragments(std::span<const uint8_t> ip,
                                                                  size_t bytes) {
  const auto fragment = [&](size_t begin, size_t end, uint16_t field) {
    Writer out;
    out.Add(ip.first(2)).Put(kIpv4Bytes + end - begin, 2).Add(ip.subspan(4, 2)).Put(field, 2);
    return out.Add(ip.subspan(8, 12)).Add(ip.subspan(kIpv4Bytes + begin, end - begin)).Take();
  };
  const size_t all = ip.size() - kIpv4Bytes;
  const size_t first = std::min(bytes, all);
  return {fragment(0, first, kMoreFragments),
          fragment(first, all, static_cast<uint16_t>(first / 8))};
}

std::vector<uint8_t> EthernetFrame(uint16_t type, std::span<const uint8_t> payload) {
  Writer out;
  return out.Put(0x020000000001, 6).Put(0x020000000002, 6).Put(type, 2).Add(payload).Take();
}

std::vector<uint8_t> InTunnel(std::span<const uint8_t> frame, std::span<const uint8_t> ip,
                              bool is_v6, uint8_t kind) {
  constexpr size_t kAddressBytes = 12;
  const uint16_t type = is_v6 ? 0x86DD : 0x0800;
  const FlowEnds tunnel{.client = 200, .server = 201, .client_port = 5555, .server_port = 4789};
  const unsigned number = kind >> 4;
  Writer inner;
  const auto outer = [&](uint8_t protocol, std::span<const uint8_t> payload) {
    return EthernetFrame(0x0800, IpPacket(tunnel, number % 2, protocol, number, payload));
  };
  if (frame.size() < kAddressBytes) return {frame.begin(), frame.end()};
  switch (kind % 6) {
    case 0:  // 802.1Q
      inner.Add(frame.first(kAddressBytes)).Put(0x8100, 2).Put(number, 2);
      return inner.Add(frame.subspan(kAddressBytes)).Take();
    case 1:
      return outer(is_v6 ? 41 : kIpInIp, ip);
    case 2:  // with a key
      return outer(kGre, inner.Put(0x2000, 2).Put(type, 2).Put(number, 4).Add(ip).Take());
    case 3: {  // VXLAN
      inner.Put(0x08000000, 4).Put(number << 8, 4).Add(frame);
      const std::vector<uint8_t> payload = inner.Take();
      const std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
      return EthernetFrame(0x0800, UdpPacket(tunnel, 0, static_cast<uint16_t>(number), text));
    }
    case 4:  // MPLS
      return EthernetFrame(0x8847, inner.Put(0x00064140 + (number << 12), 4).Add(ip).Take());
    default:  // PPPoE
      inner.Put(0x1100, 2).Put(number, 2).Put(ip.size() + 2, 2).Put(is_v6 ? 0x57 : 0x21, 2);
      return EthernetFrame(0x8864, inner.Add(ip).Take());
  }
}

}  // namespace tstat::internal
