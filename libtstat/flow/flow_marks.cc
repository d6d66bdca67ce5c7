// SPDX-License-Identifier: BSD-3-Clause
#include "flow/flow_marks.h"

#include <optional>

#include "decode/tcp_options.h"

namespace tstat::internal {
namespace {

// The bits in front of URG, as one number: accurate ECN (the former NS), CWR, ECE.
unsigned EcnBits(const Datagram& d) {
  constexpr size_t kOffsetAndFlags = 12;
  return d.transport_bytes.U16(kOffsetAndFlags) >> 6 & 7;
}

constexpr unsigned kEce = 1, kCwr = 2, kAccurate = 4;

uint8_t EcnOf(const Datagram& d, bool is_answer, uint8_t before, bool asked_accurately) {
  const unsigned bits = EcnBits(d);
  if (!is_answer) {  // RFC 3168, 6.1.1
    return (bits & (kEce | kCwr)) == (kEce | kCwr) ? ecn_use::kAsked : before;
  }
  if (before != ecn_use::kAsked) return before;
  // The old answer; or to accurate ECN any that is neither none nor the same bits (RFC 9768, 3.1).
  const bool agrees = bits == kEce || (asked_accurately && bits != 0 && bits != 7 && bits != 5);
  return agrees ? ecn_use::kAgreed : before;
}

// The subtype of the option of Multipath TCP (RFC 8684, 3): 0: MP_CAPABLE, 1: MP_JOIN.
std::optional<unsigned> MptcpSubtype(const ByteReader& header) {
  constexpr uint8_t kMptcp = 30;
  std::optional<unsigned> subtype;
  ForEachTcpOption(header, [&subtype](uint8_t kind, const ByteReader& option) {
    if (kind == kMptcp && option.size() >= 4) subtype = option.U8(2) >> 4;
    return !subtype.has_value();
  });
  return subtype;
}

}  // namespace

void NoteHandshake(const Datagram& d, const TcpHeader& h, FlowMarks* marks) {
  const bool is_answer = (h.flags & tcp_flags::kAck) != 0;
  marks->ecn = EcnOf(d, is_answer, marks->ecn, marks->asked_accurate_ecn);
  if (!is_answer) marks->asked_accurate_ecn = (EcnBits(d) & kAccurate) != 0;
  const std::optional<unsigned> subtype = MptcpSubtype(d.transport_bytes.Sub(0, h.header_length));
  if (subtype == 0u) {
    marks->mptcp = is_answer && marks->mptcp == mptcp_use::kOffered ? mptcp_use::kAgreed
                   : is_answer                                      ? marks->mptcp
                                                                    : mptcp_use::kOffered;
  } else if (subtype == 1u) {
    marks->mptcp = is_answer && marks->mptcp == mptcp_use::kJoinOffered ? mptcp_use::kJoined
                   : is_answer                                          ? marks->mptcp
                                                                        : mptcp_use::kJoinOffered;
  }
}

}  // namespace tstat::internal
