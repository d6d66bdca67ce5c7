// SPDX-License-Identifier: BSD-3-Clause
//
// Lanes on threads of their own. Steps of the front are kept until there are some hundred (an
// epoch), which the lanes then measure while the front goes on; what they tell is told to the sinks
// in the order of the Steps, on the thread of the front. So the sinks see what they would see
// without threads, whatever the number of lanes.
//
//   LaneThreads threads(workers, split, &merge);
//   threads.Add(&lane);                       // each; threads.queue(number) is where it tells
//   threads.UpdateWants();
//   threads.OnTcpSegment(step);               // it is the StepSink and ControlSink of the front
//   threads.Settle();                         // all Steps have been measured and told
//
// Threads are made when the first epoch is full: a short trace needs none. Not thread-safe itself:
// all calls come from the thread of the front.
#ifndef TSTAT_PIPELINE_LANE_THREADS_H_
#define TSTAT_PIPELINE_LANE_THREADS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "flow/lane_slab.h"
#include "flow/step_sink.h"
#include "pipeline/histograms.h"
#include "pipeline/kept_events.h"
#include "pipeline/kept_steps.h"
#include "pipeline/lane.h"
#include "pipeline/merge.h"
#include "pipeline/packet_block.h"
#include "pipeline/wait_for_change.h"
#include "tstat/statistics.h"

namespace tstat::internal {

class LaneThreads final : public StepSink, public ControlSink {
 public:
  // An epoch ends when there are so many Steps, or bytes of packets.
  static constexpr size_t kEpochSteps = 512;
  static constexpr size_t kEpochBytes = size_t{1} << 20;

  // `merge` must outlive it. The first worker decodes, too, and measures fewer lanes than others.
  LaneThreads(unsigned workers, LaneSplit split, Merge* merge, size_t epoch_steps = kEpochSteps);
  ~LaneThreads() override;
  LaneThreads(const LaneThreads&) = delete;
  LaneThreads& operator=(const LaneThreads&) = delete;

  // Where lane `number` tells its events.
  EventQueue* queue(uint32_t number) { return queues_[number].get(); }
  void Add(Lane* lane) { lanes_.push_back(lane); }
  // Where the front tells its own.
  EventQueue* front_queue() { return &front_queue_; }

  void OnTcpOpen(const OpenStep& step) override;
  void OnTcpTurn(const OpenStep& step) override;
  void OnTcpSegment(const TcpSegmentStep& step) override;
  void OnTcpClose(const CloseStep& step) override;
  void OnUdpOpen(const OpenStep& step) override;
  void OnUdpDatagram(const UdpDatagramStep& step) override;
  void OnUdpClose(const CloseStep& step) override;
  void OnUdpAnnounced(const AnnouncedStep& step) override;

  void OnOutput(const OutputStep& step) override;
  void OnInterval(const IntervalStep& step) override;
  void OnEnd(const EndStep& step) override;
  void Settle() override;

  // An epoch whose Steps come from all lanes at once: `take` is called for each lane, on all
  // threads at once, and tells the segments and datagrams of its flows to lane_steps(lane), in the
  // order of their keys. FinishLanes() returns when all have been; all else then comes as ever, and
  // EndLanes() ends it.
  using TakeLane = std::function<void(uint32_t lane, PacketBlock* block)>;
  void SetTakeLane(TakeLane take) { take_lane_ = std::move(take); }
  void BeginLanes();
  StepSink* lane_steps(uint32_t lane) { return &lane_sinks_[lane]; }
  void TakeInLanes(PacketBlock* block);
  void FinishLanes();
  void EndLanes();

  // Blocks of packets are decoded by `decode`, one after the other, on one of the threads.
  using Decode = std::function<void(PacketBlock*)>;
  void SetDecode(Decode decode) { decode_ = std::move(decode); }
  void DecodeAhead(const std::shared_ptr<PacketBlock>& block);
  static void WaitFor(const PacketBlock& block) { WaitForChange(block.is_decoded, false); }
  // Steps of its packets come next; it stays as it is until they have been told. Null: they have
  // all come.
  void BeginBlock(std::shared_ptr<PacketBlock> block);

  // Epochs that wait for the lanes, or to be told.
  TableUse use() const {
    return {.name = "epochs", .used = dispatched_.size(), .limit = kMostEpochs};
  }
  // The Steps so far go to the lanes.
  void Dispatch();
  // What has been measured is told, and what may not wait any more.
  void TellReady();
  // The workers have nothing to do any more, and look at no packet.
  void Finish() const;
  // They have been measured by the lanes; what these told of them may wait.
  void WaitForLanes() const;
  // What sinks want may have changed. REQUIRES: nothing waits (Settle).
  void UpdateWants();

 private:
  // So many may wait for the lanes, or be told.
  static constexpr size_t kMostEpochs = 4;

  struct Epoch {
    explicit Epoch(size_t lanes) : steps(lanes), of_lanes(lanes), events(lanes) {
      errors.resize(lanes);
    }
    KeptPackets packets;
    std::vector<std::shared_ptr<PacketBlock>> blocks;  // that steps are of
    std::vector<KeptSteps> steps;                      // by lane
    std::vector<KeptSteps> of_lanes;                   // by lane: what lane_steps() was told
    std::vector<KeptEvents> events;                    // by lane
    KeptEvents front_events;
    std::vector<std::exception_ptr> errors;  // by lane
    std::atomic<size_t> working = 0;         // lanes that have not finished it
  };

  // How far a lane is in the epochs, which it goes through in their order: how many somebody has
  // begun to measure, and how many have been.
  struct alignas(64) LaneProgress {
    std::atomic<uint64_t> begun = 0, measured = 0;
    bool failed = false;  // it is not measured any more
  };

  template <typename Step>
  KeptSteps& StepsOf(const Step& step) {
    return epoch_->steps[split_.lane(step.flow)];
  }
  template <typename Step>
  Step Local(Step step) const {
    step.flow = split_.local(step.flow);
    return step;
  }
  const Datagram* Keep(const Datagram& datagram) {
    return block_ != nullptr && block_->Contains(&datagram) ? &datagram
                                                            : epoch_->packets.Keep(datagram);
  }
  void CountStep() {
    if (++epoch_steps_ < most_steps_ && epoch_->packets.bytes() < kEpochBytes) return;
    if (!lanes_tell_) EndEpoch();
  }
  void EndEpoch();
  static void Wait(const Epoch& epoch);
  // Meanwhile what no worker has begun is done. REQUIRES: it is the first that was not told.
  void HelpAndWait(Epoch* epoch, uint64_t number);
  void TellFirst();
  std::unique_ptr<Epoch> NewEpoch();
  void StartThreads();
  void StopThreads();
  void Work(unsigned worker);
  // The lanes of a worker. Of an epoch that has become another meanwhile, nothing.
  void RunLanes(unsigned worker, Epoch* epoch, uint64_t number);
  // False: somebody else does.
  bool BeginLane(size_t lane, uint64_t number);
  void RunLane(size_t lane, Epoch* epoch, uint64_t number);
  void RunDecode(PacketBlock* block) const;
  unsigned WorkerOf(size_t lane) const;

  // Whoever comes takes lanes of the block that nobody has taken; who comes late finds none, or
  // those of the next block.
  struct LaneCalls {
    explicit LaneCalls(size_t lanes) : taken(lanes) {
      for (std::atomic<bool>& lane : taken) lane.store(true);
    }
    PacketBlock* block = nullptr;
    std::vector<std::atomic<bool>> taken;  // by lane
    std::atomic<size_t> left = 0;          // lanes that have not been
    std::atomic<bool> failed = false;
    std::exception_ptr error;  // the first one
  };
  void TakeLanes();
  // Of the worker: he has them in his cache when he measures them.
  void TakeOwnLanes(unsigned worker);
  void TakeOne(size_t lane);
  // Where a lane tells its steps.
  class LaneSink final : public StepSink {
   public:
    explicit LaneSink(const LaneThreads* threads) : threads_(threads) {}
    void Begin(KeptSteps* steps) { steps_ = steps; }
    void OnTcpSegment(const TcpSegmentStep& step) override {
      steps_->Add(threads_->Local(step), step.datagram);
    }
    void OnUdpDatagram(const UdpDatagramStep& step) override {
      steps_->Add(threads_->Local(step), step.datagram);
    }
    void OnTcpOpen(const OpenStep&) override {}
    void OnTcpClose(const CloseStep&) override {}
    void OnUdpOpen(const OpenStep&) override {}
    void OnUdpClose(const CloseStep&) override {}

   private:
    const LaneThreads* threads_;
    KeptSteps* steps_ = nullptr;
  };

  // What a worker is to do: decode the one (the first worker), measure its lanes of the epoch, or
  // (none of both) take lanes.
  struct Task {
    PacketBlock* block = nullptr;
    Epoch* epoch = nullptr;
    uint64_t number = 0;  // of the epoch
  };
  // The number of the next task; the one that had its place has been done by all.
  uint64_t WaitForRoom() const;
  void Publish(const Task& task);
  void Do(const Task& task, unsigned worker);

  const unsigned workers_;
  const LaneSplit split_;
  Merge* const merge_;
  const size_t most_steps_;  // of an epoch
  std::vector<Lane*> lanes_;
  std::vector<std::unique_ptr<EventQueue>> queues_;  // by lane
  EventQueue front_queue_;
  OpenFlowCounter counter_;

  std::vector<LaneSink> lane_sinks_;  // by lane
  bool lanes_tell_ = false;           // between BeginLanes and EndLanes

  Decode decode_;
  TakeLane take_lane_;
  std::shared_ptr<PacketBlock> block_;  // whose packets are taken

  std::unique_ptr<Epoch> epoch_;  // being filled
  size_t epoch_steps_ = 0;
  std::deque<std::unique_ptr<Epoch>> dispatched_;  // the first one is told next
  std::unique_ptr<Epoch> told_;                    // now
  std::vector<std::unique_ptr<Epoch>> spare_;
  std::vector<KeptEvents::Teller> tellers_;  // of the epoch that is told

  std::vector<std::jthread> threads_;
  // The ring through which tasks go to the workers: the n-th is at n % size. A worker does those
  // before `published_`, and its own `done` are so many.
  struct alignas(64) Progress {
    std::atomic<uint64_t> done = 0;
  };
  std::array<Task, 64> ring_{};
  LaneCalls calls_;
  std::vector<LaneProgress> lane_progress_;
  uint64_t dispatched_epochs_ = 0, told_epochs_ = 0;
  std::atomic<uint64_t> published_ = 0;
  std::vector<Progress> progress_;     // by worker
  std::atomic<bool> stopped_ = false;  // for good
};

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_LANE_THREADS_H_
