// SPDX-License-Identifier: BSD-3-Clause
//
// Feeds hand-made segments of one flow to the layer-7 tracker, with the transport values that the
// TCP tracker would have measured: everything in order, one message for each pushed segment.
//
//   Layer7Harness flow;
//   flow.Handshake();
//   flow.Client("GET / HTTP/1.1\r\n\r\n");
//   flow.Server("HTTP/1.1 200 OK\r\n\r\n");
//   TcpFlow record = flow.Close();
#ifndef TSTAT_TESTS_L7_LAYER7_HARNESS_H_
#define TSTAT_TESTS_L7_LAYER7_HARNESS_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "l7/tcp/layer7.h"
#include "tstat/tls.h"
#include "tstat/video.h"

namespace tstat::internal {

class Layer7Harness : public EventSink {
 public:
  explicit Layer7Harness(CompatProfile profile = {}, uint16_t server_port = 0)
      : tracker_({.profile = profile, .globals = {}, .wants = Wants()}, this) {
    identity_.endpoints.client.address = IpAddress::V4(0x0a000001);
    identity_.endpoints.server.address = IpAddress::V4(0x0a000002);
    identity_.endpoints.server.port = server_port;
    for (size_t i : {0, 1}) side_[i].messages = &messages_[i];
    side_[0].isn = 1000;
    side_[1].isn = 5000;
    for (auto& s : side_) {
      s.sequence = s.highest_sequence = s.isn;
      s.has_syn = true;
    }
  }

  EventMask Wants() const override {
    return Event::kTlsHandshake | Event::kHttpMessage | Event::kVideoFlow;
  }
  void OnTlsHandshake(const TlsHandshake& h) override { handshakes.push_back(h); }
  void OnVideoFlow(const VideoFlow& v) override {
    videos.push_back(v);
    videos.back().flow = nullptr;
  }

  void Handshake() {
    Segment(Direction::kClientToServer, "", tcp_flags::kSyn);
    Segment(Direction::kServerToClient, "", tcp_flags::kSyn | tcp_flags::kAck);
    for (auto& s : side_) s.sequence = s.highest_sequence = s.isn + 1;
    Ack(Direction::kClientToServer);
  }
  void Client(std::string_view payload) { Segment(Direction::kClientToServer, payload, kPushed); }
  void Server(std::string_view payload) { Segment(Direction::kServerToClient, payload, kPushed); }
  void Ack(Direction d) { Segment(d, "", tcp_flags::kAck); }
  void Acks(int count) {
    for (int i = 0; i < count; ++i) Ack(Direction::kClientToServer);
  }

  // `captured`: fewer payload bytes than the header claims.
  void Segment(Direction d, std::string_view payload, uint8_t flags,
               size_t captured = std::string_view::npos) {
    Datagram datagram;
    datagram.time = now_ = Timestamp::FromMicroseconds(now_.microseconds() + 1000);
    TcpSegmentStep step;
    step.direction = d;
    step.datagram = &datagram;
    step.header.flags = flags;
    ++packets_;
    TcpLayer7Input::Side& s = side_[static_cast<size_t>(Index(d))];
    step.header.sequence = s.sequence;
    s.sequence += static_cast<uint32_t>(payload.size());
    s.highest_sequence = s.sequence;
    if ((flags & tcp_flags::kPsh) != 0 && !payload.empty()) {
      MessageSummary& m = messages_[static_cast<size_t>(Index(d))];
      if (m.count < 2) m.first_sizes[m.count] = static_cast<uint32_t>(payload.size());
      ++m.count;
    }
    TcpLayer7Input in;
    in.step = &step;
    in.identity = &identity_;
    in.payload = ByteReader(
        {reinterpret_cast<const uint8_t*>(payload.data()), std::min(payload.size(), captured)});
    in.payload_length = static_cast<int32_t>(payload.size());
    in.flow_packets = packets_;
    in.side = side_;
    using State = std::array<std::byte, sizeof(TcpLayer7Flow)>;
    State before{}, after{};
    if (flow_ != nullptr) std::memcpy(&before, static_cast<const void*>(flow_), sizeof before);
    tracker_.OnSegment(in, flow_);
    if (flow_ == nullptr) return;
    std::memcpy(&after, static_cast<const void*>(flow_), sizeof after);
    const bool is_seen = TcpLayer7Tracker::Concerns(need_, in.payload, in.payload_length);
    if (!is_seen && in.inspected()) ++unseen;
    if (!is_seen && before != after) ++unseen_changes;
    need_ = tracker_.NeedAfter(in, *flow_);
  }

  TcpFlow Close(OrderKey order = {}) {
    TcpFlow record;
    record.complete = true;
    for (auto [m, d] :
         {std::pair{&messages_[0], &record.client}, {&messages_[1], &record.server}}) {
      d->messages = m->count;
      d->message_sizes[0] = m->first_sizes[0];
      d->message_sizes[1] = m->first_sizes[1];
    }
    record.client.missed_bytes = missed_[0];
    record.server.missed_bytes = missed_[1];
    CloseStep step;
    step.now = now_;
    step.order = order;
    step.complete = step.reported = true;
    tracker_.OnFlowClosing(step, identity_.endpoints, flow_, &record);
    tracker_.OnFlowClosed(step, record, flow_);
    return record;
  }

  // The next segment begins so many bytes earlier than the last one of the side ended; below 0:
  // later.
  void Back(Direction d, int bytes) {
    side_[static_cast<size_t>(Index(d))].sequence -= static_cast<uint32_t>(bytes);
  }
  // Of what the other side knows of `d`; nothing: of its SYN neither.
  void Acknowledge(Direction d, uint32_t bytes) {
    TcpLayer7Input::Side& s = side_[static_cast<size_t>(Index(d))];
    s.acknowledged = s.isn + 1 + bytes;
    s.has_acknowledged = true;
  }
  // So many bytes of `d` were sent and not captured, as the record says.
  void Miss(Direction d, uint64_t bytes) { missed_[static_cast<size_t>(Index(d))] = bytes; }
  void LoseSyn(Direction d) { side_[static_cast<size_t>(Index(d))].has_syn = false; }
  StreamCounters stream_counters() const { return tracker_.stream_counters(); }
  uint64_t tunneled_rtp_flows() const { return tracker_.tunneled_rtp_flows(); }
  int index() const { return TcpLayer7Tracker::Layer7Index(flow_); }
  uint32_t type() const { return flow_ == nullptr ? 0 : flow_->connection_type; }
  Layer7State state() const { return flow_ == nullptr ? Layer7State::kUnknown : flow_->state; }
  bool has_state() const { return flow_ != nullptr; }
  Timestamp now() const { return now_; }

  // Segments with payload that layer 7 need not have seen; those of all that changed the flow:
  // none.
  int unseen = 0, unseen_changes = 0;
  std::vector<TlsHandshake> handshakes;
  std::vector<VideoFlow> videos;  // without the flow

 private:
  static constexpr uint8_t kPushed = tcp_flags::kAck | tcp_flags::kPsh;

  std::array<uint64_t, 2> missed_{};
  TcpLayer7Tracker tracker_;
  FlowIdentity identity_;
  TcpLayer7Flow* flow_ = nullptr;
  Layer7Need need_ = Layer7Need::kPayload;
  std::array<TcpLayer7Input::Side, 2> side_;
  std::array<MessageSummary, 2> messages_;
  uint64_t packets_ = 0;
  Timestamp now_ = Timestamp::FromSeconds(1000);
};

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_L7_LAYER7_HARNESS_H_
