// SPDX-License-Identifier: BSD-3-Clause
//
// HTTP by a server of the test's own; sockets and pipes; what AMQP says without a broker.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "output/destinations/registry.h"
#include "output/destinations/spool.h"
#include "output/destinations/stream_destinations.h"
#include "tests/output/destinations/fake_destination.h"
#include "tests/output/destinations/test_server.h"
#include "tests/output/temporary_folder.h"

namespace tstat::internal {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;
using Answer = TestServer::Answer;
using Kind = Outcome::Kind;

std::string Http(const std::string& status, const std::string& body = "",
                 const std::string& headers = "") {
  return absl::StrCat("HTTP/1.1 ", status, "\r\nContent-Length: ", body.size(), "\r\n", headers,
                      "\r\n", body);
}

class HttpTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto made = OpenDestination("http://127.0.0.1:1/", {});
    if (absl::IsUnimplemented(made.status())) GTEST_SKIP() << made.status();
  }
  // One try, at a server that answers `answer`.
  static Outcome Try(const Answer& answer, const DestinationOptionMap& options = {},
                     std::string_view scheme = "http") {
    TestServer server([&](const std::string&, const std::string&) { return answer; });
    return (*OpenDestination(server.Url(scheme), options))->Send(Sample(), {});
  }
  static Batch Sample() {
    Batch batch = LinesOf({"m v=1 1", "m v=2 2"});
    batch.header = "head\n";
    batch.id = {.probe = "p", .run = "r", .sequence = 17, .part = "2"};
    return batch;
  }
};

TEST_F(HttpTest, ABatchIsPostedWithItsName) {
  TestServer server([](const std::string&, const std::string&) {
    return Answer{.bytes = Http("204 No Content")};
  });
  ASSERT_EQ(setenv("TSTAT_TEST_TOKEN", "hidden", 1), 0);
  ASSERT_EQ(setenv("TSTAT_TEST_HEADERS", "X-One: 1\nX-Two: 2\n", 1), 0);
  auto http = *OpenDestination(server.Url(), {{"token", "env:TSTAT_TEST_TOKEN"},
                                              {"token_type", "Token"},
                                              {"headers", "env:TSTAT_TEST_HEADERS"}});
  EXPECT_EQ(http->Send(Sample(), {}).kind, Kind::kDelivered);
  Batch next = Sample();
  next.id.part.clear();
  EXPECT_EQ(http->Send(next, {}).kind, Kind::kDelivered);
  ASSERT_EQ(server.requests().size(), 2u);
  EXPECT_EQ(server.connections(), 1);
  const std::string request = server.requests()[0];
  EXPECT_THAT(request, ::testing::StartsWith("POST /write?db=tstat HTTP/1.1\r\n"));
  for (const char* line :
       {"Content-Type: text/plain", "X-Tstat-Probe: p", "X-Tstat-Run: r", "X-Tstat-Sequence: 17.2",
        "Authorization: Token hidden", "X-One: 1", "X-Two: 2"}) {
    EXPECT_THAT(request, HasSubstr(absl::StrCat("\r\n", line, "\r\n")));
  }
  EXPECT_TRUE(request.ends_with("\r\n\r\nhead\nm v=1 1\nm v=2 2\n"));
  EXPECT_THAT(server.requests()[1], HasSubstr("X-Tstat-Sequence: 17\r\n"));
  EXPECT_THAT(http->name(), Not(HasSubstr("db")));
}

TEST_F(HttpTest, BasicAuthentication) {
  TestServer server([](const std::string&, const std::string&) {
    return Answer{.bytes = Http("204 No Content")};
  });
  ASSERT_EQ(setenv("TSTAT_TEST_PASSWORD", "pass", 1), 0);
  auto http =
      *OpenDestination(server.Url(), {{"user", "user"}, {"password", "env:TSTAT_TEST_PASSWORD"}});
  EXPECT_EQ(http->Send(Sample(), {}).kind, Kind::kDelivered);
  EXPECT_THAT(server.requests()[0], HasSubstr("Authorization: Basic dXNlcjpwYXNz\r\n"));
}

TEST_F(HttpTest, Answers) {
  EXPECT_EQ(Try({.bytes = Http("200 OK", "fine")}).kind, Kind::kDelivered);
  const Outcome unknown = Try({.bytes = Http("401 Unauthorized", "no\r\nuser")});
  EXPECT_EQ(unknown.kind, Kind::kTryAgain);
  EXPECT_EQ(unknown.why, "HTTP 401: no\r\nuser");
  EXPECT_EQ(Try({.bytes = Http("404 Not Found")}).kind, Kind::kTryAgain);
  EXPECT_EQ(Try({.bytes = Http("415 Unsupported")}).kind, Kind::kRejected);
  EXPECT_EQ(Try({.bytes = Http("413 Too Large")}).kind, Kind::kTooLarge);
  const Outcome busy = Try({.bytes = Http("429 Busy", "", "retry-AFTER:  77 \r\n")});
  EXPECT_EQ(busy.kind, Kind::kTryAgain);
  EXPECT_EQ(busy.retry_after, seconds(77));
  EXPECT_EQ(Try({.bytes = Http("500 Oops")}).kind, Kind::kTryAgain);
  // Not followed: a server could send the secrets anywhere.
  EXPECT_EQ(Try({.bytes = Http("301 Moved", "", "Location: http://127.0.0.1:1/\r\n")}).kind,
            Kind::kRejected);
  const Outcome partial =
      Try({.bytes = Http("400 Bad", "{\"error\":\"partial write: x dropped=1\"}")});
  EXPECT_EQ(partial.kind, Kind::kDelivered);
  EXPECT_EQ(partial.refused_rows, 1u);
}

TEST_F(HttpTest, AnswersThatAreNoneAreTriedAgain) {
  const std::string fine = Http("200 OK", "delivered");
  for (size_t size = 0; size < fine.size(); ++size) {
    EXPECT_EQ(Try({.bytes = fine.substr(0, size), .closes = true}).kind, Kind::kTryAgain) << size;
  }
  EXPECT_EQ(Try({.bytes = "SSH-2.0-OpenSSH\r\n", .closes = true}).kind, Kind::kTryAgain);
  const Outcome silent = Try({.bytes = "", .is_silent = true}, {{"timeout", "1"}});
  EXPECT_EQ(silent.kind, Kind::kTryAgain);
  EXPECT_THAT(silent.why, HasSubstr("timed out"));
  const Outcome not_tls = Try({.bytes = fine, .closes = true}, {{"timeout", "2"}}, "https");
  EXPECT_EQ(not_tls.kind, Kind::kTryAgain);
  EXPECT_FALSE(not_tls.why.empty());
  auto nobody = *OpenDestination("http://127.0.0.1:1/", {});
  EXPECT_THAT(nobody->Send(Sample(), {}).why, HasSubstr("connect"));
}

TEST_F(HttpTest, AnEndlessAnswerIsNotRead) {
  const std::string endless = absl::StrCat("HTTP/1.1 200 OK\r\n\r\n", std::string(3 << 20, 'x'));
  EXPECT_EQ(Try({.bytes = endless, .closes = true}).kind, Kind::kDelivered);
  const Outcome refused =
      Try({.bytes = absl::StrCat("HTTP/1.1 400 No\r\n\r\n", std::string(3 << 20, 'x')),
           .closes = true});
  EXPECT_EQ(refused.kind, Kind::kRejected);
  EXPECT_LT(refused.why.size(), 5000u);
}

TEST_F(HttpTest, ATryEndsWhenAsked) {
  TestServer server([](const std::string&, const std::string&) {
    return Answer{.bytes = "", .is_silent = true};
  });
  auto http = *OpenDestination(server.Url(), {{"timeout", "600"}});
  std::stop_source stop;
  std::jthread stopper([&] {
    while (server.requests().empty()) std::this_thread::yield();
    stop.request_stop();
  });
  EXPECT_EQ(http->Send(Sample(), stop.get_token()).kind, Kind::kTryAgain);
}

TEST_F(HttpTest, ASpoolDeliversWhateverTheServerDoes) {
  int request = 0;
  std::string all;
  TestServer server([&](const std::string&, const std::string& body) {
    switch (request++ % 6) {
      case 0:
        return Answer{.bytes = Http("503 Busy")};
      case 1:
        return Answer{.bytes = "HTTP/1.1 200 OK\r\nContent-Le", .closes = true};
      case 2:
        return Answer{.bytes = "", .closes = true};
      case 3:
        if (body.size() > 20) return Answer{.bytes = Http("413 Too Large"), .closes = true};
        break;
      default:
        break;
    }
    all += body;
    return Answer{.bytes = Http("204 No Content")};
  });
  const TemporaryFolder folder;
  SpoolOptions options;
  options.directory = folder.path() + "/spool";
  options.probe = "p";
  options.backoff.first = options.backoff.longest = std::chrono::milliseconds(1);
  auto spool = *Spool::Open(std::move(options), *OpenDestination(server.Url(), {}));
  ASSERT_TRUE(spool->Start().ok());
  std::string expected;
  for (int i = 0; i < 60; ++i) {
    const Batch batch =
        LinesOf({absl::StrCat("first ", i), absl::StrCat("second ", i), "the third"});
    expected += batch.body;
    ASSERT_TRUE(spool->Add(batch).ok());
  }
  while (spool->statistics().queued_batches > 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  spool->Stop(seconds(10));
  EXPECT_EQ(spool->statistics().sent_batches, 60u);
  EXPECT_GT(spool->statistics().split_batches, 0u);
  EXPECT_GT(spool->statistics().failed_tries, 0u);
  EXPECT_EQ(all, expected);
}

TEST(AmqpDestination, ABrokerThatIsAwayOrNone) {
  const auto made = OpenDestination("amqp://127.0.0.1:1/netsage", {{"queue", "netsage_tstat"}});
  if (absl::IsUnimplemented(made.status())) GTEST_SKIP() << made.status();
  EXPECT_EQ((*made)->name(), "amqp://127.0.0.1:1/netsage (netsage_tstat)");
  const Outcome away = (*made)->Send(LinesOf({"x"}), {});
  EXPECT_EQ(away.kind, Kind::kTryAgain);
  EXPECT_FALSE(away.why.empty());
  (*made)->Idle();
  (*made)->Close();
  // Somebody who says something else, or nothing.
  for (const std::string word : {"HTTP/1.1 400 Bad Request\r\n\r\n", ""}) {
    TestServer server([&](const std::string&, const std::string&) {
      return Answer{.bytes = word, .closes = true};
    });
    std::string url = server.Url("amqp");
    url.resize(url.rfind('/'));
    auto other = *OpenDestination(url, {{"queue", "q"}, {"connect_timeout", "1"}});
    EXPECT_EQ(other->Send(LinesOf({"x"}), {}).kind, Kind::kTryAgain);
  }
}

class UnixTest : public ::testing::Test {
 protected:
  int Listen() {
    unlink(path_.c_str());
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path_.c_str());
    EXPECT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener, 4), 0);
    return listener;
  }
  // Reads `bytes` of a connection.
  static std::string Read(int connection, size_t bytes) {
    std::string text;
    while (text.size() < bytes) {
      char piece[100];
      const ssize_t count = read(connection, piece, std::min(sizeof piece, bytes - text.size()));
      if (count <= 0) break;
      text.append(piece, static_cast<size_t>(count));
    }
    return text;
  }
  TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/socket";
};

TEST_F(UnixTest, IsDeliveredWhenItWasRead) {
  auto destination = *MakeUnixDestination(path_);
  EXPECT_EQ(destination->Send(LinesOf({"x"}), {}).why, "No such file or directory");
  const int listener = Listen();
  Batch batch = LinesOf({std::string(300000, 'x')});
  batch.header = "head\n";
  std::string got;
  std::thread reader([&] {
    const int connection = accept(listener, nullptr, nullptr);
    got = Read(connection, 300006 + 2);
    close(connection);
  });
  EXPECT_EQ(destination->Send(batch, {}).kind, Kind::kDelivered);
  Batch second = LinesOf({"y"});
  second.header = "head\n";
  EXPECT_EQ(destination->Send(second, {}).kind, Kind::kDelivered);
  reader.join();
  EXPECT_EQ(got, batch.header + batch.body + "y\n");
  // The next reader begins anew.
  std::thread next([&] {
    const int connection = accept(listener, nullptr, nullptr);
    got = Read(connection, 7);
    close(connection);
  });
  EXPECT_EQ(destination->Send(second, {}).kind, Kind::kDelivered);
  next.join();
  EXPECT_EQ(got, "head\ny\n");
  close(listener);
}

TEST_F(UnixTest, WhatAReaderDidNotReadIsNotDelivered) {
  auto destination = *MakeUnixDestination(path_);
  const int listener = Listen();
  std::thread reader([&] {
    const int connection = accept(listener, nullptr, nullptr);
    EXPECT_EQ(Read(connection, 2), "xx");
    close(connection);
  });
  EXPECT_EQ(destination->Send(LinesOf({"xxxx"}), {}).kind, Kind::kTryAgain);
  reader.join();
  // One that never reads.
  std::atomic<bool> is_done = false;
  std::stop_source stop;
  std::jthread stopper([&] {
    const int connection = accept(listener, nullptr, nullptr);
    stop.request_stop();
    while (!is_done) std::this_thread::yield();
    close(connection);
  });
  EXPECT_EQ(destination->Send(LinesOf({"xxxx"}), stop.get_token()).why, "its reader does not read");
  is_done = true;
  stopper.join();
  close(listener);
}

TEST(StdoutDestination, ASlowReaderGetsEverythingOnce) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  auto destination = MakeStdoutDestination(ends[1]);
  Batch batch = LinesOf({std::string(200000, 'x')});
  batch.header = "head\n";
  batch.id.sequence = 1;
  // Nobody reads yet, and it is to end: half of it is in the pipe.
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(destination->Send(batch, stop.get_token()).why, "its reader does not read");
  std::string got;
  std::thread reader([&] {
    char piece[5000];
    for (ssize_t count; (count = read(ends[0], piece, sizeof piece)) > 0;) {
      got.append(piece, static_cast<size_t>(count));
    }
  });
  EXPECT_EQ(destination->Send(batch, {}).kind, Kind::kDelivered);
  Batch next = LinesOf({"y"});
  next.header = "head\n";
  next.id.sequence = 2;
  EXPECT_EQ(destination->Send(next, {}).kind, Kind::kDelivered);
  close(ends[1]);
  reader.join();
  close(ends[0]);
  EXPECT_EQ(got, batch.header + batch.body + "y\n");
}

TEST(StdoutDestination, AReaderThatIsGone) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  const auto before = signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(MakeStdoutDestination(ends[1])->Send(LinesOf({"x"}), {}).kind, Kind::kTryAgain);
  signal(SIGPIPE, before);
  close(ends[1]);
}

}  // namespace
}  // namespace tstat::internal
