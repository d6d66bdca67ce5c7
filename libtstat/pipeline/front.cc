// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/front.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include "decode/icmp_quote.h"
#include "decode/ipv6_headers.h"
#include "flow/clock_step.h"
#include "pipeline/flow_packets.h"

namespace tstat::internal {
namespace {

DecoderOptions MakeDecoderOptions(const AnalyzerOptions& options) {
  DecoderOptions d;
  d.ipv6_fragment_header_bytes = options.profile.ipv6_fragment_header_bytes;
  d.repeats_previous_packet = options.profile.repeats_previous_packet;
  d.reads_every_header = options.profile.reads_every_header;
  d.opens_tunnels = options.tunnels != TunnelFlows::kOuter;
  d.vlan_in_flow_key = options.vlan_in_flow_key;
  d.tunnel_in_flow_key = options.tunnel_in_flow_key;
  d.macs.internal = options.internal_macs;
  d.macs.enabled = options.use_macs;
  return d;
}

void PrefetchBytes(const Packet& packet) {
  // Numbers: a packet may have no bytes, and an address then is none to be counted from.
  const auto begin = reinterpret_cast<uintptr_t>(packet.data.data());
  __builtin_prefetch(reinterpret_cast<const void*>(begin));
  __builtin_prefetch(reinterpret_cast<const void*>(begin + 64));
}

// Answers, and the names of flows in their records.
constexpr EventMask kWithNames = EventMask::All().Without(Event::kHistograms | Event::kTcpPeriodic |
                                                          Event::kUdpPeriodic | Event::kDnsEntry);

std::unique_ptr<CachedNames> MakeNames(const AnalyzerOptions& options, EventMask wants,
                                       EventSink* out) {
  if (!options.dns || !options.udp || !wants.Intersects(kWithNames)) return nullptr;
  return std::make_unique<CachedNames>(options, out);
}

std::unique_ptr<SipCalls> MakeCalls(const AnalyzerOptions& options, EventMask wants) {
  const CompatProfile& profile = options.profile;
  const bool asked = profile.modern_layer7 && profile.modern_columns && options.udp &&
                     wants.Intersects(Event::kUdpFlow | Event::kMediaFlow);
  if (!asked) return nullptr;
  return std::make_unique<SipCalls>(MemoryPlan::Of(options).calls);
}

PacketObserver* MakePackets(Histograms* histograms) {
  return histograms != nullptr && histograms->needs.packets ? &histograms->packets : nullptr;
}

// Those of a flow come last, in the same order.
constexpr PacketResult ToPacketResult(FlowResult result) {
  return static_cast<PacketResult>(static_cast<int>(PacketResult::kShort) +
                                   static_cast<int>(result));
}
static_assert(ToPacketResult(FlowResult::kShort) == PacketResult::kShort &&
              ToPacketResult(FlowResult::kNotAnalysed) == PacketResult::kNotAnalysed &&
              ToPacketResult(FlowResult::kTrash) == PacketResult::kNoFlow &&
              ToPacketResult(FlowResult::kDuplicate) == PacketResult::kDuplicate &&
              ToPacketResult(FlowResult::kCounted) == PacketResult::kCounted);

}  // namespace

// Of the part of memory for names three fifths are for addresses of IPv4; a fifth each for those of
// IPv6, and questions.
DnsCacheOptions CachedNames::CacheOptions(const AnalyzerOptions& options,
                                          const EndpointClassifier* classifier) {
  constexpr size_t kV4Bytes = 1024, kV6Bytes = 2048, kQuestionBytes = 128;
  const Globals& globals = options.globals;
  const uint64_t part = MemoryPlan::Of(options).names;
  const auto entries = [part](uint32_t fifths, size_t bytes, size_t most) {
    return MemoryPlan::Entries(part / 5 * fifths, bytes, most);
  };
  return {.v4_entries = static_cast<uint32_t>(entries(3, kV4Bytes, globals.dns_cache_size)),
          .v6_entries = static_cast<uint32_t>(entries(1, kV6Bytes, globals.dns_cache_size_ipv6)),
          .unasked = options.profile.dns_unasked,
          .all_names = AllNames(options.profile),
          .classifier = classifier,
          .questions = entries(1, kQuestionBytes, DnsQuestions::kMaxQuestions),
          .on_full = options.on_dns_cache_full};
}

Front::Front(const AnalyzerOptions& options, EventMask wants, const FrontOutputs& outputs)
    : options_(options),
      outputs_(outputs),
      decoder_(MakeDecoderOptions(options)),
      classifier_(options),
      names_(MakeNames(options, wants, outputs.events)),
      calls_(MakeCalls(options, wants)),
      table_(options, names_.get(), outputs.lanes, outputs.split),
      intervals_(options.globals),
      clock_step_ns_(options.profile.clock_step_ms != 0
                         ? options.profile.clock_step_ms * int64_t{1'000'000}
                         : kClockStepNs),
      has_filter_(!options.packet_filter.empty()),
      packets_(MakePackets(outputs.histograms)),
      tells_packets_(wants.has(Event::kFlowPacket)),
      only_flows_(packets_ == nullptr && !tells_packets_),
      // The mask is applied by the real addresses' flags; histograms count by them, too.
      flags_per_packet_(options.address_mask != 0 || wants.has(Event::kHistograms)),
      reads_every_header_(options.profile.reads_every_header),
      goes_as_tstat_(!reads_every_header_ && !table_.follows_connections() &&
                     !options.profile.true_retransmissions),
      fetches_attached_(outputs.inline_lane != nullptr && outputs.inline_lane->measures_tcp() &&
                        options.flow_filter == nullptr),
      may_take_in_lanes_(outputs.threads != nullptr && goes_as_tstat_ && only_flows_ &&
                         !flags_per_packet_ && outputs.split.lanes() > 1),
      shards_(may_take_in_lanes_ ? outputs.split.lanes() : 0),
      fragments_(MemoryPlan::Of(options).fragments) {
  table_.SetCalls(calls_.get());
  if (!reads_every_header_ || options.tunnels == TunnelFlows::kOuter) {
    table_.TellOfUdpFlows([this](const Datagram& d) { unread_.OnUdpFlow(d); });
  }
  for (const bool is_v6 : {false, true}) {
    const bool wanted = !is_v6 || options_.ipv6;
    analysed_[static_cast<size_t>(Transport::kTcp)][is_v6] = wanted;
    analysed_[static_cast<size_t>(Transport::kUdp)][is_v6] = wanted && options_.udp;
  }
}

void Front::BeginTrace(const TraceContext& context) {
  context_ = context;
  in_trace_ = true;
  trace_has_packets_ = false;
  previous_time_ = Timestamp::EarliestOfPacket();
}

// What a packet will touch: the lines of its flow, whose cell has arrived.
template <bool kAsTstat>
[[gnu::always_inline]] inline void Front::PrefetchFlow(DecodedPacket* decoded) const {
  decoded->flow = FlowTable::kNoFlow;
  if (!decoded->analysed) return;
  decoded->flow = kAsTstat ? table_.PrefetchBy<false>(decoded->datagram, decoded->hash)
                           : table_.Prefetch(decoded->datagram, decoded->hash);
}

// The same of what these lines point to, when they have arrived.
template <bool kAsTstat>
[[gnu::always_inline]] inline void Front::PrefetchAttached(const DecodedPacket& decoded) const {
  if (packets_ != nullptr && decoded.result == DecodeResult::kIp) {
    packets_->PrefetchAttached(decoded.datagram);
  }
  if (!fetches_attached_ || decoded.flow == FlowTable::kNoFlow) return;
  if (decoded.datagram.transport != Transport::kTcp) {
    if constexpr (!kAsTstat) outputs_.inline_lane->PrefetchApplication(decoded.flow);
    return;
  }
  outputs_.inline_lane->PrefetchTcpAttached<kAsTstat>(
      decoded.flow, table_.GuessSender(decoded.datagram, decoded.flow));
}

// A processor waits when it is to fetch many lines at once: so a batch begins with the first few
// packets, and each packet fetches for one further behind.
template <bool kAsTstat>
[[gnu::always_inline]] inline void Front::BeginPrefetch(std::span<DecodedPacket> batch) const {
  for (DecodedPacket& decoded : batch.first(std::min(kFlowsAhead, batch.size()))) {
    PrefetchFlow<kAsTstat>(&decoded);
  }
  for (DecodedPacket& decoded : batch.first(std::min(kAttachedAhead, batch.size()))) {
    PrefetchAttached<kAsTstat>(decoded);
  }
}

template <bool kAsTstat>
[[gnu::always_inline]] inline void Front::PrefetchAhead(std::span<DecodedPacket> batch,
                                                        size_t i) const {
  if (i + kFlowsAhead < batch.size()) PrefetchFlow<kAsTstat>(&batch[i + kFlowsAhead]);
  if (i + kAttachedAhead < batch.size()) PrefetchAttached<kAsTstat>(batch[i + kAttachedAhead]);
  if constexpr (!kAsTstat) {
    if (i + kStreamAhead < batch.size()) PrefetchStream(batch[i + kStreamAhead]);
  }
}

void Front::PrefetchStream(const DecodedPacket& decoded) const {
  constexpr int32_t kNoPayload = 20;
  const Datagram& d = decoded.datagram;
  if (!fetches_attached_ || decoded.flow == FlowTable::kNoFlow || d.transport != Transport::kTcp ||
      d.ip_payload_length <= kNoPayload) {
    return;
  }
  outputs_.inline_lane->PrefetchStream(decoded.flow, table_.GuessSender(d, decoded.flow));
}

template <bool kAsTstat, bool kAhead>
[[gnu::always_inline]] inline void Front::Decode(const Packet& packet, DecodedPacket* out) {
  Datagram& d = out->datagram;
  out->analysed = false;
  if (has_filter_) [[unlikely]] {
    out->filtered = !PassesFilter(packet);
    if (out->filtered) {
      out->result = DecodeResult::kDropped;
      return;
    }
  }
  if constexpr (kAsTstat) {
    out->result = decoder_.DecodeAsTstat(packet, &d);
  } else {
    out->result = decoder_.Decode(packet, &d);
    out->outer_end = static_cast<uint32_t>(decoder_.outer().size());
  }
  if (out->result != DecodeResult::kIp) return;
  if (flags_per_packet_) {
    out->flags = classifier_.Classify(d);
    if (options_.address_mask != 0) MaskAddresses(out->flags, &d);
    if (!kAhead && packets_ != nullptr) packets_->Prefetch(d, out->flags);
  }
  out->analysed = analysed_[static_cast<size_t>(d.transport)][d.is_v6];
  if (!out->analysed) return;
  if constexpr (kAhead) {
    out->hash = table_.HashOf<kAsTstat>(d);
    if constexpr (!kAsTstat) out->has_mark = table_.MakeMark(d, out->hash, &out->mark);
    return;
  }
  out->hash = table_.Prepare<kAsTstat>(d);
  if constexpr (!kAsTstat) {
    table_.PrefetchClosed(d, out->hash);
    out->has_mark = table_.MakeMark(d, out->hash, &out->mark);
    if (out->has_mark) table_.PrefetchMark(out->mark);
  }
}

// An expression is compiled for each link type when its first packet comes. With one that cannot be
// compiled no packet passes.
bool Front::PassesFilter(const Packet& packet) {
  auto known = filters_.find(packet.link_type);
  if (known == filters_.end()) {
    if (!filter_status_.ok()) return false;
    absl::StatusOr<PacketFilter> filter =
        PacketFilter::Compile(options_.packet_filter, packet.link_type);
    if (!filter.ok()) {
      filter_status_ = filter.status();
      return false;
    }
    known = filters_.emplace(packet.link_type, *std::move(filter)).first;
  }
  return known->second.Matches(packet);
}

// -A: internal IPv4 addresses are masked before anything else sees them.
void Front::MaskAddresses(const PacketFlags& flags, Datagram* out) const {
  Datagram& d = *out;
  if (d.is_v6) return;
  if (flags.source_internal) d.source = IpAddress::V4(d.source.v4() ^ options_.address_mask);
  if (flags.destination_internal) {
    d.destination = IpAddress::V4(d.destination.v4() ^ options_.address_mask);
  }
}

// A fragment of TCP or UDP is told as one.
void Front::OnOtherProtocol(const Datagram& d) {
  if (d.transport != Transport::kOther) return;  // it was switched off
  if (table_.follows_connections()) {
    if (std::optional<Datagram> quoted = QuotedDatagram(d)) {
      if (options_.address_mask != 0) MaskAddresses(classifier_.Classify(*quoted), &*quoted);
      quoted->time = d.time;
      table_.NoteIcmpError(*quoted);
    }
  }
  if (d.ip_protocol != ip_protocol::kTcp && d.ip_protocol != ip_protocol::kUdp) {
    unread_.OnProtocol(d);
  }
}

template <bool kAsTstat>
[[gnu::always_inline]] inline FlowResult Front::Process(const DecodedPacket& decoded) {
  const PacketFlags* const flags = flags_per_packet_ ? &decoded.flags : nullptr;
  return kAsTstat ? table_.ProcessBy<false>(decoded.datagram, decoded.hash, decoded.flow, flags)
                  : table_.Process(decoded.datagram, decoded.hash, decoded.flow, flags,
                                   decoded.has_mark ? &decoded.mark : nullptr);
}

template <bool kAsTstat>
[[gnu::always_inline]] inline FlowResult Front::TakeWithHistograms(const DecodedPacket& decoded) {
  HistogramEngine& engine = outputs_.histograms->engine;
  const Timestamp now = decoded.datagram.time;
  if (packets_->IsBlockDue(now)) [[unlikely]] {
    outputs_.control->Settle();
    engine.EmitInternalAddresses(now, intervals_.index(), table_.NextOrder());
  }
  packets_->BeforeFlow(decoded.datagram, decoded.flags);
  FlowResult result = FlowResult::kNotAnalysed;
  if (decoded.analysed) {
    result = Process<kAsTstat>(decoded);
    if (table_.began_flow()) {
      const int kind = decoded.datagram.transport == Transport::kTcp ? 0 : 1;
      engine.recorder().Add(HistogramFamily::kL4FlowNumber, kind);
    }
  }
  packets_->AfterFlow(decoded.datagram, decoded.flags, result);
  return result;
}

// A lane tells of the packets that it measures, this of all others.
template <bool kAsTstat>
FlowResult Front::TakeAndTell(const DecodedPacket& decoded) {
  FlowResult result = FlowResult::kNotAnalysed;
  if (packets_ != nullptr) {
    result = TakeWithHistograms<kAsTstat>(decoded);
  } else if (decoded.analysed) {
    result = Process<kAsTstat>(decoded);
  }
  const bool told = decoded.analysed && table_.handed_on();
  if (!told && outputs_.events->Wants().has(Event::kFlowPacket)) {
    FlowPacket packet = MakeFlowPacket(decoded.datagram);
    packet.order = At(table_.NextOrder(), EventPlace::kFlowPacket);
    packet.result = ToPacketResult(result);
    outputs_.events->OnFlowPacket(packet);
  }
  return result;
}

// The datagrams of tunnels around a packet. They make rows and nothing else: what is inside is
// counted.
void Front::TakeOuter(uint32_t end) {
  for (; outer_taken_ < end; ++outer_taken_) {
    if (options_.tunnels != TunnelFlows::kBoth) continue;
    Datagram outer = outer_[outer_taken_];
    if (!analysed_[static_cast<size_t>(outer.transport)][outer.is_v6]) continue;
    const PacketFlags flags = classifier_.Classify(outer);
    if (options_.address_mask != 0) MaskAddresses(flags, &outer);
    table_.ProcessOuter(outer, flags);
  }
}

// One packet, in its turn.
template <bool kAsTstat>
[[gnu::always_inline]] inline PacketResult Front::Take(const Packet& packet,
                                                       const DecodedPacket& decoded) {
  if (has_filter_ && decoded.filtered) [[unlikely]]
    return PacketResult::kFiltered;
  table_.BeginPacket(++packet_number_);
  if (packet.time.nanoseconds() <= previous_time_.nanoseconds() - clock_step_ns_) [[unlikely]] {
    OnClockStep(packet.time);
  }
  end_time_ = previous_time_ = packet.time;
  if (decoded.result == DecodeResult::kDropped) [[unlikely]] {
    unread_.OnFrame(packet);
    return PacketResult::kDropped;
  }
  if (!trace_has_packets_) BeginOutput(packet.time);
  if (decoded.result == DecodeResult::kDelivered) [[unlikely]] {
    unread_.OnFrame(packet);
    return PacketResult::kDropped;
  }

  if (ip_packets_++ == 0) {
    first_packet_ = packet.time;
    intervals_.Start(packet.time);
    table_.StartClock(packet.time);
    if (outputs_.histograms != nullptr) outputs_.histograms->engine.Start(packet.time);
  }
  last_packet_ = packet.time;
  // Of a kShort packet nothing is known: the Datagram is that of an earlier one.
  PacketResult result = PacketResult::kShort;
  if (decoded.result != DecodeResult::kShort) {
    FlowResult of_flow = FlowResult::kNotAnalysed;
    if (!only_flows_) {
      of_flow =
          tells_packets_ ? TakeAndTell<kAsTstat>(decoded) : TakeWithHistograms<kAsTstat>(decoded);
      if (!decoded.analysed) [[unlikely]]
        OnOtherProtocol(decoded.datagram);
    } else if (decoded.analysed) [[likely]] {
      of_flow = Process<kAsTstat>(decoded);
    } else {
      OnOtherProtocol(decoded.datagram);
    }
    result = ToPacketResult(of_flow);
  }
  if (intervals_.IsOver(packet.time)) [[unlikely]] {
    const bool moves_time =
        result == PacketResult::kCounted || options_.profile.step_on_every_ip_packet;
    if (moves_time && options_.intervals) OnIntervalOver(packet.time);
  }
  return result;
}

// A segment in fragments waits for its last one and is taken with it.
PacketResult Front::TakeWithParts(const Packet& packet, DecodedPacket* decoded) {
  using Verdict = FragmentTable::Verdict;
  const bool is_ip = decoded->result == DecodeResult::kIp;
  Verdict verdict = Verdict::kAsItIs;
  if (is_ip && FragmentTable::IsFragment(decoded->datagram)) {
    verdict = fragments_.Take(&decoded->datagram, decoded->flags);
    decoded->has_mark = false;
    if (verdict == Verdict::kHeld) decoded->analysed = false;
  }
  PacketResult result = Take<false>(packet, *decoded);
  if (is_ip) TakeOuter(decoded->outer_end);
  if (verdict == Verdict::kCompletes) {
    const Datagram& whole = fragments_.segment();
    if (!analysed_[static_cast<size_t>(Transport::kTcp)][whole.is_v6]) return result;
    result = ToPacketResult(table_.Process(whole, table_.Prepare(whole), FlowTable::kNoFlow,
                                           flags_per_packet_ ? &fragments_.flags() : nullptr));
  }
  return result;
}

PacketResult Front::ProcessBatch(std::span<const Packet> packets,
                                 std::span<const uint8_t> upcoming) {
  assert(in_trace_ && !packets.empty());
  PacketResult last = PacketResult::kFiltered;
  while (!packets.empty()) {
    const size_t n = std::min(packets.size(), kBatch);
    last = goes_as_tstat_ ? ProcessSome<true>(packets.first(n), upcoming)
                          : ProcessSome<false>(packets.first(n), upcoming);
    packets = packets.subspan(n);
    upcoming = {};
  }
  return last;
}

template <bool kAsTstat>
PacketResult Front::ProcessSome(std::span<const Packet> packets,
                                std::span<const uint8_t> upcoming) {
  for (const Packet& packet : packets) PrefetchBytes(packet);
  if constexpr (!kAsTstat) {
    decoder_.ForgetOuter();
    outer_taken_ = 0;
  }
  for (size_t i = 0; i < packets.size(); ++i) Decode<kAsTstat>(packets[i], &decoded_[i]);
  if constexpr (!kAsTstat) outer_ = decoder_.outer();
  const std::span<DecodedPacket> decoded = std::span(decoded_).first(packets.size());
  BeginPrefetch<kAsTstat>(decoded);
  // A processor waits when it is to fetch many lines at once; so each packet fetches its share.
  const size_t share = (upcoming.size() / packets.size() + 63) & ~size_t{63};
  const uint8_t* fetched = upcoming.data();
  PacketResult last = PacketResult::kFiltered;
  for (size_t i = 0; i < packets.size(); ++i) {
    for (size_t at = 0; at < share; at += 4 * 64) {
      for (size_t line = 0; line < 4; ++line) {
        __builtin_prefetch(fetched + at + 64 * line, 0, 2);
      }
    }
    fetched += share;
    PrefetchAhead<kAsTstat>(decoded, i);
    if constexpr (kAsTstat) {
      last = Take<true>(packets[i], decoded_[i]);
    } else {
      last = reads_every_header_ ? TakeWithParts(packets[i], &decoded_[i])
                                 : Take<false>(packets[i], decoded_[i]);
    }
  }
  return last;
}

void Front::DecodeAhead(PacketBlock* block) {
  if (goes_as_tstat_) {
    DecodeAllAhead<true>(block);
  } else {
    DecodeAllAhead<false>(block);
  }
}

template <bool kAsTstat>
void Front::DecodeAllAhead(PacketBlock* block) {
  const std::span<const Packet> packets = block->packets();
  block->decoded.resize(packets.size());
  if constexpr (!kAsTstat) decoder_.ForgetOuter();
  constexpr size_t kBytesAhead = 16;  // packets
  for (size_t i = 0; i < packets.size(); ++i) {
    if (i + kBytesAhead < packets.size()) PrefetchBytes(packets[i + kBytesAhead]);
    DecodedPacket& decoded = block->decoded[i];
    Decode<kAsTstat, /*kAhead=*/true>(packets[i], &decoded);
    if (decoded.result == DecodeResult::kIp) block->Own(packets[i], &decoded.datagram);
  }
  if constexpr (!kAsTstat) {
    block->outer.assign(decoder_.outer().begin(), decoder_.outer().end());
  }
  if (may_take_in_lanes_) SortByLane(block);
}

void Front::TakeBlock(PacketBlock* block) {
  if (goes_as_tstat_) {
    TakeAll<true>(block);
  } else {
    TakeAll<false>(block);
  }
}

template <bool kAsTstat>
void Front::TakeAll(PacketBlock* block) {
  assert(in_trace_);
  const std::span<const Packet> packets = block->packets();
  const std::span<DecodedPacket> decoded = block->decoded;
  outer_ = block->outer;
  outer_taken_ = 0;
  const auto prefetch_cells = [&](size_t begin) {
    for (size_t i = begin; i < std::min(begin + kBatch, packets.size()); ++i) {
      if (!decoded[i].analysed) continue;
      table_.PrefetchCell(decoded[i].datagram, decoded[i].hash);
      if constexpr (!kAsTstat) {
        table_.PrefetchClosed(decoded[i].datagram, decoded[i].hash);
        if (decoded[i].has_mark) table_.PrefetchMark(decoded[i].mark);
      }
      if (packets_ != nullptr) packets_->Prefetch(decoded[i].datagram, decoded[i].flags);
    }
  };
  prefetch_cells(0);
  for (size_t begin = 0; begin < packets.size(); begin += kBatch) {
    prefetch_cells(begin + kBatch);
    const size_t end = std::min(begin + kBatch, packets.size());
    const std::span<DecodedPacket> some = decoded.subspan(begin, end - begin);
    BeginPrefetch<kAsTstat>(some);
    for (size_t i = begin; i < end; ++i) {
      PrefetchAhead<kAsTstat>(some, i - begin);
      if constexpr (kAsTstat) {
        Take<true>(packets[i], decoded[i]);
      } else if (reads_every_header_) {
        TakeWithParts(packets[i], &decoded[i]);
      } else {
        Take<false>(packets[i], decoded[i]);
      }
    }
  }
}

// From previous_time_ back to `now`.
void Front::OnClockStep(Timestamp now) {
  ++clock_steps_back_;
  longest_step_back_us_ = std::max(longest_step_back_us_, ElapsedMicroseconds(now, previous_time_));
  if (!options_.follow_clock_back || ip_packets_ == 0) return;
  const int64_t by_ns = now.nanoseconds() - previous_time_.nanoseconds();
  intervals_.Shift(by_ns);
  table_.OnClockStep(previous_time_, now);
  advanced_to_ = Timestamp::EarliestOfPacket();
  if (outputs_.histograms == nullptr) return;
  outputs_.control->Settle();
  outputs_.histograms->engine.OnClockStep(by_ns);
}

}  // namespace tstat::internal
