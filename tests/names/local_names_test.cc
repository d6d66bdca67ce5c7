// SPDX-License-Identifier: BSD-3-Clause
//
// Names that are asked for by multicast: mDNS and LLMNR.
#include <gtest/gtest.h>

#include <string>

#include "names/dns_cache.h"
#include "names/local_questions.h"
#include "tests/names/dns_builder.h"

namespace tstat::internal {
namespace {

using testing::operator+;
using testing::Bytes;
using testing::DnsHeader;
using testing::Fill;
using testing::Question;
using testing::Record;
using testing::U32;

constexpr uint32_t kGroup = 0xE00000FB, kHost = 0x0A000005;

class Link {
 public:
  void Send(uint32_t source, uint32_t destination, const Bytes& message, uint16_t port = 5353) {
    Between(source, port, destination, port, message);
  }
  // Between a client's port and another one.
  void Between(uint32_t source, uint16_t source_port, uint32_t destination,
               uint16_t destination_port, const Bytes& message) {
    const Bytes packet = Fill(8) + message;
    Datagram d;
    d.time = Timestamp::FromSeconds(++now_);
    d.transport = Transport::kUdp;
    d.source = IpAddress::V4(source);
    d.destination = IpAddress::V4(destination);
    d.source_port = source_port;
    d.destination_port = destination_port;
    d.transport_bytes = ByteReader(packet);
    cache_.OnDatagram(d, {}, {});
  }
  void Ask(uint32_t source, std::string_view name, uint16_t record_class = 1) {
    Send(source, kGroup,
         DnsHeader({.id = 0, .flags = 0, .questions = 1}) + Question(name, 1, record_class));
  }
  void Tell(uint32_t destination, std::string_view name, uint32_t address) {
    Send(kHost, destination,
         DnsHeader({.id = 0, .flags = 0x8400, .answers = 1}) +
             Record(name, 1, U32(address), {.record_class = 0x8001}));
  }
  std::string NameOf(uint32_t client, uint32_t address) const {
    const auto found = cache_.Lookup(IpAddress::V4(client), IpAddress::V4(address));
    return found != nullptr ? found->name : "-";
  }
  uint64_t unasked() const { return cache_.unasked(); }

 private:
  DnsCache cache_{{.v4_entries = 100, .v6_entries = 100, .unasked = false, .all_names = true}};
  int64_t now_ = 1000;
};

// RFC 5452, 9.1: an answer is to the question's name, too.
TEST(UnicastNames, AnAnswerIsToWhatWasAsked) {
  constexpr uint32_t kClient = 1, kServer = 2;
  Link link;
  const auto answer = [&](std::string_view name, uint32_t address) {
    link.Send(kServer, kClient,
              DnsHeader({.id = 7, .flags = 0x8180, .questions = 1, .answers = 1}) +
                  Question(name, 1) + Record(name, 1, U32(address), {}),
              53);
  };
  link.Send(kClient, kServer,
            DnsHeader({.id = 7, .flags = 0x0100, .questions = 1}) + Question("WWW.one.test", 1),
            53);
  answer("evil.test", 9);
  EXPECT_EQ(link.NameOf(kClient, 9), "-");
  EXPECT_EQ(link.unasked(), 1u);
  answer("www.One.test", 9);
  EXPECT_EQ(link.NameOf(kClient, 9), "www.One.test");
  answer("evil.test", 9);
  EXPECT_EQ(link.NameOf(kClient, 9), "www.One.test");
  EXPECT_EQ(link.unasked(), 2u);
}

TEST(LocalNames, AnswerToAllNamesThoseWhoAsked) {
  Link link;
  link.Ask(1, "printer.local");
  link.Ask(2, "PRINTER.local", 0x8001);
  link.Tell(kGroup, "Printer.local", 77);
  EXPECT_EQ(link.NameOf(1, 77), "Printer.local");
  EXPECT_EQ(link.NameOf(2, 77), "Printer.local");
  EXPECT_EQ(link.NameOf(3, 77), "-");
}

TEST(LocalNames, AnswersWithoutAQuestion) {
  Link link;
  link.Tell(kGroup, "evil.local", 77);
  link.Tell(1, "evil.local", 77);
  EXPECT_EQ(link.NameOf(1, 77), "-");
  EXPECT_EQ(link.unasked(), 2u);
}

TEST(LocalNames, LinkLocalNamesAreAnsweredToTheAsker) {
  Link link;
  link.Send(1, 0xE00000FC, DnsHeader({.id = 9, .flags = 0, .questions = 1}) + Question("nas", 1),
            5355);
  link.Send(kHost, 1,
            DnsHeader({.id = 9, .questions = 1, .answers = 1}) + Question("nas", 1) +
                Record("nas", 1, U32(88)),
            5355);
  EXPECT_EQ(link.NameOf(1, 88), "nas");
}

TEST(UnicastNames, AnAnswerIsToTheTypeThatWasAsked) {
  constexpr uint32_t kClient = 1, kServer = 2;
  Link link;
  const auto ask = [&](uint16_t id, uint16_t type, uint16_t record_class = 1) {
    link.Send(kClient, kServer,
              DnsHeader({.id = id, .flags = 0x0100, .questions = 1}) +
                  Question("a.test", type, record_class),
              53);
  };
  const auto answer = [&](uint16_t id, uint16_t type, uint32_t address) {
    link.Send(kServer, kClient,
              DnsHeader({.id = id, .flags = 0x8180, .questions = 1, .answers = 1}) +
                  Question("a.test", type) + Record("a.test", 1, U32(address), {}),
              53);
    return link.NameOf(kClient, address);
  };
  ask(1, 28);
  EXPECT_EQ(answer(1, 1, 11), "-");
  EXPECT_EQ(answer(1, 28, 12), "a.test");
  ask(2, 1, 3);  // CHAOS
  EXPECT_EQ(answer(2, 1, 13), "-");
  ask(3, 15);
  EXPECT_EQ(answer(3, 1, 14), "-");
  ask(4, 255);
  EXPECT_EQ(answer(4, 255, 15), "a.test");
  EXPECT_EQ(link.unasked(), 3u);
}

// On ports that are not those of DNS a question has to have its whole form, and the answer to
// match.
TEST(UnicastNames, OnOtherPorts) {
  constexpr uint32_t kClient = 1, kServer = 2;
  constexpr uint16_t kPort = 5300, kClientPort = 40'000;
  const Bytes options = Bytes{0} + testing::U16(41) + testing::U16(1232) + U32(0) + testing::U16(0);
  const auto question = [](uint16_t id, uint16_t flags, uint16_t more = 0) {
    return DnsHeader({.id = id, .flags = flags, .questions = 1, .additional = more}) +
           Question("a.test", 1);
  };
  const auto answer = [](uint16_t id, uint32_t address) {
    return DnsHeader({.id = id, .flags = 0x8180, .questions = 1, .answers = 1}) +
           Question("a.test", 1) + Record("a.test", 1, U32(address), {});
  };
  const auto name_after = [&](const Bytes& asked, const Bytes& told, uint16_t from = 5300) {
    Link link;
    link.Between(kClient, kClientPort, kServer, kPort, asked);
    link.Between(kServer, from, kClient, kClientPort, told);
    EXPECT_EQ(link.unasked(), 0u);
    return link.NameOf(kClient, 9);
  };
  EXPECT_EQ(name_after(question(1, 0x0100), answer(1, 9)), "a.test");
  EXPECT_EQ(name_after(question(1, 0x0120, 1) + options, answer(1, 9)), "a.test");
  EXPECT_EQ(name_after(question(1, 0x0100), answer(2, 9)), "-");
  EXPECT_EQ(name_after(question(1, 0x0100), answer(1, 9), kPort + 1), "-");
  EXPECT_EQ(name_after(question(1, 0x0100) + Fill(1), answer(1, 9)), "-");
  EXPECT_EQ(name_after(question(1, 0x0140), answer(1, 9)), "-");
  EXPECT_EQ(name_after(question(1, 0x0900), answer(1, 9)), "-");
  EXPECT_EQ(name_after(question(1, 0x0100, 1), answer(1, 9)), "-");
  Link link;
  link.Between(kServer, kPort, kClient, kClientPort, answer(1, 9));
  EXPECT_EQ(link.NameOf(kClient, 9), "-");
}

TEST(LocalQuestions, OldestMakesRoom) {
  LocalQuestions questions;
  for (size_t i = 0; i <= LocalQuestions::kMaxNames; ++i) {
    questions.Add("host" + std::to_string(i), {.address = IpAddress::V4(1), .time = {}});
  }
  EXPECT_EQ(questions.size(), LocalQuestions::kMaxNames);
  EXPECT_TRUE(questions.AskersOf("host0").empty());
  EXPECT_EQ(questions.AskersOf("HOST1").size(), 1u);
}

TEST(LocalQuestions, AskersOfANameAreBounded) {
  LocalQuestions questions;
  for (uint32_t i = 0; i < 100; ++i) {
    questions.Add("a", {.address = IpAddress::V4(i), .time = {}});
  }
  EXPECT_EQ(questions.AskersOf("a").size(), LocalQuestions::kMaxAskers);
  questions.Add("a", {.address = IpAddress::V4(99), .time = {}});
  EXPECT_EQ(questions.AskersOf("a").back().address, IpAddress::V4(99));
  EXPECT_EQ(questions.AskersOf("a").size(), LocalQuestions::kMaxAskers);
}

}  // namespace
}  // namespace tstat::internal
