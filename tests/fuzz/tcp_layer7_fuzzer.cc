// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: the segments of one flow through layer 7 of TCP, in three profiles. Input:
// for each segment its flags (bit 0: from the server, bit 1: not pushed, bits 2-7: pure ACKs before
// it), its length (2 bytes, big-endian), its payload.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "l7/tcp/layer7.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

namespace {

class Listener : public tstat::EventSink {
 public:
  tstat::EventMask Wants() const override {
    return tstat::Event::kTlsHandshake | tstat::Event::kHttpMessage | tstat::Event::kVideoFlow |
           tstat::Event::kChatFlow | tstat::Event::kChatMessage;
  }
};

class Flow {
 public:
  explicit Flow(const tstat::CompatProfile& profile)
      : tracker_({.profile = profile, .globals = {}, .wants = listener_.Wants()}, &listener_) {}

  void Send(uint8_t flags, tstat::ByteReader payload) {
    tstat::Datagram datagram;
    datagram.time = now_ = tstat::Timestamp::FromMicroseconds(now_.microseconds() + 1000);
    tstat::TcpSegmentStep step;
    step.datagram = &datagram;
    step.direction =
        flags & 1 ? tstat::Direction::kServerToClient : tstat::Direction::kClientToServer;
    const bool pushed = (flags & 2) == 0;
    step.header.flags =
        pushed ? tstat::tcp_flags::kAck | tstat::tcp_flags::kPsh : tstat::tcp_flags::kAck;
    tstat::TcpLayer7Input::Side& side = side_[static_cast<size_t>(Index(step.direction))];
    step.header.sequence = side.sequence;
    side.sequence += static_cast<uint32_t>(payload.size());
    side.highest_sequence = side.sequence;
    if (pushed && !payload.empty()) {
      tstat::MessageSummary& m = messages_[static_cast<size_t>(Index(step.direction))];
      if (m.count < 2) m.first_sizes[m.count] = static_cast<uint32_t>(payload.size());
      ++m.count;
    }
    tstat::TcpLayer7Input in;
    in.step = &step;
    in.identity = &identity_;
    in.payload = payload;
    in.payload_length = static_cast<int32_t>(payload.size());
    in.flow_packets = ++packets_;
    in.side = side_;
    tracker_.OnSegment(in, flow_);
    const int index = tstat::TcpLayer7Tracker::Layer7Index(flow_);
    if (index < 0 || index > 49) std::abort();
  }

  void Close() {
    tstat::TcpFlow record;
    record.complete = true;
    tstat::CloseStep step;
    step.complete = true;
    tracker_.OnFlowClosing(step, identity_.endpoints, flow_, &record);
    tracker_.OnFlowClosed(step, record, flow_);
    if (flow_ != nullptr) std::abort();
  }

 private:
  Listener listener_;
  tstat::TcpLayer7Tracker tracker_;
  tstat::FlowIdentity identity_;
  tstat::TcpLayer7Flow* flow_ = nullptr;
  std::array<tstat::MessageSummary, 2> messages_;
  std::array<tstat::TcpLayer7Input::Side, 2> side_ = {
      {{.sequence = 1, .messages = &messages_[0]}, {.sequence = 1, .messages = &messages_[1]}}};
  uint64_t packets_ = 2;
  tstat::Timestamp now_ = tstat::Timestamp::FromSeconds(1);
};

void Run(tstat::ByteReader input, const tstat::CompatProfile& profile) {
  Flow flow(profile);
  for (size_t at = 0; input.Has(at, 3);) {
    const tstat::ByteReader payload = input.Sub(at + 3, input.U16(at + 1));
    for (int i = input.U8(at) >> 2; i > 0; --i) flow.Send(2, tstat::ByteReader());
    flow.Send(input.U8(at), payload);
    at += 3 + payload.size();
  }
  flow.Close();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Run(tstat::ByteReader({data, size}), tstat::CompatProfile::Tstat311());
  Run(tstat::ByteReader({data, size}), tstat::CompatProfile::Tstat33());
  Run(tstat::ByteReader({data, size}), tstat::CompatProfile::None());
  return 0;
}
