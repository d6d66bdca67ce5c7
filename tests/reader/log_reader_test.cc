// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/log_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/output/temporary_folder.h"

namespace tstat::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using LastLine = LogReader::LastLine;

// A short log: some columns of log_tcp_nocomplete, one that is not known.
constexpr char kHeader[] = "#15#c_ip:1 c_port:2 future:3 first:4 s_mss:5 c_isint:6\n";
constexpr char kRow[] = "10.0.0.1 80 x 1500000010218.414062 0 1\n";

class LogReaderTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  static void Append(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary | std::ios::app) << text;
  }
  LogReader Open(const std::string& path, LogReaderOptions options = {}) {
    options.on_problem = [this](const LogProblem& problem) { problems_.push_back(problem); };
    auto reader = LogReader::Open(path, options);
    EXPECT_TRUE(reader.ok()) << reader.status();
    return *std::move(reader);
  }
  static bool Next(LogReader& reader, LastLine last = LastLine::kWait) {
    const absl::StatusOr<bool> next = reader.Next(last);
    EXPECT_TRUE(next.ok()) << next.status();
    return next.ok() && *next;
  }
  static Value ValueOf(const LogReader& reader, std::string_view column) {
    return reader.row().values[*reader.row().table->Find(column)];
  }
  static std::string_view CellOf(const LogReader& reader, std::string_view column) {
    return reader.row().cells[*reader.row().table->Find(column)];
  }
  std::vector<std::string> Messages() const {
    std::vector<std::string> messages;
    for (const LogProblem& problem : problems_) {
      messages.push_back(problem.message.substr(folder_.path().size() + 1));
    }
    return messages;
  }

  TemporaryFolder folder_;
  std::vector<LogProblem> problems_;
};

// Cells of all lengths, at all places in what is looked at at once.
TEST_F(LogReaderTest, FindsCellsWhereverTheyEnd) {
  for (size_t a = 0; a <= 18; ++a) {
    for (size_t b = 0; b <= 10; ++b) {
      const std::string cells[] = {std::string(a, 'a'),        std::string(b, '\xa0'), "", "!",
                                   std::string(a + b, '\x1f'), std::string(b, ' ' + 1)};
      std::string row;
      for (const std::string& cell : cells)
        row += (row.empty() && &cell == cells ? "" : " ") + cell;
      const std::string path = Write("log_tcp_complete", kHeader + row + "\n");
      LogReader reader = Open(path, {.values = false});
      ASSERT_TRUE(Next(reader)) << a << " " << b;
      EXPECT_EQ(CellOf(reader, "c_ip"), cells[0]);
      EXPECT_EQ(CellOf(reader, "c_port"), cells[1]);
      EXPECT_EQ(CellOf(reader, "first"), cells[3]);
      EXPECT_EQ(CellOf(reader, "s_mss"), cells[4]);
      EXPECT_EQ(CellOf(reader, "c_isint"), cells[5]);
      EXPECT_EQ(CellOf(reader, "s_ip").data(), nullptr);
    }
  }
}

TEST_F(LogReaderTest, SaysHowManyCellsAWrongRowHas) {
  LogReader reader = Open(Write("log_tcp_complete", std::string(kHeader) + "1 2 3\n1\n"));
  EXPECT_FALSE(Next(reader));
  ASSERT_EQ(problems_.size(), 2u);
  EXPECT_EQ(problems_[0].cells, 3u);
  EXPECT_EQ(problems_[1].cells, 1u);
}

// What one row has and the next one not does not stay.
TEST_F(LogReaderTest, AnotherHeaderTakesColumnsAway) {
  LogReader reader =
      Open(Write("log_tcp_complete", std::string(kHeader) + kRow + "#c_ip:1\n10.0.0.9\n"));
  ASSERT_TRUE(Next(reader));
  EXPECT_EQ(CellOf(reader, "c_port"), "80");
  ASSERT_TRUE(Next(reader));
  EXPECT_EQ(CellOf(reader, "c_ip"), "10.0.0.9");
  EXPECT_EQ(CellOf(reader, "c_port").data(), nullptr);
  EXPECT_TRUE(ValueOf(reader, "c_port").is_absent());
}

TEST_F(LogReaderTest, CellsAreFoundByTheHeadersNamesAndTyped) {
  LogReader reader = Open(Write("log_tcp_complete", std::string(kHeader) + kRow));
  ASSERT_TRUE(Next(reader));
  EXPECT_EQ(reader.row().table->name, "tcp_complete");
  EXPECT_EQ(ValueOf(reader, "c_ip").address(), IpAddress::V4(0x0a000001));
  EXPECT_EQ(ValueOf(reader, "c_port").unsigned_number(), 80u);
  EXPECT_EQ(ValueOf(reader, "first").timestamp().nanoseconds(), 1500000010218414062);
  // An MSS is never 0.
  EXPECT_TRUE(ValueOf(reader, "s_mss").is_absent());
  EXPECT_EQ(CellOf(reader, "s_mss"), "0");
  EXPECT_TRUE(ValueOf(reader, "c_isint").boolean());
  // The log does not have it.
  EXPECT_TRUE(ValueOf(reader, "fqdn").is_absent());
  EXPECT_EQ(CellOf(reader, "fqdn").data(), nullptr);
  EXPECT_EQ(reader.line(), 2u);
  EXPECT_FALSE(reader.row().flow_number.has_value());
  EXPECT_FALSE(Next(reader));
  EXPECT_FALSE(Next(reader, LastLine::kTake));
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(LogReaderTest, HeaderLinesHaveSeveralForms) {
  for (const char* header : {"#c_ip:1 c_port:2\n", "#31#c_ip:1 #31#c_port:2\n", "#c_ip c_port\n",
                             "# c_ip c_port\n", "#c_ip:1\tc_port:2\n"}) {
    const bool tabs = std::string(header).find('\t') != std::string::npos;
    LogReader reader = Open(
        Write("log_udp_complete", std::string(header) + (tabs ? "1.2.3.4\t5\n" : "1.2.3.4 5\n")));
    ASSERT_TRUE(Next(reader)) << header;
    EXPECT_EQ(ValueOf(reader, "c_port").unsigned_number(), 5u) << header;
  }
}

TEST_F(LogReaderTest, TheLastLineWaitsForItsNewline) {
  const std::string path = Write("log_tcp_complete", std::string(kHeader) + "10.0.0.1 8");
  LogReader reader = Open(path);
  EXPECT_FALSE(Next(reader));
  EXPECT_EQ(reader.position().offset, sizeof kHeader - 1);
  Append(path, "1 x 1.000000 1460 0");
  EXPECT_FALSE(Next(reader));
  Append(path, "\n10.0.0.2 ");
  ASSERT_TRUE(Next(reader));
  EXPECT_EQ(CellOf(reader, "c_port"), "81");
  EXPECT_EQ(ValueOf(reader, "s_mss").unsigned_number(), 1460u);
  EXPECT_FALSE(Next(reader));
  Append(path, "82 x 2.000000 0 0");
  ASSERT_TRUE(Next(reader, LastLine::kTake));
  EXPECT_EQ(CellOf(reader, "c_port"), "82");
  EXPECT_FALSE(Next(reader, LastLine::kTake));
  EXPECT_EQ(reader.counters().rows, 2u);
}

TEST_F(LogReaderTest, WhatIsNoRowIsToldByFileAndLine) {
  LogReader reader =
      Open(Write("log_tcp_complete", "1.2.3.4 1\n" + std::string(kHeader) + kRow + "1.2.3.4 1 x\n" +
                                         kHeader + kRow + "\n" + "1.2.3.4 http x 1.0 0 0\n"));
  EXPECT_TRUE(Next(reader));
  EXPECT_TRUE(Next(reader));
  EXPECT_EQ(reader.line(), 6u);
  ASSERT_TRUE(Next(reader));
  // The rest of the row is there.
  EXPECT_TRUE(ValueOf(reader, "c_port").is_absent());
  EXPECT_EQ(ValueOf(reader, "first").timestamp().nanoseconds(), 1000000);
  EXPECT_FALSE(Next(reader));
  EXPECT_THAT(Messages(),
              ElementsAre("log_tcp_complete:1: a row before a header line",
                          "log_tcp_complete:4: 3 cells where a row has 6",
                          "log_tcp_complete:5: the header line once more",
                          "log_tcp_complete:7: 1 cells where a row has 6",
                          "log_tcp_complete:8: column c_port: \"http\" is no value of it"));
  EXPECT_EQ(problems_[1].kind, LogProblem::Kind::kWrongCellCount);
  EXPECT_EQ(problems_[1].line, 4u);
  const LogReaderCounters& counters = reader.counters();
  EXPECT_EQ(counters.rows, 3u);
  EXPECT_EQ(counters.rows_without_header, 1u);
  EXPECT_EQ(counters.wrong_cell_counts, 2u);
  EXPECT_EQ(counters.repeated_headers, 1u);
  EXPECT_EQ(counters.bad_cells, 1u);
}

TEST_F(LogReaderTest, AnotherHeaderLineHoldsFromThereOn) {
  const std::string first = "#c_ip:1 c_port:2\n1.1.1.1 1\n", second = "#c_port:1 c_ip:2\n";
  const std::string path = Write("log_tcp_complete", first + second + "2 2.2.2.2\n3 3.3.3.3\n");
  LogReader reader = Open(path);
  EXPECT_TRUE(Next(reader));
  ASSERT_TRUE(Next(reader));
  EXPECT_EQ(ValueOf(reader, "c_port").unsigned_number(), 2u);
  EXPECT_THAT(problems_, IsEmpty());
  // So it does for a reader that goes on.
  const LogPosition position = reader.position();
  EXPECT_EQ(position.header_offset, first.size());
  LogReader next = Open(path, {.start = position});
  ASSERT_TRUE(Next(next));
  EXPECT_EQ(ValueOf(next, "c_port").unsigned_number(), 3u);
  EXPECT_EQ(next.line(), 5u);
  EXPECT_FALSE(Next(next));
  // A third one ends what the second said, for that reader, too.
  Append(path, "#c_ip:1 s_port:2\n4.4.4.4 4\n");
  ASSERT_TRUE(Next(next));
  EXPECT_EQ(CellOf(next, "s_port"), "4");
}

std::string Gzip(const std::string& text) {
  std::string out(text.size() + 1000, '\0');
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST_F(LogReaderTest, GzipOfSeveralMembersThatGrows) {
  const std::string first = Gzip(std::string(kHeader) + kRow);
  const std::string second = Gzip(std::string(kRow) + "1.2.3.4 9 x 1.0 0 0\n");
  const std::string path = Write("log_tcp_complete.gz", first + second.substr(0, 12));
  LogReader reader = Open(path);
  EXPECT_TRUE(Next(reader));
  const LogPosition position = reader.position();
  EXPECT_EQ(position.offset, sizeof kHeader + sizeof kRow - 2);
  EXPECT_FALSE(Next(reader));
  Append(path, second.substr(12));
  EXPECT_TRUE(Next(reader));
  ASSERT_TRUE(Next(reader));
  EXPECT_EQ(CellOf(reader, "c_port"), "9");
  EXPECT_FALSE(Next(reader, LastLine::kTake));

  LogReader next = Open(path, {.start = position});
  EXPECT_TRUE(Next(next));
  ASSERT_TRUE(Next(next));
  EXPECT_EQ(CellOf(next, "c_port"), "9");
  EXPECT_EQ(next.line(), 4u);

  const std::string damaged =
      Write("log_udp_complete.gz", first.substr(0, 20) + "nonsense" + first);
  auto bad = LogReader::Open(damaged);
  ASSERT_TRUE(bad.ok());
  absl::StatusOr<bool> row = true;
  while (row.ok() && *row) row = bad->Next();
  EXPECT_EQ(row.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(row.status().message()), HasSubstr("log_udp_complete.gz"));
}

TEST_F(LogReaderTest, LongLinesAreLeftOutAndBounded) {
  const std::string path = Write("log_tcp_complete", kHeader + std::string(3'000'000, 'x') + "\n" +
                                                         kRow + std::string(2'000'000, 'y'));
  LogReader reader = Open(path);
  ASSERT_TRUE(Next(reader));
  EXPECT_EQ(reader.line(), 3u);
  EXPECT_FALSE(Next(reader));
  Append(path, "y\n" + std::string(kRow));
  ASSERT_TRUE(Next(reader));
  EXPECT_EQ(reader.line(), 5u);
  EXPECT_EQ(reader.counters().long_lines, 2u);
  EXPECT_THAT(Messages(), ElementsAre("log_tcp_complete:2: a line of more than 1048576 bytes",
                                      "log_tcp_complete:4: a line of more than 1048576 bytes"));
  // The bound is the options'.
  LogReader strict = Open(path, {.max_line_bytes = sizeof kRow - 2});
  EXPECT_FALSE(Next(strict));
}

TEST_F(LogReaderTest, RequestsAndResponsesOfOneLog) {
  LogReader reader =
      Open(Write("log_http_complete",
                 "#C#c_ip:1\ttime_abs:2\tmethod:3\n#S#c_ip:1\ttime_abs:2\tHTTP:3\n"
                 "1.1.1.1\t1500000004.793093\tGET\n1.1.1.1\t1500000005.000000\tHTTP\n"
                 "1.1.1.1\t1500000006.000000\tRES2\n"));
  ASSERT_TRUE(Next(reader));
  EXPECT_EQ(reader.row().table->name, "http_request");
  EXPECT_EQ(ValueOf(reader, "time_abs").timestamp().nanoseconds(), 1500000004793093000);
  EXPECT_EQ(ValueOf(reader, "method").text(), "GET");
  ASSERT_TRUE(Next(reader));
  EXPECT_EQ(reader.row().table->name, "http_response");
  ASSERT_TRUE(Next(reader));
  EXPECT_EQ(reader.row().table->name, "http_response");
  EXPECT_THAT(problems_, IsEmpty());
}

// Not in the true profile.
TEST_F(LogReaderTest, TheColumnThatTheHeaderForgets) {
  for (const std::string header :
       {"#idflow:1 type:2 dir:3 paylen:4 first_tm:5 durat:6 con_t:7\n",
        "#idflow:1 type:2 dir:3 msgsize:4 paylen:5 first_tm:6 durat:7 con_t:8\n"}) {
    LogReader reader =
        Open(Write("log_chat_messages", header + "7 MSG_N -1 ? 25 1500000000.410000 0.050 64\n"));
    ASSERT_TRUE(Next(reader));
    EXPECT_EQ(reader.row().flow_number, 7u);
    EXPECT_EQ(ValueOf(reader, "type").unsigned_number(),
              static_cast<uint64_t>(ChatMessage::Type::kMsnN));
    EXPECT_EQ(ValueOf(reader, "dir").signed_number(), -1);
    EXPECT_TRUE(ValueOf(reader, "msgsize").is_absent());
    EXPECT_EQ(ValueOf(reader, "paylen").signed_number(), 25);
    EXPECT_EQ(ValueOf(reader, "durat").duration(), std::chrono::milliseconds(50));
    EXPECT_EQ(ValueOf(reader, "con_t").unsigned_number(), 64u);
    EXPECT_THAT(problems_, IsEmpty());
  }
}

TEST_F(LogReaderTest, WhatSaysWithoutDoubtThatThereIsNoValue) {
  LogReader reader = Open(
      Write("log_tcp_complete",
            "#fqdn:1 dns_rslv:2 req_tm:3 http_res:4 c_first:5 s_cwin_min:6 s_mss:7 c_rtt_avg:8\n"
            "- - 0.0 --- 0.000000 0 -1 0.000000\n"
            "a 1.2.3.4 1.5 000 0.500000 7 1460 0.050363\n"
            "b 2a03:b0c0:0003:00d0::0070:1001 0.000000 301 -0.500000 7 1460 1e3\n"));
  ASSERT_TRUE(Next(reader));
  for (const char* column : {"fqdn", "dns_rslv", "req_tm", "http_res", "s_cwin_min"}) {
    EXPECT_TRUE(ValueOf(reader, column).is_absent()) << column;
  }
  // The first payload may be in the first segment; no round-trip time may have been 0.
  EXPECT_EQ(ValueOf(reader, "c_first").duration().count(), 0);
  EXPECT_EQ(ValueOf(reader, "c_rtt_avg").duration().count(), 0);
  // 65535 as the text prints it.
  EXPECT_EQ(ValueOf(reader, "s_mss").unsigned_number(), 65535u);
  ASSERT_TRUE(Next(reader));
  EXPECT_EQ(ValueOf(reader, "dns_rslv").address(), IpAddress::V4(0x01020304));
  EXPECT_EQ(ValueOf(reader, "req_tm").timestamp().nanoseconds(), 1500000);
  EXPECT_TRUE(ValueOf(reader, "http_res").is_absent());
  EXPECT_EQ(ValueOf(reader, "c_rtt_avg").duration().count(), 50363);
  ASSERT_TRUE(Next(reader));
  EXPECT_EQ(ValueOf(reader, "dns_rslv").address(), *IpAddress::Parse("2a03:b0c0:3:d0::70:1001"));
  EXPECT_TRUE(ValueOf(reader, "req_tm").is_absent());
  EXPECT_EQ(ValueOf(reader, "http_res").unsigned_number(), 301u);
  EXPECT_EQ(ValueOf(reader, "c_first").duration().count(), -500000);
  EXPECT_EQ(ValueOf(reader, "c_rtt_avg").duration().count(), 1000000000);
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(LogReaderTest, ZeroOfWhatIsNeverZeroIsNoValue) {
  LogReader periodic = Open(Write("log_tcp_periodic",
                                  "#c_cwin_min:1 s_cwin_max:2 c_rtt_cnt:3\n"
                                  "0 0 0\n"
                                  "7 8 9\n"));
  ASSERT_TRUE(Next(periodic));
  EXPECT_TRUE(ValueOf(periodic, "c_cwin_min").is_absent());
  EXPECT_TRUE(ValueOf(periodic, "s_cwin_max").is_absent());
  EXPECT_EQ(ValueOf(periodic, "c_rtt_cnt").unsigned_number(), 0u);
  ASSERT_TRUE(Next(periodic));
  EXPECT_EQ(ValueOf(periodic, "c_cwin_min").unsigned_number(), 7u);
  EXPECT_EQ(ValueOf(periodic, "s_cwin_max").unsigned_number(), 8u);

  LogReader video = Open(Write("log_video_complete",
                               "#vd_dur:1 vd_rate_tot:2 vd_width:3 vd_height:4 yt_seek:5\n"
                               "0.000000 0.000000 0 0 0\n"
                               "10.500000 564.000000 320 240 1\n"));
  ASSERT_TRUE(Next(video));
  for (const char* column : {"vd_dur", "vd_rate_tot", "vd_width", "vd_height"}) {
    EXPECT_TRUE(ValueOf(video, column).is_absent()) << column;
  }
  EXPECT_EQ(ValueOf(video, "yt_seek").signed_number(), 0);
  ASSERT_TRUE(Next(video));
  EXPECT_EQ(ValueOf(video, "vd_dur").real(), 10.5);
  EXPECT_EQ(ValueOf(video, "vd_rate_tot").real(), 564);
  EXPECT_EQ(ValueOf(video, "vd_width").signed_number(), 320);
  EXPECT_EQ(ValueOf(video, "vd_height").signed_number(), 240);
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(LogReaderTest, ZeroThatMayBeAValueIsOne) {
  LogReader reader = Open(Write("log_mm_complete",
                                "#c_pkts:1 c_jitter:2 c_durat:3 c_rate:4 c_restarted:5 "
                                "c_rtcp_lost:6\n"
                                "0 0 0 0 0 0\n"
                                "2 0 0.000000 0 0 0\n"));
  for (int row = 0; row < 2; ++row) {
    ASSERT_TRUE(Next(reader));
    EXPECT_EQ(ValueOf(reader, "c_pkts").unsigned_number(), row == 0 ? 0u : 2u);
    for (const char* column : {"c_jitter", "c_rate", "c_restarted", "c_rtcp_lost"}) {
      EXPECT_FALSE(ValueOf(reader, column).is_absent()) << column;
    }
    EXPECT_EQ(ValueOf(reader, "c_jitter").duration().count(), 0);
    EXPECT_EQ(ValueOf(reader, "c_rate").real(), 0);
    EXPECT_FALSE(ValueOf(reader, "c_restarted").boolean());
    EXPECT_EQ(ValueOf(reader, "c_rtcp_lost").signed_number(), 0);
    // With decimals where there is one.
    EXPECT_EQ(ValueOf(reader, "c_durat").is_absent(), row == 0);
  }
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(LogReaderTest, WithoutValuesThereAreCells) {
  LogReader reader =
      Open(Write("log_tcp_complete", std::string(kHeader) + kRow), {.values = false});
  ASSERT_TRUE(Next(reader));
  EXPECT_TRUE(ValueOf(reader, "c_port").is_absent());
  EXPECT_EQ(CellOf(reader, "c_port"), "80");
}

TEST_F(LogReaderTest, ColumnsThatNobodyNeedsAreNotRead) {
  const std::string header = "#15#c_ip:1 c_port:2 s_ip:3 s_port:4 first:5\n";
  const std::string path =
      Write("log_tcp_complete", header + "10.0.0.1 none 10.0.0.2 80 1500000010218.414062\n" +
                                    "10.0.0.1 1 10.0.0.2 none 1500000010218.414062\n");
  LogReaderOptions options;
  options.needs_column = [](const RowTable& table, size_t column) {
    return column == table.Find("s_ip") || column == table.Find("s_port");
  };
  LogReader reader = Open(path, options);
  ASSERT_TRUE(Next(reader));
  EXPECT_EQ(ValueOf(reader, "s_ip").address(), *IpAddress::Parse("10.0.0.2"));
  EXPECT_EQ(ValueOf(reader, "s_port").unsigned_number(), 80u);
  for (const char* const column : {"c_ip", "c_port", "first"}) {
    EXPECT_TRUE(ValueOf(reader, column).is_absent()) << column;
  }
  EXPECT_EQ(CellOf(reader, "c_port"), "none");
  EXPECT_THAT(problems_, IsEmpty());
  // What is not read now is not what was read before.
  ASSERT_TRUE(Next(reader));
  EXPECT_TRUE(ValueOf(reader, "s_port").is_absent());
  EXPECT_THAT(Messages(),
              ElementsAre("log_tcp_complete:3: column s_port: \"none\" is no value of it"));
}

TEST_F(LogReaderTest, SaysWhatIsNotComplete) {
  const std::string path = Write("log_tcp_complete", std::string(kHeader) + kRow);
  LogReader reader = Open(path);
  ASSERT_TRUE(Next(reader));
  EXPECT_FALSE(Next(reader));
  EXPECT_FALSE(reader.has_open_line());
  EXPECT_FALSE(reader.is_cut());
  Append(path, "10.0.0.1");
  EXPECT_FALSE(Next(reader));
  EXPECT_TRUE(reader.has_open_line());
  EXPECT_FALSE(Next(reader, LastLine::kTake));
  EXPECT_FALSE(reader.has_open_line());

  const std::string compressed = folder_.path() + "/log_udp_complete.gz";
  const gzFile file = gzopen(compressed.c_str(), "wb");
  ASSERT_GT(gzputs(file, "#c_ip:1\n10.0.0.1\n"), 0);
  gzclose(file);
  LogReader whole = Open(compressed);
  ASSERT_TRUE(Next(whole));
  EXPECT_FALSE(Next(whole));
  EXPECT_FALSE(whole.is_cut());
  std::filesystem::resize_file(compressed, std::filesystem::file_size(compressed) - 1);
  LogReader cut = Open(compressed);
  ASSERT_TRUE(Next(cut));
  EXPECT_FALSE(Next(cut));
  EXPECT_TRUE(cut.is_cut());
}

// A UDP flow of RTP one way and RTCP the other.
std::string MediaRow(const std::string& round_trips) {
  std::string row;
  for (const RowColumn& column : FindRowTable("media_flow")->columns) {
    if (column.info.type.kind == ColumnKind::kAddress) {
      row += " 10.0.0.1";
    } else if (column.name == "proto") {
      row += "2";
    } else if (column.name == "c_type" || column.name == "s_type") {
      row += column.name == "c_type" ? " 3" : " 4";
    } else if (column.name == "c_durat" || column.name == "s_durat") {
      row += " 2.500000";
    } else if (column.name == "s_jitter" || column.name == "s_jitter_max") {
      row += " 160";
    } else if (column.name == "s_rtt_cnt") {
      row += " " + round_trips;
    } else if (column.name == "con_t" || column.name.find("rtcp_jitter") != std::string::npos) {
      continue;
    } else {
      row += column.name == "c_rate" || column.name == "s_rate" ? " 64" : " 0";
    }
  }
  return row + "\n";
}

// The unit of a cell, and whether its 0 is one, depend on the kind of stream.
TEST_F(LogReaderTest, CellsOfMediaFlowsAreReadByTheKindOfStream) {
  LogReader reader = Open(Write("log_mm_complete", MediaRow("0") + MediaRow("2")));
  ASSERT_TRUE(Next(reader));
  EXPECT_EQ(ValueOf(reader, "c_durat").duration(), Duration(2500000000));
  EXPECT_EQ(ValueOf(reader, "s_durat").duration(), Duration(2500000));
  EXPECT_EQ(ValueOf(reader, "c_rate").real(), 64);
  EXPECT_EQ(ValueOf(reader, "s_rate").real(), 64000);
  EXPECT_EQ(ValueOf(reader, "c_jitter").duration(), Duration(0));
  EXPECT_TRUE(ValueOf(reader, "s_jitter").is_absent());
  EXPECT_EQ(ValueOf(reader, "s_rtcp_jitter").real(), 160);
  EXPECT_EQ(ValueOf(reader, "s_rtcp_jitter_max").unsigned_number(), 160u);
  EXPECT_FALSE(ValueOf(reader, "c_restarted").boolean());
  EXPECT_TRUE(ValueOf(reader, "s_restarted").is_absent());
  EXPECT_EQ(ValueOf(reader, "s_rtcp_lost").signed_number(), 0);
  EXPECT_TRUE(ValueOf(reader, "c_rtcp_lost").is_absent());
  EXPECT_TRUE(ValueOf(reader, "c_first_http").is_absent());
  EXPECT_EQ(ValueOf(reader, "s_rtt_cnt").unsigned_number(), 0u);
  for (const char* column : {"s_rtt_avg", "s_rtt_max", "s_rtt_min", "c_rtt_cnt", "c_rtt_min"}) {
    EXPECT_TRUE(ValueOf(reader, column).is_absent()) << column;
  }
  ASSERT_TRUE(Next(reader));
  for (const char* column : {"s_rtt_avg", "s_rtt_max", "s_rtt_min"}) {
    ASSERT_FALSE(ValueOf(reader, column).is_absent()) << column;
    EXPECT_EQ(ValueOf(reader, column).duration(), Duration(0)) << column;
  }
  EXPECT_TRUE(ValueOf(reader, "c_rtt_min").is_absent());
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(LogReaderTest, OpenNamesWhatIsWrong) {
  EXPECT_EQ(LogReader::Open(folder_.path() + "/log_tcp_complete").status().code(),
            absl::StatusCode::kNotFound);
  const absl::Status unknown = LogReader::Open(Write("flows.txt", kHeader)).status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("flows.txt: no log has this name"));
  LogReader named =
      Open(Write("flows.txt", std::string(kHeader) + kRow), {.log = Log::kTcpNocomplete});
  EXPECT_TRUE(Next(named));
  EXPECT_EQ(named.row().table->name, "tcp_nocomplete");
  std::filesystem::create_directory(folder_.path() + "/log_udp_complete");
  EXPECT_FALSE(LogReader::Open(folder_.path() + "/log_udp_complete").ok());
}

// The row of the position is the first one behind its header line: another header line ends it.
TEST_F(LogReaderTest, BehindAPositionAHeaderLineBeginsAnew) {
  const std::string path = Write("log_udp_complete",
                                 "#c_ip:1 c_port:2\n1.2.3.4 1\n#c_ip:1 c_port:2 s_ip:3\n"
                                 "1.2.3.4 2\n1.2.3.4 3 5.6.7.8\n");
  LogReader reader = Open(path);
  ASSERT_TRUE(Next(reader));
  const LogPosition position = reader.position();
  LogReader later = Open(path, {.start = position});
  for (LogReader* const each : {&reader, &later}) {
    ASSERT_TRUE(Next(*each));
    EXPECT_EQ(CellOf(*each, "c_port"), "3");
    EXPECT_FALSE(Next(*each));
  }
}

TEST_F(LogReaderTest, GoesOnOnlyWithTheFileOfThePosition) {
  const std::string path = Write("log_tcp_complete", std::string(kHeader) + kRow + kRow);
  LogReader reader = Open(path);
  ASSERT_TRUE(Next(reader));
  LogPosition position = reader.position();
  EXPECT_NE(position.inode, 0u);
  EXPECT_EQ(position.line, 2u);
  LogReader next = Open(path, {.start = position});
  EXPECT_TRUE(Next(next));
  EXPECT_FALSE(Next(next));

  LogPosition other = position;
  ++other.inode;
  EXPECT_EQ(LogReader::Open(path, {.start = other}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  LogPosition behind = position;
  behind.offset = 100000;
  const absl::Status shorter = LogReader::Open(path, {.start = behind}).status();
  EXPECT_EQ(shorter.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(shorter.message()), HasSubstr("log_tcp_complete: is shorter"));

  ASSERT_TRUE(Next(reader));
  std::filesystem::resize_file(path, 10);
  EXPECT_EQ(reader.Next().status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace tstat::internal
