// SPDX-License-Identifier: BSD-3-Clause
//
// How the headers of pcap and pcapng files are told from anything else: at the start of a trace,
// and where the next of several files begins that somebody joined into one.
#ifndef TSTAT_CAPTURE_FILE_HEADERS_H_
#define TSTAT_CAPTURE_FILE_HEADERS_H_

#include <cstddef>
#include <cstdint>

#include "decode/byte_reader.h"

namespace tstat::internal {

inline constexpr uint32_t kPcapMicroseconds = 0xa1b2c3d4;
inline constexpr uint32_t kPcapNanoseconds = 0xa1b23c4d;
// A patched libpcap of the 1990s: eight more bytes a record, which nobody needs.
inline constexpr uint32_t kPcapModified = 0xa1b2cd34;
inline constexpr size_t kPcapHeaderBytes = 24;

inline constexpr uint32_t kPcapngSection = 0x0a0d0d0a;
inline constexpr uint32_t kPcapngByteOrder = 0x1a2b3c4d;

inline bool IsPcapMagic(uint32_t magic) {
  return magic == kPcapMicroseconds || magic == kPcapNanoseconds || magic == kPcapModified;
}

// The first four bytes are those of a pcap file, of either byte order.
inline bool HasPcapMagic(ByteReader r) { return IsPcapMagic(r.U32(0)) || IsPcapMagic(r.U32Le(0)); }

// So is all that is the same in each: sixteen bytes that are no record, nor a block.
inline bool IsPcapHeader(ByteReader r) {
  const bool big_endian = IsPcapMagic(r.U32(0));
  const uint16_t major = big_endian ? r.U16(4) : r.U16Le(4);
  const uint16_t minor = big_endian ? r.U16(6) : r.U16Le(6);
  return r.Has(0, 16) && HasPcapMagic(r) && major == 2 && minor >= 2 && minor <= 4 &&
         r.U32(12) == 0;
}

// The first twelve bytes are those of a pcapng section.
inline bool IsPcapngSection(ByteReader r) {
  return r.Has(0, 12) && r.U32(0) == kPcapngSection &&
         (r.U32(8) == kPcapngByteOrder || r.U32Le(8) == kPcapngByteOrder);
}

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_FILE_HEADERS_H_
