// SPDX-License-Identifier: BSD-3-Clause
#include "l7/skype/skype_udp.h"

#include <algorithm>
#include <cassert>

namespace tstat::internal {
namespace {

constexpr uint64_t kMinPackets = 10;  // of a direction that is judged
constexpr double kRandom = 150;       // chi-squares below that are random

// Types that Skype's packet signatures do not overrule; also Skype's own, once found.
constexpr bool IsSettled(UdpType type) {
  switch (type) {
    case UdpType::kRtp:
    case UdpType::kRtcp:
    case UdpType::kSkypeE2e:
    case UdpType::kSkypeOut:
    case UdpType::kSkypeSignalling:
    case UdpType::kEd2k:
    case UdpType::kKadu:
    case UdpType::kGnutella:
    case UdpType::kBitTorrentDht:
    case UdpType::kDirectConnect:
    case UdpType::kKazaa:
    case UdpType::kPpLive:
    case UdpType::kSopCast:
    case UdpType::kTvAnts:
    case UdpType::kObfuscatedKad:
    case UdpType::kPpStream:
    case UdpType::kTeredo:
    case UdpType::kSip:
      return true;
    default:
      return false;
  }
}

constexpr bool IsSkype(UdpType type) {
  return type == UdpType::kSkypeE2e || type == UdpType::kSkypeOut ||
         type == UdpType::kSkypeSignalling;
}

// More than 90 % of more than 100 packets.
bool Dominates(uint32_t count, uint64_t packets) {
  return count > 100 && count * 100.0 / static_cast<double>(packets) > 90;
}

}  // namespace

// The first rule that matches.
void SkypeUdpTracker::CountSignature(const ByteReader& b, int32_t size, Attached& a) {
  constexpr size_t kBlock = 0, kMessageType = 2;
  constexpr uint8_t kTypeBits = 0x8F;
  const uint32_t block = b.U32(kBlock);
  if (a.block != 0 && a.block == block) {
    ++a.skype_out;
    return;
  }
  a.block = block;
  switch (b.U8(kMessageType) & kTypeBits) {
    case 0x07:
      ++(size == 11 ? a.signalling : a.unknown);
      break;
    case 0x02:
    case 0x03:
      ++a.signalling;
      break;
    case 0x0D:
      ++(size > 4 ? a.end_to_end : a.signalling);
      break;
    default:
      ++a.unknown;
      break;
  }
}

void SkypeUdpTracker::OnPacket(Direction sender, const UdpPayload& p, int32_t size,
                               SkypeUdpState& state) {
  assert(p.captured() >= kMinCaptured);
  uint32_t& index = state.attached[static_cast<size_t>(Index(sender))];
  if (index == SkypeUdpState::kNone) index = attached_.Allocate();
  Attached& a = attached_[index];
  CountSignature(p.bytes, size, a);
  if (p.length_field >= 8 + NibbleRandomness::kBytes) {
    a.randomness.Add(p.bytes.Sub(0, p.captured()));
  }
}

void SkypeUdpTracker::AddSamples(Direction sender, int32_t size, Timestamp now,
                                 SkypeUdpState& state) {
  attached_[state.attached[static_cast<size_t>(Index(sender))]].samples.AddUdp(*models_, size, now);
}

UdpType SkypeUdpTracker::TypeByPackets(const Side& side, const SkypeUdpState& state,
                                       size_t direction) const {
  if (side.packets < kMinPackets || IsSettled(side.type)) return side.type;
  if (const Attached* a = Find(state, direction); a != nullptr) {
    if (Dominates(a->end_to_end, side.packets)) return UdpType::kSkypeE2e;
    if (Dominates(a->skype_out, side.packets)) return UdpType::kSkypeOut;
    const uint64_t known = uint64_t{a->end_to_end} + a->skype_out + a->signalling;
    if (known * 100 / side.packets > 90) return UdpType::kSkypeSignalling;
  }
  switch (side.type) {
    case UdpType::kFirstRtp:
    case UdpType::kFirstRtcp:
    case UdpType::kFirstRtpPlus:
      return UdpType::kUnknown;
    default:
      return side.type;
  }
}

void SkypeUdpTracker::JudgeByStatistics(const Side& side, Attached& a, SkypeDirection* out) const {
  constexpr size_t kHeader = 8;  // blocks of the first four bytes
  out->end_to_end_packets = a.end_to_end;
  out->skype_out_packets = a.skype_out;
  out->signalling_packets = a.signalling;
  out->unknown_packets = a.unknown;
  a.samples.Judge(*models_, out);

  // Short packets, too, are in the expectation.
  const auto chi = a.randomness.ChiSquares(static_cast<double>(side.packets) / 16.0);
  out->min_header = SmallestOf(chi, 0, kHeader);
  // The third byte holds the type of a message and is not random in end-to-end flows.
  out->max_near_header = std::max(LargestOf(chi, 0, 4), LargestOf(chi, 6, 2));
  out->min_far_header = SmallestOf(chi, 4, 2);
  out->max_payload = LargestOf(chi, kHeader, kHeader);
  if (out->min_header >= kRandom && out->max_payload < kRandom) {
    out->verdict = 6;
  } else if (out->max_near_header < kRandom && chi[4] >= kRandom && chi[5] >= 100 &&
             out->max_payload < kRandom) {
    out->verdict = 5;
  }
}

SkypeUdpVerdict SkypeUdpTracker::Judge(const std::array<Side, 2>& sides, SkypeUdpState& state) {
  SkypeUdpVerdict verdict;
  for (size_t i = 0; i < 2; ++i) {
    verdict.type[i] = TypeByPackets(sides[i], state, i);
    verdict.judged |= verdict.type[i] != sides[i].type && IsSkype(verdict.type[i]);
  }
  if (!verdict.judged) return verdict;
  for (size_t i = 0; i < 2; ++i) {
    SkypeDirection& skype = verdict.skype[i];
    const uint32_t index = state.attached[i];
    Attached nobody;
    JudgeByStatistics(sides[i], index == SkypeUdpState::kNone ? nobody : attached_[index], &skype);
    verdict.accepted[i] = skype.size_accepted && skype.gap_accepted && skype.verdict != 0;
    if (!verdict.accepted[i]) continue;
    state.verdict[i] = skype.verdict;
    verdict.is_skype |=
        verdict.type[i] == UdpType::kSkypeE2e || verdict.type[i] == UdpType::kSkypeOut;
  }
  return verdict;
}

void SkypeUdpTracker::Release(SkypeUdpState& state) {
  for (uint32_t& index : state.attached) {
    if (index != SkypeUdpState::kNone) attached_.Free(index);
    index = SkypeUdpState::kNone;
  }
}

}  // namespace tstat::internal
