// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/export_output.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "output/exports/export_text.h"
#include "pipeline/tstat_outputs.h"
#include "tstat/http_message.h"

namespace tstat::internal {
namespace {

using std::chrono::steady_clock;

// The lines of the options, then those of runtime.conf.
std::vector<std::string> AllExportLines(const SessionOptions& options) {
  std::vector<std::string> lines = options.exports;
  lines.insert(lines.end(), options.runtime.exports.begin(), options.runtime.exports.end());
  return lines;
}

// What is the same for two exports that write to one file, however they name it; nullopt: of what
// is no file, such as a pipe.
std::optional<std::string> FileIdentity(const Export& made) {
  const std::string_view text = made.text();
  const std::string_view destination = text.substr(text.find('=') + 1);
  const std::optional<std::string> path = FilePathOf(destination.substr(0, destination.find('#')));
  if (!path.has_value()) return std::nullopt;
  struct stat info {};
  if (stat(path->c_str(), &info) == 0) {
    if (!S_ISREG(info.st_mode)) return std::nullopt;
    return absl::StrCat(info.st_dev, " ", info.st_ino);
  }
  std::error_code error;
  // A relative one would stay relative where none of it is there.
  const std::filesystem::path whole = std::filesystem::absolute(*path, error);
  const std::filesystem::path known = std::filesystem::weakly_canonical(whole, error);
  return error ? *path : known.string();
}

// What no analysis with these options has.
EventMask NeverSeen(const SessionOptions& options) {
  EventMask never;
  const AnalyzerOptions analyzer = SessionAnalyzerOptions(options);
  if (!analyzer.intervals || !analyzer.histograms->any()) never |= Event::kHistograms;
  if (!analyzer.udp) {
    never |= Event::kUdpFlow | Event::kUdpPeriodic;
    never |= Event::kSkypeFlow | Event::kDnsEntry;
    never |= Event::kDnsResolution;
  }
  return never;
}

bool IsSameSelection(const ExportSettings& a, const ExportSettings& b) {
  const bool same_labels = (a.labels == nullptr) == (b.labels == nullptr) &&
                           (a.labels == nullptr || *a.labels == *b.labels);
  return a.logs == b.logs && a.tcp_level == b.tcp_level && a.video_level == b.video_level &&
         a.udp_level == b.udp_level && a.http_url_level == b.http_url_level && same_labels;
}

}  // namespace

ExportOutput::ExportOutput(const SessionOptions& options)
    : on_notice_(options.on_notice),
      announced_(SessionAnalyzerOptions(options).later_wants),
      settings_(SettingsFor(options)),
      wait_(options.export_wait) {
  absl::StatusOr<Exports> made = Make(options, /*again=*/false);
  made_ = made.status();
  if (made.ok()) exports_ = *std::move(made);
  takes_later_ = options.may_reload && options.later_exports;
  for (const std::unique_ptr<Export>& each : exports_) {
    announced_ |= each->sink().Wants();
    needs_network_ = needs_network_ || each->needs_network();
  }
  Subscribe();
}

ExportOutput::~ExportOutput() { ExportOutput::CloseExports(); }

// The exports that it makes are this object's: they call it.
ExportSettings ExportOutput::SettingsFor(const SessionOptions& options) const {
  ExportSettings settings = options.export_settings;
  const TextLogOptions logs = TextLogOptionsOf(options);
  settings.profile = logs.profile;
  settings.logs = logs.enabled;
  settings.tcp_level = logs.tcp_level;
  settings.video_level = logs.video_level;
  settings.udp_level = logs.udp_level;
  settings.http_url_level = logs.strict_privacy ? HttpUrlLevel::kNone : logs.http_url_level;
  settings.anonymizer = logs.anonymizer;
  if (!options.runtime.labels.empty()) {
    settings.labels = std::make_shared<const PortLabels>(options.runtime.labels);
  }
  settings.tell = [told = told_, own = options.export_settings.tell](std::string_view line) {
    if (own) own(line);
    const std::scoped_lock lock(told->mutex);
    told->lines.emplace_back(line);
    told->any.store(true, std::memory_order_release);
  };
  // The analysis stands still meanwhile, on the thread to which notices belong.
  settings.may_wait = [this, own = options.export_settings.may_wait] {
    HandOnTold();
    return !own || own();
  };
  constexpr std::chrono::seconds kLeastWait(30);  // more than a request may take
  settings.longest_wait = std::min<std::chrono::nanoseconds>(
      settings.longest_wait, std::max(kLeastWait, options.export_wait));
  return settings;
}

const Export* ExportOutput::FindExport(const std::string& text) const {
  for (const std::unique_ptr<Export>& each : exports_) {
    if (each->text() == text) return each.get();
  }
  return nullptr;
}

absl::StatusOr<ExportOutput::Exports> ExportOutput::Make(const SessionOptions& options,
                                                         bool again) const {
  const ExportSettings settings = SettingsFor(options);
  Exports made;
  std::vector<std::string> names, files;
  const std::vector<std::string> lines = AllExportLines(options);
  const EventMask never = NeverSeen(options);
  for (size_t i = 0; i < lines.size(); ++i) {
    // One that stays is not looked at again: its secrets may be out of reach by now.
    const Export* const known = FindExport(lines[i]);
    const bool stays = again && !remakes_all_ && known != nullptr;
    if (again && known == nullptr && !takes_later_) {
      // Before anything is loaded, which could not be.
      return absl::FailedPreconditionError(
          "this run gave up the right to begin exports (an [export] section at its start, if only "
          "an empty one, keeps it); a new start of tstat has them");
    }
    if (!stays) {
      absl::StatusOr<std::unique_ptr<Export>> next = Export::Create(lines[i], settings);
      if (!next.ok()) return next.status();
      made.push_back(*std::move(next));
    }
    const Export& present = stays ? *known : *made.back();
    if (const std::optional<std::string> file = FileIdentity(present)) {
      if (std::find(files.begin(), files.end(), *file) != files.end()) {
        return absl::InvalidArgumentError(
            absl::StrCat(present.text().substr(0, present.text().find('#')),
                         ": another export writes to this file; each needs a file of its own"));
      }
      files.push_back(*file);
    }
    if (std::find(names.begin(), names.end(), present.name()) != names.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("two exports have the name ", present.name(),
                       ": those with the same destination need names of their own (#name=NAME)"));
    }
    names.push_back(present.name());
    if (!stays && made.back()->sink().Wants().IsWithin(never)) {
      return absl::InvalidArgumentError(
          absl::StrCat(present.text().substr(0, present.text().find('#')),
                       ": it would have no rows: this run measures none of them (-u, -S, -H)"));
    }
    if (present.is_stdout() && i >= options.exports.size()) {
      return absl::InvalidArgumentError(
          "[export] cannot write to standard output, which has the messages (--export can)");
    }
    if (!again || stays) continue;
    if (absl::Status status = CheckRows(*made.back()); !status.ok()) return status;
  }
  return made;
}

// What is not measured cannot come later.
absl::Status ExportOutput::CheckRows(Export& made) const {
  if (made.sink().Wants().IsWithin(announced_)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      made.name(), ": its rows are not measured in this run; a new start of tstat has them"));
}

void ExportOutput::Subscribe() {
  sinks_.Clear();
  for (const std::unique_ptr<Export>& each : exports_) sinks_.Add(&each->sink());
}

absl::Status ExportOutput::Start() {
  if (std::exchange(is_started_, true)) return absl::OkStatus();
  for (const std::unique_ptr<Export>& each : exports_) {
    if (absl::Status status = each->Open(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ExportOutput::StartThreads() {
  if (absl::Status status = Start(); !status.ok()) return status;
  for (const std::unique_ptr<Export>& each : exports_) {
    if (absl::Status status = each->Start(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ExportOutput::PrepareRuntimeConfig(const SessionOptions& options) {
  prepared_settings_ = SettingsFor(options);
  remakes_all_ = !IsSameSelection(prepared_settings_, settings_);
  absl::StatusOr<Exports> made = Make(options, /*again=*/true);
  if (!made.ok()) return made.status();
  prepared_ = *std::move(made);
  return absl::OkStatus();
}

void ExportOutput::SetRuntimeConfig(const SessionOptions& options) {
  const std::vector<std::string> lines = AllExportLines(options);
  Exports kept;
  for (std::unique_ptr<Export>& each : exports_) {
    const bool stays =
        !remakes_all_ && std::find(lines.begin(), lines.end(), each->text()) != lines.end();
    if (stays) {
      kept.push_back(std::move(each));
      continue;
    }
    // What waits in its spool goes out the next time; packets do not wait for servers.
    each->Close(std::chrono::nanoseconds(0));
    gone_.export_rows += each->statistics().destination.rows_gone();
  }
  exports_ = std::move(kept);
  for (std::unique_ptr<Export>& each : prepared_) {
    absl::Status status = each->Open();
    if (status.ok()) status = each->Start();
    if (!status.ok()) {
      problem_.Update(status);
      continue;
    }
    exports_.push_back(std::move(each));
  }
  prepared_.clear();
  remakes_all_ = false;
  settings_ = prepared_settings_;
  Subscribe();
}

void ExportOutput::FlushExports() {
  for (const std::unique_ptr<Export>& each : exports_) each->FlushOld();
}

void ExportOutput::HandOnTold() const {
  if (!told_->any.load(std::memory_order_acquire)) return;
  std::vector<std::string> lines;
  {
    const std::scoped_lock lock(told_->mutex);
    lines.swap(told_->lines);
    told_->any.store(false, std::memory_order_release);
  }
  if (!on_notice_) return;
  for (const std::string& line : lines) {
    on_notice_({.kind = SessionNotice::Kind::kExport, .text = line, .time = {}});
  }
}

absl::Status ExportOutput::TakeProblem() {
  HandOnTold();
  return std::exchange(problem_, absl::OkStatus());
}

void ExportOutput::AddLosses(SessionLosses* losses) const {
  losses->export_rows += gone_.export_rows;
  for (const std::unique_ptr<Export>& each : exports_) {
    losses->export_rows += each->statistics().destination.rows_gone();
  }
}

void ExportOutput::AddExports(std::vector<SessionExport>* exports) const {
  for (const std::unique_ptr<Export>& each : exports_) {
    exports->push_back(
        {.name = each->name(), .spool = each->spool(), .statistics = each->statistics()});
  }
}

void ExportOutput::CloseExports() {
  if (std::exchange(is_closed_, true)) return;
  for (const std::unique_ptr<Export>& each : exports_) each->Flush();
  const steady_clock::time_point end = steady_clock::now() + wait_;
  for (const std::unique_ptr<Export>& each : exports_) {
    each->Close(
        std::max(std::chrono::nanoseconds(end - steady_clock::now()), std::chrono::nanoseconds(0)));
  }
  HandOnTold();
}

void ExportOutput::AddDirectories(std::vector<std::string>* directories) const {
  for (const std::unique_ptr<Export>& each : exports_) {
    directories->push_back(std::filesystem::path(each->spool()).parent_path());
    if (const std::string folder = each->file_directory(); !folder.empty()) {
      directories->push_back(folder);
    }
  }
}

std::string ExportOutput::Schema() const {
  std::string text;
  for (const std::unique_ptr<Export>& each : exports_) text += each->schema();
  return text;
}

std::unique_ptr<SessionOutput> MakeExports(const SessionOptions& options, OutputTree*) {
  if (options.exports.empty() && options.runtime.exports.empty() && !options.may_reload) {
    return nullptr;
  }
  return std::make_unique<ExportOutput>(options);
}

}  // namespace tstat::internal

namespace tstat::inline v1 {

absl::Status CheckExports(const SessionOptions& options) {
  SessionOptions checked = options;
  checked.on_notice = nullptr;
  checked.analyzer.profile = SessionAnalyzerOptions(options).profile;
  return internal::ExportOutput(checked).Open();
}

absl::StatusOr<std::string> SchemaOfExports(const SessionOptions& options) {
  SessionOptions checked = options;
  checked.on_notice = nullptr;
  checked.analyzer.profile = SessionAnalyzerOptions(options).profile;
  internal::ExportOutput output(checked);
  if (absl::Status status = output.Open(); !status.ok()) return status;
  return output.Schema();
}

}  // namespace tstat::inline v1
