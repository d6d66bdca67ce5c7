// SPDX-License-Identifier: BSD-3-Clause
//
// Reads the head of an HTTP message from one segment. Each segment is looked at alone: no
// reassembly, no pipelining.
//
//   if (auto found = HttpSegment::Parse(payload, direction, profile, &split)) {
//     HttpMessage& message = found->message;                              // views the payload
//     message.time = ...; message.order = ...; message.endpoints = ...;   // the caller's part
//     sink.OnHttpMessage(message);
//   }
//
// A value is what a POSIX regular expression such as `Host: ([^[:cntrl:][:space:]]+)` would find:
// the leftmost match anywhere in the text, not only at the start of a line. One pass over the
// colons of the text finds all of them.
#ifndef TSTAT_L7_HTTP_MESSAGE_PARSER_H_
#define TSTAT_L7_HTTP_MESSAGE_PARSER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "decode/byte_reader.h"
#include "tstat/flow.h"
#include "tstat/http_message.h"
#include "tstat/options.h"

namespace tstat::internal {

// How a segment begins, as far as HTTP is concerned.
enum class HttpStart : uint8_t {
  kNone,
  kRequest,       // a method, sent by the client
  kResponse,      // "HTTP/", sent by the server
  kResponseWord,  // "HTTP" and no slash: counts as a response, but is none
  kOther,         // a keyword of the wrong direction, or an incomplete one: to be ignored
};
// Segments of fewer than 5 captured bytes are always kNone.
HttpStart FindHttpStart(ByteReader payload, Direction direction, const CompatProfile& profile);

// [3.3] What a flow remembers between the two segments of a split head.
struct HttpSplitState {
  // One direction: requests, or responses.
  struct Head {
    bool open = false;       // a head was seen, and its next segment not yet
    uint8_t cut_fields = 0;  // bits of the values that touched the end of the segment
    std::string cut_text;    // the last one of them
  };
  Head request, response;

  uint32_t slot = 0;  // of this object in its slab
};

struct HttpSegment {
  HttpMessage message;

  // Nothing when the segment gives no message. `split` may be nullptr unless
  // profile.http_second_segment is set; it takes part in 3.3 only.
  static std::optional<HttpSegment> Parse(ByteReader payload, Direction direction,
                                          const CompatProfile& profile, HttpSplitState* split);
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_HTTP_MESSAGE_PARSER_H_
