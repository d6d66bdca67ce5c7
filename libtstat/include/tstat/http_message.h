// SPDX-License-Identifier: BSD-3-Clause
//
// One HTTP message head: a row of log_http_complete. It is what one TCP segment shows of it, or
// with CompatProfile::modern_layer7 the whole head, wherever segments begin.
//
// The values are whole and raw; a log applies its privacy level first:
//
//   void OnHttpMessage(const tstat::HttpMessage& message) override {
//     tstat::HttpMessage row = tstat::AtUrlLevel(message, tstat::HttpUrlLevel::kNone);
//     if (row.suppressed) return;
//     Print(row.hostname);   // "-" unless found; marks of cut values as HttpValue says
//   }
#ifndef TSTAT_HTTP_MESSAGE_H_
#define TSTAT_HTTP_MESSAGE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "tstat/export.h"
#include "tstat/flow.h"
#include "tstat/time.h"

namespace tstat::inline v1 {

// One value, as captured: never a control character in it, but any byte from 0x80 on.
// Printed form, after AtUrlLevel(): "-" unless found; else "[*]" if continued, the text, "[*]" if
// truncated.
struct HttpValue {
  std::string_view text;
  bool found = false;
  bool truncated = false;  // it touches the end of the segment: more of it may follow
  // [3.3] It was truncated in the segment before. The text is the rest of it, unless `named`: its
  // header is in this segment and the text is that one's value.
  bool continued = false;
  bool named = false;
  // [3.3] Neither could be read: the text is the truncated one of the segment before (a quirk of
  // Tstat's columns). It is no value of its own.
  bool repeated = false;
};

// A view: texts and endpoints are those of the packet and the flow, valid during the call only.
struct HttpMessage {
  // The second two: [3.3] the segment after one that ended inside a head (rows REQ2 and RES2).
  enum class Kind : uint8_t {
    kRequest,
    kResponse,
    kRequestContinuation,
    kResponseContinuation,
  };

  Kind kind = Kind::kRequest;
  // Set by AtUrlLevel(): this row is not to be written (CompatProfile::http_second_segment).
  bool suppressed = false;
  // A row is only written if at least one value was found (3.3).
  bool needs_a_value = false;
  // Of CompatProfile::modern_layer7: values that are cut are marked at any level.
  bool marks_cuts = false;
  Timestamp time;  // of the segment
  OrderKey order;
  uint64_t flow_number = 0;              // of the TcpFlow
  const Endpoints* endpoints = nullptr;  // of the flow, viewed; also the owner of the DNS name

  // The head's lines. Requests have the first seven, responses the others.
  HttpValue method, hostname, path, referer, user_agent, cookie, do_not_track;
  HttpValue status, content_length, content_type, server, content_range, location, set_cookie;

  [[nodiscard]] bool is_request() const {
    return kind == Kind::kRequest || kind == Kind::kRequestContinuation;
  }
};

// httplog_full_url of runtime.conf: how much of the URLs is shown.
enum class HttpUrlLevel : uint8_t {
  kNone = 0,     // no path, hosts only of referer and location, no cookies
  kPartial = 1,  // without the query, no cookies
  kFull = 2,
};

// The message as it may be shown at a level: values are shortened or not found any more. The result
// views the same bytes.
[[nodiscard]] TSTAT_EXPORT HttpMessage AtUrlLevel(const HttpMessage& message, HttpUrlLevel level);

// A message outlives its packet and its flow only as a copy: OwnedHttpMessage keeps the text and
// the endpoints of one.
class TSTAT_EXPORT OwnedHttpMessage {
 public:
  explicit OwnedHttpMessage(const HttpMessage& message);
  // Views what this object owns; moving the object does not move that.
  [[nodiscard]] const HttpMessage& message() const { return message_; }

 private:
  HttpMessage message_;
  std::unique_ptr<const Endpoints> endpoints_;
  std::unique_ptr<char[]> text_;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_HTTP_MESSAGE_H_
