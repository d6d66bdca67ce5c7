// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tcp/rtmp.h"

namespace tstat::internal {
namespace {

bool IsVersionByte(Direction d, uint8_t byte) {
  switch (byte) {
    case 0x03:
    case 0x06:
    case 0x08:
      return true;
    case 0x09:
    case 0x0A:
      return d == Direction::kServerToClient;
    default:
      return false;
  }
}

// Version byte and one or two handshake blocks of 1536 bytes.
constexpr uint32_t kOneBlock = 1537, kTwoBlocks = 3073;

bool IsServerHandshake(uint32_t size) { return size == kTwoBlocks || size == kOneBlock; }

}  // namespace

void DetectRtmp(const TcpLayer7Input& in, TcpLayer7Flow& flow) {
  if (flow.first_segment_seen[0] && flow.first_segment_seen[1]) return;
  const int d = Index(in.direction());
  if (flow.first_segment_seen[d]) return;
  const TcpLayer7Input::Side& side = in.side[d];
  if (side.sequence - side.isn - static_cast<uint32_t>(in.payload_length) != 1) return;
  flow.first_segment_seen[d] = true;
  flow.rtmp_handshake[d] = IsVersionByte(in.direction(), in.payload.U8(0));
  if (flow.rtmp_handshake[0] && flow.rtmp_handshake[1]) {
    flow.connection_type |= connection_type::kRtmp;
  }
}

RtmpSizes CheckRtmpSizes(const std::array<uint32_t, 2>& counts,
                         const std::array<std::array<uint32_t, 2>, 2>& sizes) {
  if (counts[0] == 0 || counts[1] == 0) return RtmpSizes::kUndecided;
  const auto [x, x_second] = sizes[0];
  const auto [y, y_second] = sizes[1];
  if (x == kOneBlock && IsServerHandshake(y)) return RtmpSizes::kFit;
  if (x + x_second == kOneBlock && (IsServerHandshake(y) || IsServerHandshake(y + y_second))) {
    return RtmpSizes::kFit;
  }
  return counts[0] > 1 && counts[1] > 1 ? RtmpSizes::kRefused : RtmpSizes::kUndecided;
}

}  // namespace tstat::internal
