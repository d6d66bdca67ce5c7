// SPDX-License-Identifier: BSD-3-Clause
//
// Capture files that somebody joined into one (`cat a.pcap b.pcap`): where the header of the next
// one stands, its reader goes on.
#ifndef TSTAT_CAPTURE_JOINED_SOURCE_H_
#define TSTAT_CAPTURE_JOINED_SOURCE_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "capture/input_buffer.h"
#include "capture/record_source.h"
#include "tstat/packet_source.h"

namespace tstat::internal {

using OpenedPart = absl::StatusOr<std::unique_ptr<FilePart>>;

// `open` opens what follows, from its header on; what cannot be opened ends the source, with its
// error as DataLoss.
[[nodiscard]] std::unique_ptr<PacketSource> JoinParts(std::unique_ptr<FilePart> first,
                                                      std::function<OpenedPart(InputBuffer)> open);

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_JOINED_SOURCE_H_
