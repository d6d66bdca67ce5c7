// SPDX-License-Identifier: BSD-3-Clause
//
// The options of a segment that tell about times and losses: time stamps (RFC 7323) and SACK blocks
// (RFC 2018, RFC 2883).
//
//   const SegmentOptions options = SegmentOptions::Read(datagram.transport_bytes, header_length);
//   if (options.has_timestamps) Use(options.tsval, options.tsecr);
#ifndef TSTAT_TCP_SEGMENT_OPTIONS_H_
#define TSTAT_TCP_SEGMENT_OPTIONS_H_

#include <array>
#include <cstdint>

#include "decode/byte_reader.h"
#include "tcp/sequence_number.h"

namespace tstat::internal {

struct SegmentOptions {
  struct Block {
    SequenceNumber first, end;  // `end` is behind the last one
  };

  bool has_timestamps = false;
  uint8_t blocks = 0;  // of `sack`
  uint32_t tsval = 0, tsecr = 0;
  std::array<Block, 4> sack{};

  // `tcp`: captured bytes from the TCP header on; `header_length` as the header claims.
  static SegmentOptions Read(const ByteReader& tcp, unsigned header_length) {
    SegmentOptions options;
    if (header_length <= kBasicHeader) return options;
    // Nearly every segment of a modern connection: NOP, NOP, time stamps.
    if (header_length == kBasicHeader + 12 && tcp.U32(kBasicHeader) == kAlignedTimestamps &&
        tcp.size() >= header_length) {
      options.has_timestamps = true;
      options.tsval = tcp.U32(kBasicHeader + 4);
      options.tsecr = tcp.U32(kBasicHeader + 8);
      return options;
    }
    options.Parse(tcp.Sub(0, header_length));
    return options;
  }

 private:
  static constexpr unsigned kBasicHeader = 20;
  static constexpr uint32_t kAlignedTimestamps = 0x0101080a;

  void Parse(const ByteReader& header);
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_SEGMENT_OPTIONS_H_
