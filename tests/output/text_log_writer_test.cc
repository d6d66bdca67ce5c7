// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "failing_files.h"
#include "temporary_folder.h"
#include "tests/schema/records.h"
#include "tstat/chat.h"
#include "tstat/http_message.h"
#include "tstat/output_tree.h"
#include "tstat/text_logs.h"
#include "tstat/udp_flow.h"
#include "tstat/video.h"

namespace tstat::internal {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::Pair;

class TextLogWriterTest : public testing::Test {
 protected:
  TextLogWriterTest() : tree_({.directory = folder_.path()}) {
    setenv("TZ", "UTC", 1);
    tzset();
  }

  void Begin(TextLogWriter& logs, int64_t minute = 0) {
    const Timestamp time = Timestamp::FromSeconds(1500000000 + 60 * minute);
    tree_.OnNewOutput(time);
    logs.OnNewOutput(time);
  }

  std::map<std::string, size_t> Sizes() const {
    std::map<std::string, size_t> sizes;
    for (const auto& entry : fs::directory_iterator(tree_.directory())) {
      sizes[entry.path().filename()] = entry.file_size();
    }
    return sizes;
  }
  std::string Content(const std::string& log) const {
    return ReadWholeFile(tree_.directory() + "/" + log);
  }
  size_t Lines(const std::string& log) const {
    const std::string text = Content(log);
    return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  TemporaryFolder folder_;
  OutputTree tree_;
};

// The header lines of empty files.
TEST_F(TextLogWriterTest, EmptyDefaultSet) {
  TextLogWriter logs(&tree_, {});
  Begin(logs);
  logs.OnTraceEnd({});
  EXPECT_TRUE(logs.status().ok());
  EXPECT_THAT(Sizes(), ElementsAre(Pair("log_chat_complete", 315), Pair("log_chat_messages", 59),
                                   Pair("log_mm_complete", 0), Pair("log_tcp_complete", testing::_),
                                   Pair("log_tcp_nocomplete", 551), Pair("log_udp_complete", 216),
                                   Pair("log_video_complete", 1854)));
  EXPECT_EQ(Content("log_tcp_complete").substr(0, 11), "#15#c_ip:1 ");
}

TEST_F(TextLogWriterTest, LevelsAndOptionalLogs) {
  TextLogOptions options;
  options.tcp_level = 31;
  options.video_level = 63;
  options.enabled.set(Log::kHttpComplete, true);
  options.enabled.set(Log::kSkypeComplete, true);
  options.enabled.set(Log::kTcpPeriodic, true);  // 3.3 only: not made in 3.1.1
  options.enabled.set(Log::kUdpComplete, false);
  TextLogWriter logs(&tree_, options);
  Begin(logs);
  logs.OnTraceEnd({});
  EXPECT_EQ(Content("log_tcp_complete").substr(0, 4), "#31#");
  EXPECT_EQ(Content("log_tcp_nocomplete").substr(0, 4), "#31#");
  EXPECT_EQ(Content("log_video_complete").substr(0, 4), "#63#");
  EXPECT_EQ(Lines("log_http_complete"), 2u);
  EXPECT_EQ(Content("log_skype_complete"), "");
  EXPECT_TRUE(fs::exists(tree_.directory() + "/log_skype_complete"));
  EXPECT_FALSE(fs::exists(tree_.directory() + "/log_udp_complete"));
  EXPECT_FALSE(fs::exists(tree_.directory() + "/log_tcp_periodic"));
}

TEST_F(TextLogWriterTest, WantsWhatItsLogsNeed) {
  TextLogOptions options;
  options.enabled = LogSet::None();
  EXPECT_TRUE(TextLogWriter(&tree_, options).Wants().empty());
  options.enabled.set(Log::kTcpNocomplete, true);
  const TextLogWriter logs(&tree_, options);
  EXPECT_TRUE(logs.Wants().has(Event::kTcpFlow));
  EXPECT_FALSE(logs.Wants().has(Event::kUdpFlow));
  EXPECT_FALSE(TextLogWriter(&tree_, {}).Wants().has(Event::kHttpMessage));
}

TEST_F(TextLogWriterTest, EveryRecordGoesToItsLog) {
  TextLogOptions options;
  options.enabled.set(Log::kHttpComplete, true);
  TextLogWriter logs(&tree_, options);
  Begin(logs);
  TcpFlow flow = PlainHttpFlow();
  logs.OnTcpFlow(flow);
  flow.complete = false;
  logs.OnTcpFlow(flow);
  logs.OnTcpFlow(flow);
  UdpFlow udp;
  logs.OnUdpFlow(udp);
  VideoFlow video;
  video.flow = std::make_shared<const TcpFlow>(flow);
  logs.OnVideoFlow(video);
  ChatFlow chat;
  chat.flow = std::make_shared<const TcpFlow>(flow);
  logs.OnChatFlow(chat);
  logs.OnChatMessage({});
  HttpMessage message;
  message.endpoints = &flow.endpoints;
  logs.OnHttpMessage(message);
  logs.OnTraceEnd({});
  EXPECT_EQ(Lines("log_tcp_complete"), 2u);
  EXPECT_EQ(Lines("log_tcp_nocomplete"), 3u);
  for (const char* log :
       {"log_udp_complete", "log_video_complete", "log_chat_complete", "log_chat_messages"}) {
    EXPECT_EQ(Lines(log), 2u) << log;
  }
  EXPECT_EQ(Lines("log_http_complete"), 3u);
  EXPECT_EQ(logs.lost_rows(), 0u);
}

TEST_F(TextLogWriterTest, UrlLevel) {
  const TcpFlow flow = PlainHttpFlow();
  HttpMessage message;
  message.endpoints = &flow.endpoints;
  message.path = {.text = "/private?q=1", .found = true};
  const auto path_shown = [&](HttpUrlLevel level, bool strict) {
    TextLogOptions options;
    options.enabled.set(Log::kHttpComplete, true);
    options.http_url_level = level;
    options.strict_privacy = strict;
    TextLogWriter logs(&tree_, options);
    Begin(logs);
    logs.OnHttpMessage(message);
    logs.OnTraceEnd({});
    const std::string text = Content("log_http_complete");
    return text.find("/private?q=1") != std::string::npos ? 2
           : text.find("/private") != std::string::npos   ? 1
                                                          : 0;
  };
  EXPECT_EQ(path_shown(HttpUrlLevel::kNone, false), 0);
  EXPECT_EQ(path_shown(HttpUrlLevel::kPartial, false), 1);
  EXPECT_EQ(path_shown(HttpUrlLevel::kFull, false), 2);
  EXPECT_EQ(path_shown(HttpUrlLevel::kFull, true), 0);
}

TEST_F(TextLogWriterTest, RotationClosesOneDirectoryAndOpensTheNext) {
  TextLogWriter logs(&tree_, {});
  Begin(logs);
  const std::string first = tree_.directory();
  logs.OnTcpFlow(PlainHttpFlow());
  TextLogOptions options;
  options.tcp_level = 0;
  logs.SetOptions(options);
  logs.OnTcpFlow(PlainHttpFlow());  // still the old columns
  Begin(logs, 1);
  logs.OnTcpFlow(PlainHttpFlow());
  logs.OnTraceEnd({});
  const std::string old_text = ReadWholeFile(first + "/log_tcp_complete");
  EXPECT_EQ(std::count(old_text.begin(), old_text.end(), '\n'), 3);
  EXPECT_TRUE(old_text.ends_with(" - - 0.0 0.0\n"));
  EXPECT_EQ(Content("log_tcp_complete").substr(0, 4), "#00#");
  EXPECT_TRUE(Content("log_tcp_complete").ends_with(" 1 0 1\n"));
}

TEST_F(TextLogWriterTest, IntervalsMakeRowsVisible) {
  TextLogWriter logs(&tree_, {});
  Begin(logs);
  logs.OnTcpFlow(PlainHttpFlow());
  logs.OnIntervalEnd({});
  EXPECT_EQ(Lines("log_tcp_complete"), 2u);
}

TEST_F(TextLogWriterTest, GzipNames) {
  TextLogOptions options;
  options.enabled = LogSet::None();
  options.enabled.set(Log::kUdpComplete, true);
  options.gzip = true;
  TextLogWriter logs(&tree_, options);
  Begin(logs);
  logs.OnTraceEnd({});
  EXPECT_EQ(Content("log_udp_complete.gz").substr(0, 2), "\x1f\x8b");
}

TEST_F(TextLogWriterTest, ProfileChoosesColumnsAndAddressText) {
  TcpFlow flow = PlainHttpFlow();
  flow.endpoints.client.address = *IpAddress::Parse("2001:db8::1");
  TextLogOptions options;
  options.profile.tls_version_columns = true;
  options.profile.ipv6_form = Ipv6Form::kCanonical;
  TextLogWriter logs(&tree_, options);
  Begin(logs);
  logs.OnTcpFlow(flow);
  logs.OnTraceEnd({});
  EXPECT_NE(Content("log_tcp_complete").find(" dns_enc:134\n2001:db8::1 "), std::string::npos);
}

// Addresses everywhere, names in the flow logs only.
TEST_F(TextLogWriterTest, Anonymised) {
  TcpFlow flow = PlainHttpFlow();
  flow.endpoints.client.encrypted = true;
  flow.endpoints.client.address = IpAddress::V4(0x0a000001);
  flow.layer7.tls_server_name = "google.com";
  VideoFlow video;
  video.flow = std::make_shared<const TcpFlow>(flow);
  TextLogOptions options;
  options.anonymizer =
      *Anonymizer::Create({.key = AnonymizationKey("golden-test-key"), .encrypt_names = true});
  TextLogWriter logs(&tree_, options);
  Begin(logs);
  logs.OnTcpFlow(flow);
  logs.OnVideoFlow(video);
  logs.OnTraceEnd({});
  EXPECT_NE(Content("log_tcp_complete").find("\n106.127.244.49 42170 "), std::string::npos);
  EXPECT_NE(Content("log_tcp_complete").find(" d+ZnPzrQ10ypLESPflzcDQ== - "), std::string::npos);
  EXPECT_NE(Content("log_video_complete").find("\n106.127.244.49 42170 "), std::string::npos);
  EXPECT_NE(Content("log_video_complete").find(" google.com - "), std::string::npos);
}

TEST_F(TextLogWriterTest, FullDiskLosesRowsNotTheRun) {
  FailingFiles disk;
  disk.free_bytes = 8000;
  TextLogWriter logs(&tree_, {}, &disk);
  Begin(logs);
  for (int i = 0; i < 1000; ++i) logs.OnTcpFlow(PlainHttpFlow());
  logs.OnTraceEnd({});
  EXPECT_EQ(logs.status().message(),
            tree_.directory() + "/log_tcp_complete: No space left on device");
  EXPECT_GT(logs.lost_rows(), 900u);
  // The next output period may be well again.
  disk.free_bytes = 1 << 20;
  const uint64_t lost = logs.lost_rows();
  Begin(logs, 1);
  logs.OnTcpFlow(PlainHttpFlow());
  logs.OnTraceEnd({});
  EXPECT_EQ(logs.lost_rows(), lost);
  EXPECT_TRUE(disk.contents[tree_.directory() + "/log_tcp_complete"].ends_with(" 0.0 0.0\n"));
  EXPECT_FALSE(logs.status().ok());  // the first error stays
}

TEST_F(TextLogWriterTest, RetryWritesWhatWaited) {
  FailingFiles disk;
  disk.free_bytes = 2000;
  TextLogWriter logs(&tree_, {}, &disk);
  Begin(logs);
  logs.OnTcpFlow(PlainHttpFlow());
  logs.Flush();
  EXPECT_FALSE(logs.is_well());
  EXPECT_FALSE(logs.TakeProblem().ok());
  EXPECT_TRUE(logs.TakeProblem().ok());
  logs.Retry();
  EXPECT_FALSE(logs.TakeProblem().ok());  // told again
  disk.free_bytes = 1 << 20;
  logs.Retry();
  EXPECT_TRUE(logs.is_well());
  EXPECT_TRUE(logs.TakeProblem().ok());
  const std::string& text = disk.contents[tree_.directory() + "/log_tcp_complete"];
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_EQ(logs.lost_rows(), 0u);
  EXPECT_FALSE(logs.status().ok());  // the first error stays
}

TEST_F(TextLogWriterTest, RemovedDirectoryComesBackWithItsHeaders) {
  TextLogWriter logs(&tree_, {});
  Begin(logs);
  logs.OnTcpFlow(PlainHttpFlow());
  logs.Flush();
  fs::remove_all(folder_.path());
  logs.OnTcpFlow(PlainHttpFlow());
  logs.Flush();
  EXPECT_THAT(std::string(logs.TakeProblem().message()), testing::HasSubstr("was removed"));
  ASSERT_TRUE(tree_.Restore().ok());
  logs.Retry();
  EXPECT_TRUE(logs.is_well());
  EXPECT_EQ(Lines("log_tcp_complete"), 2u);
  EXPECT_EQ(Content("log_tcp_complete").substr(0, 4), "#15#");
  EXPECT_EQ(Lines("log_udp_complete"), 1u);
  EXPECT_EQ(logs.lost_rows(), 0u);
}

TEST_F(TextLogWriterTest, FileThatCannotBeOpened) {
  FailingFiles disk;
  disk.refused_path = folder_.path() + "/2017_07_14_02_40.out/log_udp_complete";
  TextLogWriter logs(&tree_, {}, &disk);
  Begin(logs);
  logs.OnUdpFlow({});
  logs.OnTcpFlow(PlainHttpFlow());
  logs.OnTraceEnd({});
  EXPECT_EQ(logs.status().message(),
            "Could not open file " + disk.refused_path + ": Permission denied");
  EXPECT_EQ(logs.lost_rows(), 1u);
}

TEST_F(TextLogWriterTest, RecordsOutsideAnyDirectoryAreCounted) {
  TextLogWriter logs(&tree_, {});
  logs.OnTcpFlow(PlainHttpFlow());
  EXPECT_EQ(logs.lost_rows(), 1u);
  EXPECT_TRUE(logs.status().ok());
}

}  // namespace
}  // namespace tstat::internal
