// SPDX-License-Identifier: BSD-3-Clause
//
// Segments of one direction that carry an acknowledgment: nearly all, so the others are counted.
#ifndef TSTAT_TCP_ACK_COUNTER_H_
#define TSTAT_TCP_ACK_COUNTER_H_

#include <cstdint>

#include "decode/datagram.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {

class AckCounter {
 public:
  void OnSegment(const TcpHeader& header, const Datagram&) {
    if ((header.flags & tcp_flags::kAck) == 0) ++without_ack_;
  }
  void Export(TcpDirection* out) const { out->ack_packets = out->packets - without_ack_; }

 private:
  uint32_t without_ack_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_ACK_COUNTER_H_
