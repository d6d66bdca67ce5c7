// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/log_reader.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "reader/line_source.h"
#include "reader/log_layout.h"
#include "reader/media_cells.h"

namespace tstat::inline v1 {
using namespace internal;

class LogReader::Impl {
 public:
  Impl(std::string path, Log log, const LogReaderOptions& options, LineSource lines)
      : path_(std::move(path)), log_(log), options_(options), lines_(std::move(lines)) {
    layouts_ = LayoutsWithoutHeader(log);
    has_header_ = layouts_.empty();
  }

  // Goes to the position of the options.
  absl::Status Start() {
    const LogPosition& start = options_.start;
    if (start.inode != 0 && start.inode != lines_.inode()) {
      return absl::FailedPreconditionError(
          absl::StrCat(path_, ": is another file than the one to go on with"));
    }
    if (start.offset == 0) return absl::OkStatus();
    if (absl::Status status = lines_.Seek(start.header_offset); !status.ok()) return status;
    header_offset_ = start.header_offset;
    while (lines_.offset() < start.offset) {
      absl::StatusOr<std::optional<LineSource::Line>> line = lines_.Next(/*take_last=*/false);
      if (!line.ok()) return line.status();
      // Behind rows, the next header line begins anew.
      const bool is_header =
          line->has_value() && !(*line)->text.empty() && (*line)->text.front() == '#';
      if (!is_header) {
        after_header_ = false;
        break;
      }
      TakeHeader((*line)->text, header_offset_);
    }
    counters_ = {};
    if (absl::Status status = lines_.Seek(start.offset); !status.ok()) return status;
    line_ = start.line;
    return absl::OkStatus();
  }

  absl::StatusOr<bool> Next(LastLine last_line) {
    while (true) {
      const uint64_t begin = lines_.offset();
      absl::StatusOr<std::optional<LineSource::Line>> line =
          lines_.Next(last_line == LastLine::kTake);
      if (!line.ok()) return line.status();
      if (!line->has_value()) return false;
      ++line_;
      const std::string_view text = (*line)->text;
      if ((*line)->is_too_long) {
        Tell(LogProblem::Kind::kLineTooLong, counters_.long_lines,
             absl::StrCat("a line of more than ", options_.max_line_bytes, " bytes"));
      } else if (!text.empty() && text.front() == '#') {
        TakeHeader(text, begin);
      } else if (TakeRow(text)) {
        return true;
      }
    }
  }

  const TableRow& row() const { return row_; }
  uint64_t line() const { return line_; }
  const LogReaderCounters& counters() const { return counters_; }
  bool has_open_line() const { return lines_.has_open_line(); }
  bool is_cut() const { return lines_.has_open_member(); }
  LogPosition position() const {
    return {.offset = lines_.offset(),
            .line = line_,
            .header_offset = header_offset_,
            .inode = lines_.inode()};
  }

 private:
  void TakeHeader(std::string_view line, uint64_t begin) {
    std::optional<LogLayout> layout = LayoutOfHeader(log_, line);
    if (!layout.has_value()) {
      return Tell(LogProblem::Kind::kRepeatedHeader, counters_.repeated_headers,
                  "a line with # that names no column of this log");
    }
    for (const LogLayout& known : layouts_) {
      if (known.header == line) {
        return Tell(LogProblem::Kind::kRepeatedHeader, counters_.repeated_headers,
                    "the header line once more");
      }
    }
    // The headers of several kinds of rows stand together; others begin anew.
    const bool begins = !after_header_;
    if (begins) header_offset_ = begin;
    if (!has_header_ || begins) layouts_.clear();
    has_header_ = true;
    after_header_ = true;
    layouts_.push_back(*std::move(layout));
    row_layout_ = nullptr;  // they may have moved
  }

  bool TakeRow(std::string_view line) {
    after_header_ = false;
    if (layouts_.empty()) {
      Tell(LogProblem::Kind::kNoHeader, counters_.rows_without_header,
           "a row before a header line");
      return false;
    }
    const LogLayout* const layout = LayoutOfRow(layouts_, line, cells_);
    if (layout == nullptr) {
      Tell(LogProblem::Kind::kWrongCellCount, counters_.wrong_cell_counts,
           absl::StrCat(cells_.size(), " cells where a row has ", layouts_.front().cells.size()));
      return false;
    }
    // What this layout has no cell of stays absent from row to row.
    if (layout != row_layout_) SetRowLayout(layout);
    for (size_t i = 0; i < cells_.size(); ++i) {
      const uint32_t column = layout->columns[i];
      if (column != LogLayout::kNoColumn) by_column_[column] = cells_[i];
    }
    if (options_.values) ParseCells(*layout);
    row_ = {.table = layout->table, .values = values_, .flow_number = {}, .cells = by_column_};
    SetFlowNumber();
    ++counters_.rows;
    return true;
  }

  void SetRowLayout(const LogLayout* layout) {
    row_layout_ = layout;
    const size_t size = layout->table->columns.size();
    values_.assign(size, Value());
    by_column_.assign(size, std::string_view());
    addresses_.resize(size);
    media_.emplace(*layout->table);
    parsed_.clear();
    for (size_t i = 0; i < layout->cells.size(); ++i) {
      const LogLayout::CellOf& cell = layout->cells[i];
      if (cell.column.has_value() && IsRead(*layout->table, *cell.column)) {
        parsed_.push_back({i, *cell.column, &*cell.parser});
      }
    }
  }

  // Rules for cells look at others; numbers of flows are taken from values.
  bool IsRead(const RowTable& table, size_t column) const {
    return !options_.needs_column || media_->has_rules() || FlowColumn(table) == column ||
           options_.needs_column(table, column);
  }

  void ParseCells(const LogLayout& layout) {
    // Rules set values of columns that have no cell. All others are set, or absent for good.
    if (media_->has_rules()) std::fill(values_.begin(), values_.end(), Value());
    for (const ParsedCell& parsed : parsed_) {
      const std::string_view cell = cells_[parsed.cell];
      if (!parsed.parser->Parse(cell, &addresses_[parsed.column], &values_[parsed.column])) {
        TellBadCell(layout, parsed.column, cell);
      }
    }
    if (media_->has_rules()) media_->Settle(by_column_, values_);
  }

  // The logs of chats have it in a column.
  std::optional<size_t> FlowColumn(const RowTable& table) const {
    const bool is_flow = log_ == Log::kChatComplete;
    if (!is_flow && log_ != Log::kChatMessages) return std::nullopt;
    return table.Find(is_flow ? "flowid" : "idflow");
  }

  void SetFlowNumber() {
    const std::optional<size_t> column = FlowColumn(*row_.table);
    if (!column.has_value() || values_[*column].kind() != Value::Kind::kUnsigned) return;
    row_.flow_number = values_[*column].unsigned_number();
  }

  void TellBadCell(const LogLayout& layout, size_t column, std::string_view cell) {
    constexpr size_t kShown = 40;
    Tell(LogProblem::Kind::kBadCell, counters_.bad_cells,
         absl::StrCat("column ", layout.table->columns[column].name, ": \"",
                      std::string(cell.substr(0, kShown)), "\" is no value of it"));
  }

  void Tell(LogProblem::Kind kind, uint64_t& counter, const std::string& what) {
    ++counter;
    if (!options_.on_problem) return;
    options_.on_problem({.kind = kind,
                         .line = line_,
                         .cells = cells_.size(),
                         .message = absl::StrCat(path_, ":", line_, ": ", what)});
  }

  std::string path_;
  Log log_;
  LogReaderOptions options_;
  LineSource lines_;
  std::vector<LogLayout> layouts_;         // of the header lines that hold now
  const LogLayout* row_layout_ = nullptr;  // of the last row
  bool has_header_ = true;                 // `layouts_` are of header lines
  bool after_header_ = false;              // the last line was one
  uint64_t header_offset_ = 0;
  uint64_t line_ = 0;

  struct ParsedCell {
    size_t cell, column;
    const CellParser* parser;  // in a layout
  };
  std::vector<ParsedCell> parsed_;  // of row_layout_

  TableRow row_;
  std::vector<std::string_view> cells_, by_column_;
  std::vector<Value> values_;
  std::vector<IpAddress> addresses_;
  std::optional<MediaCells> media_;  // of row_layout_
  LogReaderCounters counters_;
};

absl::StatusOr<LogReader> LogReader::Open(const std::string& path,
                                          const LogReaderOptions& options) {
  const std::optional<Log> log = options.log.has_value() ? options.log : LogOfFile(path);
  if (!log.has_value()) {
    std::vector<std::string> known;
    for (const LogInfo& info : kLogs) known.emplace_back(info.name);
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": no log has this name; known: ", absl::StrJoin(known, ", "), ", with .gz or not"));
  }
  absl::StatusOr<LineSource> lines = LineSource::Open(path, options.max_line_bytes);
  if (!lines.ok()) return lines.status();
  auto impl = std::make_unique<Impl>(path, *log, options, *std::move(lines));
  if (absl::Status status = impl->Start(); !status.ok()) return status;
  return LogReader(std::move(impl));
}

LogReader::LogReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LogReader::~LogReader() = default;
LogReader::LogReader(LogReader&& other) noexcept = default;
LogReader& LogReader::operator=(LogReader&& other) noexcept = default;

absl::StatusOr<bool> LogReader::Next(LastLine last_line) { return impl_->Next(last_line); }
const TableRow& LogReader::row() const { return impl_->row(); }
uint64_t LogReader::line() const { return impl_->line(); }
LogPosition LogReader::position() const { return impl_->position(); }
const LogReaderCounters& LogReader::counters() const { return impl_->counters(); }
bool LogReader::has_open_line() const { return impl_->has_open_line(); }
bool LogReader::is_cut() const { return impl_->is_cut(); }

}  // namespace tstat::inline v1
