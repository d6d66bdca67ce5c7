// SPDX-License-Identifier: BSD-3-Clause
#include "tcp/stream_begins.h"

#include <cstddef>

namespace tstat::internal {

void DescribeBegins(const TcpFlowState& flow, TcpLayer7Input* in) {
  for (const size_t i : {0, 1}) {
    const TcpDirectionState &from = flow.side[i], &to = flow.side[1 - i];
    in->side[i].acknowledged = to.acknowledgment.value();
    in->side[i].has_syn = from.syn_count != 0;
    in->side[i].has_acknowledged =
        to.sent_ack || (to.syn_count != 0 && to.acknowledgment.value() != 0);
  }
}

}  // namespace tstat::internal
