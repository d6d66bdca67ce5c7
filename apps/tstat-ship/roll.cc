// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/roll.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tstat-ship/export_text.h"
#include "tstat-ship/influx_database.h"
#include "tstat-ship/progress_file.h"
#include "tstat-ship/settings_file.h"

namespace tstat::ship {
namespace {

namespace fs = std::filesystem;

// The keys of the scripts' configuration. The last one says nothing there either.
constexpr std::string_view kRollKeys[] = {
    "host", "port",           "dbname",     "id",       "password",
    "path", "file_list_path", "line_limit", "hostname", "time_constraint"};
constexpr std::string_view kRollSection = "CONFIG";
constexpr SectionRule kRollSections[] = {{"", kRollKeys}, {kRollSection, kRollKeys}};
constexpr uint64_t kMostPort = 65535, kMostLines = 1000000, kMostSeconds = uint64_t{1} << 40;
// Of a row of log_tcp_complete that gives points.
constexpr size_t kLeastColumns = 130;
constexpr size_t kMostRequestBytes = size_t{8} << 20;

std::string Expanded(const std::string& path) {
  if (path != "~" && !path.starts_with("~/")) return path;
  const char* const home = std::getenv("HOME");
  return home == nullptr ? path : home + path.substr(1);
}

// The keys may stand in the section or before it.
struct RollSettings {
  const Settings& settings;
  std::string_view SectionOf(std::string_view key) const {
    return settings.Has(kRollSection, key) ? kRollSection : std::string_view();
  }
  std::string Text(std::string_view key, std::string_view otherwise) const {
    return settings.Get(SectionOf(key), key, otherwise);
  }
  absl::StatusOr<uint64_t> Number(std::string_view key, uint64_t otherwise, uint64_t least,
                                  uint64_t most) const {
    return settings.GetNumber(SectionOf(key), key, otherwise, least, most);
  }
};

// The rows of one run, and what became of them.
class RollRun {
 public:
  RollRun(const RollConfig& config, const RollRange& range, const Teller& tell)
      : config_(config), range_(range), tell_(tell) {}
  int Run(ShipmentOptions options);

 private:
  struct Request {
    uint64_t batch = 0, points = 0;
  };

  std::string Base() const {
    return absl::StrCat("http://", UrlHost(config_.host), ":", config_.port);
  }
  std::string WriteUrl() const {
    return absl::StrCat(Base(), "/write?db=", PercentEncoded(config_.dbname));
  }
  absl::StatusOr<std::vector<std::string>> SessionNames() const;
  bool HasColumns(const LogFile& file, const TableRow& row, uint64_t line);
  void NoteShortRow(const std::string& path, uint64_t line);
  void SetCallbacks(ShipmentOptions* options);
  absl::Status ReadSessions(const std::vector<std::string>& names, Shipment& shipment,
                            const std::atomic<bool>* stop);
  void NoteUnsent(const Shipment& shipment, const std::string& why);

  const RollConfig& config_;
  const RollRange& range_;
  const Teller& tell_;
  std::optional<ProgressFile> progress_;
  std::deque<Request> requests_;  // of this run, as far as they are not known to be delivered
  uint64_t errors_ = 0;
};

absl::StatusOr<std::vector<std::string>> RollRun::SessionNames() const {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(config_.path, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code ignored;
    if (fs::is_directory(entry->path(), ignored) && range_.Has(name)) names.push_back(name);
  }
  if (error) return absl::ErrnoToStatus(error.value(), config_.path);
  std::sort(names.begin(), names.end());
  return names;
}

void RollRun::NoteShortRow(const std::string& path, uint64_t line) {
  ++errors_;
  std::printf("%s\n", std::string(kShortRow).c_str());
  progress_->NoteShortRow(line, path);
}

// A log with sets of columns switched off has too few of them in every row.
bool RollRun::HasColumns(const LogFile& file, const TableRow& row, uint64_t line) {
  const auto count = std::count_if(row.cells.begin(), row.cells.end(),
                                   [](std::string_view cell) { return cell.data() != nullptr; });
  if (static_cast<size_t>(count) >= kLeastColumns) return true;
  NoteShortRow(file.path, line);
  return false;
}

void RollRun::SetCallbacks(ShipmentOptions* options) {
  options->accepts = [this](const LogFile& file, const TableRow& row, uint64_t line) {
    return HasColumns(file, row, line);
  };
  options->on_problem = [this](const LogFile& file, const LogProblem& problem) {
    switch (problem.kind) {
      case LogProblem::Kind::kWrongCellCount:
        if (problem.cells < kLeastColumns) return NoteShortRow(file.path, problem.line);
        break;
      case LogProblem::Kind::kNoHeader:
        return;  // such logs are left out in silence
      default:
        break;
    }
    tell_(problem.message);
  };
  options->on_batch = [this](const ExportBatchInfo& batch) {
    requests_.push_back({.batch = batch.number, .points = batch.items});
  };
}

absl::Status RollRun::ReadSessions(const std::vector<std::string>& names, Shipment& shipment,
                                   const std::atomic<bool>* stop) {
  for (const std::string& name : names) {
    if (stop != nullptr && stop->load()) break;
    std::string directory = config_.path;
    while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
    absl::StrAppend(&directory, "/", name);
    const std::vector<LogFile> logs = LogsOf(directory);
    const auto log = std::find_if(logs.begin(), logs.end(),
                                  [](const auto& file) { return file.log == Log::kTcpComplete; });
    if (log == logs.end()) {
      tell_(absl::StrCat(directory, ": has no log_tcp_complete"));
      continue;
    }
    absl::Status status = shipment.Read(*log);
    if (status.ok()) status = shipment.Flush();
    if (!status.ok()) return status;
    // What was delivered need not be kept in mind.
    const uint64_t settled = shipment.settled_batch();
    while (!requests_.empty() && requests_.front().batch <= settled) requests_.pop_front();
  }
  return absl::OkStatus();
}

void RollRun::NoteUnsent(const Shipment& shipment, const std::string& why) {
  const uint64_t settled = shipment.settled_batch();
  for (const Request& request : requests_) {
    if (request.batch <= settled || request.batch > shipment.last_batch()) continue;
    progress_->NoteFailedRequest(
        absl::StrCat("POST ", WriteUrl(), " as user ", config_.id.empty() ? "-" : config_.id, ": ",
                     why.empty() ? "not sent yet" : why, "; its ", request.points,
                     " points are kept, and sent by a later run"));
  }
}

std::string ClockText(std::chrono::seconds time) {
  constexpr int64_t kMinute = 60, kHour = 3600;
  std::array<char, 48> text{};
  const int64_t seconds = time.count();
  std::snprintf(text.data(), text.size(), "%02d:%02d:%02d", static_cast<int>(seconds / kHour),
                static_cast<int>(seconds / kMinute % kMinute), static_cast<int>(seconds % kMinute));
  return text.data();
}

int RollRun::Run(ShipmentOptions options) {
  const auto begin = std::chrono::steady_clock::now();
  const absl::StatusOr<std::vector<std::string>> names = SessionNames();
  if (!names.ok()) return tell_(std::string(names.status().message())), 1;
  const bool is_all = range_.start.empty() && !names->empty();
  absl::StatusOr<ProgressFile> progress =
      ProgressFile::Make(config_.file_list_path, is_all ? names->front() : range_.start,
                         is_all ? names->back() : range_.end);
  if (!progress.ok()) return tell_(std::string(progress.status().message())), 1;
  progress_ = *std::move(progress);

  const absl::StatusOr<DatabaseState> database = EnsureDatabase({.base = Base(),
                                                                 .user = config_.id,
                                                                 .password = config_.password,
                                                                 .database = config_.dbname});
  if (absl::IsUnimplemented(database.status())) {
    return tell_(std::string(database.status().message())), 1;
  }
  if (database.ok() && *database == DatabaseState::kWasThere) {
    std::printf("Database is already exists\n");
  }

  SetCallbacks(&options);
  const auto patience = options.patience;
  const std::atomic<bool>* const stop = options.stop;
  // Nothing is sent before the database is there: what it refuses would be given up.
  if (!database.ok()) options.patience = std::chrono::seconds(0);
  ExportText text("influx", WriteUrl());
  text.Add("points", "roll");
  if (!config_.id.empty()) {
    text.Add("user", config_.id);
    text.AddSecret("password", config_.password);
  }
  options.text = text.text();
  absl::StatusOr<std::unique_ptr<Shipment>> shipment = Shipment::Open(std::move(options));
  absl::Status status = shipment.status();
  if (status.ok() && database.ok()) status = (*shipment)->Start();
  if (!status.ok()) return tell_(std::string(status.message())), 1;
  status = ReadSessions(*names, **shipment, stop);
  if (!status.ok()) tell_(std::string(status.message()));
  (*shipment)->Close(database.ok() ? patience : std::chrono::seconds(0));

  const DestinationStatistics sent = (*shipment)->statistics().destination;
  NoteUnsent(**shipment,
             database.ok() ? sent.last_error : std::string(database.status().message()));
  std::printf("Total Number of Log process  : %ju \nTotal Number of Err Occurred : %ju\n\n",
              uintmax_t{sent.sent_rows}, uintmax_t{errors_});
  std::printf("Total Running time : %s\n",
              ClockText(std::chrono::duration_cast<std::chrono::seconds>(
                            std::chrono::steady_clock::now() - begin))
                  .c_str());
  if (sent.queued_batches > 0) {
    tell_(absl::StrCat(sent.queued_batches, " requests (", sent.queued_rows, " rows) wait in ",
                       (*shipment)->spool()));
  }
  const bool is_done =
      sent.queued_batches == 0 && sent.dead_letters == 0 && (*shipment)->broken_logs() == 0;
  return status.ok() && is_done ? 0 : 1;
}

}  // namespace

absl::StatusOr<RollConfig> ReadRollConfig(const std::string& path) {
  const absl::StatusOr<Settings> read = ReadSettings(path, kRollSections);
  if (!read.ok()) return read.status();
  if (!read->is_private()) return NotPrivate(path);
  const RollSettings settings{*read};
  RollConfig config;
  for (const std::string_view key : {"host", "path", "file_list_path"}) {
    if (!settings.Text(key, "").empty()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": the key \"", std::string(key), "\" is missing"));
  }
  config.host = settings.Text("host", "");
  config.dbname = settings.Text("dbname", config.dbname);
  config.id = settings.Text("id", "");
  config.password = settings.Text("password", "");
  config.path = Expanded(settings.Text("path", ""));
  config.file_list_path = Expanded(settings.Text("file_list_path", ""));
  config.hostname = settings.Text("hostname", "");
  const absl::StatusOr<uint64_t> port = settings.Number("port", config.port, 1, kMostPort);
  if (!port.ok()) return port.status();
  config.port = static_cast<uint16_t>(*port);
  const absl::StatusOr<uint64_t> lines =
      settings.Number("line_limit", config.line_limit, 1, kMostLines);
  if (!lines.ok()) return lines.status();
  config.line_limit = *lines;
  const absl::StatusOr<uint64_t> unused = settings.Number("time_constraint", 0, 0, kMostSeconds);
  if (!unused.ok()) return unused.status();
  return config;
}

bool RollRange::Has(std::string_view session) const {
  return session >= start && (end.empty() || session < end || session.starts_with(end));
}

size_t ItemsOfRequest(uint64_t line_limit) {
  return line_limit % 2 == 0 ? static_cast<size_t>(line_limit) : SIZE_MAX;
}

int RunRoll(const RollConfig& config, const RollRange& range, ShipmentOptions options,
            const Teller& tell) {
  if (options.state_dir.empty()) options.state_dir = config.file_list_path + "/tstat-ship";
  if (options.probe.empty()) options.probe = config.hostname;
  options.max_batch_items = ItemsOfRequest(config.line_limit);
  options.max_batch_bytes = kMostRequestBytes;
  return RollRun(config, range, tell).Run(std::move(options));
}

}  // namespace tstat::ship
