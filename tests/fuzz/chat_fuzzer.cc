// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: segments of one chat flow of each protocol. Input: for each segment a byte (bit
// 0: from the server), its length (2 bytes, big-endian), its payload.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "l7/chat/chat_state.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

namespace {

using Parser = tstat::ChatOutcome (*)(tstat::ByteReader, tstat::Direction, tstat::ChatState*);

void RunFlow(tstat::ByteReader input, tstat::ChatProtocol protocol, Parser parse) {
  tstat::ChatState state;
  state.protocol = protocol;
  bool first = true;
  for (size_t at = 0; input.Has(at, 3); first = false) {
    const tstat::ByteReader payload = input.Sub(at + 3, input.U16(at + 1));
    const tstat::Direction direction =
        input.U8(at) & 1 ? tstat::Direction::kServerToClient : tstat::Direction::kClientToServer;
    at += 3 + payload.size();
    if (first && protocol == tstat::ChatProtocol::kMsn) {
      if (const auto version = tstat::MsnVersion::Parse(payload)) state.msn_version = version->name;
    }
    if (first && protocol == tstat::ChatProtocol::kYmsg) {
      if (const auto header = tstat::YmsgHeader::Parse(payload))
        state.ymsg_version = header->version;
    }
    parse(payload, direction, &state);
  }
  tstat::ChatDepartures(state);
  // The version column must not break the row.
  if (const auto version = tstat::ChatVersion(state)) {
    for (char c : *version) {
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tstat::ByteReader input({data, size});
  RunFlow(input, tstat::ChatProtocol::kMsn, tstat::OnMsnSegment);
  RunFlow(input, tstat::ChatProtocol::kYmsg, tstat::OnYmsgSegment);
  RunFlow(input, tstat::ChatProtocol::kXmpp, tstat::OnXmppSegment);
  return 0;
}
