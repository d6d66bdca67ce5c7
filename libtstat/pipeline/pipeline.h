// SPDX-License-Identifier: BSD-3-Clause
//
// One analysis: Front, lanes and Merge put together, on one thread or as many as the options allow.
//
//   Pipeline pipeline(options);               // Pipeline(options, 2) has four lanes
//   pipeline.AddSink(&sink);
//   pipeline.BeginTrace({});
//   pipeline.ProcessBatch(packets, {});
//   pipeline.EndTrace();
#ifndef TSTAT_PIPELINE_PIPELINE_H_
#define TSTAT_PIPELINE_PIPELINE_H_

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "pipeline/front.h"
#include "pipeline/lane.h"
#include "pipeline/lane_threads.h"
#include "pipeline/merge.h"
#include "pipeline/time_order.h"
#include "tstat/analyzer.h"
#include "tstat/options.h"
#include "tstat/statistics.h"

namespace tstat::internal {

// Passes the Steps of each lane to it, with its own index of the flow.
class LaneRouter final : public StepSink {
 public:
  explicit LaneRouter(LaneSplit split) : split_(split) {}
  void Add(std::unique_ptr<Lane> lane) { lanes_.push_back(std::move(lane)); }
  const std::vector<std::unique_ptr<Lane>>& lanes() const { return lanes_; }

  void OnTcpOpen(const OpenStep& step) override { LaneOf(step).OnTcpOpen(Local(step)); }
  void OnTcpTurn(const OpenStep& step) override { LaneOf(step).OnTcpTurn(Local(step)); }
  void OnTcpSegment(const TcpSegmentStep& step) override { LaneOf(step).OnTcpSegment(Local(step)); }
  void OnTcpClose(const CloseStep& step) override { LaneOf(step).OnTcpClose(Local(step)); }
  void OnUdpOpen(const OpenStep& step) override { LaneOf(step).OnUdpOpen(Local(step)); }
  void OnUdpDatagram(const UdpDatagramStep& step) override {
    LaneOf(step).OnUdpDatagram(Local(step));
  }
  void OnUdpClose(const CloseStep& step) override { LaneOf(step).OnUdpClose(Local(step)); }
  void OnUdpAnnounced(const AnnouncedStep& step) override {
    LaneOf(step).OnUdpAnnounced(Local(step));
  }

 private:
  template <typename Step>
  Lane& LaneOf(const Step& step) const {
    return *lanes_[split_.lane(step.flow)];
  }
  template <typename Step>
  Step Local(Step step) const {
    step.flow = split_.local(step.flow);
    return step;
  }

  LaneSplit split_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

// The calls are those of Analyzer.
class Pipeline {
 public:
  // `lane_bits`: 2^lane_bits lanes; else as many as the threads of the options have use for.
  // `epoch_steps`: see LaneThreads; as many packets are decoded ahead at once.
  explicit Pipeline(AnalyzerOptions options, std::optional<unsigned> lane_bits = std::nullopt,
                    size_t epoch_steps = LaneThreads::kEpochSteps)
      : options_(std::move(options)),
        epoch_steps_(epoch_steps),
        split_(lane_bits.value_or(LaneBits(options_))),
        router_(split_) {}
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  void AddSink(EventSink* sink);
  void BeginTrace(const TraceContext& context);
  PacketResult ProcessBatch(std::span<const Packet> packets, std::span<const uint8_t> upcoming,
                            bool keeps_bytes = false);
  // The same, of a trace that is read to its end: what becomes of the packets may show later.
  // `keeps_bytes`: those of the packets stay as they are until it has ended.
  void Feed(std::span<const Packet> packets, std::span<const uint8_t> upcoming,
            bool keeps_bytes = false);
  // No packet came for a while: none that waits for its turn will be overtaken.
  void OnQuiet();
  void EndTrace();
  void StartNewOutput(Timestamp time);
  void BeginOutput(Timestamp time);
  void Resubscribe() { merge_.Resubscribe(); }
  void ResubscribeNow();
  void SetLabels(std::shared_ptr<const LabelRules> rules);
  void AdvanceTime(Timestamp now);
  void TellAll();
  void ForEachLiveFlow(absl::FunctionRef<void(const LiveFlow&)> visit);
  void AddSkipped(const SkippedPackets& skipped);

  bool trace_has_packets() const { return front_.has_value() && front_->trace_has_packets(); }
  // The analysis has ended: memory did, or a sink threw.
  bool failed() const { return failed_; }
  bool out_of_memory() const { return out_of_memory_; }
  Statistics statistics();
  ClosedFlows closed_flows() const { return started() ? front_->closed_flows() : ClosedFlows(); }
  absl::Status status() const;
  // See Front. REQUIRES: a trace has begun.
  uint64_t blocks_in_lanes() const { return front_->blocks_in_lanes(); }
  uint64_t packets_set_aside() const { return front_->packets_set_aside(); }

 private:
  // Blocks of packets that are decoded ahead.
  static constexpr size_t kMostDecoding = 4;

  bool started() const { return front_.has_value(); }
  static unsigned LaneBits(const AnalyzerOptions& options);
  void Start();
  void Settle() {
    if (threads_ != nullptr) threads_->Settle();
  }
  // What waits for its turn goes first.
  void ReleaseAll();
  bool DecodesAhead() const { return threads_ != nullptr && front_->may_decode_ahead(); }
  // Packets in their order are decoded in blocks, ahead of the front.
  void AddToBlock(std::span<const Packet> packets, bool keeps_bytes);
  void SubmitBlock();
  void BeginFirstBlock();
  void FinishBlock();
  void TakeAllBlocks();
  std::shared_ptr<PacketBlock> NewBlock();
  // So that what the front knows may be looked at. (When sinks are told, no block is in lanes.)
  void FinishForLook();
  // Runs what the calls of Analyzer do, one at a time: those from within a sink are errors. When
  // memory ends or a sink throws, the analysis ends: flows cannot be told any more, and further
  // calls do nothing.
  template <typename Call>
  void Guarded(Call call);
  void Fail(const absl::Status& status);

  AnalyzerOptions options_;
  const size_t epoch_steps_;
  LaneSplit split_;
  Merge merge_;
  LaneRouter router_;
  std::optional<Front> front_;          // from the first trace on: the sinks are known then
  std::optional<TimeOrder> order_;      // before it, if the profile wants one
  bool feeds_ = false;                  // what leaves order_ goes to blocks
  std::shared_ptr<PacketBlock> block_;  // being filled; null: none
  std::deque<std::shared_ptr<PacketBlock>> decoding_;  // the first one is taken next
  std::shared_ptr<PacketBlock> in_lanes_;  // they take it while more packets come; null: none
  std::vector<std::shared_ptr<PacketBlock>> blocks_;  // all
  // Null: the lanes run on the thread of the front. They end before what they work with.
  std::unique_ptr<LaneThreads> threads_;
  PacketResult last_result_ = PacketResult::kNotTaken;
  std::span<const uint8_t> upcoming_;  // for the next batch that leaves order_
  absl::Status status_;                // misuse, or no memory
  bool failed_ = false, out_of_memory_ = false;
  bool in_call_ = false;  // of Guarded
};

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_PIPELINE_H_
