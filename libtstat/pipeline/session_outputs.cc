// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/session_outputs.h"

#include <array>
#include <cstddef>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pipeline/export_output.h"
#include "pipeline/tstat_outputs.h"

namespace tstat::internal {
namespace {

struct OutputKind {
  // Of Tstat's own options. Null: they do not ask for it.
  std::unique_ptr<SessionOutput> (*make)(const SessionOptions& options, OutputTree* tree) = nullptr;
  // Or one that is asked for by its name.
  NamedOutput named = {};
  absl::StatusOr<std::unique_ptr<EventSink>> (*make_named)(const std::string& argument,
                                                           const SessionOptions& options) = nullptr;
};

// In the order in which they are told of an event.
constexpr OutputKind kKinds[] = {
    // Before what is anonymised with it:
    {.make = MakeKeyFile},
    // Of flows:
    {.make = MakeTextLogs},
    {.make = MakeReportCounts},
    {.make = MakeRrd},
    {.make = MakeHistogramFiles},
    {.make = MakeExports},
    // Of packets:
    {.make = MakePacketDumps},
};

constexpr size_t kNamedCount = [] {
  size_t count = 0;
  for (const OutputKind& kind : kKinds) count += kind.make_named != nullptr ? 1 : 0;
  return count;
}();
constexpr auto kNamed = [] {
  std::array<NamedOutput, kNamedCount> named{};
  size_t count = 0;
  for (const OutputKind& kind : kKinds) {
    if (kind.make_named != nullptr) named[count++] = kind.named;
  }
  return named;
}();

const OutputKind* KindNamed(std::string_view name) {
  for (const OutputKind& kind : kKinds) {
    if (kind.make_named != nullptr && kind.named.name == name) return &kind;
  }
  return nullptr;
}

// With -S -L nothing is written, unless -g or a reload may still ask for something.
bool DirectoryNeeded(const SessionOptions& options) {
  if (!options.output_tree) return false;
  return options.histogram_engine || options.runtime.any_log() || options.global_histograms ||
         options.runtime.dump.any() || options.always_directory || options.may_reload;
}

OutputTreeOptions MakeTreeOptions(const SessionOptions& session) {
  OutputTreeOptions options;
  options.directory = session.output_dir;
  options.needed = DirectoryNeeded(session);
  options.kept = session.kept_directories;
  if (!session.on_notice) return options;
  options.on_created = [tell = session.on_notice](const std::string& directory, Timestamp time) {
    tell({.kind = SessionNotice::Kind::kLogDirectory, .text = directory, .time = time});
  };
  options.on_warning = [tell = session.on_notice](const std::string& message) {
    tell({.kind = SessionNotice::Kind::kWarning, .text = message, .time = {}});
  };
  return options;
}

}  // namespace

SessionOutputs::SessionOutputs(const SessionOptions& options)
    : tree_(std::make_unique<OutputTree>(MakeTreeOptions(options))) {
  for (const OutputKind& kind : kKinds) {
    if (kind.make == nullptr) continue;
    if (auto output = kind.make(options, tree_.get()); output != nullptr) {
      outputs_.push_back({std::move(output)});
    }
  }
  for (const auto& [name, argument] : options.named_outputs) AddNamed(name, argument, options);
}

void SessionOutputs::AddNamed(const std::string& name, const std::string& argument,
                              const SessionOptions& options) {
  const OutputKind* const kind = KindNamed(name);
  if (kind == nullptr) {
    opened_.Update(absl::InvalidArgumentError(absl::StrCat(name, ": no such output")));
    return;
  }
  absl::StatusOr<std::unique_ptr<EventSink>> sink = kind->make_named(argument, options);
  opened_.Update(sink.status());
  if (sink.ok()) outputs_.push_back({std::make_unique<SinkOutput>(*std::move(sink))});
}

absl::Status SessionOutputs::Open() {
  if (!opened_.ok()) return opened_;
  for (const Entry& entry : outputs_) {
    if (absl::Status status = entry.output->Open(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status SessionOutputs::Start() {
  for (const Entry& entry : outputs_) {
    if (absl::Status status = entry.output->Start(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void SessionOutputs::StartThreads() {
  if (std::exchange(has_threads_, true)) return;
  for (const Entry& entry : outputs_) thread_problem_.Update(entry.output->StartThreads());
}

void SessionOutputs::FlushExports() {
  for (const Entry& entry : outputs_) entry.output->FlushExports();
}

void SessionOutputs::CloseExports() {
  for (const Entry& entry : outputs_) entry.output->CloseExports();
}

std::vector<SessionExport> SessionOutputs::exports() const {
  std::vector<SessionExport> exports;
  for (const Entry& entry : outputs_) entry.output->AddExports(&exports);
  return exports;
}

ExportNeeds SessionOutputs::export_needs() const {
  ExportNeeds needs;
  for (const Entry& entry : outputs_) {
    const ExportNeeds more = entry.output->export_needs();
    needs.any = needs.any || more.any;
    needs.network = needs.network || more.network;
  }
  return needs;
}

std::vector<std::string> SessionOutputs::export_directories() const {
  std::vector<std::string> directories;
  for (const Entry& entry : outputs_) entry.output->AddDirectories(&directories);
  return directories;
}

void SessionOutputs::AddTo(Analyzer* analyzer) {
  analyzer->AddSink(tree_.get());
  for (const Entry& entry : outputs_) {
    if (EventSink* const sink = entry.output->sink(); sink != nullptr) analyzer->AddSink(sink);
  }
}

absl::Status SessionOutputs::PrepareRuntimeConfig(const SessionOptions& options) {
  for (const Entry& entry : outputs_) {
    if (absl::Status status = entry.output->PrepareRuntimeConfig(options); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

void SessionOutputs::SetRuntimeConfig(const SessionOptions& options) {
  tree_->set_needed(DirectoryNeeded(options));
  for (const Entry& entry : outputs_) entry.output->SetRuntimeConfig(options);
}

void SessionOutputs::Flush() {
  for (const Entry& entry : outputs_) entry.output->Flush();
}

void SessionOutputs::Retry(Analyzer* analyzer, Timestamp now) {
  if (!tree_->status().ok() && tree_->directory().empty()) return analyzer->StartNewOutput(now);
  if (!tree_->Restore().ok()) return;
  for (const Entry& entry : outputs_) entry.output->Retry();
}

std::vector<absl::Status> SessionOutputs::TakeProblems() {
  std::vector<absl::Status> news;
  const auto take = [&news](absl::Status problem, bool* told) {
    if (!problem.ok() && !std::exchange(*told, true)) news.push_back(std::move(problem));
  };
  take(tree_->TakeProblem(), &tree_told_);
  bool thread_told = false;
  take(std::exchange(thread_problem_, absl::OkStatus()), &thread_told);
  for (Entry& entry : outputs_) {
    if (!entry.output->tells_parts()) {
      take(entry.output->TakeProblem(), &entry.told);
      continue;
    }
    for (absl::Status next = entry.output->TakeProblem(); !next.ok();
         next = entry.output->TakeProblem()) {
      news.push_back(std::move(next));
    }
  }
  return news;
}

void SessionOutputs::RepeatProblems() {
  tree_told_ = false;
  for (Entry& entry : outputs_) {
    entry.told = false;
    entry.output->RepeatProblems();
  }
}

bool SessionOutputs::is_well() const {
  bool well = tree_->status().ok();
  for (const Entry& entry : outputs_) well = well && entry.output->is_well();
  return well;
}

SessionLosses SessionOutputs::losses() const {
  SessionLosses losses;
  for (const Entry& entry : outputs_) entry.output->AddLosses(&losses);
  return losses;
}

}  // namespace tstat::internal

namespace tstat::inline v1 {

std::span<const NamedOutput> NamedOutputs() { return internal::kNamed; }

}  // namespace tstat::inline v1
