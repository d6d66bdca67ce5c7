// SPDX-License-Identifier: BSD-3-Clause
#include "flow/tcp_connection.h"

namespace tstat::internal {
namespace {

constexpr bool Has(const TcpHeader& h, uint8_t flags) { return (h.flags & flags) != 0; }

// The number is in [first, last], modulo 2^32.
constexpr bool IsBetween(uint32_t number, uint32_t first, uint32_t last) {
  return number - first <= last - first;
}

// RFC 5681, 3.2.
constexpr uint8_t kDuplicateAcks = 3;
// Of a segment.
constexpr uint32_t kUsualPayload = 1000;

bool MayBeFragmented(const Datagram& d) {
  constexpr size_t kFlagsAt = 6;
  constexpr uint16_t kDoNotFragment = 0x4000;
  return (d.ip.U16(kFlagsAt) & kDoNotFragment) == 0;
}

}  // namespace

bool TcpConnection::BeginsAnother(int self, const TcpHeader& h) const {
  const Side& s = side_[self];
  const Side& other = side_[1 - self];
  const uint32_t base = h.sequence + 1;
  const bool ack = Has(h, tcp_flags::kAck);
  if (!s.sent) {
    // A SYN of the side that was silent so far: of a simultaneous open, or one that was stored
    // behind its answer. What a SYN/ACK acknowledges may be older than what was sent since.
    return !ack && other.acked && other.ack - base >= kNear;
  }
  if (s.base == base) return false;
  if (!s.syn_sent) return s.base - base >= kNear;
  // A second answer to the same SYN belongs to the connection, if only as a stray. (What has sent
  // a SYN and has acknowledged something without the other side's having sent was such an answer.)
  if (ack) return (other.sent || s.acked) && h.acknowledgment != other.base;
  return true;
}

bool TcpConnection::IsSentAnew(int self, const TcpHeader& h) const {
  const Side& s = side_[self];
  if (!s.syn_sent || s.base != h.sequence + 1 || !s.acked) return false;
  return Has(h, tcp_flags::kAck) ? IsAfter(s.ack, h.acknowledgment) : s.next != s.base;
}

bool TcpConnection::MayReset(int self, const TcpHeader& h) const {
  const Side& s = side_[self];
  const Side& other = side_[1 - self];
  if (!s.sent && other.sent && Has(h, tcp_flags::kAck) &&
      IsBetween(h.acknowledgment, other.base, other.next)) {
    return true;  // a SYN was refused
  }
  if (other.acked) {
    // A FIN may not have been captured.
    return IsBetween(h.sequence, other.ack, s.sent ? s.next + 1 : other.ack + kNear);
  }
  if (s.sent) return IsBetween(h.sequence, s.next - kNear, s.next + kNear);
  // Nobody can know what the receiver expects; a SYN is refused by what acknowledges it only.
  return !other.sent || !other.syn_sent;
}

bool TcpConnection::WasSentTwice(int self, const TcpHeader& h, const Datagram& d,
                                 Copies copies) const {
  const Side& s = side_[self];
  const Side& other = side_[1 - self];
  // An identification says something where packets have different ones: those that routers may cut
  // into fragments have to (RFC 6864).
  if (!d.is_v6 && d.ip_id != 0 && (!s.ids_repeat || MayBeFragmented(d))) return false;
  // The answers to a burst come in a row. But where packets have copies, what follows the first of
  // them may be one; and where all come twice, the second one is.
  const bool answers = copies == Copies::kRare   ? s.unanswered > 0
                       : copies == Copies::kSome ? s.peer_sent_data
                                                 : s.peer_sent_data && s.copied;
  // Some answer each segment that comes after a reset with one more.
  if (Has(h, tcp_flags::kRst) && answers) return true;
  if (SequenceLength(h) == 0 && !Has(h, tcp_flags::kRst)) {
    // Each segment that arrives behind a hole is answered by the same acknowledgment.
    return h.acknowledgment == s.ack && answers;
  }
  // Fast retransmission: the receiver has asked for this segment three times since it was sent.
  return other.acked && other.ack == h.sequence && other.repeated_acks >= kDuplicateAcks;
}

void TcpConnection::NotePacket(int self, const TcpHeader& h, const Datagram& d) {
  Side& s = side_[self];
  if (!d.is_v6) {
    s.ids_repeat = s.sent && s.ip_id == d.ip_id;
    s.ip_id = d.ip_id;
  }
  s.peer_sent_data = s.copied = false;
  if (s.unanswered > 0 && s.unanswered < kMostUnanswered) --s.unanswered;
  if (h.payload_length <= 0) return;
  Side& other = side_[1 - self];
  other.peer_sent_data = true;
  if (other.unanswered < kMostUnanswered) ++other.unanswered;
}

void TcpConnection::OnNewAck(int self, uint32_t ack) {
  Side& s = side_[self];
  const Side& other = side_[1 - self];
  // One may acknowledge several segments: those above it are left.
  if (s.unanswered > 0) {
    const uint32_t before = s.acked ? other.next - s.ack : 0, after = other.next - ack;
    if (!IsAfter(other.next, ack)) {
      s.unanswered = 0;
    } else if (after < before) {
      const bool many = s.unanswered == kMostUnanswered;
      const uint64_t left =
          many ? after / kUsualPayload
               : ((uint64_t{s.unanswered} + 1) * after + before - 1) / before;  // rounded up
      if (left < s.unanswered) s.unanswered = static_cast<uint8_t>(left & kMostUnanswered);
    }
  }
  s.ack = ack;
  s.repeated_acks = 0;
}

void TcpConnection::OnLateSegment(int self, const TcpHeader& h, const Datagram& d) {
  NotePacket(self, h, d);
}

void TcpConnection::OnSegment(int self, const TcpHeader& h, const Datagram& d) {
  Side& s = side_[self];
  Side& other = side_[1 - self];
  const bool syn = Has(h, tcp_flags::kSyn);
  NotePacket(self, h, d);
  // A reset may have any numbers.
  if (Has(h, tcp_flags::kRst)) return;

  const uint32_t end = h.sequence + SequenceLength(h), base = h.sequence + (syn ? 1 : 0);
  if (!s.sent) {
    s.sent = true;
    s.base = base;
    s.next = end;
  } else if (!syn || s.base == base) {
    if (IsAfter(end, s.next)) s.next = end;
  } else if (!s.syn_sent) {
    s.base = base;  // stored behind its data
  }
  if (syn) s.syn_sent = true;
  if (end != h.sequence && other.acked && h.sequence == other.ack) other.repeated_acks = 0;
  if (!Has(h, tcp_flags::kAck)) return;

  if (syn && !other.sent) other.base = h.acknowledgment;
  if (!s.acked || IsAfter(h.acknowledgment, s.ack)) {
    OnNewAck(self, h.acknowledgment);
  } else if (h.acknowledgment == s.ack && SequenceLength(h) == 0 &&
             s.repeated_acks < kDuplicateAcks && other.sent &&
             IsAfter(other.next, h.acknowledgment)) {
    ++s.repeated_acks;  // RFC 5681, 2: something is outstanding
  }
  s.acked = true;
}

}  // namespace tstat::internal
