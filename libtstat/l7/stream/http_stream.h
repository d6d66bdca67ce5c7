// SPDX-License-Identifier: BSD-3-Clause
//
// HTTP over TCP from streams: the messages of log_http_complete, and what a flow's record says of
// HTTP. It takes the place of the rules for single segments. Where these stay (HttpFromStreams), it
// tells nothing but the application: HTTP/2, WebSocket, what is in a tunnel.
#ifndef TSTAT_L7_STREAM_HTTP_STREAM_H_
#define TSTAT_L7_STREAM_HTTP_STREAM_H_

#include <cstddef>
#include <cstdint>

#include "flow/slab.h"
#include "l7/bounded_text.h"
#include "l7/http/http_connection.h"
#include "l7/stream/stream_protocol.h"

namespace tstat::internal {

class HttpStream : public StreamProtocol {
 public:
  HttpStream(const StreamOptions& options, EventSink* out);

  uint32_t Open(StreamContext& flow) override;
  size_t OnBytes(uint32_t state, ByteReader bytes, const StreamPosition& at,
                 StreamContext& flow) override;
  bool OnGap(uint32_t state, ByteReader rest, uint64_t missing, const StreamPosition& at,
             StreamContext& flow) override;
  void Finish(uint32_t state, const StreamPosition& at, StreamContext& flow) override;
  void FillRecord(uint32_t state, TcpFlow* record) const override;
  void Release(uint32_t state) override;
  size_t memory_bytes() const override {
    return connections_.memory_bytes() + memory_.memory_bytes();
  }
  TextBudget texts() const override { return memory_.heads.budget(); }

 private:
  static constexpr uint16_t kLongestHost = 272;  // a name and a port
  struct Connection {
    HttpConnection http;
    BoundedText<kLongestHost> hostname;  // of the first request of which one was seen as a whole
    bool content_known = false;
    bool server_seen = false, shoutcast = false;
  };
  class Receiver;

  bool tells_;  // else the application only
  bool wants_messages_;
  EventSink* out_;
  HttpMemory memory_;
  Slab<Connection, 6> connections_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_STREAM_HTTP_STREAM_H_
