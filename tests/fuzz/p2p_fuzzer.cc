// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: one segment for the P2P signatures, whole and as the captured part of a longer
// one (the first two bytes say how much longer).
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "l7/p2p/bittorrent.h"
#include "l7/p2p/ed2k.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tstat::ByteReader input({data, size});
  const tstat::ByteReader payload = input.Sub(2);
  tstat::TcpLayer7Flow flow;
  for (int32_t more : {0, static_cast<int32_t>(input.U16(0))}) {
    const int32_t length = static_cast<int32_t>(payload.size()) + more;
    if (length <= 20) continue;  // the library does not ask about them
    const auto message = tstat::Ed2kMessage::Parse(payload, length);
    if (!message) continue;
    if (message->subtype > 99) std::abort();
    tstat::CountEd2k(*message, flow);
  }
  tstat::BitTorrentMessage::Parse(payload);
  return 0;
}
