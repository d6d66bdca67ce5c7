// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: a message of SIP and the media it announces, in a datagram, and in a stream
// whole and without its last byte.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "l7/sip/announced_calls.h"
#include "l7/sip/sip_message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tstat::internal;  // NOLINT
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  AnnouncedCalls calls(8, 2);
  const auto datagram = ReadSip(text);
  if (datagram.has_value() != StartsSip(text)) std::abort();
  if (datagram) {
    if (datagram->bytes > size || datagram->call_id.size() > 255) std::abort();
    calls.OnMessage(*datagram, {.time = {}, .udp_flow_number = 1});
    for (const SdpMedia& media : ReadSdp(datagram->body)) {
      if (media.endpoints.empty() || media.endpoints.size() > kMostSdpEndpoints) std::abort();
      for (const SdpEndpoint& endpoint : media.endpoints) {
        (void)calls.Find(endpoint.address, endpoint.port, {}, {});
      }
    }
  }
  if (calls.endpoint_count() > 8) std::abort();
  if (const auto message = ReadSip(text, true)) {
    if (message->bytes > size) std::abort();
    // It needs all its bytes, and no others.
    const std::string_view whole = text.substr(0, message->bytes);
    if (ReadSip(whole, true)->bytes != whole.size()) std::abort();
    if (ReadSip(whole.substr(0, whole.size() - 1), true)) std::abort();
  }
  (void)ReadSdp(text);
  return 0;
}
