// SPDX-License-Identifier: BSD-3-Clause
//
// Feeds hand-made datagrams of one flow, 10.0.0.1 to 192.168.1.2, to a UdpTracker.
//
//   UdpHarness flow({.client_port = 5004, .server_port = 6004});
//   flow.Client(payload);  flow.Server(payload);
//   UdpFlow record = flow.Close();      // flow.media, flow.skype: what else came out
#ifndef TSTAT_TESTS_UDP_UDP_HARNESS_H_
#define TSTAT_TESTS_UDP_UDP_HARNESS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "decode/decoder.h"
#include "tests/decode/frame_builder.h"
#include "tests/schema/row.h"
#include "tstat/media.h"
#include "tstat/schema.h"
#include "tstat/skype.h"
#include "udp/udp_tracker.h"

namespace tstat::internal {

struct UdpHarnessOptions {
  uint16_t client_port = 40000, server_port = 50000;
  bool stop_at_truncated_reports = false;
  CompatProfile profile = {};
  bool log_dns = false;
  std::shared_ptr<const SkypeModels> models = nullptr;
};

class UdpHarness : public EventSink {
 public:
  explicit UdpHarness(const UdpHarnessOptions& options = {})
      : options_(options),
        tracker_({options.profile, {}, Wants(), options.stop_at_truncated_reports, options.models},
                 this) {
    endpoints_.client = {.address = IpAddress::V4(0x0A000001), .port = options.client_port};
    endpoints_.server = {.address = IpAddress::V4(0xC0A80102), .port = options.server_port};
    OpenStep open;
    open.endpoints = endpoints_;
    tracker_.OnOpen(open);
  }

  EventMask Wants() const override {
    const EventMask flows = Event::kUdpFlow | Event::kMediaFlow | Event::kSkypeFlow;
    return options_.log_dns ? flows | Event::kDnsEntry : flows;
  }
  void OnUdpFlow(const UdpFlow& flow) override { record = flow; }
  void OnMediaFlow(const MediaFlow& flow) override {
    media.push_back(RowOf(MediaFlowTable(), flow));
  }
  void OnDnsEntry(const DnsEntry& entry) override { dns.push_back(entry); }
  // Whether the DNS log is on from now on; it must have been at first.
  void set_log_dns(bool on) { options_.log_dns = on; }
  void OnSkypeFlow(const SkypeFlow& flow) override {
    skype.push_back(RowOf(SkypeUdpTable(), flow));
  }

  void Client(const testing::Bytes& payload) { Send(Direction::kClientToServer, payload); }
  void Server(const testing::Bytes& payload) { Send(Direction::kServerToClient, payload); }

  struct Shape {
    std::optional<uint16_t> length_field = {};  // of the UDP header; else the true one
    size_t captured = SIZE_MAX;                 // payload bytes
    size_t padding = 0;                         // behind the IP packet
    uint8_t ttl = 64;
  };
  void Send(Direction d, const testing::Bytes& payload) { Send(d, payload, Shape{}); }
  void Send(Direction d, const testing::Bytes& payload, const Shape& shape) {
    using namespace testing;
    const bool client = d == Direction::kClientToServer;
    const uint16_t length = shape.length_field.value_or(static_cast<uint16_t>(payload.size() + 8));
    Bytes frame = Ipv4({.protocol = 17, .ttl = shape.ttl},
                       Udp(length, client ? options_.client_port : options_.server_port,
                           client ? options_.server_port : options_.client_port) +
                           payload);
    if (shape.captured < payload.size()) frame.resize(28 + shape.captured);
    frame = frame + Fill(shape.padding);
    Packet packet = PacketOf(frame, LinkType::kRaw);
    packet.time = now;
    Datagram datagram;
    ASSERT_EQ(decoder_.Decode(packet, &datagram), DecodeResult::kIp);
    UdpDatagramStep step;
    step.direction = d;
    step.datagram = &datagram;
    step.header = ReadUdpHeader(datagram);
    if (!first_.is_set()) first_ = now;
    last_ = now;
    tracker_.OnDatagram(step);
    Advance(1000);
  }
  void Advance(int64_t microseconds) {
    now = Timestamp::FromMicroseconds(now.microseconds() + microseconds);
  }

  UdpFlow Close(CloseCause cause = CloseCause::kEndOfTrace) {
    CloseStep close;
    close.cause = cause;
    close.next_number = 2;
    close.first = first_;
    close.last = last_;
    tracker_.OnClose(close);
    return record;
  }

  Timestamp now = Timestamp::FromSeconds(1000000);
  UdpFlow record;
  std::vector<std::string> media, skype;  // rows
  std::vector<DnsEntry> dns;

 private:
  UdpHarnessOptions options_;
  Decoder decoder_{DecoderOptions()};
  UdpTracker tracker_;
  Endpoints endpoints_;
  Timestamp first_, last_;
};

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_UDP_UDP_HARNESS_H_
