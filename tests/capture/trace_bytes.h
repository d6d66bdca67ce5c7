// SPDX-License-Identifier: BSD-3-Clause
//
// Trace files built in memory, and what reading one gave, for the tests of this folder.
#ifndef TSTAT_TESTS_CAPTURE_TRACE_BYTES_H_
#define TSTAT_TESTS_CAPTURE_TRACE_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "capture/open_trace.h"
#include "tstat/packet_source.h"

namespace tstat::internal {

using Bytes = std::vector<uint8_t>;

// Appends integers in either byte order.
class ByteWriter {
 public:
  explicit ByteWriter(bool big_endian = false) : big_endian_(big_endian) {}

  ByteWriter& U16(uint64_t v) { return Integer(v, 2); }
  ByteWriter& U32(uint64_t v) { return Integer(v, 4); }
  ByteWriter& Raw(const Bytes& bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  const Bytes& bytes() const { return bytes_; }

 private:
  ByteWriter& Integer(uint64_t v, int size) {
    for (int i = 0; i < size; ++i) {
      bytes_.push_back(static_cast<uint8_t>(v >> 8 * (big_endian_ ? size - 1 - i : i)));
    }
    return *this;
  }

  bool big_endian_;
  Bytes bytes_;
};

inline Bytes Frame(size_t size, uint8_t first = 0) {
  Bytes frame(size);
  std::iota(frame.begin(), frame.end(), first);
  return frame;
}

// Builds a pcapng file of one Ethernet interface.
class PcapngBuilder {
 public:
  // if_tsresol as in the file: 10^-n, or 2^-(n & 127) with the high bit set; if_tsoffset in
  // seconds.
  explicit PcapngBuilder(uint8_t resolution = 6, uint64_t offset = 0) {
    writer_.U32(0x0a0d0d0a).U32(28).U32(0x1a2b3c4d).U16(1).U16(0).U32(UINT32_MAX).U32(UINT32_MAX);
    writer_.U32(28);
    writer_.U32(1).U32(44).U16(1).U16(0).U32(0);
    writer_.U16(9).U16(1).Raw({resolution, 0, 0, 0});
    writer_.U16(14).U16(8).U32(offset & UINT32_MAX).U32(offset >> 32);
    writer_.U16(0).U16(0).U32(44);
  }
  PcapngBuilder& Record(uint64_t units, const Bytes& frame) {
    const size_t padding = (4 - frame.size() % 4) % 4;
    const size_t total = 32 + frame.size() + padding;
    writer_.U32(6).U32(total).U32(0).U32(units >> 32).U32(units & UINT32_MAX);
    writer_.U32(frame.size()).U32(frame.size()).Raw(frame).Raw(Bytes(padding)).U32(total);
    return *this;
  }
  const Bytes& bytes() const { return writer_.bytes(); }

 private:
  ByteWriter writer_;
};

// Builds a classic pcap file.
class PcapBuilder {
 public:
  struct Header {
    uint32_t magic = 0xa1b2c3d4;
    uint16_t major = 2;
    uint16_t minor = 4;
    uint32_t snapshot_length = 65535;
    uint32_t link_type = 1;
  };

  explicit PcapBuilder(bool big_endian = false) : PcapBuilder(big_endian, Header()) {}
  PcapBuilder(bool big_endian, const Header& header)
      : writer_(big_endian), modified_(header.magic == 0xa1b2cd34) {
    writer_.U32(header.magic).U16(header.major).U16(header.minor).U32(0).U32(0);
    writer_.U32(header.snapshot_length).U32(header.link_type);
  }

  PcapBuilder& Record(uint32_t seconds, uint32_t sub_second, const Bytes& frame) {
    return Record(seconds, sub_second, frame, static_cast<uint32_t>(frame.size()),
                  static_cast<uint32_t>(frame.size()));
  }
  PcapBuilder& Record(uint32_t seconds, uint32_t sub_second, const Bytes& frame, uint32_t captured,
                      uint32_t original) {
    writer_.U32(seconds).U32(sub_second).U32(captured).U32(original);
    if (modified_) writer_.U32(7).U32(8);
    writer_.Raw(frame);
    return *this;
  }
  const Bytes& bytes() const { return writer_.bytes(); }

 private:
  ByteWriter writer_;
  bool modified_;
};

struct ReadPacket {
  int64_t microseconds;
  Bytes data;
  uint32_t original_length;
  LinkType link_type;
  PacketOrigin origin;

  bool operator==(const ReadPacket&) const = default;
};

struct ReadResult {
  absl::Status open;  // of opening
  absl::Status status;
  std::string note;
  std::vector<ReadPacket> packets;
  bool is_compressed = false;
  SkippedPackets skipped;
};

inline void ReadAll(PacketSource& source, ReadResult& result, size_t batch_size = 32) {
  std::vector<Packet> batch(batch_size);
  while (size_t n = source.ReadBatch(batch)) {
    for (size_t i = 0; i < n; ++i) {
      const Packet& p = batch[i];
      result.packets.push_back({p.time.microseconds(),
                                {p.data.begin(), p.data.end()},
                                p.original_length,
                                p.link_type,
                                p.origin});
    }
  }
  result.status = source.status();
  result.note = source.note();
  result.is_compressed = source.is_compressed();
  result.skipped = source.skipped();
}

inline ReadResult ReadTrace(const Bytes& bytes, const TraceOptions& options = {},
                            size_t chunk = SIZE_MAX) {
  ReadResult result;
  auto source =
      OpenTraceStream(std::make_unique<MemoryStream>(bytes, chunk), "trace", options, false);
  result.open = source.status();
  if (source.ok()) ReadAll(**source, result);
  return result;
}

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_CAPTURE_TRACE_BYTES_H_
