// SPDX-License-Identifier: BSD-3-Clause
//
// Layer 7 of TCP from streams (CompatProfile::modern_layer7): puts the bytes of both directions of
// a flow in order, finds the protocol from its first bytes, and has it read what follows.
//
//   StreamTracker streams(options, &sink);
//   streams.OnSegment(input, flow);                 // each segment with payload
//   streams.OnFlowClosing(step, flow, &record);     // fills the record
//   streams.Release(flow);
//
// What the flow has stands in flow.stream. A flow that no protocol wants, or whose protocol has
// seen all it wants, holds nothing and costs one test a segment.
#ifndef TSTAT_L7_STREAM_STREAM_TRACKER_H_
#define TSTAT_L7_STREAM_STREAM_TRACKER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "flow/slab.h"
#include "l7/stream/ordered_stream.h"
#include "l7/stream/signatures.h"
#include "l7/stream/stream_buffers.h"
#include "l7/stream/stream_protocol.h"
#include "l7/tcp_layer7_flow.h"
#include "l7/tcp_layer7_input.h"

namespace tstat::internal {

// What a flow has while its streams are read.
struct StreamFlow {
  struct Attached {
    StreamProtocol* protocol = nullptr;
    uint32_t state = 0;
    bool is_outer = false;
  };
  struct Side {
    OrderedStream stream;
    bool rejected = false;    // no protocol begins with its first bytes
    bool begins = false;      // what comes next is looked at as the begin of a segment
    uint16_t undecided = 0;   // first bytes that more are wanted behind
    uint32_t late_bytes = 0;  // that were looked at since then
    bool asleep = false;      // the stream is done; a segment with HTTP begins it anew
    uint32_t refused = 0;     // bytes too far ahead since the last ones in their turn
  };
  std::array<Side, 2> side;
  uint32_t held = 0;  // bytes of both
  // The protocol, and those inside it (a proxy's header, CONNECT, TLS); the last one reads.
  std::array<Attached, 3> attached;
  uint8_t attached_count = 0;
  bool reading = false;  // the last one wants bytes
  Application application = Application::kUnknown;
  StreamPosition last;  // of the latest segment
  uint32_t slot = 0;
};

struct StreamCounters {
  uint64_t differing_bytes = 0, missing_bytes = 0;
};

class StreamTracker {
 public:
  StreamTracker(const StreamOptions& options, EventSink* out);

  void OnSegment(const TcpLayer7Input& in, TcpLayer7Flow& flow);
  // Fetches what a segment of `sender` needs.
  static void Prefetch(const TcpLayer7Flow& flow, Direction sender) {
    if (flow.stream == nullptr || flow.stream_done[static_cast<size_t>(Index(sender))]) return;
    const char* const stream = reinterpret_cast<const char*>(flow.stream);
    for (size_t at = 0; at < sizeof(StreamFlow); at += 64) __builtin_prefetch(stream + at, 1);
  }
  // The flow closes: what is held is read as far as it goes. Then the record is filled.
  void Finish(const CloseStep& step, TcpLayer7Flow& flow);
  void OnFlowClosing(const CloseStep& step, TcpLayer7Flow& flow, TcpFlow* record);
  // A record of a flow that goes on.
  static void FillRecord(const TcpLayer7Flow& flow, TcpFlow* record);
  void Release(TcpLayer7Flow& flow);

  // Of closed flows.
  const StreamCounters& counters() const { return counters_; }
  size_t memory_bytes() const;
  // Of all protocols.
  TextBudget texts() const;

 private:
  class Reader;

  StreamFlow& Attach(TcpLayer7Flow& flow);
  static bool Wakes(const StreamFlow& stream, const TcpLayer7Input& in);

  std::array<std::unique_ptr<StreamProtocol>, kStreamReaders> protocols_;
  Slab<StreamFlow, 8> flows_;
  StreamBuffers buffers_;
  StreamCounters counters_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_STREAM_STREAM_TRACKER_H_
