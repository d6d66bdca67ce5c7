// SPDX-License-Identifier: BSD-3-Clause
#include "schema/row_tables.h"

#include <algorithm>
#include <utility>

#include "schema/event_tables.h"

namespace tstat::internal {
namespace {

struct RowRegistry {
  std::vector<RowTable> tables;
  std::vector<RowText> texts;
};

// Cells of the text alone have no type of their own.
ColumnType TypeOfCell(const TextInfo& text) {
  if (PrintsTexts(text.format)) return {.kind = ColumnKind::kText};
  if (PrintsReals(text.format)) return {.kind = ColumnKind::kReal};
  if (text.format == Format::kAddress) return {.kind = ColumnKind::kAddress};
  return {.kind = ColumnKind::kUnsigned, .bits = 64};
}

template <typename Record>
void AddTable(const LogTable<Record>& table, RowTable row_table, RowRegistry& registry) {
  row_table.index = registry.tables.size();
  row_table.name = table.info().name;
  if (row_table.log.empty()) row_table.log = row_table.name;
  RowText text{.info = table.info(), .columns = {}, .level_bit = {}, .absent_bit = {}};
  for (const ColumnBlock<Record>& block : TextOf(table).blocks) {
    for (size_t i = 0; i < block.size; ++i) {
      const ColumnRow column = block.row(i);
      RowColumn added{.info = column.info,
                      .name = column.text.is_printed ? column.TextLabel() : column.info.Name(),
                      .only_in_text = !column.is_value};
      added.info.hidden_by_enc &= table.info().enc_hides_names;
      if (added.only_in_text) added.info.type = TypeOfCell(column.text);
      row_table.columns.push_back(std::move(added));
      text.columns.push_back(column.text);
      text.level_bit.push_back(block.level_bit);
      text.absent_bit.push_back(block.absent_bit);
    }
  }
  for (RowColumn& column : row_table.columns) {
    column.is_repeated =
        column.only_in_text &&
        std::any_of(row_table.columns.begin(), row_table.columns.end(),
                    [&](const RowColumn& c) { return !c.only_in_text && c.name == column.name; });
  }
  registry.tables.push_back(std::move(row_table));
  registry.texts.push_back(std::move(text));
}

const RowRegistry& Registry() {
  static const RowRegistry registry = [] {
    RowRegistry made;
    ForEachLog([&made](const auto& entry) {
      if (!entry.table.has_value()) return;
      RowTable table;
      table.log = entry.log_name;
      table.text_log = entry.log;
      table.event = entry.event;
      table.presence = entry.presence;
      AddTable((*entry.table)(), std::move(table), made);
    });
    const auto add_event = [&made](const auto& table, Event event) {
      RowTable row_table;
      row_table.event = event;
      AddTable(table, std::move(row_table), made);
    };
    add_event(TlsHandshakeTable(), Event::kTlsHandshake);
    add_event(DnsResolutionTable(), Event::kDnsResolution);
    add_event(HistogramBinTable(), Event::kHistograms);
    add_event(HistogramNetworkTable(), Event::kHistograms);
    return made;
  }();
  return registry;
}

}  // namespace

const RowText& RowTextOf(const RowTable& table) { return Registry().texts[table.index]; }

std::vector<size_t> PrintedColumns(const RowTable& table, const CompatProfile& profile,
                                   const LogLevels& levels) {
  const RowText& text = RowTextOf(table);
  const uint8_t level = levels.Of(text.info);
  std::vector<size_t> printed;
  for (size_t i = 0; i < text.columns.size(); ++i) {
    const bool in_level = (text.level_bit[i] == 0 || (level & text.level_bit[i]) != 0) &&
                          (level & text.absent_bit[i]) == 0;
    if (in_level && text.columns[i].is_printed && text.columns[i].presence.In(profile)) {
      printed.push_back(i);
    }
  }
  return printed;
}

}  // namespace tstat::internal

namespace tstat::inline v1 {

std::span<const RowTable> RowTables() { return internal::Registry().tables; }

const RowTable* FindRowTable(std::string_view name) {
  for (const RowTable& table : RowTables()) {
    if (table.name == name) return &table;
  }
  return nullptr;
}

std::optional<size_t> RowTable::Find(std::string_view column_name) const {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (!columns[i].is_repeated && columns[i].name == column_name) return i;
  }
  return std::nullopt;
}

}  // namespace tstat::inline v1
