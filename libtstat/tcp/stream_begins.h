// SPDX-License-Identifier: BSD-3-Clause
//
// Where the streams of a flow begin, for layer 7 that reads streams. Of no use to Tstat's rules.
#ifndef TSTAT_TCP_STREAM_BEGINS_H_
#define TSTAT_TCP_STREAM_BEGINS_H_

#include "l7/tcp_layer7_input.h"
#include "tcp/tcp_flow_state.h"

namespace tstat::internal {

void DescribeBegins(const TcpFlowState& flow, TcpLayer7Input* in);

}  // namespace tstat::internal

#endif  // TSTAT_TCP_STREAM_BEGINS_H_
