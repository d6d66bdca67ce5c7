// SPDX-License-Identifier: BSD-3-Clause
//
// Sessions as a program uses them: what they write, tell and refuse. That they write what the
// command writes is tests/examples/session_test.py's part.
#include "tstat/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/output/temporary_folder.h"
#include "tests/pipeline/packet_script.h"
#include "tstat/anonymizer.h"
#include "tstat/event_sink.h"
#include "tstat/histogram.h"
#include "tstat/histogram_files.h"
#include "tstat/output_tree.h"
#include "tstat/packet_source.h"
#include "tstat/tcp_flow.h"
#include "tstat/text_logs.h"

namespace tstat::internal {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::StartsWith;

std::string Trace(const std::string& name) {
  return std::string(TSTAT_SOURCE_DIR) + "/tests/traces/" + name;
}

// Every file below `folder`, without the log directory's name, which is the trace's time.
std::map<std::string, std::string> Tree(const std::string& folder) {
  std::map<std::string, std::string> files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    files[fs::relative(entry.path(), folder).string()] = ReadWholeFile(entry.path());
  }
  return files;
}

size_t Lines(const std::string& text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() {
    setenv("TZ", "UTC", 1);
    tzset();
    options_.output_dir = Path("out");
    options_.histogram_engine = false;
    options_.on_notice = [this](const SessionNotice& notice) { notices_.push_back(notice); };
  }

  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name)) << text;
    return Path(name);
  }

  std::unique_ptr<Session> Create() {
    absl::StatusOr<std::unique_ptr<Session>> session = Session::Create(options_);
    EXPECT_TRUE(session.ok()) << session.status();
    return session.ok() ? *std::move(session) : nullptr;
  }

  // The texts of one kind.
  std::vector<std::string> Told(SessionNotice::Kind kind) const {
    std::vector<std::string> texts;
    for (const SessionNotice& notice : notices_) {
      if (notice.kind == kind) texts.push_back(notice.text);
    }
    return texts;
  }

  TemporaryFolder folder_;
  SessionOptions options_;
  std::vector<SessionNotice> notices_;
};

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

TEST_F(SessionTest, AReloadBeginsANewOutput) {
  options_.may_reload = true;
  const auto session = Create();
  auto source = OpenTrace(Trace("web.pcap"));
  ASSERT_TRUE(source.ok());
  const std::string changed =
      Write("runtime.conf", "[log]\nlog_http_complete = 1\nlog_udp_complete = 0\n");
  std::string first;
  int batches = 0;
  const absl::Status end = session->Run(**source, {.name = "stdin", .is_stream = true}, [&] {
    if (++batches != 1) return true;
    first = session->directory();
    EXPECT_TRUE(session->Reload(changed).ok());
    return true;
  });
  ASSERT_TRUE(end.ok()) << end;
  EXPECT_NE(session->directory(), first);
  EXPECT_THAT(Tree(first), Contains(Key("log_udp_complete")));
  const auto second = Tree(session->directory());
  EXPECT_THAT(second, Not(Contains(Key("log_udp_complete"))));
  EXPECT_GT(Lines(second.at("log_http_complete")), 2u);
  // What changes is told before it happens.
  std::vector<SessionNotice::Kind> kinds;
  for (const SessionNotice& notice : notices_) {
    if (notice.kind != SessionNotice::Kind::kWarning) kinds.push_back(notice.kind);
  }
  EXPECT_THAT(
      kinds,
      ElementsAre(SessionNotice::Kind::kLogDirectory, SessionNotice::Kind::kConfigurationNotice,
                  SessionNotice::Kind::kConfigurationNotice, SessionNotice::Kind::kLogDirectory));
  EXPECT_TRUE(session->options().runtime.has(Log::kHttpComplete));
}

// From one batch to the next: the old directory has what came until then, the new one what came
// after.
TEST_F(SessionTest, LogsOf33AreSwitchedByAReload) {
  constexpr Log kLogs33[] = {Log::kDnsComplete, Log::kTcpPeriodic, Log::kUdpPeriodic};
  for (const bool on_at_first : {false, true}) {
    options_.may_reload = true;
    options_.analyzer.profile = CompatProfile::Tstat33();
    options_.output_dir = Path(on_at_first ? "on" : "off");
    std::string changed = "[log]\n";
    for (const Log log : kLogs33) {
      options_.runtime.set(log, on_at_first);
      changed += std::string(LogName(log)) + (on_at_first ? " = 0\n" : " = 1\n");
    }
    const std::string path = Write("runtime.conf", changed);
    const auto session = Create();
    auto source = OpenTrace(Trace("mixed.pcap"));
    ASSERT_TRUE(source.ok());
    std::string first;
    int batches = 0;
    const absl::Status end = session->Run(**source, {.name = "stdin", .is_stream = true}, [&] {
      if (++batches != 4) return true;
      first = session->directory();
      EXPECT_TRUE(session->Reload(path).ok());
      return true;
    });
    ASSERT_TRUE(end.ok()) << end;
    EXPECT_NE(session->directory(), first);
    const auto with = Tree(on_at_first ? first : session->directory());
    const auto without = Tree(on_at_first ? session->directory() : first);
    for (const Log log : kLogs33) {
      const std::string name(LogName(log));
      // UDP flows end with the trace, and none of them has a second period before.
      const bool has_rows = log != Log::kUdpPeriodic || !on_at_first;
      EXPECT_GE(Lines(with.at(name)), has_rows ? 2u : 1u) << name;
      EXPECT_THAT(without, Not(Contains(Key(name))));
    }
  }
}

TEST_F(SessionTest, AReloadWithAnErrorChangesNothing) {
  options_.may_reload = true;
  const auto session = Create();
  const absl::Status wrong = session->Reload(Write("wrong", "[log]\nlog_everything = 1\n"));
  EXPECT_TRUE(absl::IsInvalidArgument(wrong)) << wrong;
  EXPECT_THAT(std::string(wrong.message()), HasSubstr("wrong:2: "));
  EXPECT_TRUE(absl::IsNotFound(session->Reload("/none/runtime.conf")));
  EXPECT_EQ(session->options().runtime.logs, RuntimeConfig().logs);
  EXPECT_THAT(notices_, IsEmpty());
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

TEST_F(SessionTest, PacketsAreDumpedIntoTheLogDirectory) {
  options_.runtime.logs.fill(false);
  options_.runtime.dump.enabled = {"ip_complete"};
  const auto session = Create();
  ASSERT_TRUE(session->RunTrace(Trace("web.pcap")).ok());
  const auto files = Tree(session->directory());
  EXPECT_THAT(files, ::testing::SizeIs(2));
  // tstat reads what it has written.
  auto again = OpenTrace(session->directory() + "/traces00/ip_complete.pcap");
  ASSERT_TRUE(again.ok()) << again.status();
  size_t packets = 0;
  std::vector<Packet> batch(PacketSource::kBatchSize);
  while (const size_t n = (*again)->ReadBatch(batch)) packets += n;
  EXPECT_EQ(packets, session->statistics().ip_packets);
  EXPECT_THAT(Told(SessionNotice::Kind::kDumpDirectory),
              ElementsAre(session->directory() + "/traces00"));
  EXPECT_EQ(session->losses().dump_packets, 0u);
}

TEST_F(SessionTest, UnderStrictAnonymityDumpsHaveHeadersOnly) {
  options_.runtime.dump.enabled = {"ip_complete"};
  options_.analyzer.encrypted = NetworkList::All();
  for (const bool strict : {false, true}) {
    AnonymizerOptions privacy;
    privacy.strict = strict;
    auto anonymizer = Anonymizer::Create(privacy);
    ASSERT_TRUE(anonymizer.ok()) << anonymizer.status();
    options_.anonymizer = *anonymizer;
    options_.output_dir = Path(strict ? "strict" : "plain");
    const auto session = Create();
    ASSERT_TRUE(session->RunTrace(Trace("web.pcap")).ok());
    const std::string dump = ReadWholeFile(session->directory() + "/traces00/ip_complete.pcap");
    EXPECT_GT(dump.size(), 262u * (16 + 14 + 20));
    EXPECT_EQ(dump.find("HTTP/1.") == std::string::npos, strict);
    // The client's address, as it stands in IP headers.
    EXPECT_EQ(dump.find(std::string("\x0A\0\0\x02", 4)) == std::string::npos, strict);
  }
}

TEST_F(SessionTest, WithoutDirectoriesNothingIsDumped) {
  options_.output_tree = false;
  options_.runtime.dump.enabled = {"ip_complete"};
  const auto session = Create();
  EXPECT_TRUE(session->RunTrace(Trace("web.pcap")).ok());
  EXPECT_THAT(Tree(Path("out")), IsEmpty());
}

// Dumps that a reload changes go on in a directory of their own, those that it switches on begin;
// the logs stay where they are.
TEST_F(SessionTest, AReloadChangesDumps) {
  options_.may_reload = true;
  const auto session = Create();
  auto source = OpenTrace(Trace("mixed.pcap"));
  ASSERT_TRUE(source.ok());
  const std::pair<int, const char*> changes[] = {
      {1, "[dump]\nip_complete = 1\n"},
      {3, "[dump]\nip_complete = 1\nsnap_len = 40\n"},
      {4, "[dump]\nip_complete = 1\n"},  // snap_len keeps its value
      {6, "[dump]\n"},
      {8, "[dump]\nudp_complete = 1\n"},
  };
  const auto* next = std::begin(changes);
  int batches = 0;
  const absl::Status end = session->Run(**source, {.name = "stdin", .is_stream = true}, [&] {
    ++batches;
    if (next != std::end(changes) && batches == next->first) {
      EXPECT_TRUE(session->Reload(Write("runtime.conf", next->second)).ok());
      ++next;
    }
    return true;
  });
  ASSERT_TRUE(end.ok()) << end;
  ASSERT_EQ(next, std::end(changes));
  EXPECT_THAT(Told(SessionNotice::Kind::kLogDirectory), ::testing::SizeIs(1));
  const auto files = Tree(session->directory());
  for (const char* directory : {"traces00", "traces01", "traces02"}) {
    EXPECT_THAT(files, Contains(Key(std::string(directory) + "/log.txt")));
  }
  EXPECT_THAT(files, Not(Contains(Key("traces03/log.txt"))));
  constexpr size_t kHeader = 24, kBatch = PacketSource::kBatchSize, kRecord = 16 + 14;
  EXPECT_GT(files.at("traces00/ip_complete.pcap").size(), kHeader + 2 * kBatch * (kRecord + 28));
  EXPECT_LE(files.at("traces01/ip_complete.pcap").size(), kHeader + 3 * kBatch * (kRecord + 40));
  EXPECT_GT(files.at("traces01/ip_complete.pcap").size(), kHeader + 3 * kBatch * (kRecord + 27));
  EXPECT_THAT(files.at("traces02/log.txt"), HasSubstr("\nudp_complete\n"));
}

TEST_F(SessionTest, AReloadReadsTheNamesOfDumpsAgain) {
  options_.may_reload = true;
  options_.dump_filter = Write("names", "ANY.ANY 0\n");
  const auto session = Create();
  const std::string changed = Write("runtime.conf", "[dump]\ntcp_complete = 1\n");
  EXPECT_TRUE(session->Reload(changed).ok());
  EXPECT_FALSE(session->options().dump_names.otherwise);
  EXPECT_TRUE(session->options().runtime.dump.dns_filter);
  Write("names", "a.net\n");
  const absl::Status wrong = session->Reload(changed);
  EXPECT_TRUE(absl::IsInvalidArgument(wrong)) << wrong;
  EXPECT_THAT(std::string(wrong.message()), StartsWith(Path("names") + ":1: "));
  EXPECT_FALSE(session->options().dump_names.otherwise);
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
