// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tstat-rrd-cgi/responder.h"

namespace tstat::viewer {
namespace {

// Hands on what is sent, a few bytes at a time.
struct Sender {
  std::string sent;
  size_t at = 0;
  size_t Read(char* buffer, size_t size) {
    const size_t count = std::min({size, sent.size() - at, size_t{1000}});
    sent.copy(buffer, count, at);
    at += count;
    return count;
  }
};

Request Received(Sender& sender, const std::string& length, const std::string& encoding = "",
                 const std::string& method = "POST") {
  Request request;
  request.method = method;
  request.content_length = length;
  request.transfer_encoding = encoding;
  request.ReadBody([&](char* buffer, size_t size) { return sender.Read(buffer, size); });
  return request;
}

TEST(RequestBodyTest, HasTheLengthThatItIsSaidToHave) {
  Sender sender{"hello and more"};
  const Request request = Received(sender, "5");
  EXPECT_EQ(request.body, "hello");
  EXPECT_EQ(sender.at, 5u);
  EXPECT_TRUE(request.body_problem.empty());
}

TEST(RequestBodyTest, WithoutALengthItEndsWhereItEnds) {
  Sender sender{std::string(5000, 'x')};
  EXPECT_EQ(Received(sender, "", "chunked").body, std::string(5000, 'x'));
}

TEST(RequestBodyTest, WithoutEitherThereIsNone) {
  Sender sender{"hello"};
  const Request request = Received(sender, "");
  EXPECT_EQ(request.body, "");
  EXPECT_TRUE(request.body_problem.empty());
  EXPECT_EQ(sender.at, 0u);
}

TEST(RequestBodyTest, OnlyPostHasOne) {
  Sender sender{"hello"};
  EXPECT_EQ(Received(sender, "5", "", "GET").body, "");
  EXPECT_EQ(sender.at, 0u);
}

TEST(RequestBodyTest, IsBounded) {
  Sender most{std::string(kMaxBody, 'x')};
  EXPECT_EQ(Received(most, std::to_string(kMaxBody)).body.size(), kMaxBody);
  Sender more{std::string(kMaxBody + 1, 'x')};
  EXPECT_EQ(Received(more, std::to_string(kMaxBody + 1)).body_problem, "The request is too long.");
  EXPECT_TRUE(Received(more, "70000").body.empty());
  Sender endless{std::string(size_t{3} << 20, 'x')};
  const Request request = Received(endless, "", "chunked");
  EXPECT_EQ(request.body_problem, "The request is too long.");
  EXPECT_TRUE(request.body.empty());
  // It is taken from the server for a while, and then no longer.
  EXPECT_EQ(endless.at, size_t{1} << 20);
  Sender large{std::string(size_t{3} << 20, 'x')};
  EXPECT_EQ(Received(large, "3000000").body_problem, "The request is too long.");
  EXPECT_EQ(large.at, size_t{1} << 20);
  Sender chunked{std::string(kMaxBody, 'x')};
  EXPECT_EQ(Received(chunked, "", "chunked").body.size(), kMaxBody);
}

TEST(RequestBodyTest, WhatIsCutShortOrHasNoNumberIsNotTaken) {
  Sender early{"hel"};
  EXPECT_EQ(Received(early, "5").body_problem, "The request ends too early.");
  for (const char* length : {"x", "-1", "5x", "1e3", "99999999999999999999999"}) {
    Sender sender{"hello"};
    EXPECT_EQ(Received(sender, length).body_problem, "The length of the request is not a number.")
        << length;
  }
  Sender sender{"hello"};
  EXPECT_EQ(Received(sender, "18446744073709551615").body_problem, "The request is too long.");
}

}  // namespace
}  // namespace tstat::viewer
