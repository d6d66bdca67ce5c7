// SPDX-License-Identifier: BSD-3-Clause
//
// Rows of the HTTP log, from payload bytes to what each level shows.
#include "l7/http/message_parser.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tstat/http_message.h"

namespace tstat::internal {
namespace {

constexpr Direction kClient = Direction::kClientToServer;
constexpr Direction kServer = Direction::kServerToClient;

CompatProfile Profile33() {
  CompatProfile profile;
  profile.http_more_methods = profile.http_second_segment = true;
  return profile;
}

ByteReader Bytes(std::string_view text) {
  return ByteReader({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

std::string Printed(const HttpValue& value) {
  if (!value.found) return "-";
  std::string out = value.continued ? "[*]" : "";
  out += value.text;
  if (value.truncated) out += "[*]";
  return out;
}

// The layer-7 columns of a row, separated by bars; "(none)" for a suppressed one.
std::string Printed(const HttpMessage& message, HttpUrlLevel level) {
  const HttpMessage m = AtUrlLevel(message, level);
  if (m.suppressed) return "(none)";
  std::vector<HttpValue> values;
  std::string out;
  switch (m.kind) {
    case HttpMessage::Kind::kRequest:
    case HttpMessage::Kind::kRequestContinuation:
      out = m.kind == HttpMessage::Kind::kRequest ? Printed(m.method) : "REQ2";
      values = {m.hostname, m.path, m.referer, m.user_agent, m.cookie, m.do_not_track};
      break;
    default:
      out = m.kind == HttpMessage::Kind::kResponse ? "HTTP" : "RES2";
      values = {m.status,        m.content_length, m.content_type, m.server,
                m.content_range, m.location,       m.set_cookie};
  }
  for (const HttpValue& value : values) out += "|" + Printed(value);
  return out;
}

// A flow that is fed segment by segment.
class HttpFlow {
 public:
  explicit HttpFlow(const CompatProfile& profile = {}, HttpUrlLevel level = HttpUrlLevel::kFull)
      : profile_(profile), level_(level) {}

  std::string Row(Direction direction, std::string_view payload) {
    const auto found = HttpSegment::Parse(Bytes(payload), direction, profile_, &split_);
    return found ? Printed(found->message, level_) : "(none)";
  }
  std::string Request(std::string_view payload) { return Row(kClient, payload); }
  std::string Response(std::string_view payload) { return Row(kServer, payload); }

 private:
  CompatProfile profile_;
  HttpUrlLevel level_;
  HttpSplitState split_;
};

std::string Request(std::string_view payload, HttpUrlLevel level = HttpUrlLevel::kFull) {
  return HttpFlow({}, level).Request(payload);
}
std::string Response(std::string_view payload, HttpUrlLevel level = HttpUrlLevel::kFull) {
  return HttpFlow({}, level).Response(payload);
}

TEST(HttpMessageTest, RequestWithAllHeaders) {
  constexpr std::string_view kPayload =
      "GET /a/b?q=1 HTTP/1.1\r\nHost: example.org\r\nUser-Agent: Mozilla/5.0 (X11)\r\n"
      "Referer: http://ref.org/x?y\r\nCookie: a=b; c=d\r\nDNT: 1\r\n\r\n";
  EXPECT_EQ(Request(kPayload),
            "GET|example.org|/a/b?q=1|http://ref.org/x?y|Mozilla/5.0 (X11)|a=b; c=d|1");
  EXPECT_EQ(Request(kPayload, HttpUrlLevel::kPartial),
            "GET|example.org|/a/b|http://ref.org/x|Mozilla/5.0 (X11)|-|1");
  EXPECT_EQ(Request(kPayload, HttpUrlLevel::kNone),
            "GET|example.org|-|http://ref.org/|Mozilla/5.0 (X11)|-|1");
}

TEST(HttpMessageTest, ResponseWithAllHeaders) {
  constexpr std::string_view kPayload =
      "HTTP/1.1 301 Moved\r\nLocation: http://www.google.com/a?b\r\n"
      "Content-Type: text/html; charset=UTF-8\r\nServer: gws\r\nContent-Length: 219\r\n"
      "Content-Range: bytes 0-1/2\r\nSet-Cookie: k=v\r\nSet-Cookie: second\r\n\r\nbody";
  EXPECT_EQ(Response(kPayload),
            "HTTP|301|219|text/html; charset=UTF-8|gws|bytes 0-1/2|http://www.google.com/a?b|k=v");
  EXPECT_EQ(Response(kPayload, HttpUrlLevel::kPartial),
            "HTTP|301|219|text/html; charset=UTF-8|gws|bytes 0-1/2|http://www.google.com/a|-");
  EXPECT_EQ(Response(kPayload, HttpUrlLevel::kNone),
            "HTTP|301|219|text/html; charset=UTF-8|gws|bytes 0-1/2|http://www.google.com/|-");
}

TEST(HttpMessageTest, OnlySomeBeginningsGiveRows) {
  EXPECT_EQ(Request("GET "), "(none)");  // a fifth byte is needed
  EXPECT_EQ(Request("GET /"), "GET|-|/[*]|-|-|-|-");
  EXPECT_EQ(Request("get / HTTP/1.1\r\n"), "(none)");
  EXPECT_EQ(Request("PUT / HTTP/1.1\r\n"), "(none)");
  EXPECT_EQ(Request("POSTX /x HTTP/1.1\r\n"), "POSTX|-|/x|-|-|-|-");
  EXPECT_EQ(Request("HEADER /x HTTP/1.1\r\n"), "HEADER|-|/x|-|-|-|-");
  EXPECT_EQ(Request("POSTABCDEFGHIJ /x HTTP/1.1\r\n"), "POSTABCDE|-|/x|-|-|-|-");
  EXPECT_EQ(HttpFlow().Response("GET / HTTP/1.1\r\n"), "(none)");
  EXPECT_EQ(HttpFlow().Request("HTTP/1.1 200 OK\r\n"), "(none)");
  EXPECT_EQ(Response("HTTP 200 OK\r\n\r\n"), "(none)");
}

TEST(HttpMessageTest, TwoBlanksBehindTheMethodHideThePathOnly) {
  EXPECT_EQ(Request("GET  / HTTP/1.1\r\nHost: www.lan:8080\r\nDNT: 1\r\n"),
            "-|www.lan:8080|-|-|-|-|1");
}

TEST(HttpMessageTest, HeadersAreFoundAnywhere) {
  EXPECT_EQ(Request("GET / HTTP/1.1\r\nX-Forwarded-Host: a\r\nHost: b\r\n"), "GET|a|/|-|-|-|-");
  EXPECT_EQ(Request("GET / HTTP/1.1\r\nhost: b\r\n"), "GET|-|/|-|-|-|-");
  EXPECT_EQ(Request("GET / HTTP/1.1\r\nHost:b\r\nHost: \r\nHost: c d\r\n"), "GET|c|/|-|-|-|-");
  // With a complete request line the path itself is not searched...
  EXPECT_EQ(Request("GET /Host:%20Host: x HTTP/1.1\r\n\r\n"), "GET|-|/Host:%20Host:|-|-|-|-");
  // ...without one it is.
  EXPECT_EQ(Request("GET  /Host: x HTTP/1.1\r\n\r\n"), "-|x|-|-|-|-|-");
  EXPECT_EQ(Response("HTTP/1.1 200 OK\r\nX-Server: y\r\n\r\nServer: z\r\n"),
            "HTTP|200|-|-|y|-|-|-");
  EXPECT_EQ(Response("HTTP/1.1 200 OK\r\nContent-Location: /l\r\n\r\n"), "HTTP|200|-|-|-|-|/l|-");
}

TEST(HttpMessageTest, ControlCharactersEndValues) {
  EXPECT_EQ(Request("GET / HTTP/1.1\r\nUser-Agent: a b\tc\r\nHost: \x80\xff\r\n\r\n"),
            "GET|\x80\xff|/|-|a b|-|-");
  const std::string with_nul("GET / HTTP/1.1\r\nHost: a\0\r\nUser-Agent: b\r\n\r\n", 43);
  EXPECT_EQ(Request(with_nul), "GET|a|/|-|-|-|-");
}

TEST(HttpMessageTest, TruncationMark) {
  const std::string head = "GET / HTTP/1.1\r\nUser-Agent: ab";
  EXPECT_EQ(Request(head), "GET|-|/|-|ab[*]|-|-");
  EXPECT_EQ(Request(head + "\r"), "GET|-|/|-|ab[*]|-|-");
  EXPECT_EQ(Request(head + "\r\n"), "GET|-|/|-|ab|-|-");
  EXPECT_EQ(Request(head, HttpUrlLevel::kNone), "GET|-|-|-|ab[*]|-|-");
  // Padding behind the datagram: its byte counts, too.
  EXPECT_EQ(Request(head + std::string(1, '\0')), "GET|-|/|-|ab[*]|-|-");
  EXPECT_EQ(Request("GET /ctl"), "GET|-|/ctl[*]|-|-|-|-");
  EXPECT_EQ(Request("GET /ctl", HttpUrlLevel::kPartial), "GET|-|/ctl|-|-|-|-");
  EXPECT_EQ(Request("GET /ctl\r\n"), "GET|-|/ctl|-|-|-|-");
  EXPECT_EQ(Request("GET /x HTTP/1.1\r\nHost: ab"), "GET|ab|/x|-|-|-|-");
  EXPECT_EQ(Response("HTTP/1.1 302 F\r\nLocation: /x"), "HTTP|302|-|-|-|-|/x[*]|-");
}

TEST(HttpMessageTest, LongValuesAreCutWithoutMark) {
  const std::string path(2000, 'a');
  EXPECT_EQ(Request("GET /" + path + " HTTP/1.1\r\n"),
            "GET|-|/" + path.substr(0, 1598) + "|-|-|-|-");
  const std::string host(300, 'h');
  EXPECT_EQ(Request("GET / HTTP/1.1\r\nHost: " + host + "\r\n"),
            "GET|" + host.substr(0, 199) + "|/|-|-|-|-");
}

TEST(HttpMessageTest, StatusCode) {
  EXPECT_EQ(Response("HTTP/1.1 20\r\n"), "HTTP|-|-|-|-|-|-|-");  // 13 bytes
  EXPECT_EQ(Response("HTTP/1.1 20\r\n\r\n"), "HTTP|20|-|-|-|-|-|-");
  EXPECT_EQ(Response("HTTP/1.1  200 OK\r\n"), "HTTP|-|-|-|-|-|-|-");
}

TEST(HttpMessageTest, HostsOfLevelZero) {
  const auto referer = [](std::string_view value) {
    const std::string row =
        Request("GET / HTTP/1.1\r\nReferer: " + std::string(value) + "\r\n", HttpUrlLevel::kNone);
    return row.substr(8, row.size() - 8 - 6);
  };
  EXPECT_EQ(referer("http://h.com"), "http://h.com");
  EXPECT_EQ(referer("https://h.com/a"), "https://h.com/");
  EXPECT_EQ(referer("http://u@h.com?q/"), "http://u@h.com?q/");
  EXPECT_EQ(referer("HTTP://h.com/"), "-");
  EXPECT_EQ(referer("http:///x"), "-");
  EXPECT_EQ(referer("/x"), "-");
}

TEST(HttpMessageTest, QueryOnlyValuesStayAtLevelOne) {
  EXPECT_EQ(Request("GET ?a=b?c HTTP/1.1\r\nReferer: ?x\r\n", HttpUrlLevel::kPartial),
            "GET|-|?a=b?c|?x|-|-|-");
}

TEST(HttpMessageTest, CopyOutlivesThePacket) {
  std::string payload = "GET /x HTTP/1.1\r\nHost: h\r\nUser-Agent: u\r\n\r\n";
  std::optional<HttpSegment> found = HttpSegment::Parse(Bytes(payload), kClient, {}, nullptr);
  ASSERT_TRUE(found.has_value());
  HttpMessage& message = found->message;
  auto endpoints = std::make_unique<Endpoints>();
  endpoints->client.port = 1234;
  message.endpoints = endpoints.get();
  OwnedHttpMessage original(message);
  endpoints->client.port = 99;
  endpoints.reset();
  payload.assign(payload.size(), '!');
  std::vector<OwnedHttpMessage> kept;
  kept.push_back(std::move(original));  // moving it moves nothing that it views
  EXPECT_EQ(Printed(kept[0].message(), HttpUrlLevel::kFull), "GET|h|/x|-|u|-|-");
  ASSERT_NE(kept[0].message().endpoints, nullptr);
  EXPECT_EQ(kept[0].message().endpoints->client.port, 1234);
}

TEST(HttpMessage33Test, MoreMethods) {
  EXPECT_EQ(HttpFlow(Profile33()).Request("PUT /x HTTP/1.1\r\n"), "PUT|-|/x|-|-|-|-");
  EXPECT_EQ(HttpFlow(Profile33()).Request("OPTIONS /x HTTP/1.1\r\n"), "OPTIONS|-|/x|-|-|-|-");
  EXPECT_EQ(HttpFlow(Profile33()).Request("DELETE /x HTTP/1.1\r\n"), "DELETE|-|/x|-|-|-|-");
  EXPECT_EQ(HttpFlow(Profile33()).Request("PATCHY /x HTTP/1.1\r\n"), "(none)");
}

TEST(HttpMessage33Test, RowsWithoutAnyValueAreSuppressed) {
  EXPECT_EQ(HttpFlow(Profile33()).Request("GET  x\r\n"), "(none)");
  EXPECT_EQ(HttpFlow(Profile33()).Response("HTTP/\r\n"), "(none)");
  EXPECT_EQ(HttpFlow(Profile33()).Request("GET  x\r\nCookie: c\r\n"), "-|-|-|-|-|c|-");
  EXPECT_EQ(HttpFlow(Profile33(), HttpUrlLevel::kNone).Request("GET  x\r\nCookie: c\r\n"),
            "(none)");
  // Found, although the column shows nothing.
  EXPECT_EQ(HttpFlow(Profile33(), HttpUrlLevel::kNone).Request("GET  x\r\nReferer: c\r\n"),
            "-|-|-|-|-|-|-");
}

TEST(HttpMessage33Test, SecondSegment) {
  HttpFlow flow(Profile33());
  flow.Request("GET / HTTP/1.1\r\n");
  EXPECT_EQ(flow.Request("abc"), "(none)");  // too short, and the flow goes on waiting
  EXPECT_EQ(flow.Request("User-Agent: uclient-fetch\r\n"), "REQ2|-|-|-|uclient-fetch|-|-");
  EXPECT_EQ(flow.Request("User-Agent: uclient-fetch\r\n"), "(none)");  // only one
  flow.Response("HTTP/1.0 200 OK\r\n");
  EXPECT_EQ(flow.Response("Server: SimpleHTTP\r\nContent-Length: 1476\r\n"),
            "RES2|-|1476|-|SimpleHTTP|-|-|-");
}

TEST(HttpMessage33Test, CutValueGoesOn) {
  HttpFlow flow(Profile33());
  EXPECT_EQ(flow.Request("GET / HTTP/1.1\r\nUser-Agent: Mozil"), "GET|-|/|-|Mozil[*]|-|-");
  EXPECT_EQ(flow.Request("la/5.0 (Linux)\r\nHost: va.org\r\n\r\n"),
            "REQ2|va.org|-|-|[*]la/5.0 (Linux)|-|-");
  flow.Request("GET /abc");
  EXPECT_EQ(flow.Request("def HTTP/1.1\r\nHost: h\r\n"), "REQ2|h|[*]def|-|-|-|-");
  flow.Request("GET /abc");
  EXPECT_EQ(flow.Request("defghi"), "REQ2|-|[*]defghi[*]|-|-|-|-");
  // Nothing to go on with: the cut value is shown again, if there is a row at all.
  flow.Request("GET /ctl");
  EXPECT_EQ(flow.Request("\r\nHost: hh\r\n"), "REQ2|hh|/ctl|-|-|-|-");
  flow.Request("GET /ctl");
  EXPECT_EQ(flow.Request("\r\n\r\nx"), "(none)");
  // A header of the same name replaces the rest.
  flow.Request("GET / HTTP/1.1\r\nReferer: http://a");
  EXPECT_EQ(flow.Request("bc\r\nReferer: http://d\r\n"), "REQ2|-|-|http://d|-|-|-");
  // Location keeps its mark.
  flow.Response("HTTP/1.1 302 F\r\nLocation: http://a");
  EXPECT_EQ(flow.Response("bc\r\nLocation: http://d\r\n"), "RES2|-|-|-|-|-|[*]http://d|-");
}

TEST(HttpMessage33Test, CutUrlsAreForgottenBelowFullLevel) {
  HttpFlow flow(Profile33(), HttpUrlLevel::kPartial);
  flow.Request("GET /abc");
  EXPECT_EQ(flow.Request("def HTTP/1.1\r\n"), "(none)");
  flow.Request("GET / HTTP/1.1\r\nUser-Agent: a");
  EXPECT_EQ(flow.Request("bcdef\r\n"), "REQ2|-|-|-|[*]bcdef|-|-");
}

TEST(HttpMessage33Test, KeywordsOfTheOtherSideAreIgnored) {
  HttpFlow flow(Profile33());
  flow.Request("GET / HTTP/1.1\r\n");
  EXPECT_EQ(flow.Request("HTTP/1.1 200 OK\r\n"), "(none)");
  EXPECT_EQ(flow.Request("Host: still waiting\r\n"), "REQ2|still|-|-|-|-|-");
  // "HTTP" without a slash gives no row, but opens a response.
  EXPECT_EQ(flow.Response("HTTP 200 OK\r\nSet-Cookie: a"), "(none)");
  EXPECT_EQ(flow.Response("Server: s\r\n"), "RES2|-|-|-|s|-|-|-");
}

// A value that is cut says so at any level, unless the part that is shown is whole.
TEST(AtUrlLevel, MarksWhatIsCut) {
  const auto shown = [](std::string_view text, HttpUrlLevel level, bool marks) {
    HttpMessage message;
    message.marks_cuts = marks;
    message.referer.text = text;
    message.referer.found = message.referer.named = message.referer.truncated = true;
    const HttpMessage row = AtUrlLevel(message, level);
    return std::string(row.referer.text) + (row.referer.truncated ? "[*]" : "");
  };
  EXPECT_EQ(shown("http://www.exampl", HttpUrlLevel::kNone, true), "http://www.exampl[*]");
  EXPECT_EQ(shown("http://www.exampl", HttpUrlLevel::kNone, false), "http://www.exampl");
  EXPECT_EQ(shown("http://a.test/pa", HttpUrlLevel::kNone, true), "http://a.test/");
  EXPECT_EQ(shown("http://a.test/pa", HttpUrlLevel::kPartial, true), "http://a.test/pa[*]");
  EXPECT_EQ(shown("http://a.test/pa", HttpUrlLevel::kPartial, false), "http://a.test/pa");
  EXPECT_EQ(shown("http://a.test/p?q=", HttpUrlLevel::kPartial, true), "http://a.test/p");
  EXPECT_EQ(shown("http://a.test/p?q=", HttpUrlLevel::kFull, true), "http://a.test/p?q=[*]");
}

}  // namespace
}  // namespace tstat::internal
