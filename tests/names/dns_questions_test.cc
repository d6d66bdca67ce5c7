// SPDX-License-Identifier: BSD-3-Clause
#include "names/dns_questions.h"

#include <gtest/gtest.h>

#include <string>

namespace tstat::internal {
namespace {

constexpr uint32_t kClient = 0x0a000064, kResolver = 0x08080808;
constexpr uint16_t kClientPort = 4000;

// A DNS header between two ends.
struct Message {
  Message(uint32_t source, uint16_t source_port, uint32_t destination, uint16_t destination_port,
          uint16_t id, bool response)
      : bytes(20, '\0') {
    bytes[8] = static_cast<char>(id >> 8);
    bytes[9] = static_cast<char>(id);
    if (response) bytes[10] = '\x80';
    datagram.transport = Transport::kUdp;
    datagram.source = IpAddress::V4(source);
    datagram.destination = IpAddress::V4(destination);
    datagram.source_port = source_port;
    datagram.destination_port = destination_port;
    datagram.transport_bytes =
        ByteReader({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  }
  Message(const Message&) = delete;
  std::string bytes;
  Datagram datagram;
};

void Ask(DnsQuestions& questions, uint16_t id, uint32_t client = kClient) {
  const Message m(client, kClientPort, kResolver, 53, id, false);
  ASSERT_TRUE(DnsQuestions::IsQuestion(m.datagram));
  questions.Add(m.datagram);
}
bool Asked(const DnsQuestions& questions, uint16_t id, uint32_t client = kClient,
           uint32_t server = kResolver, uint16_t server_port = 53,
           uint16_t client_port = kClientPort) {
  const Message m(server, server_port, client, client_port, id, true);
  EXPECT_FALSE(DnsQuestions::IsQuestion(m.datagram));
  return questions.AskedAt(m.datagram).has_value();
}

TEST(DnsQuestions, EveryPartMustMatch) {
  DnsQuestions questions;
  Ask(questions, 7);
  EXPECT_TRUE(Asked(questions, 7));
  EXPECT_TRUE(Asked(questions, 7));  // answered twice
  EXPECT_FALSE(Asked(questions, 8));
  EXPECT_FALSE(Asked(questions, 7, kClient + 1));
  EXPECT_FALSE(Asked(questions, 7, kClient, kResolver + 1));
  EXPECT_FALSE(Asked(questions, 7, kClient, kResolver, 5353));
  EXPECT_FALSE(Asked(questions, 7, kClient, kResolver, 53, kClientPort + 1));
  EXPECT_FALSE(Asked(questions, 7, kResolver, kClient, kClientPort, 53));
}

TEST(DnsQuestions, AHeaderThatTheCaptureCutsIsNoQuestion) {
  Message m(kClient, kClientPort, kResolver, 53, 7, false);
  m.datagram.transport_bytes = m.datagram.transport_bytes.Sub(0, 10);
  EXPECT_FALSE(DnsQuestions::IsQuestion(m.datagram));
}

TEST(DnsQuestions, TheOldestIsForgottenFirst) {
  DnsQuestions questions(3);
  for (const uint16_t id : {1, 2, 3}) Ask(questions, id);
  EXPECT_TRUE(Asked(questions, 1));
  Ask(questions, 4);
  EXPECT_FALSE(Asked(questions, 1));
  EXPECT_TRUE(Asked(questions, 2));
  Ask(questions, 2);  // again: as new as can be; the third is the oldest now
  Ask(questions, 5);
  EXPECT_FALSE(Asked(questions, 3));
  EXPECT_TRUE(Asked(questions, 2));
  EXPECT_EQ(questions.size(), 3u);
}

TEST(DnsQuestions, MemoryIsBounded) {
  DnsQuestions questions(100);
  for (uint32_t i = 0; i < 10'000; ++i) Ask(questions, static_cast<uint16_t>(i), kClient + i);
  EXPECT_EQ(questions.size(), 100u);
  EXPECT_TRUE(Asked(questions, 9'900, kClient + 9'900));
  EXPECT_FALSE(Asked(questions, 9'899, kClient + 9'899));
}

TEST(DnsQuestions, NoneAreKeptWithASizeOfZero) {
  DnsQuestions questions(0);
  Ask(questions, 1);
  EXPECT_FALSE(Asked(questions, 1));
}

}  // namespace
}  // namespace tstat::internal
