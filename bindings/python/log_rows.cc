// SPDX-License-Identifier: BSD-3-Clause
#include "log_rows.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine.h"
#include "reader/line_source.h"
#include "reader/log_layout.h"
#include "table_names.h"

namespace tstat::python {
namespace {

constexpr size_t kNone = SIZE_MAX;
constexpr size_t kMostProblems = 20;
constexpr size_t kMostLineBytes = size_t{1} << 20;
constexpr uint64_t kRowsBetweenLooks = 4096;
// Parts of less are not worth a thread.
constexpr uint64_t kLeastPart = uint64_t{8} << 20;
constexpr uint64_t kMostParts = 4;

std::string_view NameOf(const RowTable& table) {
  for (const TableName& known : TableNames()) {
    for (const RowTable* const part : TablesOf(known.name)) {
      if (part == &table) return known.name;
    }
  }
  return table.name;
}

}  // namespace

struct LogRows::Table {
  std::shared_ptr<Columns> columns;
  std::vector<const ColumnInfo*> infos;

  void Begin(std::string name) {
    columns = std::make_shared<Columns>(std::move(name));
    for (const ColumnInfo* const info : infos) columns->Add(*info);
  }
  // The place of a column that is there now, if it was not.
  size_t PlaceOf(const ColumnInfo& info) {
    const std::string name = info.Name();
    for (size_t i = 0; i < infos.size(); ++i) {
      if (columns->names[i] == name && infos[i]->type.kind == info.type.kind &&
          infos[i]->type.bits == info.type.bits) {
        return i;
      }
    }
    infos.push_back(&info);
    columns->Add(info);
    for (size_t row = 0; row < columns->rows; ++row) columns->data.back().Append(Value());
    return infos.size() - 1;
  }
};

struct LogRows::Source {
  const RowTable* row_table = nullptr;
  Table* table = nullptr;
  std::vector<size_t> places;   // by column of row_table: in the Columns, or kNone
  std::vector<size_t> columns;  // by place: of row_table, or kNone
};

LogRows::LogRows(std::vector<std::string> paths, LogRowsOptions options)
    : paths_(std::move(paths)), options_(std::move(options)) {
  if (paths_.empty()) throw StatusError(absl::NotFoundError("there is no log to read"));
  bool is_first = true;
  for (const std::string& path : paths_) {
    // Its errors name the file.
    const absl::StatusOr<LogReader> opened = LogReader::Open(path);
    ThrowUnlessOk(opened.status());
    const Log log = *internal::LogOfFile(path);
    if (std::exchange(is_first, false)) {
      log_ = log;
    } else if (log != log_) {
      throw StatusError(absl::InvalidArgumentError(
          absl::StrCat(path, ": is no ", std::string(LogName(log_)), " as ", paths_.front(),
                       " is: one kind of log at a time")));
    }
  }
  ReadHeaders();
}

LogRows::~LogRows() = default;

bool LogRows::IsShown(const RowColumn& column) const {
  const std::vector<std::string>& wanted = options_.columns;
  return !column.only_in_text && (wanted.empty() || std::find(wanted.begin(), wanted.end(),
                                                              column.info.Name()) != wanted.end());
}

absl::StatusOr<LogReader> LogRows::Open(const std::string& path, LogReaderOptions options) {
  if (!options_.columns.empty()) {
    options.needs_column = [this](const RowTable& table, size_t column) {
      return IsShown(table.columns[column]);
    };
  }
  return LogReader::Open(path, options);
}

std::vector<std::pair<const RowTable*, std::vector<size_t>>> LogRows::HeaderOf(
    const std::string& path) {
  std::vector<internal::LogLayout> layouts;
  absl::StatusOr<internal::LineSource> lines = internal::LineSource::Open(path, kMostLineBytes);
  bool has_row = false;
  while (lines.ok() && !has_row) {
    const auto line = lines->Next(/*take_last=*/true);
    if (!line.ok() || !line->has_value()) break;
    has_row = !(*line)->text.starts_with('#');
    if (has_row) break;
    if (auto layout = internal::LayoutOfHeader(log_, (*line)->text)) {
      layouts.push_back(*std::move(layout));
    }
  }
  if (layouts.empty()) layouts = internal::LayoutsWithoutHeader(log_);
  std::vector<std::pair<const RowTable*, std::vector<size_t>>> found;
  for (const internal::LogLayout& layout : layouts) {
    std::vector<size_t> columns;
    for (const internal::LogLayout::CellOf& cell : layout.cells) {
      if (cell.column.has_value() && IsShown(layout.table->columns[*cell.column])) {
        columns.push_back(*cell.column);
      }
    }
    std::sort(columns.begin(), columns.end());
    found.emplace_back(layout.table, std::move(columns));
  }
  return found;
}

void LogRows::ReadHeaders() {
  using Header = std::vector<std::pair<const RowTable*, std::vector<size_t>>>;
  std::vector<Header> headers;
  const std::string* first = nullptr;
  Header first_header;
  for (const std::string& path : paths_) {
    Header header = HeaderOf(path);
    if (header.empty()) continue;
    if (first == nullptr) {
      first = &path;
      first_header = header;
    } else if (header != first_header) {
      Tell(absl::StrCat(path, ": has other columns than ", *first,
                        "; what a log does not have is absent"));
    }
    headers.push_back(std::move(header));
  }
  if (headers.empty()) {  // nothing but empty files: all that there might be
    Header all;
    for (const RowTable& table : RowTables()) {
      if (table.text_log != log_ || !table.presence.In(CompatProfile::Tstat311())) continue;
      std::vector<size_t> columns;
      for (size_t i = 0; i < table.columns.size(); ++i) {
        if (IsShown(table.columns[i]) &&
            table.columns[i].info.presence.In(CompatProfile::Tstat311())) {
          columns.push_back(i);
        }
      }
      all.emplace_back(&table, std::move(columns));
    }
    headers.push_back(std::move(all));
  }
  // In the order of the schema, whichever file has them first.
  for (const RowTable& table : RowTables()) {
    std::vector<bool> has(table.columns.size());
    bool any = false;
    for (const Header& header : headers) {
      for (const auto& [of, columns] : header) {
        if (of != &table) continue;
        any = true;
        for (const size_t column : columns) has[column] = true;
      }
    }
    if (!any) continue;
    Source* const source = SourceOf(&table);
    for (size_t i = 0; i < has.size(); ++i) {
      if (has[i]) AddColumn(*source, i);
    }
  }
}

LogRows::Source* LogRows::SourceOf(const RowTable* table) {
  for (const std::unique_ptr<Source>& source : sources_) {
    if (source->row_table == table) return source.get();
  }
  auto source = std::make_unique<Source>();
  source->row_table = table;
  source->places.resize(table->columns.size(), kNone);
  const std::string name(NameOf(*table));
  for (const std::unique_ptr<Table>& known : tables_) {
    if (known->columns->name == name) source->table = known.get();
  }
  if (source->table == nullptr) {
    tables_.push_back(std::make_unique<Table>());
    tables_.back()->Begin(name);
    source->table = tables_.back().get();
  }
  sources_.push_back(std::move(source));
  return sources_.back().get();
}

void LogRows::AddColumn(Source& source, size_t column) {
  const size_t place = source.table->PlaceOf(source.row_table->columns[column].info);
  source.places[column] = place;
  for (const std::unique_ptr<Source>& other : sources_) {
    if (other->table == source.table) other->columns.resize(source.table->infos.size(), kNone);
  }
  source.columns[place] = column;
}

void LogRows::TakeNewColumns(Source& source, const TableRow& row) {
  bool has_new = false;
  bool has_fewer = false;
  const bool is_within_file = header_offset_ != UINT64_MAX && row.table == last_table_;
  std::vector<bool> present(row.cells.size());
  for (size_t i = 0; i < row.cells.size(); ++i) {
    present[i] = row.cells[i].data() != nullptr;
    if (!IsShown(source.row_table->columns[i])) continue;
    has_fewer = has_fewer || (is_within_file && last_columns_[i] && !present[i]);
    if (!present[i] || source.places[i] != kNone) continue;
    AddColumn(source, i);
    has_new = true;
  }
  last_columns_ = std::move(present);
  if (has_new || has_fewer) {
    Tell(absl::StrCat(paths_[next_path_ - 1], ":", reader_->line(),
                      ": from here on there are other columns; ",
                      has_new ? "before, they are absent" : "those before are absent"));
  }
}

void LogRows::Append(Source& source, const TableRow& row) {
  Columns& columns = *source.table->columns;
  source.columns.resize(columns.data.size(), kNone);
  for (size_t i = 0; i < columns.data.size(); ++i) {
    const size_t column = source.columns[i];
    columns.data[i].Append(column != kNone ? row.values[column] : Value());
  }
  ++columns.rows;
  if (options_.places) {
    columns.files.push_back(next_path_ - 1);
    columns.lines.push_back(reader_->line());
  }
}

void LogRows::Tell(std::string problem) {
  if (problems_.size() < kMostProblems) {
    problems_.push_back(std::move(problem));
  } else if (problems_.size() == kMostProblems) {
    problems_.emplace_back("there is more of this kind, which is not told");
  }
}

void LogRows::OpenNext() {
  absl::StatusOr<LogReader> reader =
      Open(paths_[next_path_], {.on_problem = [this](const LogProblem& problem) {
             if (problem.kind != LogProblem::Kind::kRepeatedHeader) {
               Tell(problem.message);
             }
           }});
  ThrowUnlessOk(reader.status());
  reader_.emplace(*std::move(reader));
  ++next_path_;
  header_offset_ = UINT64_MAX;
}

bool LogRows::Next(const std::function<bool()>& go_on) {
  for (uint64_t rows = 0;; ++rows) {
    if (rows % kRowsBetweenLooks == 0 && !go_on()) return false;
    if (!reader_.has_value()) {
      if (next_path_ == paths_.size()) break;
      if (options_.chunk_rows == 0 && !options_.places) {
        const PartsResult parts = ReadInParts(paths_[next_path_], go_on);
        if (parts == PartsResult::kStopped) return false;
        if (parts == PartsResult::kRead) {
          ++next_path_;
          continue;
        }
      }
      OpenNext();
    }
    const absl::StatusOr<bool> has_row = reader_->Next(LogReader::LastLine::kTake);
    if (!has_row.ok() || !*has_row) {
      if (!has_row.ok()) {
        Tell(
            absl::StrCat(std::string(has_row.status().message()), "; the rows before it are read"));
      } else if (reader_->is_cut()) {
        Tell(
            absl::StrCat(paths_[next_path_ - 1], ": ends in the middle; the rows so far are read"));
      }
      reader_.reset();
      continue;
    }
    const TableRow& row = reader_->row();
    Source* const source = SourceOf(row.table);
    const uint64_t header = reader_->position().header_offset;
    if (header != header_offset_ || row.table != last_table_) {
      TakeNewColumns(*source, row);
      header_offset_ = header;
      last_table_ = row.table;
    }
    Append(*source, row);
    if (options_.chunk_rows > 0 && source->table->columns->rows >= options_.chunk_rows) return true;
  }
  // The last ones; none at all is an answer, too.
  return !std::exchange(told_end_, true);
}

LogRows::LogRows(const LogRows& whole, const std::string& path, uint64_t begin, uint64_t end)
    : paths_{path}, options_(whole.options_), log_(whole.log_), next_path_(1), end_(end) {
  for (const std::unique_ptr<Source>& source : whole.sources_) {
    Source* const own = SourceOf(source->row_table);
    for (size_t i = 0; i < source->places.size(); ++i) {
      if (source->places[i] != kNone) AddColumn(*own, i);
    }
  }
  LogPosition start;
  start.offset = begin;
  absl::StatusOr<LogReader> reader = Open(
      path,
      {.start = start, .on_problem = [this](const LogProblem& problem) { Tell(problem.message); }});
  ThrowUnlessOk(reader.status());
  reader_.emplace(*std::move(reader));
}

bool LogRows::ReadPart(const std::atomic<bool>& stop) {
  const uint64_t header = reader_->position().header_offset;
  for (uint64_t rows = 0; reader_->position().offset < end_; ++rows) {
    if (rows % kRowsBetweenLooks == 0 && stop) return false;
    const absl::StatusOr<bool> has_row = reader_->Next(LogReader::LastLine::kTake);
    // What is no row may go on in the next part, and its line is to be told.
    if (!has_row.ok() || !problems_.empty() || reader_->position().header_offset != header) {
      return false;
    }
    if (!*has_row) break;
    Append(*SourceOf(reader_->row().table), reader_->row());
  }
  return true;
}

namespace {

// Where parts of a file begin, and its end; fewer than three: it is not to be divided.
std::vector<uint64_t> PartsOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char first = 0;
  constexpr char kGzip = '\x1f';
  if (!file.get(first) || first == kGzip || !file.seekg(0, std::ios::end)) return {};
  const auto size = static_cast<uint64_t>(file.tellg());
  const uint64_t count = std::min<uint64_t>(
      {size / kLeastPart, kMostParts, std::max(1U, std::thread::hardware_concurrency())});
  std::vector<uint64_t> begins = {0};
  for (uint64_t i = 1; i < count; ++i) {
    file.seekg(static_cast<std::streamoff>(size / count * i));
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    if (!file) return {};
    begins.push_back(static_cast<uint64_t>(file.tellg()));
  }
  begins.push_back(size);
  return begins;
}

}  // namespace

bool LogRows::TakeParts(std::vector<std::unique_ptr<LogRows>>& parts) {
  for (const std::unique_ptr<LogRows>& part : parts) {
    if (part->tables_.size() != tables_.size()) return false;
    for (size_t i = 0; i < tables_.size(); ++i) {
      if (part->tables_[i]->columns->names != tables_[i]->columns->names) return false;
    }
  }
  for (size_t i = 0; i < tables_.size(); ++i) {
    Columns& whole = *tables_[i]->columns;
    size_t rows = whole.rows;
    for (const std::unique_ptr<LogRows>& part : parts) rows += part->tables_[i]->columns->rows;
    // Columns one by one, so that the parts' memory goes as that of the whole comes.
    for (size_t c = 0; c < whole.data.size(); ++c) {
      for (const std::unique_ptr<LogRows>& part : parts) {
        ColumnData& from = part->tables_[i]->columns->data[c];
        if (whole.data[c].rows() == 0) {
          std::swap(whole.data[c], from);
        } else {
          whole.data[c].Append(from);
          from = ColumnData(from.info());
        }
      }
    }
    whole.rows = rows;
  }
  return true;
}

LogRows::PartsResult LogRows::ReadInParts(const std::string& path,
                                          const std::function<bool()>& go_on) {
  const std::vector<uint64_t> begins = PartsOf(path);
  if (begins.size() < 3) return PartsResult::kNotSo;
  std::vector<std::unique_ptr<LogRows>> parts;
  for (size_t i = 0; i + 1 < begins.size(); ++i) {
    parts.push_back(std::unique_ptr<LogRows>(new LogRows(*this, path, begins[i], begins[i + 1])));
  }
  std::atomic<bool> stop = false, is_plain = true;
  std::mutex mutex;
  std::condition_variable ended;
  size_t at_work = parts.size();
  std::vector<std::thread> threads;
  for (const std::unique_ptr<LogRows>& part : parts) {
    threads.emplace_back([&, own = part.get()] {
      bool is_read = false;
      try {
        is_read = own->ReadPart(stop);
      } catch (const std::exception&) {  // no memory, as one thread would find, too
      }
      if (!is_read) is_plain = false;
      if (!is_read) stop = true;
      const std::lock_guard lock(mutex);
      --at_work;
      ended.notify_all();
    });
  }
  bool wanted = true;
  {
    std::unique_lock lock(mutex);
    while (at_work > 0) {
      ended.wait_for(lock, std::chrono::milliseconds(50));
      lock.unlock();
      if (wanted && !go_on()) wanted = false;
      if (!wanted) stop = true;
      lock.lock();
    }
  }
  for (std::thread& thread : threads) thread.join();
  if (!wanted) return PartsResult::kStopped;
  return is_plain && TakeParts(parts) ? PartsResult::kRead : PartsResult::kNotSo;
}

std::vector<std::shared_ptr<Columns>> LogRows::Take() {
  std::vector<std::shared_ptr<Columns>> taken;
  for (const std::unique_ptr<Table>& table : tables_) {
    std::string name = table->columns->name;
    taken.push_back(std::move(table->columns));
    table->Begin(std::move(name));
  }
  return taken;
}

}  // namespace tstat::python
