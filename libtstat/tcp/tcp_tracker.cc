// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/tcp_tracker.h"

#include <algorithm>

#include "l7/tcp/layer7.h"
#include "tcp/segment_classifier.h"
#include "tcp/stream_begins.h"

namespace tstat::internal {

namespace {

// One segment with what all steps need of it.
struct Segment {
  Segment(const TcpSegmentStep& segment_step, TcpFlowState& flow, TcpColdState& cold_state)
      : step(segment_step),
        header(step.header),
        self(flow.side[Index(step.direction)]),
        other(flow.side[1 - Index(step.direction)]),
        cold(cold_state.side[Index(step.direction)]),
        now(step.datagram->time),
        sequence(header.sequence),
        length(header.payload_length),
        end(sequence + static_cast<uint32_t>(length)) {}

  // One of the flags is set.
  bool has(uint8_t flags) const { return (header.flags & flags) != 0; }
  bool syn() const { return has(tcp_flags::kSyn); }
  bool fin() const { return has(tcp_flags::kFin); }
  bool rst() const { return has(tcp_flags::kRst); }
  bool ack() const { return has(tcp_flags::kAck); }

  const TcpSegmentStep& step;
  const TcpHeader& header;
  TcpDirectionState& self;
  TcpDirectionState& other;
  TcpColdState::Side& cold;  // of the sender
  const Timestamp now;
  const SequenceNumber sequence;
  const int32_t length;      // payload; negative for malformed headers
  const SequenceNumber end;  // `sequence` + `length`: SYN and FIN not counted
  // Set on the way.
  SequenceNumber fin_position_before;
  uint64_t window = 0;
  Timestamp before;            // the direction's last segment; `now` when there is none
  uint32_t retransmitted = 0;  // "R"
  bool out_of_order = false;
};

// The measurements, in the true profile or as Tstat. Not a part of TcpTracker's class definition,
// so that the compiler knows that each is called in one place.
template <bool kTrue>
class Measurements {
 public:
  Measurements(const TcpTrackerOptions& options, int64_t rate_period_us, Observer* observer,
               TcpPools& pools, TrueMeasurements* truth)
      : options_(options),
        rate_period_us_(rate_period_us),
        observer_(observer),
        pools_(pools),
        truth_(truth) {}

  [[gnu::noinline]] void BeginInMidstream(Segment& s);
  void CountFlags(Segment& s);
  void MeasureControl(Segment& s);
  void MeasurePayload(Segment& s);
  void MeasureSequence(Segment& s);
  void MeasureWindow(Segment& s);
  void MeasureMessages(Segment& s);

 private:
  void CountUniqueBytes(const Segment& s);
  void MeasureTrueSequence(Segment& s);
  void CountTrueBytes(Segment& s, const TrueMeasurements::Outcome& outcome);
  void TellJudgment(const Segment& s, const TrueMeasurements::Outcome& outcome);

  const TcpTrackerOptions& options_;
  const int64_t rate_period_us_;
  Observer* const observer_;
  TcpPools& pools_;
  TrueMeasurements* const truth_;  // null: as Tstat
};

// Where nothing is known of a direction before its first segment, it begins there.
template <bool kTrue>
void Measurements<kTrue>::BeginInMidstream(Segment& s) {
  if (s.self.packets > 0 || s.syn()) return;
  s.self.isn = s.sequence - 1u;
  s.self.sequence = s.self.highest = s.sequence;
  if (s.other.packets == 0) s.other.acknowledgment = s.sequence;
}

// 6, 9-12
template <bool kTrue>
void Measurements<kTrue>::CountFlags(Segment& s) {
  if (s.syn()) pools_.CountSyn(s.self);
  if (s.rst() && s.self.rst_count < UINT8_MAX) ++s.self.rst_count;
  if (s.fin()) {
    pools_.CountFin(s.self);
    s.fin_position_before = s.cold.fin_position;
    s.cold.fin_position = s.end;
  }
  if (observer_ != nullptr && s.ack() && s.other.in_flight) {
    observer_->OnTcpCongestionWindow(s.other.sequence - s.self.acknowledgment);
  }
  s.other.in_flight &= !s.ack();
  if (s.ack() || s.syn()) {
    s.window = WindowTracker::Effective(s.header.window, s.self.options, s.other.options);
  }
  s.before = s.self.packets > 0 ? s.self.last_segment : s.now;
  s.self.last_segment = s.now;
  s.self.in_flight |= (s.length != 0) | s.has(tcp_flags::kSyn | tcp_flags::kFin | tcp_flags::kRst);
}

// 13-15
template <bool kTrue>
void Measurements<kTrue>::MeasureControl(Segment& s) {
  if (s.syn()) {
    if (s.self.syn_count > 1 && s.self.isn != s.sequence) s.self.inconsistent = true;
    s.self.isn = s.sequence;
    // The bytes in flight of this direction are counted from the ISN.
    s.other.acknowledgment = s.sequence;
  }
  if (s.fin() && s.self.fin_count > 1 &&
      int64_t{s.fin_position_before.value()} != int64_t{s.sequence.value()} + s.length) {
    s.self.inconsistent = true;
  }
  if (s.self.options.OnSegment(s.step.datagram->transport_bytes, s.header.header_length)) {
    ++pools_.Rare(s.self).sack_segments;
  }
  if (!s.syn()) OptionTracker::SettleWindowScale(&s.self.options, &s.other.options);
}

// 16-19, 22, 30
template <bool kTrue>
void Measurements<kTrue>::MeasurePayload(Segment& s) {
  if (s.length != 0) {
    DataState& data = pools_.Data(s.self);
    if (s.length > 0) {
      data.payload.OnData(static_cast<uint32_t>(s.length));
      if (pools_.keep_rates) {
        data.rate.OnData(s.now, static_cast<uint32_t>(s.length), rate_period_us_,
                         &pools_.rates[s.self.data]);
      }
      if (pools_.keep_gaps) data.gaps.OnData(ElapsedMicroseconds(s.before, s.now));
    }
    if (!s.rst()) data.payload.OnPayloadTime(s.now);
  }
  const int ttl_excess = s.self.ttl.OnSegment(s.step.datagram->ttl, s.self.packets == 0);
  if (ttl_excess != 0) [[unlikely]]
    pools_.Rare(s.self).ttl_excess += ttl_excess;
  ++s.self.packets;
  const bool furthest = int64_t{s.sequence.value()} + s.length > int64_t{s.self.highest.value()};
  s.self.highest = furthest ? s.end : s.self.highest;
}

// 20, 21, 23, 24
template <bool kTrue>
void Measurements<kTrue>::MeasureSequence(Segment& s) {
  if constexpr (kTrue) {
    if (truth_ != nullptr) return MeasureTrueSequence(s);
  }
  if (s.syn() || s.fin() || s.length > 0) {
    SegmentClassifier::Context context;
    context.now = s.now;
    context.ip_id = s.step.datagram->ip_id;
    context.self = &s.self.rtt;
    context.other = &s.other.rtt;
    context.may_be_probe =
        s.other.window.current() == 0 && s.self.syn_count > 0 && s.other.syn_count > 0;
    const SegmentClassifier classifier(context);
    SequenceSpace::Range range;
    range.first = s.sequence;
    range.length = static_cast<uint32_t>(s.length + s.syn() + s.fin());
    range.time = s.now;
    range.ip_id = context.ip_id;
    SequenceSpace::InsertResult result;
    const auto classify = [&](const SequenceAnomaly& anomaly) {
      SegmentVerdict* const verdict =
          pools_.verdicts != nullptr ? &pools_.verdicts->emplace_back() : nullptr;
      const uint8_t type = classifier.Classify(anomaly, verdict);
      CountAnomaly(type, &pools_.Rare(s.self).anomalies);
      if (observer_ != nullptr) observer_->OnTcpSegmentClass(s.step, AnomalyHistogramValue(type));
      return type;
    };
    s.self.space.Insert(range, options_.globals.max_seg_per_quad, pools_.sequence, classify,
                        &result);
    s.retransmitted = result.retransmitted;
    s.out_of_order = result.out_of_order;
    if (observer_ != nullptr) {
      for (int i = 0; i < result.appended; ++i) {
        observer_->OnTcpSegmentClass(s.step, segment_class::kInSequence);
      }
    }
    CountUniqueBytes(s);
    if (s.out_of_order) [[unlikely]]
      ++pools_.Rare(s.self).out_of_order_packets;
  }
  if (s.ack()) {
    s.other.space.Acknowledge(SequenceNumber(s.header.acknowledgment), s.now, pools_.sequence,
                              &s.other.rtt);
  }
  if (s.retransmitted == 0) s.self.sequence = s.end;
}

// Unique and retransmitted bytes.
template <bool kTrue>
void Measurements<kTrue>::CountUniqueBytes(const Segment& s) {
  const RepeatedControl repeated = {.syn = s.syn() && s.self.syn_count > 1,
                                    .fin = s.fin() && s.self.fin_count > 1};
  const int32_t x = RetransmittedPayload(s.retransmitted, repeated,
                                         options_.profile.repeated_syn_adds_unique_byte);
  if (x < s.length) pools_.Data(s.self).payload.AddUnique(int64_t{s.length} - x);
  if (s.retransmitted > 0) [[unlikely]] {
    RareState& rare = pools_.Rare(s.self);
    ++rare.retransmitted_packets;
    rare.retransmitted_bytes += options_.profile.retransmitted_bytes_without_syn_fin
                                    ? static_cast<uint32_t>(x)
                                    : s.retransmitted;
  }
}

// The same in the true profile.
template <bool kTrue>
void Measurements<kTrue>::MeasureTrueSequence(Segment& s) {
  const bool first = s.self.packets == 1;
  const SequenceNumber acknowledgment(s.header.acknowledgment);
  if (first && s.ack() && s.other.packets == 0) s.other.isn = acknowledgment - 1u;
  if (s.syn()) s.window = s.header.window;  // RFC 7323 2.2: also of one that is repeated
  TrueMeasurements::Segment segment;
  segment.flow = s.step.flow;
  segment.side = Index(s.step.direction);
  segment.datagram = s.step.datagram;
  segment.header = &s.header;
  segment.window = s.window;
  segment.window_before = s.self.window.current();
  segment.closed_window = s.other.window.current() == 0 && s.other.window.zero() > 0;
  segment.sack = s.self.options.sack_permitted() && s.other.options.sack_permitted();
  segment.before = s.before;
  segment.last_heard = s.other.last_segment;
  segment.self_space = &s.self.true_space;
  segment.other_space = &s.other.true_space;
  segment.self_rtt = &s.self.rtt;
  segment.other_rtt = &s.other.rtt;
  const TrueMeasurements::Outcome outcome = truth_->OnSegment(segment);
  CountTrueBytes(s, outcome);
  const bool occupies = s.syn() || s.fin() || s.length > 0;
  if (outcome.judged) [[unlikely]]
    TellJudgment(s, outcome);
  if (outcome.in_sequence && observer_ != nullptr) {
    observer_->OnTcpSegmentClass(s.step, segment_class::kInSequence);
  }
  // Probes, and what is no part of the connection, say as little about what is in flight as what
  // is sent again.
  s.retransmitted = std::max(outcome.repeated, uint32_t{occupies && !outcome.in_sequence});
  s.out_of_order = outcome.filled;
  s.self.highest =
      first ? s.end : truth_->Highest(s.step.flow, Index(s.step.direction), s.self.true_space);
  if (first || IsBefore(s.self.sequence, s.self.highest)) s.self.sequence = s.self.highest;
}

template <bool kTrue>
void Measurements<kTrue>::CountTrueBytes(Segment& s, const TrueMeasurements::Outcome& outcome) {
  if (outcome.unique_payload > 0) {
    pools_.Data(s.self).payload.AddUnique(outcome.unique_payload);
  }
  if (outcome.other_unique_payload > 0) [[unlikely]] {
    pools_.Data(s.other).payload.AddUnique(outcome.other_unique_payload);
  }
  if (outcome.repeated > 0 || outcome.sent_again) [[unlikely]] {
    RareState& rare = pools_.Rare(s.self);
    ++rare.retransmitted_packets;
    rare.retransmitted_bytes += outcome.repeated_payload;
  } else if (outcome.filled) {
    ++pools_.Rare(s.self).out_of_order_packets;
  }
}

template <bool kTrue>
void Measurements<kTrue>::TellJudgment(const Segment& s, const TrueMeasurements::Outcome& outcome) {
  const TrueMeasurements::Judged& judged = truth_->judged();
  const uint8_t type = judged.judgment.type;
  CountAnomaly(type, &pools_.Rare(s.self).anomalies);
  if (observer_ != nullptr) observer_->OnTcpSegmentClass(s.step, AnomalyHistogramValue(type));
  if (pools_.verdicts == nullptr) return;
  SegmentVerdict& verdict = pools_.verdicts->emplace_back();
  verdict.cause = CauseOfType(type);
  verdict.rule = judged.judgment.rule;
  verdict.repeats = outcome.repeated > 0;
  verdict.acknowledged = judged.evidence.range.acknowledged;
  verdict.has_round_trips = judged.path.measured;
  verdict.length = outcome.repeated > 0 ? outcome.repeated : judged.evidence.range.filled;
  verdict.predecessor_acks = judged.evidence.duplicate_acks;
  verdict.recovery_us = judged.judgment.recovery_us;
  verdict.since_next_us = judged.judgment.since_next_us;
  verdict.mean_round_trip_us = judged.path.mean_us;
  verdict.time_out_us = judged.path.time_out_us;
  verdict.smallest_round_trip_us = judged.path.smallest_us;
}

// 26-29, 31; not for a RST
template <bool kTrue>
void Measurements<kTrue>::MeasureWindow(Segment& s) {
  const SequenceNumber ack(s.header.acknowledgment);
  if (s.ack() || s.syn()) s.self.window.OnSegment(s.window, s.ack());
  if (s.ack()) {
    s.self.pure_acks += (s.length == 0) & !s.has(tcp_flags::kSyn | tcp_flags::kFin);
    s.self.acknowledgment = ack;
    if (!s.other.data_acked && ack != s.other.isn + 1u) s.other.data_acked = true;
    if (!s.self.sent_ack && !s.syn()) {
      s.self.sent_ack = s.now.is_set();
      s.cold.first_ack = s.now;
    }
  }
  if (s.length > 0 && !s.self.data_acked && s.retransmitted == 0) {
    pools_.Data(s.self).flight.AddInitialWindow(static_cast<uint32_t>(s.length));
  }
  if (!s.syn() && !s.out_of_order && s.retransmitted == 0) {
    const uint32_t bytes = FlightTracker::InFlight(s.end, s.other.acknowledgment);
    if (bytes > 0) pools_.Data(s.self).flight.Add(bytes);
  }
}

// 32; not for a RST
template <bool kTrue>
void Measurements<kTrue>::MeasureMessages(Segment& s) {
  if (!s.ack() || !s.has(tcp_flags::kPsh | tcp_flags::kFin)) return;
  // Data, or a FIN: state for data is attached for the mark alone.
  MessageTracker& messages = pools_.Data(s.self).messages;
  if (kTrue && truth_ != nullptr) {
    messages.OnTrueBoundary(s.self.sequence, s.self.isn, pools_.message_sizes);
  } else {
    messages.OnBoundary(s.self.sequence, s.self.isn, pools_.message_sizes);
  }
}

// Of a direction without data.
constexpr MessageSummary kNoMessages;

}  // namespace

TcpTracker::TcpTracker(const TcpTrackerOptions& options, EventSink* out, TcpLayer7Tracker* layer7,
                       Observer* observer)
    : options_(options),
      rate_period_us_(
          std::max<int64_t>(1, static_cast<int64_t>(options.globals.rate_sampling_s * 1e6))),
      out_(out),
      layer7_(layer7),
      observer_(observer),
      flows_(FlowCapacity(options.globals.max_tcp_pairs)),
      cold_(FlowCapacity(options.globals.max_tcp_pairs)),
      pools_(2 * FlowCapacity(options.globals.max_tcp_pairs)),
      community_ids_(options.extras.community_id_seed),
      extras_(ExtrasTracker::Create(options.profile, options.extras)),
      measures_truly_(options.profile.true_retransmissions ||
                      options.profile.flows_follow_connections) {
  if (options.profile.true_retransmissions) {
    truth_ = std::make_unique<TrueMeasurements>(FlowCapacity(options.globals.max_tcp_pairs));
  }
  pools_.keep_rates = options.wants.has(Event::kVideoFlow);
  pools_.keep_gaps =
      pools_.keep_rates || options.wants.has(Event::kMediaFlow) || observer != nullptr;
}

size_t TcpTracker::memory_bytes() const {
  return flows_.memory_bytes() + cold_.memory_bytes() + tunnels_.memory_bytes() +
         pools_.memory_bytes() + reported_.memory_bytes() +
         (truth_ != nullptr ? truth_->memory_bytes() : 0) +
         (extras_ != nullptr ? extras_->memory_bytes() : 0);
}

void TcpTracker::OnOpen(const OpenStep& step) {
  flows_.GrowTo(step.flow);
  cold_.GrowTo(step.flow);
  TcpColdState& cold = cold_[step.flow];
  cold.identity = {.endpoints = step.endpoints, .start = step.time, .number = step.number};
  cold.side = {};
  if (options_.profile.reads_every_header) {
    tunnels_.GrowTo(step.flow);
    tunnels_[step.flow] = step.tunnel;
  }
  flows_[step.flow] = TcpFlowState();
  if (truth_ != nullptr) [[unlikely]] {
    for (TcpDirectionState& side : flows_[step.flow].side) side.true_space = TrueSequenceSpace();
    truth_->OnOpen(step.flow);
  }
  BeginExtras(step.flow);
}

// The numbers in the comments are Tstat's order of the steps: each uses what lower ones left.
template <bool kTrue>
[[gnu::always_inline]] inline void TcpTracker::Measure(const TcpSegmentStep& step,
                                                       TcpFlowState& flow) {
  Segment s(step, flow, cold_[step.flow]);
  Measurements<kTrue> m(options_, rate_period_us_, observer_, pools_, truth_.get());
  if constexpr (kTrue) {
    if (options_.profile.flows_follow_connections) m.BeginInMidstream(s);
  }
  m.CountFlags(s);
  m.MeasureControl(s);
  m.MeasurePayload(s);
  m.MeasureSequence(s);
  s.cold.measured.OnSegment(s.header, *step.datagram);  // 25, 27
  if (!s.rst()) {
    m.MeasureWindow(s);
    m.MeasureMessages(s);
  }
}

void TcpTracker::MeasureTruly(const TcpSegmentStep& step, TcpFlowState& flow) {
  Measure<true>(step, flow);
  if (extras_ != nullptr) [[unlikely]] {
    extras_->OnPacket(step.flow, step.direction, step.header.payload_length, *step.datagram);
  }
}

void TcpTracker::OnSegment(const TcpSegmentStep& step) {
  TcpFlowState& flow = flows_[step.flow];
  if (measures_truly_) [[unlikely]] {
    MeasureTruly(step, flow);
  } else {
    Measure<false>(step, flow);
  }
  if (layer7_ != nullptr) InspectPayload(step, flow);  // 25, 33
  if (observer_ != nullptr) observer_->OnTcpSegment(step, flow.layer7);
}

void TcpTracker::InspectPayload(const TcpSegmentStep& step, TcpFlowState& flow) {
  const ByteReader payload = TcpPayload(*step.datagram, step.header);
  // The state of flows that are settled is not fetched.
  if (!TcpLayer7Tracker::Concerns(flow.layer7_need, payload, step.header.payload_length)) return;
  const auto side = [&](int i) -> TcpLayer7Input::Side {
    const TcpDirectionState& from = flow.side[i];
    const bool sent = from.data != TcpDirectionState::kNone;
    return {.isn = from.isn.value(),
            .sequence = from.sequence.value(),
            .highest_sequence = from.highest.value(),
            .messages = sent ? &pools_.data[from.data].messages.summary() : &kNoMessages};
  };
  TcpLayer7Input in = {.step = &step,
                       .identity = &cold_[step.flow].identity,
                       .payload = payload,
                       .payload_length = step.header.payload_length,
                       .flow_packets = flow.side[0].packets + flow.side[1].packets,
                       .side = {{side(0), side(1)}}};
  if (options_.profile.modern_layer7) [[unlikely]]
    DescribeBegins(flow, &in);
  layer7_->OnSegment(in, flow.layer7);
  flow.layer7_need = layer7_->NeedAfter(in, *flow.layer7);
}

// The client's last window first; a streak of the server's counts for the client.
void TcpTracker::FinishRates(TcpFlowState& flow, Timestamp now) {
  RateStatistics nobody;
  RateStatistics* client =
      flow.side[0].data == TcpDirectionState::kNone ? &nobody : &pools_.rates[flow.side[0].data];
  for (const TcpDirectionState& side : flow.side) {
    if (side.data == TcpDirectionState::kNone) continue;
    pools_.data[side.data].rate.Finish(now, rate_period_us_, &pools_.rates[side.data], client);
  }
}

// Layer 7 first: it may still change what the row shows.
void TcpTracker::OnClose(const CloseStep& step) {
  TcpFlowState& flow = flows_[step.flow];
  const FlowIdentity& identity = cold_[step.flow].identity;
  if (step.cause == CloseCause::kHalfDuplex) {
    TcpDirectionState& side = flow.side[Index(step.direction)];
    if (step.uncounted_flags & tcp_flags::kRst) ++side.rst_count;
    if (step.uncounted_flags & tcp_flags::kFin) pools_.CountFin(side);
  }
  if (pools_.keep_rates) FinishRates(flow, step.now);

  TcpFlow record;
  record.endpoints = identity.endpoints;
  record.first = step.first;
  record.last = step.last;
  record.cause = step.cause;
  record.complete = step.complete;
  record.closed_at = step.now;
  record.order = At(step.order, EventPlace::kFlow);
  record.flow_number = identity.number;
  if (options_.profile.reads_every_header) record.tunnel = tunnels_[step.flow];
  const TcpMeasured measured = this->measured(step.flow);
  measured.Export(0, &record.client);
  measured.Export(1, &record.server);
  if (truth_ != nullptr) {
    truth_->Export(step.flow, 0, flow.side[0].true_space, &record.client);
    truth_->Export(step.flow, 1, flow.side[1].true_space, &record.server);
  }
  record.predecessor = step.predecessor;
  record.partial = step.partial;
  record.marks = step.marks;
  if (options_.profile.modern_columns) {
    record.community_id = community_ids_.Make(FlowProtocol::kTcp, identity.endpoints);
  }
  record.client.copies = step.copies[0];
  record.server.copies = step.copies[1];

  if (step.cause == CloseCause::kActiveTimeout) [[unlikely]] {
    ReportPeriod(step, &record);
    return;
  }
  if (!reported_.empty()) [[unlikely]] {
    reported_.Subtract(step.flow, &record.client, &record.server);
    if (!step.state_kept) reported_.Forget(step.flow);
  }

  if (layer7_ != nullptr) {
    layer7_->OnFlowClosing(step, identity.endpoints, flow.layer7, &record);
  }
  if (extras_ != nullptr) [[unlikely]]
    extras_->FillIn(step.flow, &record);
  if (step.reported) {
    if (observer_ != nullptr) {
      observer_->OnTcpFlowClosed(record, TcpLayer7Tracker::VideoIndex(flow.layer7));
    }
    if (options_.wants.has(Event::kTcpFlow)) out_->OnTcpFlow(record);
  }
  if (layer7_ != nullptr) {
    layer7_->OnFlowClosed(step, record, flow.layer7);
    flow.layer7_need = Layer7Need::kPayload;  // of what begins anew, if the state is kept
  }

  if (step.state_kept) return;
  if (truth_ != nullptr) {
    for (TcpDirectionState& side : flow.side) {
      truth_->Release(side.true_space);
      side.space = SequenceSpace();
    }
    truth_->Release(step.flow);
  }
  for (TcpDirectionState& side : flow.side) pools_.Release(side);
  BeginExtras(step.flow);
  cold_[step.flow].identity.endpoints.resolution = nullptr;
}

// Layer 7 tells of its events when the flow ends; what it knows of the flow is in each record.
void TcpTracker::ReportPeriod(const CloseStep& step, TcpFlow* record) {
  TcpFlowState& flow = flows_[step.flow];
  TcpColdState& cold = cold_[step.flow];
  reported_.Take(step.flow, &record->client, &record->server);
  ReportedTotals::BeginPeriod(flow, cold, pools_);
  if (truth_ != nullptr) truth_->BeginPeriod(step.flow);
  cold.identity.number = step.next_number;
  cold.identity.start = step.now;
  if (layer7_ != nullptr) layer7_->OnFlowPeriod(flow.layer7, record);
  if (extras_ != nullptr) {
    extras_->FillIn(step.flow, record);
    extras_->BeginPeriod(step.flow);
  }
  if (!step.reported) return;
  if (observer_ != nullptr) {
    observer_->OnTcpFlowClosed(*record, TcpLayer7Tracker::VideoIndex(flow.layer7));
  }
  if (options_.wants.has(Event::kTcpFlow)) out_->OnTcpFlow(*record);
}

}  // namespace tstat::internal
