// SPDX-License-Identifier: BSD-3-Clause
#include "schema/http_columns.h"

#include "schema/row_writer.h"
#include "schema/value.h"
#include "tstat/flow.h"

namespace tstat::internal {
namespace {

using Message = HttpMessage;
using Kind = HttpMessage::Kind;

template <HttpValue HttpMessage::*kMember>
constexpr Value Header(const Message& message, Direction) {
  const HttpValue& value = message.*kMember;
  if (!value.found) return Value::None("-");
  return Value::PartialText(value.text, value.continued, value.truncated);
}

constexpr Column<HttpMessage> kOfSide[] = {
    {"ip", "", Format::kAddress, "IP address",
     [](const Message& m, Direction d) { return Value::Address(m.endpoints->of(d)); }},
    {"port", "", Format::kUint16, "TCP port",
     [](const Message& m, Direction d) { return Value::Number(m.endpoints->of(d).port); }},
};
constexpr Column<HttpMessage> kTime[] = {
    {"time_abs", "s", Format::kFixed6, "time of the segment, since the epoch",
     [](const Message& m, Direction) {
       return Value::Number(static_cast<double>(m.time.microseconds()) / 1e6);
     }},
};

constexpr Column<HttpMessage> kRequestHead[] = {
    {"method", "", Format::kText, "method; 3.3: REQ2 for the segment after a cut request",
     [](const Message& m, Direction d) {
       return m.kind == Kind::kRequestContinuation ? Value::Text("REQ2")
                                                   : Header<&HttpMessage::method>(m, d);
     }},
    {"hostname", "", Format::kText, "Host header", Header<&HttpMessage::hostname>},
    {"fqdn", "", Format::kName, "name that the client resolved before (DN-Hunter)",
     [](const Message& m, Direction) {
       const DnsResolution* const resolution = m.endpoints->resolution.get();
       return resolution == nullptr ? Value::None("-") : Value::Text(resolution->name);
     }},
    {"path", "", Format::kText, "request target, as far as httplog_full_url shows it",
     Header<&HttpMessage::path>},
    {"referer", "", Format::kText, "Referer header, as far as httplog_full_url shows it",
     Header<&HttpMessage::referer>},
    {"user_agent", "", Format::kText, "User-Agent header", Header<&HttpMessage::user_agent>},
    {"cookie", "", Format::kText, "Cookie header, with httplog_full_url = 2",
     Header<&HttpMessage::cookie>},
    {"dnt", "", Format::kText, "DNT header", Header<&HttpMessage::do_not_track>},
};
constexpr auto kRequest =
    Concatenate(OfSide(kOfSide, Side::kClient), OfSide(kOfSide, Side::kServer), Once(kTime),
                Once(kRequestHead));
static_assert(kRequest.size() == 13);

constexpr Column<HttpMessage> kResponseHead[] = {
    {"HTTP", "", Format::kText, "the word HTTP; 3.3: RES2 for the segment after a cut response",
     [](const Message& m, Direction) {
       return Value::Text(m.kind == Kind::kResponseContinuation ? "RES2" : "HTTP");
     }},
    {"response", "", Format::kText, "response code", Header<&HttpMessage::status>},
    {"content_len", "", Format::kText, "Content-Length header",
     Header<&HttpMessage::content_length>},
    {"content_type", "", Format::kText, "Content-Type header", Header<&HttpMessage::content_type>},
    {"server", "", Format::kText, "Server header", Header<&HttpMessage::server>},
    {"range", "", Format::kText, "Content-Range header", Header<&HttpMessage::content_range>},
    {"location", "", Format::kText, "Location header, as far as httplog_full_url shows it",
     Header<&HttpMessage::location>},
    {"set_cookie", "", Format::kText, "first Set-Cookie header, with httplog_full_url = 2",
     Header<&HttpMessage::set_cookie>},
};
constexpr auto kResponse =
    Concatenate(OfSide(kOfSide, Side::kClient), OfSide(kOfSide, Side::kServer), Once(kTime),
                Once(kResponseHead));
static_assert(kResponse.size() == 13);

}  // namespace

const LogSchema<HttpMessage>& HttpRequestLog() {
  static const LogSchema<HttpMessage> log = {
      {.name = "log_http_complete",
       .description = "One row for each TCP segment that begins with an HTTP request.",
       .separator = '\t',
       .header_start = "#C#"},
      {MakeColumnBlock<HttpMessage, kRequest>("request", "Requests", 0)}};
  return log;
}

const LogSchema<HttpMessage>& HttpResponseLog() {
  static const LogSchema<HttpMessage> log = {
      {.name = "log_http_complete",
       .description = "One row for each TCP segment that begins with an HTTP response.",
       .separator = '\t',
       .header_start = "#S#"},
      {MakeColumnBlock<HttpMessage, kResponse>("response", "Responses", 0)}};
  return log;
}

}  // namespace tstat::internal
