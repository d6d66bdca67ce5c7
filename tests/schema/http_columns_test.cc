// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <string>

#include "records.h"
#include "row.h"
#include "tstat/schema.h"

namespace tstat::internal {
namespace {

HttpValue Found(std::string_view text) { return {.text = text, .found = true}; }

TEST(HttpLog, Headers) {
  EXPECT_EQ(LogHeader(HttpRequestTable(), 0, {}),
            "#C#c_ip:1\tc_port:2\ts_ip:3\ts_port:4\ttime_abs:5\tmethod:6\thostname:7\tfqdn:8\t"
            "path:9\treferer:10\tuser_agent:11\tcookie:12\tdnt:13\n");
  EXPECT_EQ(LogHeader(HttpResponseTable(), 0, {}),
            "#S#c_ip:1\tc_port:2\ts_ip:3\ts_port:4\ttime_abs:5\tHTTP:6\tresponse:7\tcontent_len:8\t"
            "content_type:9\tserver:10\trange:11\tlocation:12\tset_cookie:13\n");
}

// The rows of trace http.
TEST(HttpLog, WorkedExample) {
  const TcpFlow flow = PlainHttpFlow();
  HttpMessage request;
  request.endpoints = &flow.endpoints;
  request.time = At(7350);
  request.method = Found("GET");
  request.hostname = Found("google.com");
  request.path = Found("/");
  request.user_agent = Found("curl/7.68.0");
  EXPECT_EQ(RowOf(HttpRequestTable(), request),
            "192.168.1.128\t42170\t216.58.208.142\t80\t1500000000.007350\tGET\tgoogle.com\t-\t/\t-"
            "\tcurl/7.68.0\t-\t-\n");

  HttpMessage response;
  response.kind = HttpMessage::Kind::kResponse;
  response.endpoints = &flow.endpoints;
  response.time = At(35654);
  response.status = Found("301");
  response.content_length = Found("219");
  response.content_type = Found("text/html; charset=UTF-8");
  response.server = Found("gws");
  response.location = Found("http://www.google.com/");
  EXPECT_EQ(RowOf(HttpResponseTable(), response),
            "192.168.1.128\t42170\t216.58.208.142\t80\t1500000000.035654\tHTTP\t301\t219\t"
            "text/html; charset=UTF-8\tgws\t-\thttp://www.google.com/\t-\n");
}

TEST(HttpLog, PartialValuesAreMarked) {
  const TcpFlow flow = PlainHttpFlow();
  HttpMessage message;
  message.kind = HttpMessage::Kind::kRequestContinuation;
  message.endpoints = &flow.endpoints;
  message.time = At(0);
  message.path = {.text = "/rest", .found = true, .truncated = true};
  message.path.continued = true;
  message.cookie = {.text = "a=b", .found = true, .truncated = true};
  EXPECT_EQ(RowOf(HttpRequestTable(), message),
            "192.168.1.128\t42170\t216.58.208.142\t80\t1500000000.000000\tREQ2\t-\t-\t"
            "[*]/rest[*]\t-\t-\ta=b[*]\t-\n");
  message.kind = HttpMessage::Kind::kResponseContinuation;
  EXPECT_EQ(Cells(RowOf(HttpResponseTable(), message), '\t')[5], "RES2");
}

}  // namespace
}  // namespace tstat::internal
