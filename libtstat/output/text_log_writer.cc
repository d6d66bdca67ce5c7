// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <utility>

#include "output/file_writer.h"
#include "schema/address_formatter.h"
#include "schema/chat_columns.h"
#include "schema/http_columns.h"
#include "schema/log_schema.h"
#include "schema/media_columns.h"
#include "schema/periodic_columns.h"
#include "schema/row_buffer.h"
#include "schema/row_writer.h"
#include "schema/skype_columns.h"
#include "schema/tcp_columns.h"
#include "schema/udp_columns.h"
#include "schema/video_columns.h"
#include "tstat/chat.h"
#include "tstat/rtp_stream.h"
#include "tstat/skype.h"
#include "tstat/tcp_flow.h"
#include "tstat/text_logs.h"
#include "tstat/udp_flow.h"
#include "tstat/video.h"

namespace tstat::inline v1 {
using namespace internal;
namespace {

struct LogEntry {
  std::string_view name;
  EventMask events;          // that give its rows
  bool names_are_encrypted;  // by --enc
};

// In the order of TextLog.
constexpr std::array<LogEntry, kTextLogCount> kLogs = {{
    {"log_tcp_complete", Event::kTcpFlow, true},
    {"log_tcp_nocomplete", Event::kTcpFlow, true},
    {"log_udp_complete", Event::kUdpFlow, true},
    {"log_mm_complete", Event::kMediaFlow, false},
    {"log_skype_complete", Event::kSkypeFlow, false},
    {"log_video_complete", Event::kVideoFlow, false},
    {"log_chat_complete", Event::kChatFlow, false},
    {"log_chat_messages", Event::kChatMessage, false},
    {"log_http_complete", Event::kHttpMessage, false},
    {"log_tcp_periodic", Event::kTcpPeriodic, false},
    {"log_udp_periodic", Event::kUdpPeriodic, false},
}};

constexpr const LogEntry& EntryOf(TextLog log) { return kLogs[static_cast<size_t>(log)]; }

// The lines that a new file begins with.
std::string HeaderOf(TextLog log, const TextLogOptions& options) {
  const CompatProfile& profile = options.profile;
  switch (log) {
    case TextLog::kTcpComplete:
      return LogHeader(TcpCompleteLog(), options.tcp_level, profile);
    case TextLog::kTcpNocomplete:
      return LogHeader(TcpNocompleteLog(), options.tcp_level, profile);
    case TextLog::kUdpComplete:
      return LogHeader(UdpCompleteLog(), 0, profile);
    case TextLog::kVideoComplete:
      return LogHeader(VideoCompleteLog(), options.video_level, profile);
    case TextLog::kChatComplete:
      return LogHeader(ChatCompleteLog(), 0, profile);
    case TextLog::kChatMessages:
      return LogHeader(ChatMessagesLog(), 0, profile);
    case TextLog::kHttpComplete:
      return LogHeader(HttpRequestLog(), 0, profile) + LogHeader(HttpResponseLog(), 0, profile);
    case TextLog::kMmComplete:
      return profile.mm_log_header ? LogHeader(MediaStreamLog(), 0, profile) : "";
    case TextLog::kTcpPeriodic:
      return LogHeader(TcpPeriodicLog(), 0, profile);
    case TextLog::kUdpPeriodic:
      return LogHeader(UdpPeriodicLog(), 0, profile);
    case TextLog::kSkypeComplete:
      return "";
  }
  return "";
}

// What is used, of what was asked for.
TextLogOptions Normalized(TextLogOptions options) {
  if (options.strict_privacy) options.http_url_level = HttpUrlLevel::kNone;
  if (!options.profile.periodic_logs) {
    options.enabled.set(TextLog::kTcpPeriodic, false);
    options.enabled.set(TextLog::kUdpPeriodic, false);
  }
  if (options.addresses == nullptr) {
    options.addresses = std::make_shared<AddressFormatter>(options.profile.ipv6_form);
  }
  return options;
}

}  // namespace

std::string_view TextLogName(TextLog log) { return EntryOf(log).name; }

class TextLogWriter::Impl {
 public:
  Impl(const OutputTree* tree, TextLogOptions options, FileOpener* files)
      : tree_(tree),
        files_(files != nullptr ? files : &tree->files()),
        next_options_(Normalized(std::move(options))),
        options_(next_options_) {}

  void SetOptions(TextLogOptions options) { next_options_ = Normalized(std::move(options)); }

  // Of the present and of the next directory, so that the answer is right whether it is asked for
  // before or after OnNewOutput.
  EventMask Wants() const {
    EventMask mask;
    for (size_t i = 0; i < kTextLogCount; ++i) {
      const TextLog log = static_cast<TextLog>(i);
      if (options_.enabled.has(log) || next_options_.enabled.has(log)) mask |= kLogs[i].events;
    }
    return mask;
  }

  void OpenAll() {
    CloseAll();
    options_ = next_options_;
    tcp_complete_ = RowPlan<TcpFlow>(TcpCompleteLog(), options_.tcp_level);
    video_ = RowPlan<VideoFlow>(VideoCompleteLog(), options_.video_level);
    if (tree_->directory().empty()) return;
    for (size_t i = 0; i < kTextLogCount; ++i) {
      const TextLog log = static_cast<TextLog>(i);
      if (options_.enabled.has(log)) Open(log);
    }
  }

  void CloseAll() {
    for (FileWriter& file : open_) {
      Watching(file, [&] { file.Close(); });
      lost_rows_ += file.lost_rows();
      file = FileWriter();
    }
  }

  void FlushAll() {
    for (FileWriter& file : open_) Watching(file, [&] { file.Flush(); });
  }

  void RetryAll() {
    for (FileWriter& file : open_) {
      if (absl::Status status = file.Retry(); !status.ok()) Tell(status);
    }
  }

  template <typename Record>
  void Write(TextLog log, const RowPlan<Record>& plan, const Record& record) {
    if (!options_.enabled.has(log)) return;
    FileWriter& file = open_[static_cast<size_t>(log)];
    if (!file.is_active()) {
      ++lost_rows_;
      return;
    }
    RowContext context{.profile = &options_.profile, .addresses = options_.addresses.get()};
    context.encrypt_names =
        EntryOf(log).names_are_encrypted && options_.addresses->encrypts_names();
    row_.Clear();
    plan.Write(record, context, row_);
    Watching(file, [&] { file.AppendRow(row_.view()); });
  }

  const TextLogOptions& options() const { return options_; }
  const RowPlan<TcpFlow>& tcp_complete() const { return tcp_complete_; }
  const RowPlan<TcpFlow>& tcp_nocomplete() const { return tcp_nocomplete_; }
  const RowPlan<UdpFlow>& udp_complete() const { return udp_complete_; }
  const RowPlan<MediaFlow>& media() const { return media_; }
  const RowPlan<MediaStream>& media_stream() const { return media_stream_; }
  const RowPlan<SkypeFlow>& skype(bool udp) const { return udp ? skype_udp_ : skype_tcp_; }
  const RowPlan<VideoFlow>& video() const { return video_; }
  const RowPlan<ChatFlow>& chat_complete() const { return chat_complete_; }
  const RowPlan<ChatMessage>& chat_messages() const { return chat_messages_; }
  const RowPlan<TcpPeriod>& tcp_periodic() const { return tcp_periodic_; }
  const RowPlan<UdpPeriod>& udp_periodic() const { return udp_periodic_; }
  const RowPlan<HttpMessage>& http(bool request) const {
    return request ? http_request_ : http_response_;
  }

  absl::Status status() const { return status_; }
  absl::Status TakeProblem() { return std::exchange(problem_, absl::OkStatus()); }
  bool is_well() const {
    return std::all_of(open_.begin(), open_.end(),
                       [](const FileWriter& file) { return file.status().ok(); });
  }
  uint64_t lost_rows() const {
    uint64_t lost = lost_rows_;
    for (const FileWriter& file : open_) lost += file.lost_rows();
    return lost;
  }

 private:
  void Open(TextLog log) {
    std::string path = tree_->directory();
    path.append("/").append(EntryOf(log).name);
    if (options_.gzip) path.append(".gz");
    FileWriter& file = open_[static_cast<size_t>(log)];
    FileWriterOptions file_options;
    file_options.gzip = options_.gzip;
    file_options.header = HeaderOf(log, options_);
    absl::Status status = file.Open(*files_, std::move(path), std::move(file_options));
    if (!status.ok()) Tell(status);
  }

  // Does something to `file`, and tells when that brings an error.
  template <typename Action>
  void Watching(FileWriter& file, Action action) {
    const bool was_well = file.is_well();
    action();
    if (was_well && !file.is_well()) Tell(file.status());
  }

  void Tell(const absl::Status& status) {
    status_.Update(status);
    problem_.Update(status);
  }

  const OutputTree* tree_;
  FileOpener* files_;
  TextLogOptions next_options_;
  TextLogOptions options_;  // of the present directory
  std::array<FileWriter, kTextLogCount> open_;
  RowBuffer row_;
  RowPlan<TcpFlow> tcp_complete_;
  RowPlan<TcpFlow> tcp_nocomplete_{TcpNocompleteLog(), 0};
  RowPlan<UdpFlow> udp_complete_{UdpCompleteLog(), 0};
  RowPlan<MediaFlow> media_{MediaCompleteLog(), 0};
  RowPlan<MediaStream> media_stream_{MediaStreamLog(), 0};
  RowPlan<SkypeFlow> skype_udp_{SkypeUdpLog(), 0};
  RowPlan<SkypeFlow> skype_tcp_{SkypeTcpLog(), 0};
  RowPlan<VideoFlow> video_;
  RowPlan<ChatFlow> chat_complete_{ChatCompleteLog(), 0};
  RowPlan<ChatMessage> chat_messages_{ChatMessagesLog(), 0};
  RowPlan<HttpMessage> http_request_{HttpRequestLog(), 0};
  RowPlan<HttpMessage> http_response_{HttpResponseLog(), 0};
  RowPlan<TcpPeriod> tcp_periodic_{TcpPeriodicLog(), 0};
  RowPlan<UdpPeriod> udp_periodic_{UdpPeriodicLog(), 0};
  absl::Status status_;     // the first error
  absl::Status problem_;    // the first since TakeProblem
  uint64_t lost_rows_ = 0;  // of files that are closed
};

TextLogWriter::TextLogWriter(const OutputTree* tree, TextLogOptions options, FileOpener* files)
    : impl_(std::make_unique<Impl>(tree, std::move(options), files)) {}
TextLogWriter::~TextLogWriter() { impl_->CloseAll(); }

void TextLogWriter::SetOptions(TextLogOptions options) { impl_->SetOptions(std::move(options)); }
EventMask TextLogWriter::Wants() const { return impl_->Wants(); }
absl::Status TextLogWriter::status() const { return impl_->status(); }
absl::Status TextLogWriter::TakeProblem() { return impl_->TakeProblem(); }
bool TextLogWriter::is_well() const { return impl_->is_well(); }
void TextLogWriter::Flush() { impl_->FlushAll(); }
void TextLogWriter::Retry() { impl_->RetryAll(); }
uint64_t TextLogWriter::lost_rows() const { return impl_->lost_rows(); }

void TextLogWriter::OnNewOutput(Timestamp) { impl_->OpenAll(); }
void TextLogWriter::OnIntervalEnd(Timestamp, uint32_t) { impl_->FlushAll(); }
void TextLogWriter::OnTraceEnd(Timestamp) { impl_->CloseAll(); }

void TextLogWriter::OnTcpFlow(const TcpFlow& flow) {
  if (flow.complete) {
    impl_->Write(TextLog::kTcpComplete, impl_->tcp_complete(), flow);
  } else {
    impl_->Write(TextLog::kTcpNocomplete, impl_->tcp_nocomplete(), flow);
  }
}
void TextLogWriter::OnUdpFlow(const UdpFlow& flow) {
  impl_->Write(TextLog::kUdpComplete, impl_->udp_complete(), flow);
}
void TextLogWriter::OnMediaFlow(const MediaFlow& flow) {
  if (!impl_->options().profile.rtp_plus) {
    impl_->Write(TextLog::kMmComplete, impl_->media(), flow);
    return;
  }
  ForEachMediaStream(flow, [this](const MediaStream& stream) {
    impl_->Write(TextLog::kMmComplete, impl_->media_stream(), stream);
  });
}
void TextLogWriter::OnSkypeFlow(const SkypeFlow& flow) {
  impl_->Write(TextLog::kSkypeComplete, impl_->skype(flow.udp != nullptr), flow);
}
void TextLogWriter::OnHttpMessage(const HttpMessage& message) {
  const HttpMessage shown = AtUrlLevel(message, impl_->options().http_url_level);
  if (shown.suppressed) return;
  impl_->Write(TextLog::kHttpComplete, impl_->http(shown.is_request()), shown);
}
void TextLogWriter::OnVideoFlow(const VideoFlow& flow) {
  impl_->Write(TextLog::kVideoComplete, impl_->video(), flow);
}
void TextLogWriter::OnChatFlow(const ChatFlow& flow) {
  impl_->Write(TextLog::kChatComplete, impl_->chat_complete(), flow);
}
void TextLogWriter::OnChatMessage(const ChatMessage& message) {
  impl_->Write(TextLog::kChatMessages, impl_->chat_messages(), message);
}
void TextLogWriter::OnTcpPeriod(const TcpPeriod& period) {
  impl_->Write(TextLog::kTcpPeriodic, impl_->tcp_periodic(), period);
}
void TextLogWriter::OnUdpPeriod(const UdpPeriod& period) {
  impl_->Write(TextLog::kUdpPeriodic, impl_->udp_periodic(), period);
}

}  // namespace tstat::inline v1
