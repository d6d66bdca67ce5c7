// SPDX-License-Identifier: BSD-3-Clause
//
// What the true profile measures of a flow's sequence numbers instead of SequenceSpace and
// SegmentClassifier, and what only its columns have: retransmissions and their causes, probes,
// bytes that the capture missed, quantiles of the round-trip time. docs/truth.md has the rules.
//
//   TrueMeasurements truth(max_flows);
//   truth.OnOpen(flow);
//   const TrueMeasurements::Outcome out = truth.OnSegment(segment);
//   truth.Export(flow, side, space, &direction);
//   truth.Release(flow);
//
// The sequence spaces stand with the rest of a direction's state (TcpDirectionState).
#ifndef TSTAT_TCP_TRUE_MEASUREMENTS_H_
#define TSTAT_TCP_TRUE_MEASUREMENTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "flow/slab.h"
#include "flow/step.h"
#include "tcp/asked_numbers.h"
#include "tcp/needless_counter.h"
#include "tcp/retransmission_judge.h"
#include "tcp/rtt_estimator.h"
#include "tcp/rtt_quantiles.h"
#include "tcp/segment_options.h"
#include "tcp/true_sequence_space.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {

class TrueMeasurements {
 public:
  // A segment, with what the tracker knows before it.
  struct Segment {
    FlowIndex flow = 0;
    size_t side = 0;  // of the sender
    const Datagram* datagram = nullptr;
    const TcpHeader* header = nullptr;
    uint64_t window = 0;         // that it advertises, scaled
    uint32_t window_before = 0;  // of the sender's last segment
    bool closed_window = false;  // the receiver's window is 0
    bool sack = false;           // both sides permit selective acknowledgments
    Timestamp before;            // the sender's last segment; now when there is none
    Timestamp last_heard;        // the receiver's last segment; unset: none
    TrueSequenceSpace* self_space = nullptr;
    TrueSequenceSpace* other_space = nullptr;
    RttEstimator* self_rtt = nullptr;
    RttEstimator* other_rtt = nullptr;
  };
  struct Outcome {
    uint32_t repeated = 0;          // numbers that were sent again, SYN and FIN included
    uint32_t repeated_payload = 0;  // of these, payload
    uint32_t unique_payload = 0;
    uint32_t other_unique_payload = 0;  // of the receiver, known by the acknowledgment
    bool filled = false;                // a hole
    bool sent_again = false;            // counts as a retransmission
    bool in_sequence = false;           // behind all that was sent before
    bool judged = false;                // judged() says why it was sent
  };
  struct Judged {
    RetransmissionEvidence evidence;
    PathRoundTrips path;
    Judgment judgment;
  };

  explicit TrueMeasurements(size_t flows) : sides_(2 * flows) {}

  void OnOpen(FlowIndex flow) {
    sides_.GrowTo(2 * flow + 1);
    sides_[2 * flow] = sides_[2 * flow + 1] = Side();
  }
  // What was measured of one direction is of the other.
  void Turn(FlowIndex flow) { std::swap(sides_[2 * flow], sides_[2 * flow + 1]); }
  Outcome OnSegment(const Segment& segment);
  // Of the last segment, if its outcome says so.
  const Judged& judged() const { return judged_; }
  // What was measured of one direction.
  void Export(FlowIndex flow, size_t side, const TrueSequenceSpace& space, TcpDirection* out) const;
  // What is no sum begins anew.
  void BeginPeriod(FlowIndex flow);
  void Release(FlowIndex flow);
  void Release(TrueSequenceSpace& space) { space.Clear(space_); }

  // Fetches the state of both directions, and what that of a space points to.
  void Prefetch(const TrueSequenceSpace& space) const { space.Prefetch(space_); }
  void Prefetch(FlowIndex flow) const {
    const char* sides = reinterpret_cast<const char*>(&sides_[2 * flow]);
    for (size_t at = 0; at < 2 * sizeof(Side); at += 64) __builtin_prefetch(sides + at, 1);
  }

  // End of the payload that reached furthest.
  SequenceNumber Highest(FlowIndex flow, size_t side, const TrueSequenceSpace& space) const {
    const Side& s = sides_[2 * flow + static_cast<uint32_t>(side)];
    return space.next() - static_cast<uint32_t>(s.fin_seen);
  }

  size_t memory_bytes() const {
    return sides_.memory_bytes() + rare_.memory_bytes() + space_.memory_bytes() +
           quantiles_.memory_bytes();
  }
  size_t live() const { return rare_.live() + space_.live() + quantiles_.live(); }
  uint64_t forgotten_holes() const { return space_.forgotten; }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  // What few directions have.
  struct Rare {
    NeedlessCounter needless;
    AskedNumbers asked;
    // The last segments that were overtaken.
    struct Late {
      SequenceNumber first, end;
      TrueSequenceSpace::Sent sent;
    };
    std::array<Late, 4> late;
    uint8_t next_late = 0;
    RecoveryMode mode = RecoveryMode::kNone;
    RecoveryMode ended = RecoveryMode::kNone;  // the last mode, after its end
    uint8_t duplicate_acks = 0;                // since the acknowledged number advanced
    uint8_t duplicate_acks_before = 0;         // before it did
    uint8_t repeated_acks = 0;                 // without SACK, of no data in flight, too
    uint8_t untold_acks = 0;                   // of these, which may answer new data
    bool has_window_probe = false, has_sack = false, had_sack = false, has_other_isn = false;
    bool window_probe_repeated = false, probing = false, keep_alive_open = false;
    SequenceNumber recovery_end;  // the mode ends with its acknowledgment
    SequenceNumber window_probe;  // the byte of the last one
    SequenceNumber highest_sack;
    SequenceNumber probe_end;  // behind the last probe of the tail; it is open while `probing`
    SequenceNumber other_isn;  // of an earlier SYN/ACK, which may be the one that counts
    Timestamp window_probe_time;
    Timestamp ended_time;  // when the last mode ended
    uint32_t tail_probes = 0, keep_alives = 0;
  };
  struct Side {
    RttQuantiles quantiles;
    uint32_t rare = kNone;
    uint32_t syn_rtt_us = kNone;
    SequenceNumber isn;
    uint32_t newest_tsval = 0, newest_ms = 0;  // the time stamp, and when it came last
    // Payload of the last segment with data if it was new, and alone behind a silence that was
    // longer than a time-out, or the last one, sent again by a time-out; else 0.
    uint16_t lone_payload = 0;
    bool has_tsval : 1 = false;
    bool fine_clock : 1 = false;  // of the time stamps: it ticks every millisecond or more often
    bool syn_seen : 1 = false, syn_ack_seen : 1 = false, fin_seen : 1 = false;
    bool isn_far : 1 = false;       // so much was sent that numbers no longer compare with `isn`
    bool acknowledged : 1 = false;  // the other side has acknowledged something
    bool seen : 1 = false;          // a segment was
    bool lone_byte : 1 = false;     // the last data were one byte
  };

  // A segment's way through OnSegment.
  struct Context;

  Rare& RareOf(Side& side) {
    if (side.rare == kNone) side.rare = rare_.Allocate();
    return rare_[side.rare];
  }
  const Rare* RareIf(const Side& side) const {
    return side.rare == kNone ? nullptr : &rare_[side.rare];
  }
  bool Begin(Context& c);
  bool IsAnotherSyn(Context& c);
  bool IsProbe(Context& c);
  void Enter(Context& c);
  static uint16_t Payload16(const Context& c);
  void NoteLone(Context& c);
  void NoteHole(Context& c);
  void NoteTimestamp(const Context& c);
  bool HasOldTimestamp(const Context& c) const;
  void Account(Context& c, const TrueSequenceSpace::Insertion& in);
  void Weigh(Context& c, const TrueSequenceSpace::Insertion& in);
  void Recall(const Context& c, const Rare& rare, RetransmissionEvidence* e) const;
  static bool HasSack(const Context& c, const Rare& rare);
  void NoteRepetition(Context& c);
  void OnAck(Context& c);
  void OnOtherIsn(Context& c, SequenceNumber ack);
  void OnDuplicateAck(Context& c);
  void OnRepeatedAck(Context& c, Rare& rare);
  void TellRepeatedAcks(Context& c, const TrueSequenceSpace::Acknowledgment& ack,
                        SequenceNumber before, Rare& rare);
  static void EndProbe(const Context& c, Rare& rare, bool advances);
  static bool AnswersOriginal(const Context& c, const TrueSequenceSpace::Sent& repetition,
                              bool echoes);
  void OnAdvance(Context& c, const TrueSequenceSpace::Acknowledgment& ack, SequenceNumber before);
  void OnSack(Context& c);
  void TakeSample(Context& c, const TrueSequenceSpace::Acknowledgment& ack, bool echoes);
  void Sample(Context& c, Timestamp sent);

  StableArray<Side> sides_;
  Slab<Rare, 6> rare_;
  TrueSequenceSpace::Pools space_;
  RttQuantiles::Pools quantiles_;
  Judged judged_;
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_TRUE_MEASUREMENTS_H_
