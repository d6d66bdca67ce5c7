// SPDX-License-Identifier: BSD-3-Clause
//
// Where everything comes together, in order: events of the lanes and of the front, sums of what the
// lanes counted, and from there to the sinks.
//
//   Merge merge;
//   merge.AddSink(&sink);
//   merge.Start(options);               // the sinks are known now
//   Lane lane(options, merge.wants(), merge.events(), merge.histograms());
#ifndef TSTAT_PIPELINE_MERGE_H_
#define TSTAT_PIPELINE_MERGE_H_

#include <cassert>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "flow/step_sink.h"
#include "pipeline/event_fan_out.h"
#include "pipeline/histograms.h"
#include "pipeline/lane.h"
#include "tstat/options.h"

namespace tstat::internal {

class Merge final : public ControlSink {
 public:
  // `sink` must outlive this object. REQUIRES: not started.
  void AddSink(EventSink* sink) {
    assert(lanes_.empty());
    sinks_.Add(sink);
  }
  void Start(const AnalyzerOptions& options);
  // Its partial sums are added at the end of each interval. It must outlive this object.
  void AddLane(Lane* lane) { lanes_.push_back(lane); }
  // At the next output, each sink's Wants() is asked again.
  void Resubscribe() { resubscribe_ = true; }
  // Now.
  void ResubscribeNow();

  // What may be wanted in the course of the run: this is measured.
  EventMask wants() const { return wants_; }
  EventSink* events() { return &sinks_; }
  Histograms* histograms() { return histograms_.get(); }

  void OnOutput(const OutputStep& step) override;
  void OnInterval(const IntervalStep& step) override;
  void OnEnd(const EndStep& step) override;

  // The first error of a sink, or of what one asked for.
  absl::Status status() const;

 private:
  void AbsorbPartials();

  EventFanOut sinks_;
  EventMask wants_;
  bool resubscribe_ = false;
  std::unique_ptr<Histograms> histograms_;
  std::vector<Lane*> lanes_;
  absl::Status subscription_status_;
};

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_MERGE_H_
