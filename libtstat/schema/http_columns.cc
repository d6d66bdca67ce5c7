// SPDX-License-Identifier: BSD-3-Clause
//
// The columns of HTTP messages: log_http_complete, which has rows of two kinds and a header line
// for each. The columns show a message as it is: apply AtUrlLevel first.
#include <optional>
#include <string_view>

#include "schema/log_schema.h"
#include "schema/readers.h"
#include "schema/row_writer.h"
#include "tstat/flow.h"
#include "tstat/http_message.h"
#include "tstat/schema.h"

namespace tstat::internal {
namespace {

using Message = HttpMessage;
using Kind = HttpMessage::Kind;

template <HttpValue HttpMessage::*kMember>
constexpr auto Header = [](const Message& message, Direction) -> std::optional<TextView> {
  const HttpValue& value = message.*kMember;
  if (!value.found) return std::nullopt;
  return TextView{value.text, value.continued, value.truncated};
};
constexpr auto IsContinuation = [](const Message& m, Direction) {
  return m.kind == Kind::kRequestContinuation || m.kind == Kind::kResponseContinuation;
};

constexpr Column<HttpMessage> kOfSide[] = {
    {"ip", type::kAddress, "", Format::kAddress, "IP address",
     [](const Message& m, Direction d) { return AddressOf(m.endpoints->of(d)); },
     Is(Privacy::kAddress)},
    {"port", type::kU16, "", Format::kUint16, "TCP port",
     [](const Message& m, Direction d) { return m.endpoints->of(d).port; }},
};
constexpr std::string_view kContinuationText = "the segment after a cut head (3.3)";
constexpr Column<HttpMessage> kTime[] = {
    {"time_abs", type::kTime, "s", Format::kFixed6, "time of the segment, since the epoch",
     [](const Message& m, Direction) { return m.time; }},
    Column<HttpMessage>::WithoutText("continuation", type::kBool, "", kContinuationText,
                                     IsContinuation),
};

constexpr std::string_view kNone = "no such header";
constexpr ColumnExtras kName = {.absent = kNone, .privacy = Privacy::kName, .placeholder = "-"};
constexpr ColumnExtras kContent = {
    .absent = kNone, .privacy = Privacy::kContent, .placeholder = "-"};

constexpr Column<HttpMessage> kRequestHead[] = {
    {"method", type::kText, "", Format::kText,
     "method; printed as REQ2 for the segment after a cut request (3.3)",
     Header<&HttpMessage::method>, Absent("not seen", "-"),
     [](const Message& m, Direction d) -> std::optional<TextView> {
       if (m.kind == Kind::kRequestContinuation) return TextView{"REQ2"};
       return Header<&HttpMessage::method>(m, d);
     }},
    {"hostname", type::kText, "", Format::kText, "Host header", Header<&HttpMessage::hostname>,
     kName},
    {"fqdn",
     type::kText,
     "",
     Format::kName,
     "name that the client resolved before (DN-Hunter)",
     [](const Message& m, Direction) { return ResolvedName(*m.endpoints); },
     {.absent = "none", .privacy = Privacy::kName, .placeholder = "-"}},
    {"path", type::kText, "", Format::kText, "request target, as far as httplog_full_url shows it",
     Header<&HttpMessage::path>, kContent},
    {"referer", type::kText, "", Format::kText,
     "Referer header, as far as httplog_full_url shows it", Header<&HttpMessage::referer>,
     kContent},
    {"user_agent", type::kText, "", Format::kText, "User-Agent header",
     Header<&HttpMessage::user_agent>, kContent},
    {"cookie", type::kText, "", Format::kText, "Cookie header, with httplog_full_url = 2",
     Header<&HttpMessage::cookie>, kContent},
    {"dnt", type::kText, "", Format::kText, "DNT header", Header<&HttpMessage::do_not_track>,
     kContent},
};
constexpr auto kRequest =
    Concatenate(OfSide(kOfSide, Side::kClient), OfSide(kOfSide, Side::kServer), Once(kTime),
                Once(kRequestHead));
static_assert(kRequest.size() == 14);

constexpr Column<HttpMessage> kResponseHead[] = {
    Column<HttpMessage>::TextOnly("HTTP", "", Format::kText,
                                  "the word HTTP; 3.3: RES2 for the segment after a cut response",
                                  [](const Message& m, Direction) -> std::string_view {
                                    return m.kind == Kind::kResponseContinuation ? "RES2" : "HTTP";
                                  }),
    {"response", type::kText, "", Format::kText, "response code", Header<&HttpMessage::status>,
     Absent("not seen", "-")},
    {"content_len", type::kText, "", Format::kText, "Content-Length header",
     Header<&HttpMessage::content_length>, kContent},
    {"content_type", type::kText, "", Format::kText, "Content-Type header",
     Header<&HttpMessage::content_type>, kContent},
    {"server", type::kText, "", Format::kText, "Server header", Header<&HttpMessage::server>,
     kContent},
    {"range", type::kText, "", Format::kText, "Content-Range header",
     Header<&HttpMessage::content_range>, kContent},
    {"location", type::kText, "", Format::kText,
     "Location header, as far as httplog_full_url shows it", Header<&HttpMessage::location>,
     kContent},
    {"set_cookie", type::kText, "", Format::kText,
     "first Set-Cookie header, with httplog_full_url = 2", Header<&HttpMessage::set_cookie>,
     kContent},
};
constexpr auto kResponse =
    Concatenate(OfSide(kOfSide, Side::kClient), OfSide(kOfSide, Side::kServer), Once(kTime),
                Once(kResponseHead));
static_assert(kResponse.size() == 14);

}  // namespace
}  // namespace tstat::internal

namespace tstat::inline v1 {

const LogTable<HttpMessage>& HttpRequestTable() {
  static const internal::LogSchema<HttpMessage> table(
      {.name = "http_request",
       .description =
           "One row for each TCP segment that begins with an HTTP request; with --compat none for "
           "each request.",
       .separator = '\t',
       .header_start = "#C#"},
      {internal::MakeColumnBlock<HttpMessage, internal::kRequest>("request", "Requests", 0)});
  return table;
}

const LogTable<HttpMessage>& HttpResponseTable() {
  static const internal::LogSchema<HttpMessage> table(
      {.name = "http_response",
       .description =
           "One row for each TCP segment that begins with an HTTP response; with --compat none for "
           "each response.",
       .separator = '\t',
       .header_start = "#S#"},
      {internal::MakeColumnBlock<HttpMessage, internal::kResponse>("response", "Responses", 0)});
  return table;
}

}  // namespace tstat::inline v1
