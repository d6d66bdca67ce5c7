// SPDX-License-Identifier: BSD-3-Clause
#include "privacy/packet_anonymizer.h"

#include <algorithm>
#include <array>

#include "decode/byte_reader.h"

namespace tstat::internal {
namespace {

// Protocol numbers (IANA).
namespace protocol {
constexpr uint8_t kHopByHop = 0, kIcmp = 1, kIpv4 = 4, kTcp = 6, kUdp = 17, kIpv6 = 41,
                  kFragment = 44, kIcmpv6 = 58, kDestinationOptions = 60;
}  // namespace protocol
// IPv4 (RFC 791), IPv6 (RFC 8200).
namespace ipv4 {
constexpr size_t kHeader = 20, kLength = 2, kFragment = 6, kProtocol = 9, kChecksum = 10,
                 kSource = 12, kDestination = 16, kAddress = 4;
constexpr uint16_t kFragmentOffset = 0x1fff;
}  // namespace ipv4
namespace ipv6 {
constexpr size_t kHeader = 40, kLength = 4, kNext = 6, kSource = 8, kDestination = 24,
                 kAddress = 16;
}  // namespace ipv6
// TCP (RFC 9293), UDP, ICMP.
namespace tcp {
constexpr size_t kHeader = 20, kOffset = 12, kChecksum = 16;
}  // namespace tcp
namespace udp {
constexpr size_t kHeader = 8, kLength = 4, kChecksum = 6;
}  // namespace udp
namespace icmp {
constexpr size_t kHeader = 8, kChecksum = 2, kSecondWord = 4;
constexpr uint8_t kRedirect = 5;
}  // namespace icmp

// The sum of RFC 1071 over 16-bit words, without the last folding; a last odd byte is the first of
// a word.
uint64_t Sum(std::span<const uint8_t> bytes) {
  const ByteReader r(bytes);
  uint64_t sum = 0;
  for (size_t i = 0; i < bytes.size(); i += 2) {
    sum += static_cast<uint64_t>(r.U8(i)) << 8 | r.U8(i + 1);
  }
  return sum;
}
uint16_t Fold(uint64_t sum) {
  while ((sum >> 16) != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

void Put16(uint16_t value, std::span<uint8_t> out, size_t at) {
  out[at] = static_cast<uint8_t>(value >> 8);
  out[at + 1] = static_cast<uint8_t>(value);
}

uint16_t Checksum(uint64_t sum) { return static_cast<uint16_t>(~Fold(sum)); }

// The sum of a pseudo header (RFC 9293, 3.1; RFC 8200, 8.1) but for the length in it.
struct PseudoHeader {
  uint64_t sum = 0;     // of addresses and protocol
  uint32_t length = 0;  // of what stands behind the IP header, as that says

  uint64_t With(uint32_t given_length) const {
    return sum + (given_length >> 16) + (given_length & 0xffff);
  }
};

// The rewriting of one packet. Its functions look at what begins at `at`, and return where what is
// kept of it ends; all bytes up to there have been written to `out`. Nothing moves: bytes stand in
// `out` where they stood in the packet.
class Rewriting {
 public:
  Rewriting(std::span<const uint8_t> packet, std::span<uint8_t> out, Anonymizer* anonymizer)
      : in_(packet.first(std::min(packet.size(), out.size()))),
        out_(out),
        anonymizer_(anonymizer) {}

  // `depth`: how many IP headers stand before it.
  size_t Ip(size_t at, int depth) {
    constexpr int kMostHeaders = 4;
    if (depth >= kMostHeaders) return at;
    const uint8_t version = in_.U8(at) >> 4;
    if (version == 4) return Ipv4(at, depth);
    return version == 6 ? Ipv6(at, depth) : at;
  }

 private:
  // Copies up to `count` bytes; where they end.
  size_t Keep(size_t at, size_t count) {
    const std::span<const uint8_t> bytes = in_.Sub(at, count).bytes();
    std::copy(bytes.begin(), bytes.end(), out_.begin() + static_cast<ptrdiff_t>(at));
    return at + bytes.size();
  }
  std::span<const uint8_t> Before(size_t from, size_t to) const {
    return in_.Sub(from, to - from).bytes();
  }
  std::span<uint8_t> After(size_t from, size_t to) const { return out_.subspan(from, to - from); }

  void MapV4(size_t at) {
    const IpAddress image =
        anonymizer_->Anonymize(IpAddress::V4(Before(at, at + 4).first<ipv4::kAddress>()));
    std::copy_n(image.bytes().begin(), ipv4::kAddress, After(at, at + 4).begin());
  }
  void MapV6(size_t at) {
    const IpAddress image =
        anonymizer_->Anonymize(IpAddress::V6(Before(at, at + 16).first<ipv6::kAddress>()));
    std::copy_n(image.bytes().begin(), ipv6::kAddress, After(at, at + 16).begin());
  }

  size_t Ipv4(size_t at, int depth);
  size_t Ipv6(size_t at, int depth);
  // Behind an IP header.
  size_t Upper(uint8_t protocol, size_t at, int depth, PseudoHeader pseudo);
  size_t Tcp(size_t at, const PseudoHeader& pseudo);
  size_t Udp(size_t at, const PseudoHeader& pseudo);
  size_t Icmp(bool is_v6, size_t at, int depth, const PseudoHeader& pseudo);
  void BlankTcpOptions(size_t from, size_t to);
  void SetChecksum(size_t checksum, size_t at, size_t end, uint64_t pseudo_sum);

  ByteReader in_;
  std::span<uint8_t> out_;
  Anonymizer* anonymizer_;
};

size_t Rewriting::Ipv4(size_t at, int depth) {
  constexpr uint8_t kNoOperation = 1;
  const size_t header = static_cast<size_t>(in_.U8(at) & 15) * 4;
  if (header < ipv4::kHeader || !in_.Has(at, header)) return at;
  const size_t end = Keep(at, header);
  MapV4(at + ipv4::kSource);
  MapV4(at + ipv4::kDestination);
  const std::span<uint8_t> options = After(at + ipv4::kHeader, end);
  std::fill(options.begin(), options.end(), kNoOperation);
  Put16(0, out_, at + ipv4::kChecksum);
  Put16(Checksum(Sum(After(at, end))), out_, at + ipv4::kChecksum);
  if ((in_.U16(at + ipv4::kFragment) & ipv4::kFragmentOffset) != 0) return end;
  const size_t length = in_.U16(at + ipv4::kLength);
  return Upper(in_.U8(at + ipv4::kProtocol), end, depth,
               {.sum = Sum(After(at + ipv4::kSource, at + ipv4::kHeader)),
                .length = static_cast<uint32_t>(length - std::min(length, header))});
}

// Options of extension headers are blanked; other headers than these, those of routing among them,
// end what is kept.
size_t Rewriting::Ipv6(size_t at, int depth) {
  constexpr size_t kFragmentHeader = 8, kUnit = 8;
  constexpr uint16_t kOffset = 0xfff8;
  if (!in_.Has(at, ipv6::kHeader)) return at;
  size_t end = Keep(at, ipv6::kHeader);
  MapV6(at + ipv6::kSource);
  MapV6(at + ipv6::kDestination);
  const uint64_t addresses = Sum(After(at + ipv6::kSource, end));
  const size_t length = in_.U16(at + ipv6::kLength), begin_of_rest = end;
  uint8_t next = in_.U8(at + ipv6::kNext);
  for (;;) {
    if (next == protocol::kFragment) {
      if (!in_.Has(end, kFragmentHeader)) return end;
      const bool is_first = (in_.U16(end + 2) & kOffset) == 0;
      next = in_.U8(end);
      end = Keep(end, kFragmentHeader);
      if (!is_first) return end;
    } else if (next == protocol::kHopByHop || next == protocol::kDestinationOptions) {
      const size_t size = (static_cast<size_t>(in_.U8(end + 1)) + 1) * kUnit;
      if (!in_.Has(end, size)) return end;
      next = in_.U8(end);
      const size_t begin = end;
      end = Keep(end, size);
      const std::span<uint8_t> options = After(begin + 2, end);
      std::fill(options.begin(), options.end(), uint8_t{0});  // Pad1
    } else {
      const size_t extensions = end - begin_of_rest;
      return Upper(next, end, depth,
                   {.sum = addresses,
                    .length = static_cast<uint32_t>(length - std::min(length, extensions))});
    }
  }
}

size_t Rewriting::Upper(uint8_t protocol, size_t at, int depth, PseudoHeader pseudo) {
  pseudo.sum += protocol;
  switch (protocol) {
    case protocol::kTcp:
      return Tcp(at, pseudo);
    case protocol::kUdp:
      return Udp(at, pseudo);
    case protocol::kIcmp:
      return Icmp(/*is_v6=*/false, at, depth, {});
    case protocol::kIcmpv6:
      return Icmp(/*is_v6=*/true, at, depth, pseudo);
    case protocol::kIpv4:
    case protocol::kIpv6:
      return Ip(at, depth + 1);
    default:
      return at;
  }
}

// Of what is kept, [at, end), as if what is left out were zeros: the captured one, corrected by
// what changed, would tell everybody the sum of a payload.
void Rewriting::SetChecksum(size_t checksum, size_t at, size_t end, uint64_t pseudo_sum) {
  if (checksum + 2 > end) return;
  Put16(0, out_, checksum);
  Put16(Checksum(pseudo_sum + Sum(After(at, end))), out_, checksum);
}

size_t Rewriting::Tcp(size_t at, const PseudoHeader& pseudo) {
  const size_t header =
      std::max(static_cast<size_t>(in_.U8(at + tcp::kOffset) >> 4) * 4, tcp::kHeader);
  const size_t end = Keep(at, header);
  if (end > at + tcp::kHeader) BlankTcpOptions(at + tcp::kHeader, end);
  SetChecksum(at + tcp::kChecksum, at, end, pseudo.With(pseudo.length));
  return end;
}

// Maximum segment size, window scale, SACK (RFC 2018) and time stamps (RFC 7323), of the sizes that
// they have.
bool IsHarmlessTcpOption(uint8_t kind, size_t length) {
  constexpr uint8_t kSegmentSize = 2, kWindowScale = 3, kSackPermitted = 4, kSack = 5,
                    kTimestamps = 8;
  switch (kind) {
    case kSegmentSize:
      return length == 4;
    case kWindowScale:
      return length == 3;
    case kSackPermitted:
      return length == 2;
    case kSack:
      return length >= 10 && length <= 34 && length % 8 == 2;
    case kTimestamps:
      return length == 10;
    default:
      return false;
  }
}

void Rewriting::BlankTcpOptions(size_t from, size_t to) {
  constexpr uint8_t kEnd = 0, kNoOperation = 1;
  const std::span<uint8_t> options = After(from, to);
  for (size_t i = 0; i < options.size();) {
    const uint8_t kind = options[i];
    if (kind == kNoOperation) {
      ++i;
      continue;
    }
    const size_t left = options.size() - i;
    const size_t length = kind == kEnd || left < 2 ? left : options[i + 1];
    const bool is_whole = length >= 2 && length <= left;
    if (is_whole && IsHarmlessTcpOption(kind, length)) {
      i += length;
      continue;
    }
    const size_t blanked = is_whole ? length : left;
    const std::span<uint8_t> blank = options.subspan(i, blanked);
    std::fill(blank.begin(), blank.end(), kNoOperation);
    i += blanked;
  }
}

size_t Rewriting::Udp(size_t at, const PseudoHeader& pseudo) {
  const size_t end = Keep(at, udp::kHeader);
  const size_t checksum = at + udp::kChecksum;
  if (end < at + udp::kHeader || in_.U16(checksum) == 0) return end;  // 0: there is none
  SetChecksum(checksum, at, end, pseudo.With(in_.U16(at + udp::kLength)));
  if (out_[checksum] == 0 && out_[checksum + 1] == 0) Put16(0xffff, out_, checksum);
  return end;
}

// What stands in the second word of an ICMP header (RFC 792, RFC 950; RFC 4443).
enum class IcmpWord { kUnknown, kPublic, kGateway };
IcmpWord SecondWordOf(bool is_v6, uint8_t type) {
  if (is_v6)
    return type <= 4 || type == 128 || type == 129 ? IcmpWord::kPublic : IcmpWord::kUnknown;
  if (type == icmp::kRedirect) return IcmpWord::kGateway;
  const bool known = type == 0 || type == 3 || type == 4 || type == 8 || (type >= 11 && type <= 18);
  return known ? IcmpWord::kPublic : IcmpWord::kUnknown;
}

// Errors quote the packet that they are about. Messages that hold addresses in other places are cut
// before them.
size_t Rewriting::Icmp(bool is_v6, size_t at, int depth, const PseudoHeader& pseudo) {
  if (!in_.Has(at, icmp::kHeader)) return at;
  const uint8_t type = in_.U8(at);
  size_t end = Keep(at, icmp::kHeader);
  switch (SecondWordOf(is_v6, type)) {
    case IcmpWord::kUnknown:
      std::ranges::fill(After(at + icmp::kSecondWord, end), uint8_t{0});
      break;
    case IcmpWord::kPublic:
      break;
    case IcmpWord::kGateway:
      MapV4(at + icmp::kSecondWord);
      break;
  }
  const bool quotes =
      is_v6 ? type >= 1 && type <= 4
            : type == 3 || type == 4 || type == icmp::kRedirect || type == 11 || type == 12;
  if (quotes) end = Ip(end, depth + 1);
  SetChecksum(at + icmp::kChecksum, at, end, is_v6 ? pseudo.With(pseudo.length) : 0);
  return end;
}

}  // namespace

size_t PacketAnonymizer::Rewrite(std::span<const uint8_t> packet, std::span<uint8_t> out) {
  return Rewriting(packet, out, anonymizer_).Ip(0, 0);
}

}  // namespace tstat::internal
