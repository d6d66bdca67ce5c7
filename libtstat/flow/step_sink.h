// SPDX-License-Identifier: BSD-3-Clause
//
// Who receives the Steps of a FlowTable: the trackers, directly or through queues.
#ifndef TSTAT_FLOW_STEP_SINK_H_
#define TSTAT_FLOW_STEP_SINK_H_

#include "flow/step.h"

namespace tstat::internal {

class StepSink {
 public:
  virtual ~StepSink() = default;

  virtual void OnTcpOpen(const OpenStep& step) = 0;
  // The flow's client is its server: `step` has its endpoints as they are from now on. So far it
  // has had no payload and no SYN.
  virtual void OnTcpTurn(const OpenStep& step) { (void)step; }
  virtual void OnTcpSegment(const TcpSegmentStep& step) = 0;
  virtual void OnTcpClose(const CloseStep& step) = 0;
  virtual void OnUdpOpen(const OpenStep& step) = 0;
  virtual void OnUdpDatagram(const UdpDatagramStep& step) = 0;
  virtual void OnUdpClose(const CloseStep& step) = 0;
  virtual void OnUdpAnnounced(const AnnouncedStep& step) { (void)step; }
  // Steps of this flow (UDP, if not TCP) follow soon: its state may be fetched into the cache.
  virtual void Prefetch(bool is_tcp, FlowIndex flow) { (void)is_tcp, (void)flow; }
  // The flow is about to close, and its state should have arrived: what it points to may be
  // fetched.
  virtual void PrefetchTcpClose(FlowIndex flow) { (void)flow; }
};

// Who receives the steps that concern all flows: they follow all Steps with lower order keys.
class ControlSink {
 public:
  virtual ~ControlSink() = default;

  virtual void OnOutput(const OutputStep& step) = 0;
  virtual void OnInterval(const IntervalStep& step) = 0;
  virtual void OnEnd(const EndStep& step) = 0;
  // All Steps so far are to be done with before what comes next.
  virtual void Settle() {}
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_STEP_SINK_H_
