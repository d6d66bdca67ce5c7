// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "records.h"
#include "row.h"
#include "tstat/dns.h"
#include "tstat/schema.h"

namespace tstat::internal {
namespace {

DnsEntry Sample(DnsEntryKind kind) {
  DnsEntry e;
  e.kind = kind;
  e.endpoints.client = {.address = *IpAddress::Parse("10.0.0.5"), .port = 40096};
  e.endpoints.server = {.address = *IpAddress::Parse("198.51.100.53"), .port = 53};
  e.endpoints.server.internal = false;
  e.time = At(192'000);
  e.id = 0x60;
  e.flags = 0x0c;
  e.question_count = 1, e.answer_count = 2, e.authority_count = 3, e.additional_count = 4;
  e.message_bytes = 101;
  e.has_name = true;
  e.name = "s\\255c.example.";
  e.raw_name =
      "s\xFF"
      "c.example.";
  e.type = 65;
  e.type_name = "HTTPS";
  e.record_class = 1;
  e.class_name = "IN";
  return e;
}

std::string Row(const DnsEntry& e) { return RowOf(DnsEntryTable(), e, 0, ColumnsOf33()); }
std::string Cell(const DnsEntry& e, size_t column) { return Cells(Row(e))[column - 1]; }
constexpr size_t kQuery = 12, kClass = 14, kType = 15, kAnswer = 16, kFlags = 17;

TEST(DnsEntryTable, Header) {
  EXPECT_EQ(LogHeader(DnsEntryTable(), 0, CompatProfile::Tstat33()),
            "#c_ip:1 c_port:2 c_isint:3 c_iscrypto:4 s_ip:5 s_port:6 s_isint:7 s_iscrypto:8 time:9 "
            "entry:10 trans_id:11 query:12 ttl:13 class:14 type:15 answer:16 flags:17 qdcount:18 "
            "ancount:19 nscount:20 arcount:21 pkt_size:22\n");
}

TEST(DnsEntryTable, AnAnswer) {
  DnsEntry e = Sample(DnsEntryKind::kAnswer);
  e.ttl_s = 4000000000;
  e.data = "16 . alpn=h2 key8=\"a b\"";
  EXPECT_EQ(
      Row(e),
      "10.0.0.5 40096 1 0 198.51.100.53 53 0 0 1500000000192.000000 RESP 0x0060 "
      "s\\255c.example. 4000000000 IN HTTPS 16\t.\talpn=h2\tkey8=\"a\tb\" 0x0c 1 2 3 4 101\n");
  e.type_name = "TYPE700";
  e.class_name = "CLASS9";
  EXPECT_EQ(Cell(e, kType), "TYPE700");
  EXPECT_EQ(Cell(e, kClass), "CLASS9");
}

TEST(DnsEntryTable, AQuestion) {
  DnsEntry e = Sample(DnsEntryKind::kQuestion);
  e.id = 0xABCD;
  e.flags = 0x3f;
  EXPECT_EQ(
      Row(e),
      "10.0.0.5 40096 1 0 198.51.100.53 53 0 0 1500000000192.000000 REQ 0xabcd s%FFc.example. "
      "- IN HTTPS - 0x3f 1 2 3 4 101\n");
}

TEST(DnsEntryTable, AnError) {
  DnsEntry e = Sample(DnsEntryKind::kError);
  e.response_code = 3;
  e.record_class = 254;
  EXPECT_EQ(Row(e),
            "10.0.0.5 40096 1 0 198.51.100.53 53 0 0 1500000000192.000000 RESP_ERR 0x0060 "
            "s%FFc.example. - NONE HTTPS NXDOMAIN 0x0c 1 2 3 4 101\n");
  e.has_name = false;
  e.name = e.raw_name = "";
  EXPECT_EQ(Cell(e, kQuery), "-");
  EXPECT_EQ(Cell(e, kClass), "-");
  EXPECT_EQ(Cell(e, kType), "-");
}

TEST(DnsEntryTable, AnAnswerWithoutARecord) {
  DnsEntry e = Sample(DnsEntryKind::kNoRecord);
  EXPECT_EQ(Row(e),
            "10.0.0.5 40096 1 0 198.51.100.53 53 0 0 1500000000192.000000 RESP_NONE 0x0060 "
            "s%FFc.example. - IN HTTPS - 0x0c 1 2 3 4 101\n");
}

TEST(DnsEntryTable, NamesOfErrors) {
  DnsEntry e = Sample(DnsEntryKind::kError);
  const char* const names[] = {"FORMERR", "SERVFAIL", "NXDOMAIN",     "NOTIMPL",
                               "REFUSED", "YXDOMAIN", "YXRRSET",      "NXRRSET",
                               "NOTAUTH", "NOTZONE",  "UNKNOWN-ERROR"};
  for (uint8_t code = 1; code <= 15; ++code) {
    e.response_code = code;
    EXPECT_EQ(Cell(e, kAnswer), names[code <= 10 ? code - 1 : 10]) << int{code};
  }
}

TEST(DnsEntryTable, NamesOfQuestionsAreAsSentUpToANul) {
  DnsEntry e = Sample(DnsEntryKind::kQuestion);
  e.raw_name = std::string("a\"\0b.", 5);
  EXPECT_EQ(Cell(e, kQuery), "a%22");
  e.raw_name = std::string("\0.", 2);
  EXPECT_EQ(Cell(e, kQuery), "-");
  e.raw_name = "two words\n.";
  EXPECT_EQ(Cell(e, kQuery), "two%20words%0A.");
  e.raw_name = "";
  EXPECT_EQ(Cell(e, kQuery), "-");
}

TEST(DnsEntryTable, TypesAndClassesOfQuestions) {
  DnsEntry e = Sample(DnsEntryKind::kQuestion);
  const auto of_type = [&](uint16_t type) {
    e.type = type;
    return Cell(e, kType);
  };
  EXPECT_EQ(of_type(1), "A");
  EXPECT_EQ(of_type(32), "NB");
  EXPECT_EQ(of_type(50), "NSEC3");
  EXPECT_EQ(of_type(51), "OTHER");
  EXPECT_EQ(of_type(99), "SPF");
  EXPECT_EQ(of_type(255), "OTHER");
  EXPECT_EQ(of_type(0), "OTHER");
  const auto of_class = [&](uint16_t record_class) {
    e.record_class = record_class;
    return Cell(e, kClass);
  };
  EXPECT_EQ(of_class(3), "CH");
  EXPECT_EQ(of_class(255), "ANY");
  EXPECT_EQ(of_class(0x8001), "OTHER");
}

TEST(DnsEntryTable, DescriptionListsTheTypesThatQuestionsHaveByName) {
  std::string_view description;
  for (const auto& column : DnsEntryTable().columns()) {
    if (column.info.Name() == "type") description = column.info.description;
  }
  DnsEntry e = Sample(DnsEntryKind::kQuestion);
  std::string named;
  for (uint16_t type = 0; type <= 300; ++type) {
    e.type = type;
    const std::string name = Cell(e, kType);
    if (name != "OTHER") named.append(named.empty() ? "" : ", ").append(name);
  }
  EXPECT_TRUE(description.ends_with(" all are OTHER but " + named)) << named;
}

TEST(DnsEntryTable, FlagsHaveTwoDigits) {
  DnsEntry e = Sample(DnsEntryKind::kQuestion);
  e.flags = 0;
  EXPECT_EQ(Cell(e, kFlags), "0x00");
  e.flags = 1;
  EXPECT_EQ(Cell(e, kFlags), "0x01");
}

// Values are what was said, whatever the text makes of it.
TEST(DnsEntryTable, Values) {
  const auto read = [](const DnsEntry& e, std::string_view name) {
    for (const auto& column : DnsEntryTable().columns()) {
      if (column.info.Name() == name) return column.read(e);
    }
    ADD_FAILURE() << name;
    return Value();
  };
  DnsEntry answer = Sample(DnsEntryKind::kAnswer);
  answer.data = "a b";
  answer.data_cut = true;
  answer.ttl_s = 9;
  EXPECT_EQ(read(answer, "answer").text(), "a b");
  EXPECT_TRUE(read(answer, "answer").end_missing());
  EXPECT_EQ(read(answer, "ttl").unsigned_number(), 9u);
  EXPECT_TRUE(read(answer, "rcode").is_absent());
  DnsEntry question = Sample(DnsEntryKind::kQuestion);
  question.type_name = "CAA";
  EXPECT_EQ(read(question, "type").text(), "CAA");
  EXPECT_EQ(read(question, "query").text(), "s\\255c.example.");
  EXPECT_TRUE(read(question, "answer").is_absent());
  EXPECT_TRUE(read(question, "ttl").is_absent());
  DnsEntry error = Sample(DnsEntryKind::kError);
  error.response_code = 5;
  error.has_name = false;
  EXPECT_EQ(read(error, "rcode").unsigned_number(), 5u);
  EXPECT_TRUE(read(error, "query").is_absent());
}

}  // namespace
}  // namespace tstat::internal
