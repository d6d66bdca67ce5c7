// SPDX-License-Identifier: BSD-3-Clause
//
// What the first bytes of a direction say of HTTP, and first lines in other bytes.
#include "l7/http/start_line.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "tests/l7/http/http_harness.h"

namespace tstat::internal {
namespace {

HttpBeginning Request(std::string_view bytes) { return LooksLikeHttpRequest(BytesOf(bytes)); }
HttpBeginning Response(std::string_view bytes) { return LooksLikeHttpResponse(BytesOf(bytes)); }

TEST(HttpBeginnings, Requests) {
  const std::string long_path = "/" + std::string(100, 'p');
  for (const std::string& bytes :
       {std::string("GET /"), std::string("POST http://h/"), std::string("\r\nGET / HTTP/1.0\r\n"),
        std::string("OPTIONS * HTTP/1.1\r\n"), std::string("PRI * HTTP/2.0\r\n"),
        std::string("CONNECT h.test:443 HTTP/1.1\r\n"), std::string("FOO bar HTTP/1.1\n"),
        std::string("GET /old\r\n"), "GET    " + long_path, "FOO " + long_path,
        "CONNECT " + std::string(80, 'h'), std::string("GET /p\x01q?a=b HTTP/1.1\r\n"),
        std::string("GET /a b\r\n"), std::string("POST /x\r\n")}) {
    EXPECT_EQ(Request(bytes), HttpBeginning::kYes) << bytes;
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_NE(Request(bytes.substr(0, size)), HttpBeginning::kNo) << bytes << " " << size;
    }
  }
}

TEST(HttpBeginnings, LinesThatEndWhereNoMoreBytesAreLookedAt) {
  for (size_t size = 30; size < 80; ++size) {
    const std::string bytes = "GET /" + std::string(size, 'p') + " HTTP/1.1\r\nHost: h\r\n\r\n";
    EXPECT_EQ(Request(bytes), HttpBeginning::kYes) << size;
    EXPECT_EQ(Request("X" + bytes), HttpBeginning::kYes) << size;
  }
}

TEST(HttpBeginnings, WhatIsNoRequest) {
  for (const std::string& bytes :
       {std::string("\x16\x03\x01"), std::string("SSH-2.0-x\r\n"), std::string("USER a b\r\n"),
        std::string("OPTIONS rtsp://h/ RTSP/1.0\r\n"), std::string("INVITE sip:h SIP/2.0\r\n"),
        std::string("GET \x01\n"), std::string("FOO /\x01 HTTP/1.1\r\n"),
        std::string("0069git-upload-pack /project-with-a-long-name.git\0host=git.example.test\0",
                    71),
        std::string(30, 'A'), std::string("{\"a\": 1}"), "OPTIONS rtsp://" + std::string(100, 'h'),
        "get " + std::string(100, 'h')}) {
    EXPECT_EQ(Request(bytes), HttpBeginning::kNo) << bytes;
  }
}

TEST(HttpBeginnings, Responses) {
  EXPECT_EQ(Response("HTTP/1."), HttpBeginning::kYes);
  EXPECT_EQ(Response("HTT"), HttpBeginning::kMaybe);
  EXPECT_EQ(Response("HTTP/2."), HttpBeginning::kNo);
  EXPECT_EQ(Response("ICY 200 OK"), HttpBeginning::kNo);
  const std::string_view settings("\0\0\6\4\0\0\0\0\0\0\3", 11);
  EXPECT_EQ(Response(settings), HttpBeginning::kYes);
  EXPECT_EQ(Response(settings.substr(0, 8)), HttpBeginning::kMaybe);
  EXPECT_EQ(Response(std::string_view("\0\0\7\4\0\0\0\0\0", 9)), HttpBeginning::kNo);
  EXPECT_EQ(Response(std::string_view("\0\0\6\4\0\0\0\0\1", 9)), HttpBeginning::kNo);
}

TEST(HttpStartLines, BytesThatMayBeginOne) {
  for (const std::string_view text : {"GET /x", "OPTIONS *", "M-SEARCH * HTTP/1.1\r\n"}) {
    EXPECT_TRUE(BeginsHttpMessage(text, /*request=*/true)) << text;
    for (size_t size = 0; size < text.size(); ++size) {
      EXPECT_TRUE(MayBeginHttpMessage(text.substr(0, size), /*request=*/true)) << text << size;
    }
  }
  for (const std::string_view text :
       {"BREW /", "GETS", "GET  /", "get /", "abcGET /", "\r\nGET /"}) {
    EXPECT_FALSE(MayBeginHttpMessage(text, /*request=*/true)) << text;
  }
  for (const std::string_view text : {"HTTP/1.1 200", "HTTP/1.0 404 No\r\n"}) {
    EXPECT_TRUE(BeginsHttpMessage(text, /*request=*/false)) << text;
    EXPECT_TRUE(MayBeginHttpMessage(text.substr(0, 9), /*request=*/false)) << text;
    EXPECT_FALSE(BeginsHttpMessage(text.substr(0, 9), /*request=*/false)) << text;
  }
  for (const std::string_view text : {"HTTP/1.1-200", "HTTP/x", "HTTP/1.1  200", "ICY"}) {
    EXPECT_FALSE(MayBeginHttpMessage(text, /*request=*/false)) << text;
  }
  EXPECT_TRUE(MayBeHttpFirstLine("BREW /", true));
  EXPECT_FALSE(MayBeHttpFirstLine("a=b", true));
  EXPECT_FALSE(MayBeHttpFirstLine(" GET /", true));
  EXPECT_FALSE(MayBeHttpFirstLine("HTP", false));
  EXPECT_TRUE(IsHttpFieldLine("Host : x") && IsHttpFieldLine("X:"));
  EXPECT_FALSE(IsHttpFieldLine("no field") || IsHttpFieldLine(": x") || IsHttpFieldLine(" x: y"));
}

TEST(HttpStartLines, Responses) {
  EXPECT_EQ(HttpResponseLine::Parse("HTTP/1.0 200")->digits, "200");
  for (std::string_view line : {"HTTP/1.1 20", "HTTP/1.1  200", "HTTP/1.1 099", "HTTP/1.1 2000 OK",
                                "http/1.1 200 OK", "HTTP/11 200 OK"}) {
    EXPECT_FALSE(HttpResponseLine::Parse(line).has_value()) << line;
  }
}

}  // namespace
}  // namespace tstat::internal
