// SPDX-License-Identifier: BSD-3-Clause
//
// A protocol over TCP that is read from its streams. There is one object a protocol and tracker;
// what it remembers of a flow stands in a slab of its own, and has a number that each call gives
// back.
//
//   class Example : public StreamProtocol {
//     uint32_t Open(StreamContext& flow) override { return states_.Allocate(); }
//     size_t OnBytes(uint32_t state, ByteReader bytes, const StreamPosition& at,
//                    StreamContext& flow) override;
//     ...
//   };
//
// A row in signatures.cc says which first bytes open it, MakeStreamProtocols (l7/tcp) who it is.
#ifndef TSTAT_L7_STREAM_STREAM_PROTOCOL_H_
#define TSTAT_L7_STREAM_STREAM_PROTOCOL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "decode/byte_reader.h"
#include "flow/step.h"
#include "l7/http/growing_text.h"
#include "l7/stream/ordered_stream.h"
#include "l7/tcp_layer7_flow.h"
#include "tstat/application.h"
#include "tstat/event_sink.h"
#include "tstat/options.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {

// The protocols that are read, not only recognised. One object of each, made by
// MakeStreamProtocols.
enum class StreamReaderId : uint8_t { kNone, kTls, kSsh, kHttp, kDns, kSocks, kProxyHeader };
inline constexpr size_t kStreamReaders = 7;

// What a protocol may know and change of its flow.
struct StreamContext {
  TcpLayer7Flow& flow;
  Application& application;  // by signature
  // Set by a protocol: what follows what it consumes now is another protocol, in both directions,
  // to be told from its own first bytes (STARTTLS, CONNECT). It gets no more bytes, but its record.
  bool& ends_here;
  // The protocol is the flow's application, not one inside it.
  bool is_outer = false;

  // The first protocol of a flow is its application; one inside it is not.
  void Recognise(Application found) const {
    if (application == Application::kUnknown) application = found;
  }
};

class StreamProtocol {
 public:
  virtual ~StreamProtocol() = default;

  // The flow is of this protocol.
  virtual uint32_t Open(StreamContext& flow) = 0;
  // As StreamReader has them.
  virtual size_t OnBytes(uint32_t state, ByteReader bytes, const StreamPosition& at,
                         StreamContext& flow) = 0;
  virtual bool OnGap(uint32_t state, ByteReader rest, uint64_t missing, const StreamPosition& at,
                     StreamContext& flow) = 0;
  // Nothing more will come, in both directions. Events of this call have the order of `at`, the
  // flow's close.
  virtual void Finish(uint32_t /*state*/, const StreamPosition& /*at*/, StreamContext& /*flow*/) {}
  // Each record of the flow; the last one, and what was held was given up before, when it closes.
  virtual void FillRecord(uint32_t state, TcpFlow* record) const = 0;
  // Events of the close, before the record is emitted.
  virtual void OnFlowClosing(uint32_t /*state*/, const CloseStep& /*step*/,
                             const TcpFlow& /*record*/, StreamContext& /*flow*/) {}
  virtual void Release(uint32_t state) = 0;
  virtual size_t memory_bytes() const = 0;
  // Of what has a limit of its own; none by default.
  virtual TextBudget texts() const { return {.used = 0, .most = 0}; }
};

struct StreamOptions {
  CompatProfile profile;
  EventMask wants;  // of all sinks together
  bool strict_privacy = false;
  size_t http_texts = TextBudget::kMost;  // bytes
  // Columns and events of Tstat come from here: those of its own rules are switched off.
  bool replaces_old() const { return profile.modern_layer7 && profile.modern_columns; }
};

// By StreamReaderId; null: none. `out` may be null.
std::array<std::unique_ptr<StreamProtocol>, kStreamReaders> MakeStreamProtocols(
    const StreamOptions& options, EventSink* out);

}  // namespace tstat::internal

#endif  // TSTAT_L7_STREAM_STREAM_PROTOCOL_H_
