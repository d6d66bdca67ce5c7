// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/classifier.h"

#include <array>
#include <cassert>
#include <cstddef>
#include <iterator>
#include <limits>
#include <string_view>
#include <type_traits>

#include "l7/udp/signatures.h"

namespace tstat::internal {
namespace {

// What a signature tells.
template <bool (*kAccepts)(const UdpPayload&), UdpType kType>
UdpType When(const UdpPayload& p) {
  return kAccepts(p) ? kType : UdpType::kUnknown;
}

struct Signature {
  uint16_t longer_than;  // the packet's length field must be
  UdpType (*match)(const UdpPayload& p);
  std::string_view first_bytes = {};  // the only ones it can match on; empty: any
  UdpClassifier::Profiles profiles = UdpClassifier::kBoth;
};

using std::string_view_literals::operator""sv;

// In order of precedence.
constexpr Signature kSignatures[] = {
    {22, When<IsDns, UdpType::kDns>, {}, UdpClassifier::kOnly311},
    {22, When<IsDns33, UdpType::kDns>, {}, UdpClassifier::kOnly33},
    {23, When<IsBitTorrentDht, UdpType::kBitTorrentDht>},
    {9, When<IsEd2k, UdpType::kEd2k>, "\xE3\xC5"sv},
    {9, When<IsKad, UdpType::kKad>, "\xE4\xE5"sv},
    {9, When<IsKadu, UdpType::kKadu>, "\xA4\xA5"sv},
    {22, When<IsSip, UdpType::kSip>, "SRAIPBOCUNM"sv},
    {22, When<IsPpLive, UdpType::kPpLive>},
    {22, When<IsSopCast, UdpType::kSopCast>, "\x00\xFF"sv},
    {22, When<IsTvAnts, UdpType::kTvAnts>, "\x04"sv},
    {22, When<IsMturn, UdpType::kMturn>, "\xFF"sv, UdpClassifier::kOnly33},
    {12, When<IsPpStream, UdpType::kPpStream>},
    {21, When<IsTeredo, UdpType::kTeredo>, "\x60"sv},
    {25, When<IsDtls, UdpType::kDtls>, "\x16"sv},
};

// Bit i of cell b: signature i may match a payload that begins with byte b. Most signatures are
// ruled out by one look-up (a packet that matches nothing costs four calls instead of one for each
// row).
using Mask = std::conditional_t<std::size(kSignatures) <= 16, uint16_t, uint32_t>;
static_assert(std::size(kSignatures) <= std::numeric_limits<Mask>::digits,
              "a signature without a bit would never match: take a wider Mask");
using Candidates = std::array<Mask, 256>;
constexpr Candidates MakeCandidates() {
  Candidates candidates{};
  for (size_t i = 0; i < std::size(kSignatures); ++i) {
    const Mask bit = static_cast<Mask>(Mask{1} << i);
    if (kSignatures[i].first_bytes.empty()) {
      for (Mask& cell : candidates) cell |= bit;
    }
    for (char c : kSignatures[i].first_bytes) candidates[static_cast<uint8_t>(c)] |= bit;
  }
  return candidates;
}
constexpr Candidates kCandidates = MakeCandidates();

// NetBIOS names and DNS answers look like PPLive by chance.
constexpr bool IsPpLivePort(uint16_t port) { return port != 53 && port != 137; }

}  // namespace

UdpType UdpClassifier::Classify(const UdpPayload& p, UdpType type, const Datagram& d) const {
  assert(IsOpen(type, 0));
  if (p.bytes.empty()) return type;
  uint32_t candidates = kCandidates[p.bytes.U8(0)];
  for (; candidates != 0; candidates &= candidates - 1) {
    const Signature& s = kSignatures[static_cast<size_t>(__builtin_ctz(candidates))];
    if (p.length_field <= s.longer_than || s.profiles == skipped_) continue;
    const UdpType found = s.match(p);
    if (found == UdpType::kUnknown) continue;
    if (found == UdpType::kBitTorrentDht && type == UdpType::kUtp) return UdpType::kUtpBitTorrent;
    if (found == UdpType::kPpLive &&
        !(IsPpLivePort(d.source_port) && IsPpLivePort(d.destination_port))) {
      return type;  // and what comes after is not tried
    }
    return found;
  }
  return type;
}

}  // namespace tstat::internal
