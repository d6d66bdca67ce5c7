// SPDX-License-Identifier: BSD-3-Clause
//
// A flow like most, and a log with nothing but its row, for those who measure what a row costs.
#ifndef TSTAT_BENCHMARKS_USUAL_FLOW_H_
#define TSTAT_BENCHMARKS_USUAL_FLOW_H_

#include <fstream>
#include <string>

#include "schema/log_schema.h"
#include "schema/row_buffer.h"
#include "tstat/tcp_flow.h"
#include "tstat/text_logs.h"

namespace tstat::internal {

inline Endpoints MakeEndpoints() {
  Endpoints e;
  e.client = {IpAddress::V4(0x0a010203), 51234};
  e.server = {IpAddress::V4(0xc6336422), 443};
  return e;
}

inline TcpFlow UsualFlow() {
  TcpFlow flow;
  flow.endpoints = MakeEndpoints();
  flow.first = Timestamp::FromMicroseconds(1'700'000'000'123'456);
  flow.last = Timestamp::FromMicroseconds(1'700'000'007'654'321);
  flow.complete = true;
  for (TcpDirection* d : {&flow.client, &flow.server}) {
    d->packets = 17, d->ack_packets = 16, d->data_packets = 9,
    d->data_bytes = d->unique_bytes = 12345;
    d->rtt = {.min_us = 11000, .max_us = 23456, .sum_us = 150000, .sum2_us = 2.6e9, .count = 9};
    d->first_payload = d->first_ack = flow.first, d->last_payload = flow.last;
    d->ttl_min = d->ttl_max = 64, d->mss = 1460, d->window_max = 65535, d->window_min = 29200;
    d->payload_max = 1448, d->payload_min = 20, d->in_flight_max = 7000, d->in_flight_min = 20;
  }
  flow.layer7.connection_type = connection_type::kTls;
  flow.layer7.tls_server_name = "www.example.test";
  return flow;
}

// A log_tcp_complete with the 130 columns of the default.
inline void WriteTcpLog(const std::string& path, int rows) {
  RowBuffer text;
  const CompatProfile profile;
  const TcpFlow flow = UsualFlow();
  const LogTable<TcpFlow>& table = TcpCompleteTable();
  const RowPlan<TcpFlow> plan(table, tcp_level::kDefault);
  text.Append(LogHeader(table, tcp_level::kDefault, profile));
  for (int i = 0; i < rows; ++i) plan.Write(flow, {.profile = &profile}, text);
  std::ofstream(path) << text.view();
}

}  // namespace tstat::internal

#endif  // TSTAT_BENCHMARKS_USUAL_FLOW_H_
