// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/shipment.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tstat::ship {
namespace {

// Of a log, by which it is known: more than any header line, and some rows.
constexpr uint32_t kBeginBytes = 8192;
constexpr uint64_t kToldProblems = 10;  // of a log, each time that it is opened
// A last line without an end is taken when its log was left alone for so long.
constexpr int64_t kLeftAloneSeconds = 3600;
constexpr uint64_t kRowsBetweenLooks = 256;

// Whether the log at `path` begins as what was read of it.
absl::StatusOr<bool> BeginsAs(const Position& known, const std::string& path) {
  uint32_t bytes = known.begin_bytes;
  const absl::StatusOr<uint32_t> check = CheckOfBegin(path, &bytes);
  if (!check.ok()) return check.status();
  return bytes == known.begin_bytes && *check == known.begin_check;
}

bool IsLeftAlone(const LogFile& file) {
  return static_cast<int64_t>(std::time(nullptr)) - file.changed_s > kLeftAloneSeconds;
}

bool IsThere(const std::string& key) {
  std::error_code error;
  return std::filesystem::exists(key, error) || std::filesystem::exists(key + ".gz", error);
}

bool IsAsBefore(const LogFile& before, const LogFile& now) {
  return before.size == now.size && before.inode == now.inode && before.changed_s == now.changed_s;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Shipment>> Shipment::Open(ShipmentOptions options) {
  std::unique_ptr<Shipment> made(new Shipment(std::move(options)));
  Shipment* const shipment = made.get();
  const ShipmentOptions& set = shipment->options_;
  ExportSettings settings;
  settings.of_logs = true;
  settings.logs = LogSet::All();
  settings.spool_dir = set.state_dir;
  settings.probe = set.probe;
  settings.labels = set.labels;
  settings.ipfix_pen = set.ipfix_pen;
  settings.full = FullSpool::kWait;
  settings.sync = set.sync;
  settings.max_batch_items = set.max_batch_items;
  settings.max_batch_bytes = set.max_batch_bytes;
  settings.tell = set.tell;
  settings.may_wait = [shipment] { return shipment->MayWait(); };
  settings.on_batch = [shipment](const ExportBatchInfo& batch) { return shipment->OnBatch(batch); };
  absl::StatusOr<std::unique_ptr<Export>> created = Export::Create(set.text, settings);
  if (!created.ok()) return created.status();
  shipment->export_ = *std::move(created);
  if (set.names != nullptr && !set.names->insert(shipment->name()).second) {
    return absl::AlreadyExistsError(
        absl::StrCat("two exports have the name ", shipment->name(),
                     "; the option \"name\" (#name=... or &name=...) gives one another"));
  }
  std::error_code error;
  std::filesystem::create_directories(set.state_dir, error);
  if (error) return absl::ErrnoToStatus(error.value(), set.state_dir);
  // First the spool: only one process has it.
  if (absl::Status status = shipment->export_->Open(); !status.ok()) return status;
  const std::string path = shipment->spool() + ".positions";
  if (set.again) std::filesystem::remove(path, error);
  absl::StatusOr<Positions> positions =
      Positions::Open(path, shipment->last_batch(), set.sync == SpoolSync::kEveryBatch);
  if (!positions.ok()) return positions.status();
  shipment->positions_ = std::make_unique<Positions>(*std::move(positions));
  shipment->takes_.resize(kLogCount);
  for (const RowTable& table : RowTables()) {
    if (!table.text_log.has_value() || !shipment->export_->Takes(table)) continue;
    shipment->takes_[static_cast<size_t>(*table.text_log)] = true;
  }
  return made;
}

// Its last batch asks for all that is here.
Shipment::~Shipment() { export_.reset(); }

bool Shipment::Takes(Log log) const { return takes_[static_cast<size_t>(log)]; }

// The spool is full: true as long as it may get emptier.
bool Shipment::MayWait() {
  const auto now = std::chrono::steady_clock::now();
  if (waits_since_ == std::chrono::steady_clock::time_point{}) waits_since_ = now;
  const bool is_stopped = options_.stop != nullptr && options_.stop->load();
  if (is_stopped || (!options_.follows && now - waits_since_ > options_.patience)) {
    failure_ = absl::AbortedError(
        absl::StrCat(name(), ": the spool is full; the rest of the logs is read next time"));
  }
  return failure_.ok();
}

// Notes where the logs of the batch stand once the spool has it.
absl::Status Shipment::OnBatch(const ExportBatchInfo& batch) {
  if (!failure_.ok()) return failure_;
  if (current_ != nullptr) {
    Touch(current_->file.key, PositionOf(*current_, batch.open_row_items));
  }
  noted_batch_ = batch.number;
  absl::Status status = positions_->Note(batch.number, touched_);
  touched_.clear();
  if (status.ok() && options_.on_batch) options_.on_batch(batch);
  return status;
}

// Whether the spool has what was noted. If not, positions must not go on: another batch of that
// number would be taken for the one that they were noted with.
absl::Status Shipment::CheckKept() {
  waits_since_ = {};
  if (failure_.ok() && noted_batch_ > last_batch()) {
    failure_ = absl::AbortedError(
        absl::StrCat(name(), ": the spool takes no more; the rest of the logs is read next time"));
  }
  return failure_;
}

Position Shipment::PositionOf(OpenLog& log, uint64_t open_row_items) const {
  Position position;
  position.log = open_row_items > 0 ? log.before_row : log.cut_at.value_or(log.reader.position());
  // Items that went out before are only of a row that comes.
  position.items = open_row_items > 0 ? open_row_items : log.first_item;
  position.begin_bytes = log.begin_bytes;
  position.begin_check = log.begin_check;
  const auto bytes = static_cast<uint32_t>(std::min<uint64_t>(kBeginBytes, position.log.offset));
  if (log.begin_bytes < bytes) ExtendBegin(log.file.path, bytes, &position);
  log.begin_bytes = position.begin_bytes;
  log.begin_check = position.begin_check;
  return position;
}

void Shipment::Touch(const std::string& key, const Position& position) {
  const auto found = std::find_if(touched_.begin(), touched_.end(),
                                  [&key](const auto& entry) { return entry.first == key; });
  if (found != touched_.end()) {
    found->second = position;
  } else {
    touched_.emplace_back(key, position);
  }
}

// Where it was read to, in the spool or on the way there.
const Position* Shipment::Known(const std::string& key) const {
  const auto found = std::find_if(touched_.begin(), touched_.end(),
                                  [&key](const auto& entry) { return entry.first == key; });
  return found != touched_.end() ? &found->second : positions_->Find(key);
}

bool Shipment::IsOut(const LogFile& file) const {
  const Position* const known = positions_->Find(file.key);
  if (known == nullptr || known->size == 0 || known->size != file.size ||
      known->log.inode != file.inode) {
    return false;
  }
  // What is behind the last newline has to be looked at again.
  return file.is_gzip() || known->log.offset == known->size;
}

uint64_t Shipment::settled_batch() const {
  return last_batch() - std::min(last_batch(), statistics().destination.queued_batches);
}

// Where the same log was read to under another path, which is gone: its directory was moved or
// renamed. From now on the position is that of the new path.
std::optional<Position> Shipment::TakeMoved(const LogFile& file) {
  const std::string name = file.key.substr(file.key.rfind('/'));
  // Of the log's first bytes, by their number; nothing: it has less, or no row in them.
  std::map<uint32_t, std::optional<uint32_t>> checks;
  const std::string* moved = nullptr;
  const Position* best = nullptr;
  for (const auto& [key, noted] : positions_->all()) {
    if (!key.ends_with(name) || key == file.key) continue;
    const Position& known = *Known(key);
    if (known.begin_bytes == 0 || (best != nullptr && known.log.offset <= best->log.offset)) {
      continue;
    }
    auto check = checks.find(known.begin_bytes);
    if (check == checks.end()) {
      uint32_t bytes = known.begin_bytes;
      const absl::StatusOr<uint32_t> read = CheckOfBegin(file.path, &bytes);
      if (!read.ok()) return std::nullopt;
      const bool is_whole = bytes == known.begin_bytes && HasRowInBegin(file.path, bytes);
      check =
          checks.emplace(known.begin_bytes, is_whole ? std::optional(*read) : std::nullopt).first;
    }
    if (check->second != known.begin_check || IsThere(key)) continue;
    moved = &key;
    best = &known;
  }
  if (best == nullptr) return std::nullopt;
  Position start = *best;
  options_.tell(absl::StrCat(file.path, ": goes on as ", *moved, ", which is gone"));
  Touch(*moved, Position{});
  return start;
}

// Where reading goes on.
absl::StatusOr<Position> Shipment::StartOf(const LogFile& file) {
  const Position* const known = Known(file.key);
  if (known == nullptr || known->begin_bytes == 0) {
    Position moved = TakeMoved(file).value_or(Position{});
    moved.log.inode = 0;
    return moved;
  }
  const absl::StatusOr<bool> is_same = BeginsAs(*known, file.path);
  if (!is_same.ok()) return is_same.status();
  if (!*is_same) {
    options_.tell(absl::StrCat(file.path, ": is another log than the one that went out"));
    return Position{};
  }
  Position start = *known;
  start.log.inode = 0;
  return start;
}

absl::StatusOr<Shipment::OpenLog*> Shipment::OpenLogOf(const LogFile& file) {
  if (const auto found = open_.find(file.key); found != open_.end()) {
    OpenLog& log = *found->second;
    const Position* const known = Known(file.key);
    // It may be another one of this name, the same one compressed, or one written anew.
    if (log.file.inode == file.inode && known != nullptr &&
        BeginsAs(*known, file.path).value_or(false)) {
      log.file = file;
      return &log;
    }
    open_.erase(found);
  }
  const absl::StatusOr<Position> start = StartOf(file);
  if (!start.ok()) return start.status();
  LogReaderOptions reading;
  reading.log = file.log;
  reading.start = start->log;
  reading.values = export_->needs_values();
  reading.needs_column = [this](const RowTable& table, size_t column) {
    return !export_->Takes(table) || export_->NeedsColumn(table, column);
  };
  reading.on_problem = [this, file](const LogProblem& problem) { OnProblem(file, problem); };
  absl::StatusOr<LogReader> reader = LogReader::Open(file.path, reading);
  if (!reader.ok()) return reader.status();
  auto log = std::make_unique<OpenLog>(OpenLog{.file = file,
                                               .reader = *std::move(reader),
                                               .before_row = start->log,
                                               .first_item = start->items,
                                               .begin_bytes = start->begin_bytes,
                                               .begin_check = start->begin_check});
  return (open_[file.key] = std::move(log)).get();
}

void Shipment::OnProblem(const LogFile& file, const LogProblem& problem) {
  if (options_.on_problem) return options_.on_problem(file, problem);
  const auto found = open_.find(file.key);
  const uint64_t told = found == open_.end() ? 0 : found->second->problems++;
  if (told < kToldProblems) options_.tell(problem.message);
  if (told == kToldProblems) {
    options_.tell(absl::StrCat(file.path, ": further problems of it are not told"));
  }
}

void Shipment::NoteIncomplete(const LogFile& file, std::string why, bool is_of_file) {
  Incomplete& known = incomplete_[file.key];
  if (!why.empty() && known.why != why) options_.tell(why);
  known = {.file = file, .why = std::move(why), .is_of_file = is_of_file};
}

size_t Shipment::broken_logs() const {
  return static_cast<size_t>(
      std::count_if(incomplete_.begin(), incomplete_.end(),
                    [](const auto& entry) { return !entry.second.why.empty(); }));
}

absl::Status Shipment::Read(const LogFile& file) {
  if (!failure_.ok()) return failure_;
  if (const auto known = incomplete_.find(file.key); known != incomplete_.end()) {
    const Incomplete& log = known->second;
    // What is broken is looked at again when it has changed, or by the next process.
    if (!log.why.empty() && !log.is_of_file && IsAsBefore(log.file, file)) return absl::OkStatus();
  } else if (IsOut(file)) {
    return absl::OkStatus();
  }
  const absl::StatusOr<OpenLog*> log = OpenLogOf(file);
  if (!log.ok()) {
    NoteIncomplete(file, std::string(log.status().message()), /*is_of_file=*/true);
    return absl::OkStatus();
  }
  current_ = *log;
  const absl::StatusOr<bool> is_at_end = ReadRows(**log);
  current_ = nullptr;
  // Of the shipment, not of the log.
  if (!failure_.ok()) return failure_;
  NoteEnd(**log, is_at_end);
  Position position = PositionOf(**log, 0);
  if (is_at_end.value_or(false) && HasAllOf(file)) position.size = file.size;
  Touch(file.key, position);
  if (!options_.follows || !is_at_end.ok() || (*log)->cut_at.has_value()) open_.erase(file.key);
  return absl::OkStatus();
}

// Whether all of it was read, and if not, why.
void Shipment::NoteEnd(const OpenLog& log, const absl::StatusOr<bool>& is_at_end) {
  const LogFile& file = log.file;
  if (!is_at_end.ok()) {
    return NoteIncomplete(file, std::string(is_at_end.status().message()), /*is_of_file=*/false);
  }
  // It goes on where it is.
  if (!*is_at_end) return;
  const bool may_go_on = options_.follows && !IsLeftAlone(file);
  if (log.cut_at.has_value()) {
    return NoteIncomplete(file, absl::StrCat(file.path, ": its last line is cut"), false);
  }
  const bool is_cut_gzip = file.is_gzip() && (log.reader.is_cut() || file.size == 0);
  if (is_cut_gzip && !may_go_on) {
    return NoteIncomplete(
        file, absl::StrCat(file.path, ": ends in the middle; it was cut, or is being written"),
        false);
  }
  if (is_cut_gzip || log.reader.has_open_line()) return NoteIncomplete(file, "", false);
  incomplete_.erase(file.key);
}

// What is behind the last newline is a row when the log was left alone, and it is one.
absl::StatusOr<bool> Shipment::NextRow(OpenLog& log) {
  absl::StatusOr<bool> has_row = log.reader.Next(LogReader::LastLine::kWait);
  const bool may_take = has_row.ok() && !*has_row && log.reader.has_open_line() &&
                        !log.reader.is_cut() && IsLeftAlone(log.file);
  if (!may_take) return has_row;
  const LogPosition end = log.reader.position();
  const LogReaderCounters before = log.reader.counters();
  has_row = log.reader.Next(LogReader::LastLine::kTake);
  if (!has_row.ok() || *has_row) return has_row;
  const LogReaderCounters& after = log.reader.counters();
  const bool is_no_row = after.wrong_cell_counts + after.rows_without_header + after.long_lines >
                         before.wrong_cell_counts + before.rows_without_header + before.long_lines;
  if (is_no_row) log.cut_at = end;
  return has_row;
}

// False: it is to stop, and there may be more.
absl::StatusOr<bool> Shipment::ReadRows(OpenLog& log) {
  for (uint64_t count = 1;; ++count) {
    log.before_row = log.reader.position();
    const absl::StatusOr<bool> has_row = NextRow(log);
    if (!has_row.ok()) return has_row.status();
    if (!*has_row) return true;
    const uint64_t first_item = std::exchange(log.first_item, 0);
    if (!options_.accepts || options_.accepts(log.file, log.reader.row(), log.reader.line())) {
      export_->Append(log.reader.row(), first_item);
    }
    if (noted_batch_ > checked_batch_) {
      checked_batch_ = noted_batch_;
      if (!CheckKept().ok()) return failure_;
    }
    if (count % kRowsBetweenLooks == 0 && options_.stop != nullptr && options_.stop->load()) {
      return false;
    }
  }
}

absl::Status Shipment::Flush() {
  if (!failure_.ok()) return failure_;
  export_->Flush();
  if (absl::Status status = CheckKept(); !status.ok()) return status;
  // What was read and gave nothing need not be read again.
  std::erase_if(touched_, [this](const auto& entry) {
    const Position* const known = positions_->Find(entry.first);
    Position position = entry.second;
    position.batch = known != nullptr ? known->batch : 0;
    return known != nullptr && *known == position;
  });
  if (touched_.empty()) return absl::OkStatus();
  absl::Status status = positions_->Note(last_batch(), touched_);
  touched_.clear();
  if (!status.ok()) failure_ = status;
  return status;
}

absl::Status Shipment::FlushWhenDue() {
  if (!export_->gathers()) return Flush();
  if (!failure_.ok()) return failure_;
  export_->FlushOld();
  return CheckKept();
}

void Shipment::CloseLogs(int64_t changed_before_s) {
  std::erase_if(open_, [changed_before_s](const auto& entry) {
    return entry.second->file.changed_s < changed_before_s;
  });
}

}  // namespace tstat::ship
