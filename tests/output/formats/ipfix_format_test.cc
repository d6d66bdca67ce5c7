// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/ipfix_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "output/formats/ipfix_elements.h"
#include "output/formats/ipfix_page.h"
#include "output/formats/row_text.h"
#include "tests/output/formats/rows.h"
#include "tests/output/ipfix_reader.h"

namespace tstat::internal {
namespace {

using ipfix_reader::Message;
using ipfix_reader::Reader;
using ipfix_reader::Record;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint32_t kPen = 32473;
constexpr int64_t kFirst = 1500000010218414062, kLast = kFirst + 1500000001;

uint16_t NumberOf(std::string_view name) {
  for (const IpfixElement& element : IpfixElements().all()) {
    if (element.name == name) return element.number;
  }
  ADD_FAILURE() << name;
  return 0;
}

IpAddress Address(const char* text) { return *IpAddress::Parse(text); }

class IpfixFormatTest : public testing::Test {
 protected:
  const IpAddress client4_ = Address("10.0.0.1"), server4_ = Address("10.0.0.2"),
                  client6_ = Address("2001:db8::1"), server6_ = Address("2001:db8::2");

  RowOf Tcp(bool is_v6, uint64_t server_packets) const {
    RowOf row("tcp_complete");
    row.Set("c_ip", Value::Of(AddressView{is_v6 ? &client6_ : &client4_}))
        .Set("s_ip", Value::Of(AddressView{is_v6 ? &server6_ : &server4_}))
        .Set("c_port", Value::Of(uint16_t{50000}))
        .Set("s_port", Value::Of(uint16_t{443}))
        .Set("c_pkts_all", Value::Of(uint64_t{5}))
        .Set("s_pkts_all", Value::Of(server_packets))
        .Set("c_bytes_all", Value::Of(uint64_t{700}))
        .Set("s_bytes_all", Value::Of(uint64_t{server_packets * 1000}))
        .Set("c_syn_cnt", Value::Of(uint32_t{1}))
        .Set("c_ack_cnt", Value::Of(uint64_t{4}))
        .Set("c_fin_cnt", Value::Of(uint32_t{1}))
        .Set("s_rst_cnt", Value::Of(uint8_t{0}))
        .Set("first", Value::Of(Timestamp::FromNanoseconds(kFirst)))
        .Set("last", Value::Of(Timestamp::FromNanoseconds(kLast)))
        .Set("c_rtt_avg", Value::Of(Duration(1234567)))
        .Set("s_rtt_cnt", Value::Of(uint32_t{3}))
        .Set("s_isint", Value::Of(false))
        .Set("c_isint", Value::Of(true))
        .Set("con_t", Value::Of(uint32_t{8192}))
        .Set("c_tls_SNI", Value::Of("www.example.test"))
        .SetFlow(7);
    return row;
  }
  // Of a batch behind the templates.
  static std::vector<Record> RecordsOf(ExportFormat& format, const std::vector<TableRow>& rows) {
    Reader reader;
    reader.Read(format.StreamHeader());
    std::vector<Record> all;
    for (const std::string& batch : BatchesOf(format, rows)) {
      for (Record& record : reader.Records(batch)) all.push_back(std::move(record));
    }
    return all;
  }
};

TEST_F(IpfixFormatTest, AFlowIsARecordOfEachDirection) {
  auto format = FormatOf("ipfix", "");
  RowOf row = Tcp(false, 9);
  const std::vector<Record> records = RecordsOf(*format, {row.row()});
  ASSERT_EQ(records.size(), 2u);
  const Record& forward = records[0];
  const Record& reverse = records[1];
  EXPECT_EQ(forward.Bytes(8), std::string("\x0a\0\0\x01", 4));
  EXPECT_EQ(forward.Bytes(12), std::string("\x0a\0\0\x02", 4));
  EXPECT_EQ(reverse.Bytes(8), std::string("\x0a\0\0\x02", 4));
  EXPECT_EQ(reverse.Bytes(12), std::string("\x0a\0\0\x01", 4));
  EXPECT_EQ(forward.Number(7), 50000u);
  EXPECT_EQ(forward.Number(11), 443u);
  EXPECT_EQ(reverse.Number(7), 443u);
  EXPECT_EQ(reverse.Number(11), 50000u);
  EXPECT_EQ(forward.Number(1), 700u);
  EXPECT_EQ(forward.Number(2), 5u);
  EXPECT_EQ(reverse.Number(1), 9000u);
  EXPECT_EQ(reverse.Number(2), 9u);
  EXPECT_EQ(forward.Number(6), 0x13u) << "SYN, FIN, ACK";
  EXPECT_EQ(reverse.Number(6), 0u);
  for (const Record& record : records) {
    EXPECT_EQ(record.Number(4), 6u);
    EXPECT_EQ(record.Number(148), 7u);
    EXPECT_EQ(record.Number(136), 1u) << "one FIN is no end";
    EXPECT_EQ(record.Number(152), 1500000010218u);
    EXPECT_EQ(record.Number(153), 1500000011718u);
    EXPECT_EQ(record.Bytes(kLogElement, kPen), "log_tcp_complete");
  }
  EXPECT_EQ(forward.Number(NumberOf("tstat_c_rtt_avg"), kPen), 1234567u);
  EXPECT_EQ(forward.Bytes(NumberOf("tstat_c_tls_SNI"), kPen), "www.example.test");
  EXPECT_EQ(forward.Number(NumberOf("tstat_con_t"), kPen), 8192u);
  EXPECT_EQ(forward.Number(NumberOf("tstat_c_isint"), kPen), 1u);
  EXPECT_EQ(reverse.Number(NumberOf("tstat_s_isint"), kPen), 2u);
  EXPECT_EQ(reverse.Number(NumberOf("tstat_s_rtt_cnt"), kPen), 3u);
  // Each column once, and what IANA's elements say not again.
  EXPECT_FALSE(reverse.Has(NumberOf("tstat_c_rtt_avg"), kPen));
  EXPECT_FALSE(reverse.Has(NumberOf("tstat_con_t"), kPen));
  EXPECT_FALSE(forward.Has(NumberOf("tstat_s_rtt_cnt"), kPen));
  EXPECT_FALSE(forward.Has(NumberOf("tstat_c_ip"), kPen));
  EXPECT_FALSE(forward.Has(NumberOf("tstat_c_bytes_all"), kPen));
}

TEST_F(IpfixFormatTest, ADirectionWithoutPacketsHasNoRecord) {
  for (const char* flows : {"", "flows=biflow"}) {
    auto format = FormatOf("ipfix", flows);
    RowOf row = Tcp(true, 0);
    const std::vector<Record> records = RecordsOf(*format, {row.row()});
    ASSERT_EQ(records.size(), 1u) << flows;
    EXPECT_EQ(records[0].Bytes(27), std::string("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16));
    EXPECT_EQ(records[0].Number(NumberOf("tstat_s_isint"), kPen), 2u) << "columns of both sides";
    EXPECT_EQ(records[0].Number(NumberOf("tstat_c_isint"), kPen), 1u);
    EXPECT_FALSE(records[0].Has(1, kReversePen));
  }
}

TEST_F(IpfixFormatTest, ABiflowHasReverseElements) {
  auto format = FormatOf("ipfix", "flows=biflow");
  RowOf row = Tcp(false, 9);
  const std::vector<Record> records = RecordsOf(*format, {row.row()});
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].Number(1), 700u);
  EXPECT_EQ(records[0].Number(1, kReversePen), 9000u);
  EXPECT_EQ(records[0].Number(2, kReversePen), 9u);
  EXPECT_EQ(records[0].Number(239), 1u);
  EXPECT_EQ(records[0].Number(NumberOf("tstat_s_rtt_cnt"), kPen), 3u);
  EXPECT_EQ(records[0].Number(NumberOf("tstat_c_rtt_avg"), kPen), 1234567u);
}

TEST_F(IpfixFormatTest, DirectionsOfUdpHaveTimesOfTheirOwn) {
  RowOf row("udp_complete");
  row.Set("c_ip", Value::Of(AddressView{&client4_}))
      .Set("s_ip", Value::Of(AddressView{&server4_}))
      .Set("c_pkts_all", Value::Of(uint64_t{1}))
      .Set("s_pkts_all", Value::Of(uint64_t{2}))
      .Set("c_bytes_all", Value::Of(int64_t{-3}))
      .Set("c_first_abs", Value::Of(Timestamp::FromNanoseconds(kFirst)))
      .Set("c_durat", Value::Of(Duration(0)))
      .Set("s_first_abs", Value::Of(Timestamp::FromNanoseconds(kFirst + 5000000)))
      .Set("s_durat", Value::Of(Duration(1000000000)));
  auto uniflows = FormatOf("ipfix", "");
  const std::vector<Record> two = RecordsOf(*uniflows, {row.row()});
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(two[0].Number(152), 1500000010218u);
  EXPECT_EQ(two[0].Number(153), 1500000010218u);
  EXPECT_EQ(two[1].Number(152), 1500000010223u);
  EXPECT_EQ(two[1].Number(153), 1500000011223u);
  EXPECT_EQ(two[0].Number(1), 0u) << "it cannot be negative; the column is";
  EXPECT_EQ(static_cast<int64_t>(two[0].Number(NumberOf("tstat_c_bytes_all_signed"), kPen)), -3);
  EXPECT_FALSE(two[0].Has(136));
  auto biflow = FormatOf("ipfix", "flows=biflow");
  const std::vector<Record> one = RecordsOf(*biflow, {row.row()});
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].Number(152), 1500000010218u);
  EXPECT_EQ(one[0].Number(152, kReversePen), 1500000010223u);
  EXPECT_EQ(one[0].Number(153, kReversePen), 1500000011223u);
}

// RFC 7011, 6.1.10; what a reader computes is the nanosecond, however it rounds.
TEST_F(IpfixFormatTest, TimesAreExact) {
  const int64_t times[] = {0,  1,        999999999, 1000000000, kFirst, kLast, 2085978495999999999,
                           -1, 123456789};
  auto format = FormatOf("ipfix", "columns=first");
  for (const int64_t time : times) {
    RowOf row = Tcp(false, 0);
    row.Set("first", Value::Of(Timestamp::FromNanoseconds(time)));
    const uint64_t ntp = RecordsOf(*format, {row.row()})[0].Number(NumberOf("tstat_first"), kPen);
    const auto seconds = static_cast<int64_t>(ntp >> 32) - 2208988800;
    const long double ns = static_cast<long double>(ntp & 0xffffffff) * 1e9L / 4294967296.0L;
    EXPECT_EQ(seconds * 1000000000 + std::llround(ns), time);
    EXPECT_EQ(seconds * 1000000000 + static_cast<int64_t>(ns), time) << "cut";
  }
}

TEST_F(IpfixFormatTest, WhatIsAbsentIsTold) {
  auto format = FormatOf("ipfix", "columns=c_rtt_avg,c_rtt_min,c_tls_SNI,fqdn,dns_rslv");
  RowOf row = Tcp(false, 9);
  std::vector<Record> records = RecordsOf(*format, {row.row()});
  EXPECT_EQ(records[0].Bytes(kAbsentElement, kPen), "\x1a") << "c_rtt_min, fqdn, dns_rslv";
  EXPECT_EQ(records[1].Bytes(kAbsentElement, kPen), "") << "it has no columns";
  row.Set("fqdn", Value::Of("")).Set("dns_rslv", Value::Of(AddressView{&server4_}));
  row.Set("c_rtt_min", Value::Of(Duration(-5)));
  records = RecordsOf(*format, {row.row()});
  EXPECT_EQ(records[0].Bytes(kAbsentElement, kPen), "");
  EXPECT_EQ(static_cast<int64_t>(records[0].Number(NumberOf("tstat_c_rtt_min"), kPen)), -5);
  EXPECT_EQ(records[0].Bytes(NumberOf("tstat_dns_rslv"), kPen),
            std::string("\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\x02", 16));
}

TEST_F(IpfixFormatTest, TextsOfAnyLengthAndAnyBytes) {
  auto format = FormatOf("ipfix", "columns=fqdn,c_tls_SNI");
  std::mt19937 random(1);
  for (const size_t length : {size_t{0}, size_t{254}, size_t{255}, size_t{256}, size_t{60000}}) {
    const std::string text(length, 'x');
    RowOf row = Tcp(false, 0);
    row.Set("fqdn", Value::Of(text));
    EXPECT_EQ(RecordsOf(*format, {row.row()})[0].Bytes(NumberOf("tstat_fqdn"), kPen), text);
  }
  auto json = FormatOf("json", "columns=fqdn");
  for (int i = 0; i < 200; ++i) {
    const std::string text = HostileText(random);
    RowOf row = Tcp(false, 0);
    row.Set("fqdn", Value::Of(text));
    const std::string read = RecordsOf(*format, {row.row()})[0].Bytes(NumberOf("tstat_fqdn"), kPen);
    RowBuffer as_json;
    AppendJsonString(read, as_json);
    EXPECT_THAT(ItemsOf(*json, row.row()), HasSubstr(std::string(as_json.view())));
  }
}

// A record has less than 64 KiB: texts are cut, between characters, and say so.
TEST_F(IpfixFormatTest, TooLongTextsAreCut) {
  auto format = FormatOf("ipfix", "columns=fqdn,c_tls_SNI");
  std::string text;
  for (int i = 0; i < 30000; ++i) text += "\xe2\x82\xac";
  RowOf row = Tcp(false, 0);
  row.Set("fqdn", Value::Of(text)).Set("c_tls_SNI", Value::Of(text));
  const Record record = RecordsOf(*format, {row.row()})[0];
  for (const char* name : {"tstat_fqdn", "tstat_c_tls_SNI"}) {
    const std::string cut = record.Bytes(NumberOf(name), kPen);
    ASSERT_GT(cut.size(), 32000u);
    EXPECT_EQ(cut.substr(cut.size() - 3), "[*]");
    EXPECT_EQ((cut.size() - 3) % 3, 0u) << "between characters";
    EXPECT_EQ(cut.substr(0, cut.size() - 3), text.substr(0, cut.size() - 3));
  }
}

TEST_F(IpfixFormatTest, MessagesAreAsLongAsAskedForAndNumbered) {
  auto format = FormatOf("ipfix", "message_bytes=1000&domain=17&types=no");
  const RowOf row = Tcp(false, 9), row6 = Tcp(true, 9);
  Reader reader;
  reader.Read(format->StreamHeader());
  uint32_t records = 0;
  size_t most = 0;
  std::vector<TableRow> rows;
  for (int i = 0; i < 50; ++i) rows.push_back(i % 3 == 0 ? row6.row() : row.row());
  for (const std::string& batch : BatchesOf(*format, rows, {.max_bytes = 5000})) {
    for (const Message& message : reader.Read(batch)) {
      EXPECT_EQ(message.sequence, records);
      EXPECT_EQ(message.domain, 17u);
      EXPECT_EQ(message.time, 1500000012u) << "the second after the last segment";
      records += static_cast<uint32_t>(message.records.size());
      EXPECT_LE(message.bytes, 1000u);
      most = std::max(most, message.records.size());
    }
  }
  EXPECT_EQ(records, 100u);
  EXPECT_GE(most, 2u);
}

TEST_F(IpfixFormatTest, ALargeRecordIsAMessageOfItsOwn) {
  auto format = FormatOf("ipfix", "message_bytes=512&columns=fqdn");
  const std::string text(2000, 'x');
  RowOf large = Tcp(false, 0);
  large.Set("fqdn", Value::Of(text));
  const RowOf small = Tcp(false, 0);
  Reader reader;
  reader.Read(format->StreamHeader());
  std::vector<size_t> counts;
  for (const Message& message :
       reader.Read(BatchesOf(*format, {small.row(), small.row(), large.row(), small.row()})[0])) {
    counts.push_back(message.records.size());
  }
  EXPECT_THAT(counts, ElementsAre(2, 1, 1));
}

// RFC 5610: each element of a template has a record that describes it.
TEST_F(IpfixFormatTest, ElementsAreDescribed) {
  auto format = FormatOf("ipfix", "logs=all&columns=all&pen=4711");
  Reader reader;
  std::map<uint64_t, Record> types;
  for (const Record& record : reader.Records(format->StreamHeader())) {
    EXPECT_EQ(record.Number(346), 4711u);
    EXPECT_TRUE(types.emplace(record.Number(303), record).second) << "described twice";
  }
  size_t enterprise = 0;
  for (const auto& [id, each] : reader.templates()) {
    if (each.scopes > 0) {
      EXPECT_EQ(each.scopes, 2);
      continue;
    }
    for (const ipfix_reader::Field& field : each.fields) {
      if (field.element.first != 4711) continue;
      ++enterprise;
      ASSERT_TRUE(types.contains(field.element.second)) << field.element.second;
    }
  }
  EXPECT_GT(enterprise, 1000u);
  const Record& rtt = types.at(NumberOf("tstat_c_rtt_avg"));
  EXPECT_EQ(rtt.Number(339), 8u) << "signed64";
  EXPECT_EQ(rtt.Number(344), 1u) << "quantity";
  EXPECT_EQ(rtt.Number(345), 8u) << "nanoseconds";
  EXPECT_EQ(rtt.Bytes(341), "tstat_c_rtt_avg");
  EXPECT_EQ(types.at(NumberOf("tstat_con_t")).Number(344), 5u) << "flags";
  EXPECT_EQ(types.at(NumberOf("tstat_c_bytes_uniq")).Number(345), 2u) << "octets";
  auto without = FormatOf("ipfix", "types=no");
  EXPECT_TRUE(Reader().Records(without->StreamHeader()).empty());
}

TEST_F(IpfixFormatTest, EveryTableHasRecords) {
  ExportDefaults defaults;
  defaults.has_labels = true;
  auto format = FormatOf("ipfix", "logs=all&columns=all", defaults);
  for (const RowTable& table : RowTables()) {
    if (!format->Takes(table)) continue;
    const RowOf row{table.name};
    TableRow labelled = row.row();
    labelled.label = "label";
    const std::vector<Record> records = RecordsOf(*format, {labelled});
    ASSERT_EQ(records.size(), 1u) << table.name;
    EXPECT_EQ(records[0].Bytes(kLogElement, kPen), table.log);
    if (table.Find("c_port").has_value()) {
      EXPECT_EQ(records[0].Bytes(kLabelElement, kPen), "label");
    }
  }
}

TEST(IpfixFormat, TakesFlowsUnlessOthersAreAskedFor) {
  const auto taken = [](std::string_view options, const ExportDefaults& defaults) {
    auto format = FormatOf("ipfix", options, defaults);
    std::set<std::string_view> tables;
    for (const RowTable& table : RowTables()) {
      if (format->Takes(table)) tables.insert(table.name);
    }
    return tables;
  };
  EXPECT_THAT(taken("", {}), ElementsAre("tcp_complete", "tcp_nocomplete", "udp_complete"));
  EXPECT_THAT(taken("logs=http", {}), ElementsAre("http_request", "http_response"));
  ExportDefaults only_udp;
  only_udp.logs = LogSet::None();
  only_udp.logs.set(Log::kUdpComplete, true);
  EXPECT_THAT(taken("", only_udp), ElementsAre("udp_complete"));
}

TEST(IpfixFormat, MistakesAreNamed) {
  const std::pair<const char*, const char*> mistakes[] = {
      {"pen=0", "option pen: it is a number from 1 to 4294967295"},
      {"pen=4294967296", "option pen"},
      {"pen=x", "option pen"},
      {"pen=29305", "29305 is that of reverse elements"},
      {"domain=-1", "option domain"},
      {"message_bytes=100", "from 512 to 65535"},
      {"flows=both", "uniflow, biflow"},
      {"types=1", "yes, no"},
      {"columns=c_oops", "\"c_oops\" is no column"}};
  for (const auto& [options, message] : mistakes) {
    const auto format = TryFormat("ipfix", options);
    ASSERT_FALSE(format.ok()) << options;
    EXPECT_THAT(std::string(format.status().message()), HasSubstr(message)) << options;
  }
  ExportDefaults of_site;
  of_site.ipfix_pen = 29305;
  EXPECT_FALSE(TryFormat("ipfix", "", of_site).ok());
}

TEST(IpfixElements, NumbersAreUniqueAndTheirOwn) {
  std::set<uint16_t> numbers;
  std::set<std::string> names;
  for (const IpfixElement& element : IpfixElements().all()) {
    EXPECT_TRUE(numbers.insert(element.number).second) << element.number;
    EXPECT_TRUE(names.insert(element.name).second) << element.name;
    EXPECT_LE(element.number, 32767);
  }
  EXPECT_EQ(IpfixElements().displaced(), 0u)
      << "another column has the number of a new one: give the new one another name";
  // What collectors have been told does not change.
  EXPECT_EQ(NumberOf("tstat_c_rtt_avg"), 24166);
  EXPECT_EQ(NumberOf("tstat_fqdn"), 18200);
}

TEST(IpfixPage, TheCommittedOneIsUpToDate) {
  const std::string path = std::string(TSTAT_SOURCE_DIR) + "/docs/ipfix.md";
  std::ifstream in(path, std::ios::binary);
  ASSERT_TRUE(in) << path;
  const std::string committed((std::istreambuf_iterator<char>(in)), {});
  EXPECT_EQ(committed, IpfixReferencePage()) << path << ": run the target docs_pages";
}

}  // namespace
}  // namespace tstat::internal
