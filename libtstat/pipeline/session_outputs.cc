// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/session_outputs.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tstat/schema.h"

namespace tstat::internal {
namespace {

// Logs that exist only in some runs, whatever their switch says.
bool Exists(Log log, const AnalyzerOptions& options) {
  if (log == Log::kSkypeComplete && !options.bayes) return false;
  return HasLog(options.profile, log);
}

TextLogOptions MakeLogOptions(const SessionOptions& session) {
  const RuntimeConfig& runtime = session.runtime;
  TextLogOptions options;
  options.enabled = LogSet::None();
  for (const LogInfo& log : kLogs) {
    options.enabled.set(log.log, runtime.has(log.log) && Exists(log.log, session.analyzer));
  }
  options.tcp_level = runtime.tcp_level;
  options.video_level = runtime.video_level;
  options.http_url_level = static_cast<HttpUrlLevel>(runtime.http_url_level);
  options.strict_privacy = session.analyzer.strict_privacy;
  options.gzip = session.gzip_logs;
  options.profile = session.analyzer.profile;
  return options;
}

// With -S -L nothing is written, unless -g or a reload may still ask for something.
bool DirectoryNeeded(const SessionOptions& options) {
  return options.histogram_engine || options.runtime.any_log() || options.global_histograms ||
         options.always_directory || options.may_reload;
}

using Listener = std::function<void(const SessionNotice&)>;

OutputTreeOptions MakeTreeOptions(const SessionOptions& session) {
  OutputTreeOptions options;
  options.directory = session.output_dir;
  options.needed = DirectoryNeeded(session);
  if (!session.on_notice) return options;
  options.on_created = [tell = session.on_notice](const std::string& directory, Timestamp time) {
    tell({.kind = SessionNotice::Kind::kLogDirectory, .text = directory, .time = time});
  };
  options.on_warning = [tell = session.on_notice](const std::string& message) {
    tell({.kind = SessionNotice::Kind::kWarning, .text = message, .time = {}});
  };
  return options;
}

HistogramFilesOptions MakeHistogramOptions(const SessionOptions& session) {
  HistogramFilesOptions options;
  options.intervals = session.histogram_engine;
  options.enabled = session.runtime.histogram_engine;
  options.empty_files = session.runtime.empty_histograms;
  if (!session.on_notice) return options;
  options.on_created = [tell = session.on_notice](const std::string& directory, Timestamp time) {
    tell({.kind = SessionNotice::Kind::kHistogramDirectory, .text = directory, .time = time});
  };
  options.on_many_empty = [tell = session.on_notice](uint64_t files) {
    tell({.kind = SessionNotice::Kind::kManyEmptyHistograms,
          .text = absl::StrCat(files),
          .time = {}});
  };
  options.on_error = [tell = session.on_notice](const std::string& message) {
    tell({.kind = SessionNotice::Kind::kUnopenedFile, .text = message, .time = {}});
  };
  return options;
}

bool WritesHistograms(const SessionOptions& session) {
  return (session.histogram_engine || session.global_histograms) &&
         SessionAnalyzerOptions(session).histograms->any();
}

// The closing report counts RTP and RTCP flows, which are looked for when somebody wants them.
class ReportSink : public EventSink {
 public:
  EventMask Wants() const override { return Event::kMediaFlow; }
};

}  // namespace

SessionOutputs::SessionOutputs(const SessionOptions& options)
    : tree_(std::make_unique<OutputTree>(MakeTreeOptions(options))),
      logs_(std::make_unique<TextLogWriter>(tree_.get(), MakeLogOptions(options))),
      report_(std::make_unique<ReportSink>()) {
  sinks_ = {tree_.get(), logs_.get(), report_.get()};
  if (!options.rrd_dir.empty() && !options.rrd.directives.empty()) {
    rrd_directory_ = options.rrd_dir;
    OpenRrd(options);
  }
  if (WritesHistograms(options)) {
    histograms_ = std::make_unique<HistogramFiles>(tree_.get(), MakeHistogramOptions(options));
    sinks_.push_back(histograms_.get());
  }
}

// Without librrd nothing is made here; OpenDatabases tells.
void SessionOutputs::OpenRrd(const SessionOptions& options) {
  databases_ = LibrrdDatabases();
  if (databases_ == nullptr) return;
  if (options.rrd_process) {
    auto process = std::make_unique<RrdProcess>(std::move(databases_));
    process_ = process.get();
    databases_ = std::move(process);
  }
  const RrdWriterOptions writer = {.directory = options.rrd_dir,
                                   .step_s = options.analyzer.globals.max_time_step_s,
                                   .enabled = options.runtime.rrd_engine};
  rrd_ = std::make_unique<RrdWriter>(options.rrd, writer, databases_.get());
  sinks_.push_back(rrd_.get());
}

absl::Status SessionOutputs::OpenDatabases() {
  if (rrd_directory_.empty()) return absl::OkStatus();
  if (rrd_ == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat(rrd_directory_,
                     ": no RRD databases: librrd is not installed, or this was built without it"));
  }
  std::error_code error;
  std::filesystem::create_directories(rrd_directory_, error);
  if (error) {
    return absl::Status(
        absl::ErrnoToStatusCode(error.value()),
        absl::StrCat("Cannot create directory ", rrd_directory_, ": ", error.message()));
  }
  absl::StatusOr<DirectoryLock> lock = DirectoryLock::Of(rrd_directory_);
  // One that cannot be read can be written to nevertheless.
  if (!lock.ok() && !absl::IsUnavailable(lock.status())) return absl::OkStatus();
  if (!lock.ok()) {
    return absl::UnavailableError(absl::StrCat(
        rrd_directory_, ": another tstat keeps its RRD databases there (-r names the directory)"));
  }
  rrd_lock_ = *std::move(lock);
  return absl::OkStatus();
}

absl::Status SessionOutputs::Start() {
  if (process_ == nullptr) return absl::OkStatus();
  absl::Status status = process_->Start();
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat("cannot start the process that keeps databases: ",
                                                  status.message()));
}

void SessionOutputs::AddTo(Analyzer* analyzer) {
  for (EventSink* sink : sinks_) analyzer->AddSink(sink);
}

void SessionOutputs::SetRuntimeConfig(const SessionOptions& options) {
  tree_->set_needed(DirectoryNeeded(options));
  logs_->SetOptions(MakeLogOptions(options));
  if (rrd_ != nullptr) rrd_->set_enabled(options.runtime.rrd_engine);
  if (histograms_ != nullptr) {
    histograms_->set_enabled(options.runtime.histogram_engine);
    histograms_->set_empty_files(options.runtime.empty_histograms);
  }
}

void SessionOutputs::Retry(Analyzer* analyzer, Timestamp now) {
  if (!tree_->status().ok() && tree_->directory().empty()) return analyzer->StartNewOutput(now);
  if (tree_->Restore().ok()) logs_->Retry();
}

std::vector<absl::Status> SessionOutputs::TakeProblems() {
  const std::array<absl::Status, 4> all = {
      tree_->TakeProblem(), logs_->TakeProblem(),
      rrd_ != nullptr ? rrd_->TakeProblem() : absl::OkStatus(),
      histograms_ != nullptr ? histograms_->TakeProblem() : absl::OkStatus()};
  std::vector<absl::Status> news;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].ok() || std::exchange(told_[i], true)) continue;
    news.push_back(all[i]);
  }
  return news;
}

SessionLosses SessionOutputs::losses() const {
  return {.rows = logs_->lost_rows(),
          .histogram_files = histograms_ != nullptr ? histograms_->lost_files() : 0,
          .rrd_values = rrd_ != nullptr ? rrd_->refused() : 0};
}

}  // namespace tstat::internal
