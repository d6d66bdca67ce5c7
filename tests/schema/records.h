// SPDX-License-Identifier: BSD-3-Clause
//
// Records made by hand after worked examples checked with Tstat.
#ifndef TSTAT_TESTS_SCHEMA_RECORDS_H_
#define TSTAT_TESTS_SCHEMA_RECORDS_H_

#include "tstat/ip_address.h"
#include "tstat/tcp_flow.h"
#include "tstat/time.h"

namespace tstat::internal {

// Microseconds after 1500000000 s.
inline Timestamp At(int64_t us) { return Timestamp::FromMicroseconds(1500000000000000 + us); }

// Trace http, a plain close in ten segments.
inline TcpFlow PlainHttpFlow() {
  TcpFlow flow;
  flow.endpoints.client = {.address = *IpAddress::Parse("192.168.1.128"), .port = 42170};
  flow.endpoints.server = {.address = *IpAddress::Parse("216.58.208.142"), .port = 80};
  flow.endpoints.server.internal = false;
  flow.first = At(0);
  flow.last = At(42164);
  flow.complete = true;

  TcpDirection& client = flow.client;
  client.packets = 6;
  client.ack_packets = 5;
  client.pure_ack_packets = 3;
  client.unique_bytes = client.data_bytes = 74;
  client.data_packets = 1;
  client.syn_count = client.fin_count = 1;
  client.first_payload = client.last_payload = At(7350);
  client.first_ack = At(7292);
  client.rtt = {.min_us = 6194, .max_us = 7693, .sum_us = 21137, .count = 3};
  client.rtt.sum2_us = 7250.0 * 7250 + 7693.0 * 7693 + 6194.0 * 6194;
  client.ttl_min = client.ttl_max = 64;
  client.window_scale_sent = client.timestamp_sent = client.sack_permitted = true;
  client.window_scale = 7;
  client.mss = 1460;
  client.payload_max = client.payload_min = 74;
  client.window_max = 64256;
  client.window_min = 63744;
  client.in_flight_max = client.in_flight_min = client.initial_window_bytes = 74;
  client.messages = 1;

  TcpDirection& server = flow.server;
  server.packets = 4;
  server.ack_packets = 4;
  server.pure_ack_packets = 1;
  server.unique_bytes = server.data_bytes = 528;
  server.data_packets = 1;
  server.syn_count = server.fin_count = 1;
  server.first_payload = server.last_payload = At(35654);
  server.first_ack = At(15043);
  server.rtt = {.min_us = 42, .max_us = 47, .sum_us = 134, .count = 3};
  server.rtt.sum2_us = 42.0 * 42 + 45.0 * 45 + 47.0 * 47;
  server.ttl_min = server.ttl_max = 120;
  server.window_scale_sent = server.timestamp_sent = server.sack_permitted = true;
  server.window_scale = 8;
  server.mss = 1430;
  server.payload_max = server.payload_min = 528;
  server.window_max = 65536;
  server.window_min = 65535;
  server.in_flight_max = server.in_flight_min = server.initial_window_bytes = 528;
  server.messages = 1;

  flow.layer7.connection_type = connection_type::kHttp;
  flow.layer7.http_requests = flow.layer7.http_responses = 1;
  flow.layer7.http_response_code = {'3', '0', '1'};
  flow.layer7.http_hostname = "google.com";
  return flow;
}

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_SCHEMA_RECORDS_H_
