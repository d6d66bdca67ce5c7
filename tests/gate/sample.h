// SPDX-License-Identifier: BSD-3-Clause
//
// Packets to measure with, always the same: the bundled traces, again and again with other clients,
// all of them at once. TCP, UDP, HTTP, TLS, DNS, RTP and SSH over IPv4 and IPv6.
//
//   const Sample sample(20000);
//   for (const Packet& packet : sample.packets()) analyzer.Process(packet);
#ifndef TSTAT_TESTS_GATE_SAMPLE_H_
#define TSTAT_TESTS_GATE_SAMPLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tstat/packet.h"

namespace tstat::internal {

class Sample {
 public:
  // Ends the program when the traces cannot be read.
  explicit Sample(size_t packets);

  // In the order of their times.
  const std::vector<Packet>& packets() const { return packets_; }

 private:
  std::vector<std::vector<uint8_t>> frames_;
  std::vector<Packet> packets_;
};

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_GATE_SAMPLE_H_
