// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/true_measurements.h"

#include <algorithm>

#include "tcp/segment_classifier.h"

namespace tstat::internal {
namespace {

using tcp_flags::kAck, tcp_flags::kFin, tcp_flags::kRst, tcp_flags::kSyn;

// Without acknowledgments, a probe shows by the silence before it.
constexpr double kIdleUs = 1e6;
// No time-out is shorter (PathRoundTrips::Of).
constexpr double kShortestTimeOutUs = 100000;
// What a sender sends when the first segment after a time-out is acknowledged comes so many round
// trips behind it.
constexpr double kNextFlightFrom = 0.5, kNextFlightTo = 2.5;
constexpr uint8_t kFastAfter = 3;  // duplicate acknowledgments, RFC 5681 3.2
// An answer to a repetition takes so much of the smallest round trip at least.
constexpr double kSoonestAnswer = 0.8;
// So long after it the receiver says at most that it came twice.
constexpr double kLatestAnswer = 1.5, kAnswerUs = 10000;
// Payload of the largest segment of most networks, of which a card may have merged several.
constexpr uint32_t kSegmentPayload = 1460;

// So far a clock of time stamps has to go on for its speed to be known; how long its ticks are if
// it is fine; and for how long a packet of its sender may be under way behind another one of its
// tick.
constexpr uint32_t kFewestTicks = 8, kOldTickMs = 10;
constexpr double kFineTickMs = 1.5;

// Modulo 2^32.
uint32_t Milliseconds(Timestamp time) {
  return static_cast<uint32_t>(static_cast<uint64_t>(time.nanoseconds()) / 1000000);
}

// Without cutting what is below a microsecond.
double PreciseMicroseconds(Timestamp from, Timestamp to) {
  return to <= from ? 0.0 : static_cast<double>(to.nanoseconds() - from.nanoseconds()) / 1000;
}
Timestamp TimeBefore(Timestamp time, double us) {
  return Timestamp::FromNanoseconds(time.nanoseconds() - static_cast<int64_t>(1000 * us));
}
uint32_t Rounded(double us) { return static_cast<uint32_t>(std::min(us + 0.5, 4e9)); }

}  // namespace

struct TrueMeasurements::Context {
  const Segment& segment;
  Side& self;
  Side& other;
  TrueSequenceSpace& self_space;
  TrueSequenceSpace& other_space;
  const Timestamp now;
  const SegmentOptions options;
  const SequenceNumber first;
  const uint32_t payload;
  const bool syn, fin, rst, ack;
  const uint32_t length;     // in sequence numbers
  const SequenceNumber end;  // behind the last of them
  Outcome out{};
  bool twice = false;  // it says that something came twice
  // What it acknowledges ends within what earlier acknowledgments say came behind a hole.
  bool sacked = false;

  TrueSequenceSpace::Sent sent() const {
    TrueSequenceSpace::Sent sent;
    sent.time = now;
    sent.tsval = options.tsval;
    sent.ip_id = segment.datagram->ip_id;
    sent.has_tsval = options.has_timestamps;
    return sent;
  }
};

uint16_t TrueMeasurements::Payload16(const Context& c) {
  return static_cast<uint16_t>(std::min(c.payload, uint32_t{UINT16_MAX}));
}

TrueMeasurements::Outcome TrueMeasurements::OnSegment(const Segment& segment) {
  const TcpHeader& header = *segment.header;
  const bool syn = (header.flags & kSyn) != 0, fin = (header.flags & kFin) != 0;
  const uint32_t payload =
      header.payload_length > 0 ? static_cast<uint32_t>(header.payload_length) : 0;
  const uint32_t length = payload + static_cast<uint32_t>(syn) + static_cast<uint32_t>(fin);
  const SequenceNumber first(header.sequence);
  const auto index = 2 * segment.flow + static_cast<uint32_t>(segment.side);
  Context c{
      .segment = segment,
      .self = sides_[index],
      .other = sides_[index ^ 1u],
      .self_space = *segment.self_space,
      .other_space = *segment.other_space,
      .now = segment.datagram->time,
      .options = SegmentOptions::Read(segment.datagram->transport_bytes, header.header_length),
      .first = first,
      .payload = payload,
      .syn = syn,
      .fin = fin,
      .rst = (header.flags & kRst) != 0,
      .ack = (header.flags & kAck) != 0,
      .length = length,
      .end = first + length};
  if (Begin(c) && !IsProbe(c) && length > 0) Enter(c);
  if (c.ack) OnAck(c);
  if (c.options.has_timestamps) NoteTimestamp(c);
  return c.out;
}

// A SYN/ACK's may be a cookie, a reset's is often 0. A copy's is of another time.
void TrueMeasurements::NoteTimestamp(const Context& c) {
  if (c.syn || c.rst) return;
  if (c.out.judged && judged_.judgment.type == segment_class::kNetworkDuplicate) return;
  Side& self = c.self;
  const uint32_t now_ms = Milliseconds(c.now), ticks = c.options.tsval - self.newest_tsval;
  if (self.has_tsval && static_cast<int32_t>(ticks) < 0) return;
  if (self.has_tsval && ticks >= kFewestTicks) {
    self.fine_clock = now_ms - self.newest_ms < kFineTickMs * ticks;
  }
  self.newest_tsval = c.options.tsval;
  self.newest_ms = now_ms;
  self.has_tsval = true;
}

// The sender's clock had gone on before the segment came: it was sent a while ago.
bool TrueMeasurements::HasOldTimestamp(const Context& c) const {
  if (!c.options.has_timestamps || !c.self.has_tsval) return false;
  const auto since = static_cast<int32_t>(c.options.tsval - c.self.newest_tsval);
  return since < 0 ||
         (since == 0 && c.self.fine_clock && Milliseconds(c.now) - c.self.newest_ms > kOldTickMs);
}

// Whether the segment's numbers belong to this connection.
bool TrueMeasurements::Begin(Context& c) {
  if (c.syn && IsAnotherSyn(c)) return false;
  TrueSequenceSpace& space = c.self_space;
  const bool begins = !c.self.seen;
  c.self.seen = true;
  // What was in flight when the capture began was not missed by it.
  if (!space.started() ||
      (begins && IsBefore(space.next(), c.first) && space.missed(space_) == 0)) {
    space.Start(c.first);
  }
  if (space.IsFar(c.first) || space.IsFar(c.end)) return false;
  if (!c.self.syn_seen || c.self.isn_far) return true;
  if (space.next() - c.self.isn > TrueSequenceSpace::kFarthest) c.self.isn_far = true;
  return !IsBefore(c.first, c.self.isn);
}

// A SYN that is not the first: whether it has no part in the sequence space.
bool TrueMeasurements::IsAnotherSyn(Context& c) {
  Side& self = c.self;
  if (!self.syn_seen) {
    // One that comes behind what followed it was there first.
    const bool late = self.seen;
    self.syn_seen = true;
    self.syn_ack_seen = c.ack;
    self.isn = c.first;
    return late;
  }
  if (self.isn_far) return true;
  if (self.isn == c.first) {
    // Simultaneous open: the SYN comes once more, now with an acknowledgment (RFC 9293 3.5).
    const bool answer = c.ack && !self.syn_ack_seen;
    self.syn_ack_seen |= c.ack;
    return answer && c.payload == 0;
  }
  if (self.acknowledged && IsBefore(self.isn, c.self_space.acknowledged())) return true;
  // The other side has accepted none of them yet.
  Rare& rare = RareOf(self);
  rare.has_other_isn = true;
  rare.other_isn = self.isn;
  c.self_space.Clear(space_);
  c.self_space.Start(c.first);
  self.isn = c.first;
  return false;
}

// Keep-alives (RFC 9293 3.8.4) and window probes (3.8.6.1).
bool TrueMeasurements::IsProbe(Context& c) {
  if (c.payload > 1 || c.syn || c.fin || c.rst || !c.self.seen) return false;
  const SequenceNumber next = c.self_space.next();
  const bool repeats_last = c.first + 1 == next;
  if (c.segment.closed_window) {
    const bool one_byte =
        c.payload == 1 && (c.first == next || c.first == c.self_space.acknowledged());
    if (!one_byte && !repeats_last) return false;
    if (c.first == next) {
      Rare& rare = RareOf(c.self);
      rare.window_probe_repeated = rare.has_window_probe && rare.window_probe == c.first;
      rare.has_window_probe = true;
      rare.window_probe = c.first;
      rare.window_probe_time = c.now;
    }
    judged_ = {};
    judged_.judgment.type = segment_class::kFlowControl;
    judged_.judgment.rule = SegmentRule::kWindowProbe;
    c.out.judged = true;
    return true;
  }
  if (!repeats_last) return false;
  const double idle_us = ElapsedMicroseconds(c.segment.before, c.now);
  const bool all_acknowledged = c.self.acknowledged && !c.self_space.in_flight();
  if (!all_acknowledged && (c.self.acknowledged || idle_us < kIdleUs)) return false;
  // A single byte may be sent again like others.
  if (c.payload == 1 && c.self.lone_byte && idle_us < kIdleUs) return false;
  Rare& rare = RareOf(c.self);
  ++rare.keep_alives;
  rare.keep_alive_open = true;
  return true;
}

// Enters what was sent. The SYN is a range of its own, so that its acknowledgment is told from that
// of data behind it.
void TrueMeasurements::Enter(Context& c) {
  TrueSequenceSpace& space = c.self_space;
  const bool below = !c.self.acknowledged && !c.self.syn_seen;
  if (!c.syn) {
    NoteLone(c);
    if (c.first == space.next()) [[likely]] {
      space.Insert(c.first, c.end, c.sent(), below, space_);
      c.out.in_sequence = true;
      c.out.unique_payload = c.payload;
      c.self.lone_byte = c.payload == 1;
    } else {
      Account(c, space.Insert(c.first, c.end, c.sent(), below, space_));
    }
    c.self.fin_seen |= c.fin;
    return;
  }
  TrueSequenceSpace::Insertion in = space.Insert(c.first, c.first + 1, c.sent(), below, space_);
  if (c.length > 1) {
    const TrueSequenceSpace::Insertion rest =
        space.Insert(c.first + 1, c.end, c.sent(), below, space_);
    const bool first_repeated = in.first_repeated;
    const uint32_t repeated = in.repeated + rest.repeated, filled = in.filled + rest.filled;
    if (rest.repeated + rest.filled > 0) in = rest;
    in.first_repeated = first_repeated;
    in.last_repeated = rest.last_repeated;
    in.repeated = repeated;
    in.filled = filled;
  }
  Account(c, in);
  c.self.fin_seen |= c.fin;
}

// Whether a sender that was silent for a time-out sends one new segment.
void TrueMeasurements::NoteLone(Context& c) {
  if (IsBefore(c.self_space.next(), c.first)) [[unlikely]]
    NoteHole(c);
  c.self.lone_payload = 0;
  const double idle_us = SignedMicroseconds(c.segment.before, c.now);
  if (idle_us < kShortestTimeOutUs) [[likely]]
    return;
  if (c.first != c.self_space.next() || c.self_space.in_flight()) return;
  const PathRoundTrips path =
      PathRoundTrips::Of(c.segment.self_rtt->statistics(), c.segment.other_rtt->statistics());
  if (!path.measured || idle_us <= path.time_out_us) return;
  c.self.lone_payload = Payload16(c);
}

// New data open a hole. If they follow the acknowledgment of a lone segment behind a silence, all
// of a flight was lost before the probe: the lone one was sent again by a time-out, and so is what
// fills the hole (RFC 5682: new data come first).
void TrueMeasurements::NoteHole(Context& c) {
  // Two segments follow, which a card may have merged.
  const uint32_t most = 2 * uint32_t{c.self.lone_payload};
  if (most == 0 || c.payload > most || c.self_space.in_flight()) return;
  const PathRoundTrips path =
      PathRoundTrips::Of(c.segment.self_rtt->statistics(), c.segment.other_rtt->statistics());
  const double since_us = SignedMicroseconds(c.segment.before, c.now);
  if (since_us < kNextFlightFrom * path.mean_us || since_us > kNextFlightTo * path.mean_us) return;
  Rare& rare = RareOf(c.self);
  rare.mode = RecoveryMode::kTimeOut;
  rare.recovery_end = c.first;
}

void TrueMeasurements::Account(Context& c, const TrueSequenceSpace::Insertion& in) {
  const uint32_t control = static_cast<uint32_t>(c.syn && in.first_repeated) +
                           static_cast<uint32_t>(c.fin && in.last_repeated);
  c.out.repeated = in.repeated;
  c.out.repeated_payload = in.repeated - control;
  c.out.unique_payload = c.payload - c.out.repeated_payload;
  c.out.filled = in.filled > 0;
  c.out.in_sequence = in.repeated == 0 && in.filled == 0;
  if (!c.out.in_sequence) Weigh(c, in);
}

void TrueMeasurements::Weigh(Context& c, const TrueSequenceSpace::Insertion& in) {
  judged_ = {};
  RetransmissionEvidence& e = judged_.evidence;
  e.now = c.now;
  e.sent = c.sent();
  e.range = in;
  e.ip_id_counts = !c.segment.datagram->is_v6 && e.sent.ip_id != 0;
  e.sack = c.segment.sack;
  e.older = HasOldTimestamp(c);
  e.last_heard = c.segment.last_heard;
  judged_.path =
      PathRoundTrips::Of(c.segment.self_rtt->statistics(), c.segment.other_rtt->statistics());
  if (const Rare* rare = RareIf(c.self)) Recall(c, *rare, &e);
  e.later_arrived = !in.acknowledged && c.self_space.acknowledged_sent().time > in.before.time;
  judged_.judgment = Judge(e, judged_.path);
  c.out.judged = true;
  c.out.sent_again = judged_.judgment.sent_again;
  NoteRepetition(c);
}

// What is known of the direction's losses. Of what was acknowledged it is what its sender knew when
// it sent the segment, before the acknowledgment reached it.
void TrueMeasurements::Recall(const Context& c, const Rare& rare, RetransmissionEvidence* e) const {
  e->mode = rare.mode;
  e->probing = rare.probing;
  for (const Rare::Late& late : rare.late) {
    const bool same = IsBefore(late.first, c.end) && IsBefore(c.first, late.end);
    if (same && late.sent.time > e->late.time) e->late = late.sent;
  }
  if (!e->range.acknowledged) {
    e->duplicate_acks = rare.duplicate_acks;
    e->sacked_behind = rare.has_sack && IsBefore(c.end, rare.highest_sack);
    return;
  }
  const double within_us = judged_.path.time_out_us;
  e->duplicate_acks = rare.duplicate_acks_before;
  const Timestamp asked = rare.asked.Last(c.first);
  if (asked.is_set() && SignedMicroseconds(asked, c.now) <= within_us) {
    e->duplicate_acks = UINT8_MAX;
  }
  if (e->mode == RecoveryMode::kNone && !IsBefore(rare.recovery_end, c.end) &&
      SignedMicroseconds(rare.ended_time, c.now) <= within_us) {
    e->mode = rare.ended;
  }
}

// Of a flow that began before the capture, blocks tell.
bool TrueMeasurements::HasSack(const Context& c, const Rare& rare) {
  return c.segment.sack || rare.had_sack;
}

void TrueMeasurements::NoteRepetition(Context& c) {
  const Judgment& judgment = judged_.judgment;
  const uint8_t type = judgment.type;
  if (type == segment_class::kReordering) {
    Rare& rare = RareOf(c.self);
    rare.late[rare.next_late] = {c.first, c.end, judged_.evidence.sent};
    rare.next_late = static_cast<uint8_t>((rare.next_late + 1) % rare.late.size());
    return;
  }
  if (type == segment_class::kNetworkDuplicate) {
    c.self_space.TakeBack(c.first, c.end, judged_.evidence.range.before, space_);
    return;
  }
  if (!judgment.sent_again) return;
  Rare& rare = RareOf(c.self);
  const bool needless =
      judged_.evidence.range.acknowledged || type == segment_class::kUnnecessaryFast;
  if (judgment.tail_probe) {
    ++rare.tail_probes;
    rare.probing = true;
    rare.probe_end = c.self_space.next();
  }
  rare.needless.OnSentAgain(c.first, c.end, c.now,
                            {.joins = !HasSack(c, rare), .needless = needless});
  const bool fast =
      (type == segment_class::kFastRetransmit || type == segment_class::kUnnecessaryFast) &&
      rare.mode == RecoveryMode::kNone && judged_.evidence.mode == RecoveryMode::kNone;
  const bool timed_out = type == segment_class::kRto || type == segment_class::kUnnecessaryRto;
  if (timed_out && judged_.evidence.range.at_tail) c.self.lone_payload = Payload16(c);
  if (type == segment_class::kRto || fast) {
    rare.mode = fast ? RecoveryMode::kFast : RecoveryMode::kTimeOut;
    rare.recovery_end = c.self_space.next();
  }
}

// Acknowledgments.

void TrueMeasurements::OnAck(Context& c) {
  TrueSequenceSpace& space = c.other_space;
  const SequenceNumber number(c.segment.header->acknowledgment);
  if (!space.started()) {
    if (c.rst) return;
    space.Start(number);
    c.other.acknowledged = true;
    return;
  }
  if (!c.other.acknowledged) OnOtherIsn(c, number);
  if (space.IsFar(number)) return;
  if (c.other.rare != kNone) {
    const Rare& rare = rare_[c.other.rare];
    c.sacked = rare.has_sack && !IsBefore(rare.highest_sack, number);
  }
  if (c.options.blocks > 0) OnSack(c);
  const SequenceNumber before = space.acknowledged();
  if (IsBefore(before, number)) {
    const bool beyond = IsBefore(space.next(), number);
    if (beyond && c.rst) return;
    if (beyond && c.other.rare != kNone) {
      // The byte of a window probe was taken.
      Rare& rare = rare_[c.other.rare];
      if (rare.has_window_probe && rare.window_probe == space.next()) {
        TrueSequenceSpace::Sent sent;
        sent.time = rare.window_probe_time;
        sent.repetitions = rare.window_probe_repeated ? 1 : 0;
        space.Insert(rare.window_probe, rare.window_probe + 1, sent, false, space_);
        rare.has_window_probe = false;
        c.out.other_unique_payload = 1;
      }
    }
    OnAdvance(c, space.Acknowledge(number, space_), before);
  } else if (number == before) {
    OnDuplicateAck(c);
    if (c.other.rare != kNone) OnRepeatedAck(c, rare_[c.other.rare]);
  }
  if (c.other.rare != kNone) EndProbe(c, rare_[c.other.rare], IsBefore(before, number));
  c.other.acknowledged = true;
}

// RFC 8985 7.4.2: a probe's end is known when something behind it is acknowledged, or when it or
// what it repeats came twice. Until then no other one is sent.
void TrueMeasurements::EndProbe(const Context& c, Rare& rare, bool advances) {
  if (!rare.probing) return;
  const SequenceNumber number(c.segment.header->acknowledgment);
  if (IsBefore(number, rare.probe_end)) return;
  const bool twice = c.options.blocks > 0 && !IsBefore(number, c.options.sack[0].end);
  const bool repeats = !advances && c.length == 0 && c.options.blocks == 0;
  if (twice || repeats || IsBefore(rare.probe_end, number)) rare.probing = false;
}

// The first acknowledgment tells which of several SYNs was accepted.
void TrueMeasurements::OnOtherIsn(Context& c, SequenceNumber ack) {
  const Rare* rare = RareIf(c.other);
  if (rare == nullptr || !rare->has_other_isn || rare->other_isn + 1 != ack) return;
  c.other_space.Clear(space_);
  c.other_space.Start(ack);
  c.other.isn = rare->other_isn;
}

void TrueMeasurements::OnDuplicateAck(Context& c) {
  // RFC 5681 2: no data, the same number and window, and something to acknowledge. (With SACK
  // blocks, windows may change.)
  if (c.length > 0 || c.rst || !c.other_space.in_flight()) return;
  if (c.segment.window != c.segment.window_before && c.options.blocks == 0) return;
  Rare& rare = RareOf(c.other);
  if (rare.duplicate_acks < UINT8_MAX) ++rare.duplicate_acks;
  if (rare.duplicate_acks >= kFastAfter) rare.asked.Note(c.other_space.acknowledged(), c.now);
}

void TrueMeasurements::OnAdvance(Context& c, const TrueSequenceSpace::Acknowledgment& ack,
                                 SequenceNumber before) {
  if (c.other.syn_rtt_us == kNone && c.other.syn_seen && !c.other.isn_far &&
      before == c.other.isn && ack.has_edge) {
    const bool known =
        ack.edge.repetitions == 0 ||
        (ack.edge.has_tsval && c.options.has_timestamps && c.options.tsecr == ack.edge.tsval);
    if (known) c.other.syn_rtt_us = Rounded(PreciseMicroseconds(ack.edge.time, c.now));
  }
  const bool echoes = c.options.has_timestamps && ack.has_edge && ack.edge.has_tsval;
  TakeSample(c, ack, echoes);
  if (c.other.rare == kNone) [[likely]]
    return;
  Rare& rare = rare_[c.other.rare];
  if (!c.twice && ack.edge.repetitions > 0 && AnswersOriginal(c, ack.edge, echoes)) {
    rare.needless.OnNeedless(before, before + 1);
  }
  TellRepeatedAcks(c, ack, before, rare);
  rare.duplicate_acks_before = rare.duplicate_acks;
  rare.duplicate_acks = rare.repeated_acks = rare.untold_acks = 0;
  const SequenceNumber now = c.other_space.acknowledged();
  if (rare.mode != RecoveryMode::kNone && !IsBefore(now, rare.recovery_end)) {
    rare.ended = rare.mode;
    rare.ended_time = c.now;
    rare.mode = RecoveryMode::kNone;
  }
  if (rare.has_sack && !IsBefore(now, rare.highest_sack)) rare.has_sack = false;
}

// Whether an acknowledgment comes for what was sent before the repetition: its echo is older
// (Eifel, RFC 3522), or it comes sooner than any answer (as in RFC 8985 6.2).
bool TrueMeasurements::AnswersOriginal(const Context& c, const TrueSequenceSpace::Sent& repetition,
                                       bool echoes) {
  if (echoes && static_cast<int32_t>(c.options.tsecr - repetition.tsval) < 0) return true;
  const RttStatistics half = c.segment.other_rtt->statistics();
  return half.count > 0 &&
         SignedMicroseconds(repetition.time, c.now) < kSoonestAnswer * half.min_us;
}

void TrueMeasurements::OnSack(Context& c) {
  const SequenceNumber acknowledged(c.segment.header->acknowledgment);
  const auto& sack = c.options.sack;
  Rare& rare = RareOf(c.other);
  rare.had_sack = true;
  // RFC 2883: the first block tells what came twice if it lies below the acknowledged number, or
  // within the second block.
  const bool inside = c.options.blocks > 1 && !IsBefore(sack[0].first, sack[1].first) &&
                      !IsBefore(sack[1].end, sack[0].end);
  const bool twice = !IsBefore(acknowledged, sack[0].end) || inside;
  if (twice) rare.needless.OnTwice(sack[0].first, sack[0].end);
  c.twice = twice;
  for (unsigned i = twice ? 1 : 0; i < c.options.blocks; ++i) {
    const SequenceNumber end = sack[i].end;
    if (!IsBefore(acknowledged, end) || c.other_space.IsFar(end)) continue;
    if (!rare.has_sack || IsBefore(rare.highest_sack, end)) rare.highest_sack = end;
    rare.has_sack = true;
    rare.asked.Note(acknowledged, c.now);
  }
}

// Without SACK: of acknowledgments that say nothing new, those answer something that came twice
// (RFC 9293 3.10.7.4) that are more than the segments that may have come before a missing one.
void TrueMeasurements::OnRepeatedAck(Context& c, Rare& rare) {
  if (HasSack(c, rare) || c.segment.window == 0 || rare.has_window_probe) return;
  if (c.length > 0 || c.rst || c.segment.window != c.segment.window_before) return;
  if (rare.keep_alive_open) {
    rare.keep_alive_open = false;
    return;
  }
  const RttStatistics half = c.segment.other_rtt->statistics();
  if (half.count == 0) return;
  if (rare.repeated_acks < UINT8_MAX) ++rare.repeated_acks;
  const auto behind =
      c.other_space.CountBehindFirst(TimeBefore(c.now, half.min_us), rare.repeated_acks, space_);
  if (behind >= rare.repeated_acks) {
    if (rare.untold_acks < UINT8_MAX) ++rare.untold_acks;
    return;
  }
  rare.needless.OnAnswered(c.other_space.acknowledged(),
                           TimeBefore(c.now, kLatestAnswer * half.mean_us() + kAnswerUs));
}

// Had they answered what came before a missing segment, the acknowledgment of that would be of all
// of them, too: what is beyond that answered something that came twice.
void TrueMeasurements::TellRepeatedAcks(Context& c, const TrueSequenceSpace::Acknowledgment& ack,
                                        SequenceNumber before, Rare& rare) {
  if (rare.untold_acks == 0 || !ack.has_edge || ack.edge.repetitions > 0) return;
  const RttStatistics half = c.segment.other_rtt->statistics();
  const Timestamp since = TimeBefore(c.now, kLatestAnswer * half.mean_us() + kAnswerUs);
  const uint32_t segments =
      std::max(ack.ranges, (ack.advanced + kSegmentPayload - 1) / kSegmentPayload);
  for (uint32_t told = segments; told <= rare.untold_acks; ++told) {
    rare.needless.OnAnswered(before, since);
  }
}

void TrueMeasurements::TakeSample(Context& c, const TrueSequenceSpace::Acknowledgment& ack,
                                  bool echoes) {
  const Rare* rare = RareIf(c.other);
  // After duplicate acknowledgments this one answers what has filled the hole at the left edge, and
  // the last segment that it acknowledges came before that. So does each that fills one of several
  // holes, but for what filled it alone.
  const bool alone = ack.has_edge && ack.edge.time == ack.last.time;
  const bool filled = rare != nullptr && (rare->duplicate_acks > 0 || (c.sacked && !alone));
  if (!filled && ack.exact && ack.last.repetitions == 0 && ack.newest <= ack.last.time) {
    Sample(c, ack.last.time);
  } else if (echoes && c.options.tsecr == ack.edge.tsval &&
             (ack.edge.repetitions > 0 ? ack.newest <= ack.edge.time : filled)) {
    // The echo tells which of the two was acknowledged (Karn's problem). It is that of the segment
    // at the left edge (RFC 7323 4.3).
    Sample(c, ack.edge.time);
  }
}

// REQUIRES: what is acknowledged was sent at that time.
void TrueMeasurements::Sample(Context& c, Timestamp sent) {
  const double us = PreciseMicroseconds(sent, c.now);
  c.segment.other_rtt->AddTrueSample(us);
  c.other.quantiles.Add(Rounded(us), quantiles_);
}

}  // namespace tstat::internal
