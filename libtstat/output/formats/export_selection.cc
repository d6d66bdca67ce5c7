// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/export_selection.h"

#include <algorithm>
#include <optional>
#include <set>
#include <span>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "config/absl_text.h"

namespace tstat::internal {
namespace {

constexpr std::string_view kLogPrefix = "log_", kCompleteSuffix = "_complete";

std::string_view WithoutPrefix(std::string_view name) {
  return name.substr(0, kLogPrefix.size()) == kLogPrefix ? name.substr(kLogPrefix.size()) : name;
}

bool Names(std::string_view word, const RowTable& table) {
  return word == table.name || word == table.log || word == WithoutPrefix(table.log) ||
         word == ShortNameOf(table);
}

bool HasPorts(const RowTable& table) {
  return table.Find("s_port").has_value() || table.Find("c_port").has_value();
}

}  // namespace

std::string_view ShortNameOf(const RowTable& table) {
  if (table.event == Event::kTlsHandshake) return "tls";
  const std::string_view name = WithoutPrefix(table.log);
  const size_t suffix = name.rfind(kCompleteSuffix);
  const bool is_complete =
      suffix != std::string_view::npos && suffix + kCompleteSuffix.size() == name.size();
  return is_complete ? name.substr(0, suffix) : name;
}

ExportSelection::ExportSelection(const ExportDefaults& defaults)
    : defaults_(defaults), follows_logs_(defaults.of_logs) {
  for (const RowTable& table : RowTables()) {
    const bool is_on = table.text_log.has_value() && defaults.logs.has(*table.text_log);
    tables_.push_back(is_on && HasRows(table));
    labelled_.push_back(defaults.has_labels && HasPorts(table));
    columns_.push_back(DefaultColumnsOf(table));
  }
}

std::vector<size_t> ExportSelection::DefaultColumnsOf(const RowTable& table) const {
  if (!table.text_log.has_value()) return AllColumnsOf(table);
  std::vector<size_t> columns;
  if (defaults_.of_logs) {
    const RowText& text = RowTextOf(table);
    for (size_t i = 0; i < table.columns.size(); ++i) {
      if (text.columns[i].is_printed && !table.columns[i].is_repeated) columns.push_back(i);
    }
    return columns;
  }
  for (const size_t i : PrintedColumns(table, defaults_.profile, defaults_.levels)) {
    // The value of a repeated column is that of the other one of this name, at this place.
    columns.push_back(table.columns[i].is_repeated ? *table.Find(table.columns[i].name) : i);
  }
  return columns;
}

std::vector<size_t> ExportSelection::AllColumnsOf(const RowTable& table) const {
  const RowText& text = RowTextOf(table);
  std::vector<size_t> all;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const RowColumn& column = table.columns[i];
    if (column.is_repeated) continue;
    const Presence presence = column.only_in_text ? text.columns[i].presence : column.info.presence;
    if (IsIn(presence)) all.push_back(i);
  }
  return all;
}

absl::StatusOr<ExportSelection> ExportSelection::TakeLogs(const ExportDefaults& defaults,
                                                          ExportOptions* options) {
  ExportSelection selection(defaults);
  if (const std::optional<std::string> logs = options->Take("logs")) {
    if (absl::Status status = selection.SelectTables(*logs); !status.ok()) return status;
  }
  return selection;
}

absl::StatusOr<ExportSelection> ExportSelection::Take(const ExportDefaults& defaults,
                                                      ExportOptions* options) {
  absl::StatusOr<ExportSelection> selection = TakeLogs(defaults, options);
  if (!selection.ok()) return selection;
  if (const std::optional<std::string> columns = options->Take("columns")) {
    if (absl::Status status = selection->SelectColumns(*columns); !status.ok()) return status;
  }
  return selection;
}

absl::Status ExportSelection::SelectTables(std::string_view list) {
  tables_.assign(RowTables().size(), false);
  for (const std::string_view word : SplitList(list)) {
    bool is_known = false;
    for (const RowTable& table : RowTables()) {
      if (!HasRows(table)) continue;
      if (word != "all" && !Names(word, table)) continue;
      tables_[table.index] = is_known = true;
    }
    if (is_known) continue;
    std::vector<std::string_view> known = {"all"};
    for (const RowTable& table : RowTables()) {
      const std::string_view name = ShortNameOf(table);
      if (!HasRows(table)) continue;
      if (std::find(known.begin(), known.end(), name) == known.end()) known.push_back(name);
    }
    return UnknownWord(word, defaults_.of_logs ? "text log" : "log of this profile", known);
  }
  if (table_count() > 0) return absl::OkStatus();
  return absl::InvalidArgumentError("\"logs\" names no log; \"all\" is every one");
}

absl::Status ExportSelection::SelectColumns(std::string_view list) {
  if (list == "default") return absl::OkStatus();
  follows_logs_ = false;
  if (list == "all") {
    for (const RowTable& table : RowTables()) columns_[table.index] = AllColumnsOf(table);
    return absl::OkStatus();
  }
  const std::vector<std::string_view> words = SplitList(list);
  if (words.empty()) {
    return absl::InvalidArgumentError("\"columns\" names no column; \"all\" is every one");
  }
  std::set<std::string_view> not_found;
  for (const std::string_view word : words) {
    if (not_found.insert(word).second) continue;
    return absl::InvalidArgumentError(absl::StrCat("\"columns\" names \"", View(word), "\" twice"));
  }
  std::vector<std::string_view> known = {"default", "all"};
  for (const RowTable& table : RowTables()) {
    if (!tables_[table.index]) continue;
    const std::vector<size_t> all = AllColumnsOf(table);
    std::vector<size_t>& chosen = columns_[table.index];
    chosen.clear();
    const bool can_have_label = labelled_[table.index];
    labelled_[table.index] =
        can_have_label && std::find(words.begin(), words.end(), kLabelColumn) != words.end();
    if (labelled_[table.index]) not_found.erase(kLabelColumn);
    if (can_have_label && std::find(known.begin(), known.end(), kLabelColumn) == known.end()) {
      known.push_back(kLabelColumn);
    }
    for (const std::string_view word : words) {
      const std::optional<size_t> column = table.Find(word);
      if (!column.has_value() || std::find(all.begin(), all.end(), *column) == all.end()) continue;
      not_found.erase(word);
      if (std::find(chosen.begin(), chosen.end(), *column) == chosen.end()) {
        chosen.push_back(*column);
      }
    }
    tables_[table.index] = !chosen.empty() || labelled_[table.index];
    for (const size_t i : all) {
      const std::string_view name = table.columns[i].name;
      if (std::find(known.begin(), known.end(), name) == known.end()) known.push_back(name);
    }
  }
  if (not_found.empty()) return absl::OkStatus();
  return UnknownWord(*not_found.begin(), "column of the selected logs", known);
}

bool ExportSelection::Needs(const RowTable& table, size_t column) const {
  const std::vector<size_t>& columns = ColumnsOf(table);
  const auto is_port = [&](std::string_view name) { return table.Find(name) == column; };
  return std::find(columns.begin(), columns.end(), column) != columns.end() ||
         (HasLabel(table) && (is_port("s_port") || is_port("c_port")));
}

size_t ExportSelection::table_count() const {
  return static_cast<size_t>(std::count(tables_.begin(), tables_.end(), true));
}

EventMask ExportSelection::events() const {
  EventMask events;
  for (const RowTable& table : RowTables()) {
    if (tables_[table.index]) events |= table.event;
  }
  return events;
}

}  // namespace tstat::internal
