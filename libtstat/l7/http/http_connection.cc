// SPDX-License-Identifier: BSD-3-Clause
#include "l7/http/http_connection.h"

#include <algorithm>
#include <string_view>

namespace tstat::internal {
namespace {

constexpr Direction kClient = Direction::kClientToServer, kServer = Direction::kServerToClient;

constexpr uint16_t kContinue = 100, kSwitching = 101, kOk = 200, kNoContent = 204,
                   kRedirection = 300, kNotModified = 304;

// RFC 9112, 6.3: what `framing` says of a message that may have a body.
HttpBody BodyOf(const HttpFraming& framing, bool request) {
  HttpBody body;
  if (framing.has_coding) {
    body.kind = HttpBody::Kind::kUntilClose;
    if (framing.chunked) body.kind = HttpBody::Kind::kChunked;
    if (request && !framing.chunked) body.kind = HttpBody::Kind::kLost;
  } else if (framing.faulty) {
    body.kind = HttpBody::Kind::kLost;
  } else if (framing.has_length) {
    body.length = framing.length;
  } else if (!request) {
    body.kind = HttpBody::Kind::kUntilClose;
  }
  return body;
}

}  // namespace

HttpMemory::Http2* HttpMemory::TakeHttp2() {
  if (free_.empty()) {
    states_.push_back(std::make_unique<Http2>());
    free_.reserve(states_.size());
    free_.push_back(states_.back().get());
  }
  Http2* state = free_.back();
  free_.pop_back();
  *state = {Http2Direction(/*requests=*/true), Http2Direction(/*requests=*/false)};
  return state;
}

// --- HttpRequestQueue

void HttpRequestQueue::Add(Kind kind) {
  if (kind != Kind::kPlain && known_ && requests_ >= responses_) {
    if (count_ == kMost) {
      known_ = false;
    } else {
      special_[count_++] = {.number = requests_, .kind = kind};
    }
  }
  ++requests_;
}

HttpRequestQueue::Kind HttpRequestQueue::Next() {
  const uint32_t number = responses_++;
  if (!known_ || number >= requests_) return Kind::kUnknown;
  if (count_ == 0 || special_[0].number != number) return Kind::kPlain;
  const Kind kind = special_[0].kind;
  std::copy(special_.begin() + 1, special_.begin() + count_, special_.begin());
  --count_;
  return kind;
}

// --- HttpConnection

bool HttpConnection::done(Direction direction) const {
  const auto i = static_cast<size_t>(Index(direction));
  if (mode_[i] == Mode::kHttp2) return (*http2_)[i].done();
  return mode_[i] == Mode::kDone || (mode_[i] == Mode::kHttp1 && http1_[i].done());
}

void HttpConnection::Stop(Direction direction, HttpMemory& memory) {
  of(direction).Stop(&memory.heads);
  if (http2_ != nullptr) (*http2_)[static_cast<size_t>(Index(direction))].Stop(&memory.heads);
  mode(direction) = Mode::kDone;
}

void HttpConnection::Release(HttpMemory& memory) {
  Stop(kClient, memory);
  Stop(kServer, memory);
  if (http2_ != nullptr) memory.Return(http2_);
  http2_ = nullptr;
}

void HttpConnection::BeginTunnel(HttpMemory& memory) {
  Stop(kClient, memory);
  Stop(kServer, memory);
  tunnel_ = true;
}

void HttpConnection::BeginHttp2(Direction direction, HttpMemory& memory) {
  of(direction).Stop(&memory.heads);
  if (http2_ == nullptr) http2_ = memory.TakeHttp2();
  mode(direction) = Mode::kHttp2;
}

size_t HttpConnection::OnBytes(const Piece& piece, HttpMemory& memory, HttpReceiver& receiver) {
  const Direction direction = piece.direction;
  ByteReader bytes = piece.bytes;
  const size_t all = bytes.size();
  // No response begins with a zero byte; each frame of settings does.
  if (direction == kServer && !server_begun_ && !bytes.empty()) {
    server_begun_ = true;
    if (bytes.U8(0) == 0) BeginHttp2(kServer, memory);
  }
  while (!bytes.empty() && mode(direction) != Mode::kWaiting && !tunnel_) {
    if (mode(direction) == Mode::kHttp2) {
      ReadHttp2(direction, &bytes, piece.time, memory, receiver);
      break;
    }
    if (done(direction)) break;
    const bool segment_start = piece.segment_start && bytes.size() == all;
    const bool was_lost = of(direction).lost();
    const auto event = of(direction).Read(&bytes, segment_start, piece.time, &memory.heads);
    if (!was_lost && of(direction).lost()) OnLost(direction, memory, receiver);
    switch (event) {
      case Http1Direction::Event::kNothing:
        break;
      case Http1Direction::Event::kHead:
        OnHead(direction, memory, receiver);
        break;
      case Http1Direction::Event::kHttp2:
        BeginHttp2(direction, memory);
        break;
    }
  }
  if (tunnel_ || mode(direction) == Mode::kWaiting) return all - bytes.size();
  return all;
}

void HttpConnection::OnLost(Direction direction, HttpMemory& memory, HttpReceiver& receiver) {
  requests_.Lose();
  // The answer to a line without a version has no head (HTTP/0.9).
  if (direction != kServer || of(kServer).seen() || !of(kClient).simple()) return;
  if (of(kClient).Finish(&memory.heads) == Http1Direction::Event::kHead) {
    OnHead(kClient, memory, receiver);
  }
  Stop(kClient, memory);
  Stop(kServer, memory);
}

void HttpConnection::ReadHttp2(Direction direction, ByteReader* bytes, Timestamp time,
                               HttpMemory& memory, HttpReceiver& receiver) {
  Http2Direction& http2 = (*http2_)[static_cast<size_t>(Index(direction))];
  while (http2.Read(bytes, time, &memory.heads)) {
    receiver.OnHttpHead(http2.head().message());
    http2.Continue(&memory.heads);
  }
}

void HttpConnection::OnHead(Direction direction, HttpMemory& memory, HttpReceiver& receiver) {
  if (direction == kClient) {
    OnRequest(memory, receiver);
  } else {
    OnResponse(memory, receiver);
  }
}

void HttpConnection::OnRequest(HttpMemory& memory, HttpReceiver& receiver) {
  using Kind = HttpRequestQueue::Kind;
  Http1Direction& client = of(kClient);
  const HttpMessage message = client.head().message();
  receiver.OnHttpHead(message);
  Kind kind = Kind::kPlain;
  if (message.method.text == "HEAD") kind = Kind::kHead;
  if (message.method.text == "CONNECT") kind = Kind::kConnect;
  requests_.Add(kind);
  HttpBody body = BodyOf(client.framing(), /*request=*/true);
  if (!client.whole()) body.kind = HttpBody::Kind::kLost;
  // What follows a CONNECT is the tunnel's, or the next request: the response tells.
  if (kind == Kind::kConnect && client.whole()) {
    body = HttpBody();
    mode(kClient) = Mode::kWaiting;
  }
  client.Continue(body, &memory.heads);
}

void HttpConnection::OnResponse(HttpMemory& memory, HttpReceiver& receiver) {
  using Kind = HttpRequestQueue::Kind;
  Http1Direction& server = of(kServer);
  receiver.OnHttpHead(server.head().message());
  const uint16_t status = server.status();
  if (status == kSwitching && server.whole()) return OnUpgrade(server.framing().upgrade, memory);
  const bool interim = status >= kContinue && status < kOk;
  const Kind kind = interim ? Kind::kPlain : requests_.Next();
  HttpBody body;
  if (!interim && status != kNoContent && status != kNotModified && kind != Kind::kHead) {
    body = BodyOf(server.framing(), /*request=*/false);
    body.maybe_none = kind == Kind::kUnknown;
  }
  if (!server.whole()) body.kind = HttpBody::Kind::kLost;
  server.Continue(body, &memory.heads);
  if (interim || mode(kClient) != Mode::kWaiting) return;
  if (kind != Kind::kConnect && kind != Kind::kUnknown) return;
  if (status < kRedirection) return BeginTunnel(memory);
  mode(kClient) = Mode::kHttp1;  // refused: the next request follows
}

void HttpConnection::OnUpgrade(HttpUpgrade upgrade, HttpMemory& memory) {
  of(kServer).Continue(HttpBody(), &memory.heads);
  switch (upgrade) {
    case HttpUpgrade::kHttp2:
      BeginHttp2(kServer, memory);  // the client's preface speaks for itself
      break;
    case HttpUpgrade::kNone:
    case HttpUpgrade::kWebSocket:
      web_socket_ = upgrade == HttpUpgrade::kWebSocket;
      Stop(kClient, memory);
      Stop(kServer, memory);
      break;
    case HttpUpgrade::kOther:
      BeginTunnel(memory);
      break;
  }
}

void HttpConnection::OnGap(Direction direction, uint64_t count, HttpMemory& memory,
                           HttpReceiver& receiver) {
  if (count == 0 || tunnel_) return;
  if (direction == kServer) server_begun_ = true;
  switch (mode(direction)) {
    case Mode::kHttp2:
      (*http2_)[static_cast<size_t>(Index(direction))].OnGap(count, &memory.heads);
      return;
    case Mode::kDone:
      return;
    case Mode::kWaiting:
      mode(direction) = Mode::kHttp1;
      break;
    case Mode::kHttp1:
      break;
  }
  const bool was_lost = of(direction).lost();
  if (of(direction).OnGap(count, &memory.heads) == Http1Direction::Event::kHead) {
    OnHead(direction, memory, receiver);
  }
  if (was_lost || !of(direction).lost()) return;
  OnLost(direction, memory, receiver);
  // Nobody sends behind a CONNECT before there is a tunnel.
  if (direction == kServer && mode(kClient) == Mode::kWaiting) BeginTunnel(memory);
}

void HttpConnection::Finish(HttpMemory& memory, HttpReceiver& receiver) {
  for (const Direction direction : {kClient, kServer}) {
    if (mode(direction) == Mode::kHttp1 &&
        of(direction).Finish(&memory.heads) == Http1Direction::Event::kHead) {
      OnHead(direction, memory, receiver);
    }
    Stop(direction, memory);
  }
}

}  // namespace tstat::internal
