// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/packet_block.h"

#include "pipeline/kept_steps.h"

namespace tstat::internal {

void PacketBlock::Own(const Packet& packet, Datagram* datagram) {
  const std::less<> before;
  const std::span<const uint8_t> bytes = datagram->captured.bytes();
  const std::span<const uint8_t> whole = packet.data;
  const bool is_part = !before(bytes.data(), whole.data()) &&
                       !before(whole.data() + whole.size(), bytes.data() + bytes.size());
  if (!is_part) CopyBytes(datagram, &bytes_);
}

}  // namespace tstat::internal
