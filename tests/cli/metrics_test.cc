// SPDX-License-Identifier: BSD-3-Clause
//
// --metrics: what is counted, and who answers.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "tests/output/temporary_folder.h"
#include "tstat-cli/metrics_server.h"
#include "tstat-cli/session_metrics.h"
#include "tstat/session.h"

namespace tstat::cli {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class MetricsServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = MetricsServer::Open("127.0.0.1", 0);
    if (absl::IsUnimplemented(server.status())) GTEST_SKIP() << server.status();
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  // The whole answer to a request, on a connection of its own.
  std::string Ask(const std::string& request) const {
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const std::string whole = request + "Host: x\r\nConnection: close\r\n\r\n";
    EXPECT_EQ(send(descriptor, whole.data(), whole.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(whole.size()));
    std::string answer;
    char bytes[4096];
    for (ssize_t count; (count = read(descriptor, bytes, sizeof bytes)) > 0;) {
      answer.append(bytes, static_cast<size_t>(count));
    }
    close(descriptor);
    return answer;
  }

  std::unique_ptr<MetricsServer> server_;
};

TEST_F(MetricsServerTest, AnswersWithWhatWasPublishedLast) {
  ASSERT_TRUE(server_->Start().ok());
  EXPECT_FALSE(server_->Start().ok());
  EXPECT_THAT(server_->url(), StartsWith("http://127.0.0.1:"));
  EXPECT_THAT(Ask("GET /metrics HTTP/1.1\r\n"), StartsWith("HTTP/1.1 503 "));
  server_->Publish("a 1\n");
  server_->Publish("a 2\n");
  EXPECT_THAT(Ask("GET /metrics HTTP/1.1\r\n"),
              AllOf(StartsWith("HTTP/1.1 200 "),
                    HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"),
                    EndsWith("\r\n\r\na 2\n")));
  EXPECT_THAT(Ask("HEAD /metrics HTTP/1.1\r\n"),
              AllOf(HasSubstr("Content-Length: 4\r\n"), EndsWith("\r\n\r\n")));
  EXPECT_THAT(Ask("GET / HTTP/1.1\r\n"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Ask("GET /metrics2 HTTP/1.1\r\n"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Ask("DELETE /metrics HTTP/1.1\r\n"),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD\r\n")));
  EXPECT_THAT(Ask("POST /metrics HTTP/1.1\r\nContent-Length: 0\r\n"), StartsWith("HTTP/1.1 405 "));
  // Nonsense does no harm.
  Ask("\x01\x02\r\n");
  EXPECT_THAT(Ask("GET /metrics HTTP/1.1\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(MetricsServerTest, AddressesThatCannotBe) {
  EXPECT_EQ(MetricsServer::Open("localhost", 0).status().code(),
            absl::StatusCode::kInvalidArgument);
  const absl::Status taken = MetricsServer::Open("127.0.0.1", server_->port()).status();
  EXPECT_THAT(std::string(taken.message()), HasSubstr("cannot listen at 127.0.0.1"));
  // Of another network.
  EXPECT_FALSE(MetricsServer::Open("192.0.2.1", 0).ok());
}

TEST(SessionMetrics, CountsWhatTheSessionDoes) {
  internal::TemporaryFolder folder;
  SessionOptions options;
  options.output_dir = folder.path() + "/out";
  options.exports = {"json=" + folder.path() + "/flows.jsonl#logs=tcp&name=flows"};
  options.export_settings.spool_dir = folder.path() + "/spool";
  auto session = Session::Create(options);
  ASSERT_TRUE(session.ok()) << session.status();
  SessionMetrics metrics(**session);
  ASSERT_TRUE(metrics.registry()
                  .Add({.name = "more"}, [](MetricSamples& out) { out.Add(uint64_t{1}); })
                  .ok());
  EXPECT_THAT(metrics.Text(), HasSubstr("\ntstat_packets_total 0\n"));
  ASSERT_TRUE((*session)->RunTrace(std::string(TSTAT_SOURCE_DIR) + "/tests/traces/web.pcap").ok());
  (*session)->CloseExports();
  const std::string text = metrics.Text();
  for (const char* const line :
       {"tstat_packets_total 262", "tstat_flows_total{protocol=\"tcp\"} 8",
        "tstat_open_flows{protocol=\"tcp\"} 0", "tstat_evicted_flows_total 0",
        "tstat_table_entries{table=\"tcp_flows\"} 0",
        "tstat_table_evictions_total{table=\"tcp_flows\"} 0",
        "tstat_lost_total{what=\"log rows\"} 0", "tstat_export_rows_total{export=\"flows\"} 8",
        "tstat_export_sent_rows_total{export=\"flows\"} 8",
        "tstat_export_queued_rows{export=\"flows\"} 0", "tstat_export_up{export=\"flows\"} 1",
        "tstat_rows_total{rows=\"tcp_complete\"} 8", "more 1",
        "tstat_flow_duration_seconds_count{protocol=\"tcp\"} 8",
        "tstat_flow_payload_bytes_bucket{protocol=\"tcp\",le=\"+Inf\"} 8",
        "tstat_tcp_rtt_seconds_count{side=\"client\"} 8"}) {
    EXPECT_THAT(text, HasSubstr(std::string("\n") + line + "\n"));
  }
  // No live capture.
  EXPECT_THAT(text, Not(HasSubstr("\ntstat_capture_packets_total ")));
}

}  // namespace
}  // namespace tstat::cli
