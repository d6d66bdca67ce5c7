// SPDX-License-Identifier: BSD-3-Clause
#include "reader/log_layout.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "schema/row_tables.h"

namespace tstat::internal {
namespace {

constexpr std::string_view kGzipSuffix = ".gz";

// The bytes of `word` that are 0, as 0x80 each.
constexpr uint64_t ZeroBytes(uint64_t word) {
  constexpr uint64_t kLow = 0x7f7f7f7f7f7f7f7f;
  return ~(((word & kLow) + kLow) | word | kLow);
}

// Most cells have one to ten bytes: eight bytes are looked at at a time.
void Split(std::string_view line, char separator, std::vector<std::string_view>& cells) {
  constexpr size_t kWord = sizeof(uint64_t);
  constexpr uint64_t kEachByte = 0x0101010101010101;
  const uint64_t pattern = kEachByte * static_cast<uint8_t>(separator);
  const char* begin = line.data();
  const char* at = begin;
  const char* const end = begin + line.size();
  size_t count = 0;
  const auto put = [&](const char* cell_end) {
    cells[count++] = {begin, static_cast<size_t>(cell_end - begin)};
    begin = cell_end + 1;
  };
  if constexpr (std::endian::native == std::endian::little) {
    for (; static_cast<size_t>(end - at) >= kWord; at += kWord) {
      if (cells.size() < count + kWord) cells.resize(2 * cells.size() + kWord);
      uint64_t word = 0;
      std::memcpy(&word, at, kWord);
      for (uint64_t found = ZeroBytes(word ^ pattern); found != 0; found &= found - 1) {
        put(at + static_cast<size_t>(std::countr_zero(found)) / 8);
      }
    }
  }
  const auto left = static_cast<size_t>(end - at);
  if (cells.size() < count + left + 1) cells.resize(count + left + 1);
  for (; at != end; ++at) {
    if (*at == separator) put(at);
  }
  put(end);
  cells.resize(count);
}

// "c_ip" of "#31#c_ip:1".
std::string_view NameInHeader(std::string_view label) {
  const size_t hash = label.rfind('#');
  if (hash != std::string_view::npos) label.remove_prefix(hash + 1);
  return label.substr(0, label.find(':'));
}

LogLayout::CellOf CellOfColumn(const RowTable& table, size_t index) {
  // The value of a cell that repeats another column is that one's.
  const RowColumn& column = table.columns[index];
  const size_t value = column.is_repeated ? *table.Find(column.name) : index;
  return {value, CellParser(table.columns[value].info, RowTextOf(table).columns[index])};
}

std::optional<size_t> FindPrinted(const RowTable& table, std::string_view name) {
  const std::vector<TextInfo>& text = RowTextOf(table).columns;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i].is_printed && table.columns[i].name == name) return i;
  }
  return std::nullopt;
}

// The layout of a table whose columns the names are, and how many of them are its.
std::pair<LogLayout, size_t> LayoutOfNames(const RowTable& table,
                                           const std::vector<std::string_view>& names) {
  LogLayout layout{.table = &table, .header = {}, .cells = {}, .columns = {}};
  const std::vector<TextInfo>& text = RowTextOf(table).columns;
  size_t known = 0;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::optional<size_t> index = FindPrinted(table, names[i]);
    layout.cells.push_back(index.has_value() ? CellOfColumn(table, *index) : LogLayout::CellOf{});
    if (!index.has_value()) continue;
    ++known;
    // Cells that the header line does not announce follow their neighbour.
    for (size_t next = *index + 1; next < text.size() && !text[next].in_header; ++next) {
      if (i + 1 < names.size() && names[i + 1] == table.columns[next].name) break;
      layout.cells.push_back(CellOfColumn(table, next));
    }
  }
  return {std::move(layout), known};
}

template <typename Use>
void ForEachTableOf(Log log, Use use) {
  for (const RowTable& table : RowTables()) {
    if (table.text_log == log) use(table);
  }
}

// Where rows of several tables are in one log, a cell tells which one: "HTTP" and "RES2" are in
// responses only, the letters of the transports in rows of Skype.
bool TellsApart(const LogLayout& layout, const std::vector<std::string_view>& cells) {
  const auto cell_is = [&](std::string_view column, std::initializer_list<std::string_view> words) {
    for (size_t i = 0; i < cells.size(); ++i) {
      if (!layout.cells[i].column.has_value()) continue;
      if (layout.table->columns[*layout.cells[i].column].name != column) continue;
      return std::find(words.begin(), words.end(), cells[i]) != words.end();
    }
    return false;
  };
  if (layout.table->name == "http_response") return cell_is("HTTP", {"HTTP", "RES2"});
  if (layout.table->name == "http_request") return !cell_is("method", {"HTTP", "RES2"});
  if (layout.table->name == "skype_udp") return cell_is("transport", {"U"});
  if (layout.table->name == "skype_tcp") return cell_is("transport", {"T"});
  return true;
}

}  // namespace

void LogLayout::SetColumns() {
  columns.clear();
  for (const CellOf& cell : cells) {
    columns.push_back(cell.column.has_value() ? static_cast<uint32_t>(*cell.column) : kNoColumn);
  }
}

std::optional<LogLayout> LayoutOfHeader(Log log, std::string_view line) {
  // Tabs separate the cells of a log whose header line has them.
  const char separator = line.find('\t') != std::string_view::npos ? '\t' : ' ';
  std::vector<std::string_view> labels, names;
  Split(line, separator, labels);
  for (const std::string_view label : labels) {
    if (const std::string_view name = NameInHeader(label); !name.empty()) names.push_back(name);
  }
  std::optional<LogLayout> best;
  size_t most = 0;
  ForEachTableOf(log, [&](const RowTable& table) {
    auto [layout, known] = LayoutOfNames(table, names);
    if (known <= most) return;
    most = known;
    best = std::move(layout);
  });
  if (!best.has_value()) return std::nullopt;
  best->header = std::string(line);
  best->separator = separator;
  best->SetColumns();
  return best;
}

std::vector<LogLayout> LayoutsWithoutHeader(Log log) {
  std::vector<LogLayout> layouts;
  ForEachTableOf(log, [&](const RowTable& table) {
    const RowText& text = RowTextOf(table);
    if (text.info.has_header) return;
    LogLayout& layout = layouts.emplace_back();
    layout.table = &table;
    layout.separator = text.info.separator;
    for (const size_t i : PrintedColumns(table, CompatProfile{}, {})) {
      layout.cells.push_back(CellOfColumn(table, i));
    }
    layout.SetColumns();
  });
  return layouts;
}

const LogLayout* LayoutOfRow(const std::vector<LogLayout>& layouts, std::string_view line,
                             std::vector<std::string_view>& cells) {
  char separator = '\0';
  for (const LogLayout& layout : layouts) {
    if (layout.separator != separator) Split(line, separator = layout.separator, cells);
    if (layout.cells.size() != cells.size()) continue;
    if (layouts.size() == 1 || TellsApart(layout, cells)) return &layout;
  }
  return nullptr;
}

std::optional<Log> LogOfFile(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  if (name.size() > kGzipSuffix.size() &&
      name.substr(name.size() - kGzipSuffix.size()) == kGzipSuffix) {
    name.remove_suffix(kGzipSuffix.size());
  }
  for (const LogInfo& log : kLogs) {
    if (log.name == name) return log.log;
  }
  return std::nullopt;
}

}  // namespace tstat::internal
