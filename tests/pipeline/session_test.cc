// SPDX-License-Identifier: BSD-3-Clause
//
// Sessions as a program uses them: what they write, tell and refuse. That they write what the
// command writes is tests/examples/session_test.py's part.
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/pipeline/packet_script.h"
#include "tests/pipeline/session_fixture.h"
#include "tstat/event_sink.h"
#include "tstat/histogram.h"
#include "tstat/histogram_files.h"
#include "tstat/output_tree.h"
#include "tstat/packet_source.h"
#include "tstat/tcp_flow.h"
#include "tstat/text_logs.h"

namespace tstat::internal {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(SessionTest, WritesTheDefaultLogs) {
  const auto session = Create();
  ASSERT_TRUE(session->RunTrace(Trace("web.pcap")).ok());
  ASSERT_TRUE(session->Finish().ok());
  const auto files = Tree(session->directory());
  EXPECT_THAT(files, ::testing::SizeIs(7));
  EXPECT_EQ(Lines(files.at("log_tcp_complete")), 9u);  // a header and 8 flows
  EXPECT_EQ(session->base_directory(), Path("out"));
  EXPECT_THAT(Told(SessionNotice::Kind::kLogDirectory), ElementsAre(session->directory()));
  EXPECT_EQ(session->statistics().ip_packets, 262u);
  EXPECT_THAT(session->Report(), HasSubstr("\ntotal packet analized : 262\n"));
  EXPECT_EQ(session->losses().rows, 0u);
}

TEST_F(SessionTest, PacketByPacketIsTheSame) {
  Create()->RunTrace(Trace("mixed.pcap")).IgnoreError();
  const auto expected = Tree(Path("out"));
  options_.output_dir = Path("packets");
  const auto session = Create();
  auto source = OpenTrace(Trace("mixed.pcap"));
  ASSERT_TRUE(source.ok());
  session->BeginTrace({.name = "mixed.pcap"});
  std::vector<Packet> batch(PacketSource::kBatchSize);
  while (const size_t n = (*source)->ReadBatch(batch)) {
    for (size_t i = 0; i < n; ++i) session->Process(batch[i]);
  }
  session->EndTrace();
  EXPECT_THAT(expected, Not(IsEmpty()));
  EXPECT_EQ(Tree(Path("packets")), expected);
}

// The time alone ends idle flows, and writes their rows.
TEST_F(SessionTest, TimeWithoutPackets) {
  std::unique_ptr<Session> session = Create();
  internal::testing::PacketScript script;
  script.Udp(0, 1000);
  session->BeginTrace({.name = "memory"});
  session->ProcessBatch(script.packets());
  EXPECT_EQ(session->statistics().open_udp_flows, 1u);
  session->AdvanceTime(internal::testing::PacketScript::At(1000));
  EXPECT_EQ(session->statistics().open_udp_flows, 0u);
}

TEST_F(SessionTest, TheTraceNamesTheDirectory) {
  options_.output_dir.clear();
  fs::copy_file(Trace("web.pcap"), Path("x.pcap"));
  const auto session = Create();
  ASSERT_TRUE(session->RunTrace(Path("x.pcap")).ok());
  EXPECT_THAT(session->directory(), StartsWith(Path("x.pcap.out/")));
}

TEST_F(SessionTest, NothingIsMadeWhenNothingIsAskedFor) {
  options_.runtime.logs.fill(false);
  const auto session = Create();
  EXPECT_FALSE(*session->MakeBaseDirectory());
  ASSERT_TRUE(session->RunTrace(Trace("web.pcap")).ok());
  EXPECT_FALSE(fs::exists(Path("out")));
  EXPECT_EQ(session->directory(), "");

  options_.always_directory = true;
  const auto with_runtime_conf = Create();
  ASSERT_TRUE(with_runtime_conf->RunTrace(Trace("web.pcap")).ok());
  EXPECT_TRUE(fs::is_directory(with_runtime_conf->directory()));
}

TEST_F(SessionTest, MakesTheBaseDirectoryAhead) {
  const auto session = Create();
  EXPECT_TRUE(*session->MakeBaseDirectory());
  EXPECT_FALSE(*session->MakeBaseDirectory());
  EXPECT_TRUE(fs::is_directory(Path("out")));
}

TEST_F(SessionTest, HistogramsOfEveryInterval) {
  options_.histogram_engine = true;
  options_.global_histograms = true;
  options_.histograms.SelectMatching("tcp_rtt");
  const auto session = Create();
  ASSERT_TRUE(session->RunTrace(Trace("web.pcap")).ok());
  const auto files = Tree(session->directory());
  EXPECT_THAT(files, Contains(Key("LAST/tcp_rtt_avg_out")));
  EXPECT_THAT(files, Contains(Key("GLOBAL/tcp_rtt_avg_out")));
  EXPECT_THAT(Told(SessionNotice::Kind::kHistogramDirectory),
              ElementsAre(session->directory() + "/GLOBAL", session->directory() + "/LAST"));
}

// Interval histograms are off with -S, totals and databases are not.
TEST_F(SessionTest, WhatTheAnalysisIsTold) {
  SessionOptions options;
  options.histograms.addresses = true;
  EXPECT_TRUE(SessionAnalyzerOptions(options).intervals);
  EXPECT_TRUE(SessionAnalyzerOptions(options).histograms->addresses);
  options.histogram_engine = false;
  EXPECT_FALSE(SessionAnalyzerOptions(options).intervals);
  EXPECT_FALSE(SessionAnalyzerOptions(options).histograms->addresses);
  options.rrd = *ParseRrdConfig("ip_len_in avg\n", "rrd.conf", false, false);
  EXPECT_FALSE(SessionAnalyzerOptions(options).histograms->any());
  options.rrd_dir = "rrd";
  EXPECT_TRUE(SessionAnalyzerOptions(options).intervals);
  EXPECT_TRUE(SessionAnalyzerOptions(options).histograms->statistics);
  EXPECT_EQ(SessionAnalyzerOptions(options).histograms->count(), 1u);
  options.global_histograms = true;
  EXPECT_TRUE(SessionAnalyzerOptions(options).histograms->totals);
  options.runtime.dns_unasked = false;
  EXPECT_FALSE(SessionAnalyzerOptions(options).profile.dns_unasked);
  EXPECT_FALSE(SessionAnalyzerOptions(options).profile.modern_layer7);
  options.runtime.modern_layer7 = true;
  EXPECT_TRUE(SessionAnalyzerOptions(options).profile.modern_layer7);
  options.runtime.modern_layer7.reset();
  options.analyzer.profile = CompatProfile::None();
  EXPECT_TRUE(SessionAnalyzerOptions(options).profile.modern_layer7);
}

TEST_F(SessionTest, LogsAsRuntimeConfHasThem) {
  options_.runtime.logs.fill(false);
  options_.runtime.set(Log::kHttpComplete, true);
  options_.runtime.set(Log::kSkypeComplete, true);  // needs models
  options_.runtime.set(Log::kTcpPeriodic, true);    // exists in the 3.3 profile
  options_.gzip_logs = true;
  const auto session = Create();
  ASSERT_TRUE(session->RunTrace(Trace("web.pcap")).ok());
  EXPECT_THAT(Tree(session->directory()), ElementsAre(Key("log_http_complete.gz")));
}

class FlowCounter : public EventSink {
 public:
  EventMask Wants() const override { return Event::kTcpFlow; }
  void OnTcpFlow(const TcpFlow&) override { ++flows; }
  int flows = 0;
};

TEST_F(SessionTest, TheProgramsOwnSinksHearTheSame) {
  FlowCounter counter;
  const auto session = Create();
  session->AddSink(&counter);
  ASSERT_TRUE(session->RunTrace(Trace("web.pcap")).ok());
  EXPECT_EQ(counter.flows, 8);
}

TEST_F(SessionTest, OutputsBeginWhenTheyAreToldTo) {
  options_.output_dir.clear();
  auto source = OpenTrace(Trace("web.pcap"));
  ASSERT_TRUE(source.ok());
  const auto session = Create();
  const Timestamp time = Timestamp::FromSeconds(1'500'000'000);
  // There is no trace yet.
  session->BeginOutput(time, Path("early"));
  session->BeginTrace({.name = Path("never"), .rotates = true, .waits_for_output = true});
  session->StartNewOutput(time);  // it goes on with an output, and there is none
  EXPECT_EQ(session->directory(), "");
  session->BeginOutput(time, Path("out"));
  EXPECT_EQ(session->directory(), Path("out/2017_07_14_02_40.out"));
  EXPECT_FALSE(session->trace_has_packets());
  EXPECT_EQ(session->Run(**source, {.name = Path("other"), .waits_for_output = true}),
            absl::OkStatus());
  EXPECT_EQ(session->directory(), Path("out/2017_07_14_02_40.out"));
  EXPECT_EQ(session->closed_flows().tcp, 8u);
  ASSERT_TRUE(session->Finish().ok());
  const auto files = Tree(folder_.path());
  ASSERT_THAT(files,
              ::testing::SizeIs(7));  // all in the first directory: the second trace had none
  EXPECT_EQ(Lines(files.at("out/2017_07_14_02_40.out/log_tcp_complete")), 1u);
}

TEST_F(SessionTest, OpenFlowsCountFromTheLastOutput) {
  const auto session = Create();
  auto source = OpenTrace(Trace("web.pcap"), {.filter = "not tcp[tcpflags] & tcp-fin != 0"});
  ASSERT_TRUE(source.ok());
  session->BeginTrace({.name = "web.pcap", .waits_for_output = true});
  std::vector<Packet> batch(PacketSource::kBatchSize);
  while (const size_t n = (*source)->ReadBatch(batch)) {
    session->ProcessBatch(std::span(batch).first(n));
  }
  EXPECT_TRUE(session->trace_has_packets());
  EXPECT_THAT(Tree(Path("out")), IsEmpty());
  const int64_t open = session->statistics().open_tcp_flows;
  EXPECT_GT(open, 0);
  session->BeginOutput(Timestamp::FromSeconds(1'500'000'000));
  EXPECT_EQ(session->statistics().open_tcp_flows, 0);
  session->EndTrace();
  EXPECT_EQ(session->statistics().open_tcp_flows, -open);
  EXPECT_EQ(session->closed_flows().tcp, session->statistics().tcp_flows);
  EXPECT_LT(session->closed_flows().idle_udp, session->statistics().udp_flows);
}

// All outputs are on, and there is no name for a directory but the trace's: nothing is written.
TEST_F(SessionTest, WithoutATreeItWorksForTheProgramsSinks) {
  options_.output_tree = false;
  options_.output_dir.clear();
  options_.histogram_engine = true;
  options_.global_histograms = true;
  options_.always_directory = true;
  options_.histograms.SelectMatching("tcp_rtt");
  fs::copy_file(Trace("web.pcap"), Path("x.pcap"));
  FlowCounter counter;
  const auto session = Create();
  session->AddSink(&counter);
  ASSERT_TRUE(session->RunTrace(Path("x.pcap")).ok());
  ASSERT_TRUE(session->Finish().ok());
  EXPECT_EQ(counter.flows, 8);
  EXPECT_THAT(Tree(folder_.path()), ElementsAre(Key("x.pcap")));
  EXPECT_EQ(session->directory(), "");
  EXPECT_THAT(notices_, IsEmpty());
}

TEST_F(SessionTest, FlowsThatAreOpenCanBeSeenAndGrowOld) {
  const auto session = Create();
  auto source = OpenTrace(Trace("web.pcap"), {.filter = "not tcp[tcpflags] & tcp-fin != 0"});
  ASSERT_TRUE(source.ok());
  session->BeginTrace({.name = "web.pcap"});
  std::vector<Packet> batch(PacketSource::kBatchSize);
  while (const size_t n = (*source)->ReadBatch(batch)) {
    session->ProcessBatch(std::span(batch).first(n));
  }
  const auto open_flows = [&] {
    uint64_t flows = 0;
    session->ForEachLiveFlow([&](const LiveFlow&) { ++flows; });
    return flows;
  };
  EXPECT_EQ(open_flows(),
            session->statistics().open_tcp_flows + session->statistics().open_udp_flows);
  EXPECT_GE(open_flows(), 8u);
  constexpr int64_t kDay = 86400;
  session->AdvanceTime(Timestamp::FromSeconds(session->statistics().last_packet.seconds() + kDay));
  EXPECT_EQ(open_flows(), 0u);
  EXPECT_TRUE(session->status().ok());
  session->AddSink(nullptr);
  EXPECT_FALSE(session->status().ok());
}

// With concatenate flows wait for a trace that may never come.
TEST_F(SessionTest, FinishEndsWhatConcatenationLeftOpen) {
  options_.analyzer.concatenate = true;
  FlowCounter counter;
  const auto session = Create();
  session->AddSink(&counter);
  auto source = OpenTrace(Trace("web.pcap"), {.filter = "not tcp[tcpflags] & tcp-fin != 0"});
  ASSERT_TRUE(source.ok());
  ASSERT_TRUE(session->Run(**source, {.name = "web.pcap", .is_last = false}).ok());
  EXPECT_EQ(counter.flows, 0);
  EXPECT_TRUE(session->Finish().ok());
  EXPECT_EQ(counter.flows, 8);
  EXPECT_TRUE(session->Finish().ok());
  EXPECT_EQ(counter.flows, 8);
  EXPECT_EQ(session->statistics().open_tcp_flows, 0);
}

// A flow goes on in the next trace: it has one row, in the one directory.
TEST_F(SessionTest, ConcatenatedTracesAreOne) {
  options_.analyzer.concatenate = true;
  FlowCounter counter;
  const auto session = Create();
  session->AddSink(&counter);
  auto source = OpenTrace(Trace("web.pcap"));
  ASSERT_TRUE(source.ok());
  int batches = 0;
  const auto first_two_batches = [&] { return ++batches < 2; };
  ASSERT_TRUE(session->Run(**source, {.name = "a.pcap", .is_last = false}, first_two_batches).ok());
  const int after_first = counter.flows;
  EXPECT_LT(after_first, 8);
  ASSERT_TRUE(session->Run(**source, {.name = "b.pcap"}).ok());
  EXPECT_EQ(counter.flows, 8);
  EXPECT_THAT(Told(SessionNotice::Kind::kLogDirectory), ::testing::SizeIs(1));
}

TEST_F(SessionTest, FinishEndsATraceThatWasBegun) {
  FlowCounter counter;
  const auto session = Create();
  session->AddSink(&counter);
  auto source = OpenTrace(Trace("web.pcap"));
  ASSERT_TRUE(source.ok());
  session->BeginTrace({.name = "web.pcap"});
  std::vector<Packet> batch(PacketSource::kBatchSize);
  while (const size_t n = (*source)->ReadBatch(batch)) {
    session->ProcessBatch(std::span(batch).first(n));
  }
  EXPECT_TRUE(session->Finish().ok());
  EXPECT_EQ(counter.flows, 8);
}

TEST_F(SessionTest, ANewOutputOnDemand) {
  const auto session = Create();
  auto source = OpenTrace(Trace("web.pcap"));
  ASSERT_TRUE(source.ok());
  std::string first;
  ASSERT_TRUE(session
                  ->Run(**source, {.name = "web.pcap"},
                        [&] {
                          if (!first.empty()) return true;
                          first = session->directory();
                          session->StartNewOutput(Timestamp::FromSeconds(1500000000));
                          return true;
                        })
                  .ok());
  EXPECT_EQ(session->directory(), Path("out/2017_07_14_02_40.out"));
  // Every flow has one row, where it ended.
  EXPECT_EQ(Lines(Tree(first).at("log_tcp_complete")) +
                Lines(Tree(session->directory()).at("log_tcp_complete")),
            2u + 8u);
}

TEST_F(SessionTest, ANewOutputMayHaveAnotherName) {
  options_.output_dir.clear();
  const auto session = Create();
  auto source = OpenTrace(Trace("web.pcap"));
  ASSERT_TRUE(source.ok());
  ASSERT_TRUE(session
                  ->Run(**source, {.name = Path("first")},
                        [&] {
                          if (session->base_directory() != Path("first")) return true;
                          session->StartNewOutput(Timestamp::FromSeconds(1500000000),
                                                  Path("second"));
                          return true;
                        })
                  .ok());
  EXPECT_EQ(session->directory(), Path("second/2017_07_14_02_40.out"));
  EXPECT_TRUE(fs::is_directory(Path("first")));
}

// The outputs of a session are sinks that any Analyzer can have.
TEST_F(SessionTest, SinksOneByOneWriteTheSame) {
  options_.histogram_engine = true;
  options_.histograms.SelectMatching("ip_len");
  ASSERT_TRUE(Create()->RunTrace(Trace("mixed.pcap")).ok());

  AnalyzerOptions analysis;
  analysis.histograms = std::make_shared<HistogramSelection>(options_.histograms);
  OutputTree tree({.directory = Path("sinks")});
  TextLogWriter logs(&tree, {});
  HistogramFiles histograms(&tree, {});
  Analyzer analyzer(analysis);
  analyzer.AddSink(&tree);
  analyzer.AddSink(&logs);
  analyzer.AddSink(&histograms);
  auto source = OpenTrace(Trace("mixed.pcap"));
  ASSERT_TRUE(source.ok());
  ASSERT_TRUE(analyzer.Run(**source).ok());
  EXPECT_EQ(Tree(Path("sinks")), Tree(Path("out")));
}

TEST_F(SessionTest, LogsBeforeTheirDirectoryAreAnError) {
  OutputTree tree({.directory = Path("sinks")});
  TextLogWriter logs(&tree, {});
  Analyzer analyzer({});
  analyzer.AddSink(&logs);
  analyzer.AddSink(&tree);
  auto source = OpenTrace(Trace("mixed.pcap"));
  ASSERT_TRUE(source.ok());
  const absl::Status status = analyzer.Run(**source);
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_GT(logs.lost_rows(), 0u);
}

// A directory that cannot be made is a problem, and the analysis goes on.
TEST_F(SessionTest, ProblemsAreValues) {
  Write("file", "");
  options_.output_dir = Path("file/out");
  const auto session = Create();
  EXPECT_TRUE(session->is_well());
  const absl::Status end = session->RunTrace(Trace("web.pcap"));
  EXPECT_THAT(std::string(end.message()), HasSubstr("Cannot create directory " + Path("file/out")));
  EXPECT_EQ(session->statistics().ip_packets, 262u);
  EXPECT_FALSE(session->is_well());
  EXPECT_FALSE(session->had_directory());
  EXPECT_EQ(session->directory_status(), end);
  EXPECT_THAT(session->TakeProblems(), ElementsAre(end));
  EXPECT_THAT(session->TakeProblems(), IsEmpty());
  EXPECT_EQ(session->Finish(), end);
}

TEST_F(SessionTest, TriesAgainWhatFailed) {
  Write("file", "");
  options_.output_dir = Path("file/out");
  const auto session = Create();
  auto source = OpenTrace(Trace("web.pcap"));
  ASSERT_TRUE(source.ok());
  bool tried = false;
  session
      ->Run(**source, {.name = "stdin", .is_stream = true},
            [&] {
              if (std::exchange(tried, true)) return true;
              EXPECT_FALSE(session->is_well());
              fs::remove(Path("file"));
              session->Retry(session->statistics().last_packet);
              EXPECT_TRUE(session->is_well());
              return true;
            })
      .IgnoreError();
  EXPECT_TRUE(session->directory_status().ok());
  EXPECT_TRUE(session->had_directory());
  EXPECT_GT(Lines(Tree(session->directory()).at("log_tcp_complete")), 1u);
}

TEST_F(SessionTest, RowsAreSeenAfterAFlush) {
  const auto session = Create();
  auto source = OpenTrace(Trace("web.pcap"));
  ASSERT_TRUE(source.ok());
  size_t before = 0, after = 0;
  ASSERT_TRUE(session
                  ->Run(**source, {.name = "web.pcap"},
                        [&] {
                          const std::string log = session->directory() + "/log_tcp_complete";
                          before = std::max(before, Lines(ReadWholeFile(log)));
                          if (session->statistics().ip_packets > 250) {
                            session->Flush();
                            after = Lines(ReadWholeFile(log));
                          }
                          return true;
                        })
                  .ok());
  EXPECT_GT(after, before);
}

TEST_F(SessionTest, TracesThatCannotBeOpened) {
  const auto session = Create();
  EXPECT_TRUE(absl::IsNotFound(session->RunTrace("/none/x.pcap")));
  EXPECT_TRUE(
      FilterError(session->RunTrace(Trace("web.pcap"), {.filter = "tcp prot"})).has_value());
  EXPECT_THAT(notices_, IsEmpty());
}

class SessionDatabasesTest : public SessionTest {
 protected:
  void SetUp() override {
    if (LibrrdDatabases() == nullptr) GTEST_SKIP() << "no librrd";
    options_.rrd_dir = Path("rrd");
    options_.rrd = *ParseRrdConfig("ip_len_in avg hit\n", "rrd.conf", false, false);
  }
};

TEST_F(SessionDatabasesTest, AreWrittenInThisProcessOrInOneOfTheirOwn) {
  for (const bool process : {false, true}) {
    fs::remove_all(Path("rrd"));
    options_.rrd_process = process;
    auto session = Create();
    EXPECT_TRUE(fs::is_directory(Path("rrd")));
    ASSERT_TRUE(session->Start().ok());
    ASSERT_TRUE(session->RunTrace(Trace("web.pcap")).ok());
    EXPECT_EQ(session->losses().rrd_values, 0u);
    session.reset();
    EXPECT_THAT(Tree(Path("rrd")), ElementsAre(Key("ip_len_in.avg.rrd"), Key("ip_len_in.hit.rrd")));
  }
}

TEST_F(SessionDatabasesTest, HaveOneWriter) {
  auto first = Create();
  const absl::Status second = Session::Create(options_).status();
  EXPECT_TRUE(absl::IsUnavailable(second)) << second;
  EXPECT_THAT(std::string(second.message()), StartsWith(Path("rrd") + ": "));
  first.reset();
  EXPECT_TRUE(Session::Create(options_).ok());
}

TEST_F(SessionTest, AnOutputOfAnUnknownNameIsAnError) {
  for (const NamedOutput& output : NamedOutputs()) EXPECT_NE(output.name, "nothing");
  options_.named_outputs = {{"nothing", "at all"}};
  const absl::Status status = Session::Create(options_).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_EQ(status.message(), "nothing: no such output");
}

}  // namespace
}  // namespace tstat::internal
