// SPDX-License-Identifier: BSD-3-Clause
//
// Snoop files (RFC 1761): big-endian; a file header of 16 bytes with version and link type, then
// records of a 24-byte header, the frame, and padding. A Format of record_source.h.
#ifndef TSTAT_CAPTURE_SNOOP_FORMAT_H_
#define TSTAT_CAPTURE_SNOOP_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "capture/packet_filter.h"
#include "capture/record_source.h"
#include "capture/sub_second.h"
#include "tstat/packet.h"

namespace tstat::internal {

class SnoopFormat {
 public:
  static constexpr size_t kFileHeaderBytes = 16;

  [[nodiscard]] static bool Matches(std::span<const uint8_t> start);

  // InvalidArgument: cut header, unknown hardware type, or a filter that does not compile.
  static absl::StatusOr<SnoopFormat> Open(std::span<const uint8_t> file_header,
                                          const std::string& filter);

  [[nodiscard]] RecordStep Parse(std::span<const uint8_t> bytes, Packet& packet);
  absl::Status AtEnd(std::span<const uint8_t> bytes) const;
  absl::Status error() const { return error_; }
  std::string_view note() const { return note_.empty() ? clock_.note() : note_; }

 private:
  SnoopFormat() = default;

  LinkType link_type_ = LinkType::kEthernet;
  uint32_t stripped_bytes_ = 0;  // of each frame, in front of what the link type describes
  SubSecondClock clock_;
  PacketFilter filter_;
  std::string note_;
  absl::Status error_;
};

absl::StatusOr<std::unique_ptr<FilePart>> OpenSnoop(InputBuffer input, const std::string& filter,
                                                    TraceOrigin origin);

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_SNOOP_FORMAT_H_
