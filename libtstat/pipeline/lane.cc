// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/lane.h"

#include "flow/memory_plan.h"

namespace tstat::internal {
namespace {

// Kinds of events that layer 7 of TCP has a part in.
constexpr EventMask kOfTcpLayer7 = Event::kTcpFlow | Event::kHttpMessage | Event::kVideoFlow |
                                   Event::kChatFlow | Event::kChatMessage | Event::kTlsHandshake |
                                   Event::kMediaFlow | Event::kSkypeFlow | Event::kFlowPacket;
constexpr EventMask kOfTcp = kOfTcpLayer7 | Event::kTcpPeriodic;
constexpr EventMask kOfUdp = Event::kUdpFlow | Event::kMediaFlow | Event::kSkypeFlow |
                             Event::kUdpPeriodic | Event::kDnsEntry | Event::kFlowPacket;

std::optional<HistogramRecorder> MakePartial(const AnalyzerOptions& options,
                                             const Histograms* histograms, bool is_only) {
  if (histograms == nullptr || is_only) return std::nullopt;
  return std::optional<HistogramRecorder>(std::in_place, *options.histograms, options.profile);
}

std::optional<HistogramObserver> MakeObserver(const AnalyzerOptions& options,
                                              Histograms* histograms, HistogramRecorder* partial,
                                              OrderedFeed* feed) {
  if (histograms == nullptr) return std::nullopt;
  HistogramEngine& engine = histograms->engine;
  return std::optional<HistogramObserver>(std::in_place, options.profile,
                                          partial != nullptr ? partial : &engine.recorder(),
                                          feed != nullptr ? feed : &engine.averages());
}

Observer* ObserverIf(bool is_needed, std::optional<HistogramObserver>& observer) {
  return is_needed && observer.has_value() ? &*observer : nullptr;
}

HistogramNeeds NeedsOf(const Histograms* histograms) {
  return histograms != nullptr ? histograms->needs : HistogramNeeds();
}

// What flows have beside Tstat's measurements.
ExtrasOptions ExtrasOf(const AnalyzerOptions& options) {
  return {.community_id_seed = options.community_id_seed,
          .labels = options.labels,
          .first_packets = options.first_packets,
          .ndpi = options.ndpi};
}

// Of a part of memory that lanes share, in entries of `bytes`; no more than `most`.
size_t ShareOf(uint64_t part, const LanePlace& place, size_t bytes, size_t most) {
  if (part == MemoryPlan::kNoLimit) return most;
  return MemoryPlan::Entries(part / place.split.lanes(), bytes, most);
}

// Each lane has a part of the table.
void AddTable(const TableUse& part, Statistics* statistics) {
  for (TableUse& table : statistics->tables) {
    if (table.name != part.name) continue;
    table.used += part.used;
    table.limit += table.limit == UINT64_MAX ? 0 : part.limit;
    table.evicted += part.evicted;
    return;
  }
  if (part.limit != 0) statistics->tables.push_back(part);
}

// What layer 7 of TCP is asked for: histograms only of what it finds.
EventMask OfLayer7(EventMask wants, const HistogramNeeds& needs) {
  return needs.layer7 ? wants : wants.Without(Event::kHistograms);
}

}  // namespace

Lane::Lane(const AnalyzerOptions& options, EventMask wants, EventSink* out, Histograms* histograms,
           const LanePlace& place)
    : Lane(options, wants, out, histograms, NeedsOf(histograms), place) {}

Lane::Lane(const AnalyzerOptions& options, EventMask wants, EventSink* out, Histograms* histograms,
           const HistogramNeeds& needs, const LanePlace& place)
    : measures_tcp_(wants.Intersects(kOfTcp) || needs.tcp),
      measures_udp_(wants.Intersects(kOfUdp) || needs.udp),
      only_measures_tcp_(measures_tcp_ &&
                         !wants.Intersects(Event::kTcpPeriodic | Event::kFlowPacket)),
      only_measures_udp_(measures_udp_ &&
                         !wants.Intersects(Event::kUdpPeriodic | Event::kFlowPacket)),
      partial_(MakePartial(options, histograms, place.is_only())),
      observer_(MakeObserver(options, histograms, partial(), place.feed)),
      layer7_({options.profile, options.globals, options.strict_privacy, OfLayer7(wants, needs),
               options.bayes ? options.skype_models : nullptr,
               ShareOf(MemoryPlan::Of(options).texts, place, 1, TextBudget::kMost)},
              out, ObserverIf(needs.chat, observer_)),
      tcp_({options.profile, options.globals, wants, ExtrasOf(options)}, out,
           wants.Intersects(kOfTcpLayer7) || needs.layer7 ? &layer7_ : nullptr,
           ObserverIf(needs.tcp, observer_)),
      udp_({options.profile, options.globals, wants, options.stop_at_truncated_reports,
            options.bayes ? options.skype_models : nullptr, ExtrasOf(options),
            ShareOf(MemoryPlan::Of(options).media, place, RtpPlusTracker::kStreamBytes, SIZE_MAX)},
           out, ObserverIf(needs.udp, observer_)),
      open_flows_(place.feed == nullptr ? histograms : nullptr) {
  if (wants.has(Event::kTcpPeriodic)) {
    tcp_periodic_.emplace(options.globals.log_periodic_interval_s, out);
  }
  if (wants.has(Event::kUdpPeriodic)) {
    udp_periodic_.emplace(options.globals.log_periodic_interval_s, out);
  }
  if (wants.has(Event::kFlowPacket)) packets_.emplace(out, place.split, place.number);
}

void Lane::MeasureAndReport(const TcpSegmentStep& step) {
  if (tcp_periodic_) tcp_periodic_->BeforeSegment(step, tcp_.measured(step.flow));
  const bool is_wanted = packets_ && packets_->is_wanted();
  tcp_.KeepVerdicts(is_wanted ? packets_->BeforeSegment(step, tcp_.measured(step.flow)) : nullptr);
  tcp_.OnSegment(step);
  if (tcp_periodic_) tcp_periodic_->AfterSegment(step, tcp_.measured(step.flow));
  if (is_wanted) packets_->OnTcpSegment(step, tcp_.measured(step.flow));
}

void Lane::MeasureAndReport(const UdpDatagramStep& step) {
  const bool is_outer = step.datagram->tunnel.is_outer;
  if (udp_periodic_ && !is_outer) udp_periodic_->OnDatagram(step);
  udp_.OnDatagram(step);
  if (packets_ && !is_outer && packets_->is_wanted()) packets_->OnUdpDatagram(step, udp_);
}

void Lane::OnTcpClose(const CloseStep& step) {
  open_flows_.OnTcpClose(step);
  if (!measures_tcp_) return;
  // Its periods go on as the flow does.
  if (tcp_periodic_ && step.cause != CloseCause::kActiveTimeout) {
    tcp_periodic_->OnClose(step, tcp_.measured(step.flow));
  }
  tcp_.OnClose(step);
}

void Lane::OnUdpClose(const CloseStep& step) {
  const bool goes_on = step.cause == CloseCause::kActiveTimeout || step.is_outer;
  open_flows_.OnUdpClose(step);
  if (!measures_udp_) return;
  if (udp_periodic_ && !goes_on) udp_periodic_->OnClose(step);
  udp_.OnClose(step);
}

void Lane::AddTo(Statistics* statistics) const {
  udp_.AddTo(statistics);
  statistics->tunneled_rtp_flows += layer7_.tunneled_rtp_flows();
  statistics->forgotten_ranges += tcp_.forgotten_ranges();
  const StreamCounters streams = layer7_.stream_counters();
  statistics->differing_stream_bytes += streams.differing_bytes;
  statistics->missing_stream_bytes += streams.missing_bytes;
  const TextBudget texts = layer7_.texts();
  AddTable({.name = "http_text_bytes", .used = texts.used, .limit = texts.most}, statistics);
  AddTable(udp_.media_use(), statistics);
}

size_t Lane::memory_bytes() const {
  return layer7_.memory_bytes() + tcp_.memory_bytes() + udp_.memory_bytes() +
         (packets_ ? packets_->memory_bytes() : 0);
}

}  // namespace tstat::internal
