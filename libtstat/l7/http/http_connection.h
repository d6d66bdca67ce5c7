// SPDX-License-Identifier: BSD-3-Clause
//
// HTTP over one TCP connection, from the bytes of both directions as they come in order: which
// version is spoken, which response answers which request, and where HTTP ends.
//
//   HttpConnection http;
//   size_t taken = http.OnBytes({Direction::kClientToServer, bytes, true, time}, memory, receiver);
//   http.Finish(memory, receiver);
//   http.Release(memory);
//
// Each head goes to the receiver once, when it is complete; what there was of it when the
// connection ends or bytes are missing. Any splitting of the bytes gives the same heads.
#ifndef TSTAT_L7_HTTP_HTTP_CONNECTION_H_
#define TSTAT_L7_HTTP_HTTP_CONNECTION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "decode/byte_reader.h"
#include "l7/http/framing.h"
#include "l7/http/http1_direction.h"
#include "l7/http/http2_direction.h"
#include "l7/http/http_head.h"
#include "tstat/flow.h"
#include "tstat/http_message.h"
#include "tstat/time.h"

namespace tstat::internal {

class HttpReceiver {
 public:
  // Without order, flow and endpoints; the time is that of the head's first byte. It views memory
  // that is valid during the call only.
  virtual void OnHttpHead(const HttpMessage& message) = 0;

 protected:
  ~HttpReceiver() = default;
};

// What the connections of a tracker share.
class HttpMemory {
 public:
  using Http2 = std::array<Http2Direction, 2>;

  explicit HttpMemory(size_t most_texts = TextBudget::kMost) : heads(most_texts) {}

  HttpHeadPool heads;

  Http2* TakeHttp2();
  void Return(Http2* state) { free_.push_back(state); }
  size_t memory_bytes() const { return heads.memory_bytes() + states_.size() * sizeof(Http2); }

 private:
  std::vector<std::unique_ptr<Http2>> states_;
  std::vector<Http2*> free_;
};

// Of which requests the responses have no body, or another one. The others are only counted.
class HttpRequestQueue {
 public:
  enum class Kind : uint8_t { kPlain, kHead, kConnect, kUnknown };

  void Add(Kind kind);
  Kind Next();  // of the response that comes next
  // Which response answers which request is not known any more.
  void Lose() { known_ = false; }

 private:
  struct Special {
    uint32_t number;
    Kind kind;
  };
  static constexpr uint8_t kMost = 16;  // that wait for their responses

  uint32_t requests_ = 0, responses_ = 0;
  std::array<Special, kMost> special_{};
  uint8_t count_ = 0;
  bool known_ = true;
};

class HttpConnection {
 public:
  struct Piece {
    Direction direction = Direction::kClientToServer;
    ByteReader bytes;
    bool segment_start = false;  // the first byte is the first one of a segment
    Timestamp time;
  };
  // Returns how many of the bytes were taken. The others wait for the other direction, to be
  // offered again, or are those of another protocol (tunnel()).
  size_t OnBytes(const Piece& piece, HttpMemory& memory, HttpReceiver& receiver);
  // The next `count` bytes of the direction are missing.
  void OnGap(Direction direction, uint64_t count, HttpMemory& memory, HttpReceiver& receiver);
  // Nothing more will come.
  void Finish(HttpMemory& memory, HttpReceiver& receiver);
  void Release(HttpMemory& memory);

  // Nothing more is read of the direction.
  bool done(Direction direction) const;
  // HTTP has ended, and what follows in both directions is another protocol: behind a CONNECT, or
  // an upgrade to something that is not HTTP/2 nor a web socket.
  bool tunnel() const { return tunnel_; }
  // HTTP/2 is spoken in one direction at least.
  bool http2() const { return http2_ != nullptr; }
  // HTTP has ended in a web socket.
  bool web_socket() const { return web_socket_; }

 private:
  // Of a direction.
  enum class Mode : uint8_t { kHttp1, kHttp2, kWaiting, kDone };

  Http1Direction& of(Direction d) { return http1_[static_cast<size_t>(Index(d))]; }
  Mode& mode(Direction d) { return mode_[static_cast<size_t>(Index(d))]; }
  void BeginHttp2(Direction direction, HttpMemory& memory);
  void ReadHttp2(Direction direction, ByteReader* bytes, Timestamp time, HttpMemory& memory,
                 HttpReceiver& receiver);
  void OnRequest(HttpMemory& memory, HttpReceiver& receiver);
  void OnResponse(HttpMemory& memory, HttpReceiver& receiver);
  void OnUpgrade(HttpUpgrade upgrade, HttpMemory& memory);
  void OnLost(Direction direction, HttpMemory& memory, HttpReceiver& receiver);
  void OnHead(Direction direction, HttpMemory& memory, HttpReceiver& receiver);
  void Stop(Direction direction, HttpMemory& memory);
  void BeginTunnel(HttpMemory& memory);

  std::array<Http1Direction, 2> http1_{Http1Direction(/*requests=*/true),
                                       Http1Direction(/*requests=*/false)};
  std::array<Mode, 2> mode_{Mode::kHttp1, Mode::kHttp1};
  bool tunnel_ = false, web_socket_ = false;
  bool server_begun_ = false;
  HttpRequestQueue requests_;
  HttpMemory::Http2* http2_ = nullptr;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_HTTP_HTTP_CONNECTION_H_
