// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: segments of one HTTP flow. Input: for each segment a byte (bit 0: from the
// server), its length (2 bytes, big-endian), its payload.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "l7/http/message_parser.h"
#include "tstat/http_message.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

namespace {

// The row is made at every level; a column must never hold a control character.
void CheckColumns(const tstat::HttpMessage& message) {
  for (int level = 0; level <= 2; ++level) {
    const tstat::HttpMessage m =
        tstat::AtUrlLevel(message, static_cast<tstat::HttpUrlLevel>(level));
    const tstat::OwnedHttpMessage copy(m);
    for (const tstat::HttpValue* value :
         {&m.method, &m.hostname, &m.path, &m.referer, &m.user_agent, &m.cookie, &m.do_not_track,
          &m.status, &m.content_length, &m.content_type, &m.server, &m.content_range, &m.location,
          &m.set_cookie}) {
      if (value->text.size() > 1599) std::abort();
      for (char c : value->text) {
        if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) std::abort();
      }
    }
  }
}

void RunFlow(tstat::ByteReader input, const tstat::CompatProfile& profile) {
  tstat::HttpSplitState split;
  for (size_t at = 0; input.Has(at, 3);) {
    const tstat::ByteReader payload = input.Sub(at + 3, input.U16(at + 1));
    const tstat::Direction direction =
        input.U8(at) & 1 ? tstat::Direction::kServerToClient : tstat::Direction::kClientToServer;
    if (!payload.empty()) {
      const auto found = tstat::HttpSegment::Parse(payload, direction, profile, &split);
      if (found) CheckColumns(found->message);
    }
    at += 3 + payload.size();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tstat::CompatProfile profile;
  RunFlow(tstat::ByteReader({data, size}), profile);
  profile.http_more_methods = profile.http_second_segment = true;
  RunFlow(tstat::ByteReader({data, size}), profile);
  return 0;
}
