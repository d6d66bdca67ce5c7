// SPDX-License-Identifier: BSD-3-Clause
//
// BitTorrent: peer handshakes and tracker requests over HTTP.
#ifndef TSTAT_L7_P2P_BITTORRENT_H_
#define TSTAT_L7_P2P_BITTORRENT_H_

#include <cstdint>
#include <optional>

#include "decode/byte_reader.h"

namespace tstat::internal {

inline constexpr uint16_t kBitTorrentProtocol = 9;  // of P2P codes

// A message at the start of a segment.
struct BitTorrentMessage {
  uint8_t subtype;  // of the P2P code

  // REQUIRES: the segment's payload is longer than 20 bytes.
  static std::optional<BitTorrentMessage> Parse(ByteReader payload);
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_P2P_BITTORRENT_H_
