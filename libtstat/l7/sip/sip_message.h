// SPDX-License-Identifier: BSD-3-Clause
//
// What a message of SIP (RFC 3261) says of its call, and the media that a description of a session
// (SDP, RFC 8866) in it announces. Total: anything may be given.
//
//   if (const std::optional<SipMessage> message = ReadSip(payload)) {
//     calls.emplace_back(message->call_id);
//     for (const SdpMedia& media : ReadSdp(message->body)) calls.push_back(media.codecs);
//   }
#ifndef TSTAT_L7_SIP_SIP_MESSAGE_H_
#define TSTAT_L7_SIP_SIP_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tstat/ip_address.h"

namespace tstat::internal {

struct SipMessage {
  std::string_view call_id;  // empty: it has none, or it was cut
  std::string_view body;
  size_t bytes = 0;  // with its body
};

// A request or a response of version 2.0 begins here.
bool StartsSip(std::string_view bytes);
// Nothing: it does not begin with one, or (`in_stream`) not all of it is there. Without
// `in_stream`, all there is belongs to the message, and a body without length, too.
std::optional<SipMessage> ReadSip(std::string_view bytes, bool in_stream = false);

struct SdpEndpoint {
  IpAddress address;
  uint16_t port = 0;
  bool is_control = false;  // of RTCP (RFC 3605, or the port behind)
};
struct SdpMedia {
  std::string kind;
  std::string codecs;
  bool is_rtp = false;
  std::vector<SdpEndpoint> endpoints;
};
// Of a session: at most so many are read.
inline constexpr size_t kMostSdpMedia = 16, kMostSdpEndpoints = 32;
// Media that are refused, or on hold without an address, are none.
std::vector<SdpMedia> ReadSdp(std::string_view body);

}  // namespace tstat::internal

#endif  // TSTAT_L7_SIP_SIP_MESSAGE_H_
