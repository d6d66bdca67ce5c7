// SPDX-License-Identifier: BSD-3-Clause
#include "benchmarks/accuracy/link/headers.h"

#include <algorithm>

namespace accuracy {
namespace {

constexpr uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kIcmpV6 = 58;
constexpr size_t kIpV4Header = 20, kIpV6Header = 40;

uint32_t Read(const std::vector<uint8_t>& bytes, size_t at, int size) {
  uint32_t value = 0;
  for (int i = 0; i < size; ++i) value = value << 8 | bytes[at + i];
  return value;
}

void Write(std::vector<uint8_t>& bytes, size_t at, int size, uint32_t value) {
  for (int i = size - 1; i >= 0; --i, value >>= 8) bytes[at + i] = static_cast<uint8_t>(value);
}

// Ones' complement sum of 16-bit words (RFC 1071).
class Checksum {
 public:
  void Add(const std::vector<uint8_t>& bytes, size_t from, size_t length) {
    for (size_t i = 0; i < length; ++i) sum_ += uint64_t{bytes[from + i]} << (i % 2 == 0 ? 8 : 0);
  }
  void Add(uint64_t word) { sum_ += word; }
  uint16_t value() const {
    uint64_t sum = sum_;
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<uint16_t>(~sum);
  }

 private:
  uint64_t sum_ = 0;
};

void FillIpChecksum(std::vector<uint8_t>& bytes) {
  Write(bytes, 10, 2, 0);
  Checksum sum;
  sum.Add(bytes, 0, size_t{4} * (bytes[0] & 15));
  Write(bytes, 10, 2, sum.value());
}

// Where the checksum stands, from the begin of the transport header.
size_t ChecksumOffset(uint8_t protocol) { return protocol == kTcp ? 16 : protocol == kUdp ? 6 : 2; }

void FillTransportChecksum(std::vector<uint8_t>& bytes, size_t transport, uint8_t protocol) {
  const bool v4 = bytes[0] >> 4 == 4;
  const size_t length = bytes.size() - transport;
  const size_t at = transport + ChecksumOffset(protocol);
  Write(bytes, at, 2, 0);
  Checksum sum;
  sum.Add(bytes, v4 ? 12 : 8, v4 ? 8 : 32);
  sum.Add(length);
  sum.Add(protocol);
  sum.Add(bytes, transport, length);
  const uint16_t value = sum.value();
  Write(bytes, at, 2, protocol == kUdp && value == 0 ? 0xffff : value);
}

void SetIpLength(std::vector<uint8_t>& bytes) {
  if (bytes[0] >> 4 == 4) {
    Write(bytes, 2, 2, static_cast<uint32_t>(bytes.size()));
  } else {
    Write(bytes, 4, 2, static_cast<uint32_t>(bytes.size() - kIpV6Header));
  }
}

}  // namespace

std::optional<Headers> ReadHeaders(const std::vector<uint8_t>& bytes) {
  Headers headers;
  if (bytes.size() < kIpV4Header) return std::nullopt;
  headers.version = bytes[0] >> 4;
  uint8_t protocol = 0;
  if (headers.version == 4) {
    protocol = bytes[9];
    headers.transport = size_t{4} * (bytes[0] & 15);
    if (headers.transport < kIpV4Header || (Read(bytes, 6, 2) & 0x1fff) != 0) return std::nullopt;
    headers.flow.assign(bytes.begin() + 12, bytes.begin() + 20);
  } else if (headers.version == 6 && bytes.size() >= kIpV6Header) {
    protocol = bytes[6];
    headers.transport = kIpV6Header;
    headers.flow.assign(bytes.begin() + 8, bytes.begin() + 40);
  } else {
    return std::nullopt;
  }
  if (protocol != kTcp && protocol != kUdp) return std::nullopt;
  headers.tcp = protocol == kTcp;
  if (bytes.size() < headers.transport + (headers.tcp ? 20 : 8)) return std::nullopt;
  headers.payload = headers.transport + 8;
  if (headers.tcp) {
    headers.payload = headers.transport + size_t{4} * (bytes[headers.transport + 12] >> 4);
    headers.flags = bytes[headers.transport + 13];
    headers.sequence = Read(bytes, headers.transport + 4, 4);
  }
  if (headers.payload > bytes.size()) return std::nullopt;
  headers.payload_length = bytes.size() - headers.payload;
  headers.flow.append(bytes.begin() + static_cast<std::ptrdiff_t>(headers.transport),
                      bytes.begin() + static_cast<std::ptrdiff_t>(headers.transport) + 4);
  headers.flow.push_back(static_cast<char>(protocol));
  return headers;
}

bool MarkCongestion(std::vector<uint8_t>& bytes) {
  if (bytes.size() < kIpV4Header) return false;
  const bool v4 = bytes[0] >> 4 == 4;
  // The two bits are the last of the second byte, in IPv6 four bits further on.
  const int shift = v4 ? 0 : 4;
  if ((bytes[1] >> shift & 3) == 0) return false;
  bytes[1] = static_cast<uint8_t>(bytes[1] | 3 << shift);
  if (v4) FillIpChecksum(bytes);
  return true;
}

void FillChecksum(std::vector<uint8_t>& bytes, const Headers& headers) {
  FillTransportChecksum(bytes, headers.transport, headers.tcp ? kTcp : kUdp);
}

std::vector<std::vector<uint8_t>> CutIntoSegments(const std::vector<uint8_t>& bytes,
                                                  const Headers& headers, size_t size) {
  constexpr uint8_t kCwr = 0x80;
  std::vector<std::vector<uint8_t>> segments;
  for (size_t offset = 0; offset < headers.payload_length; offset += size) {
    const size_t length = std::min(size, headers.payload_length - offset);
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(headers.payload + offset);
    std::vector<uint8_t> segment(bytes.begin(),
                                 bytes.begin() + static_cast<std::ptrdiff_t>(headers.payload));
    segment.insert(segment.end(), begin, begin + static_cast<std::ptrdiff_t>(length));
    SetIpLength(segment);
    Write(segment, headers.transport + 4, 4, headers.sequence + static_cast<uint32_t>(offset));
    uint8_t& flags = segment[headers.transport + 13];
    if (offset + length < headers.payload_length) flags &= ~(Headers::kFin | Headers::kPush);
    if (offset > 0) flags &= ~kCwr;
    if (headers.version == 4) {
      Write(segment, 4, 2, Read(bytes, 4, 2) + static_cast<uint32_t>(segments.size()));
      FillIpChecksum(segment);
    }
    FillChecksum(segment, headers);
    segments.push_back(std::move(segment));
  }
  return segments;
}

std::vector<uint8_t> TooBigMessage(const std::vector<uint8_t>& bytes, uint32_t mtu) {
  if (bytes.size() < kIpV6Header) return {};
  const bool v4 = bytes[0] >> 4 == 4;
  if (v4 && (bytes[6] & 0x40) == 0) return {};
  const size_t header = v4 ? kIpV4Header : kIpV6Header;
  const size_t quoted = std::min<size_t>(bytes.size(), v4 ? 548 : 1232);
  std::vector<uint8_t> message(header + 8, 0);
  message.insert(message.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(quoted));
  const size_t address = v4 ? 4 : 16;
  const size_t source = v4 ? 12 : 8;
  for (size_t i = 0; i < address; ++i) {
    message[source + i] = bytes[source + address + i];
    message[source + address + i] = bytes[source + i];
  }
  message[0] = v4 ? 0x45 : 0x60;
  message[v4 ? 8 : 7] = 64;
  message[v4 ? 9 : 6] = v4 ? kIcmp : kIcmpV6;
  SetIpLength(message);
  message[header] = v4 ? 3 : 2;
  message[header + 1] = v4 ? 4 : 0;
  Write(message, header + 4, 4, mtu);
  if (v4) {
    FillIpChecksum(message);
    Checksum sum;
    sum.Add(message, header, message.size() - header);
    Write(message, header + 2, 2, sum.value());
  } else {
    FillTransportChecksum(message, header, kIcmpV6);
  }
  return message;
}

}  // namespace accuracy
