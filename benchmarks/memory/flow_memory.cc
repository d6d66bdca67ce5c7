// SPDX-License-Identifier: BSD-3-Clause
//
// How much memory a TCP flow takes: opens N flows (handshake and one data segment each) that are
// alive at the same time, and prints what the process grew by.
//
//   flow_memory [N] [none] [BYTES]     default 1000000, as Tstat 3.1.1
//
// none: with the rules of --compat none. BYTES: the data are that much of a TLS hello, the rest of
// which does not come, so that it is kept.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "benchmarks/synthetic_traffic.h"
#include "tstat/analyzer.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

namespace {

class NoOutput : public tstat::EventSink {
 public:
  tstat::EventMask Wants() const override {
    return tstat::Event::kTcpFlow | tstat::Event::kHttpMessage;
  }
};

// Resident memory of this process (proc(5), VmRSS) in bytes.
uint64_t ResidentBytes() {
  uint64_t kilobytes = 0;
  if (std::FILE* f = std::fopen("/proc/self/status", "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, f) != nullptr) {
      if (std::strncmp(line, "VmRSS:", 6) == 0) kilobytes = std::strtoull(line + 6, nullptr, 10);
    }
    std::fclose(f);
  }
  return kilobytes * 1024;
}

}  // namespace

int main(int argc, char** argv) {
  const uint32_t flows =
      argc > 1 ? static_cast<uint32_t>(std::strtoul(argv[1], nullptr, 10)) : 1'000'000;
  const bool true_rules = argc > 2 && std::strcmp(argv[2], "none") == 0;
  const auto data_bytes = static_cast<uint16_t>(argc > 3 ? std::atoi(argv[3]) : 100);
  tstat::AnalyzerOptions options;
  if (true_rules) options.profile = tstat::CompatProfile::None();
  options.globals.max_tcp_pairs = flows + 1;
  const uint64_t empty = ResidentBytes();
  NoOutput sink;
  tstat::Analyzer analyzer(options);
  analyzer.AddSink(&sink);
  analyzer.BeginTrace({});
  using Tcp = tstat::SyntheticTcp;
  Tcp frames;
  if (argc > 3) {
    // A record of 2,000 bytes with a ClientHello of 1,996.
    constexpr uint8_t kHello[] = {22, 3, 1, 7, 208, 1, 0, 7, 204, 3, 3};
    std::copy(std::begin(kHello), std::end(kHello), frames.payload().begin());
  }
  int64_t now = 1'700'000'000'000'000;
  const auto send = [&](uint32_t flow, bool from_client, int flags, uint32_t seq, uint32_t ack,
                        uint16_t payload) {
    // One microsecond a segment: no flow is old enough to be collected.
    analyzer.Process(frames.Segment(flow, from_client, static_cast<uint8_t>(flags), seq, ack,
                                    payload, tstat::Timestamp::FromMicroseconds(++now)));
  };
  for (uint32_t flow = 0; flow < flows; ++flow) {
    send(flow, true, Tcp::kSyn, 0, 0, 0);
    send(flow, false, Tcp::kSyn | Tcp::kAck, 0, 1, 0);
    send(flow, true, Tcp::kAck, 1, 1, data_bytes);
  }
  // What waits for others that were stored before it.
  analyzer.AdvanceTime(tstat::Timestamp::FromMicroseconds(now + 100'000));
  const uint64_t grown = ResidentBytes() - empty;
  const uint64_t open = analyzer.statistics().open_tcp_flows;
  std::printf("%llu flows open, %.1f MB, %.0f bytes a flow\n",
              static_cast<unsigned long long>(open), static_cast<double>(grown) / 1e6,
              static_cast<double>(grown) / static_cast<double>(flows));
  analyzer.EndTrace();
  return open == flows ? 0 : 1;
}
