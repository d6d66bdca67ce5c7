// SPDX-License-Identifier: BSD-3-Clause
//
// Packets for tests of the link.
#ifndef TSTAT_TESTS_ACCURACY_PACKETS_H_
#define TSTAT_TESTS_ACCURACY_PACKETS_H_

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "benchmarks/accuracy/link/headers.h"

namespace accuracy {

// 10.0.0.1 to 10.0.0.2, IPv4 with "don't fragment" and TCP, 40 bytes of headers and a payload of 0,
// 1, 2 ...
inline std::vector<uint8_t> Segment(uint32_t sequence, size_t payload,
                                    uint8_t flags = Headers::kAck) {
  const size_t size = 40 + payload;
  std::vector<uint8_t> bytes = {0x45,
                                0,
                                static_cast<uint8_t>(size >> 8),
                                static_cast<uint8_t>(size),
                                0,
                                9,
                                0x40,
                                0,
                                64,
                                6,
                                0,
                                0,
                                10,
                                0,
                                0,
                                1,
                                10,
                                0,
                                0,
                                2};
  const std::vector<uint8_t> tcp = {0x9c,
                                    0x40,
                                    0,
                                    80,
                                    static_cast<uint8_t>(sequence >> 24),
                                    static_cast<uint8_t>(sequence >> 16),
                                    static_cast<uint8_t>(sequence >> 8),
                                    static_cast<uint8_t>(sequence),
                                    0,
                                    0,
                                    0,
                                    1,
                                    0x50,
                                    flags,
                                    1,
                                    0,
                                    0,
                                    0,
                                    0,
                                    0};
  bytes.insert(bytes.end(), tcp.begin(), tcp.end());
  bytes.resize(size);
  std::iota(bytes.begin() + 40, bytes.end(), uint8_t{0});
  return bytes;
}

// UDP over IPv6.
inline std::vector<uint8_t> Datagram(uint8_t port, size_t payload) {
  std::vector<uint8_t> bytes(48 + payload, 0);
  bytes[0] = 0x60;
  bytes[5] = static_cast<uint8_t>(8 + payload);
  bytes[6] = 17;
  bytes[7] = 64;
  bytes[41] = port;
  bytes[45] = static_cast<uint8_t>(8 + payload);
  return bytes;
}

// Ones' complement sum of 16-bit words, which is 0xffff with a right checksum among them.
inline uint32_t SumOf(const std::vector<uint8_t>& bytes, size_t begin, size_t end,
                      uint32_t sum = 0) {
  for (size_t i = begin; i < end; ++i) sum += uint32_t{bytes[i]} << ((i - begin) % 2 == 0 ? 8 : 0);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

// Of a header that has one; those of Segment() have none until it is filled in.
inline bool HasGoodIpChecksum(const std::vector<uint8_t>& bytes) {
  return (bytes[10] == 0 && bytes[11] == 0) || SumOf(bytes, 0, 20) == 0xffff;
}

inline bool HasGoodTcpChecksum(const std::vector<uint8_t>& bytes) {
  const size_t header = bytes[0] >> 4 == 4 ? 20 : 40;
  const uint32_t length = static_cast<uint32_t>(bytes.size() - header);
  return SumOf(bytes, header, bytes.size(),
               SumOf(bytes, header == 20 ? 12 : 8, header, length + 6)) == 0xffff;
}

}  // namespace accuracy

#endif  // TSTAT_TESTS_ACCURACY_PACKETS_H_
