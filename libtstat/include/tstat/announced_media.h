// SPDX-License-Identifier: BSD-3-Clause
//
// What SIP says of a UDP flow (RFC 3261): the call that announced its address and port in SDP
// (RFC 8866), or, of a flow of SIP itself, its first call.
//
//   if (flow.announced != nullptr) Print(flow.announced->call_id, flow.announced->codecs);
#ifndef TSTAT_ANNOUNCED_MEDIA_H_
#define TSTAT_ANNOUNCED_MEDIA_H_

#include <string>

namespace tstat::inline v1 {

struct AnnouncedMedia {
  std::string call_id = {};  // Call-ID, at most 255 bytes of it
  std::string kind = {};     // "audio", "video", "image"; empty: the flow is SIP itself
  // Encodings in their order of preference, "opus,PCMU,telephone-event"; "t38" of a fax.
  std::string codecs = {};
  bool is_rtp = false;      // of a profile of RTP
  bool is_control = false;  // announced for RTCP
};

}  // namespace tstat::inline v1

#endif  // TSTAT_ANNOUNCED_MEDIA_H_
