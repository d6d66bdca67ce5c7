// SPDX-License-Identifier: BSD-3-Clause
//
// Counts the flows of a trace and their bytes: the smallest complete program.
//
//   count_flows trace.pcap
#include <cstdint>
#include <cstdio>

#include "tstat/analyzer.h"
#include "tstat/tcp_flow.h"
#include "tstat/udp_flow.h"

namespace {

class FlowCounter : public tstat::EventSink {
 public:
  tstat::EventMask Wants() const override {
    return tstat::Event::kTcpFlow | tstat::Event::kUdpFlow;
  }

  void OnTcpFlow(const tstat::TcpFlow& flow) override {
    ++tcp_flows;
    tcp_bytes += flow.client.data_bytes + flow.server.data_bytes;
  }
  void OnUdpFlow(const tstat::UdpFlow& flow) override {
    ++udp_flows;
    udp_bytes += flow.client.data_bytes + flow.server.data_bytes;
  }

  uint64_t tcp_flows = 0, tcp_bytes = 0, udp_flows = 0;
  int64_t udp_bytes = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: count_flows TRACE\n");
    return 2;
  }
  auto source = tstat::OpenTrace(argv[1]);
  if (!source.ok()) {
    std::fprintf(stderr, "%s\n", source.status().ToString().c_str());
    return 1;
  }
  FlowCounter counter;
  tstat::Analyzer analyzer(tstat::AnalyzerOptions{});
  analyzer.AddSink(&counter);
  const absl::Status end = analyzer.Run(**source);
  std::printf("%llu packets: %llu TCP flows with %llu bytes, %llu UDP flows with %lld bytes\n",
              static_cast<unsigned long long>(analyzer.statistics().ip_packets),
              static_cast<unsigned long long>(counter.tcp_flows),
              static_cast<unsigned long long>(counter.tcp_bytes),
              static_cast<unsigned long long>(counter.udp_flows),
              static_cast<long long>(counter.udp_bytes));
  return end.ok() ? 0 : 1;
}
