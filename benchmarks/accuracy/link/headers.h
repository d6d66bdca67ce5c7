// SPDX-License-Identifier: BSD-3-Clause
//
// What the link has to know of the packets that the kernel hands over, and how it cuts those of
// segmentation offload into the ones that a network card would send.
#ifndef TSTAT_ACCURACY_HEADERS_H_
#define TSTAT_ACCURACY_HEADERS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace accuracy {

struct Headers {
  int version = 0;       // 4 or 6
  size_t transport = 0;  // where the TCP or UDP header begins
  size_t payload = 0;    // where its payload begins
  size_t payload_length = 0;
  bool tcp = false;
  uint8_t flags = 0;      // of TCP
  uint32_t sequence = 0;  // of TCP
  std::string flow;       // addresses, ports and protocol of this direction

  static constexpr uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPush = 0x08, kAck = 0x10;
};

// Absent where the bytes are no TCP or UDP of IPv4 or IPv6 without extension headers.
std::optional<Headers> ReadHeaders(const std::vector<uint8_t>& bytes);

// Sets Congestion Experienced if the sender can react to it (RFC 3168); whether it could.
bool MarkCongestion(std::vector<uint8_t>& bytes);

// The checksum of the TCP or UDP header, which the sender left to the network card.
void FillChecksum(std::vector<uint8_t>& bytes, const Headers& headers);

// TCP segments with at most `size` bytes of payload each, as a network card cuts them: sequence
// numbers and IP identifications go on, FIN and PSH are on the last, CWR on the first.
std::vector<std::vector<uint8_t>> CutIntoSegments(const std::vector<uint8_t>& bytes,
                                                  const Headers& headers, size_t size);

// The ICMP error for a packet that is bigger than `mtu` (RFC 1191, RFC 8201); empty where none may
// be sent: IPv4 without "don't fragment". The address it comes from is the receiver's.
std::vector<uint8_t> TooBigMessage(const std::vector<uint8_t>& bytes, uint32_t mtu);

}  // namespace accuracy

#endif  // TSTAT_ACCURACY_HEADERS_H_
