// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/ipfix_destinations.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/descriptor.h"
#include "output/destinations/ipfix_session.h"
#include "output/destinations/registry.h"
#include "tests/output/ipfix_reader.h"

namespace tstat::internal {
namespace {

using ipfix_reader::Message;
using ipfix_reader::Reader;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Bytes(uint64_t number, size_t length) {
  std::string bytes;
  for (size_t i = 0; i < length; ++i) {
    bytes += static_cast<char>(number >> (8 * (length - 1 - i)));
  }
  return bytes;
}
std::string SetOf(uint16_t id, const std::string& records) {
  return Bytes(id, 2) + Bytes(records.size() + 4, 2) + records;
}
std::string MessageOf(const std::string& sets) {
  return Bytes(10, 2) + Bytes(sets.size() + 16, 2) + Bytes(1, 4) + Bytes(0, 4) + Bytes(0, 4) + sets;
}
// A template of an octetDeltaCount and an interfaceName.
std::string TemplatesOf(uint16_t id) {
  return MessageOf(SetOf(
      2, Bytes(id, 2) + Bytes(2, 2) + Bytes(1, 2) + Bytes(8, 2) + Bytes(82, 2) + Bytes(65535, 2)));
}
std::string RecordOf(uint64_t number, const std::string& text) {
  const std::string length =
      text.size() < 255 ? Bytes(text.size(), 1) : Bytes(255, 1) + Bytes(text.size(), 2);
  return Bytes(number, 8) + length + text;
}
// `count` messages of two records each, numbered from `first`.
Batch BatchOf(uint64_t sequence, uint64_t first, int count, uint16_t id = 256) {
  Batch batch;
  batch.id = {.probe = "p", .run = "r", .sequence = sequence, .part = {}};
  batch.content_type = std::string(kIpfixContentType);
  batch.header = TemplatesOf(id);
  for (int i = 0; i < count; ++i) {
    batch.body += MessageOf(SetOf(id, RecordOf(first, "x") + RecordOf(first + 1, "")));
    first += 2;
  }
  batch.rows = static_cast<uint32_t>(2 * count);
  return batch;
}

class LoopbackSocket {
 public:
  explicit LoopbackSocket(int type, uint16_t port = 0) : socket_(socket(AF_INET, type, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const int yes = 1;
    setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        (type == SOCK_STREAM && listen(socket_.get(), 8) != 0) ||
        getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      std::abort();
    }
    port_ = ntohs(address.sin_port);
  }
  int get() const { return socket_.get(); }
  uint16_t port() const { return port_; }
  void Close() { socket_.Close(); }
  // The next datagram; empty: none comes.
  std::string Datagram(int wait_ms = 5000) const {
    pollfd waited{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    if (poll(&waited, 1, wait_ms) <= 0) return {};
    std::string bytes(65536, '\0');
    const ssize_t count = recv(socket_.get(), bytes.data(), bytes.size(), 0);
    bytes.resize(count < 0 ? 0 : static_cast<size_t>(count));
    return bytes;
  }

 private:
  Descriptor socket_;
  uint16_t port_ = 0;
};

// The next connection.
std::unique_ptr<Descriptor> Accept(const LoopbackSocket& listener) {
  pollfd waited{.fd = listener.get(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&waited, 1, 5000), 1) << "no connection";
  return std::make_unique<Descriptor>(accept(listener.get(), nullptr, nullptr));
}
bool HasConnection(const LoopbackSocket& listener) {
  pollfd waited{.fd = listener.get(), .events = POLLIN, .revents = 0};
  return poll(&waited, 1, 0) == 1;
}
// What is there to be read.
std::string ReadAll(const Descriptor& connection) {
  std::string all;
  pollfd waited{.fd = connection.get(), .events = POLLIN, .revents = 0};
  while (poll(&waited, 1, 50) == 1) {
    char bytes[65536];
    const ssize_t count = recv(connection.get(), bytes, sizeof bytes, 0);
    if (count <= 0) break;
    all.append(bytes, static_cast<size_t>(count));
  }
  return all;
}
// (number of the record, sequence of its message)
std::vector<std::pair<uint64_t, uint32_t>> NumbersIn(const std::string& bytes) {
  std::vector<std::pair<uint64_t, uint32_t>> numbers;
  Reader reader;
  for (const Message& message : reader.Read(bytes)) {
    for (const ipfix_reader::Record& record : message.records) {
      numbers.emplace_back(record.Number(1), message.sequence);
    }
  }
  return numbers;
}

std::unique_ptr<Destination> Open(const std::string& address,
                                  const DestinationOptionMap& options = {}) {
  auto made = OpenDestination(address, options);
  EXPECT_TRUE(made.ok()) << made.status();
  return *std::move(made);
}
std::string TcpAddress(const LoopbackSocket& socket) {
  return "tcp://127.0.0.1:" + std::to_string(socket.port());
}
std::string UdpAddress(const LoopbackSocket& socket) {
  return "udp://127.0.0.1:" + std::to_string(socket.port());
}

const std::stop_token kNoStop;

TEST(IpfixTcp, TemplatesComeOnceAndMessagesAreNumbered) {
  const LoopbackSocket listener(SOCK_STREAM);
  const auto destination = Open(TcpAddress(listener));
  const std::time_t before = std::time(nullptr);
  for (uint64_t i = 0; i < 3; ++i) {
    const Outcome outcome = destination->Send(BatchOf(i + 1, i * 4, 2), kNoStop);
    ASSERT_EQ(outcome.kind, Outcome::Kind::kDelivered) << outcome.why;
  }
  const auto connection = Accept(listener);
  Reader reader;
  size_t templates = 0;
  std::vector<uint32_t> sequences;
  for (const Message& message : reader.Read(ReadAll(*connection))) {
    templates += message.new_templates.size();
    if (!message.records.empty()) sequences.push_back(message.sequence);
    EXPECT_GE(message.time, before);
    EXPECT_LE(message.time, std::time(nullptr));
  }
  EXPECT_EQ(templates, 1u);
  EXPECT_THAT(sequences, ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_FALSE(HasConnection(listener));
}

// A program that ends with bytes unread resets its connections.
TEST(IpfixTcp, WhatMayNotHaveBeenReadIsSentAgain) {
  const LoopbackSocket listener(SOCK_STREAM);
  const auto destination = Open(TcpAddress(listener));
  ASSERT_EQ(destination->Send(BatchOf(1, 0, 1), kNoStop).kind, Outcome::Kind::kDelivered);
  Accept(listener)->Close();
  // The reset may take a moment; a batch that meets it is not delivered.
  Outcome outcome = destination->Send(BatchOf(2, 2, 1), kNoStop);
  while (outcome.kind == Outcome::Kind::kTryAgain) {
    outcome = destination->Send(BatchOf(2, 2, 1), kNoStop);
  }
  ASSERT_EQ(outcome.kind, Outcome::Kind::kDelivered);
  EXPECT_THAT(outcome.why, HasSubstr("1 batches that may not have been read are sent again"));
  EXPECT_THAT(NumbersIn(ReadAll(*Accept(listener))),
              ElementsAre(std::pair(0, 0), std::pair(1, 0), std::pair(2, 2), std::pair(3, 2)));
}

TEST(IpfixTcp, WhatWasReadIsNotSentAgain) {
  const LoopbackSocket listener(SOCK_STREAM);
  const auto destination = Open(TcpAddress(listener));
  ASSERT_EQ(destination->Send(BatchOf(1, 0, 1), kNoStop).kind, Outcome::Kind::kDelivered);
  {
    const auto connection = Accept(listener);
    EXPECT_EQ(NumbersIn(ReadAll(*connection)).size(), 2u);
  }
  Outcome outcome = destination->Send(BatchOf(2, 2, 1), kNoStop);
  while (outcome.kind == Outcome::Kind::kTryAgain) {
    outcome = destination->Send(BatchOf(2, 2, 1), kNoStop);
  }
  EXPECT_EQ(outcome.why, "");
  EXPECT_THAT(NumbersIn(ReadAll(*Accept(listener))), ElementsAre(std::pair(2, 0), std::pair(3, 0)));
}

TEST(IpfixTcp, OtherTemplatesAreAnotherSession) {
  const LoopbackSocket listener(SOCK_STREAM);
  const auto destination = Open(TcpAddress(listener));
  ASSERT_EQ(destination->Send(BatchOf(1, 0, 1, 256), kNoStop).kind, Outcome::Kind::kDelivered);
  const auto first = Accept(listener);
  ASSERT_EQ(destination->Send(BatchOf(2, 2, 1, 300), kNoStop).kind, Outcome::Kind::kDelivered);
  EXPECT_EQ(NumbersIn(ReadAll(*first)).size(), 2u);
  EXPECT_THAT(NumbersIn(ReadAll(*Accept(listener))), ElementsAre(std::pair(2, 0), std::pair(3, 0)));
}

TEST(IpfixTcp, ACollectorThatIsAway) {
  LoopbackSocket listener(SOCK_STREAM);
  const auto destination = Open(TcpAddress(listener), {{"connect_timeout", "1"}});
  listener.Close();
  const Outcome outcome = destination->Send(BatchOf(1, 0, 1), kNoStop);
  EXPECT_EQ(outcome.kind, Outcome::Kind::kTryAgain);
  EXPECT_THAT(outcome.why, HasSubstr("refused"));
}

TEST(IpfixTcp, WhatIsNoIpfixIsRefused) {
  const LoopbackSocket listener(SOCK_STREAM), receiver(SOCK_DGRAM);
  for (const std::string& address : {TcpAddress(listener), UdpAddress(receiver)}) {
    const auto destination = Open(address);
    Batch other = BatchOf(1, 0, 1);
    other.content_type = "application/json";
    EXPECT_EQ(destination->Send(other, kNoStop).kind, Outcome::Kind::kRejected);
    Batch cut = BatchOf(2, 0, 1);
    cut.body.pop_back();
    EXPECT_EQ(destination->Send(cut, kNoStop).kind, Outcome::Kind::kRejected);
    Batch unknown = BatchOf(3, 0, 1);
    unknown.header = TemplatesOf(300);
    EXPECT_EQ(destination->Send(unknown, kNoStop).kind, Outcome::Kind::kRejected);
    EXPECT_EQ(destination->Send(BatchOf(4, 0, 1), kNoStop).kind, Outcome::Kind::kDelivered);
  }
}

TEST(IpfixUdp, AMessageIsADatagram) {
  const LoopbackSocket receiver(SOCK_DGRAM);
  const auto destination = Open(UdpAddress(receiver));
  ASSERT_EQ(destination->Send(BatchOf(1, 0, 2), kNoStop).kind, Outcome::Kind::kDelivered);
  ASSERT_EQ(destination->Send(BatchOf(2, 4, 1), kNoStop).kind, Outcome::Kind::kDelivered);
  std::string all = receiver.Datagram();
  EXPECT_EQ(Reader().Read(all).front().new_templates.size(), 1u);
  for (int i = 0; i < 3; ++i) {
    const std::string datagram = receiver.Datagram();
    EXPECT_EQ(datagram.size(), MessageOf(SetOf(256, RecordOf(0, "x") + RecordOf(0, ""))).size());
    all += datagram;
  }
  EXPECT_THAT(NumbersIn(all), ElementsAre(std::pair(0, 0), std::pair(1, 0), std::pair(2, 2),
                                          std::pair(3, 2), std::pair(4, 4), std::pair(5, 4)));
}

TEST(IpfixUdp, TemplatesComeAgain) {
  const LoopbackSocket receiver(SOCK_DGRAM);
  const auto destination = Open(UdpAddress(receiver), {{"refresh", "1"}});
  ASSERT_EQ(destination->Send(BatchOf(1, 0, 1), kNoStop).kind, Outcome::Kind::kDelivered);
  receiver.Datagram();
  receiver.Datagram();
  EXPECT_EQ(destination->idle_interval(), std::chrono::seconds(1));
  std::string again;
  while (again.empty()) {
    destination->Idle();
    again = receiver.Datagram(10);
  }
  EXPECT_EQ(Reader().Read(again).front().new_templates.size(), 1u);
}

// Nothing is lost to a collector that is away and says so; what was refused has its number again.
TEST(IpfixUdp, BatchesWaitForACollectorThatIsAway) {
  auto receiver = std::make_unique<LoopbackSocket>(SOCK_DGRAM);
  const uint16_t port = receiver->port();
  const auto destination = Open(UdpAddress(*receiver));
  receiver.reset();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(destination->Send(BatchOf(1, 0, 3), kNoStop).kind, Outcome::Kind::kTryAgain);
  }
  receiver = std::make_unique<LoopbackSocket>(SOCK_DGRAM, port);
  ASSERT_EQ(destination->Send(BatchOf(1, 0, 3), kNoStop).kind, Outcome::Kind::kDelivered);
  std::string all;
  for (int i = 0; i < 4; ++i) all += receiver->Datagram();
  EXPECT_THAT(NumbersIn(all), ElementsAre(std::pair(0, 0), std::pair(1, 0), std::pair(2, 2),
                                          std::pair(3, 2), std::pair(4, 4), std::pair(5, 4)));
  // Gone between two batches: the second one waits, and templates come before it.
  receiver.reset();
  EXPECT_EQ(destination->Send(BatchOf(2, 6, 1), kNoStop).kind, Outcome::Kind::kTryAgain);
  receiver = std::make_unique<LoopbackSocket>(SOCK_DGRAM, port);
  Outcome outcome = destination->Send(BatchOf(2, 6, 1), kNoStop);
  ASSERT_EQ(outcome.kind, Outcome::Kind::kDelivered) << outcome.why;
  all = receiver->Datagram();
  all += receiver->Datagram();
  EXPECT_THAT(NumbersIn(all), ElementsAre(std::pair(6, 6), std::pair(7, 6)));
}

TEST(IpfixUdp, WhatIsLargerThanADatagramIsCountedAndLeftOut) {
  const LoopbackSocket receiver(SOCK_DGRAM);
  const auto destination = Open(UdpAddress(receiver), {{"mtu", "1000"}});
  Batch batch = BatchOf(1, 0, 1);
  batch.body += MessageOf(SetOf(256, RecordOf(2, std::string(1000, 'x'))));
  batch.body += MessageOf(SetOf(256, RecordOf(3, "")));
  batch.rows = 4;
  const Outcome outcome = destination->Send(batch, kNoStop);
  EXPECT_EQ(outcome.kind, Outcome::Kind::kDelivered);
  EXPECT_EQ(outcome.refused_rows, 1u);
  EXPECT_THAT(outcome.why, HasSubstr("larger than the 972 bytes of a datagram"));
  std::string all;
  for (int i = 0; i < 3; ++i) all += receiver.Datagram();
  EXPECT_THAT(NumbersIn(all), ElementsAre(std::pair(0, 0), std::pair(1, 0), std::pair(3, 2)));
}

TEST(IpfixAddresses, AreHostAndPort) {
  for (const char* good : {"tcp://[::1]", "udp://collector.example.org:4739", "UDP://h/"}) {
    EXPECT_TRUE(OpenDestination(good, {}).ok()) << good;
  }
  EXPECT_EQ(Open("tcp://[::1]:99")->name(), "tcp://[::1]:99");
  for (const char* bad : {"tcp://", "tcp://h/path", "udp://h?x=1", "udp://h:0", "tcp://a@h"}) {
    EXPECT_FALSE(OpenDestination(bad, {}).ok()) << bad;
  }
  const std::pair<const char*, DestinationOptionMap> options[] = {
      {"udp://h", {{"mtu", "100"}}},   {"udp://h", {{"mtu", "100k"}}},
      {"udp://h", {{"rate", "1"}}},    {"udp://h", {{"refresh", "0"}}},
      {"tcp://h", {{"refresh", "1"}}}, {"udp://h", {{"timeout", "1"}}}};
  for (const auto& [address, map] : options) {
    EXPECT_FALSE(OpenDestination(address, map).ok()) << address << " " << map.begin()->first;
  }
}

TEST(IpfixSession, MessagesThatAreNot) {
  IpfixSession session;
  ASSERT_TRUE(session.Begin(TemplatesOf(256)));
  const std::string good = MessageOf(SetOf(256, RecordOf(1, "abc")));
  EXPECT_EQ(session.RecordsIn(good), 1u);
  EXPECT_EQ(session.RecordsIn(MessageOf(SetOf(256, RecordOf(1, std::string(300, 'x'))))), 1u);
  EXPECT_EQ(session.RecordsIn(MessageOf("")), 0u);
  EXPECT_EQ(session.RecordsIn(MessageOf(SetOf(257, RecordOf(1, "")))), std::nullopt);
  EXPECT_EQ(session.RecordsIn(MessageOf(Bytes(256, 2) + Bytes(3, 2))), std::nullopt);
  EXPECT_EQ(session.RecordsIn(MessageOf(SetOf(256, Bytes(1, 8) + Bytes(255, 1)))), std::nullopt);
  // Cut anywhere, no message is one.
  for (size_t length = 0; length < good.size(); ++length) {
    std::string_view rest = std::string_view(good).substr(0, length);
    EXPECT_FALSE(NextIpfixMessage(&rest).has_value());
    EXPECT_EQ(rest.size(), length);
    const std::string records = RecordOf(1, "abc").substr(0, length % 12);
    if (!records.empty())
      EXPECT_EQ(session.RecordsIn(MessageOf(SetOf(256, records))), std::nullopt);
  }
  EXPECT_FALSE(session.Begin("x"));
  EXPECT_FALSE(session.Begin(MessageOf(SetOf(2, Bytes(256, 2) + Bytes(9, 2)))));
  EXPECT_FALSE(session.Begin(MessageOf(SetOf(2, Bytes(255, 2) + Bytes(1, 2) + Bytes(1, 4)))));
}

}  // namespace
}  // namespace tstat::internal
