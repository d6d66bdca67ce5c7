// SPDX-License-Identifier: BSD-3-Clause
//
// Positions of the UDP protocols in the layer-7 histograms.
#ifndef TSTAT_L7_UDP_TYPE_INDEX_H_
#define TSTAT_L7_UDP_TYPE_INDEX_H_

#include <cstddef>
#include <cstdint>

#include "tstat/rtp_stream.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {

inline constexpr int kUnknownLayer7Index = 49;

// `logged`: the type as printed. `protocols`: what shares the ports of RTP_PLUS,
// media_protocol:: bits. Without RTP among them the direction is unknown: 3.3 has no place for RTCP
// or DTLS alone (a quirk that shows in `udp_bitrate_*` and `L7_UDP_num_*`).
constexpr int UdpLayer7Index(UdpType logged, uint8_t protocols = 0) {
  if (logged == UdpType::kRtpPlus) {
    return (protocols & media_protocol::kRtp) != 0 ? 1 : kUnknownLayer7Index;
  }
  constexpr uint8_t kIndexes[] = {49, 49, 49, 1,  2,  5,  6,  32, 11, 12, 13, 14, 15, 17, 35, 29,
                                  30, 31, 34, 36, 16, 16, 40, 41, 42, 43, 44, 45, 49, 49, 47, 48};
  const auto i = static_cast<size_t>(logged);
  return i < sizeof(kIndexes) ? kIndexes[i] : kUnknownLayer7Index;
}

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_TYPE_INDEX_H_
