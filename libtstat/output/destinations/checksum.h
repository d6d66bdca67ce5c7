// SPDX-License-Identifier: BSD-3-Clause
//
// CRC-32 as zlib has it, several times faster where the processor multiplies without carry.
//
//   const uint32_t check = Crc32("body", Crc32("head"));   // of both, one behind the other
#ifndef TSTAT_OUTPUT_DESTINATIONS_CHECKSUM_H_
#define TSTAT_OUTPUT_DESTINATIONS_CHECKSUM_H_

#include <cstdint>
#include <string_view>

namespace tstat::internal {

// The same number as zlib's crc32(before, bytes).
uint32_t Crc32(std::string_view bytes, uint32_t before = 0);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_CHECKSUM_H_
