// SPDX-License-Identifier: BSD-3-Clause
//
// Feeds a TcpTracker with hand-made segments of one flow and catches its record.
//
//   SegmentFeeder feed;
//   feed.Client(0, kSyn, {.seq = 100});
//   feed.Server(10, kSyn | kAck, {.seq = 500, .ack = 101});
//   TcpFlow flow = feed.Close(CloseCause::kReset, 20);
#ifndef TSTAT_TESTS_TCP_SEGMENT_FEEDER_H_
#define TSTAT_TESTS_TCP_SEGMENT_FEEDER_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "tcp/tcp_tracker.h"
#include "tstat/event_sink.h"

namespace tstat::internal {

inline constexpr uint8_t kFin = tcp_flags::kFin, kSyn = tcp_flags::kSyn, kRst = tcp_flags::kRst,
                         kPsh = tcp_flags::kPsh, kAck = tcp_flags::kAck;

class SegmentFeeder {
 public:
  struct Fields {
    uint32_t seq = 0, ack = 0;
    int32_t length = 0;  // payload; none of it is captured
    uint16_t window = 1000;
    std::vector<uint8_t> options = {};  // a multiple of four bytes
    uint16_t ip_id = 0;                 // 0: a new one
    uint8_t ttl = 64;
  };

  explicit SegmentFeeder(const CompatProfile& profile = {}, Observer* observer = nullptr,
                         EventMask wants = Event::kTcpFlow) {
    TcpTrackerOptions options;
    options.profile = profile;
    options.wants = wants;
    tracker_ = std::make_unique<TcpTracker>(options, &sink_, nullptr, observer);
    Endpoints endpoints;
    endpoints.client.port = 1234;
    endpoints.server.port = 80;
    OpenStep open;
    open.endpoints = endpoints;
    open.time = At(0);
    tracker_->OnOpen(open);
  }

  void Client(double ms, uint8_t flags, const Fields& fields) {
    Segment(Direction::kClientToServer, ms, flags, fields);
  }
  void Server(double ms, uint8_t flags, const Fields& fields) {
    Segment(Direction::kServerToClient, ms, flags, fields);
  }

  CloseStep MakeClose(CloseCause cause, double ms) {
    CloseStep close;
    close.cause = cause;
    close.first = At(0);
    close.last = close.now = At(ms);
    return close;
  }
  TcpFlow Close(const CloseStep& close) {
    tracker_->OnClose(close);
    return sink_.flows.back();
  }
  TcpFlow Close(CloseCause cause, double ms) { return Close(MakeClose(cause, ms)); }

  TcpTracker& tracker() { return *tracker_; }
  size_t records() const { return sink_.flows.size(); }

  static Timestamp At(double ms) {
    return Timestamp::FromMicroseconds(1'500'000'000'000'000 +
                                       static_cast<int64_t>(ms * 1000 + 0.5));
  }
  // Of a time in a record, since the start.
  static double Ms(Timestamp t) { return ElapsedMicroseconds(At(0), t) / 1000; }

 private:
  class Catcher : public EventSink {
   public:
    EventMask Wants() const override { return Event::kTcpFlow; }
    void OnTcpFlow(const TcpFlow& flow) override { flows.push_back(flow); }
    std::vector<TcpFlow> flows;
  };

  void Segment(Direction direction, double ms, uint8_t flags, const Fields& f) {
    std::vector<uint8_t> bytes(20 + f.options.size());
    std::copy(f.options.begin(), f.options.end(), bytes.begin() + 20);
    const auto put = [&](size_t offset, uint32_t value) {
      for (int i = 0; i < 4; ++i) bytes[offset + i] = static_cast<uint8_t>(value >> (24 - 8 * i));
    };
    put(4, f.seq);
    put(8, f.ack);
    bytes[12] = static_cast<uint8_t>(bytes.size() / 4 << 4);
    bytes[13] = flags;
    bytes[14] = static_cast<uint8_t>(f.window >> 8);
    bytes[15] = static_cast<uint8_t>(f.window);

    Datagram d;
    d.time = At(ms);
    d.transport = Transport::kTcp;
    d.ttl = f.ttl;
    d.ip_id = f.ip_id != 0 ? f.ip_id : next_ip_id_++;
    d.ip_payload_length = static_cast<int32_t>(bytes.size()) + f.length;
    d.transport_bytes = ByteReader(bytes);
    TcpSegmentStep step;
    step.direction = direction;
    step.datagram = &d;
    step.header = ReadTcpHeader(d);
    tracker_->OnSegment(step);
  }

  Catcher sink_;
  std::unique_ptr<TcpTracker> tracker_;
  uint16_t next_ip_id_ = 1000;
};

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_TCP_SEGMENT_FEEDER_H_
