// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/outputs.h"

#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tstat-cli/text_format.h"

namespace tstat::cli {
namespace {

constexpr std::pair<LogSwitch, TextLog> kLogs[] = {
    {LogSwitch::kTcpComplete, TextLog::kTcpComplete},
    {LogSwitch::kTcpNocomplete, TextLog::kTcpNocomplete},
    {LogSwitch::kUdpComplete, TextLog::kUdpComplete},
    {LogSwitch::kMmComplete, TextLog::kMmComplete},
    {LogSwitch::kSkypeComplete, TextLog::kSkypeComplete},
    {LogSwitch::kChatComplete, TextLog::kChatComplete},
    {LogSwitch::kChatMessages, TextLog::kChatMessages},
    {LogSwitch::kVideoComplete, TextLog::kVideoComplete},
    {LogSwitch::kHttpComplete, TextLog::kHttpComplete},
    {LogSwitch::kTcpPeriodic, TextLog::kTcpPeriodic},
    {LogSwitch::kUdpPeriodic, TextLog::kUdpPeriodic},
};

// Logs that exist only in some runs, whatever their switch says.
bool Exists(TextLog log, const Settings& settings) {
  switch (log) {
    case TextLog::kSkypeComplete:
      return settings.analyzer.bayes;
    case TextLog::kTcpPeriodic:
    case TextLog::kUdpPeriodic:
      return settings.analyzer.profile.periodic_logs;
    default:
      return true;
  }
}

TextLogOptions MakeLogOptions(const Settings& settings) {
  const RuntimeConfig& runtime = settings.runtime;
  TextLogOptions options;
  options.enabled = TextLogSet::None();
  for (const auto& [key, log] : kLogs) {
    options.enabled.set(log, runtime.has(key) && Exists(log, settings));
  }
  options.tcp_level = runtime.tcp_level;
  options.video_level = runtime.video_level;
  options.http_url_level = static_cast<HttpUrlLevel>(runtime.http_url_level);
  options.strict_privacy = settings.analyzer.strict_privacy;
  options.gzip = settings.gzip_logs;
  options.profile = settings.analyzer.profile;
  return options;
}

// With -S -L nothing is written, unless -g or -T may still ask for something.
bool DirectoryNeeded(const Settings& settings) {
  return settings.histogram_engine || settings.runtime.any_log() || settings.global_histograms ||
         !settings.runtime_path.empty();
}

OutputTreeOptions MakeTreeOptions(const Settings& settings, Console* console) {
  OutputTreeOptions options;
  options.directory = settings.output_dir;
  options.needed = DirectoryNeeded(settings);
  options.on_created = [console](const std::string& directory, Timestamp time) {
    console->Out(absl::StrCat("[", TimeStampText(time), "] created new outdir ", directory, "\n"));
  };
  options.on_warning = [console](const std::string& message) {
    console->Err("Warning: " + message + "\n");
  };
  return options;
}

HistogramFilesOptions MakeHistogramOptions(const Settings& settings, Console* console) {
  HistogramFilesOptions options;
  options.intervals = settings.histogram_engine;
  options.enabled = settings.runtime.histogram_engine;
  options.empty_files = settings.runtime.empty_histograms;
  options.on_created = [console, ticks = settings.ticks](const std::string& directory,
                                                         Timestamp time) {
    if (!time.is_set()) {
      console->Out(absl::StrCat("Creating output dir ", directory, "\n"));
      return;
    }
    if (console->quiet()) return;
    const std::string text =
        absl::StrCat("(", TimeStampText(time), ") Creating output dir ", directory, "\n");
    if (ticks) {
      console->Out("\r" + text);
    } else {
      console->Err(text);
    }
  };
  options.on_many_empty = [console](uint64_t files) {
    console->Warn(absl::StrCat(files, " histogram files without a sample were written.\n",
                               "         'histo_empty = skip' in runtime.conf, or --histo-empty "
                               "skip, leaves them out"));
  };
  options.on_error = [console](const std::string& message) { console->Err(message + "\n"); };
  return options;
}

bool WritesHistograms(const Settings& settings) {
  return (settings.histogram_engine || settings.global_histograms) &&
         settings.analyzer.histograms != nullptr && settings.analyzer.histograms->any();
}

// Passes events on as they are wanted after each OnNewOutput, but wants from the beginning what a
// log may need once runtime.conf was read again: the analysis settles at its start what it
// measures.
class ReloadableSinks : public EventFanOut {
 public:
  explicit ReloadableSinks(const CompatProfile& profile) {
    if (profile.periodic_logs) periodic_ = Event::kTcpPeriodic | Event::kUdpPeriodic;
  }
  EventMask Wants() const override {
    return EventFanOut::Wants() | periodic_ | Event::kTcpFlow | Event::kUdpFlow |
           Event::kHttpMessage | Event::kVideoFlow | Event::kChatFlow | Event::kChatMessage |
           Event::kMediaFlow | Event::kSkypeFlow;
  }

 private:
  EventMask periodic_;
};

// The closing report counts RTP and RTCP flows, which are looked for when somebody wants them.
class ReportSink : public EventSink {
 public:
  EventMask Wants() const override { return Event::kMediaFlow; }
};

}  // namespace

Outputs::Outputs(const Settings& settings, Console& console)
    : tree_(std::make_unique<OutputTree>(MakeTreeOptions(settings, &console))),
      logs_(std::make_unique<TextLogWriter>(tree_.get(), MakeLogOptions(settings))),
      report_(std::make_unique<ReportSink>()) {
  sinks_ = {tree_.get(), logs_.get(), report_.get()};
  if (!settings.rrd_dir.empty() && !settings.rrd.directives.empty()) {
    databases_ = std::make_unique<RrdProcess>(LibrrdDatabases());
    const RrdWriterOptions options = {.directory = settings.rrd_dir,
                                      .step_s = settings.analyzer.globals.max_time_step_s,
                                      .enabled = settings.runtime.rrd_engine};
    rrd_ = std::make_unique<RrdWriter>(settings.rrd, options, databases_.get());
    rrd_directory_ = settings.rrd_dir;
    sinks_.push_back(rrd_.get());
  }
  if (WritesHistograms(settings)) {
    histograms_ =
        std::make_unique<HistogramFiles>(tree_.get(), MakeHistogramOptions(settings, &console));
    sinks_.push_back(histograms_.get());
  }
  if (!MayReload(settings)) return;
  reloadable_ = std::make_unique<ReloadableSinks>(settings.analyzer.profile);
  for (EventSink* sink : sinks_) reloadable_->Add(sink);
}

void Outputs::AddTo(Analyzer* analyzer) {
  if (reloadable_ != nullptr) {
    analyzer->AddSink(reloadable_.get());
    return;
  }
  for (EventSink* sink : sinks_) analyzer->AddSink(sink);
}

absl::Status Outputs::LockDatabases() {
  if (rrd_ == nullptr) return absl::OkStatus();
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

absl::Status Outputs::StartHelpers() {
  if (databases_ == nullptr) return absl::OkStatus();
  absl::Status status = databases_->Start();
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat("cannot start the process that keeps databases: ",
                                                  status.message()));
}

bool MayReload(const Settings& settings) {
  return !settings.runtime_path.empty() && ReadsStream(settings);
}

bool ReadsStream(const Settings& settings) {
  return settings.live ||
         std::any_of(settings.traces.begin(), settings.traces.end(), [](const std::string& trace) {
           struct stat info;
           return trace == "stdin" || trace == "stdin.gz" ||
                  (stat(trace.c_str(), &info) == 0 && !S_ISREG(info.st_mode));
         });
}

void Outputs::SetRuntimeConfig(const Settings& settings) {
  tree_->set_needed(DirectoryNeeded(settings));
  logs_->SetOptions(MakeLogOptions(settings));
  if (rrd_ != nullptr) rrd_->set_enabled(settings.runtime.rrd_engine);
  if (histograms_ != nullptr) {
    histograms_->set_enabled(settings.runtime.histogram_engine);
    histograms_->set_empty_files(settings.runtime.empty_histograms);
  }
}

void Outputs::StartNewOutput(Timestamp time) {
  if (reloadable_ != nullptr) reloadable_->OnNewOutput(time);
}

void Outputs::Retry(Timestamp now) {
  if (!tree_->status().ok() && tree_->directory().empty()) {
    tree_->OnNewOutput(now);
    if (!tree_->status().ok()) return;
    for (EventSink* sink : sinks_) {
      if (sink != tree_.get()) sink->OnNewOutput(now);
    }
    return;
  }
  if (tree_->Restore().ok()) logs_->Retry();
}

std::vector<absl::Status> Outputs::TakeProblems() {
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

}  // namespace tstat::cli
