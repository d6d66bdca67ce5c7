// SPDX-License-Identifier: BSD-3-Clause
//
// A runtime.conf that a session reads again while it runs.
#include <string>
#include <vector>

#include "tests/pipeline/session_fixture.h"
#include "tstat/packet_source.h"
#include "tstat/text_logs.h"

namespace tstat::internal {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;

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

}  // namespace
}  // namespace tstat::internal
