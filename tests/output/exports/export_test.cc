// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/output/formats/rows.h"
#include "tests/output/temporary_folder.h"
#include "tstat/exports.h"

namespace tstat::internal {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

class ExportTest : public ::testing::Test {
 protected:
  std::unique_ptr<Export> Make(const std::string& text) {
    settings_.spool_dir = spools();
    absl::StatusOr<std::unique_ptr<Export>> made = Export::Create(text, settings_);
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? *std::move(made) : nullptr;
  }
  std::unique_ptr<Export> MakeOpen(const std::string& text) {
    std::unique_ptr<Export> made = Make(text);
    if (made != nullptr) {
      if (const absl::Status status = made->Open(); !status.ok()) ADD_FAILURE() << status;
    }
    return made;
  }
  std::string ErrorOf(const std::string& text) {
    const auto made = Export::Create(text, settings_);
    EXPECT_FALSE(made.ok()) << text;
    return std::string(made.status().message());
  }
  static void AppendPort(Export& out, uint16_t port) {
    RowOf row("tcp_complete");
    row.Set("s_port", Value::Of(port));
    EXPECT_TRUE(out.Append(row.row()));
  }
  std::string spools() const { return folder_.path() + "/spools"; }
  std::string File(const std::string& name) const { return folder_.path() + "/" + name; }

  TemporaryFolder folder_;
  ExportSettings settings_;
};

constexpr std::string_view kPorts = "#logs=tcp&columns=s_port";

TEST_F(ExportTest, SaysWhetherItLooksAtValues) {
  for (const auto& [text, expected] :
       std::vector<std::pair<std::string, bool>>{{"json=-", true},
                                                 {"csv=-#logs=tcp", true},
                                                 {"influx=-", false},
                                                 {"influx=-#points=full", true},
                                                 {"netsage=-", false}}) {
    EXPECT_EQ(Make(text)->needs_values(), expected) << text;
  }
}

TEST_F(ExportTest, WritesRowsToItsDestination) {
  auto out = MakeOpen(absl::StrCat("csv=", File("flows.csv"), kPorts.data()));
  ASSERT_TRUE(out->Start().ok());
  AppendPort(*out, 80);
  out->Flush();
  AppendPort(*out, 443);
  EXPECT_FALSE(out->Append(RowOf("udp_complete").row()));
  out->Close(seconds(10));
  EXPECT_EQ(ReadWholeFile(File("flows.csv")), "s_port\n80\n443\n");
  const ExportStatistics statistics = out->statistics();
  EXPECT_EQ(statistics.rows, 2u);
  EXPECT_EQ(statistics.batches, 2u);
  EXPECT_EQ(statistics.bytes, std::string("s_port\n80\ns_port\n443\n").size());
  EXPECT_EQ(statistics.destination.sent_rows, 2u);
  EXPECT_EQ(statistics.destination.queued_batches, 0u);
  EXPECT_EQ(statistics.destination.name, File("flows.csv"));
  // After its end nothing is taken.
  EXPECT_FALSE(out->Append(RowOf("tcp_complete").row()));
}

TEST_F(ExportTest, WhatWaitsGoesOutTheNextTime) {
  const std::string text = absl::StrCat("json=", File("flows.jsonl"), kPorts.data());
  {
    auto out = MakeOpen(text);
    AppendPort(*out, 1);
    out->Flush();
    EXPECT_EQ(out->next_batch(), 2u);
    AppendPort(*out, 2);
    out->Close(seconds(0));  // nothing was sent: there was no thread
    EXPECT_EQ(out->statistics().destination.queued_rows, 2u);
  }
  EXPECT_EQ(ReadWholeFile(File("flows.jsonl")), "") << "it is there to be locked";
  auto out = MakeOpen(text);
  EXPECT_EQ(out->next_batch(), 3u);
  ASSERT_TRUE(out->Start().ok());
  out->Close(seconds(10));
  EXPECT_EQ(ReadWholeFile(File("flows.jsonl")),
            "{\"log\":\"log_tcp_complete\",\"flow\":null,\"s_port\":1}\n"
            "{\"log\":\"log_tcp_complete\",\"flow\":null,\"s_port\":2}\n");
}

TEST_F(ExportTest, NamesItsSpoolByFormatAndDestination) {
  if (absl::IsUnimplemented(Export::Create("json=http://h/", {}).status())) GTEST_SKIP();
  EXPECT_THAT(
      Make("influx=http://127.0.0.1:8086/write?db=secret")->name(),
      AllOf(MatchesRegex("influx-127.0.0.1-8086-write-[0-9a-f]{8}"), Not(HasSubstr("secret"))));
  EXPECT_THAT(Make("json=" + File("a b.jsonl"))->name(), StartsWith("json-a-b.jsonl-"));
  EXPECT_THAT(Make("json=-")->name(), StartsWith("json-stdout-"));
  // Options do not change which spool it is; format and address do.
  const std::string name = Make("json=x")->name();
  EXPECT_EQ(Make("json=x#codes=names")->name(), name);
  EXPECT_NE(Make("csv=x#logs=tcp")->name(), name);
  EXPECT_NE(Make("json=/tmp/x")->name(), name);
  EXPECT_NE(Make("influx=http://h/write?db=a")->name(), Make("influx=http://h/write?db=b")->name());
  EXPECT_EQ(Make("json=x#name=one")->spool(), spools() + "/one");
  EXPECT_EQ(Make("json=x#spool=/var/spool/here")->spool(), "/var/spool/here");
  EXPECT_TRUE(Make("json=-")->is_stdout());
  EXPECT_FALSE(Make("json=x")->is_stdout());
  EXPECT_TRUE(Make("json=http://h/")->needs_network());
  EXPECT_TRUE(Make("json=unix:/x")->needs_network());
  EXPECT_FALSE(Make("json=file:/tmp/y")->needs_network());
  EXPECT_FALSE(Make("json=-")->needs_network());
  EXPECT_EQ(Make("json=file:/tmp/y")->file_directory(), "/tmp");
  EXPECT_EQ(Make("json=y")->file_directory(), ".");
  EXPECT_EQ(Make("json=unix:/x")->file_directory(), "");
}

TEST_F(ExportTest, MistakesNameWhatIsAllowed) {
  const std::pair<std::string, std::string> mistakes[] = {
      {"", "an export is FORMAT=DESTINATION#OPTIONS"},
      {"json", "\"json\" is no format; known: json, csv, influx, netsage"},
      {"=x", "an export is FORMAT=DESTINATION#OPTIONS"},
      {"xml=x", "xml=x: \"xml\" is no format; known: json, csv, influx, netsage"},
      {"json=", "is no path of a file; allowed are \"-\" (standard output)"},
      {"json=ftp://h/x", "\"ftp\" is no kind of destination; allowed are"},
      {"json=http://", "json=http://: "},
      {"json=x#logs=tpc", "\"tpc\" is no log of this profile; known: all, tcp"},
      {"json=x#logs=tcp&columns=c_ipp", "\"c_ipp\" is no column of the selected logs; known: "},
      {"json=x#columns=label", "\"label\" is no column"},
      {"json=x#log=tcp",
       "\"log\" is no option of a file; there are: rotate_bytes rotate_time keep; "
       "of json: logs columns codes; of every export: name probe spool"},
      {"json=-#tags=a", "\"tags\" is no option of standard output, which has none; of json: "},
      {"json=x#logs", "\"logs\": options are NAME=VALUE, separated by &"},
      {"json=x#name=", "option name: the value is empty"},
      {"json=x#name=..", "option name: \"..\" is no name"},
      {"json=x#name=a/b", "option name: \"a/b\" is no name"},
      {"json=x#probe=a b", "option probe: \"a b\" is no name of a probe"},
      {"json=x#spool_full=all", "known: oldest, newest, wait"},
      {"json=x#spool_sync=often", "known: never, second, batch"},
      {"json=x#spool_bytes=1k", "option spool_bytes: 1k is out of range"},
      {"json=x#spool_bytes=1M", "a spool must have room for 16 batches"},
      {"json=x#batch_bytes=1G", "option batch_bytes: 1G is out of range"},
      {"json=x#batch_items=0", "option batch_items: \"0\" is no number of items"},
      {"json=x#batch_time=soon", "option batch_time: \"soon\" is no time"},
      {"json=http://h/x#user=u", "option user: user and password belong together"},
      {"json=http://h/x#user=u&password=p", "a secret is given as env:NAME"},
      {"csv=x", "csv has one kind of rows a stream"},
      {"json=x#columns=c_ip,c_ip", "\"columns\" names \"c_ip\" twice"},
      {"json=x#rotate_time=0", "option rotate_time: must be at least 1"},
      {"json=x#rotate_bytes=0", "option rotate_bytes: must be at least 1"},
      {"json=x#keep=0", "option keep: must be at least 1"},
      {"influx=http://h/write", "InfluxDB needs the database: .../write?db=NAME"},
      {"influx=http://h/write?rp=a", "InfluxDB needs the database"},
      {"json=https://h/#ca=/missing/ca.pem", "option ca: /missing/ca.pem: No such file"},
      {"json=https://h/#cert=/etc&key=/etc", "option cert: /etc: is no file"},
      {"json=amqps://h/#queue=q&ca=/missing/ca.pem", "option ca: /missing/ca.pem: No such file"},
      {"json=/etc", "/etc: Is a directory"},
      {"json=/missing/flows", "/missing: No such file or directory"},
      {"json=/etc/passwd/flows", "/etc/passwd: Not a directory"},
      {"json=" + File("link"), "is a symbolic link, which is not followed"},
      {"json=x#spool=/etc/passwd", "spool /etc/passwd: is no directory"},
      {"json=x#spool=/etc/passwd/a/b", "spool /etc/passwd: is no directory"},
      {"json=x#spool=" + File("open"), "others have access to it"}};
  std::filesystem::create_symlink(File("elsewhere"), File("link"));
  std::filesystem::create_directory(File("open"));
  std::filesystem::permissions(File("open"), std::filesystem::perms::all);
  for (const auto& [text, error] : mistakes) EXPECT_THAT(ErrorOf(text), HasSubstr(error)) << text;
  // Neither the query nor the options are shown, nor a password where none may be.
  EXPECT_THAT(ErrorOf("json=http://me:hidden@h/"), Not(HasSubstr("hidden")));
  EXPECT_THAT(ErrorOf("influx=http://h/write?db=hidden#log=hidden"), Not(HasSubstr("hidden")));
  EXPECT_FALSE(std::filesystem::exists(spools()));
}

TEST_F(ExportTest, TellsBeforeABatchIsKept) {
  std::vector<std::string> told;
  absl::Status answer;
  settings_.on_batch = [&](const ExportBatchInfo& batch) {
    told.push_back(absl::StrCat(batch.number, ": ", batch.items, " items, ", batch.rows, " rows, ",
                                batch.open_row_items, " open"));
    return answer;
  };
  // Two points a row: the second request ends within one.
  auto out = MakeOpen("influx=" + File("points") + "#batch_items=3");
  RowOf row("tcp_complete");
  for (const char* column : {"c_ip", "s_ip"}) row.SetCell(column, "10.0.0.1");
  for (const RowColumn& column : FindRowTable("tcp_complete")->columns) {
    if (column.name != "c_ip" && column.name != "s_ip") row.SetCell(column.name, "1");
  }
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(out->Append(row.row()));
  answer = absl::UnavailableError("no room for notes");
  out->Flush();
  EXPECT_THAT(told, ElementsAre("1: 3 items, 1 rows, 1 open", "2: 1 items, 1 rows, 0 open"));
  EXPECT_EQ(out->next_batch(), 2u);
  EXPECT_EQ(out->statistics().batches, 1u);
  EXPECT_EQ(out->statistics().destination.dropped_rows, 1u);
  // The rest of the row that was cut.
  answer = absl::OkStatus();
  EXPECT_TRUE(out->Append(row.row(), 1));
  out->Flush();
  EXPECT_EQ(told.back(), "2: 1 items, 1 rows, 0 open");
  EXPECT_EQ(out->next_batch(), 3u);
}

TEST_F(ExportTest, BatchesOfSlowRowsGoOutInTime) {
  settings_.batch_time = milliseconds(30);
  auto out = MakeOpen("json=" + File("x"));
  AppendPort(*out, 1);
  out->FlushOld();
  EXPECT_EQ(out->statistics().batches, 0u);
  std::this_thread::sleep_for(milliseconds(40));
  out->FlushOld();
  EXPECT_EQ(out->statistics().batches, 1u);
  out->FlushOld();
  EXPECT_EQ(out->statistics().batches, 1u);
}

TEST_F(ExportTest, WhatCanBeReadAgainWaitsForRoom) {
  settings_.max_batch_bytes = 1000;
  settings_.max_spool_bytes = 20000;
  settings_.full = FullSpool::kWait;
  std::atomic<int> asked{0};
  settings_.may_wait = [&asked] { return ++asked < 3; };
  auto out = MakeOpen("json=" + File("x"));
  RowOf row("tcp_complete");
  for (int i = 0; i < 100; ++i) out->Append(row.row());  // nobody sends
  const ExportStatistics full = out->statistics();
  EXPECT_GE(asked, 3);
  EXPECT_GT(full.destination.dropped_batches, 0u);
  EXPECT_LE(full.destination.bytes_on_disk, 20000u);

  // With somebody who sends nothing is dropped.
  asked = 0;
  settings_.may_wait = nullptr;
  out.reset();
  out = MakeOpen("json=" + File("x"));
  const uint64_t before = out->statistics().destination.queued_rows;
  ASSERT_TRUE(out->Start().ok());
  for (int i = 0; i < 300; ++i) EXPECT_TRUE(out->Append(row.row()));
  out->Close(seconds(20));
  EXPECT_EQ(out->statistics().destination.dropped_rows, 0u);
  EXPECT_EQ(out->statistics().destination.sent_rows, 300 + before);
}

TEST_F(ExportTest, AWaitForADestinationThatTakesNothingHasAnEnd) {
  settings_.max_batch_bytes = 1000;
  settings_.max_spool_bytes = 20000;
  settings_.full = FullSpool::kWait;
  settings_.longest_wait = milliseconds(1500);
  std::vector<std::string> told;
  settings_.tell = [&told](std::string_view line) { told.emplace_back(line); };
  auto out = MakeOpen("json=" + File("x"));
  RowOf row("tcp_complete");
  const auto append = [&](size_t count) {
    for (size_t i = 0; i < count; ++i) EXPECT_TRUE(out->Append(row.row()));
    out->Flush();
  };
  append(100);  // nobody sends
  ASSERT_GE(told.size(), 2u);
  EXPECT_THAT(told[0], AllOf(StartsWith(File("x") + ": the spool "),
                             HasSubstr("is full; the analysis waits")));
  EXPECT_THAT(told[1], HasSubstr(": has taken nothing for 1 s; the analysis waits no longer"));
  EXPECT_GT(out->statistics().destination.dropped_rows, 0u);
  EXPECT_LE(told.size(), 3u) << "it waits once";  // and that rows are dropped

  // When the destination is there again, it is waited for.
  const uint64_t dropped = out->statistics().destination.dropped_rows;
  ASSERT_TRUE(out->Start().ok());
  while (out->statistics().destination.queued_batches > 0) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  append(100);
  out->Close(seconds(20));
  const DestinationStatistics end = out->statistics().destination;
  EXPECT_EQ(end.dropped_rows, dropped);
  EXPECT_EQ(end.sent_rows, 200 - dropped);
}

TEST_F(ExportTest, AnEmptySpoolGoesWhenAskedTo) {
  settings_.removes_empty_spool = true;
  auto out = MakeOpen("json=" + File("x"));
  AppendPort(*out, 1);
  out->Close(seconds(0));
  EXPECT_TRUE(std::filesystem::exists(out->spool())) << "a row waits in it";
  out.reset();
  out = MakeOpen("json=" + File("x"));
  ASSERT_TRUE(out->Start().ok());
  out->Close(seconds(10));
  EXPECT_EQ(out->statistics().destination.sent_rows, 1u);
  EXPECT_FALSE(std::filesystem::exists(spools()));
}

TEST_F(ExportTest, CallsInAnotherOrderAreErrors) {
  auto out = Make("json=" + File("x"));
  EXPECT_FALSE(out->Start().ok());
  EXPECT_FALSE(out->Append(RowOf("tcp_complete").row()));
  EXPECT_EQ(out->next_batch(), 0u);
  ASSERT_TRUE(out->Open().ok());
  EXPECT_FALSE(out->Open().ok());
  EXPECT_FALSE(MakeOpen("json=" + File("y"))->spool().empty());
  // One process a spool.
  auto other = Make("json=" + File("x"));
  EXPECT_EQ(other->Open().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ExportTest, LabelsArePortsNames) {
  settings_.labels = std::make_shared<PortLabels>(
      PortLabels{{1094, "xrootd"}, {2811, "gridftp"}, {5201, "a \"b"}});
  const auto rows = [this](const std::string& text, const std::string& file) {
    auto out = MakeOpen(text);
    EXPECT_TRUE(out->Start().ok());
    const std::pair<uint16_t, uint16_t> ports[] = {{1094, 2811}, {2811, 80}, {80, 443}, {1, 5201}};
    for (const auto& [client, server] : ports) {
      RowOf row("udp_complete");
      row.Set("c_port", Value::Of(client)).Set("s_port", Value::Of(server));
      row.Set("c_first_abs", Value::Of(Timestamp::FromSeconds(1)));
      EXPECT_TRUE(out->Append(row.row()));
    }
    out->Close(seconds(10));
    return ReadWholeFile(File(file));
  };
  // The server's port counts more than the client's.
  EXPECT_EQ(rows("csv=" + File("c") + "#logs=udp&columns=s_port,label", "c"),
            "s_port,label\n2811,gridftp\n80,gridftp\n443,\n5201,\"a \"\"b\"\n");
  EXPECT_THAT(rows("json=" + File("j") + "#logs=udp", "j"),
              AllOf(HasSubstr(",\"label\":\"gridftp\"}\n"), HasSubstr(",\"label\":null}\n"),
                    HasSubstr(",\"label\":\"a \\\"b\"}\n")));
  EXPECT_THAT(rows("json=" + File("k") + "#logs=udp&columns=s_port", "k"), Not(HasSubstr("label")));
  EXPECT_EQ(
      rows("influx=" + File("i") + "#points=full&logs=udp&columns=s_port,c_first_abs,label", "i"),
      "log_udp_complete,s_port=2811,label=gridftp c_first_abs=1000.000000 1000000000\n"
      "log_udp_complete,s_port=80,label=gridftp c_first_abs=1000.000000 1000000000\n"
      "log_udp_complete,s_port=443 c_first_abs=1000.000000 1000000000\n"
      "log_udp_complete,s_port=5201,label=a\\ \"b c_first_abs=1000.000000 1000000000\n");
  EXPECT_THAT(ErrorOf("json=x#columns=lable"), HasSubstr(", label, "));
}

}  // namespace
}  // namespace tstat::internal
