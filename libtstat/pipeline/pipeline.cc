// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/pipeline.h"

#include <algorithm>
#include <bit>
#include <exception>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "flow/memory_plan.h"

namespace tstat::internal {

namespace {

// What cannot be worked with; ReadGlobals refuses it in a file, and the command as an option.
absl::Status CheckOptions(const AnalyzerOptions& options) {
  if (options.threads < 1 || options.threads > AnalyzerOptions::kMostThreads) {
    return absl::InvalidArgumentError(absl::StrCat("AnalyzerOptions::threads is ", options.threads,
                                                   ": not 1 to ", AnalyzerOptions::kMostThreads));
  }
  if (options.max_memory != 0 && options.max_memory < AnalyzerOptions::kLeastMemory) {
    return absl::InvalidArgumentError(absl::StrCat("AnalyzerOptions::max_memory is ",
                                                   options.max_memory, ": at least ",
                                                   AnalyzerOptions::kLeastMemory));
  }
  const Globals& globals = options.globals;
  const std::pair<const char*, uint32_t> sizes[] = {{"max_tcp_pairs", globals.max_tcp_pairs},
                                                    {"max_udp_pairs", globals.max_udp_pairs},
                                                    {"gc_split_ratio", globals.gc_split_ratio}};
  for (const auto& [name, size] : sizes) {
    if (size > 0 && size <= Globals::kMostFlows) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("Globals::", name, " is ", size, ": not 1 to ", Globals::kMostFlows));
  }
  return absl::OkStatus();
}

// What the source will look at: without that each record would be waited for.
void Prefetch(std::span<const uint8_t> upcoming) {
  constexpr size_t kLine = 64, kAtOnce = 4 * kLine;
  const uint8_t* const bytes = upcoming.data();
  size_t at = 0;
  for (; at + kAtOnce <= upcoming.size(); at += kAtOnce) {
    for (size_t line = 0; line < kAtOnce; line += kLine)
      __builtin_prefetch(bytes + at + line, 0, 2);
  }
  for (; at < upcoming.size(); at += kLine) __builtin_prefetch(bytes + at, 0, 2);
}

// Of packets that wait for their turn; half of the part of memory is for what is known of them.
uint64_t MostWaiting(const AnalyzerOptions& options) {
  return std::min(MemoryPlan::Of(options).waiting / 2, TimeOrderOptions().most_bytes);
}

// libndpi learns from one flow for the next, and what HTTP heads and media streams may take they
// take from each other: what there is in a row would depend on which flows are in a lane.
bool FlowsShareMore(const AnalyzerOptions& options) {
  const CompatProfile& profile = options.profile;
  return options.ndpi || profile.modern_layer7 || (profile.rtp_plus && options.max_memory != 0);
}

}  // namespace

template <typename Call>
void Pipeline::Guarded(Call call) {
  if (failed_) return;
  if (std::exchange(in_call_, true)) {
    status_.Update(absl::FailedPreconditionError("the analysis was called by one of its sinks"));
    return;
  }
  try {
    call();
  } catch (const std::bad_alloc&) {
    out_of_memory_ = true;
    Fail(absl::ResourceExhaustedError("no memory for more flows"));
  } catch (const std::exception& e) {
    Fail(absl::InternalError(absl::StrCat("an exception ended the analysis: ", e.what())));
  } catch (...) {
    Fail(absl::InternalError("an exception ended the analysis"));
  }
  in_call_ = false;
}

void Pipeline::Fail(const absl::Status& status) {
  failed_ = true;
  status_.Update(status);
  // Bytes of packets may be gone when the call has returned.
  if (threads_ != nullptr) threads_->Finish();
}

void Pipeline::AddSink(EventSink* sink) {
  if (started()) {
    status_.Update(absl::FailedPreconditionError("a sink was added after the first trace began"));
    return;
  }
  if (sink == nullptr) {
    status_.Update(absl::InvalidArgumentError("there is no sink to be added"));
    return;
  }
  Guarded([&] { merge_.AddSink(sink); });
}

// A power of two, and a number that the workers can share as LaneThreads does, evenly or nearly so:
// of two workers the first has a quarter, of more none.
unsigned Pipeline::LaneBits(const AnalyzerOptions& options) {
  if (options.threads <= 1 || FlowsShareMore(options)) return 0;
  const unsigned workers = std::min(options.threads, AnalyzerOptions::kMostThreads) - 1;
  if (workers <= 2) return 2;
  const unsigned measuring = workers - 1;
  return static_cast<unsigned>(std::bit_width(measuring - 1)) +
         (std::has_single_bit(measuring) ? 0 : 1);
}

// The sinks are known only when the first trace begins.
void Pipeline::Start() {
  merge_.Start(options_);
  const EventMask wants = merge_.wants();
  if (options_.threads > 1) {
    threads_ = std::make_unique<LaneThreads>(options_.threads - 1, split_, &merge_, epoch_steps_);
    threads_->UpdateWants();
  }
  for (uint32_t i = 0; i < split_.lanes(); ++i) {
    EventQueue* const queue = threads_ != nullptr ? threads_->queue(i) : nullptr;
    EventSink* const out = queue != nullptr ? static_cast<EventSink*>(queue) : merge_.events();
    router_.Add(std::make_unique<Lane>(options_, wants, out, merge_.histograms(),
                                       LanePlace{split_, i, queue}));
    Lane* const lane = router_.lanes().back().get();
    merge_.AddLane(lane);
    if (threads_ != nullptr) threads_->Add(lane);
  }
  FrontOutputs outputs;
  outputs.split = split_;
  outputs.histograms = merge_.histograms();
  if (threads_ != nullptr) {
    outputs.lanes = threads_.get();
    outputs.control = threads_.get();
    outputs.events = threads_->front_queue();
    outputs.threads = threads_.get();
  } else {
    Lane* const only = split_.lanes() == 1 ? router_.lanes().front().get() : nullptr;
    outputs.lanes = only != nullptr ? static_cast<StepSink*>(only) : &router_;
    outputs.control = &merge_;
    outputs.events = merge_.events();
    outputs.inline_lane = only;
  }
  front_.emplace(options_, wants, outputs);
  if (threads_ != nullptr) {
    threads_->SetDecode([this](PacketBlock* block) { front_->DecodeAhead(block); });
    threads_->SetTakeLane(
        [this](uint32_t lane, PacketBlock* block) { front_->TakeLane(lane, block); });
  }
  const CompatProfile& profile = options_.profile;
  if (profile.time_order_window_ms == 0) return;
  constexpr int64_t kMillisecond = 1'000'000;
  order_.emplace(
      TimeOrderOptions{.window_ns = profile.time_order_window_ms * kMillisecond,
                       .step_ns = profile.clock_step_ms * kMillisecond,
                       .most_bytes = MostWaiting(options_),
                       .moves_times = profile.clock_step_ms != 0 && !options_.follow_clock_back},
      [this](std::span<const Packet> packets, bool keeps_bytes) {
        if (feeds_) return AddToBlock(packets, keeps_bytes);
        last_result_ = front_->ProcessBatch(packets, std::exchange(upcoming_, {}));
      });
}

void Pipeline::ReleaseAll() {
  if (order_.has_value()) order_->ReleaseAll();
  TakeAllBlocks();
}

void Pipeline::Feed(std::span<const Packet> packets, std::span<const uint8_t> upcoming,
                    bool keeps_bytes) {
  if (packets.empty()) return;
  if (!started() || !front_->in_trace()) BeginTrace({});
  if (failed_) return;
  if (!DecodesAhead()) {
    ProcessBatch(packets, upcoming, keeps_bytes);
    return;
  }
  Guarded([&] {
    feeds_ = true;
    Prefetch(upcoming);
    if (order_.has_value()) {
      order_->Add(packets, keeps_bytes);
    } else {
      AddToBlock(packets, keeps_bytes);
    }
  });
}

void Pipeline::AddToBlock(std::span<const Packet> packets, bool keeps_bytes) {
  for (const Packet& packet : packets) {
    if (block_ == nullptr) block_ = NewBlock();
    block_->Add(packet, keeps_bytes);
    if (!block_->full()) continue;
    SubmitBlock();
    // One is decoded while another is taken.
    if (decoding_.size() == kMostDecoding) BeginFirstBlock();
  }
}

void Pipeline::SubmitBlock() {
  if (block_ == nullptr) return;
  decoding_.push_back(std::move(block_));
  threads_->DecodeAhead(decoding_.back());
}

// Where lanes take their packets, they do so while the next ones are read.
void Pipeline::BeginFirstBlock() {
  FinishBlock();
  threads_->TellReady();
  std::shared_ptr<PacketBlock> block = std::move(decoding_.front());
  decoding_.pop_front();
  threads_->WaitFor(*block);
  if (block->error != nullptr) std::rethrow_exception(block->error);
  threads_->BeginBlock(block);
  if (front_->BeginInLanes(block.get())) {
    in_lanes_ = std::move(block);
    return;
  }
  front_->TakeBlock(block.get());
  threads_->BeginBlock(nullptr);
}

void Pipeline::FinishBlock() {
  if (in_lanes_ == nullptr) return;
  const std::shared_ptr<PacketBlock> block = std::move(in_lanes_);
  front_->FinishInLanes(block.get());
  threads_->BeginBlock(nullptr);
}

void Pipeline::FinishForLook() {
  if (in_lanes_ != nullptr && !in_call_) Guarded([this] { FinishBlock(); });
}

void Pipeline::TakeAllBlocks() {
  SubmitBlock();
  while (!decoding_.empty()) BeginFirstBlock();
  FinishBlock();
  feeds_ = false;
}

std::shared_ptr<PacketBlock> Pipeline::NewBlock() {
  for (const std::shared_ptr<PacketBlock>& block : blocks_) {
    if (block.use_count() > 1) continue;
    block->Clear();
    return block;
  }
  return blocks_.emplace_back(std::make_shared<PacketBlock>(epoch_steps_));
}

void Pipeline::BeginTrace(const TraceContext& context) {
  Guarded([&] {
    if (!started()) {
      if (absl::Status checked = CheckOptions(options_); !checked.ok()) return Fail(checked);
      Start();
    }
    ReleaseAll();
    front_->EndTrace();
    front_->BeginTrace(context);
    if (order_.has_value()) order_->Begin();
  });
}

PacketResult Pipeline::ProcessBatch(std::span<const Packet> packets,
                                    std::span<const uint8_t> upcoming, bool keeps_bytes) {
  PacketResult result = PacketResult::kNotTaken;
  if (packets.empty()) return result;
  if (!started() || !front_->in_trace()) BeginTrace({});
  Guarded([&] {
    if (feeds_) TakeAllBlocks();
    if (order_.has_value()) {
      last_result_ = PacketResult::kNotTaken;
      upcoming_ = upcoming;
      order_->Add(packets, keeps_bytes);
      result = last_result_;
    } else {
      result = front_->ProcessBatch(packets, upcoming);
    }
  });
  return result;
}

void Pipeline::OnQuiet() {
  Guarded([&] {
    ReleaseAll();
    Settle();
  });
}

void Pipeline::EndTrace() {
  Guarded([&] {
    ReleaseAll();
    if (started()) front_->EndTrace();
  });
}

void Pipeline::StartNewOutput(Timestamp time) {
  Guarded([&] {
    ReleaseAll();
    if (started()) front_->StartNewOutput(time);
  });
}

void Pipeline::BeginOutput(Timestamp time) {
  Guarded([&] {
    ReleaseAll();
    if (started()) front_->BeginWaitedOutput(time);
  });
}

// Not from a sink: the list of sinks is being walked through then.
void Pipeline::ResubscribeNow() {
  Guarded([&] {
    if (!started()) return;
    Settle();
    merge_.ResubscribeNow();
    if (threads_ != nullptr) threads_->UpdateWants();
  });
}

void Pipeline::SetLabels(std::shared_ptr<const LabelRules> rules) {
  Guarded([&] {
    Settle();
    options_.labels = std::move(rules);
    for (const std::unique_ptr<Lane>& lane : router_.lanes()) lane->SetLabels(options_.labels);
  });
}

void Pipeline::AdvanceTime(Timestamp now) {
  Guarded([&] {
    if (order_.has_value()) order_->ReleaseUntil(now);
    TakeAllBlocks();
    if (started()) front_->AdvanceTime(now);
    Settle();
  });
}

// What waits for its turn in time goes on waiting.
void Pipeline::TellAll() {
  if (threads_ == nullptr) return;
  Guarded([&] {
    TakeAllBlocks();
    Settle();
  });
}

void Pipeline::ForEachLiveFlow(absl::FunctionRef<void(const LiveFlow&)> visit) {
  FinishForLook();
  if (started() && !failed_) front_->ForEachLiveFlow(visit);
}

void Pipeline::AddSkipped(const SkippedPackets& skipped) {
  if (started()) front_->AddSkipped(skipped);
}

Statistics Pipeline::statistics() {
  Statistics statistics;
  if (!started()) return statistics;
  FinishForLook();
  if (threads_ != nullptr) {
    statistics.tables.push_back(threads_->use());
    statistics.tables.push_back(
        {.name = "decoding_blocks", .used = decoding_.size(), .limit = kMostDecoding});
    for (const std::shared_ptr<PacketBlock>& block : decoding_) LaneThreads::WaitFor(*block);
    if (!failed_) threads_->Dispatch();
    threads_->WaitForLanes();
  }
  front_->AddTo(&statistics);
  for (const std::unique_ptr<Lane>& lane : router_.lanes()) lane->AddTo(&statistics);
  if (order_.has_value()) {
    const TimeOrderStatistics& order = order_->statistics();
    statistics.tables.push_back(order_->use());
    statistics.overtaken_packets = order.overtaken;
    statistics.clock_steps_back += order.steps;
    statistics.longest_step_back_s =
        std::max(statistics.longest_step_back_s, static_cast<double>(order.longest_step_ns) / 1e9);
  }
  return statistics;
}

absl::Status Pipeline::status() const {
  if (!status_.ok()) return status_;
  if (started() && !front_->status().ok()) return front_->status();
  return merge_.status();
}

}  // namespace tstat::internal
