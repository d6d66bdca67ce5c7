// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: the input is a trace file, whatever its format; readers and decompressors are
// what is tested.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tstat/packet_source.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const int fd = memfd_create("trace", 0);
  if (fd < 0) return 0;
  if (write(fd, data, size) == static_cast<ssize_t>(size)) {
    auto source = tstat::OpenTrace("/proc/self/fd/" + std::to_string(fd));
    if (source.ok()) {
      std::vector<tstat::Packet> batch(tstat::PacketSource::kBatchSize);
      uint64_t sum = 0;
      // A decompressed bomb has no end: a bounded number of packets will do.
      for (int rounds = 0; rounds < 2000; ++rounds) {
        const size_t n = (*source)->ReadBatch(batch);
        if (n == 0) break;
        for (size_t i = 0; i < n; ++i) {
          for (uint8_t b : batch[i].data) sum += b;
        }
      }
      volatile uint64_t sink = sum;
      (void)sink;
    }
  }
  close(fd);
  return 0;
}
