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

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "tstat/event_sink.h"
#include "tstat/http_message.h"
#include "tstat/options.h"
#include "tstat/output_tree.h"

namespace tstat::internal {
class AddressFormatter;
class FileOpener;
}  // namespace tstat::internal

namespace tstat::inline v1 {

enum class TextLog : uint8_t {
  kTcpComplete,
  kTcpNocomplete,
  kUdpComplete,
  kMmComplete,
  kSkypeComplete,  // exists with -B only
  kVideoComplete,
  kChatComplete,
  kChatMessages,
  kHttpComplete,
  kTcpPeriodic,  // [3.3]
  kUdpPeriodic,  // [3.3]
};
inline constexpr size_t kTextLogCount = 11;

// The file's name, which is also its key in runtime.conf: "log_tcp_complete".
std::string_view TextLogName(TextLog log);

// A set of logs.
class TextLogSet {
 public:
  // What is on without a runtime.conf: all but the HTTP log, the periodic logs, and the Skype log
  // (which needs -B).
  static constexpr TextLogSet Default() {
    TextLogSet set;
    for (TextLog log : {TextLog::kTcpComplete, TextLog::kTcpNocomplete, TextLog::kUdpComplete,
                        TextLog::kMmComplete, TextLog::kVideoComplete, TextLog::kChatComplete,
                        TextLog::kChatMessages}) {
      set.set(log, true);
    }
    return set;
  }
  static constexpr TextLogSet None() { return {}; }

  constexpr bool has(TextLog log) const { return (bits_ >> static_cast<int>(log) & 1) != 0; }
  constexpr void set(TextLog log, bool on) {
    const uint32_t bit = uint32_t{1} << static_cast<int>(log);
    bits_ = on ? bits_ | bit : bits_ & ~bit;
  }
  constexpr bool empty() const { return bits_ == 0; }
  friend constexpr bool operator==(TextLogSet, TextLogSet) = default;

 private:
  uint32_t bits_ = 0;
};

struct TextLogOptions {
  TextLogSet enabled = TextLogSet::Default();  // [log] of runtime.conf; -L: none
  uint8_t tcp_level = 15;                      // column sets: bits of tcp_level:: (tcplog_* keys)
  uint8_t video_level = 31;                    // bits of video_level:: (videolog_* keys)
  HttpUrlLevel http_url_level = HttpUrlLevel::kNone;  // httplog_full_url
  bool strict_privacy = false;  // -0: http_url_level is kNone whatever it says
  bool gzip = false;            // -Z: NAME.gz
  CompatProfile profile;        // columns of 3.3; text of IPv6 addresses
  // How addresses and names are printed; null: in the clear, in the profile's IPv6 form.
  std::shared_ptr<internal::AddressFormatter> addresses;
};

class TextLogWriter : public EventSink {
 public:
  // `tree` and `files` (for tests; null: those of the tree) must outlive the writer.
  TextLogWriter(const OutputTree* tree, TextLogOptions options,
                internal::FileOpener* files = nullptr);
  ~TextLogWriter() override;

  // Applied at the next OnNewOutput: files, headers and columns of one directory belong together.
  void SetOptions(TextLogOptions options);

  EventMask Wants() const override;
  void OnNewOutput(Timestamp time) override;
  void OnIntervalEnd(Timestamp time, uint32_t index) override;  // hands buffered rows to the system
  void OnTraceEnd(Timestamp time) override;

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
  bool is_well() const;
  uint64_t lost_rows() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_TEXT_LOGS_H_
