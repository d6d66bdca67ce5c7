// SPDX-License-Identifier: BSD-3-Clause
//
// HTTP/1.x and what begins or ends with it, from the bytes of both directions to heads.
#include "l7/http/http_connection.h"

#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "tests/l7/http/http_harness.h"

namespace tstat::internal {
namespace {

// The same in pieces of several sizes.
HttpRun RunEachWay(const std::vector<Turn>& turns) {
  HttpRun whole = RunHttp(turns);
  for (const size_t piece : {1, 2, 3, 7, 64, 1000}) {
    const HttpRun run = RunHttp(turns, piece);
    EXPECT_EQ(run.requests, whole.requests) << "pieces of " << piece;
    EXPECT_EQ(run.responses, whole.responses) << "pieces of " << piece;
    EXPECT_EQ(run.rest[0], whole.rest[0]) << "pieces of " << piece;
    EXPECT_EQ(run.rest[1], whole.rest[1]) << "pieces of " << piece;
    EXPECT_EQ(run.tunnel, whole.tunnel) << "pieces of " << piece;
  }
  return whole;
}

std::string Requests(std::string_view bytes) { return RunEachWay({Client(bytes)}).requests; }
std::string Responses(std::string_view bytes) { return RunEachWay({Server(bytes)}).responses; }

TEST(HttpRequests, EachOfAPipelineIsOne) {
  EXPECT_EQ(Requests("GET /a HTTP/1.1\r\nHost: a.test\r\n\r\n"
                     "HEAD /b HTTP/1.1\r\nHost: b.test\r\n\r\n"
                     "DELETE /c HTTP/1.0\r\n\r\n"),
            "GET|a.test|/a\nHEAD|b.test|/b\nDELETE|-|/c\n");
}

TEST(HttpRequests, AnyMethod) {
  EXPECT_EQ(Requests("PROPFIND /d HTTP/1.1\r\nHost: m.test\r\n\r\n"
                     "M-SEARCH * HTTP/1.1\r\nHost: m.test\r\n\r\n"
                     "brew /pot HTTP/1.1\r\nHost: m.test\r\n\r\n"
                     "VERSION-CONTROL /v HTTP/1.1\r\nHost: m.test\r\n\r\n"),
            "PROPFIND|m.test|/d\nM-SEARCH|m.test|*\nbrew|m.test|/pot\nVERSION-CONTROL|m.test|/v\n");
}

TEST(HttpRequests, NamesInAnyCaseLinesThatEndWithNewlinesAndNoBlank) {
  EXPECT_EQ(Requests("GET /x HTTP/1.1\nhOST:lf.test\nuser-agent: one two \nREFERER:\thttp://r/\n"
                     "Cookie : a=b\nDNT:1\n\n"),
            "GET|lf.test|/x|http://r/|one two|a=b|1\n");
}

TEST(HttpRequests, TheFirstOfSeveralHeadersCounts) {
  EXPECT_EQ(Requests("GET / HTTP/1.1\r\nHost: one.test\r\nHost: two.test\r\n\r\n"),
            "GET|one.test|/\n");
}

TEST(HttpRequests, ValuesThatGoOnInTheNextLine) {
  EXPECT_EQ(Requests("GET / HTTP/1.1\r\nUser-Agent: one\r\n two\r\n\tthree\r\nHost:\r\n h.test\r\n"
                     "X: y\r\n nothing\r\n\r\n"),
            "GET|h.test|/|-|one two three\n");
}

TEST(HttpRequests, TargetsOfEachForm) {
  EXPECT_EQ(Requests("GET http://u:p@abs.test:8080/p?q=http://o/ HTTP/1.1\r\n\r\n"),
            "GET|abs.test:8080|http://u:p@abs.test:8080/p?q=http://o/\n");
  EXPECT_EQ(Requests("GET http://abs.test HTTP/1.1\r\nHost: host.test\r\n\r\n"),
            "GET|host.test|http://abs.test\n");
  EXPECT_EQ(Requests("GET /p?q=http://other.test/ HTTP/1.1\r\n\r\n"),
            "GET|-|/p?q=http://other.test/\n");
  EXPECT_EQ(Requests("OPTIONS * HTTP/1.1\r\n\r\n"), "OPTIONS|-|*\n");
  EXPECT_EQ(Requests("CONNECT [2001:db8::1]:443 HTTP/1.1\r\n\r\n"),
            "CONNECT|[2001:db8::1]:443|[2001:db8::1]:443\n");
  EXPECT_EQ(Requests("GET /a b c HTTP/1.1\r\nHost: h\r\n\r\n"), "GET|h|/a b c\n");
}

TEST(HttpRequests, EmptyLinesBeforeThem) {
  EXPECT_EQ(Requests("\r\n\r\nGET / HTTP/1.1\r\n\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"),
            "GET|-|/\nGET|-|/2\n");
}

TEST(HttpRequests, WithoutAVersion) {
  EXPECT_EQ(Requests("GET /old\r\n"), "GET|-|/old\n");
  EXPECT_EQ(Requests("GET /new\r\nHost: h\r\n\r\nGET /2\r\n\r\n"), "GET|h|/new\nGET|-|/2\n");
}

TEST(HttpRequests, BodiesAreNoRequests) {
  EXPECT_EQ(Requests("POST /1 HTTP/1.1\r\nContent-Length: 19\r\n\r\nGET /no HTTP/1.1\r\n\r"
                     "PUT /2 HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n"
                     "5;x=y\r\nGET /\r\n0A\r\n HTTP/1.1\n\r\n0\r\nTrailer: GET / HTTP/1.1\r\n\r\n"
                     "GET /3 HTTP/1.1\r\n\r\n"),
            "POST|-|/1\nPUT|-|/2\nGET|-|/3\n");
}

TEST(HttpRequests, LengthsThatContradictEachOther) {
  // A coding counts, a length beside it does not (RFC 9112, 6.3).
  EXPECT_EQ(Requests("POST /1 HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "10\r\n0123456789abcdef\r\n0\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"),
            "POST|-|/1\nGET|-|/2\n");
  EXPECT_EQ(Requests("POST /1 HTTP/1.1\r\nTransfer-Encoding:\r\n chunked\r\nContent-Length: 4\r\n"
                     "\r\n10\r\n0123456789abcdef\r\n0\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"),
            "POST|-|/1\nGET|-|/2\n");
  EXPECT_EQ(Requests("POST /1 HTTP/1.1\r\nContent-Length: 5, 5\r\nContent-Length: 5\r\n\r\n"
                     "12345GET /2 HTTP/1.1\r\n\r\n"),
            "POST|-|/1\nGET|-|/2\n");
  // Two lengths, none: where the next one begins is seen from its line.
  for (const char* lengths :
       {"Content-Length: 5\r\nContent-Length: 6", "Content-Length: -1", "Content-Length: 5, 7",
        "Content-Length: 0x10", "Content-Length: 1\r\n 0", "Transfer-Encoding: gzip"}) {
    const std::string head = std::string("POST /1 HTTP/1.1\r\n") + lengths + "\r\n\r\n12345";
    EXPECT_EQ(RunEachWay({Client(head), Client("GET /2 HTTP/1.1\r\nHost: h\r\n\r\n")}).requests,
              "POST|-|/1\nGET|h|/2\n")
        << lengths;
  }
}

TEST(HttpRequests, HugeLengths) {
  EXPECT_EQ(Requests("POST /1 HTTP/1.1\r\nContent-Length: 99999999999999999999999999\r\n\r\n"
                     "GET /2 HTTP/1.1\r\n\r\n"),
            "POST|-|/1\nGET|-|/2\n");
  EXPECT_EQ(Requests("POST /1 HTTP/1.1\r\nContent-Length: -3\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"),
            "POST|-|/1\nGET|-|/2\n");
  EXPECT_EQ(Requests("POST /1 HTTP/1.1\r\nContent-Length: 9223372036854775807\r\n\r\n"
                     "GET /2 HTTP/1.1\r\n\r\n"),
            "POST|-|/1\n");
  EXPECT_EQ(Requests("POST /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "FFFFFFFFFFFFFFFFFFFF\r\nabc\nGET /2 HTTP/1.1\r\n\r\n"),
            "POST|-|/1\nGET|-|/2\n");
}

TEST(HttpRequests, LinesThatAreLongerThanWhatIsKept) {
  const std::string target = "/" + std::string(70'000, 'p');
  const std::string name(70'000, 'n');
  EXPECT_EQ(Requests("GET " + target + " HTTP/1.1\r\n" + name + ": v\r\n" + name +
                     "\r\nHost: h.test\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"),
            "GET|h.test|" + target.substr(0, HttpHead::kMaxText - HttpHead::kHostText - 3) +
                "[*]\nGET|-|/2\n");
}

// What fits in 64 KiB is whole, whatever its pieces.
TEST(HttpRequests, LongValues) {
  const std::string target = "/" + std::string(20'000, 'p'), cookie(9000, 'c'), agent(3000, 'a');
  EXPECT_EQ(Requests("GET " + target + " HTTP/1.1\r\nUser-Agent: " + agent +
                     "\r\nCookie: " + cookie + "\r\nHost: h.test\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"),
            "GET|h.test|" + target + "|-|" + agent + "|" + cookie + "\nGET|-|/2\n");
}

TEST(HttpHeads, RoomIsGivenBackAndBounded) {
  HttpHeadPool heads;
  std::vector<HttpHead*> taken;
  const std::string value(60'000, 'v');
  size_t whole = 0, cut = 0;
  for (int i = 0; i < 1000; ++i) {
    HttpHead& head = heads.Take();
    taken.push_back(&head);
    head.Start(HttpMessage::Kind::kRequest, Timestamp());
    head.Add(HttpField::kMethod, "GET");
    head.Add(HttpField::kPath, value);
    head.Add(HttpField::kHost, "h.test");
    EXPECT_EQ(head.message().method.text, "GET");
    EXPECT_EQ(head.message().hostname.text, "h.test");
    (head.message().path.truncated ? cut : whole) += 1;
  }
  EXPECT_GT(whole, 400u);
  EXPECT_GT(cut, 300u);
  EXPECT_LT(heads.memory_bytes(), TextBudget::kMost + 1000 * (sizeof(HttpHead) + 8192) + 1);
  for (HttpHead* head : taken) heads.Return(head);
  EXPECT_LT(heads.memory_bytes(), 1000 * (sizeof(HttpHead) + 8192) + 1);
}

TEST(HttpRequests, MoreValuesThanAreKept) {
  const std::string value(20'000, 'v');
  const std::string head =
      Requests("GET /" + value + " HTTP/1.1\r\nReferer: " + value + "\r\nUser-Agent: " + value +
               "\r\nCookie: " + value + "\r\nHost: h.test\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  EXPECT_EQ(head.substr(0, 13), "GET|h.test|/v");
  EXPECT_NE(head.find("v[*]\nGET|-|/2\n"), std::string::npos);
  EXPECT_LT(head.size(), HttpHead::kMaxText + 50);
}

TEST(HttpRequests, ControlCharactersAreBlanks) {
  constexpr char kHead[] = "GET /a\tb HTTP/1.1\r\nUser-Agent: a\0b\rc\x7f\r\n\r\n";
  EXPECT_EQ(Requests(std::string_view(kHead, sizeof(kHead) - 1)), "GET|-|/a b|-|a b c \n");
}

TEST(HttpRequests, WhatIsThereOfAHeadThatEndsEarly) {
  EXPECT_EQ(Requests("GET /long"), "GET|-|/long[*]\n");
  EXPECT_EQ(Requests("GET /a HTTP/1.1"), "GET|-|/a\n");
  EXPECT_EQ(Requests("GET /a HTTP/1.1\r\nHost: www.exa"), "GET|www.exa[*]|/a\n");
  EXPECT_EQ(Requests("GET /a HTTP/1.1\r\nHo"), "GET|-|/a\n");
  EXPECT_EQ(Requests("GE"), "");
}

TEST(HttpRequests, BehindAGap) {
  const HttpRun run =
      RunEachWay({Client("GET /1 HTTP/1.1\r\nHost: a"), Missing(kFromClient, 20),
                  Client("\r\nX: y\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"), Missing(kFromClient, 100),
                  Client("POST /3 HTTP/1.1\r\nContent-Length: 30\r\n\r\n0123"),
                  Missing(kFromClient, 20), Client("456789GET /4 HTTP/1.1\r\n\r\n")});
  EXPECT_EQ(run.requests, "GET|a[*]|/1\nGET|-|/2\nPOST|-|/3\nGET|-|/4\n");
}

// What stands before a first line in the same line may be part of anything. At the begin of a
// connection each token is a method.
TEST(HttpRequests, InTheMiddleOfBytes) {
  const std::string get = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const std::string& body :
       {std::string("abc"), std::string("a=b&c=d"), std::string("a b"), std::string("text\r\n"),
        std::string("\0\xff\x80", 3), std::string("UN"), std::string("GE"), std::string("x POST /"),
        std::string(5000, 'x'), std::string(Http1Direction::kMostSearched + 5000, 'x')}) {
    EXPECT_EQ(RunEachWay({Client(body), Client(get)}).requests, "GET|h|/1\n") << body.substr(0, 10);
    EXPECT_EQ(Requests(body + "\r\n\r\n" + get), body.size() < 50'000 ? "GET|h|/1\n" : "")
        << body.substr(0, 10);
  }
}

TEST(HttpRequests, AMethodBehindTheEndOfABody) {
  const std::string get = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const std::string& body : {std::string("a=b"), std::string("\xff"), std::string("a, b"),
                                  std::string(5000, 'x'), std::string("text\r\n  ")}) {
    EXPECT_EQ(Requests(body + get), "") << body.substr(0, 10);
  }
  for (const std::string body : {"UN", "GE", "x POST /"}) {
    EXPECT_EQ(RunEachWay({Client(body), Client(get)}).requests, "GET|h|/1\n") << body;
  }
  EXPECT_EQ(RunEachWay({Client("ab"), Client("UN"), Client(get), Client(get)}).requests,
            "GET|h|/1\n");
  EXPECT_EQ(RunEachWay({Client("BREW /po"), Client("t HTTP/1.1\r\n\r\n")}).requests,
            "BREW|-|/pot\n");
}

TEST(HttpRequests, AMethodInTwoSegments) {
  for (const auto& [first, second] : {std::pair("UN", "LOCK /1"), std::pair("RE", "BIND /1"),
                                      std::pair("G", "ET /1"), std::pair("M-", "SEARCH *")}) {
    const std::string line = std::string(second) + " HTTP/1.1\r\n\r\n";
    EXPECT_EQ(RunEachWay({Client(first), Client(line)}).requests,
              std::string(first) + std::string(second).substr(0, line.find(' ')) + "|-|" +
                  std::string(second).substr(line.find(' ') + 1) + "\n");
  }
}

// A search wants a method that is known, a version, and a field in the next line.
TEST(HttpRequests, WhatIsNoneInABody) {
  const std::string lost = "POST /0 HTTP/1.1\r\nContent-Length: x\r\n\r\n";
  for (const std::string segment :
       {"BREW /1 HTTP/1.1\r\nHost: h\r\n\r\n", "GET /1\r\nHost: h\r\n\r\n",
        "GET /1 HTTP/1.1\r\nGET /2 HTTP/1.1\r\n", "GET me HTTP/1.x\r\n\r\n",
        "GETS /1 HTTP/1.1\r\n\r\n", "see GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    EXPECT_EQ(RunEachWay({Client(lost), Client(segment)}).requests, "POST|-|/0\n") << segment;
  }
  EXPECT_EQ(RunEachWay({Client(lost), Client("x"), Client("GET /1 HTTP/1.1\r\nno field\r\n"),
                        Client("GET /2 HTTP/1.1\r\n\r\n")})
                .requests,
            "POST|-|/0\nGET|-|/2\n");
}

TEST(HttpResponses, LengthsOfEachKind) {
  EXPECT_EQ(RunEachWay({Client("GET / HTTP/1.1\r\n\r\nHEAD / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n"
                               "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
                        Server("HTTP/1.1 200 OK\r\nContent-Length: 8\r\nServer: s\r\n\r\nHTTP/1.1"
                               "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
                               "HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n"
                               "HTTP/1.1 204 None\r\n\r\n"
                               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                               "Content-Type: text/html\r\n\r\n1\r\nx\r\n0\r\n\r\n"
                               "HTTP/1.1 404 Not Found\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")})
                .responses,
            "200|8|-|s\n200|1000\n304|1000\n204\n200|-|text/html\n404\n200\n");
}

TEST(HttpResponses, UntilTheConnectionEnds) {
  const HttpRun run = RunEachWay(
      {Client("GET / HTTP/1.0\r\n\r\n"), Server("HTTP/1.0 200 OK\r\n\r\nHTTP/1.1 404 No\r\n\r\n")});
  EXPECT_EQ(run.responses, "200\n");
  EXPECT_TRUE(run.done[1]);
}

TEST(HttpResponses, InterimOnes) {
  EXPECT_EQ(
      RunEachWay({Client("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
                         "OKHEAD / HTTP/1.1\r\n\r\n"),
                  Server("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"
                         "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nLocation: /n\r\n\r\nOK"
                         "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
                         "HTTP/1.1 500 E\r\n\r\n")})
          .responses,
      "100\n103\n201|2|-|-|-|/n\n200|5\n500\n");
}

// Of a capture of one direction: whether a request was HEAD shows when the next response begins.
TEST(HttpResponses, ToRequestsThatWereNotCaptured) {
  EXPECT_EQ(Responses("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"
                      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP-"
                      "HTTP/1.1 200 OK\r\n\r\n"
                      "HTTP/1.1 206 Part\r\nContent-Range: bytes 0-1/5\r\nSet-Cookie: a\r\n"
                      "Set-Cookie: b\r\n\r\n"),
            "200|500\n200|5\n200\n206|-|-|-|bytes 0-1/5|-|a\n");
}

TEST(HttpResponses, GapsInBodiesAreBodies) {
  EXPECT_EQ(
      RunEachWay({Client("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
                  Server("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"),
                  Missing(kFromServer, 100),
                  Server("HTTP/1.1 201 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nab"),
                  Missing(kFromServer, 10),
                  Server("cdef\r\n0\r\n\r\nHTTP/1.1 202 OK\r\nContent-Length: 5\r\n\r\n1"),
                  Missing(kFromServer, 100), Server("xyzHTTP/1.1 204 OK\r\n\r\n"),
                  Server("HTTP/1.1 203 OK\r\n\r\n")})
          .responses,
      "200|100\n201\n202|5\n203\n");
}

TEST(HttpResponses, InTheMiddleOfBytes) {
  const std::string body(100'000, 'b');
  const HttpRun run =
      RunEachWay({Client("GET / HTTP/1.1\r\n\r\n"), Server("HT"),
                  Server("end of HTTP/1.1 500 no\r\n"), Server(body), Server("HTTP/1.1 20"),
                  Server("0 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 201 C\r\n\r\n")});
  EXPECT_EQ(run.responses, "200|2\n201\n");
}

// The answer to a line without a version has no head.
TEST(HttpResponses, OfTheFirstVersion) {
  const HttpRun run =
      RunEachWay({Client("GET /old\r\n"), Server("<html>"), Server("HTTP/1.1 200 OK\r\n\r\n"),
                  Client("GET /2 HTTP/1.1\r\n\r\n")});
  EXPECT_EQ(run.requests, "GET|-|/old\n");
  EXPECT_EQ(run.responses, "");
  EXPECT_TRUE(run.done[0] && run.done[1]);
}

TEST(HttpResponses, OtherAnswersAreNone) {
  const HttpRun run = RunEachWay({Client("GET / HTTP/1.0\r\n\r\n"), Server("ICY 200 OK\r\n\r\n")});
  EXPECT_EQ(run.requests, "GET|-|/\n");
  EXPECT_EQ(run.responses, "");
}

TEST(HttpConnections, TunnelsAfterConnect) {
  const HttpRun run = RunEachWay({Client("CONNECT h.test:443 HTTP/1.1\r\nHost: h.test:443\r\n\r\n"),
                                  Server("HTTP/1.1 200 Connected\r\nContent-Length: 9\r\n\r\n"),
                                  Client("\x16\x03\x01"), Server("\x16\x03\x03")});
  EXPECT_EQ(run.requests, "CONNECT|h.test:443|h.test:443\n");
  EXPECT_EQ(run.responses, "200|9\n");
  EXPECT_TRUE(run.tunnel);
  EXPECT_EQ(run.rest[0], "\x16\x03\x01");
  EXPECT_EQ(run.rest[1], "\x16\x03\x03");
}

TEST(HttpConnections, ATunnelThatIsRefused) {
  const HttpRun run = RunEachWay({Client("CONNECT h.test:443 HTTP/1.1\r\n\r\n"),
                                  Server("HTTP/1.1 407 Who\r\nContent-Length: 2\r\n\r\nno"),
                                  Client("CONNECT h.test:443 HTTP/1.1\r\nHost: a\r\n\r\n"),
                                  Server("HTTP/1.1 200 Ok\r\n\r\nserver"), Client("client")});
  EXPECT_EQ(run.requests, "CONNECT|h.test:443|h.test:443\nCONNECT|a|h.test:443\n");
  EXPECT_EQ(run.responses, "407|2\n200\n");
  EXPECT_EQ(run.rest[0], "client");
  EXPECT_EQ(run.rest[1], "server");
}

TEST(HttpConnections, ATunnelOfWhichTheAnswerIsMissing) {
  const HttpRun run = RunEachWay({Client("CONNECT h.test:443 HTTP/1.1\r\n\r\n"),
                                  Missing(kFromServer, 40), Client("client"), Server("server")});
  EXPECT_TRUE(run.tunnel);
  EXPECT_EQ(run.rest[0], "client");
  EXPECT_EQ(run.rest[1], "server");
}

TEST(HttpConnections, WebSocketsEndHttp) {
  const HttpRun run = RunEachWay(
      {Client("GET /ws HTTP/1.1\r\nHost: ws.test\r\nUpgrade: websocket\r\n\r\n"),
       Server(
           "HTTP/1.1 101 Switching\r\nUpgrade: WebSocket\r\n\r\n\x81\x05HTTP/1.1 200 OK\r\n\r\n"),
       Client("GET / HTTP/1.1\r\n\r\n")});
  EXPECT_EQ(run.requests, "GET|ws.test|/ws\n");
  EXPECT_EQ(run.responses, "101\n");
  EXPECT_TRUE(run.done[0] && run.done[1]);
  EXPECT_FALSE(run.tunnel);
  EXPECT_EQ(run.heads_in_use, 0u);
}

TEST(HttpConnections, OtherUpgradesAreTunnels) {
  const HttpRun run =
      RunEachWay({Client("OPTIONS * HTTP/1.1\r\nHost: h\r\nUpgrade: TLS/1.2\r\n\r\n"),
                  Server("HTTP/1.1 101 Switching\r\nUpgrade: TLS/1.2, HTTP/1.1\r\n\r\nserver"),
                  Client("client")});
  EXPECT_TRUE(run.tunnel);
  EXPECT_EQ(run.rest[0], "client");
  EXPECT_EQ(run.rest[1], "server");
}

// What is held is bounded: a head a direction, and none between messages.
TEST(HttpConnections, HoldNothingBetweenMessages) {
  EXPECT_EQ(RunHttp({Client("POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nxxx"),
                     Server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5")})
                .heads_in_use,
            0u);
  EXPECT_EQ(RunHttp({Client("GET"), Server("HTTP")}).heads_in_use, 2u);
}

TEST(HttpConnections, TheTimeIsThatOfTheFirstByte) {
  const HttpRun run = RunHttp({Client("GET / HT"), Client("TP/1.1\r\n\r"), Client("\nGET /"),
                               Client("2 HTTP/1.1\r\n\r\n")});
  ASSERT_EQ(run.times.size(), 2u);
  EXPECT_EQ(run.times[0], Timestamp::FromNanoseconds(1));
  EXPECT_EQ(run.times[1], Timestamp::FromNanoseconds(3));
}

}  // namespace
}  // namespace tstat::internal
