// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "output/file_writer.h"
#include "schema/log_schema.h"
#include "schema/row_buffer.h"
#include "schema/row_writer.h"
#include "tstat/chat.h"
#include "tstat/media.h"
#include "tstat/skype.h"
#include "tstat/tcp_flow.h"
#include "tstat/text_logs.h"
#include "tstat/udp_flow.h"
#include "tstat/video.h"

namespace tstat::inline v1 {
using namespace internal;
namespace {

uint8_t LevelOf(LevelKind kind, const TextLogOptions& options) {
  if (kind == LevelKind::kTcp) return options.tcp_level;
  if (kind == LevelKind::kUdp) return options.udp_level;
  return kind == LevelKind::kVideo ? options.video_level : 0;
}

// The lines that a new file begins with.
std::string HeaderOf(Log log, const TextLogOptions& options) {
  std::string header;
  ForEachLog([&](const auto& entry) {
    if (entry.log != log || !entry.table.has_value() || !entry.presence.In(options.profile)) return;
    const auto& table = (*entry.table)();
    header += LogHeader(table, LevelOf(table.info().level, options), options.profile);
  });
  return header;
}

// How the rows of an entry of the registry are written.
template <typename Record>
struct Rows {
  RowPlan<Record> plan;
  bool names_are_encrypted = false;
};
// One for each, in the order of the registry.
constexpr auto kNoRows = [](const auto&... entry) {
  return std::tuple<Rows<typename std::decay_t<decltype(entry)>::Record>...>();
};
using AllRows = decltype(std::apply(kNoRows, kLogRegistry));

// What is used, of what was asked for.
TextLogOptions Normalized(TextLogOptions options) {
  if (options.strict_privacy) options.http_url_level = HttpUrlLevel::kNone;
  for (const LogInfo& log : kLogs) {
    if (!HasLog(options.profile, log.log)) options.enabled.set(log.log, false);
  }
  return options;
}

}  // namespace

std::vector<std::string> TextLogLabels(Log log, const CompatProfile& profile) {
  std::vector<std::string> labels;
  ForEachLog([&](const auto& entry) {
    if (!labels.empty() || entry.log != log || !entry.table.has_value()) return;
    if (!entry.presence.In(profile)) return;
    const auto& table = (*entry.table)();
    const uint8_t level = LevelOf(table.info().level, {});
    for (const ColumnBlockInfo& block : TextOf(table).block_infos()) {
      for (size_t i = 0; LevelHas(level, block) && i < block.size; ++i) {
        const ColumnRow column = block.row(i);
        if (column.text.is_printed && column.text.presence.In(profile)) {
          labels.push_back(column.TextLabel());
        }
      }
    }
  });
  return labels;
}

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
    for (const LogInfo& log : kLogs) {
      if (options_.enabled.has(log.log) || next_options_.enabled.has(log.log)) mask |= log.events;
    }
    return mask;
  }

  void OpenAll(const OutputStart& output) {
    CloseAll();
    if (!tree_->HasBegun(output)) {
      return Tell(absl::FailedPreconditionError("the OutputTree was added after the text logs"));
    }
    options_ = next_options_;
    PlanRows();
    if (tree_->directory().empty()) return;
    for (const LogInfo& log : kLogs) {
      if (options_.enabled.has(log.log)) Open(log);
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

  // Writes the rows that a record gives.
  template <typename Record>
  void Write(const Record& record) {
    ForEachRow(record, options_.profile, [this](const auto& entry, const auto& row) {
      if (options_.enabled.has(entry.log)) WriteRow(entry, row);
    });
  }

  const TextLogOptions& options() const { return options_; }
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
  static constexpr auto kEntries =
      std::make_index_sequence<std::tuple_size_v<decltype(kLogRegistry)>>();

  // Calls `use(rows)` with those of `entry`.
  template <typename Record, typename Use>
  void WithRows(const LogEntry<Record>& entry, Use use) {
    [&]<size_t... kIndex>(std::index_sequence<kIndex...>) {
      const auto try_one = [&](const auto& candidate, auto& rows) {
        if constexpr (std::is_same_v<std::decay_t<decltype(candidate)>, LogEntry<Record>>) {
          if (&candidate == &entry) use(rows);
        }
      };
      (try_one(std::get<kIndex>(kLogRegistry), std::get<kIndex>(rows_)), ...);
    }
    (kEntries);
  }

  void PlanRows() {
    ForEachLog([this](const auto& entry) {
      if (!entry.table.has_value()) return;
      WithRows(entry, [&](auto& rows) {
        const auto& table = (*entry.table)();
        rows.plan = {table, LevelOf(table.info().level, options_)};
        rows.names_are_encrypted = table.info().enc_hides_names && options_.anonymizer != nullptr &&
                                   options_.anonymizer->options().encrypt_names;
      });
    });
  }

  template <typename Record>
  void WriteRow(const LogEntry<Record>& entry, const Record& record) {
    FileWriter& file = open_[static_cast<size_t>(entry.log)];
    if (!file.is_active()) {
      ++lost_rows_;
      return;
    }
    WithRows(entry, [&](const Rows<Record>& rows) {
      row_.Clear();
      rows.plan.Write(record,
                      {.profile = &options_.profile,
                       .anonymizer = options_.anonymizer.get(),
                       .encrypt_names = rows.names_are_encrypted},
                      row_);
    });
    Watching(file, [&] { file.AppendRow(row_.view()); });
  }

  void Open(const LogInfo& log) {
    std::string path = tree_->directory();
    path.append("/").append(log.name);
    if (options_.gzip) path.append(".gz");
    FileWriter& file = open_[static_cast<size_t>(log.log)];
    FileWriterOptions file_options;
    file_options.gzip = options_.gzip;
    file_options.header = HeaderOf(log.log, options_);
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
  TextLogOptions options_;                  // of the present directory
  std::array<FileWriter, kLogCount> open_;  // by Log
  RowBuffer row_;
  AllRows rows_;
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

void TextLogWriter::OnNewOutput(const OutputStart& output) { impl_->OpenAll(output); }
void TextLogWriter::OnIntervalEnd(const IntervalEnd&) { impl_->FlushAll(); }
void TextLogWriter::OnTraceEnd(const TraceEnd&) { impl_->CloseAll(); }

void TextLogWriter::OnTcpFlow(const TcpFlow& flow) { impl_->Write(flow); }
void TextLogWriter::OnUdpFlow(const UdpFlow& flow) { impl_->Write(flow); }
void TextLogWriter::OnMediaFlow(const MediaFlow& flow) { impl_->Write(flow); }
void TextLogWriter::OnSkypeFlow(const SkypeFlow& flow) { impl_->Write(flow); }
void TextLogWriter::OnVideoFlow(const VideoFlow& flow) { impl_->Write(flow); }
void TextLogWriter::OnChatFlow(const ChatFlow& flow) { impl_->Write(flow); }
void TextLogWriter::OnChatMessage(const ChatMessage& message) { impl_->Write(message); }
void TextLogWriter::OnTcpPeriod(const TcpPeriod& period) { impl_->Write(period); }
void TextLogWriter::OnUdpPeriod(const UdpPeriod& period) { impl_->Write(period); }
void TextLogWriter::OnDnsEntry(const DnsEntry& entry) { impl_->Write(entry); }
void TextLogWriter::OnHttpMessage(const HttpMessage& message) {
  const HttpMessage shown = AtUrlLevel(message, impl_->options().http_url_level);
  if (!shown.suppressed) impl_->Write(shown);
}

}  // namespace tstat::inline v1
