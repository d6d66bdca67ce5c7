// SPDX-License-Identifier: BSD-3-Clause
//
// What a probe knows of a TCP connection's sequence numbers: enough to say whether a SYN begins
// another connection on the same addresses and ports, whether a reset counts, and whether a segment
// that looks like one before it was sent twice or captured twice.
//
//   TcpConnection connection;
//   if (h.flags & tcp_flags::kSyn && connection.BeginsAnother(self, h)) ...   // a new flow
//   if (h.flags & tcp_flags::kRst && !connection.MayReset(self, h)) ...       // it closes nothing
//   connection.OnSegment(self, h, datagram);                                  // it counts
//   connection.End(self, by_reset, now);              // it was the last one,
//   connection.OnLateSegment(self, h, datagram);      // but for this one
//
// It may have begun at any time, and either side may be missing. Sequence numbers are compared
// modulo 2^32 (RFC 9293, section 3.4).
#ifndef TSTAT_FLOW_TCP_CONNECTION_H_
#define TSTAT_FLOW_TCP_CONNECTION_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "decode/datagram.h"
#include "flow/copy_filter.h"

namespace tstat::internal {

// `a` is later than `b` in sequence space.
constexpr bool IsAfter(uint32_t a, uint32_t b) { return static_cast<int32_t>(a - b) > 0; }

// The sequence numbers that a segment takes: payload, SYN and FIN.
constexpr uint32_t SequenceLength(const TcpHeader& h) {
  return static_cast<uint32_t>(std::max(h.payload_length, 0)) +
         ((h.flags & tcp_flags::kSyn) != 0 ? 1 : 0) + ((h.flags & tcp_flags::kFin) != 0 ? 1 : 0);
}

class TcpConnection {
 public:
  // One side, by the sender. Its mark's history is the copy filter's.
  struct Side {
    uint32_t next = 0;  // behind all that was sent so far
    // Of the first byte: behind the SYN, or what was captured first. Before the side has sent
    // anything: what a SYN/ACK of the other side acknowledges.
    uint32_t base = 0;
    uint32_t ack = 0;  // the furthest acknowledgment
    CopyFilter::History marks;
    uint32_t copies = 0;
    uint16_t ip_id = 0;
    uint8_t repeated_acks : 2 = 0;    // of `ack` while data were outstanding; stops at 3
    bool copied : 1 = false;          // its last packet has had a copy
    bool sent : 1 = false;            // anything: next and base are known
    bool syn_sent : 1 = false;        // base is exact
    bool acked : 1 = false;           // ack is known
    bool ids_repeat : 1 = false;      // of IPv4: the last packet had the one before's
    bool peer_sent_data : 1 = false;  // since this side's last packet
    bool ended_it : 1 = false;        // by its last segment that was not late
    bool reset_it : 1 = false;        // so, and that was a reset
    bool has_payload : 1 = false;     // or the other side has: FlowBytes::state is charged; of the
                                      // first side only
    // Segments with data of the other side that nothing has answered yet. kMostUnanswered are that
    // many or more: no answer counts until the number is known again.
    uint8_t unanswered : 5 = 0;
  };
  // How many of the connection's packets have had copies: at least half of them, or 1 of 16.
  enum class Copies : uint8_t { kRare, kSome, kMost };

  // A segment with SYN is not of this connection.
  bool BeginsAnother(int self, const TcpHeader& h) const;
  // A segment with the SYN of this connection that its sender cannot have sent for it any more:
  // since then it has sent more, and has had an answer. It may be a copy, though.
  bool IsSentAnew(int self, const TcpHeader& h) const;
  // A reset of `self` has the number that its receiver expects next (RFC 5961, section 3.2), as far
  // as that is known: it is between what the receiver acknowledged and what was sent.
  bool MayReset(int self, const TcpHeader& h) const;
  // The segment has or acknowledges what none of its side did.
  bool IsNews(int self, const TcpHeader& h) const {
    const Side& s = side_[self];
    const uint32_t length = SequenceLength(h);
    return !s.sent || (length > 0 && IsAfter(h.sequence + length, s.next)) ||
           ((h.flags & tcp_flags::kAck) != 0 && (!s.acked || IsAfter(h.acknowledgment, s.ack)));
  }
  // A segment that has the same bytes as one just before it: it was sent twice, as far as the
  // connection tells. Else it was captured twice.
  bool WasSentTwice(int self, const TcpHeader& h, const Datagram& d, Copies copies) const;
  // It was captured twice.
  void OnCopy(int self) {
    ++side_[self].copies;
    side_[self].copied = true;
  }
  // The segment counts.
  void OnSegment(int self, const TcpHeader& h, const Datagram& d);
  // It was late: the connection has ended, and stays as it was then.
  void OnLateSegment(int self, const TcpHeader& h, const Datagram& d);

  // A segment of `self` ended the connection. What has ended counts late segments for a while.
  void End(int self, bool by_reset, Timestamp now) {
    side_[self].ended_it = true;
    side_[self].reset_it = by_reset;
    ended_at = now;
  }
  bool has_ended() const { return side_[0].ended_it || side_[1].ended_it; }

  // The client is the server, and the other way round.
  void Turn() {
    std::swap(side_[0], side_[1]);
    side_[0].has_payload |= side_[1].has_payload;
    side_[1].has_payload = false;
  }

  Side& side(int i) { return side_[i]; }
  const Side& side(int i) const { return side_[i]; }

  uint64_t predecessor = 0;  // number of the flow that this one goes on with; 0: none
  Timestamp ended_at;        // when has_ended()

 private:
  // So far apart sequence numbers are of one connection: what may be stored before its SYN, and
  // what may be missing.
  static constexpr uint32_t kNear = 65536;
  static constexpr uint8_t kMostUnanswered = 31;

  // Where packets have different identifications, who sent data last, and what is not answered.
  void NotePacket(int self, const TcpHeader& h, const Datagram& d);
  // The acknowledgment tells of more than those before it.
  void OnNewAck(int self, uint32_t ack);

  std::array<Side, 2> side_;  // by Index(Direction)
};
static_assert(sizeof(TcpConnection) == 64);

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_TCP_CONNECTION_H_
