// SPDX-License-Identifier: BSD-3-Clause
//
// Exports of a session: beside its logs, and as runtime.conf changes.
#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/pipeline/session_fixture.h"
#include "tstat/packet_source.h"

namespace tstat::internal {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::SizeIs;

class SessionExports : public SessionTest {
 protected:
  SessionExports() {
    options_.export_settings.spool_dir = Path("spools");
    options_.export_settings.full = FullSpool::kWait;
  }
  std::string File(const std::string& name) const { return ReadWholeFile(Path(name)); }
  std::string Line(const std::string& format, const std::string& name,
                   const std::string& options = "") const {
    return absl::StrCat(format, "=", Path(name), options.empty() ? "" : "#", options);
  }
  // Analyses a trace as a stream of small batches, and calls `after` after the first one.
  template <typename After>
  void RunStream(Session& session, const std::string& trace, After after) {
    auto source = OpenTrace(Trace(trace));
    ASSERT_TRUE(source.ok());
    int batches = 0;
    const absl::Status end = session.Run(**source, {.name = "stdin", .is_stream = true}, [&] {
      if (++batches == 1) after();
      return true;
    });
    EXPECT_TRUE(end.ok()) << end;
    session.CloseExports();
  }
  static size_t Occurrences(const std::string& text, const std::string& part) {
    size_t count = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
      ++count;
    }
    return count;
  }
  static size_t RowsOf(const std::map<std::string, std::string>& tree, const std::string& log) {
    return Lines(tree.at(log)) - 1;
  }
};

TEST_F(SessionExports, HaveTheRowsOfTheLogs) {
  options_.exports = {Line("csv", "tcp.csv", "logs=tcp&columns=c_ip,s_port"),
                      Line("json", "all.jsonl")};
  const auto session = Create();
  EXPECT_FALSE(fs::exists(Path("spools"))) << "nothing is opened yet";
  ASSERT_TRUE(session->Start().ok());
  EXPECT_TRUE(fs::exists(Path("spools")));
  EXPECT_TRUE(session->RunTrace(Trace("web.pcap")).ok());
  session->CloseExports();
  const auto logs = Tree(session->directory());
  EXPECT_EQ(Lines(File("tcp.csv")), RowsOf(logs, "log_tcp_complete") + 1);
  const std::string all = File("all.jsonl");
  for (const char* const log : {"log_tcp_complete", "log_tcp_nocomplete", "log_udp_complete"}) {
    EXPECT_EQ(Occurrences(all, absl::StrCat("\"log\":\"", log, "\"")), RowsOf(logs, log)) << log;
  }
  EXPECT_EQ(Occurrences(all, "log_http_complete"), 0u);
  const std::vector<SessionExport> exports = session->exports();
  ASSERT_THAT(exports, SizeIs(2));
  EXPECT_EQ(exports[0].statistics.rows, RowsOf(logs, "log_tcp_complete"));
  EXPECT_EQ(exports[1].statistics.destination.sent_rows, Lines(all));
  EXPECT_EQ(session->losses().export_rows, 0u);
  EXPECT_THAT(session->export_directories(),
              ElementsAre(Path("spools"), folder_.path(), Path("spools"), folder_.path()));
}

TEST_F(SessionExports, WorkWithoutStart) {
  options_.exports = {Line("json", "a.jsonl", "logs=tcp")};
  const auto session = Create();
  EXPECT_TRUE(session->RunTrace(Trace("web.pcap")).ok());
  session->CloseExports();
  EXPECT_GT(Lines(File("a.jsonl")), 5u);
}

TEST_F(SessionExports, MistakesAreToldByCreate) {
  const auto error = [this] {
    const absl::Status created = Session::Create(options_).status();
    EXPECT_EQ(CheckExports(options_), created);
    return std::string(created.message());
  };
  options_.exports = {"xml=x"};
  EXPECT_THAT(error(), HasSubstr("\"xml\" is no format"));
  options_.exports = {"json=unix:x", "json=unix:x#logs=tcp"};
  EXPECT_THAT(error(), HasSubstr("two exports have the name json-unix-x-"));
  for (const std::string& second :
       {std::string("json=x#name=b"), std::string("csv=./x#logs=tcp"),
        absl::StrCat("json=file:", fs::current_path().string(), "/x")}) {
    options_.exports = {"json=x", second};
    EXPECT_THAT(error(), HasSubstr("each needs a file of its own"));
  }
  options_.exports = {"json=x#logs=histogram"};
  options_.histogram_engine = false;
  EXPECT_THAT(error(), HasSubstr("json=x: it would have no rows"));
  options_.exports = {"json=x#logs=udp"};
  options_.analyzer.udp = false;
  EXPECT_THAT(error(), HasSubstr("json=x: it would have no rows"));
  options_.exports = {"influx=x"};
  options_.runtime.tcp_level = 0;
  EXPECT_THAT(error(), HasSubstr("needs columns"));
  options_.runtime.tcp_level = tcp_level::kDefault;
  EXPECT_TRUE(CheckExports(options_).ok());
  options_.exports = {};
  options_.runtime.exports = {"json=-"};
  EXPECT_THAT(error(), HasSubstr("cannot write to standard output"));
  options_.runtime.exports = {"json=x#logs=nothing"};
  EXPECT_THAT(error(), HasSubstr("\"nothing\" is no log"));
  options_.runtime.exports = {"json=x"};
  EXPECT_TRUE(CheckExports(options_).ok());
  EXPECT_FALSE(fs::exists(Path("spools")));
}

TEST_F(SessionExports, ComeAndGoWithReloads) {
  options_.may_reload = true;
  options_.runtime.exports = {Line("json", "first.jsonl", "logs=udp")};
  const std::string changed =
      Write("runtime.conf",
            absl::StrCat("[export]\n", Line("json", "second.jsonl", "logs=tcp"), "\n[labels]\n"));
  const auto session = Create();
  size_t udp = 0, tcp = 0;  // until then
  RunStream(*session, "mixed.pcap", [&] {
    session->Flush();
    udp = RowsOf(Tree(session->directory()), "log_udp_complete");
    tcp = RowsOf(Tree(session->directory()), "log_tcp_complete");
    const absl::Status reloaded = session->Reload(changed);
    EXPECT_TRUE(reloaded.ok()) << reloaded;
  });
  // What it had not sent waits for somebody who asks for it again.
  EXPECT_LE(Lines(File("first.jsonl")), udp);
  auto first = Export::Create(options_.runtime.exports.front(), options_.export_settings);
  ASSERT_TRUE(first.ok() && (*first)->Open().ok() && (*first)->Start().ok());
  (*first)->Close(std::chrono::seconds(10));
  EXPECT_EQ(Lines(File("first.jsonl")), udp);
  EXPECT_LT(udp, RowsOf(Tree(session->directory()), "log_udp_complete"));
  EXPECT_EQ(Lines(File("second.jsonl")),
            RowsOf(Tree(session->directory()), "log_tcp_complete") - tcp);
  EXPECT_THAT(Told(SessionNotice::Kind::kConfigurationNotice),
              AllOf(Contains(HasSubstr("Disabling export json=" + Path("first.jsonl"))),
                    Contains(HasSubstr("Enabling export json=" + Path("second.jsonl")))));
  // No log changed.
  EXPECT_THAT(Told(SessionNotice::Kind::kLogDirectory), SizeIs(1));
}

TEST_F(SessionExports, EndWithTheirSection) {
  options_.may_reload = true;
  options_.runtime.exports = {Line("json", "a.jsonl", "logs=udp&columns=c_port,label")};
  options_.runtime.labels = {{53, "dns"}};
  const auto session = Create();
  size_t udp = 0;  // until then
  RunStream(*session, "mixed.pcap", [&] {
    session->Flush();
    udp = RowsOf(Tree(session->directory()), "log_udp_complete");
    EXPECT_TRUE(session->Reload(Write("runtime.conf", "[log]\nlog_tcp_complete = 1\n")).ok());
    EXPECT_THAT(session->exports(), IsEmpty());
  });
  EXPECT_LE(Lines(File("a.jsonl")), udp);
  EXPECT_LT(udp, RowsOf(Tree(session->directory()), "log_udp_complete"));
}

TEST_F(SessionExports, FollowTheLogsThatAReloadSwitches) {
  options_.may_reload = true;
  options_.exports = {Line("json", "a.jsonl")};
  options_.runtime.set(Log::kUdpComplete, false);
  const std::string changed = Write(
      "runtime.conf", "[log]\nlog_udp_complete = 1\nlog_tcp_complete = 0\n[labels]\n80 = web\n");
  const auto session = Create();
  RunStream(*session, "mixed.pcap", [&] { EXPECT_TRUE(session->Reload(changed).ok()); });
  const std::string rows = File("a.jsonl");
  EXPECT_THAT(rows, HasSubstr("\"log\":\"log_udp_complete\""));
  EXPECT_THAT(rows, HasSubstr("\"label\":"));
  const auto logs = Tree(session->directory());
  EXPECT_THAT(logs, Not(Contains(Key("log_tcp_complete"))));
  EXPECT_EQ(Occurrences(rows, "log_udp_complete"), RowsOf(logs, "log_udp_complete"));
}

TEST_F(SessionExports, AReloadThatCannotBeChangesNothing) {
  options_.may_reload = true;
  options_.exports = {Line("json", "a.jsonl", "logs=tcp")};
  const auto session = Create();
  RunStream(*session, "mixed.pcap", [&] {
    for (const auto& [line, error] : std::vector<std::pair<std::string, std::string>>{
             {"json=x#logs=none", "\"none\" is no log"},
             {Line("csv", "b", "logs=tls"), "its rows are not measured in this run"},
             {Line("json", "a.jsonl"), "each needs a file of its own"}}) {
      const absl::Status status =
          session->Reload(Write("runtime.conf", "[log]\nlog_udp_complete = 0\n[export]\n" + line));
      EXPECT_THAT(std::string(status.message()), HasSubstr(error));
      EXPECT_TRUE(session->options().runtime.has(Log::kUdpComplete));
    }
  });
  EXPECT_EQ(Lines(File("a.jsonl")), RowsOf(Tree(session->directory()), "log_tcp_complete"));
  EXPECT_THAT(session->TakeProblems(), IsEmpty());
}

TEST_F(SessionExports, CanBeKeptFromComingLater) {
  options_.may_reload = true;
  options_.later_exports = false;
  options_.exports = {Line("json", "a.jsonl", "logs=tcp")};
  const auto session = Create();
  EXPECT_TRUE(session->may_export());
  EXPECT_FALSE(session->may_export_to_network());
  RunStream(*session, "mixed.pcap", [&] {
    const absl::Status status =
        session->Reload(Write("runtime.conf", "[export]\n" + Line("json", "b.jsonl")));
    EXPECT_THAT(std::string(status.message()), HasSubstr("gave up the right to begin exports"));
    // Those that are there go on, with other logs, too.
    EXPECT_TRUE(session->Reload(Write("runtime.conf", "[labels]\n80 = web\n")).ok());
  });
  EXPECT_THAT(File("a.jsonl"), HasSubstr("\"label\":"));
  EXPECT_FALSE(fs::exists(Path("b.jsonl")));

  options_.exports = {};
  EXPECT_FALSE(Create()->may_export());
  options_.exports = {"json=http://localhost/"};
  EXPECT_TRUE(Create()->may_export_to_network());
  options_.exports = {};
  options_.later_exports = true;
  EXPECT_TRUE(Create()->may_export_to_network());
}

TEST_F(SessionExports, DestinationsThatAreAwayAreNotices) {
  // A socket that nobody has.
  options_.exports = {"json=unix:" + Path("nobody")};
  options_.export_wait = std::chrono::seconds(5);
  const auto session = Create();
  EXPECT_TRUE(session->RunTrace(Trace("web.pcap")).ok());
  session->CloseExports();
  EXPECT_THAT(Told(SessionNotice::Kind::kExport), Contains(HasSubstr("batches wait in")));
  EXPECT_THAT(session->TakeProblems(), IsEmpty());
  EXPECT_GT(session->exports().front().statistics.destination.queued_rows, 5u);
}

}  // namespace
}  // namespace tstat::internal
