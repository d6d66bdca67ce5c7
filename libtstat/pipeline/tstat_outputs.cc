// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/tstat_outputs.h"

#include <array>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "output/directory_lock.h"
#include "output/key_file.h"
#include "output/rrd_process.h"
#include "privacy/packet_anonymizer.h"
#include "tstat/anonymizer.h"
#include "tstat/histogram_files.h"
#include "tstat/packet_dumps.h"
#include "tstat/rrd.h"
#include "tstat/schema.h"
#include "tstat/text_logs.h"

namespace tstat::internal {
namespace {

// Logs that exist only in some runs, whatever their switch says.
bool Exists(Log log, const AnalyzerOptions& options) {
  if (log == Log::kSkypeComplete && !options.bayes) return false;
  return HasLog(options.profile, log);
}

class TextLogOutput final : public SessionOutput {
 public:
  TextLogOutput(const SessionOptions& options, OutputTree* tree)
      : logs_(tree, TextLogOptionsOf(options)) {}

  EventSink* sink() override { return &logs_; }
  void SetRuntimeConfig(const SessionOptions& options) override {
    logs_.SetOptions(TextLogOptionsOf(options));
  }
  void Flush() override { logs_.Flush(); }
  void Retry() override { logs_.Retry(); }
  bool is_well() const override { return logs_.is_well(); }
  absl::Status TakeProblem() override { return logs_.TakeProblem(); }
  void AddLosses(SessionLosses* losses) const override { losses->rows += logs_.lost_rows(); }

 private:
  TextLogWriter logs_;
};

// The closing report counts RTP and RTCP flows, which are looked for when somebody wants them.
class ReportSink : public EventSink {
 public:
  EventMask Wants() const override { return Event::kMediaFlow; }
};

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
  return session.output_tree && (session.histogram_engine || session.global_histograms) &&
         SessionAnalyzerOptions(session).histograms->any();
}

// The key of a run, beside its first log directory and under its name.
class KeyOutput final : public SessionOutput, public EventSink {
 public:
  KeyOutput(const SessionOptions& options, const OutputTree* tree)
      : anonymizer_(options.anonymizer), tell_(options.on_notice), tree_(tree) {}

  EventSink* sink() override { return this; }
  EventMask Wants() const override { return {}; }
  void OnNewOutput(const OutputStart&) override {
    if (is_done_ || tree_->directory().empty()) return;
    is_done_ = true;
    const absl::Status status = StoreKey(anonymizer_->options().key, tree_->directory());
    if (!absl::IsAlreadyExists(status)) {
      status_ = problem_ = status;
    } else if (tell_) {
      tell_({.kind = SessionNotice::Kind::kWarning, .text = std::string(status.message())});
    }
  }
  absl::Status status() const override { return status_; }
  absl::Status TakeProblem() override { return std::exchange(problem_, absl::OkStatus()); }

 private:
  std::shared_ptr<const Anonymizer> anonymizer_;
  std::function<void(const SessionNotice&)> tell_;
  const OutputTree* tree_;
  bool is_done_ = false;
  absl::Status status_, problem_;
};

class HistogramOutput final : public SessionOutput {
 public:
  HistogramOutput(const SessionOptions& options, OutputTree* tree)
      : files_(tree, MakeHistogramOptions(options)) {}

  EventSink* sink() override { return &files_; }
  void SetRuntimeConfig(const SessionOptions& options) override {
    files_.set_enabled(options.runtime.histogram_engine);
    files_.set_empty_files(options.runtime.empty_histograms);
  }
  absl::Status TakeProblem() override { return files_.TakeProblem(); }
  void AddLosses(SessionLosses* losses) const override {
    losses->histogram_files += files_.lost_files();
  }

 private:
  HistogramFiles files_;
};

class RrdOutput final : public SessionOutput {
 public:
  explicit RrdOutput(const SessionOptions& options)
      : directory_(options.rrd_dir), databases_(LibrrdDatabases()) {
    if (databases_ == nullptr) return;
    if (options.rrd_process) {
      auto process = std::make_unique<RrdProcess>(std::move(databases_));
      process_ = process.get();
      databases_ = std::move(process);
    }
    const RrdWriterOptions writer = {.directory = options.rrd_dir,
                                     .step_s = options.analyzer.globals.max_time_step_s,
                                     .enabled = options.runtime.rrd_engine};
    writer_ = std::make_unique<RrdWriter>(options.rrd, writer, databases_.get());
  }

  EventSink* sink() override { return writer_.get(); }
  absl::Status Open() override;
  absl::Status Start() override;
  void SetRuntimeConfig(const SessionOptions& options) override {
    if (writer_ != nullptr) writer_->set_enabled(options.runtime.rrd_engine);
  }
  absl::Status TakeProblem() override {
    return writer_ != nullptr ? writer_->TakeProblem() : absl::OkStatus();
  }
  void AddLosses(SessionLosses* losses) const override {
    if (writer_ != nullptr) losses->rrd_values += writer_->refused();
  }

 private:
  std::string directory_;
  std::unique_ptr<RrdDatabases> databases_;  // null: no librrd
  RrdProcess* process_ = nullptr;            // the same, when it is one
  std::unique_ptr<RrdWriter> writer_;
  DirectoryLock lock_;
};

absl::Status RrdOutput::Open() {
  if (writer_ == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(
        directory_, ": no RRD databases: librrd is not installed, or this was built without it"));
  }
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  if (error) {
    return absl::Status(
        absl::ErrnoToStatusCode(error.value()),
        absl::StrCat("Cannot create directory ", directory_, ": ", error.message()));
  }
  absl::StatusOr<DirectoryLock> lock = DirectoryLock::Of(directory_);
  // One that cannot be read can be written to nevertheless.
  if (!lock.ok() && !absl::IsUnavailable(lock.status())) return absl::OkStatus();
  if (!lock.ok()) {
    return absl::UnavailableError(absl::StrCat(
        directory_, ": another tstat keeps its RRD databases there (-r names the directory)"));
  }
  lock_ = *std::move(lock);
  return absl::OkStatus();
}

absl::Status RrdOutput::Start() {
  if (process_ == nullptr) return absl::OkStatus();
  absl::Status status = process_->Start();
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat("cannot start the process that keeps databases: ",
                                                  status.message()));
}

// Without names from DNS there is nothing to filter by.
DumpSettings SettingsOfDumps(const SessionOptions& session) {
  DumpSettings settings = session.runtime.dump;
  settings.dns_filter &= session.analyzer.dns;
  return settings;
}

// Under strict anonymity: headers only, with images of the addresses.
DumpRewriter RewriterOf(const SessionOptions& session) {
  if (session.anonymizer == nullptr || !session.anonymizer->options().strict) {
    return session.dump_rewriter;
  }
  return [anonymizer = session.anonymizer, own = session.dump_rewriter](
             const FlowPacket& packet, std::vector<uint8_t>* bytes) {
    std::array<uint8_t, PacketAnonymizer::kMostBytes> kept;
    const size_t size = PacketAnonymizer(anonymizer.get()).Rewrite(*bytes, kept);
    bytes->assign(kept.begin(), kept.begin() + size);
    return size != 0 && (own == nullptr || own(packet, bytes));
  };
}

PacketDumpOptions MakeDumpOptions(const SessionOptions& session) {
  PacketDumpOptions options;
  options.settings = SettingsOfDumps(session);
  options.names = session.dump_names;
  options.profile = session.analyzer.profile;
  options.format = session.dump_format;
  options.compression = session.dump_compression;
  options.rewrite = RewriterOf(session);
  if (!session.on_notice) return options;
  options.on_created = [tell = session.on_notice](const std::string& directory, Timestamp time) {
    tell({.kind = SessionNotice::Kind::kDumpDirectory, .text = directory, .time = time});
  };
  return options;
}

class DumpOutput final : public SessionOutput {
 public:
  DumpOutput(const SessionOptions& options, OutputTree* tree)
      : dumps_(tree, MakeDumpOptions(options)) {}

  EventSink* sink() override { return &dumps_; }
  void SetRuntimeConfig(const SessionOptions& options) override {
    dumps_.SetSettings(SettingsOfDumps(options), options.dump_names);
  }
  void Flush() override { dumps_.Flush(); }
  void Retry() override { dumps_.Retry(); }
  absl::Status TakeProblem() override { return dumps_.TakeProblem(); }
  bool tells_parts() const override { return true; }
  void RepeatProblems() override { dumps_.RepeatProblems(); }
  void AddLosses(SessionLosses* losses) const override {
    losses->dump_packets += dumps_.lost_packets();
  }

 private:
  PacketDumps dumps_;
};

}  // namespace

TextLogOptions TextLogOptionsOf(const SessionOptions& session) {
  const RuntimeConfig& runtime = session.runtime;
  TextLogOptions options;
  options.enabled = LogSet::None();
  for (const LogInfo& log : kLogs) {
    options.enabled.set(log.log, runtime.has(log.log) && Exists(log.log, session.analyzer));
  }
  options.tcp_level = runtime.tcp_level;
  options.video_level = runtime.video_level;
  options.udp_level = runtime.udp_level;
  options.http_url_level = static_cast<HttpUrlLevel>(runtime.http_url_level);
  options.strict_privacy = session.analyzer.strict_privacy;
  options.gzip = session.gzip_logs;
  options.profile = session.analyzer.profile;
  options.anonymizer = session.anonymizer;
  return options;
}

std::unique_ptr<SessionOutput> MakeKeyFile(const SessionOptions& options, OutputTree* tree) {
  if (options.anonymizer == nullptr) return nullptr;
  return std::make_unique<KeyOutput>(options, tree);
}

std::unique_ptr<SessionOutput> MakePacketDumps(const SessionOptions& options, OutputTree* tree) {
  if (!options.output_tree || (!options.runtime.dump.any() && !options.may_reload)) return nullptr;
  return std::make_unique<DumpOutput>(options, tree);
}

std::unique_ptr<SessionOutput> MakeTextLogs(const SessionOptions& options, OutputTree* tree) {
  if (!options.output_tree) return nullptr;
  return std::make_unique<TextLogOutput>(options, tree);
}

std::unique_ptr<SessionOutput> MakeReportCounts(const SessionOptions&, OutputTree*) {
  return std::make_unique<SinkOutput>(std::make_unique<ReportSink>());
}

std::unique_ptr<SessionOutput> MakeRrd(const SessionOptions& options, OutputTree*) {
  if (options.rrd_dir.empty() || options.rrd.directives.empty()) return nullptr;
  return std::make_unique<RrdOutput>(options);
}

std::unique_ptr<SessionOutput> MakeHistogramFiles(const SessionOptions& options, OutputTree* tree) {
  if (!WritesHistograms(options)) return nullptr;
  return std::make_unique<HistogramOutput>(options, tree);
}

}  // namespace tstat::internal
