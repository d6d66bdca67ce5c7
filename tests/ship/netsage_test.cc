// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/netsage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <string>
#include <vector>

#include "tests/ship/files.h"

namespace tstat::ship {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

class NetsageFile : public ::testing::Test {
 protected:
  absl::StatusOr<NetsageConfig> Read(const std::string& text, mode_t mode = 0600) {
    WriteAll(folder_ / "shipper.ini", text, mode);
    return ReadNetsageConfig(folder_ / "shipper.ini");
  }
  TestFolder folder_;
};

TEST_F(NetsageFile, HasItsSections) {
  const auto config = Read(
      "[rabbit]\nhost = broker.example\nport = 5673\nusername = u\npassword = p\nuse_ssl = 1\n"
      "vhost = v\nqueue = q\nrouting_key = r\nexchange = e\nheartbeat = 60\n"
      "[rabbit_queue_options]\ndurable = false\n"
      "[ssl_options]\nkeyfile = /k\ncertfile = /c\nca_certs = /a\ncert_reqs = CERT_NONE\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->host, "broker.example");
  EXPECT_EQ(config->port, 5673);
  EXPECT_EQ(config->user, "u");
  EXPECT_EQ(config->password, "p");
  EXPECT_TRUE(config->uses_tls);
  EXPECT_EQ(config->vhost, "v");
  EXPECT_EQ(config->queue, "q");
  EXPECT_EQ(config->routing_key, "r");
  EXPECT_EQ(config->exchange, "e");
  EXPECT_EQ(config->heartbeat_s, 60u);
  EXPECT_THAT(config->queue_options, ElementsAre(Pair("durable", "no")));
  EXPECT_EQ(config->key, "/k");
  EXPECT_EQ(config->certificate, "/c");
  EXPECT_EQ(config->authorities, "/a");
  EXPECT_THAT(config->notes, ElementsAre(HasSubstr("cert_reqs has no effect")));
}

TEST_F(NetsageFile, HasDefaults) {
  const auto config = Read("[rabbit]\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->port, 5672);
  EXPECT_EQ(config->vhost, "netsage");
  EXPECT_EQ(config->queue, "netsage_tstat");
  EXPECT_EQ(config->routing_key, "netsage_tstat");
  EXPECT_EQ(config->exchange, "");
  EXPECT_EQ(config->heartbeat_s, 300u);
  EXPECT_FALSE(config->uses_tls);
  EXPECT_EQ(Read("[rabbit]\nuse_ssl = yes\n")->port, 5671);
}

TEST_F(NetsageFile, MistakesAreNamed) {
  EXPECT_THAT(std::string(Read("[rabbit]\nhots = x\n").status().message()),
              HasSubstr(":2: \"hots\" is no key of [rabbit]; known: host, port"));
  EXPECT_FALSE(Read("[rabbit]\nuse_ssl = maybe\n").ok());
  EXPECT_FALSE(Read("[rabbit]\nport = 70000\n").ok());
  EXPECT_FALSE(Read("[rabbit_queue_options]\ndurable = 7\n").ok());
}

TEST_F(NetsageFile, APasswordOfTheEnvironmentIsNoSecretOfTheFile) {
  EXPECT_THAT(std::string(Read("[rabbit]\npassword = p\n", 0644).status().message()),
              HasSubstr("chmod 600"));
  setenv("TSTAT_TEST_BROKER", "p", 1);
  const auto config = Read("[rabbit]\npassword = ${TSTAT_TEST_BROKER}\n", 0644);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->password, "p");
  EXPECT_TRUE(Read("[rabbit]\nhost = h\n", 0644).ok());
}

TEST(Netsage, TakesFinishedSessionsOnly) {
  const TestFolder folder;
  WriteAll(folder / "a.out/log_tcp_complete", "x");
  WriteAll(folder / "b.out/log_udp_complete", "x");
  WriteAll(folder / "c.out/log_http_complete", "x");
  WriteAll(folder / "d/log_udp_complete", "x");
  std::vector<std::string> unreadable;
  const auto sessions = FindSessions(folder.path(), &unreadable);
  ASSERT_THAT(*sessions, SizeIs(4));
  std::string taken;
  for (const Session& session : *sessions) taken += IsNetsageSession(session) ? '1' : '0';
  EXPECT_EQ(taken, "1100");
  Session session = (*sessions)[0];
  session.changed_s = 1000;
  session.is_newest = false;
  EXPECT_FALSE(IsFinished(session, {}, 1059));
  EXPECT_TRUE(IsFinished(session, {}, 1060));
  session.is_newest = true;
  EXPECT_FALSE(IsFinished(session, {}, 1000 + 3659));
  EXPECT_TRUE(IsFinished(session, {}, 1000 + 3660));
  NetsageOptions at_once;
  at_once.min_age = std::chrono::seconds(0);
  EXPECT_TRUE(IsFinished(session, at_once, 1000));
}

TEST(Netsage, MarksAndRemovesSessions) {
  const TestFolder folder;
  for (const char* const name : {"old.out", "new.out", "open.out", "other"}) {
    WriteAll(folder / (std::string(name) + "/log_tcp_complete"), "x");
  }
  for (const char* const name : {"old.out", "new.out", "other"}) {
    EXPECT_FALSE(IsMarked(folder / name));
    ASSERT_TRUE(Mark(folder / name).ok());
    EXPECT_TRUE(IsMarked(folder / name));
  }
  EXPECT_EQ(ReadAll(folder / "old.out/.processed"), "processed");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "old.out"), {}), 2);
  SetAge(folder / "old.out/.processed", 48 * 3600 + 10);
  SetAge(folder / "other/.processed", 48 * 3600 + 10);
  SetAge(folder / "new.out/.processed", 48 * 3600 - 100);
  std::vector<std::string> told;
  const Teller tell = [&](std::string_view line) { told.emplace_back(line); };
  EXPECT_EQ(Cull({folder.path()}, std::chrono::hours(48), tell), 0);
  EXPECT_FALSE(std::filesystem::exists(folder / "old.out"));
  for (const char* const name : {"new.out", "open.out", "other"}) {
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
  }
  EXPECT_THAT(told, SizeIs(0));
  EXPECT_EQ(Cull({folder / "none"}, std::chrono::hours(48), tell), 1);
  EXPECT_THAT(told, SizeIs(1));
}

// Nothing of these flows is to be sent, so that no broker is needed.
TEST(Netsage, MarksOnlyWhatWasReadAsAWhole) {
  const TestFolder folder;
  const std::string header =
      "#c_ip:1 c_port:2 c_first_abs:3 c_durat:4 c_bytes_all:5 c_pkts_all:6 "
      "s_ip:10 s_port:11 s_first_abs:12 s_durat:13 s_bytes_all:14 s_pkts_all:15\n";
  std::string log = header;
  for (uint64_t i = 1, number = 1; i <= 3000; ++i) {
    number = number * 6364136223846793005U + 1442695040888963407U;
    const std::string bytes = std::to_string(number >> 54);
    log += "1.1.1.1 1 1000.0 1.0 " + bytes + " 1 2.2.2.2 2 1000.0 1.0 " + bytes + " 1\n";
  }
  WriteAll(folder / "logs/whole.out/log_udp_complete", log);
  WriteAll(folder / "logs/no-end.out/log_udp_complete", log.substr(0, log.size() - 1));
  WriteAll(folder / "logs/no-end-old.out/log_udp_complete", log.substr(0, log.size() - 1));
  WriteAll(folder / "logs/cut-row-old.out/log_udp_complete", log.substr(0, log.size() - 20));
  for (const char* const name : {"no-end-old", "cut-row-old"}) {
    SetAge(folder / ("logs/" + std::string(name) + ".out/log_udp_complete"), 7200);
  }
  for (const char* const name : {"gzip", "cut-gzip", "damaged"}) {
    const std::string path = folder / ("logs/" + std::string(name) + ".out/log_udp_complete.gz");
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    WriteGzip(path, log);
    std::string bytes = ReadAll(path);
    ASSERT_GT(bytes.size(), 2000u);
    if (std::string_view(name) == "cut-gzip") bytes.resize(bytes.size() / 2);
    if (std::string_view(name) == "damaged") {
      for (size_t i = bytes.size() / 2; i < bytes.size() / 2 + 20; ++i) bytes[i] ^= 0x55;
    }
    WriteAll(path, bytes);
  }
  NetsageConfig config;
  config.host = "127.0.0.1";
  config.port = 1;
  NetsageOptions netsage;
  netsage.min_age = std::chrono::seconds(0);
  std::vector<std::string> told;
  std::mutex mutex;
  const Teller tell = [&](std::string_view line) {
    const std::scoped_lock lock(mutex);
    told.emplace_back(line);
  };
  const std::atomic<bool> stop{false};
  const auto run = [&] {
    ShipmentOptions options;
    options.state_dir = folder / "state";
    options.sync = SpoolSync::kNever;
    options.patience = std::chrono::seconds(0);
    options.stop = &stop;
    options.tell = tell;
    told.clear();
    return RunNetsage(config, {folder / "logs"}, netsage, std::move(options), tell);
  };
  const auto session = [&](const char* name) { return folder / ("logs/" + std::string(name)); };
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(run(), 1);
    for (const char* const name : {"whole.out", "gzip.out", "no-end-old.out"}) {
      EXPECT_TRUE(IsMarked(session(name))) << name;
    }
    for (const char* const name :
         {"no-end.out", "cut-row-old.out", "cut-gzip.out", "damaged.out"}) {
      EXPECT_FALSE(IsMarked(session(name))) << name;
      EXPECT_THAT(told, ::testing::Contains(HasSubstr(session(name) + ": has no mark"))) << name;
    }
  }
  EXPECT_EQ(Cull({folder / "logs"}, std::chrono::hours(0), tell), 0);
  EXPECT_FALSE(std::filesystem::exists(session("gzip.out")));
  EXPECT_TRUE(std::filesystem::exists(session("cut-gzip.out")));
  // What is put right gets its mark from the next run.
  for (const char* const name : {"no-end.out", "cut-row-old.out", "cut-gzip.out", "damaged.out"}) {
    WriteAll(session(name) + "/log_udp_complete", log);
  }
  EXPECT_EQ(run(), 0);
  for (const char* const name : {"no-end.out", "cut-row-old.out", "cut-gzip.out", "damaged.out"}) {
    EXPECT_TRUE(IsMarked(session(name))) << name;
  }
}

// Messages to a broker that is not there: no session is marked.
TEST(Netsage, MarksNothingThatIsNotConfirmed) {
  const TestFolder folder;
  const std::string log =
      "#c_ip:1 c_port:2 c_first_abs:3 c_durat:4 c_bytes_all:5 c_pkts_all:6 "
      "s_ip:10 s_port:11 s_first_abs:12 s_durat:13 s_bytes_all:14 "
      "s_pkts_all:15\n1.1.1.1 1 1000.0 1.0 5 1 2.2.2.2 2 1000.0 1.0 5 1\n";
  WriteAll(folder / "logs/a.out/log_udp_complete", log);
  NetsageConfig config;
  config.host = "127.0.0.1";
  config.port = 1;
  NetsageOptions netsage;
  netsage.threshold = "0";
  netsage.min_age = std::chrono::seconds(0);
  std::atomic<bool> stop{false};
  ShipmentOptions options;
  options.state_dir = folder / "state";
  options.sync = SpoolSync::kNever;
  options.patience = std::chrono::seconds(0);
  options.stop = &stop;
  std::vector<std::string> told;
  std::mutex mutex;
  const Teller tell = [&](std::string_view line) {
    const std::scoped_lock lock(mutex);
    told.emplace_back(line);
  };
  options.tell = tell;
  EXPECT_EQ(RunNetsage(config, {folder / "logs"}, netsage, std::move(options), tell), 1);
  EXPECT_FALSE(IsMarked(folder / "logs/a.out"));
  EXPECT_THAT(told, ::testing::Not(::testing::IsEmpty()));
}

}  // namespace
}  // namespace tstat::ship
