// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: time stamps, resolutions and offsets of pcapng, through a whole analysis. The
// input's first bytes are those of the interface, the others the packets' times, eight bytes each.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "tests/capture/trace_bytes.h"
#include "tstat/analyzer.h"
#include "tstat/event_sink.h"
#include "tstat/histogram.h"
#include "tstat/tcp_flow.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

namespace {

class Reader : public tstat::EventSink {
 public:
  tstat::EventMask Wants() const override {
    return tstat::Event::kTcpFlow | tstat::Event::kUdpFlow | tstat::Event::kHistograms;
  }
};

// An opening segment, so that flows begin and the collector works.
std::vector<uint8_t> Syn(uint8_t client) {
  std::vector<uint8_t> frame(54);
  frame[12] = 0x08;
  frame[14] = 0x45;
  frame[17] = 40;
  frame[22] = 64;
  frame[23] = 6;
  frame[26] = 10;
  frame[29] = client;
  frame[30] = 10;
  frame[33] = 200;
  frame[35] = 99;
  frame[37] = 80;
  frame[46] = 0x50;
  frame[47] = 0x02;
  return frame;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 10) return 0;
  const auto number = [&](size_t at) {
    uint64_t value = 0;
    for (size_t i = 0; i < 8; ++i) value = value << 8 | data[at + i];
    return value;
  };
  tstat::PcapngBuilder file(data[0], number(2));
  size_t packets = 0;
  for (size_t at = 10; at + 8 <= size && packets < 40; at += 8, ++packets) {
    file.Record(number(at), Syn(static_cast<uint8_t>(packets)));
  }
  auto source = tstat::OpenTraceStream(std::make_unique<tstat::MemoryStream>(file.bytes()), "fuzz",
                                       {}, false);
  if (!source.ok()) return 0;
  tstat::AnalyzerOptions options;
  if ((data[1] & 1) != 0) options.profile = tstat::CompatProfile::Tstat33();
  options.follow_clock_back = (data[1] & 2) != 0;
  if ((data[1] & 4) != 0) options.max_live_flows = 3;
  // Small, for the state of all slots is reserved each time.
  options.globals.max_tcp_pairs = options.globals.max_udp_pairs = 64;
  options.globals.gc_split_ratio = 16;
  auto selection = std::make_shared<tstat::HistogramSelection>();
  selection->SelectMatching("profile");
  options.histograms = selection;
  Reader reader;
  tstat::Analyzer analyzer(options);
  analyzer.AddSink(&reader);
  (void)analyzer.Run(**source);
  const tstat::Statistics s = analyzer.statistics();
  uint64_t told = s.ip_packets;
  for (const auto& [reason, count] : s.dropped) told += count;
  if ((*source)->status().ok() && told != packets) std::abort();
  return 0;
}
