// SPDX-License-Identifier: BSD-3-Clause
//
// Classic pcap files, read without libpcap's per-packet calls but with its rules: what it delivers,
// its limits and its error texts. A Format of record_source.h.
//
//   absl::StatusOr<PcapFormat> format = PcapFormat::Open(first_24_bytes, filter);
//   ...                                    // records follow after PcapFormat::kFileHeaderBytes
#ifndef TSTAT_CAPTURE_PCAP_FORMAT_H_
#define TSTAT_CAPTURE_PCAP_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "capture/packet_filter.h"
#include "capture/record_source.h"
#include "capture/sub_second.h"
#include "decode/byte_reader.h"
#include "tstat/packet.h"

namespace tstat::internal {

class PcapFormat {
 public:
  static constexpr size_t kFileHeaderBytes = 24;

  // True for the magic numbers of microseconds, nanoseconds and the "modified" format, in both byte
  // orders.
  [[nodiscard]] static bool Matches(std::span<const uint8_t> start);

  // Reads the file header; `filter` is a libpcap expression. libpcap itself judges the header, so
  // that versions, link types and snapshot lengths are exactly its own. InvalidArgument: libpcap's
  // text, an unsupported link type, or a filter that does not compile. `nanoseconds`: times keep
  // them, where the file has them.
  static absl::StatusOr<PcapFormat> Open(std::span<const uint8_t> file_header,
                                         const std::string& filter, bool nanoseconds = false);

  [[nodiscard]] RecordStep Parse(std::span<const uint8_t> bytes, Packet& packet);
  absl::Status AtEnd(std::span<const uint8_t> bytes) const;
  absl::Status error() const { return error_; }
  std::string_view note() const { return clock_.note(); }

 private:
  // Which of the two length fields is the captured one: old writers disagreed.
  enum class LengthOrder : uint8_t { kCapturedFirst, kSmallerIsCaptured, kOriginalFirst };

  struct Record {
    uint32_t seconds;
    int64_t sub_second;
    uint32_t captured;
    uint32_t original;
  };

  PcapFormat() = default;
  Record ReadHeader(std::span<const uint8_t> bytes) const;
  Timestamp Time(const Record& record);
  RecordStep Reject(std::span<const uint8_t> bytes, uint32_t captured);

  bool swapped_ = false;
  bool nanoseconds_ = false;        // in the file
  bool keeps_nanoseconds_ = false;  // in packets
  LengthOrder length_order_ = LengthOrder::kCapturedFirst;
  size_t record_header_bytes_ = 16;
  uint32_t snapshot_length_ = 0;
  LinkType link_type_ = LinkType::kEthernet;
  SubSecondClock clock_;
  PacketFilter filter_;
  absl::Status error_;
};

// Opens the classic pcap file whose first byte is the next one of `input`. Errors as of
// PcapFormat::Open.
absl::StatusOr<std::unique_ptr<FilePart>> OpenPcap(InputBuffer input, const std::string& filter,
                                                   TraceOrigin origin);

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_PCAP_FORMAT_H_
