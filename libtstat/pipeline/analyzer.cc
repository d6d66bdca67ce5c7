// SPDX-License-Identifier: BSD-3-Clause
//
// The pipeline of one analysis on one thread: decode a batch, fetch what it will touch, then take
// its packets in order.
#include "tstat/analyzer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "decode/decoder.h"
#include "flow/clock_step.h"
#include "flow/endpoint_classifier.h"
#include "flow/flow_table.h"
#include "flow/name_source.h"
#include "histogram/engine.h"
#include "histogram/observer.h"
#include "histogram/packet_observer.h"
#include "l7/tcp/layer7.h"
#include "names/dns_cache.h"
#include "pipeline/event_fan_out.h"
#include "tcp/tcp_periodic.h"
#include "tcp/tcp_tracker.h"
#include "udp/udp_periodic.h"
#include "udp/udp_tracker.h"

namespace tstat::inline v1 {
using namespace internal;
namespace {

DecoderOptions MakeDecoderOptions(const AnalyzerOptions& options) {
  DecoderOptions d;
  d.ipv6_fragment_header_bytes = options.profile.ipv6_fragment_header_bytes;
  d.macs.internal = options.internal_macs;
  d.macs.enabled = options.use_macs;
  return d;
}

// The DNS cache, fed and asked by the flow table.
class CachedNames : public NameSource {
 public:
  CachedNames(const AnalyzerOptions& options, EventSink* out)
      : cache_({.v4_entries = options.globals.dns_cache_size,
                .v6_entries = options.globals.dns_cache_size_ipv6,
                .unasked = options.profile.dns_unasked},
               out) {}
  void OnDnsDatagram(const Datagram& d, Timestamp request_time, Timestamp response_time) override {
    cache_.OnDatagram(d, request_time, response_time);
  }
  std::shared_ptr<const DnsResolution> Lookup(const IpAddress& client,
                                              const IpAddress& server) override {
    return cache_.Lookup(client, server);
  }
  uint64_t unasked() const { return cache_.unasked(); }

 private:
  DnsCache cache_;
};

// The histogram engine with all that feeds it; exists only when a sink wants histograms.
struct Histograms {
  Histograms(const AnalyzerOptions& options, EventSink* out)
      : engine(options, out),
        packets(&engine),
        flows(options.profile, &engine.recorder(), &engine.averages()) {}

  HistogramEngine engine;
  PacketObserver packets;
  HistogramObserver flows;
};

// The trackers, called inline.
class Trackers final : public StepSink {
 public:
  Trackers(const AnalyzerOptions& options, EventMask wants, EventSink* out, Histograms* histograms)
      : layer7_({options.profile, options.globals, options.strict_privacy, wants,
                 options.bayes ? options.skype_models : nullptr},
                out, ObserverOf(histograms)),
        tcp_({options.profile, options.globals, wants}, out, &layer7_, ObserverOf(histograms)),
        udp_({options.profile, options.globals, wants, options.stop_at_truncated_reports,
              options.bayes ? options.skype_models : nullptr},
             out, ObserverOf(histograms)),
        histograms_(histograms) {
    if (wants.has(Event::kTcpPeriodic)) {
      tcp_periodic_.emplace(options.globals.log_periodic_interval_s, out);
    }
    if (wants.has(Event::kUdpPeriodic)) {
      udp_periodic_.emplace(options.globals.log_periodic_interval_s, out);
    }
  }

  void OnTcpOpen(const OpenStep& step) override {
    if (histograms_ != nullptr) histograms_->engine.averages().OnOpenTcp(+1, step.time);
    if (tcp_periodic_) tcp_periodic_->OnOpen(step);
    tcp_.OnOpen(step);
  }
  void OnTcpSegment(const TcpSegmentStep& step) override {
    if (!tcp_periodic_) [[likely]] {
      tcp_.OnSegment(step);
      return;
    }
    tcp_periodic_->BeforeSegment(step, tcp_.measured(step.flow));
    tcp_.OnSegment(step);
    tcp_periodic_->AfterSegment(step, tcp_.measured(step.flow));
  }
  void OnTcpClose(const CloseStep& step) override {
    // Flows still open at the end stay in the average of the next trace (a quirk of the format).
    if (histograms_ != nullptr && step.cause != CloseCause::kEndOfTrace &&
        step.cause != CloseCause::kExpiredAtEnd) {
      histograms_->engine.averages().OnOpenTcp(-1, step.now);
    }
    if (tcp_periodic_) tcp_periodic_->OnClose(step, tcp_.measured(step.flow));
    tcp_.OnClose(step);
  }
  void OnUdpOpen(const OpenStep& step) override {
    if (histograms_ != nullptr) histograms_->engine.averages().OnOpenUdp(+1, step.time);
    if (udp_periodic_) udp_periodic_->OnOpen(step);
    udp_.OnOpen(step);
  }
  void OnUdpDatagram(const UdpDatagramStep& step) override {
    if (udp_periodic_) udp_periodic_->OnDatagram(step);
    udp_.OnDatagram(step);
  }
  void OnUdpClose(const CloseStep& step) override {
    if (histograms_ != nullptr) histograms_->engine.averages().OnOpenUdp(-1, step.now);
    if (udp_periodic_) udp_periodic_->OnClose(step);
    udp_.OnClose(step);
  }
  // Packets of both protocols come in a random order: as many lines of either, without a branch.
  void Prefetch(bool is_tcp, FlowIndex flow) final {
    static_assert(TcpTracker::kStateBytes >= UdpTracker::kStateBytes);
    const char* state = is_tcp ? tcp_.StateForPrefetch(flow) : udp_.StateForPrefetch(flow);
    const size_t last = (is_tcp ? TcpTracker::kStateBytes : UdpTracker::kStateBytes) - 1;
    for (size_t at = 0; at < TcpTracker::kStateBytes; at += 64) {
      __builtin_prefetch(state + std::min(at, last), 1);
    }
    __builtin_prefetch(state + last, 1);
  }
  void AddTo(Statistics* statistics) const {
    udp_.AddTo(statistics);
    statistics->tunneled_rtp_flows += layer7_.tunneled_rtp_flows();
    statistics->forgotten_ranges += tcp_.forgotten_ranges();
  }
  void PrefetchTcpClose(FlowIndex flow) override { tcp_.PrefetchForClose(flow); }
  void PrefetchTcpAttached(FlowIndex flow, Direction sender) const {
    tcp_.PrefetchAttached(flow, sender);
  }

 private:
  static Observer* ObserverOf(Histograms* histograms) {
    return histograms != nullptr ? &histograms->flows : nullptr;
  }

  TcpLayer7Engine layer7_;
  TcpTracker tcp_;
  UdpTracker udp_;
  std::optional<TcpPeriodicReporter> tcp_periodic_;  // [3.3]
  std::optional<UdpPeriodicReporter> udp_periodic_;  // [3.3]
  Histograms* histograms_;
};

}  // namespace

class Analyzer::Impl {
 public:
  explicit Impl(AnalyzerOptions options)
      : options_(std::move(options)),
        decoder_(MakeDecoderOptions(options_)),
        classifier_(options_) {
    for (const bool is_v6 : {false, true}) {
      const bool wanted = !is_v6 || options_.ipv6;
      analysed_[static_cast<size_t>(Transport::kTcp)][is_v6] = wanted;
      analysed_[static_cast<size_t>(Transport::kUdp)][is_v6] = wanted && options_.udp;
    }
  }

  void AddSink(EventSink* sink) { sinks_.Add(sink); }

  void BeginTrace(const TraceContext& context) {
    if (table_ == nullptr) Start();
    context_ = context;
    in_trace_ = true;
    trace_has_packets_ = false;
    previous_time_ = Timestamp::EarliestOfPacket();
  }

  // `upcoming`: what comes next and should be fetched meanwhile.
  void ProcessBatch(std::span<const Packet> packets, std::span<const uint8_t> upcoming) {
    if (packets.empty()) return;
    if (!in_trace_) BeginTrace({});
    while (!packets.empty()) {
      const size_t n = std::min(packets.size(), kBatch);
      ProcessSome(packets.first(n), upcoming);
      packets = packets.subspan(n);
      upcoming = {};
    }
  }

  void EndTrace() {
    if (!std::exchange(in_trace_, false)) return;
    const bool goes_on = options_.concatenate && !context_.is_last;
    if (!(options_.concatenate ? output_open_ : trace_has_packets_)) return;
    if (goes_on) {
      // Two steps, the second of them empty, divide the traces.
      if (options_.intervals) {
        EndInterval(end_time_, HistogramEngine::After::kSameMoment);
        EndInterval(end_time_, HistogramEngine::After::kNewInterval);
        StartInterval(end_time_);
      }
      return;
    }
    table_->Flush(end_time_, packet_number_, /*keep=*/!context_.is_last);
    if (histograms_ != nullptr) {
      SetRefused();
      histograms_->engine.EndTrace(interval_start_, end_time_, interval_);
    }
    sinks_.OnTraceEnd(end_time_);
    interval_ = 0;
    output_open_ = false;
  }

  void AddSkipped(const SkippedPackets& skipped) { skipped_ += skipped; }

  bool trace_has_packets() const { return trace_has_packets_; }
  absl::Status sink_status() const { return sinks_.status(); }

  Statistics statistics() const {
    Statistics s;
    s.ip_packets = ip_packets_;
    s.first_packet = first_packet_;
    s.last_packet = last_packet_;
    s.clock_steps_back = clock_steps_back_;
    s.longest_step_back_s = longest_step_back_us_ / 1e6;
    if (table_ != nullptr) table_->AddTo(&s);
    if (trackers_ != nullptr) trackers_->AddTo(&s);
    if (histograms_ != nullptr) s.uncounted_addresses = histograms_->engine.uncounted_addresses();
    if (names_ != nullptr) s.unasked_dns_answers = names_->unasked();
    const DecodeStatistics& decoded = decoder_.statistics();
    for (size_t i = 0; i < decoded.dropped.size(); ++i) {
      if (decoded.dropped[i] == 0) continue;
      s.dropped.emplace_back(std::string(DropReasonName(static_cast<DropReason>(i))),
                             decoded.dropped[i]);
    }
    const std::pair<const char*, uint64_t> skipped[] = {
        {"time stamp zero, at the start of a trace", skipped_.at_time_zero},
        {"time stamp before 1938 or after 2223", skipped_.time_out_of_range},
    };
    for (const auto& [reason, count] : skipped) {
      if (count != 0) s.dropped.emplace_back(reason, count);
    }
    return s;
  }

 private:
  // Packets are out of order by less, as they come from several queues or processors.
  static constexpr int64_t kClockStepNs = 1'000'000'000;
  static constexpr size_t kBatch = PacketSource::kBatchSize;

  struct Decoded {
    Datagram datagram;
    DecodeResult result = DecodeResult::kDropped;
    bool analysed = false;  // TCP or UDP that the options want
    uint32_t hash = 0;
    uint32_t flow = FlowTable::kNoFlow;  // expected
    PacketFlags flags;
  };

  // The sinks are known only when the first trace begins.
  void Start() {
    const EventMask wants = sinks_.Wants();
    if (options_.dns && options_.udp) {
      names_ = std::make_unique<CachedNames>(options_, &sinks_);
    }
    if (wants.has(Event::kHistograms) && options_.histograms != nullptr &&
        options_.histograms->any()) {
      histograms_ = std::make_unique<Histograms>(options_, &sinks_);
    }
    trackers_ = std::make_unique<Trackers>(options_, wants, &sinks_, histograms_.get());
    table_ = std::make_unique<FlowTable>(options_, names_.get(), trackers_.get());
    // The mask is applied by the real addresses' flags; histograms count by them, too.
    flags_per_packet_ = options_.address_mask != 0 || wants.has(Event::kHistograms);
  }

  void ProcessSome(std::span<const Packet> packets, std::span<const uint8_t> upcoming) {
    for (const Packet& packet : packets) {
      __builtin_prefetch(packet.data.data());
      __builtin_prefetch(packet.data.data() + 64);
    }
    for (size_t i = 0; i < packets.size(); ++i) Decode(packets[i], &decoded_[i]);
    std::array<const Decoded*, kBatch> of_tcp_flows;
    size_t count = 0;
    for (Decoded& decoded : std::span(decoded_).first(packets.size())) {
      decoded.flow =
          decoded.analysed ? table_->Prefetch(decoded.datagram, decoded.hash) : FlowTable::kNoFlow;
      of_tcp_flows[count] = &decoded;
      count +=
          (decoded.flow != FlowTable::kNoFlow) & (decoded.datagram.transport == Transport::kTcp);
    }
    if (histograms_ != nullptr) {
      for (const Decoded& decoded : std::span(decoded_).first(packets.size())) {
        if (decoded.result == DecodeResult::kIp) {
          histograms_->packets.PrefetchAttached(decoded.datagram);
        }
      }
    }
    for (const Decoded* decoded : std::span(of_tcp_flows).first(count)) {
      trackers_->PrefetchTcpAttached(decoded->flow,
                                     table_->GuessSender(decoded->datagram, decoded->flow));
    }
    // A processor waits when it is to fetch many lines at once; so each packet fetches its share.
    const size_t share = (upcoming.size() / packets.size() + 63) & ~size_t{63};
    const uint8_t* fetched = upcoming.data();
    for (size_t i = 0; i < packets.size(); ++i) {
      for (size_t at = 0; at < share; at += 4 * 64) {
        for (size_t line = 0; line < 4; ++line) {
          __builtin_prefetch(fetched + at + 64 * line, 0, 2);
        }
      }
      fetched += share;
      Take(packets[i], decoded_[i]);
    }
  }

  void Decode(const Packet& packet, Decoded* out) {
    Datagram& d = out->datagram;
    out->result = decoder_.Decode(packet, &d);
    out->analysed = false;
    if (out->result != DecodeResult::kIp) return;
    if (flags_per_packet_) {
      out->flags = classifier_.Classify(d);
      if (options_.address_mask != 0) MaskAddresses(out);
      if (histograms_ != nullptr) histograms_->packets.Prefetch(d, out->flags);
    }
    out->analysed = analysed_[static_cast<size_t>(d.transport)][d.is_v6];
    if (!out->analysed) return;
    out->hash = table_->Prepare(d);
  }

  // -A: internal IPv4 addresses are masked before anything else sees them.
  void MaskAddresses(Decoded* out) const {
    Datagram& d = out->datagram;
    if (d.is_v6) return;
    if (out->flags.source_internal) d.source = IpAddress::V4(d.source.v4() ^ options_.address_mask);
    if (out->flags.destination_internal) {
      d.destination = IpAddress::V4(d.destination.v4() ^ options_.address_mask);
    }
  }

  // One packet, in its turn.
  void Take(const Packet& packet, const Decoded& decoded) {
    ++packet_number_;
    if (packet.time.nanoseconds() < previous_time_.nanoseconds() - kClockStepNs) [[unlikely]] {
      OnClockStep(packet.time);
    }
    end_time_ = previous_time_ = packet.time;
    if (decoded.result == DecodeResult::kDropped) return;
    if (!trace_has_packets_) BeginOutput(packet.time);
    if (decoded.result == DecodeResult::kDelivered) return;

    if (ip_packets_++ == 0) {
      first_packet_ = packet.time;
      StartInterval(packet.time);
      table_->StartClock(packet.time);
      if (histograms_ != nullptr) histograms_->engine.Start(packet.time);
    }
    last_packet_ = packet.time;
    bool counted = options_.profile.step_on_every_ip_packet;
    if (decoded.result == DecodeResult::kShort) {
      // Seen, and nothing is known of it: the Datagram is that of an earlier packet.
    } else if (histograms_ != nullptr) {
      counted |= TakeWithHistograms(decoded) == FlowResult::kCounted;
    } else if (decoded.analysed) {
      counted |= Process(decoded) == FlowResult::kCounted;
    }
    if (counted && options_.intervals) CheckInterval(packet.time);
  }

  FlowResult Process(const Decoded& decoded) {
    return table_->Process(decoded.datagram, decoded.hash, decoded.flow, packet_number_,
                           flags_per_packet_ ? &decoded.flags : nullptr);
  }

  FlowResult TakeWithHistograms(const Decoded& decoded) {
    histograms_->packets.BeforeFlow(decoded.datagram, decoded.flags, interval_);
    FlowResult result = FlowResult::kNotAnalysed;
    if (decoded.analysed) {
      const uint64_t tcp_before = table_->tcp_created(), udp_before = table_->udp_created();
      result = Process(decoded);
      if (table_->tcp_created() != tcp_before) CountFlow(0);
      if (table_->udp_created() != udp_before) CountFlow(1);
    }
    histograms_->packets.AfterFlow(decoded.datagram, decoded.flags, result);
    return result;
  }
  void CountFlow(int kind) {
    histograms_->engine.recorder().Add(HistogramFamily::kL4FlowNumber, kind);
  }
  void SetRefused() {
    histograms_->engine.SetRefused(table_->tcp_refused(), table_->udp_refused());
  }

  // From previous_time_ back to `now`.
  void OnClockStep(Timestamp now) {
    ++clock_steps_back_;
    longest_step_back_us_ =
        std::max(longest_step_back_us_, ElapsedMicroseconds(now, previous_time_));
    if (!options_.follow_clock_back || ip_packets_ == 0) return;
    const int64_t by_ns = now.nanoseconds() - previous_time_.nanoseconds();
    // What of the interval had passed has passed.
    StartInterval(Shifted(interval_start_, by_ns));
    table_->OnClockStep(previous_time_, now);
    if (histograms_ != nullptr) histograms_->engine.OnClockStep(by_ns);
  }

  void BeginOutput(Timestamp now) {
    trace_has_packets_ = true;
    if (!options_.concatenate) table_->ResetOpenCounters();
    if (output_open_) return;
    output_open_ = true;
    sinks_.OnNewOutput(now);
    if (histograms_ != nullptr) histograms_->engine.BeginTrace(now);
  }

  void StartInterval(Timestamp now) {
    interval_start_ = now;
    constexpr double kLongest = 1e9;  // seconds, so that the sum cannot overflow
    const double step_s = std::min(std::max(0.0, options_.globals.max_time_step_s), kLongest);
    interval_goes_on_until_ =
        Timestamp::FromNanoseconds(now.nanoseconds() + static_cast<int64_t>(step_s * 1e9) - 1000);
  }

  void CheckInterval(Timestamp now) {
    if (now < interval_goes_on_until_) [[likely]]
      return;
    if (!(ElapsedMicroseconds(interval_start_, now) > options_.globals.max_time_step_s * 1e6)) {
      return;
    }
    EndInterval(now, HistogramEngine::After::kNewInterval);
    StartInterval(now);
    if (context_.is_stream && interval_ >= options_.globals.dirs) {
      interval_ = 0;
      sinks_.OnNewOutput(now);
    }
  }

  void EndInterval(Timestamp now, HistogramEngine::After after) {
    if (histograms_ != nullptr) {
      SetRefused();
      histograms_->engine.EndInterval(interval_start_, now, interval_, after);
    }
    sinks_.OnIntervalEnd(now, interval_++);
  }

  AnalyzerOptions options_;
  EventFanOut sinks_;
  Decoder decoder_;
  EndpointClassifier classifier_;
  std::unique_ptr<CachedNames> names_;
  std::unique_ptr<Histograms> histograms_;
  std::unique_ptr<Trackers> trackers_;
  std::unique_ptr<FlowTable> table_;
  std::array<Decoded, kBatch> decoded_;
  bool analysed_[3][2] = {};  // by Transport and is_v6: what the options want

  TraceContext context_;
  bool flags_per_packet_ = false;
  bool in_trace_ = false;
  bool trace_has_packets_ = false;
  bool output_open_ = false;
  uint64_t packet_number_ = 0, ip_packets_ = 0;
  Timestamp first_packet_, last_packet_, end_time_;
  Timestamp previous_time_;  // of the packet before, in this trace
  uint64_t clock_steps_back_ = 0;
  double longest_step_back_us_ = 0;
  SkippedPackets skipped_;                             // by the sources
  Timestamp interval_start_, interval_goes_on_until_;  // the latter at least
  uint32_t interval_ = 0;
};

Analyzer::Analyzer(AnalyzerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Analyzer::~Analyzer() = default;

void Analyzer::AddSink(EventSink* sink) { impl_->AddSink(sink); }
void Analyzer::BeginTrace(const TraceContext& context) {
  impl_->EndTrace();
  impl_->BeginTrace(context);
}
void Analyzer::ProcessBatch(std::span<const Packet> packets) { impl_->ProcessBatch(packets, {}); }
void Analyzer::EndTrace() { impl_->EndTrace(); }
bool Analyzer::trace_has_packets() const { return impl_->trace_has_packets(); }
Statistics Analyzer::statistics() const { return impl_->statistics(); }
absl::Status Analyzer::sink_status() const { return impl_->sink_status(); }

absl::Status Analyzer::Run(PacketSource& source, const TraceContext& context,
                           const std::function<bool()>& after_batch) {
  BeginTrace(context);
  std::array<Packet, PacketSource::kBatchSize> batch;
  for (;;) {
    const size_t n = source.ReadBatch(batch);
    if (n == 0 && !source.timed_out()) break;
    impl_->ProcessBatch(std::span(batch).first(n), source.TakeUpcoming());
    if (after_batch && !after_batch()) break;
  }
  impl_->AddSkipped(source.skipped());
  EndTrace();
  absl::Status status = source.status();
  return status.ok() ? sink_status() : status;
}

}  // namespace tstat::inline v1
