// SPDX-License-Identifier: BSD-3-Clause
//
// The bytes of a spool's files; numbers are little-endian, checks are CRC-32 (zlib's).
//
//   NNNNNNNNNNNNNNNNNNNN.spool   a segment, named by the number of its first record:
//     header   "tstat spool 1\n" 0 0 | u64 first number | u32 check
//     record   u32 length of the content | u64 number | u32 check of both and the content | content
//   state      four slots of 4096 bytes; the valid one with the highest generation is the present:
//     slot     u32 check | u32 length | u64 generation | u64 settled | u64 dead letter bytes | text
// Slots 0 and 1 are written in turns at every batch; 2 and 3, whenever everything that they stand
// for is known to survive a loss of power.
#ifndef TSTAT_OUTPUT_DESTINATIONS_SPOOL_FORMAT_H_
#define TSTAT_OUTPUT_DESTINATIONS_SPOOL_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "output/destinations/batch.h"

namespace tstat::internal {

inline constexpr size_t kSegmentHeaderBytes = 28, kRecordHeaderBytes = 16, kStateSlotBytes = 4096;
// Of a record: what a reader may have to hold in memory.
inline constexpr size_t kMaxRecordBytes = size_t{64} << 20;
inline constexpr size_t kMaxDestinationState = 1000;
inline constexpr const char* kStateName = "state";
inline constexpr std::string_view kSegmentSuffix = ".spool", kBrokenSuffix = ".broken";

std::string SegmentName(uint64_t first_number);
// The number in `name`, when it is that of a segment.
std::optional<uint64_t> SegmentNumber(std::string_view name);
std::string EncodeSegmentHeader(uint64_t first_number);
// The first number, when `bytes` begin with a header.
std::optional<uint64_t> DecodeSegmentHeader(std::string_view bytes);

// `out` becomes what stands before the body in the record of `batch`, whose number is its sequence.
void EncodeRecordHead(const Batch& batch, std::string* out);
struct RecordHeader {
  uint32_t content_bytes;
  uint64_t number;
  uint32_t check;
};
// `bytes` has kRecordHeaderBytes. Nothing says yet that they are not rubbish.
RecordHeader DecodeRecordHeader(std::string_view bytes);
// Nothing when the check is wrong.
std::optional<Batch> DecodeRecord(const RecordHeader& header, std::string_view content);

// How far a spool has come.
struct SpoolState {
  uint64_t settled = 0;            // records up to this one need not be sent any more
  uint64_t dead_letter_bytes = 0;  // the length of the file that belongs to it
  std::string destination;         // Destination::State

  bool operator==(const SpoolState&) const = default;
};
std::string EncodeStateSlot(const SpoolState& state, uint64_t generation);
struct StateSlot {
  SpoolState state;
  uint64_t generation = 0;
};
std::optional<StateSlot> DecodeStateSlot(std::string_view bytes);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_SPOOL_FORMAT_H_
