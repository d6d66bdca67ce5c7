// SPDX-License-Identifier: BSD-3-Clause
//
// What the layer-7 tracker tells of HTTP when it reads streams.
#include "l7/stream/http_stream.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "tests/l7/layer7_harness.h"
#include "tstat/http_message.h"

namespace tstat::internal {
namespace {

class HttpFlow : public Layer7Harness {
 public:
  explicit HttpFlow(CompatProfile profile = CompatProfile::None()) : Layer7Harness(profile) {
    Handshake();
  }
  void OnHttpMessage(const HttpMessage& m) override {
    rows += std::string(m.is_request() ? m.method.text : m.status.text);
    if (m.hostname.found) rows += "|" + std::string(m.hostname.text);
    if (m.path.found) rows += "|" + std::string(m.path.text);
    rows += '\n';
    EXPECT_NE(m.endpoints, nullptr);
    if (m.order < last) ADD_FAILURE() << "rows out of order";
    last = m.order;
  }

  std::string rows;
  OrderKey last;
};

TEST(HttpStreams, EachMessageIsARowAndCounts) {
  HttpFlow flow;
  flow.Client("PROPFIND /a HTT");
  flow.Client("P/1.1\r\nhost:h.test\r\n\r\nGET /b HTTP/1.1\r\nHost: two.test\r\n\r\n");
  flow.Server("HTTP/1.1 207 Multi\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 ");
  flow.Server("OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(flow.rows, "PROPFIND|h.test|/a\nGET|two.test|/b\n207\n200\n");
  const TcpFlow record = flow.Close();
  EXPECT_EQ(record.layer7.http_requests, 2u);
  EXPECT_EQ(record.layer7.http_responses, 2u);
  EXPECT_EQ(record.layer7.http_hostname, "h.test");
  EXPECT_EQ(std::string_view(record.layer7.http_response_code.data()), "207");
  EXPECT_EQ(record.layer7.connection_type, connection_type::kHttp);
  EXPECT_EQ(record.layer7.application, Application::kHttp);
  EXPECT_TRUE(record.client.first_http.is_set() && record.server.first_http.is_set());
}

TEST(HttpStreams, ContentOfTheFirstRequestThatTells) {
  HttpFlow flow;
  flow.Client("HEAD / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\nGET /wi");
  flow.Client("ki/x HTTP/1.1\r\n\r\nGET /club/abcdefghijklm HTTP/1.1\r\n\r\n");
  flow.Server("HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(flow.Close().layer7.http_content, http_content::kWikipedia);
  HttpFlow post;
  post.Client("POST /x HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(post.Close().layer7.http_content, http_content::kPost);
}

TEST(HttpStreams, Http2IsHttp) {
  HttpFlow flow;
  flow.Client("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  flow.Client(std::string_view("\0\0\0\4\0\0\0\0\0\0\0\x0a\1\5\0\0\0\1\x82\x84\x41\x06h.test", 28));
  flow.Server(std::string_view("\0\0\0\4\0\0\0\0\0\0\0\1\1\5\0\0\0\1\x88", 19));
  EXPECT_EQ(flow.rows, "GET|h.test|/\n200\n");
  const TcpFlow record = flow.Close();
  EXPECT_EQ(record.layer7.connection_type, connection_type::kHttp);
  EXPECT_EQ(record.layer7.application, Application::kHttp2);
  EXPECT_EQ(record.layer7.http_requests, 1u);
  EXPECT_EQ(std::string_view(record.layer7.http_response_code.data()), "200");
}

TEST(HttpStreams, AHeadThatIsNotWholeIsARowOfTheClose) {
  HttpFlow flow;
  flow.Client("GET /a HTTP/1.1\r\nHost: h.te");
  EXPECT_EQ(flow.rows, "");
  const TcpFlow record = flow.Close({.packet = 100});
  EXPECT_EQ(flow.rows, "GET|h.te|/a\n");
  EXPECT_EQ(flow.last.packet, 100u);
  EXPECT_EQ(record.layer7.http_requests, 1u);
  EXPECT_EQ(record.layer7.http_hostname, "");  // a part is no name of a flow
}

TEST(HttpStreams, SegmentsThatWereCapturedInPart) {
  HttpFlow flow;
  flow.Segment(Direction::kClientToServer,
               "GET /a HTTP/1.1\r\nHost: h\r\nX: yyyyyyyyyyyyyy\r\n\r\n", tcp_flags::kAck, 30);
  flow.Segment(Direction::kServerToClient,
               "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nxxxxxxxxxxxxxxxxxxxx", tcp_flags::kAck,
               45);
  flow.Server("HTTP/1.1 404 No\r\n\r\n");
  EXPECT_EQ(flow.rows, "GET|h|/a\n200\n404\n");
}

TEST(HttpStreams, AHostThatIsNotWholeIsNotTheFlows) {
  const std::string head = "GET / HTTP/1.1\r\nHost: www.example.test\r\n\r\n";
  constexpr uint8_t kPushed = tcp_flags::kAck | tcp_flags::kPsh;
  for (size_t size = 0; size < head.size(); ++size) {
    HttpFlow flow;
    flow.Segment(Direction::kClientToServer, head, kPushed, size);
    const std::string host = flow.Close().layer7.http_hostname;
    // It is whole when the line's end was seen.
    EXPECT_EQ(host, size < head.find("\r\n\r\n") + 2 ? "" : "www.example.test") << size;
  }
  HttpFlow next;
  next.Segment(Direction::kClientToServer, head, kPushed, head.find(".test"));
  next.Client("GET / HTTP/1.1\r\nHost: next.test\r\n\r\n");
  EXPECT_EQ(next.Close().layer7.http_hostname, "next.test");
  for (const size_t length : {272u, 273u}) {
    HttpFlow longer;
    longer.Client("GET / HTTP/1.1\r\nHost: " + std::string(length, 'h') + "\r\n\r\n");
    EXPECT_EQ(longer.Close().layer7.http_hostname.size(), length == 272 ? length : 0);
  }
}

TEST(HttpStreams, TunnelsAreOtherProtocols) {
  HttpFlow flow;
  flow.Client("CONNECT h.test:80 HTTP/1.1\r\nHost: h.test:80\r\n\r\n");
  flow.Server("HTTP/1.1 200 OK\r\n\r\n");
  flow.Client("GET /inside HTTP/1.1\r\nHost: inner.test\r\n\r\n");
  flow.Server("HTTP/1.1 204 No\r\n\r\n");
  EXPECT_EQ(flow.rows, "CONNECT|h.test:80|h.test:80\n200\nGET|inner.test|/inside\n204\n");
  const TcpFlow record = flow.Close();
  EXPECT_EQ(record.layer7.http_requests, 2u);
  EXPECT_EQ(record.layer7.http_hostname, "h.test:80");
}

TEST(HttpStreams, WebSocketsAreAnApplication) {
  for (const std::string protocol : {"websocket", "other"}) {
    HttpFlow flow;
    flow.Client("GET /chat HTTP/1.1\r\nHost: h.test\r\nUpgrade: " + protocol + "\r\n\r\n");
    EXPECT_EQ(flow.rows, "GET|h.test|/chat\n");
    flow.Server("HTTP/1.1 101 Switching\r\nupgrade: " + protocol + "\r\n\r\n\x81\x02ok");
    flow.Client("\x81\x82mask..");
    EXPECT_EQ(flow.Close().layer7.application,
              protocol == "websocket" ? Application::kWebSocket : Application::kHttp);
  }
  HttpFlow refused;
  refused.Client("GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
  refused.Server("HTTP/1.1 200 OK\r\nUpgrade: websocket\r\n\r\n");
  EXPECT_EQ(refused.Close().layer7.application, Application::kHttp);
}

TEST(HttpStreams, WhatIsInsideATunnelIsNotTheApplication) {
  const std::string settings("\0\0\0\4\0\0\0\0\0", 9);
  for (const std::string& inside : {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings,
                                    std::string("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")}) {
    HttpFlow flow;
    flow.Client("CONNECT h.test:80 HTTP/1.1\r\nHost: h.test:80\r\n\r\n");
    flow.Server("HTTP/1.1 200 OK\r\n\r\n");
    flow.Client(inside);
    flow.Server(inside[0] == 'P' ? settings
                                 : "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n");
    EXPECT_EQ(flow.Close().layer7.application, Application::kHttp) << inside;
  }
}

TEST(HttpStreams, ShoutcastIsNoHttp) {
  HttpFlow flow;
  flow.Client("GET /radio HTTP/1.0\r\n\r\n");
  EXPECT_EQ(flow.type(), connection_type::kHttp);
  flow.Server("ICY 200 OK\r\n\r\n");
  const TcpFlow record = flow.Close();
  EXPECT_EQ(record.layer7.connection_type, connection_type::kIcy);
  EXPECT_EQ(record.layer7.application, Application::kIcecast);
  HttpFlow source;
  source.Client("SOURCE /mount HTTP/1.0\r\n\r\n");
  source.Server("ICY 200 OK\r\n\r\n");
  EXPECT_EQ(source.Close().layer7.connection_type, connection_type::kIcy);
}

TEST(HttpStreams, TheFirstVersionIsHttp) {
  HttpFlow flow;
  flow.Client("GET /old\r\n");
  flow.Server("<html>old</html>");
  EXPECT_EQ(flow.rows, "GET|/old\n");
  const TcpFlow record = flow.Close();
  EXPECT_EQ(record.layer7.connection_type, connection_type::kHttp);
  EXPECT_EQ(record.layer7.application, Application::kHttp);
  EXPECT_EQ(record.layer7.http_requests, 1u);
}

// A capture that begins in bodies: messages behind them are rows, however long those are.
TEST(HttpStreams, BehindTheEndsOfBodies) {
  const std::string get = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const int segments : {1, 3, 200}) {
    for (const std::string& body :
         {std::string("abc"), std::string(1400, 't'), std::string("\0\xff")}) {
      HttpFlow flow;
      for (int i = 0; i < segments; ++i) {
        flow.Client(body);
        flow.Server(body);
        flow.Server(body);
      }
      flow.Client(get);
      flow.Server(body);
      flow.Server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      flow.Client(get);
      EXPECT_EQ(flow.rows, "GET|h|/1\n200\nGET|h|/1\n") << segments << ' ' << body.size();
      const TcpFlow record = flow.Close();
      EXPECT_EQ(record.layer7.application, Application::kHttp);
      EXPECT_EQ(record.layer7.evidence, Evidence::kSignature);
      EXPECT_EQ(record.layer7.connection_type, connection_type::kHttp);
    }
  }
}

TEST(HttpStreams, BehindTheEndOfAnUpload) {
  for (const std::string& body : {std::string("a=b&c=d"), std::string(1400, 't')}) {
    for (const int segments : {1, 100}) {
      HttpFlow flow;
      for (int i = 0; i < segments; ++i) flow.Client(body);
      flow.Server("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
      flow.Client("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
      flow.Server("HTTP/1.1 404 No\r\n\r\n");
      EXPECT_EQ(flow.rows, "201\nGET|h|/1\n404\n") << body << segments;
    }
  }
}

// Of what came before their turn each piece is a segment still.
TEST(HttpStreams, BehindMissingBytes) {
  HttpFlow flow;
  flow.Back(Direction::kClientToServer, -300);
  flow.Client("rest of a body");
  flow.Server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  flow.Client("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
  flow.Close();
  EXPECT_EQ(flow.rows, "200\nGET|h|/1\n");
}

TEST(HttpStreams, OtherProtocolsStayWhatTheyAre) {
  HttpFlow flow;
  flow.Client("EHLO h\r\n");
  flow.Client("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(flow.Close().layer7.application, Application::kSmtp);
  EXPECT_EQ(flow.rows, "");
}

// Their columns of Tstat's stay, the application is known.
TEST(HttpStreams, OtherProfilesKnowWhatIsInHttp) {
  for (CompatProfile profile : {CompatProfile::Tstat311(), CompatProfile::Tstat33()}) {
    const CompatProfile plain = profile;
    profile.modern_layer7 = true;
    const auto rows = [](const CompatProfile& p, bool web_socket, Application* application) {
      HttpFlow flow(p);
      if (web_socket) {
        flow.Client(
            "GET /a HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
        flow.Server("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
      } else {
        flow.Client("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + std::string(3, '\0') + "\4" +
                    std::string(5, '\0'));
      }
      const TcpFlow record = flow.Close();
      *application = record.layer7.application;
      return flow.rows + "|" + std::to_string(record.layer7.http_requests) + "|" +
             std::to_string(record.layer7.connection_type) + "|" + record.layer7.http_hostname;
    };
    Application application = Application::kUnknown;
    for (const bool web_socket : {false, true}) {
      const std::string before = rows(plain, web_socket, &application);
      EXPECT_EQ(application, Application::kUnknown);
      EXPECT_EQ(rows(profile, web_socket, &application), before);
      EXPECT_EQ(application, web_socket ? Application::kWebSocket : Application::kHttp2);
    }
  }
}

TEST(HttpStreams, OtherProfilesKeepTheirRows) {
  CompatProfile profile = CompatProfile::Tstat33();
  profile.modern_layer7 = true;
  HttpFlow flow(profile);
  flow.Client("GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
  flow.Client("PROPFIND /c HTTP/1.1\r\n\r\n");
  EXPECT_EQ(flow.Close().layer7.http_requests, 1u);
  EXPECT_EQ(flow.rows.substr(0, 9), "GET|h|/a\n");
  EXPECT_EQ(flow.rows.find("/b"), std::string::npos);
}

}  // namespace
}  // namespace tstat::internal
