// SPDX-License-Identifier: BSD-3-Clause
//
// The measurements of one direction that need nothing but its counted segments, one after the
// other. Each is a class in a file of its own and a row of the list below. It has
// - OnSegment(const TcpHeader&, const Datagram&);
// - Export(TcpDirection* out) const: `out` has the counters of segments and bytes already.
//
// They stand where a flow's beginning and end are kept: one that writes with few segments costs
// next to nothing, one that writes with each of them a line of the cache (tcp_flow_state.h).
#ifndef TSTAT_TCP_SEGMENT_MEASUREMENTS_H_
#define TSTAT_TCP_SEGMENT_MEASUREMENTS_H_

#include <tuple>

#include "decode/datagram.h"
#include "tcp/ack_counter.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {

class SegmentMeasurements {
 public:
  void OnSegment(const TcpHeader& header, const Datagram& datagram) {
    std::apply([&](auto&... each) { (each.OnSegment(header, datagram), ...); }, all_);
  }
  void Export(TcpDirection* out) const {
    std::apply([out](const auto&... each) { (each.Export(out), ...); }, all_);
  }

 private:
  std::tuple<AckCounter> all_;
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_SEGMENT_MEASUREMENTS_H_
