// SPDX-License-Identifier: BSD-3-Clause
//
// What a flow did in one period of its life ([3.3] log_tcp_periodic, log_udp_periodic).
// A period ends with the first packet that comes more than Globals::log_periodic_interval_s after
// its begin, and belongs to the next one; the last period ends with the flow. Silent ones are
// longer, not empty.
#ifndef TSTAT_PERIODIC_H_
#define TSTAT_PERIODIC_H_

#include <cstdint>

#include "tstat/flow.h"
#include "tstat/time.h"

namespace tstat::inline v1 {

struct FlowPeriod {
  uint64_t flow_number = 0;  // of the TcpFlow or UdpFlow
  Endpoints endpoints;       // without a name
  Timestamp flow_start;
  Timestamp begin;
  Timestamp last_packet;  // of the flow so far: earlier than `begin` when the last period is empty
  OrderKey order;
};

struct UdpPeriod : FlowPeriod {
  struct Side {
    uint64_t packets = 0;
    int64_t data_bytes = 0;
  };
  Side client, server;  // by the sender

  [[nodiscard]] const Side& of(Direction sender) const {
    return sender == Direction::kClientToServer ? client : server;
  }
};

struct TcpPeriod : FlowPeriod {
  // Counters as in TcpDirection, of the period only.
  struct Side {
    uint64_t packets = 0, ack_packets = 0, pure_ack_packets = 0;
    uint64_t data_packets = 0, data_bytes = 0, unique_bytes = 0;
    uint32_t retransmitted_packets = 0, retransmitted_bytes = 0, out_of_order_packets = 0;
    uint32_t syn_count = 0, fin_count = 0;
    uint8_t rst_count = 0;
    uint32_t sack_segments = 0;
    uint32_t rtt_count = 0;
    double rtt_sum_us = 0;                          // of the samples
    uint32_t in_flight_min = 0, in_flight_max = 0;  // bytes; 0: none
  };
  Side client, server;

  [[nodiscard]] const Side& of(Direction sender) const {
    return sender == Direction::kClientToServer ? client : server;
  }
};

}  // namespace tstat::inline v1

#endif  // TSTAT_PERIODIC_H_
