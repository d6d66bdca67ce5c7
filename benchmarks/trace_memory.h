// SPDX-License-Identifier: BSD-3-Clause
//
// A bundled trace, read into memory, so that no reading is measured.
#ifndef TSTAT_BENCHMARKS_TRACE_MEMORY_H_
#define TSTAT_BENCHMARKS_TRACE_MEMORY_H_

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "tstat/packet.h"
#include "tstat/packet_source.h"

namespace tstat::internal {

class TraceMemory {
 public:
  // tests/traces/NAME.pcap; ends the program when it cannot be read.
  explicit TraceMemory(const std::string& name) {
    auto source = OpenTrace(TSTAT_SOURCE_DIR "/tests/traces/" + name + ".pcap");
    if (!source.ok()) {
      std::fprintf(stderr, "%s\n", source.status().ToString().c_str());
      std::exit(1);
    }
    std::vector<Packet> batch(PacketSource::kBatchSize);
    while (size_t n = (*source)->ReadBatch(batch)) {
      for (size_t i = 0; i < n; ++i) {
        Packet p = batch[i];
        blocks_.push_back(std::make_unique<std::vector<uint8_t>>(p.data.begin(), p.data.end()));
        p.data = *blocks_.back();
        packets_.push_back(p);
      }
    }
  }

  const std::vector<Packet>& packets() const { return packets_; }

 private:
  std::vector<std::unique_ptr<std::vector<uint8_t>>> blocks_;
  std::vector<Packet> packets_;
};

}  // namespace tstat::internal

#endif  // TSTAT_BENCHMARKS_TRACE_MEMORY_H_
