// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/lane_threads.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "capture/signals_blocked.h"
#include "pipeline/wait_for_change.h"

namespace tstat::internal {

LaneThreads::LaneThreads(unsigned workers, LaneSplit split, Merge* merge, size_t epoch_steps)
    : workers_(workers),
      split_(split),
      merge_(merge),
      most_steps_(epoch_steps),
      counter_(merge->histograms()),
      calls_(split.lanes()),
      lane_progress_(split.lanes()),
      progress_(workers) {
  for (size_t i = 0; i < split.lanes(); ++i) {
    queues_.push_back(std::make_unique<EventQueue>());
    lane_sinks_.emplace_back(this);
  }
  epoch_ = NewEpoch();
}

LaneThreads::~LaneThreads() { StopThreads(); }

void LaneThreads::StopThreads() {
  stopped_.store(true);
  published_.fetch_add(1);
  published_.notify_all();
  threads_.clear();  // joins
}

void LaneThreads::OnTcpOpen(const OpenStep& step) {
  counter_.OnTcpOpen(step);
  StepsOf(step).AddTcpOpen(Local(step));
  CountStep();
}

void LaneThreads::OnTcpTurn(const OpenStep& step) {
  StepsOf(step).AddTcpTurn(Local(step));
  CountStep();
}

void LaneThreads::OnTcpSegment(const TcpSegmentStep& step) {
  StepsOf(step).Add(Local(step), Keep(*step.datagram));
  CountStep();
}

void LaneThreads::OnTcpClose(const CloseStep& step) {
  counter_.OnTcpClose(step);
  StepsOf(step).AddTcpClose(Local(step));
  CountStep();
}

void LaneThreads::OnUdpOpen(const OpenStep& step) {
  counter_.OnUdpOpen(step);
  StepsOf(step).AddUdpOpen(Local(step));
  CountStep();
}

void LaneThreads::OnUdpDatagram(const UdpDatagramStep& step) {
  StepsOf(step).Add(Local(step), Keep(*step.datagram));
  CountStep();
}

void LaneThreads::OnUdpClose(const CloseStep& step) {
  counter_.OnUdpClose(step);
  StepsOf(step).AddUdpClose(Local(step));
  CountStep();
}

// No epoch ends between it and the CloseStep.
void LaneThreads::OnUdpAnnounced(const AnnouncedStep& step) {
  StepsOf(step).AddUdpAnnounced(Local(step));
}

void LaneThreads::EndEpoch() {
  StartThreads();
  Dispatch();
  TellReady();
}

void LaneThreads::TellReady() {
  while (dispatched_.size() > 1 &&
         (dispatched_.size() >= kMostEpochs || dispatched_.front()->working.load() == 0)) {
    TellFirst();
  }
}

void LaneThreads::BeginLanes() {
  lanes_tell_ = true;
  for (size_t lane = 0; lane < lane_sinks_.size(); ++lane) {
    lane_sinks_[lane].Begin(&epoch_->of_lanes[lane]);
  }
}

void LaneThreads::EndLanes() {
  lanes_tell_ = false;
  for (const KeptSteps& steps : epoch_->of_lanes) epoch_steps_ += steps.size();
  StartThreads();
  Dispatch();
}

void LaneThreads::TakeInLanes(PacketBlock* block) {
  calls_.block = block;
  calls_.failed.store(false);
  calls_.left.store(calls_.taken.size());
  for (std::atomic<bool>& taken : calls_.taken) taken.store(false);
  if (!threads_.empty()) Publish({});
}

void LaneThreads::FinishLanes() {
  TakeLanes();
  WaitUntil(calls_.left, [](size_t left) { return left == 0; });
  if (calls_.failed.load()) std::rethrow_exception(std::exchange(calls_.error, nullptr));
}

void LaneThreads::TakeLanes() {
  for (size_t lane = 0; lane < calls_.taken.size(); ++lane) TakeOne(lane);
}

void LaneThreads::TakeOwnLanes(unsigned worker) {
  if (calls_.left.load() == 0) return;
  for (size_t lane = 0; lane < calls_.taken.size(); ++lane) {
    if (WorkerOf(lane) == worker) TakeOne(lane);
  }
}

void LaneThreads::TakeOne(size_t lane) {
  if (calls_.taken[lane].load() || calls_.taken[lane].exchange(true)) return;
  try {
    take_lane_(static_cast<uint32_t>(lane), calls_.block);
  } catch (...) {
    if (!calls_.failed.exchange(true)) calls_.error = std::current_exception();
  }
  if (calls_.left.fetch_sub(1) == 1) calls_.left.notify_all();
}

std::unique_ptr<LaneThreads::Epoch> LaneThreads::NewEpoch() {
  if (spare_.empty()) return std::make_unique<Epoch>(split_.lanes());
  std::unique_ptr<Epoch> epoch = std::move(spare_.back());
  spare_.pop_back();
  return epoch;
}

void LaneThreads::Dispatch() {
  if (epoch_steps_ == 0 && front_queue_.empty()) return;
  epoch_steps_ = 0;
  front_queue_.SwapOut(&epoch_->front_events);
  Epoch* const epoch = epoch_.get();
  std::unique_ptr<Epoch> next = NewEpoch();
  dispatched_.push_back(std::exchange(epoch_, std::move(next)));
  if (block_ != nullptr) epoch_->blocks.push_back(block_);
  const uint64_t number = dispatched_epochs_++;
  epoch->working.store(lanes_.size());
  if (threads_.empty()) {
    for (unsigned worker = 0; worker < workers_; ++worker) RunLanes(worker, epoch, number);
  } else {
    Publish({.epoch = epoch, .number = number});
  }
}

uint64_t LaneThreads::WaitForRoom() const {
  const uint64_t number = published_.load();
  for (const Progress& of_worker : progress_) {
    WaitUntil(of_worker.done, [&](uint64_t done) { return number - done < ring_.size(); });
  }
  return number;
}

void LaneThreads::Publish(const Task& task) {
  const uint64_t number = WaitForRoom();
  ring_[number % ring_.size()] = task;
  published_.store(number + 1);
  published_.notify_all();
}

void LaneThreads::DecodeAhead(const std::shared_ptr<PacketBlock>& block) {
  if (block->full()) StartThreads();
  if (threads_.empty()) {
    RunDecode(block.get());
  } else {
    Publish({.block = block.get()});
  }
}

void LaneThreads::RunDecode(PacketBlock* block) const {
  try {
    decode_(block);
  } catch (...) {
    block->error = std::current_exception();
  }
  block->is_decoded.store(true);
  block->is_decoded.notify_all();
}

void LaneThreads::BeginBlock(std::shared_ptr<PacketBlock> block) {
  block_ = std::move(block);
  if (block_ != nullptr) epoch_->blocks.push_back(block_);
}

// Where the system has no more of them (pthread_create(3), EAGAIN), the front measures as well.
void LaneThreads::StartThreads() {
  if (!threads_.empty() || stopped_) return;
  const SignalsBlocked blocked;
  try {
    for (unsigned worker = 0; worker < workers_; ++worker) {
      threads_.emplace_back([this, worker] { Work(worker); });
    }
  } catch (const std::system_error&) {
    StopThreads();
  }
}

void LaneThreads::Work(unsigned worker) {
  for (uint64_t number = 0;; ++number) {
    WaitUntil(published_, [number](uint64_t published) { return published != number; });
    if (stopped_.load()) return;
    Do(ring_[number % ring_.size()], worker);
    progress_[worker].done.store(number + 1);
    progress_[worker].done.notify_all();
  }
}

// The front waits for lanes that are taken: they go before all else.
void LaneThreads::Do(const Task& task, unsigned worker) {
  TakeOwnLanes(worker);
  if (task.block != nullptr) {
    if (worker == 0) RunDecode(task.block);
  } else if (task.epoch != nullptr) {
    RunLanes(worker, task.epoch, task.number);
  } else {
    TakeLanes();
  }
}

// Decoding is about half the work of measuring.
unsigned LaneThreads::WorkerOf(size_t lane) const {
  if (split_.lanes() == 1) return workers_ - 1;
  if (workers_ == 1) return 0;
  if (workers_ == 2) return lane % 4 == 0 ? 0 : 1;
  return 1 + static_cast<unsigned>(lane % (workers_ - 1));
}

void LaneThreads::RunLanes(unsigned worker, Epoch* epoch, uint64_t number) {
  for (size_t lane = 0; lane < lanes_.size(); ++lane) {
    if (WorkerOf(lane) != worker) continue;
    if (BeginLane(lane, number)) RunLane(lane, epoch, number);
    TakeOwnLanes(worker);
  }
}

bool LaneThreads::BeginLane(size_t lane, uint64_t number) {
  return lane_progress_[lane].begun.compare_exchange_strong(number, number + 1);
}

void LaneThreads::RunLane(size_t lane, Epoch* epoch, uint64_t number) {
  LaneProgress& progress = lane_progress_[lane];
  WaitUntil(progress.measured, [number](uint64_t measured) { return measured == number; });
  if (!progress.failed) {
    try {
      KeptSteps::RunBoth(epoch->of_lanes[lane], epoch->steps[lane], lanes_[lane],
                         queues_[lane].get());
      queues_[lane]->SwapOut(&epoch->events[lane]);
    } catch (...) {
      epoch->errors[lane] = std::current_exception();
      progress.failed = true;
    }
  }
  progress.measured.store(number + 1);
  progress.measured.notify_all();
  if (epoch->working.fetch_sub(1) == 1) epoch->working.notify_all();
}

// From behind: the workers come from the front.
void LaneThreads::HelpAndWait(Epoch* epoch, uint64_t number) {
  for (size_t lane = lanes_.size(); lane-- > 0;) {
    if (epoch->working.load() == 0) return;
    if (BeginLane(lane, number)) RunLane(lane, epoch, number);
  }
  Wait(*epoch);
}

void LaneThreads::Wait(const Epoch& epoch) {
  WaitUntil(epoch.working, [](size_t working) { return working == 0; });
}

void LaneThreads::Finish() const {
  if (threads_.empty()) return;
  const uint64_t number = published_.load();
  for (const Progress& of_worker : progress_) {
    WaitUntil(of_worker.done, [number](uint64_t done) { return done == number; });
  }
}

void LaneThreads::WaitForLanes() const {
  for (const std::unique_ptr<Epoch>& epoch : dispatched_) Wait(*epoch);
}

// Those of the lanes and of the front, the lowest key first. Of one key all are in one queue.
void LaneThreads::TellFirst() {
  // Kept where an exception does not end it: a worker may yet tell that it is done.
  told_ = std::move(dispatched_.front());
  dispatched_.pop_front();
  Epoch* const epoch = told_.get();
  HelpAndWait(epoch, told_epochs_++);
  for (std::exception_ptr& error : epoch->errors) {
    if (error != nullptr) std::rethrow_exception(std::exchange(error, nullptr));
  }
  OrderedFeed* const feed =
      merge_->histograms() != nullptr ? &merge_->histograms()->engine.averages() : nullptr;
  tellers_.clear();
  if (!epoch->front_events.empty()) tellers_.emplace_back(epoch->front_events);
  for (const KeptEvents& events : epoch->events) {
    if (!events.empty()) tellers_.emplace_back(events);
  }
  while (!tellers_.empty()) {
    const auto next =
        std::min_element(tellers_.begin(), tellers_.end(),
                         [](const auto& a, const auto& b) { return a.key() < b.key(); });
    next->TellNext(merge_->events(), feed);
    if (next->done()) tellers_.erase(next);
  }
  for (KeptSteps& steps : epoch->steps) steps.Clear();
  for (KeptSteps& steps : epoch->of_lanes) steps.Clear();
  epoch->packets.Clear();
  epoch->blocks.clear();
  spare_.push_back(std::move(told_));
}

void LaneThreads::Settle() {
  Dispatch();
  while (!dispatched_.empty()) TellFirst();
}

void LaneThreads::OnOutput(const OutputStep& step) {
  Settle();
  merge_->OnOutput(step);
  UpdateWants();
}

void LaneThreads::OnInterval(const IntervalStep& step) {
  Settle();
  merge_->OnInterval(step);
}

void LaneThreads::OnEnd(const EndStep& step) {
  Settle();
  merge_->OnEnd(step);
}

void LaneThreads::UpdateWants() {
  const EventMask wants = merge_->events()->Wants();
  front_queue_.SetWants(wants);
  for (const std::unique_ptr<EventQueue>& queue : queues_) queue->SetWants(wants);
}

}  // namespace tstat::internal
