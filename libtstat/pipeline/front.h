// SPDX-License-Identifier: BSD-3-Clause
//
// All that depends on the order of all packets: decodes a batch, fetches what it will touch, then
// takes its packets in order: outputs and intervals begin and end, flows live, names are learnt.
//
//   FrontOutputs outputs;
//   outputs.lanes = &lane;
//   outputs.inline_lane = &lane;
//   outputs.control = &merge;
//   Front front(options, wants, outputs);
//   front.BeginTrace({});
//   front.ProcessBatch(packets, {});
//   front.EndTrace();
#ifndef TSTAT_PIPELINE_FRONT_H_
#define TSTAT_PIPELINE_FRONT_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "capture/packet_filter.h"
#include "decode/decoder.h"
#include "flow/endpoint_classifier.h"
#include "flow/flow_table.h"
#include "flow/fragment_table.h"
#include "flow/interval_clock.h"
#include "flow/name_source.h"
#include "flow/step_sink.h"
#include "names/dns_cache.h"
#include "pipeline/dns_streams.h"
#include "pipeline/histograms.h"
#include "pipeline/lane.h"
#include "pipeline/lane_threads.h"
#include "pipeline/packet_block.h"
#include "pipeline/sip_calls.h"
#include "pipeline/unread_packets.h"
#include "tstat/analyzer.h"
#include "tstat/options.h"
#include "tstat/packet.h"
#include "tstat/packet_source.h"
#include "tstat/statistics.h"

namespace tstat::internal {

// The DNS cache, fed and asked by the flow table.
class CachedNames final : public NameSource {
 public:
  CachedNames(const AnalyzerOptions& options, EventSink* out)
      : classifier_(options),
        cache_(CacheOptions(options, &classifier_), out),
        streams_(AllNames(options.profile) ? std::make_unique<DnsStreams>(&cache_) : nullptr) {}
  void OnDnsDatagram(const UdpDatagramStep& step, uint64_t flow_number, Timestamp request_time,
                     Timestamp response_time) override {
    cache_.OnDatagram(*step.datagram, request_time, response_time,
                      At(step.order, EventPlace::kDnsResolution), flow_number);
  }
  std::shared_ptr<const DnsResolution> Lookup(const IpAddress& client,
                                              const IpAddress& server) override {
    return cache_.Lookup(client, server);
  }
  void OnDnsSegment(const TcpSegmentStep& step, uint64_t flow_number) override {
    if (streams_ != nullptr) streams_->OnSegment(step, flow_number);
  }
  uint64_t unasked() const { return cache_.unasked(); }
  void AddTo(Statistics* statistics) const { cache_.AddTo(statistics); }

 private:
  static DnsCacheOptions CacheOptions(const AnalyzerOptions& options,
                                      const EndpointClassifier* classifier);
  static bool AllNames(const CompatProfile& profile) {
    return profile.modern_layer7 && profile.modern_columns;
  }

  EndpointClassifier classifier_;
  DnsCache cache_;
  std::unique_ptr<DnsStreams> streams_;  // null: names come from datagrams only
};

// Who is told what. All outlive the Front.
struct FrontOutputs {
  StepSink* lanes = nullptr;
  LaneSplit split;
  ControlSink* control = nullptr;
  EventSink* events = nullptr;       // DNS answers
  Histograms* histograms = nullptr;  // null: nobody wants any
  // The only lane, on this thread: what its flows point to is fetched in time. Null: it is not.
  const Lane* inline_lane = nullptr;
  // The threads of several lanes, which may take packets at once. Null: they may not.
  LaneThreads* threads = nullptr;
};

class Front {
 public:
  Front(const AnalyzerOptions& options, EventMask wants, const FrontOutputs& outputs);
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  void BeginTrace(const TraceContext& context);
  // `upcoming`: what comes next and should be fetched meanwhile. Returns what became of the last
  // packet. REQUIRES: packets is not empty, and a trace has begun.
  PacketResult ProcessBatch(std::span<const Packet> packets, std::span<const uint8_t> upcoming);
  // In two parts: packets are decoded, in their order, by any one thread at a time while others are
  // taken. REQUIRES: may_decode_ahead(), and that nothing else decodes meanwhile.
  void DecodeAhead(PacketBlock* block);
  void TakeBlock(PacketBlock* block);
  // The same where BeginInLanes is true, in two parts: meanwhile lanes take their packets, and
  // nothing else may be called but DecodeAhead.
  bool BeginInLanes(PacketBlock* block);
  void FinishInLanes(PacketBlock* block);
  // For FrontOutputs::threads.
  void TakeLane(uint32_t lane, PacketBlock* block);
  // A packet filter is compiled as packets come, and whether that fails is asked for.
  bool may_decode_ahead() const { return !has_filter_; }
  void EndTrace();

  // Nothing before the first packet of a trace.
  void StartNewOutput(Timestamp time);
  // What a trace with TraceContext::waits_for_output waits for; else nothing.
  void BeginWaitedOutput(Timestamp time);
  void AdvanceTime(Timestamp now);
  void ForEachLiveFlow(absl::FunctionRef<void(const LiveFlow&)> visit) const {
    table_.ForEachLive(visit);
  }

  void AddSkipped(const SkippedPackets& skipped) { skipped_ += skipped; }
  bool in_trace() const { return in_trace_; }
  bool trace_has_packets() const { return trace_has_packets_; }
  void AddTo(Statistics* statistics) const;
  ClosedFlows closed_flows() const { return table_.closed_flows(); }
  // An error in AnalyzerOptions::packet_filter, known when a packet came.
  const absl::Status& status() const { return filter_status_; }
  size_t memory_bytes() const { return table_.memory_bytes(); }
  // Blocks whose lanes took their packets at once; packets of them that had to wait for their turn.
  uint64_t blocks_in_lanes() const { return blocks_in_lanes_; }
  uint64_t packets_set_aside() const { return table_.packets_set_aside(); }

 private:
  // Packets are out of order by less, as they come from several queues or processors.
  static constexpr int64_t kClockStepNs = 1'000'000'001;
  static constexpr size_t kBatch = PacketSource::kBatchSize;
  static_assert(kBatch <= Decoder::kBatchSize);
  // How far before its turn the lines of a packet's flow are fetched, and what they point to.
  static constexpr size_t kFlowsAhead = 8, kAttachedAhead = 4, kStreamAhead = 2;

  // `kAsTstat`: without any rule of the true profile (goes_as_tstat_), which a packet then costs
  // nothing.
  template <bool kAsTstat>
  PacketResult ProcessSome(std::span<const Packet> packets, std::span<const uint8_t> upcoming);
  // Parts of ProcessSome: as calls they would cost 5 % of the instructions of a packet.
  template <bool kAsTstat>
  inline void PrefetchFlow(DecodedPacket* decoded) const;
  template <bool kAsTstat>
  inline void PrefetchAttached(const DecodedPacket& decoded) const;
  template <bool kAsTstat>
  inline void BeginPrefetch(std::span<DecodedPacket> batch) const;
  template <bool kAsTstat>
  inline void PrefetchAhead(std::span<DecodedPacket> batch, size_t i) const;
  // What PrefetchAttached leads to has arrived, and leads on.
  void PrefetchStream(const DecodedPacket& decoded) const;
  // `kAhead`: perhaps while another thread takes packets: nothing is fetched, and nothing is read
  // that changes.
  template <bool kAsTstat, bool kAhead = false>
  inline void Decode(const Packet& packet, DecodedPacket* out);
  template <bool kAsTstat>
  void DecodeAllAhead(PacketBlock* block);
  template <bool kAsTstat>
  void TakeAll(PacketBlock* block);
  // Packets of a block go to their lanes.
  void SortByLane(PacketBlock* block) const;
  bool CanTakeInLanes(const PacketBlock& block);
  // One of no flow, in its turn.
  void TakeOther(const Packet& packet, const DecodedPacket& decoded);
  template <bool kAsTstat>
  inline PacketResult Take(const Packet& packet, const DecodedPacket& decoded);
  template <bool kAsTstat>
  inline FlowResult Process(const DecodedPacket& decoded);
  bool PassesFilter(const Packet& packet);
  void MaskAddresses(const PacketFlags& flags, Datagram* out) const;
  template <bool kAsTstat>
  inline FlowResult TakeWithHistograms(const DecodedPacket& decoded);
  template <bool kAsTstat>
  FlowResult TakeAndTell(const DecodedPacket& decoded);
  void TakeOuter(uint32_t end);
  // Take, and what is around the packet or was held of it; in the true profile.
  [[gnu::noinline]] PacketResult TakeWithParts(const Packet& packet, DecodedPacket* decoded);
  [[gnu::noinline]] void OnOtherProtocol(const Datagram& d);
  void OnClockStep(Timestamp now);
  void BeginOutput(Timestamp now);
  void OnIntervalOver(Timestamp now);
  void EndInterval(Timestamp now, bool same_moment);
  // The order key and what the end of an interval says of the flow table.
  void Complete(IntervalStep* step);

  const AnalyzerOptions& options_;
  FrontOutputs outputs_;
  Decoder decoder_;
  EndpointClassifier classifier_;
  std::unique_ptr<CachedNames> names_;
  std::unique_ptr<SipCalls> calls_;  // null: nobody asks
  FlowTable table_;
  IntervalClock intervals_;
  std::array<DecodedPacket, kBatch> decoded_;
  bool analysed_[3][2] = {};  // by Transport and is_v6: what the options want
  std::map<LinkType, PacketFilter> filters_;
  absl::Status filter_status_;

  TraceContext context_;
  const int64_t clock_step_ns_;
  const bool has_filter_;
  PacketObserver* const packets_;  // for the histograms; null: none is fed by packets
  const bool tells_packets_;       // somebody wants Event::kFlowPacket, or may come to
  const bool only_flows_;          // have to know of packets
  bool flags_per_packet_ = false;
  const bool reads_every_header_;  // the profile's
  const bool goes_as_tstat_;       // and it has no other rule that packets go by
  const bool fetches_attached_;    // the lane is this thread's and knows all flows
  const bool may_take_in_lanes_;
  std::vector<FlowShard> shards_;  // by lane, if so
  uint64_t blocks_in_lanes_ = 0;
  std::span<const Datagram> outer_;  // of the batch's tunnels
  uint32_t outer_taken_ = 0;         // of them
  FragmentTable fragments_;
  bool in_trace_ = false;
  bool trace_has_packets_ = false;
  bool output_open_ = false;
  uint64_t packet_number_ = 0, ip_packets_ = 0;
  Timestamp first_packet_, first_of_trace_, last_packet_, end_time_;
  Timestamp previous_time_;                                // of the packet before, in this trace
  Timestamp advanced_to_ = Timestamp::EarliestOfPacket();  // by AdvanceTime
  uint64_t clock_steps_back_ = 0;
  double longest_step_back_us_ = 0;
  SkippedPackets skipped_;  // by the sources
  UnreadPackets unread_;
};

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_FRONT_H_
