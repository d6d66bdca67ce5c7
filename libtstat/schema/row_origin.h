// SPDX-License-Identifier: BSD-3-Clause
//
// Where the record of a row comes from: its flow, and the packet that made the row.
#ifndef TSTAT_SCHEMA_ROW_ORIGIN_H_
#define TSTAT_SCHEMA_ROW_ORIGIN_H_

#include <cstdint>

namespace tstat::internal {

// TcpFlow::flow_number and the like; 0: none.
template <typename Record>
uint64_t FlowNumberOf(const Record& record) {
  if constexpr (requires { record.flow_number; }) {
    return record.flow_number;
  } else if constexpr (requires { record.udp->flow_number; }) {  // of media or Skype
    return record.udp != nullptr   ? record.udp->flow_number
           : record.tcp != nullptr ? record.tcp->flow_number
                                   : 0;
  } else if constexpr (requires { record.flow->flow_number; }) {
    return record.flow != nullptr ? record.flow->flow_number : 0;
  } else if constexpr (requires { record.flow->udp; }) {  // a stream of media
    return record.flow != nullptr ? FlowNumberOf(*record.flow) : 0;
  } else {
    return 0;
  }
}

// OrderKey::packet of the record; 0: it has none.
template <typename Record>
uint64_t PacketNumberOf(const Record& record) {
  if constexpr (requires { record.order.packet; }) {
    return record.order.packet;
  } else if constexpr (requires { record.flow->order.packet; }) {
    return record.flow != nullptr ? record.flow->order.packet : 0;
  } else {
    return 0;
  }
}

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_ROW_ORIGIN_H_
