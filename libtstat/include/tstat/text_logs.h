// SPDX-License-Identifier: BSD-3-Clause
//
// Tstat's text logs (log_tcp_complete, ...): one file a kind of record, one line a record, in the
// present directory of an OutputTree (the columns: docs/logs/).
//
//   tstat::OutputTree tree({.directory = "out"});
//   tstat::TextLogWriter logs(&tree, {});
//   analyzer.AddSink(&tree);
//   analyzer.AddSink(&logs);
#ifndef TSTAT_TEXT_LOGS_H_
#define TSTAT_TEXT_LOGS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tstat/anonymizer.h"
#include "tstat/event_sink.h"
#include "tstat/export.h"
#include "tstat/http_message.h"
#include "tstat/options.h"
#include "tstat/output_tree.h"
#include "tstat/schema.h"

namespace tstat::internal {
class FileOpener;
}  // namespace tstat::internal

namespace tstat::inline v1 {

// What is on without a runtime.conf: the Skype log needs -B.
[[nodiscard]] constexpr LogSet DefaultTextLogs() {
  LogSet set = LogSet::Default();
  set.set(Log::kSkypeComplete, false);
  return set;
}

// The labels of the columns that a log's rows have with the default sets of columns, in order, also
// of a log whose files have no header line; of two kinds of rows, those of the first. Empty: the
// profile has no such rows.
[[nodiscard]] TSTAT_EXPORT std::vector<std::string> TextLogLabels(Log log,
                                                                  const CompatProfile& profile);

struct TextLogOptions {
  LogSet enabled = DefaultTextLogs();                 // [log] of runtime.conf; -L: none
  uint8_t tcp_level = tcp_level::kDefault;            // column sets: tcplog_* keys
  uint8_t video_level = video_level::kDefault;        // videolog_* keys
  uint8_t udp_level = udp_level::kDefault;            // udplog_modern
  HttpUrlLevel http_url_level = HttpUrlLevel::kNone;  // httplog_full_url
  bool strict_privacy = false;  // -0: http_url_level is kNone whatever it says
  bool gzip = false;            // -Z: NAME.gz
  CompatProfile profile;        // columns of 3.3; text of IPv6 addresses
  // How addresses and names are shown; null: as they are.
  std::shared_ptr<Anonymizer> anonymizer = nullptr;
};

class TSTAT_EXPORT TextLogWriter : public EventSink {
 public:
  // `tree` and `files` (for tests; null: those of the tree) must outlive the writer.
  TextLogWriter(const OutputTree* tree, TextLogOptions options,
                internal::FileOpener* files = nullptr);
  ~TextLogWriter() override;

  // Applied at the next OnNewOutput: files, headers and columns of one directory belong together.
  void SetOptions(TextLogOptions options);

  EventMask Wants() const override;
  void OnNewOutput(const OutputStart& output) override;
  void OnIntervalEnd(const IntervalEnd& interval) override;  // hands buffered rows to the system
  void OnTraceEnd(const TraceEnd& trace) override;

  void OnTcpFlow(const TcpFlow& flow) override;
  void OnUdpFlow(const UdpFlow& flow) override;
  void OnMediaFlow(const MediaFlow& flow) override;
  void OnSkypeFlow(const SkypeFlow& flow) override;
  void OnHttpMessage(const HttpMessage& message) override;
  void OnVideoFlow(const VideoFlow& flow) override;
  void OnChatFlow(const ChatFlow& flow) override;
  void OnChatMessage(const ChatMessage& message) override;
  void OnTcpPeriod(const TcpPeriod& period) override;
  void OnUdpPeriod(const UdpPeriod& period) override;
  void OnDnsEntry(const DnsEntry& entry) override;

  // Hands buffered rows to the system, so that readers of the logs see them.
  void Flush();
  // For long runs: tries again what could not be written, and makes new files in the place of
  // removed ones. The directory of the tree is expected to be there.
  void Retry();

  // First error of any file ("PATH: No space left on device"). The analysis may go on: rows wait in
  // the buffers, and those that cannot be written in the end are counted.
  absl::Status status() const override;
  // The first error since the last call; Retry tells again of what still fails.
  absl::Status TakeProblem();
  // False while a file cannot be written.
  [[nodiscard]] bool is_well() const;
  [[nodiscard]] uint64_t lost_rows() const;

 private:
  class TSTAT_NO_EXPORT Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_TEXT_LOGS_H_
