// SPDX-License-Identifier: BSD-3-Clause
#include "schema_registry.h"

#include <utility>

namespace tstat::internal {

bool ProfileOf(int number, CompatProfile* profile) {
  switch (number) {
    case TSTAT_PROFILE_311:
      *profile = CompatProfile::Tstat311();
      return true;
    case TSTAT_PROFILE_33:
      *profile = CompatProfile::Tstat33();
      return true;
    case TSTAT_PROFILE_NONE:
      *profile = CompatProfile::None();
      return true;
    default:
      return false;
  }
}

// Never destroyed: a program may use it until its very end.
const SchemaRegistry& SchemaRegistry::Get() {
  static const SchemaRegistry* const registry = new SchemaRegistry;
  return *registry;
}

SchemaRegistry::SchemaRegistry() {
  for (const LogInfo& log : kLogs) log_names_.emplace_back(log.name);
  ForEachLog([this](const auto& entry) {
    if (entry.table.has_value()) Add(entry);
  });
}

template <typename Record>
void SchemaRegistry::Add(const LogEntry<Record>& entry) {
  const LogTable<Record>& source = (*entry.table)();
  auto table = std::make_unique<tstat_table>();
  table->index = tables_.size();
  table->log = entry.log;
  table->presence = entry.presence;
  table->name = source.info().name;
  table->log_name = entry.log_name;
  table->description = source.info().description;
  table->source = &source;
  table->read = [](const void* of, const void* record, size_t column) {
    return static_cast<const LogTable<Record>*>(of)->columns()[column].read(
        *static_cast<const Record*>(record));
  };
  for (const LogColumn<Record>& column : source.columns()) {
    const ColumnInfo& info = column.info;
    table->columns.push_back({.info = info,
                              .name = info.Name(),
                              .label = std::string(info.label),
                              .unit = std::string(info.unit),
                              .absent = std::string(info.absent),
                              .description = std::string(info.description),
                              .type_name = std::string(info.type.Name()),
                              .codes = CodesOf(info.type.codes)});
  }
  for (size_t i = 0; i < table->columns.size(); ++i) table->by_name[table->columns[i].name] = i;
  tables_.push_back(std::move(table));
}

const std::vector<CodeTexts>* SchemaRegistry::CodesOf(const CodeTable* codes) {
  if (codes == nullptr) return nullptr;
  std::vector<CodeTexts>& texts = codes_[codes];
  if (texts.empty()) {
    for (const Code& code : codes->codes) {
      texts.push_back({code.value, std::string(code.name), std::string(code.meaning)});
    }
  }
  return &texts;
}

const tstat_table* SchemaRegistry::TableNamed(std::string_view name) const {
  for (const auto& table : tables_) {
    if (table->name == name) return table.get();
  }
  return nullptr;
}

}  // namespace tstat::internal
