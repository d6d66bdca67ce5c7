// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/vod.h"

namespace tstat::internal {
namespace {

constexpr uint8_t kSyncByte = 0x47;

}  // namespace

bool VodDetector::OnSevenPackets(Side& self, const UdpPayload& p) {
  const bool has_second = p.captured() > kPacketBytes;
  const uint8_t first = p.bytes.U8(0), second = p.bytes.U8(kPacketBytes);
  if (first == kSyncByte && (!has_second || second == kSyncByte)) return found_ = true;
  if (self.fresh) {
    self.fresh = false;
    self.first_sync = first;
    self.second_sync = has_second ? second : int16_t{-1};
    self.count = 1;
  } else if (self.first_sync == first && (!has_second || self.second_sync == second)) {
    if (++self.count == 3) found_ = true;
  } else {
    self.fresh = true;
  }
  return found_;
}

}  // namespace tstat::internal
