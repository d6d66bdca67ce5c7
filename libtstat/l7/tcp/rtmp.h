// SPDX-License-Identifier: BSD-3-Clause
//
// RTMP: first bytes of both directions, later confirmed or refused by the sizes of the handshake
// messages.
#ifndef TSTAT_L7_TCP_RTMP_H_
#define TSTAT_L7_TCP_RTMP_H_

#include <array>
#include <cstdint>

#include "l7/tcp_layer7_flow.h"
#include "l7/tcp_layer7_input.h"

namespace tstat::internal {

// Looks at the first segment of each direction; does nothing once both were seen.
void DetectRtmp(const TcpLayer7Input& in, TcpLayer7Flow& flow);

enum class RtmpSizes : uint8_t { kUndecided, kFit, kRefused };

// Number of messages and sizes of the first two, client's first.
RtmpSizes CheckRtmpSizes(const std::array<uint32_t, 2>& counts,
                         const std::array<std::array<uint32_t, 2>, 2>& sizes);

}  // namespace tstat::internal

#endif  // TSTAT_L7_TCP_RTMP_H_
