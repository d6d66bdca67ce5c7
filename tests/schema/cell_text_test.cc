// SPDX-License-Identifier: BSD-3-Clause
#include "schema/cell_text.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "hostile_rows.h"
#include "records.h"
#include "row.h"
#include "schema/tcp_columns.h"
#include "tstat/schema.h"

namespace tstat::internal {
namespace {

constexpr TextKind kName = TextKind::kName, kOther = TextKind::kOther;

// As a cell in the middle of a row.
std::string Written(std::string_view text, TextKind kind = kOther, char separator = ' ') {
  RowBuffer row;
  row.Append("1 ");
  AppendCellText(text, kind, separator, /*begins_cell=*/true, row);
  return std::string(row.view().substr(2));
}

TEST(CellText, OrdinaryTextStaysAsItIs) {
  for (const std::string_view text :
       {"", "-", "www.example.org", "a-name-of-more-than-eight-bytes.example.org",
        "q=100%25&x=%zz;'<>|\\~!", "caf\xc3\xa9.example", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    EXPECT_EQ(Written(text, kName), text);
    EXPECT_EQ(Written(text, kOther, '\t'), text);
  }
}

TEST(CellText, ControlBytes) {
  for (int byte = 0; byte < 0x80; ++byte) {
    const std::string text = "abc" + std::string(1, static_cast<char>(byte)) + "defghijk";
    const bool control = byte < 0x20 || byte == 0x7f;
    char escaped[4];
    std::snprintf(escaped, sizeof(escaped), "%%%02X", byte);
    const std::string changed = std::string("abc") + escaped + "defghijk";
    EXPECT_EQ(Written(text, kOther, '\t'), control ? changed : text);
    EXPECT_EQ(Written(text, kOther, ' '), control || byte == ' ' ? changed : text);
  }
}

TEST(CellText, TheBlankStaysWhereItDoesNotSeparate) {
  EXPECT_EQ(Written("Mozilla/5.0 (X11; Linux)", kOther, '\t'), "Mozilla/5.0 (X11; Linux)");
  EXPECT_EQ(Written("two words", kOther, ' '), "two%20words");
  EXPECT_EQ(Written("a\tb", kOther, '\t'), "a%09b");
}

TEST(CellText, QuotesInNamesAndAtTheStartOfOtherText) {
  EXPECT_EQ(Written("\"a\".example", kName), "%22a%22.example");
  EXPECT_EQ(Written("\"a\" b", kOther, '\t'), "%22a\" b");
  EXPECT_EQ(Written("charset=\"utf-8\"", kOther, '\t'), "charset=\"utf-8\"");
}

// A DNS record quotes by itself: blanks become TABs, and a `"` at its begin stays where readers of
// tables find the one that ends it.
TEST(CellText, DnsRecords) {
  constexpr TextKind kRecord = TextKind::kRecord;
  EXPECT_EQ(Written("10 mail.example.", kRecord), "10\tmail.example.");
  EXPECT_EQ(Written("\"a b\" \"\"", kRecord), "\"a\tb\"\t\"\"");
  EXPECT_EQ(Written("\"a\tb\"", kRecord), "\"a\tb\"");
  EXPECT_EQ(Written("\"\"", kRecord), "\"\"");
  EXPECT_EQ(Written("\"a\\\"b\"", kRecord), "\"a\\\"b\"");
  EXPECT_EQ(Written("\"a\\\"\"", kRecord), "%22a\\\"\"");  // taken for a quote in the text
  EXPECT_EQ(Written("\"\\\"", kRecord), "\"\\\"");
  EXPECT_EQ(Written("\"cut", kRecord), "%22cut");
  EXPECT_EQ(Written("k=\"a\"\"", kRecord), "k=\"a\"\"");
  EXPECT_EQ(Written("a\n\x7f\xff", kRecord), "a%0A%7F%FF");
}

TEST(CellText, AHashOnlyAtTheStartOfTheRow) {
  EXPECT_EQ(Written("#1"), "#1");
  EXPECT_EQ(Written("a#1"), "a#1");
  RowBuffer row;
  AppendCellText("#c_ip:1#", kOther, ' ', /*begins_cell=*/true, row);
  row.Append("\n");
  AppendCellText("#x", kOther, ' ', /*begins_cell=*/true, row);
  EXPECT_EQ(row.view(), "%23c_ip:1#\n%23x");
}

// Each byte that no well-formed sequence contains, by itself.
TEST(CellText, InvalidUtf8) {
  EXPECT_EQ(Written("\xff"
                    "a\x80"),
            "%FFa%80");
  EXPECT_EQ(Written("\xc3"
                    "a"),
            "%C3a");
  EXPECT_EQ(Written("\xe2\x82"), "%E2%82");  // cut
  EXPECT_EQ(Written("\xe2\x82\xe2\x82\xac"), "%E2%82\xe2\x82\xac");
  EXPECT_EQ(Written("\xc0\xaf"), "%C0%AF");                // overlong
  EXPECT_EQ(Written("\xe0\x9f\xbf"), "%E0%9F%BF");         // overlong
  EXPECT_EQ(Written("\xf0\x8f\xbf\xbf"), "%F0%8F%BF%BF");  // overlong
  EXPECT_EQ(Written("\xed\xa0\x80"), "%ED%A0%80");         // a surrogate
  EXPECT_EQ(Written("\xf4\x90\x80\x80"), "%F4%90%80%80");  // above U+10FFFF
  EXPECT_EQ(Written("\xf5\x80\x80\x80"), "%F5%80%80%80");
  // The ends of the well-formed ranges.
  for (const std::string_view text :
       {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
        "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(Written(text), text);
  }
}

// The fast test against the rule, for one odd byte at each place of texts of many lengths.
TEST(CellText, EveryPlaceIsLookedAt) {
  for (size_t length = 1; length < 40; ++length) {
    for (size_t at = 0; at < length; ++at) {
      for (const uint8_t byte : {0x00, 0x1f, 0x20, 0x21, 0x22, 0x7e, 0x7f, 0x80, 0xff}) {
        std::string text(length, 'a');
        text[at] = static_cast<char>(byte);
        const bool plain = byte > ' ' && byte < 0x7f && byte != '"';
        EXPECT_EQ(IsPlainCellText(text, ' '), plain) << length << " " << at << " " << int{byte};
        EXPECT_EQ(IsPlainCellText(text, '\t'), plain || byte == ' ');
      }
    }
  }
}

TEST(CellText, APartOfAValueDoesNotBeginItsCell) {
  const TcpFlow flow = PlainHttpFlow();
  HttpMessage message;
  message.endpoints = &flow.endpoints;
  message.path = {.text = "\"/rest", .found = true};
  message.referer = {.text = "\"/rest", .found = true};
  message.referer.continued = true;
  const std::vector<std::string> cells = Cells(RowOf(HttpRequestTable(), message), '\t');
  EXPECT_EQ(cells[8], "%22/rest");
  EXPECT_EQ(cells[9], "[*]\"/rest");
}

// What a name may hold depends on the column, not on the log.
TEST(CellText, ColumnsOfNamesAndOfOtherText) {
  TcpFlow flow = PlainHttpFlow();
  flow.layer7.tls_server_name = flow.layer7.tls_common_name = flow.layer7.http_hostname = "a\"b c";
  auto resolution = std::make_shared<DnsResolution>();
  resolution->name = "d\"e";
  flow.endpoints.resolution = resolution;
  const CompatProfile profile = ColumnsOf33();
  const std::vector<std::string> header =
      Cells(LogHeader(TcpCompleteTable(), tcp_level::kDefault, profile));
  const std::vector<std::string> cells =
      Cells(RowOf(TcpCompleteTable(), flow, tcp_level::kDefault, profile));
  ASSERT_EQ(cells.size(), header.size());
  std::map<std::string, std::string> by_label;
  for (size_t i = 0; i < cells.size(); ++i) {
    by_label[header[i].substr(0, header[i].find(':'))] = cells[i];
  }
  EXPECT_EQ(by_label["c_tls_SNI"], "a%22b%20c");
  EXPECT_EQ(by_label["s_tls_SCN"], "a%22b%20c");
  EXPECT_EQ(by_label["fqdn"], "d%22e");
  EXPECT_EQ(by_label["http_hostname"], "a\"b%20c");
  HttpMessage message;
  message.endpoints = &flow.endpoints;
  EXPECT_EQ(Cells(RowOf(HttpRequestTable(), message), '\t')[7], "d%22e");
}

// Any bytes in any text of any record. TSTAT_SEED=N repeats a run.
TEST(CellText, RowsCannotBeForged) {
  const char* const given = std::getenv("TSTAT_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10))
                                         : std::random_device{}();
  SCOPED_TRACE("TSTAT_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  // Bytes that matter, more often than others.
  constexpr std::string_view kLoved("\n\r\t \"#\0\x7f\x1b%,\xc2\x80\xe2\x82\xf0\x9f\xff", 18);
  size_t rows = 0;
  for (int run = 0; run < 300; ++run) {
    std::vector<uint8_t> bytes(random() % 3000);
    for (uint8_t& byte : bytes) {
      byte = static_cast<uint8_t>(random() % 2 == 0 ? kLoved[random() % kLoved.size()] : random());
    }
    const auto check = [&rows](const HostileRow& row) {
      ++rows;
      ASSERT_EQ(WhatIsWrong(row), "") << row.log << ": " << testing::PrintToString(row.line);
    };
    for (const CompatProfile& profile : {CompatProfile::Tstat311(), CompatProfile::Tstat33()}) {
      ForEachHostileRow(ByteReader(bytes), profile, check);
      ForEachRowWithoutText(ByteReader(bytes), profile, check);
    }
    if (HasFatalFailure()) return;
  }
  EXPECT_EQ(rows, 300u * 2 * (13 + 7));
}

}  // namespace
}  // namespace tstat::internal
