// SPDX-License-Identifier: BSD-3-Clause
//
// A line for every TCP flow: endpoints, server name, round-trip time, retransmissions.
//
//   print_tcp_flows trace.pcap
#include <cstdio>
#include <string>

#include "tstat/analyzer.h"
#include "tstat/tcp_flow.h"

namespace {

std::string Name(const tstat::Endpoint& e) {
  return e.address.ToString() + " " + std::to_string(e.port);
}

class Printer : public tstat::EventSink {
 public:
  tstat::EventMask Wants() const override { return tstat::Event::kTcpFlow; }

  void OnTcpFlow(const tstat::TcpFlow& flow) override {
    const tstat::Endpoints& ends = flow.endpoints;
    // The capture point lies between the ends: the round trip is the sum of both halves.
    const double rtt_us = flow.client.rtt.mean_us() + flow.server.rtt.mean_us();
    const char* name = "-";
    if (ends.resolution != nullptr) {
      name = ends.resolution->name.c_str();
    } else if (!flow.layer7.tls_server_name.empty()) {
      name = flow.layer7.tls_server_name.c_str();
    }
    std::printf("%s -> %s  %s  %s  rtt %.1f ms  retransmitted %u + %u segments\n",
                Name(ends.client).c_str(), Name(ends.server).c_str(), name,
                flow.complete ? "complete" : "incomplete", rtt_us / 1000,
                flow.client.retransmitted_packets, flow.server.retransmitted_packets);
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: print_tcp_flows TRACE\n");
    return 2;
  }
  auto source = tstat::OpenTrace(argv[1]);
  if (!source.ok()) {
    std::fprintf(stderr, "%s\n", source.status().ToString().c_str());
    return 1;
  }
  Printer printer;
  tstat::Analyzer analyzer(tstat::AnalyzerOptions{});
  analyzer.AddSink(&printer);
  return analyzer.Run(**source).ok() ? 0 : 1;
}
