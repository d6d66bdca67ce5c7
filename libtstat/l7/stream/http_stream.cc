// SPDX-License-Identifier: BSD-3-Clause
#include "l7/stream/http_stream.h"

#include <array>
#include <string_view>

#include "l7/http/content.h"
#include "l7/http/http_source.h"

namespace tstat::internal {
namespace {

// As the rules of content want it: the first line. Longer targets are cut.
template <size_t kRoom>
ByteReader RequestLine(const HttpMessage& message, std::array<uint8_t, kRoom>* room) {
  size_t size = 0;
  const auto add = [&](std::string_view text) {
    for (char c : text.substr(0, kRoom - size)) (*room)[size++] = static_cast<uint8_t>(c);
  };
  add(message.method.text);
  add(" ");
  add(message.path.text);
  if (!message.path.truncated) add(" HTTP/1.1\r\n");
  return ByteReader({room->data(), size});
}

// The content code of a flow is that of the first request of which more than the method is known.
void ClassifyContent(const HttpMessage& message, bool first, TcpLayer7Flow& flow) {
  using namespace http_content;  // NOLINT: the code names make the rule
  const bool get = message.method.text == "GET";
  if (!first && flow.http_content > kPost && flow.http_content != kYoutube204) return;
  constexpr size_t kLongestRequestLine = 2080;
  std::array<uint8_t, kLongestRequestLine> room;
  const ByteReader line = RequestLine(message, &room);
  const uint8_t code = get ? ClassifyGet(line) : ClassifyPost(line);
  if (flow.http_content == kYoutube204 && code == kYoutubeVideo) {
    flow.http_content = kYoutube204Video;
  } else if (first || code > kPost) {
    flow.http_content = code;
  }
}

}  // namespace

// Of one call.
class HttpStream::Receiver : public HttpReceiver {
 public:
  Receiver(const HttpStream& streams, Connection& connection, const StreamPosition& at,
           TcpLayer7Flow& flow)
      : streams_(streams), connection_(connection), at_(at), flow_(flow) {}

  void OnHttpHead(const HttpMessage& message) override {
    if (!streams_.tells_) return;
    const bool request = message.is_request();
    Timestamp& first = flow_.first_http[request ? 0 : 1];
    if (!first.is_set()) first = message.time;
    if (request) {
      OnRequest(message);
    } else {
      OnResponse(message);
    }
    if (!streams_.wants_messages_ || at_.identity == nullptr) return;
    HttpMessage row = message;
    row.order = At(at_.order, EventPlace::kHttpMessage);
    row.flow_number = at_.identity->number;
    row.endpoints = &at_.identity->endpoints;
    streams_.out_->OnHttpMessage(row);
  }

 private:
  void OnRequest(const HttpMessage& message) {
    ++flow_.http_requests;
    if (!connection_.shoutcast) flow_.Recognise(connection_type::kHttp);
    const HttpValue& host = message.hostname;
    if (host.found && !host.truncated && connection_.hostname.empty() &&
        host.text.size() <= kLongestHost) {
      connection_.hostname.Set(host.text);
    }
    if (message.method.text != "GET" && message.method.text != "POST") return;
    ClassifyContent(message, !connection_.content_known, flow_);
    connection_.content_known = true;
  }

  void OnResponse(const HttpMessage& message) {
    ++flow_.http_responses;
    flow_.Recognise(connection_type::kHttp);
    if (flow_.http_response_code[0] != '\0') return;
    // Its last byte stays 0.
    message.status.text.copy(flow_.http_response_code.data(), flow_.http_response_code.size() - 1);
  }

  const HttpStream& streams_;
  Connection& connection_;
  const StreamPosition& at_;
  TcpLayer7Flow& flow_;
};

HttpStream::HttpStream(const StreamOptions& options, EventSink* out)
    : tells_(HttpFromStreams(options.profile)),
      wants_messages_(out != nullptr && options.wants.has(Event::kHttpMessage)),
      out_(out),
      memory_(options.http_texts) {}

uint32_t HttpStream::Open(StreamContext& /*flow*/) { return connections_.Allocate(); }

size_t HttpStream::OnBytes(uint32_t state, ByteReader bytes, const StreamPosition& at,
                           StreamContext& flow) {
  Connection& connection = connections_[state];
  // An answer of SHOUTcast to a request of HTTP: the flow is that.
  if (at.direction == Direction::kServerToClient && !connection.server_seen) {
    constexpr std::string_view kIcy = "ICY ";
    if (bytes.size() < kIcy.size() && kIcy.starts_with(bytes.Text())) return 0;
    connection.server_seen = true;
    if (bytes.StartsWith(kIcy)) {
      connection.shoutcast = true;
      if (tells_) {
        flow.flow.connection_type &= ~connection_type::kHttp;
        flow.flow.Recognise(connection_type::kIcy);
      }
      if (flow.application == Application::kHttp) flow.application = Application::kIcecast;
      return StreamReader::kDone;
    }
  }
  Receiver receiver(*this, connection, at, flow.flow);
  HttpConnection& http = connection.http;
  const size_t taken = http.OnBytes({.direction = at.direction,
                                     .bytes = bytes,
                                     .segment_start = at.segment_start,
                                     .time = at.time},
                                    memory_, receiver);
  if (http.tunnel()) {
    flow.ends_here = true;
    return taken;
  }
  if (flow.is_outer && flow.application == Application::kHttp) {
    if (http.http2()) flow.application = Application::kHttp2;
    if (http.web_socket()) flow.application = Application::kWebSocket;
  }
  return http.done(at.direction) ? StreamReader::kDone : taken;
}

bool HttpStream::OnGap(uint32_t state, ByteReader rest, uint64_t missing, const StreamPosition& at,
                       StreamContext& flow) {
  Connection& connection = connections_[state];
  Receiver receiver(*this, connection, at, flow.flow);
  connection.http.OnGap(at.direction, missing + rest.size(), memory_, receiver);
  return connection.http.tunnel() || !connection.http.done(at.direction);
}

void HttpStream::Finish(uint32_t state, const StreamPosition& at, StreamContext& flow) {
  Connection& connection = connections_[state];
  Receiver receiver(*this, connection, at, flow.flow);
  connection.http.Finish(memory_, receiver);
}

void HttpStream::FillRecord(uint32_t state, TcpFlow* record) const {
  const Connection& connection = connections_[state];
  if (!tells_ || !record->layer7.http_hostname.empty()) return;
  record->layer7.http_hostname = connection.hostname.view();
}

void HttpStream::Release(uint32_t state) {
  connections_[state].http.Release(memory_);
  connections_.Free(state);
}

}  // namespace tstat::internal
