// SPDX-License-Identifier: BSD-3-Clause
//
// Which link types are analysed, and what the others are called.
#ifndef TSTAT_CAPTURE_LINK_TYPES_H_
#define TSTAT_CAPTURE_LINK_TYPES_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "tstat/packet.h"

namespace tstat::internal {

// True for those that the decoder knows: those of Tstat, and five more (docs/compatibility.md).
[[nodiscard]] bool IsSupportedLinkType(int dlt);

// The LinkType (DLT) of a LINKTYPE number in a pcap or pcapng file: libpcap's own.
[[nodiscard]] int DltOfFile(uint16_t link_type);

// "147 (USER0)", "4711 (unknown)".
std::string LinkTypeText(int dlt);

// OK, or InvalidArgument "unsupported link type 147 (USER0)".
absl::Status CheckLinkType(int dlt);

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_LINK_TYPES_H_
