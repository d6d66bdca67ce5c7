// SPDX-License-Identifier: BSD-3-Clause
//
// What TCP flows and their segments add to the histograms.
#ifndef TSTAT_HISTOGRAM_TCP_OBSERVER_H_
#define TSTAT_HISTOGRAM_TCP_OBSERVER_H_

#include <cstdint>

#include "histogram/engine.h"
#include "tcp/histogram_hooks.h"

namespace tstat::internal {

class TcpObserver : public TcpHistogramHooks {
 public:
  explicit TcpObserver(HistogramEngine* engine) : engine_(*engine), recorder_(engine->recorder()) {}

  void OnCongestionWindow(uint32_t bytes) override;
  void OnSegmentClass(const TcpSegmentStep& step, uint8_t value) override;
  void OnSegment(const TcpSegmentStep& step, const TcpLayer7Flow* layer7) override;
  void OnFlowClosed(const TcpFlow& flow, int video_index) override;

 private:
  // A value of each direction, to the members by internal ends and to those by sender.
  void AddBoth(HistogramFamily family, const TcpFlow& flow, double client, double server,
               bool by_sender = true);
  void AddLayer7(const TcpFlow& flow, int video_index);
  void AddSkypeBytes(const TcpFlow& flow);
  void AddOptions(const TcpFlow& flow);
  void AddVolumes(const TcpFlow& flow);
  void AddWindows(const TcpDirection& d);
  void AddRoundTrips(const TcpFlow& flow);
  void AddAnomalies(const TcpFlow& flow);
  void AddTimes(const TcpFlow& flow);
  void AddThroughput(const TcpFlow& flow, Direction sender);
  void AddMedia(const TcpFlow& flow);

  HistogramEngine& engine_;
  HistogramRecorder& recorder_;
};

}  // namespace tstat::internal

#endif  // TSTAT_HISTOGRAM_TCP_OBSERVER_H_
