// SPDX-License-Identifier: BSD-3-Clause
//
// Flows that are reported while they are open (--active-timeout): what each record has already
// said, so that the next one has what came since. Sums are differences; what is no sum (minima,
// maxima, first and last times) begins anew in the state itself.
//
//   ReportedTotals totals;
//   totals.Take(flow, &record.client, &record.server);   // a record is due, the flow goes on
//   ReportedTotals::BeginPeriod(state, cold, pools);
//   totals.Subtract(flow, &record.client, &record.server);   // the last record
//   totals.Forget(flow);
#ifndef TSTAT_TCP_REPORTED_TOTALS_H_
#define TSTAT_TCP_REPORTED_TOTALS_H_

#include <array>
#include <cstddef>

#include "absl/container/flat_hash_map.h"
#include "flow/step.h"
#include "tcp/tcp_flow_state.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {

class ReportedTotals {
 public:
  bool empty() const { return flows_.empty(); }

  // Both have the totals of the flow; they get what came since they were taken last.
  void Take(FlowIndex flow, TcpDirection* client, TcpDirection* server);
  void Subtract(FlowIndex flow, TcpDirection* client, TcpDirection* server) const;
  void Forget(FlowIndex flow) { flows_.erase(flow); }

  static void BeginPeriod(TcpFlowState& state, TcpColdState& cold, TcpPools& pools);

  size_t memory_bytes() const { return flows_.capacity() * sizeof(*flows_.begin()); }

 private:
  // Never gone through: no output depends on the order.
  absl::flat_hash_map<FlowIndex, std::array<TcpDirection, 2>> flows_;
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_REPORTED_TOTALS_H_
