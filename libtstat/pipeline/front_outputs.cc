// SPDX-License-Identifier: BSD-3-Clause
//
// Of the front: when outputs, intervals and traces begin and end, and its figures.
#include <algorithm>
#include <string>
#include <utility>

#include "pipeline/front.h"

namespace tstat::internal {

void Front::BeginOutput(Timestamp now) {
  trace_has_packets_ = true;
  first_of_trace_ = now;
  if (context_.waits_for_output) return;
  if (!options_.concatenate) table_.ResetOpenCounters();
  if (std::exchange(output_open_, true)) return;
  outputs_.control->OnOutput({.order = table_.NextOrder(), .time = now, .of_trace = true});
}

void Front::StartNewOutput(Timestamp time) {
  if (!output_open_) return;
  outputs_.control->OnOutput({.order = table_.NextOrder(), .time = time});
}

void Front::BeginWaitedOutput(Timestamp time) {
  if (!in_trace_ || !context_.waits_for_output) return;
  table_.ResetOpenCounters();
  // The end of a trace without packets.
  if (!trace_has_packets_) end_time_ = time;
  const bool is_first = !std::exchange(output_open_, true);
  outputs_.control->OnOutput({.order = table_.NextOrder(), .time = time, .of_trace = is_first});
}

void Front::AdvanceTime(Timestamp now) {
  if (ip_packets_ == 0 || now <= std::max(last_packet_, advanced_to_)) return;
  advanced_to_ = now;
  table_.AdvanceTime(now);
  if (in_trace_ && options_.intervals && intervals_.IsOver(now)) OnIntervalOver(now);
}

void Front::OnIntervalOver(Timestamp now) {
  EndInterval(now, /*same_moment=*/false);
  intervals_.Start(now);
  if (context_.is_stream && intervals_.index() >= options_.globals.dirs) {
    intervals_.RestartCount();
    if (context_.waits_for_output && !output_open_) return;
    outputs_.control->OnOutput({.order = table_.NextOrder(), .time = now});
  }
}

void Front::EndInterval(Timestamp now, bool same_moment) {
  IntervalStep step = intervals_.End(now);
  step.same_moment = same_moment;
  Complete(&step);
  outputs_.control->OnInterval(step);
}

void Front::Complete(IntervalStep* step) {
  step->order = table_.NextOrder();
  step->refused_tcp = table_.tcp_refused();
  step->refused_udp = table_.udp_refused();
}

void Front::EndTrace() {
  if (!std::exchange(in_trace_, false)) return;
  const bool goes_on = options_.concatenate && !context_.is_last;
  if (!goes_on) fragments_.GiveUpAll();
  if (!(options_.concatenate ? output_open_ : trace_has_packets_ || output_open_)) return;
  if (goes_on) {
    // Two intervals, the second of them empty, divide the traces.
    if (options_.intervals) {
      EndInterval(end_time_, /*same_moment=*/true);
      EndInterval(end_time_, /*same_moment=*/false);
      intervals_.Start(end_time_);
    }
    return;
  }
  table_.Flush(end_time_, /*keep=*/!context_.is_last);
  EndStep end;
  end.time = end_time_;
  end.interval = intervals_.Describe(end_time_);
  Complete(&end.interval);
  end.order = end.interval.order;
  outputs_.control->OnEnd(end);
  intervals_.RestartCount();
  output_open_ = false;
}

void Front::AddTo(Statistics* s) const {
  s->ip_packets = ip_packets_;
  s->first_packet = first_packet_;
  s->last_packet = last_packet_;
  s->first_of_trace = first_of_trace_;
  s->clock_steps_back = clock_steps_back_;
  s->longest_step_back_s = longest_step_back_us_ / 1e6;
  table_.AddTo(s);
  s->tables.push_back(fragments_.use());
  if (calls_ != nullptr) s->tables.push_back(calls_->use());
  if (names_ != nullptr) {
    s->unasked_dns_answers = names_->unasked();
    names_->AddTo(s);
  }
  if (outputs_.histograms != nullptr) {
    outputs_.histograms->engine.AddTo(s);
  }
  const DecodeStatistics& decoded = decoder_.statistics();
  for (size_t i = 0; i < decoded.dropped.size(); ++i) {
    if (decoded.dropped[i] == 0) continue;
    s->dropped.emplace_back(std::string(DropReasonName(static_cast<DropReason>(i))),
                            decoded.dropped[i]);
  }
  const std::pair<const char*, uint64_t> skipped[] = {
      {"TCP in fragments, of which not all came", fragments_.incomplete()},
      {"time stamp zero, at the start of a trace", skipped_.at_time_zero},
      {"time stamp before 1938 or after 2223", skipped_.time_out_of_range},
  };
  unread_.AddTo(s);
  for (const auto& [reason, count] : skipped) {
    if (count != 0) s->dropped.emplace_back(reason, count);
  }
}

}  // namespace tstat::internal
