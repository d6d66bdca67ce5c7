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
    const Bytes packet = Fill(8) + message;
    Datagram d;
    d.time = Timestamp::FromSeconds(++now_);
    d.transport = Transport::kUdp;
    d.source = IpAddress::V4(source);
    d.destination = IpAddress::V4(destination);
    d.source_port = d.destination_port = port;
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
