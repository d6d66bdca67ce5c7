// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/dns_streams.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/names/dns_builder.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::DnsHeader;
using testing::Fill;
using testing::Question;
using testing::Record;
using testing::U16;
using testing::U32;

const IpAddress kClient = IpAddress::V4(0x0A000001), kResolver = IpAddress::V4(0x0A000035);

Bytes Framed(const Bytes& message) { return U16(static_cast<uint16_t>(message.size())) + message; }
Bytes Query(std::string_view name, uint16_t id) {
  return Framed(DnsHeader({.id = id, .flags = 0x0100, .questions = 1}) + Question(name, 1));
}
Bytes Answer(std::string_view name, uint16_t id, uint32_t address) {
  return Framed(DnsHeader({.id = id, .questions = 1, .answers = 1}) + Question(name, 1) +
                Record(name, 1, U32(address)));
}

class Streams {
 public:
  void Client(const Bytes& payload, uint32_t sequence, uint64_t flow = 1) {
    Send(Direction::kClientToServer, payload, sequence, flow, payload.size());
  }
  void Server(const Bytes& payload, uint32_t sequence, uint64_t flow = 1) {
    Send(Direction::kServerToClient, payload, sequence, flow, payload.size());
  }
  void Send(Direction direction, const Bytes& payload, uint32_t sequence, uint64_t flow,
            size_t length) {
    const bool client = direction == Direction::kClientToServer;
    const Bytes packet = Fill(20) + payload;
    Datagram d;
    d.time = Timestamp::FromSeconds(++now_);
    d.transport = Transport::kTcp;
    d.source = client ? kClient : kResolver;
    d.destination = client ? kResolver : kClient;
    d.source_port = client ? 40000 : 53;
    d.destination_port = client ? 53 : 40000;
    d.transport_bytes = ByteReader(packet);
    TcpSegmentStep step;
    step.direction = direction;
    step.datagram = &d;
    step.header = {};
    step.header.sequence = sequence;
    step.header.header_length = 20;
    step.header.payload_length = static_cast<int32_t>(length);
    streams_.OnSegment(step, flow);
  }
  std::string NameOf(uint32_t address) const {
    const auto found = cache_.Lookup(kClient, IpAddress::V4(address));
    return found != nullptr ? found->name : "-";
  }
  const DnsCache& cache() const { return cache_; }
  size_t flows() const { return streams_.flows(); }

 private:
  DnsCache cache_{{.v4_entries = 100, .v6_entries = 100, .unasked = false, .all_names = true}};
  DnsStreams streams_{&cache_};
  int64_t now_ = 1000;
};

TEST(DnsStreams, SeveralMessagesInASegmentAndOneOverSeveral) {
  Streams s;
  s.Client(Query("a.test", 1) + Query("b.test", 2) + Query("c.test", 3), 100);
  const Bytes answers = Answer("b.test", 2, 22) + Answer("a.test", 1, 11) + Answer("c.test", 3, 33);
  for (size_t at = 0; at < answers.size(); at += 7) {
    const size_t end = std::min(at + 7, answers.size());
    s.Server(Bytes(answers.begin() + static_cast<std::ptrdiff_t>(at),
                   answers.begin() + static_cast<std::ptrdiff_t>(end)),
             static_cast<uint32_t>(0xFFFFFFF0u + at));
  }
  EXPECT_EQ(s.NameOf(11), "a.test");
  EXPECT_EQ(s.NameOf(22), "b.test");
  EXPECT_EQ(s.NameOf(33), "c.test");
  const auto found = s.cache().Lookup(kClient, IpAddress::V4(11));
  EXPECT_EQ(found->resolver, kResolver);
  EXPECT_EQ(found->request_time, Timestamp::FromSeconds(1001));
  EXPECT_GT(found->response_time, found->request_time);
}

TEST(DnsStreams, SegmentsInTheWrongOrder) {
  Streams s;
  s.Client(Query("a.test", 1), 100);
  const Bytes answer = Answer("a.test", 1, 11);
  const auto middle = answer.begin() + 20;
  s.Server(Bytes(), 499);  // says nothing
  s.Server(Bytes(answer.begin(), middle), 500);
  s.Server(Bytes(middle + 10, answer.end()), 530);
  EXPECT_EQ(s.NameOf(11), "-");
  s.Server(Bytes(middle, middle + 10), 520);
  EXPECT_EQ(s.NameOf(11), "a.test");
}

TEST(DnsStreams, AnswersThatNobodyAskedFor) {
  Streams s;
  s.Client(Query("a.test", 1), 100);
  s.Server(Answer("b.test", 2, 22), 500);
  EXPECT_EQ(s.NameOf(22), "-");
  EXPECT_EQ(s.cache().unasked(), 1u);
}

// RFC 5452, 9.1: the name and the type, too.
TEST(DnsStreams, AnswersToSomethingElse) {
  Streams s;
  s.Client(Query("a.test", 1), 100);
  s.Server(Answer("b.test", 1, 22), 500);
  EXPECT_EQ(s.NameOf(22), "-");
  const Bytes other = Framed(DnsHeader({.id = 1, .questions = 1, .answers = 1}) +
                             Question("a.test", 28) + Record("a.test", 1, U32(22)));
  s.Server(other, static_cast<uint32_t>(500 + Answer("b.test", 1, 22).size()));
  EXPECT_EQ(s.NameOf(22), "-");
  EXPECT_EQ(s.cache().unasked(), 2u);
}

TEST(DnsStreams, MessagesOfNoBytes) {
  for (const bool in_pieces : {false, true}) {
    Streams s;
    const auto send = [&](const Bytes& bytes, uint32_t sequence,
                          void (Streams::*to)(const Bytes&, uint32_t, uint64_t)) {
      if (!in_pieces) return (s.*to)(bytes, sequence, 1);
      for (size_t i = 0; i < bytes.size(); ++i) {
        (s.*to)(Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                      bytes.begin() + static_cast<std::ptrdiff_t>(i + 1)),
                static_cast<uint32_t>(sequence + i), 1);
      }
    };
    send(U16(0) + U16(0) + Query("a.test", 1) + U16(0) + Query("b.test", 2), 100, &Streams::Client);
    send(U16(0) + Answer("a.test", 1, 11) + U16(0) + Answer("b.test", 2, 22), 500,
         &Streams::Server);
    EXPECT_EQ(s.NameOf(11), "a.test");
    EXPECT_EQ(s.NameOf(22), "b.test");
  }
}

TEST(DnsStreams, WhatIsNoDns) {
  Streams s;
  s.Client(Query("a.test", 1), 100);
  s.Server(Fill(200, 0xFF), 500);
  s.Server(Answer("a.test", 1, 11), 700);
  EXPECT_EQ(s.NameOf(11), "-");
}

// Of a message that was cut, what was captured of it; behind it nothing is known.
TEST(DnsStreams, CutByTheCapture) {
  Streams s;
  s.Client(Query("a.test", 1), 100);
  const Bytes answer = Answer("a.test", 1, 11) + Fill(30, 0);
  Bytes cut = answer;
  cut[1] = static_cast<uint8_t>(answer.size() - 2);
  cut.resize(answer.size() - 20);
  s.Send(Direction::kServerToClient, cut, 500, 1, answer.size());
  EXPECT_EQ(s.NameOf(11), "a.test");
}

// The length of the message in which a gap begins tells where the next one does.
TEST(DnsStreams, MessagesBehindWhatIsMissing) {
  Streams s;
  s.Client(Query("a.test", 1) + Query("b.test", 2) + Query("c.test", 3), 100);
  const Bytes a = Answer("a.test", 1, 11), b = Answer("b.test", 2, 22), c = Answer("c.test", 3, 33);
  // The snap length cuts each segment.
  const auto cut = [](const Bytes& bytes, size_t size) {
    return Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
  };
  s.Send(Direction::kServerToClient, cut(a, 30), 500, 1, a.size() + 10);
  s.Send(Direction::kServerToClient, Bytes(b.begin() + 10, b.end()) + cut(c, c.size()),
         static_cast<uint32_t>(500 + a.size() + 10), 1, b.size() - 10 + c.size());
  EXPECT_EQ(s.NameOf(11), "-");
  EXPECT_EQ(s.NameOf(22), "-");
  EXPECT_EQ(s.NameOf(33), "-");  // where b begins was not seen: c is in the middle of a segment
  const Bytes d = Answer("a.test", 1, 44);
  s.Server(d, static_cast<uint32_t>(500 + a.size() + b.size() + c.size()));
  EXPECT_EQ(s.NameOf(44), "a.test");  // begins a segment
  Streams t;
  t.Client(Query("a.test", 1) + Query("b.test", 2), 100);
  t.Send(Direction::kServerToClient, cut(a, 20), 500, 1, a.size() - 4);
  t.Server(Bytes(a.end() - 4, a.end()) + b, static_cast<uint32_t>(500 + a.size() - 4));
  EXPECT_EQ(t.NameOf(22), "b.test");
}

TEST(DnsStreams, FloodOfFlows) {
  Streams s;
  for (uint64_t flow = 1; flow <= DnsStreams::kMaxFlows + 50; ++flow) {
    s.Client(U16(500), 100, flow);
  }
  EXPECT_EQ(s.flows(), DnsStreams::kMaxFlows);
}

}  // namespace
}  // namespace tstat::internal
