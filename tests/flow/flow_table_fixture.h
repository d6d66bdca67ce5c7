// SPDX-License-Identifier: BSD-3-Clause
//
// A flow table that is fed with hand-made packets, and writes down what it tells.
#ifndef TSTAT_FLOW_FLOW_TABLE_FIXTURE_H_
#define TSTAT_FLOW_FLOW_TABLE_FIXTURE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flow/flow_table.h"

namespace tstat::internal {

using tcp_flags::kAck;
using tcp_flags::kFin;
using tcp_flags::kRst;
using tcp_flags::kSyn;

// Writes the Steps down as short words.
class Recorder : public StepSink {
 public:
  void OnTcpOpen(const OpenStep& s) override {
    log.push_back("open");
    opens.push_back(s);
    orders.push_back(s.order);
  }
  void OnTcpTurn(const OpenStep& s) override {
    log.push_back("turn");
    turns.push_back(s);
    orders.push_back(s.order);
  }
  void OnTcpSegment(const TcpSegmentStep& s) override {
    log.push_back(s.direction == Direction::kClientToServer ? "c2s" : "s2c");
    orders.push_back(s.order);
  }
  void OnTcpClose(const CloseStep& s) override {
    static constexpr std::array kNames = {"half-duplex", "reset",   "finished", "idle",  "expired",
                                          "end",         "evicted", "another",  "active"};
    log.push_back(std::string(kNames[static_cast<size_t>(s.cause)]) + (s.complete ? "+" : "-"));
    closes.push_back(s);
    orders.push_back(s.order);
  }
  void OnUdpOpen(const OpenStep& s) override {
    log.push_back("udp-open");
    opens.push_back(s);
    orders.push_back(s.order);
  }
  void OnUdpDatagram(const UdpDatagramStep& s) override {
    log.push_back(s.direction == Direction::kClientToServer ? "udp-c2s" : "udp-s2c");
    orders.push_back(s.order);
  }
  void OnUdpClose(const CloseStep& s) override {
    log.push_back(s.cause == CloseCause::kIdle            ? "udp-idle"
                  : s.cause == CloseCause::kEvicted       ? "udp-evicted"
                  : s.cause == CloseCause::kActiveTimeout ? "udp-active"
                                                          : "udp-end");
    closes.push_back(s);
    orders.push_back(s.order);
  }

  std::vector<std::string> Take() { return std::exchange(log, {}); }

  std::vector<std::string> log;
  std::vector<OpenStep> opens, turns;
  std::vector<CloseStep> closes;
  std::vector<OrderKey> orders;
};

// A table and the packets for it: clients, by number, and one server.
class FlowTableTest : public ::testing::Test {
 protected:
  static constexpr uint16_t kClientPort = 40000;
  struct Tcp {
    uint8_t flags = 0;
    uint32_t seq = 0, ack = 0;
    int payload = 0;
    uint16_t ip_id = 0;
    uint16_t checksum = 0;
    uint8_t ttl = 64;
    std::string_view content{};  // of the payload, in place of `payload`
  };

  // The end of a connection whose sides have sent up to these numbers.
  void Close(double t, uint32_t seq = 101, uint32_t ack = 501) {
    SendTcp(t, true, {.flags = kFin | kAck, .seq = seq, .ack = ack});
    SendTcp(t + 0.01, false, {.flags = kFin | kAck, .seq = ack, .ack = seq + 1});
    SendTcp(t + 0.02, true, {.flags = kAck, .seq = seq + 1, .ack = ack + 1});
  }

  // `client`: host number of the client; from_client: direction.
  FlowResult SendTcp(double t, bool from_client, const Tcp& p, uint16_t client = 1) {
    Datagram d = Base(t, from_client, client, Transport::kTcp);
    bytes_.assign(20, 0);
    Put32(4, p.seq);
    Put32(8, p.ack);
    bytes_[12] = 0x50;
    bytes_[13] = p.flags;
    bytes_[16] = static_cast<uint8_t>(p.checksum >> 8);
    bytes_[17] = static_cast<uint8_t>(p.checksum);
    d.ip_id = p.ip_id != 0 ? p.ip_id : ++next_id_;
    d.ttl = p.ttl;
    bytes_.insert(bytes_.end(), p.content.begin(), p.content.end());
    return Send(d, 20 + std::max(p.payload, static_cast<int>(p.content.size())));
  }
  FlowResult SendUdp(double t, bool from_client, uint16_t client = 1, uint16_t ip_id = 0,
                     uint8_t checksum = 0) {
    Datagram d = Base(t, from_client, client, Transport::kUdp);
    bytes_.assign(8, 0);
    bytes_[5] = 8;
    bytes_[7] = checksum;
    d.ip_id = ip_id != 0 ? ip_id : ++next_id_;
    return Send(d, 8);
  }

  void Handshake(double t, uint16_t client = 1) {
    SendTcp(t, true, {.flags = kSyn, .seq = 100}, client);
    SendTcp(t + 0.01, false, {.flags = kSyn | kAck, .seq = 500, .ack = 101}, client);
    SendTcp(t + 0.02, true, {.flags = kAck, .seq = 101, .ack = 501}, client);
  }

  static Timestamp At(double t) { return Timestamp::FromMicroseconds(std::llround(t * 1e6)); }
  std::vector<std::string> Log() { return sink_.Take(); }
  void NewTable() {
    table_.reset();
    packet_ = 0;
  }
  FlowTable& table() {
    if (!table_) table_ = std::make_unique<FlowTable>(options_, names_, &sink_);
    return *table_;
  }

  AnalyzerOptions options_;
  NameSource* names_ = nullptr;
  Recorder sink_;
  uint16_t server_port_ = 80;
  uint32_t expected_ = FlowTable::kNoFlow;  // what Process is told

 private:
  Datagram Base(double t, bool from_client, uint16_t client, Transport transport) {
    Datagram d;
    d.time = At(t);
    d.transport = transport;
    const IpAddress c = IpAddress::V4(0x0a000000 + client), s = IpAddress::V4(0x0a010001);
    d.source = from_client ? c : s;
    d.destination = from_client ? s : c;
    d.source_port = from_client ? kClientPort : server_port_;
    d.destination_port = from_client ? server_port_ : kClientPort;
    return d;
  }
  FlowResult Send(Datagram& d, int ip_payload) {
    d.ip_header_length = 20;
    d.ip_payload_length = ip_payload;
    d.ip_total_length = static_cast<uint32_t>(ip_payload + 20);
    d.transport_bytes = ByteReader(bytes_);
    if (packet_++ == 0) table().StartClock(d.time);
    table().BeginPacket(packet_);
    return table().Process(d, table().Prepare(d), expected_);
  }
  void Put32(size_t at, uint32_t v) {
    for (int i = 0; i < 4; ++i) bytes_[at + i] = static_cast<uint8_t>(v >> (24 - 8 * i));
  }

  std::unique_ptr<FlowTable> table_;
  std::vector<uint8_t> bytes_;
  uint64_t packet_ = 0;
  uint16_t next_id_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_FLOW_TABLE_FIXTURE_H_
