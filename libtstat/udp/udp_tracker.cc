// SPDX-License-Identifier: BSD-3-Clause
#include "udp/udp_tracker.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "flow/name_source.h"
#include "l7/udp/type_index.h"
#include "tstat/flow_packet.h"
#include "tstat/media.h"

namespace tstat::internal {
namespace {

constexpr uint16_t kNtpPort = 123;
constexpr Direction kBothDirections[] = {Direction::kClientToServer, Direction::kServerToClient};

constexpr size_t At(Direction d) { return static_cast<size_t>(Index(d)); }

RtcpRules MakeRtcpRules(const UdpTrackerOptions& options) {
  RtcpRules rules;
  rules.stop_at_truncation = options.stop_at_truncated_reports;
  rules.first_report_unchecked = !options.profile.rtp_plus;
  return rules;
}

}  // namespace

UdpTracker::UdpTracker(const UdpTrackerOptions& options, EventSink* out, Observer* observer)
    : options_(options),
      classifies_(options.wants.has(Event::kUdpFlow) || options.wants.has(Event::kMediaFlow) ||
                  options.wants.has(Event::kSkypeFlow) || options.wants.has(Event::kFlowPacket) ||
                  observer != nullptr),
      may_log_dns_(options.wants.has(Event::kDnsEntry)),
      replaces_old_(options.profile.modern_layer7 && options.profile.modern_columns),
      out_(out),
      observer_(observer),
      classifier_(options.profile),
      behaviour_(options.profile),
      quic_({.read_hello = options.profile.quic_client_hello,
             .read_drafts = options.profile.quic_draft_hellos}),
      media_(MakeRtcpRules(options), observer),
      media_plus_(MakeRtcpRules(options), observer,
                  options.profile.modern_layer7 && options.profile.modern_columns,
                  options.media_streams),
      skype_(options.skype_models),
      dns_(out),
      applications_(options.profile.modern_layer7 ? std::make_unique<UdpApplicationTracker>()
                                                  : nullptr),
      flows_(FlowCapacity(options.globals.max_udp_pairs)),
      community_ids_(options.extras.community_id_seed),
      extras_(ExtrasTracker::Create(options.profile, options.extras)),
      has_special_flows_(options.profile.reads_every_header || extras_ != nullptr) {}

void UdpTracker::OnOpen(const OpenStep& step) {
  flows_.GrowTo(step.flow);
  Flow& flow = flows_[step.flow];
  flow.endpoints = step.endpoints;
  flow.number = step.number;
  flow.side = {};
  flow.behaviour = {};
  if (options_.profile.quic_ietf) {
    quic_states_.GrowTo(step.flow);
    quic_states_[step.flow] = QuicTracker::kNone;
  }
  if (applications_ != nullptr) [[unlikely]] {
    application_flows_.GrowTo(step.flow);
    application_flows_[step.flow] = {};
  }
  if (options_.profile.reads_every_header) {
    tunnels_.GrowTo(step.flow);
    tunnels_[step.flow] = step.tunnel;
  }
  if (options_.skype_models != nullptr) {
    skype_states_.GrowTo(step.flow);
    skype_states_[step.flow] = {};
  }
  if (extras_ != nullptr) [[unlikely]]
    extras_->Begin(step.flow);
}

void UdpTracker::OnDatagram(const UdpDatagramStep& step) {
  Flow& flow = flows_[step.flow];
  Side& side = flow.side[At(step.direction)];
  if (has_special_flows_) [[unlikely]] {
    if (!reported_.empty()) BeginPeriod(step, side);
    if (extras_ != nullptr) {
      extras_->OnPacket(step.flow, step.direction, int64_t{step.header.length} - 8, *step.datagram);
    }
    if (step.datagram->tunnel.is_outer) {
      Count(step, side);
      return;
    }
  }
  if (observer_ != nullptr && side.packets == 0) observer_->OnUdpFirstDatagram(step);
  Count(step, side);
  if (classifies_) {
    Classify(step, flow);
  } else if (may_log_dns_) {
    LogDns(step, flow);
  }
  if (observer_ != nullptr) {
    observer_->OnUdpDatagram(step, Layer7Index(step.flow, step.direction));
  }
}

void UdpTracker::Count(const UdpDatagramStep& step, Side& side) {
  const Datagram& d = *step.datagram;
  if (side.packets == 0) side.first = d.time;
  side.last = d.time;
  side.data_bytes += static_cast<int64_t>(step.header.length) - 8;
  ++side.packets;
  // 0 means "unset", so a real TTL of 0 does not stick.
  if (side.ttl_min == 0 || d.ttl < side.ttl_min) side.ttl_min = d.ttl;
  side.ttl_max = std::max(side.ttl_max, d.ttl);
  side.ttl_sum += d.ttl;
}

// The first packet of a direction since the flow was reported.
void UdpTracker::BeginPeriod(const UdpDatagramStep& step, Side& side) {
  const auto reported = reported_.find(step.flow);
  if (reported == reported_.end()) return;
  if (std::exchange(reported->second.awaits_packet[At(step.direction)], false)) {
    side.first = step.datagram->time;
  }
}

// Of streams and of what else is found in the flow, records come when it ends.
void UdpTracker::ReportPeriod(const CloseStep& step) {
  Flow& flow = flows_[step.flow];
  if (classifies_ && step.reported) {
    UdpFlow record = MakeRecord(step.flow, step.order);
    FillInClose(step, &record);
    if (observer_ != nullptr) observer_->OnUdpFlowClosed(record, nullptr);
    if (options_.wants.has(Event::kUdpFlow)) out_->OnUdpFlow(record);
  }
  if (extras_ != nullptr) extras_->BeginPeriod(step.flow);
  has_special_flows_ = true;
  Reported& reported = reported_[step.flow];
  for (size_t i = 0; i < flow.side.size(); ++i) {
    Side& side = flow.side[i];
    reported.packets[i] = side.packets;
    reported.awaits_packet[i] = true;
    side.first = side.last = Timestamp();
    side.data_bytes = 0;
    side.ttl_sum = side.ttl_min = side.ttl_max = 0;
  }
  flow.number = step.next_number;
}

// Signatures, RTP, DNS, behaviour, in this order.
void UdpTracker::Classify(const UdpDatagramStep& step, Flow& flow) {
  Side& side = flow.side[At(step.direction)];
  const Side& other = flow.side[At(Opposite(step.direction))];
  const UdpPayload payload = ReadUdpPayload(*step.datagram, step.header);
  if (options_.skype_models != nullptr) [[unlikely]]
    InspectSkype(step, payload);
  if (applications_ != nullptr) [[unlikely]] {
    if (Recognise(step, payload, flow)) return;
  }
  if (UdpClassifier::IsOpen(side.media.type, side.packets)) {
    const UdpType type = classifier_.Classify(payload, side.media.type, *step.datagram);
    if (type != side.media.type) SetType(type, side);
  }
  TrackMedia(step, payload, flow);
  if (may_log_dns_) [[unlikely]]
    LogDns(step, flow);
  if (side.packets + other.packets <= UdpBehaviourTracker::kPacketBudget) {
    const UdpType type = Behave(step, payload, flow);
    if (type != UdpType::kUnknown) SetBothTypes(type, flow);
  }
}

// A direction that was nothing so far is DNS when one of its packets is, but only while somebody
// wants to know what DNS says (a quirk of 3.3: its log decides the types of flows).
void UdpTracker::LogDns(const UdpDatagramStep& step, Flow& flow) {
  if (!out_->Wants().has(Event::kDnsEntry)) return;
  const bool is_dns =
      replaces_old_ ? LogDnsTruly(step, flow) : dns_.OnDatagram(step, flow.endpoints, flow.number);
  if (!is_dns) return;
  // By form alone, a message of zeros is one.
  if (replaces_old_ && !NameSource::IsOfDns(*step.datagram)) return;
  Side& side = flow.side[At(step.direction)];
  if (options_.profile.dns_log && side.media.type == UdpType::kUnknown) {
    SetType(UdpType::kDns, side);
  }
}

// The type of both directions, or kUnknown: no news.
UdpType UdpTracker::Behave(const UdpDatagramStep& step, const UdpPayload& p, Flow& flow) {
  const uint64_t packets = flow.side[At(step.direction)].packets;
  const uint64_t flow_packets = flow.side[0].packets + flow.side[1].packets;
  const UdpType type = behaviour_.OnPacket(step.direction, flow_packets, p, flow.behaviour);
  if (!options_.profile.quic_ietf) return type;
  // QUIC overrides what comes before it in the chain, but not VOD.
  const bool quic =
      quic_.OnPacket(step.direction, flow_packets, packets, p, quic_states_[step.flow]);
  return quic && type != UdpType::kVod ? UdpType::kQuic : type;
}

void UdpTracker::TrackMedia(const UdpDatagramStep& step, const UdpPayload& p, Flow& flow) {
  Side& side = flow.side[At(step.direction)];
  MediaState& other = flow.side[At(Opposite(step.direction))].media;
  if (options_.profile.rtp_plus) {
    if (!RtpPlusTracker::Concerns(side.media.type)) return;
    media_plus_.OnDatagram(step, p, flow.endpoints, side.media, other);
  } else if (MediaTracker::Concerns(side.media.type)) {
    media_.OnDatagram(step, p, flow.endpoints, side.data_bytes, side.media, other);
  }
}

void UdpTracker::SetBothTypes(UdpType type, Flow& flow) {
  for (Side& side : flow.side) {
    const bool utp_of_bittorrent =
        type == UdpType::kUtp && side.media.type == UdpType::kBitTorrentDht;
    SetType(utp_of_bittorrent ? UdpType::kUtpBitTorrent : type, side);
  }
}

void UdpTracker::SetType(UdpType type, Side& side) {
  // Measurements of RTP_PLUS are kept whatever comes.
  if (!options_.profile.rtp_plus) media_.Release(side.media);
  side.media.type = type;
}

void UdpTracker::InspectSkype(const UdpDatagramStep& step, const UdpPayload& p) {
  if (p.captured() < SkypeUdpTracker::kMinCaptured) return;
  SkypeUdpState& state = skype_states_[step.flow];
  const Datagram& d = *step.datagram;
  const int32_t size = d.ip_payload_length - 8;
  skype_.OnPacket(step.direction, p, size, state);
  const Flow& flow = flows_[step.flow];
  const Side& side = flow.side[At(step.direction)];
  if (SkypeUdpTracker::IsDueEarly(state, side.first, side.packets, d.time)) {
    state.judged_early = true;
    UdpFlow record = MakeRecord(step.flow, step.order);
    record.first = flow.side[0].first;  // whoever sends first is the client
    record.last = record.closed_at = d.time;
    JudgeSkype(step.flow, step.order, &record);
  }
  skype_.AddSamples(step.direction, size, d.time, state);
}

// `record`: the flow as it stands; gets the new types.
void UdpTracker::JudgeSkype(FlowIndex index, OrderKey step_order, UdpFlow* record) {
  Flow& flow = flows_[index];
  SkypeUdpState& state = skype_states_[index];
  const SkypeUdpVerdict verdict = skype_.Judge({{{flow.side[0].media.type, flow.side[0].packets},
                                                 {flow.side[1].media.type, flow.side[1].packets}}},
                                               state);
  for (const Direction d : kBothDirections) {
    Side& side = flow.side[At(d)];
    if (verdict.type[At(d)] != side.media.type) SetType(verdict.type[At(d)], side);
  }
  Export(index, Direction::kClientToServer, &record->client);
  Export(index, Direction::kServerToClient, &record->server);
  if (!verdict.judged) return;
  for (const Direction d : kBothDirections) {
    if (observer_ == nullptr || !verdict.accepted[At(d)]) continue;
    observer_->OnSkypeVerdict(flow.endpoints, d, verdict.skype[At(d)].verdict,
                              flow.side[At(d)].data_bytes);
  }
  if (!verdict.is_skype || !options_.wants.has(Event::kSkypeFlow)) return;
  SkypeFlow found;
  found.udp = std::make_shared<const UdpFlow>(*record);
  found.order = At(step_order, EventPlace::kSkypeFlow);
  found.client = verdict.skype[0];
  found.server = verdict.skype[1];
  out_->OnSkypeFlow(found);
}

// What cannot be told until the end: obfuscated KAD, and Skype that was only guessed.
UdpType UdpTracker::LoggedType(FlowIndex index, Direction sender) const {
  const Flow& flow = flows_[index];
  const UdpType type = flow.side[At(sender)].media.type;
  switch (type) {
    case UdpType::kUnknown:
    case UdpType::kFirstRtp:
    case UdpType::kFirstRtcp:
    case UdpType::kFirstRtpPlus: {
      // By two lengths alone: chance has them, too.
      const bool obfuscated_kad = !replaces_old_ && flow.behaviour.kad.found() &&
                                  flow.endpoints.client.port != kNtpPort &&
                                  flow.endpoints.server.port != kNtpPort;
      if (obfuscated_kad) return UdpType::kObfuscatedKad;
      if (!replaces_old_ || type != UdpType::kFirstRtpPlus) return type;
      // One packet that could be RTP is none.
      return (media_plus_.Protocols(flow.side[At(sender)].media) & media_protocol::kDtls) != 0 &&
                     application_flows_[index].has_dtls
                 ? UdpType::kDtls
                 : UdpType::kUnknown;
    }
    case UdpType::kSkypeE2e:
    case UdpType::kSkypeOut:
      // Only where the statistics say the same.
      return skype_states_[index].verdict[At(sender)] == static_cast<uint8_t>(type)
                 ? type
                 : UdpType::kUnknown;
    default:
      return type;
  }
}

int UdpTracker::Layer7Index(FlowIndex index, Direction sender) const {
  const UdpType type = LoggedType(index, sender);
  if (type != UdpType::kRtpPlus) return UdpLayer7Index(type);
  return UdpLayer7Index(type, media_plus_.Protocols(flows_[index].side[At(sender)].media));
}

void UdpTracker::Export(FlowIndex index, Direction sender, UdpDirection* out) const {
  const Side& side = flows_[index].side[At(sender)];
  out->first = side.first;
  out->last = side.last;
  out->data_bytes = side.data_bytes;
  out->packets = side.packets;
  if (!reported_.empty()) [[unlikely]] {
    const auto reported = reported_.find(index);
    if (reported != reported_.end()) out->packets -= reported->second.packets[At(sender)];
  }
  out->ttl_min = side.ttl_min;
  out->ttl_max = side.ttl_max;
  out->ttl_sum = side.ttl_sum;
  out->type = side.media.type;
  out->logged_type = LoggedType(index, sender);
  out->layer7_index = Layer7Index(index, sender);
}

UdpFlow UdpTracker::MakeRecord(FlowIndex index, OrderKey order) const {
  UdpFlow record;
  record.endpoints = flows_[index].endpoints;
  record.flow_number = flows_[index].number;
  if (options_.profile.reads_every_header) record.tunnel = tunnels_[index];
  record.order = At(order, EventPlace::kFlow);
  Export(index, Direction::kClientToServer, &record.client);
  Export(index, Direction::kServerToClient, &record.server);
  return record;
}

void UdpTracker::Describe(FlowIndex index, UdpFlowMoment* out) const {
  const Flow& flow = flows_[index];
  for (const Direction d : kBothDirections) {
    const Side& from = flow.side[At(d)];
    UdpFlowMoment::Side& to = out->side[At(d)];
    to.packets = from.packets;
    to.payload_bytes = from.data_bytes;
    to.type = LoggedType(index, d);
    UdpBehaviourTracker::Signs signs;
    if (behaviour_.GetSigns(flow.behaviour, d, &signs)) {
      to.may_be_utp = signs.utp;
      to.may_be_sye = signs.sye;
      if (!options_.profile.quic_ietf) to.may_be_quic = signs.quic;
    }
    if (options_.profile.quic_ietf) to.may_be_quic = quic_.is_open(quic_states_[index], d);
  }
}

void UdpTracker::OnClose(const CloseStep& step) {
  if (step.cause == CloseCause::kActiveTimeout) [[unlikely]] {
    ReportPeriod(step);
    return;
  }
  Flow& flow = flows_[step.flow];
  if (step.reported) Report(step);
  if (!reported_.empty()) [[unlikely]]
    reported_.erase(step.flow);
  for (Side& side : flow.side) {
    if (options_.profile.rtp_plus) {
      media_plus_.Release(side.media);
    } else {
      media_.Release(side.media);
    }
  }
  behaviour_.Release(flow.behaviour);
  if (options_.profile.quic_ietf) quic_.Release(quic_states_[step.flow]);
  if (applications_ != nullptr) [[unlikely]] {
    UdpApplicationTracker::Flow& known = application_flows_[step.flow];
    if (known.transactions != UdpApplicationTracker::Flow::kNone) {
      transactions_[known.transactions] = {};
      transactions_.Free(known.transactions);
    }
    applications_->Release(known);
    known = {};
  }
  if (options_.skype_models != nullptr) skype_.Release(skype_states_[step.flow]);
  flow.endpoints.resolution.reset();
  if (extras_ != nullptr && !step.state_kept) [[unlikely]]
    extras_->Begin(step.flow);
}

void UdpTracker::FillInClose(const CloseStep& step, UdpFlow* record) {
  record->first = step.first;
  record->last = step.last;
  record->cause = step.cause;
  record->closed_at = step.now;
  record->predecessor = step.predecessor;
  record->marks = step.marks;
  if (options_.profile.modern_columns) {
    record->community_id = community_ids_.Make(FlowProtocol::kUdp, record->endpoints);
  }
  if (announced_ != nullptr) [[unlikely]]
    record->announced = std::exchange(announced_, nullptr);
  record->client.copies = step.copies[0];
  record->server.copies = step.copies[1];
  if (options_.profile.quic_ietf) record->quic = quic_.Details(quic_states_[step.flow]);
  if (applications_ != nullptr) [[unlikely]] {
    const bool is_last = step.cause != CloseCause::kActiveTimeout;
    applications_->Fill(application_flows_[step.flow], is_last, replaces_old_, record);
    if (record->application == Application::kRtp && HasReportsOnly(step.flow)) {
      record->application = Application::kRtcp;
    }
  }
  if (extras_ != nullptr) [[unlikely]]
    extras_->FillIn(step.flow, record);
}

// In this order: Skype, which may still change the types, then the rows.
void UdpTracker::Report(const CloseStep& step) {
  if (!classifies_) return;
  UdpFlow record = MakeRecord(step.flow, step.order);
  FillInClose(step, &record);
  if (options_.skype_models != nullptr) JudgeSkype(step.flow, step.order, &record);

  std::optional<MediaFlow> media;
  if (IsMedia(record) && (options_.wants.has(Event::kMediaFlow) || observer_ != nullptr)) {
    media.emplace();
    media->udp = std::make_shared<const UdpFlow>(record);
    media->order = At(step.order, EventPlace::kMediaFlow);
    FinishMedia(step.flow, &*media);
  }
  if (observer_ != nullptr && !step.is_outer)
    observer_->OnUdpFlowClosed(record, media ? &*media : nullptr);
  if (options_.wants.has(Event::kUdpFlow)) out_->OnUdpFlow(record);
  if (media && options_.wants.has(Event::kMediaFlow)) out_->OnMediaFlow(*media);
}

// Reports of RTCP, of either side, and no stream of RTP.
bool UdpTracker::HasReportsOnly(FlowIndex index) const {
  if (!options_.profile.rtp_plus) return false;
  const Flow& flow = flows_[index];
  const uint8_t protocols =
      media_plus_.Protocols(flow.side[0].media) | media_plus_.Protocols(flow.side[1].media);
  return (protocols & (media_protocol::kRtp | media_protocol::kRtcp)) == media_protocol::kRtcp;
}

bool UdpTracker::IsMedia(const UdpFlow& record) const {
  const auto is_media = [this](UdpType type) {
    if (options_.profile.rtp_plus) return type == UdpType::kRtpPlus;
    return type == UdpType::kRtp || type == UdpType::kRtcp;
  };
  return is_media(record.client.type) || is_media(record.server.type);
}

void UdpTracker::FinishMedia(FlowIndex index, MediaFlow* media) {
  const Flow& flow = flows_[index];
  for (const Direction d : kBothDirections) {
    const Side& side = flow.side[At(d)];
    MediaDirection* const out = d == Direction::kClientToServer ? &media->client : &media->server;
    if (options_.profile.rtp_plus) {
      media_plus_.Finish(side.media, out);
    } else {
      media_.Finish(flow.endpoints, d, side.media, side.data_bytes, out);
    }
  }
}

void UdpTracker::AddTo(Statistics* statistics) const {
  const MediaCounts& counts =
      options_.profile.rtp_plus ? media_plus_.confirmed() : media_.confirmed();
  statistics->rtp_flows += counts.rtp;
  statistics->rtcp_flows += counts.rtcp;
  if (applications_ != nullptr) statistics->given_up_hellos += applications_->given_up_hellos();
}

size_t UdpTracker::memory_bytes() const {
  return flows_.memory_bytes() + quic_.memory_bytes() + quic_states_.memory_bytes() +
         tunnels_.memory_bytes() + behaviour_.memory_bytes() + media_.memory_bytes() +
         media_plus_.memory_bytes() + skype_states_.memory_bytes() + skype_.memory_bytes() +
         application_flows_.memory_bytes() + transactions_.memory_bytes() +
         (applications_ != nullptr ? applications_->memory_bytes() : 0) +
         (extras_ != nullptr ? extras_->memory_bytes() : 0);
}

}  // namespace tstat::internal
