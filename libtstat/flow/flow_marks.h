// SPDX-License-Identifier: BSD-3-Clause
//
// What is counted of a flow's headers beside lengths and numbers (FlowMarks).
//
//   CountMarks(datagram, side, &marks);                          // every packet that counts
//   if (syn) NoteHandshake(datagram, header, &marks);
#ifndef TSTAT_FLOW_FLOW_MARKS_H_
#define TSTAT_FLOW_FLOW_MARKS_H_

#include "decode/datagram.h"
#include "tstat/flow.h"

namespace tstat::internal {

inline void CountMarks(const Datagram& d, int side, FlowMarks* marks) {
  constexpr uint8_t kEcnField = 3, kCongestionExperienced = 3;  // RFC 3168, 5
  if ((d.type_of_service & kEcnField) == kCongestionExperienced) [[unlikely]]
    ++marks->congestion[static_cast<size_t>(side)];
}

// A SYN, or the answer to one: what it offers or agrees to.
void NoteHandshake(const Datagram& d, const TcpHeader& h, FlowMarks* marks);

// The flow goes on in another record: what is a sum begins anew.
inline void BeginPeriod(FlowMarks* marks) {
  marks->congestion = {};
  marks->icmp_errors = 0;
}

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_FLOW_MARKS_H_
