// SPDX-License-Identifier: BSD-3-Clause
//
// The tables of tstat/schema.h without the types of their records, with texts that end with NUL:
// what the functions of tstat.h hand out. Made once, never changed.
//
//   const tstat_table* table = SchemaRegistry::Get().TableOf(&TcpCompleteTable());
//   Value value = table->read(table->source, &flow, column);
#ifndef TSTAT_BINDINGS_C_SCHEMA_REGISTRY_H_
#define TSTAT_BINDINGS_C_SCHEMA_REGISTRY_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "tstat.h"
#include "tstat/anonymizer.h"
#include "tstat/codes.h"
#include "tstat/options.h"
#include "tstat/schema.h"
#include "tstat/value.h"

namespace tstat::internal {

struct CodeTexts {
  uint32_t value = 0;
  std::string name, meaning;
};

struct ColumnTexts {
  ColumnInfo info;
  std::string name, label, unit, absent, description, type_name;
  const std::vector<CodeTexts>* codes = nullptr;  // null: none
};

// 3.1.1 for TSTAT_PROFILE_311, ...; false: no such number.
bool ProfileOf(int number, CompatProfile* profile);

}  // namespace tstat::internal

struct tstat_table {
  size_t index = 0;  // in SchemaRegistry::tables()
  tstat::Log log = {};
  tstat::Presence presence;  // of its rows
  std::string name, log_name, description;
  std::vector<tstat::internal::ColumnTexts> columns;
  // Keys view the names in `columns`.
  absl::flat_hash_map<std::string_view, size_t> by_name;
  const void* source = nullptr;  // the LogTable
  tstat::Value (*read)(const void* source, const void* record, size_t column) = nullptr;

  // TSTAT_NO_COLUMN: there is none.
  size_t Find(std::string_view column) const {
    const auto found = by_name.find(column);
    return found != by_name.end() ? found->second : TSTAT_NO_COLUMN;
  }
};

struct tstat_row {
  const tstat_table* table = nullptr;
  const void* record = nullptr;
  const tstat::RowOptions* options = nullptr;
  // Where values are that are not shown as they are, as long as the row is valid.
  std::deque<tstat::ShownValue>* shown = nullptr;
};

namespace tstat::internal {

class SchemaRegistry {
 public:
  static const SchemaRegistry& Get();

  const std::vector<std::unique_ptr<tstat_table>>& tables() const { return tables_; }
  const std::vector<std::string>& log_names() const { return log_names_; }  // by Log
  // Null: there is none.
  const tstat_table* TableNamed(std::string_view name) const;
  // Null: not one of the registry. By the address of the LogTable.
  const tstat_table* TableOf(const void* source) const {
    for (const auto& table : tables_) {
      if (table->source == source) return table.get();
    }
    return nullptr;
  }

 private:
  SchemaRegistry();
  template <typename Record>
  void Add(const LogEntry<Record>& entry);
  const std::vector<CodeTexts>* CodesOf(const CodeTable* codes);

  std::vector<std::unique_ptr<tstat_table>> tables_;
  std::vector<std::string> log_names_;
  std::map<const CodeTable*, std::vector<CodeTexts>> codes_;
};

}  // namespace tstat::internal

#endif  // TSTAT_BINDINGS_C_SCHEMA_REGISTRY_H_
