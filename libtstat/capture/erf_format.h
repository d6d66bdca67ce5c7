// SPDX-License-Identifier: BSD-3-Clause
//
// Endace's extensible record format, ERF: no file header; records of a 16-byte header and the
// frame. A Format of record_source.h. Unlike the reference's 64-bit builds this reads the time
// stamps as they are. One file may mix link types.
#ifndef TSTAT_CAPTURE_ERF_FORMAT_H_
#define TSTAT_CAPTURE_ERF_FORMAT_H_

#include <array>
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
#include "tstat/packet.h"

namespace tstat::internal {

class ErfFormat {
 public:
  // ERF has no magic number: each of the first `records` records (fewer when the file ends on a
  // record's end) must have a known type, no reserved flag, and no time before its predecessor's.
  // Reads ahead in `input`, consumes nothing.
  [[nodiscard]] static bool Matches(InputBuffer& input, int records);

  // `fcs_bits`: the frame check sequence that wire lengths count. InvalidArgument: a filter that
  // compiles for none of the link types. `nanoseconds`: times keep them.
  static absl::StatusOr<ErfFormat> Open(const std::string& filter, int fcs_bits,
                                        bool nanoseconds = false);

  [[nodiscard]] RecordStep Parse(std::span<const uint8_t> bytes, Packet& packet);
  absl::Status AtEnd(std::span<const uint8_t> bytes) const;
  absl::Status error() const { return error_; }
  std::string_view note() const { return {}; }

 private:
  static constexpr std::array<LinkType, 4> kLinkTypes = {LinkType::kEthernet, LinkType::kCiscoHdlc,
                                                         LinkType::kPpp, LinkType::kAtmRfc1483};

  ErfFormat() = default;
  bool MatchesFilter(const Packet& packet) const;

  uint32_t fcs_bytes_ = 4;
  bool nanoseconds_ = false;
  // One a link type; where an expression makes no sense for a link type, nothing matches.
  std::array<PacketFilter, kLinkTypes.size()> filters_;
  std::array<bool, kLinkTypes.size()> compiled_ = {};
  absl::Status error_;
};

absl::StatusOr<std::unique_ptr<FilePart>> OpenErf(InputBuffer input, const std::string& filter,
                                                  int fcs_bits, TraceOrigin origin);

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_ERF_FORMAT_H_
