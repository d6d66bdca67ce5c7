// SPDX-License-Identifier: BSD-3-Clause
//
// Positions of the UDP protocols in the layer-7 histograms.
#ifndef TSTAT_L7_UDP_TYPE_INDEX_H_
#define TSTAT_L7_UDP_TYPE_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <iterator>

#include "tstat/codes.h"
#include "tstat/media.h"
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
  const auto i = static_cast<size_t>(logged);
  return i < std::size(kUdpProtocols) ? kUdpProtocols[i].application : kUnknownLayer7Index;
}

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_TYPE_INDEX_H_
