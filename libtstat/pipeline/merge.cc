// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/merge.h"

#include <utility>

namespace tstat::internal {

void Merge::Start(const AnalyzerOptions& options) {
  wants_ = sinks_.Wants() | options.later_wants;
  if (wants_.has(Event::kHistograms) && options.histograms != nullptr &&
      options.histograms->any()) {
    histograms_ = std::make_unique<Histograms>(options, &sinks_);
  }
}

void Merge::ResubscribeNow() {
  if (sinks_.Resubscribe(wants_)) return;
  subscription_status_.Update(absl::FailedPreconditionError(
      "a sink wants events that AnalyzerOptions::later_wants did not announce"));
}

void Merge::OnOutput(const OutputStep& step) {
  sinks_.OnNewOutput({step.time, step.order});
  if (std::exchange(resubscribe_, false)) ResubscribeNow();
  if (step.of_trace && histograms_ != nullptr) histograms_->engine.BeginTrace(step.time);
}

void Merge::AbsorbPartials() {
  for (Lane* lane : lanes_) {
    if (lane->partial() != nullptr) histograms_->engine.recorder().Absorb(*lane->partial());
  }
}

void Merge::OnInterval(const IntervalStep& step) {
  if (histograms_ != nullptr) {
    AbsorbPartials();
    histograms_->engine.EndInterval(step);
  }
  sinks_.OnIntervalEnd(
      {.time = step.now, .index = step.index, .order = At(step.order, EventPlace::kIntervalEnd)});
}

void Merge::OnEnd(const EndStep& step) {
  if (histograms_ != nullptr) {
    AbsorbPartials();
    histograms_->engine.EndTrace(step.interval);
  }
  sinks_.OnTraceEnd({.time = step.time, .order = At(step.order, EventPlace::kTraceEnd)});
}

absl::Status Merge::status() const {
  return subscription_status_.ok() ? sinks_.status() : subscription_status_;
}

}  // namespace tstat::internal
