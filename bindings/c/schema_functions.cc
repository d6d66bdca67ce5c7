// SPDX-License-Identifier: BSD-3-Clause
//
// Logs, tables, columns and codes.
#include <string_view>

#include "schema_registry.h"
#include "sized_struct.h"
#include "status_codes.h"
#include "tstat.h"

using namespace tstat::internal;  // NOLINT: the functions of tstat.h are in no namespace

namespace {

const ColumnTexts* ColumnOf(const tstat_table* table, size_t column) {
  return column < table->columns.size() ? &table->columns[column] : nullptr;
}

// TSTAT_UNSIGNED and the like are the numbers of ColumnKind, and so on.
static_assert(static_cast<int>(tstat::ColumnKind::kUnsigned) == TSTAT_UNSIGNED &&
              static_cast<int>(tstat::ColumnKind::kSigned) == TSTAT_SIGNED &&
              static_cast<int>(tstat::ColumnKind::kReal) == TSTAT_REAL &&
              static_cast<int>(tstat::ColumnKind::kBoolean) == TSTAT_BOOLEAN &&
              static_cast<int>(tstat::ColumnKind::kEnumeration) == TSTAT_ENUMERATION &&
              static_cast<int>(tstat::ColumnKind::kBitSet) == TSTAT_BIT_SET &&
              static_cast<int>(tstat::ColumnKind::kText) == TSTAT_TEXT &&
              static_cast<int>(tstat::ColumnKind::kAddress) == TSTAT_ADDRESS &&
              static_cast<int>(tstat::ColumnKind::kTimestamp) == TSTAT_TIME &&
              static_cast<int>(tstat::ColumnKind::kDuration) == TSTAT_DURATION);
static_assert(static_cast<int>(tstat::Privacy::kPublic) == TSTAT_PUBLIC &&
              static_cast<int>(tstat::Privacy::kAddress) == TSTAT_PRIVATE_ADDRESS &&
              static_cast<int>(tstat::Privacy::kName) == TSTAT_PRIVATE_NAME &&
              static_cast<int>(tstat::Privacy::kContent) == TSTAT_PRIVATE_CONTENT &&
              static_cast<int>(tstat::Privacy::kDerived) == TSTAT_PRIVATE_DERIVED);
static_assert(static_cast<int>(tstat::Side::kFlow) == TSTAT_OF_FLOW &&
              static_cast<int>(tstat::Side::kClient) == TSTAT_OF_CLIENT &&
              static_cast<int>(tstat::Side::kServer) == TSTAT_OF_SERVER);

int IsIn(const tstat::Presence& presence, int profile) {
  tstat::CompatProfile compat;
  return ProfileOf(profile, &compat) && presence.In(compat) ? 1 : 0;
}

}  // namespace

size_t tstat_log_count(void) { return tstat::kLogCount; }

int tstat_log_at(size_t index, tstat_log_info* info) {
  if (info == nullptr) return TSTAT_INVALID;
  if (index >= tstat::kLogCount) return TSTAT_NOT_FOUND;
  return StatusWithoutExceptions([&] {
    const SchemaRegistry& registry = SchemaRegistry::Get();
    const tstat::LogInfo& log = tstat::kLogs[index];
    size_t tables = 0;
    for (const auto& table : registry.tables()) tables += table->log == log.log ? 1 : 0;
    return FillSized(info, {.struct_size = 0,
                            .name = registry.log_names()[index].c_str(),
                            .on_by_default = log.on_by_default ? 1 : 0,
                            .tables = tables});
  });
}

size_t tstat_table_count(void) {
  return WithoutExceptions(size_t{0}, [] { return SchemaRegistry::Get().tables().size(); });
}

const tstat_table* tstat_table_at(size_t index) {
  return WithoutExceptions<const tstat_table*>(nullptr, [&]() -> const tstat_table* {
    const auto& tables = SchemaRegistry::Get().tables();
    return index < tables.size() ? tables[index].get() : nullptr;
  });
}

const tstat_table* tstat_table_named(const char* name) {
  if (name == nullptr) return nullptr;
  return WithoutExceptions<const tstat_table*>(
      nullptr, [&] { return SchemaRegistry::Get().TableNamed(name); });
}

int tstat_table_describe(const tstat_table* table, tstat_table_info* info) {
  if (table == nullptr) return TSTAT_INVALID;
  return FillSized(info, {.struct_size = 0,
                          .name = table->name.c_str(),
                          .log = table->log_name.c_str(),
                          .description = table->description.c_str(),
                          .columns = table->columns.size()});
}

int tstat_table_in_profile(const tstat_table* table, int profile) {
  return table != nullptr ? IsIn(table->presence, profile) : 0;
}

int tstat_column_describe(const tstat_table* table, size_t column, tstat_column_info* info) {
  if (table == nullptr || info == nullptr) return TSTAT_INVALID;
  const ColumnTexts* const texts = ColumnOf(table, column);
  if (texts == nullptr) return TSTAT_NOT_FOUND;
  return FillSized(info, {.struct_size = 0,
                          .name = texts->name.c_str(),
                          .label = texts->label.c_str(),
                          .unit = texts->unit.c_str(),
                          .absent = texts->absent.c_str(),
                          .description = texts->description.c_str(),
                          .type_name = texts->type_name.c_str(),
                          .type = static_cast<int>(texts->info.type.kind),
                          .bits = texts->info.type.bits,
                          .privacy = static_cast<int>(texts->info.privacy),
                          .side = static_cast<int>(texts->info.side),
                          .codes = texts->codes != nullptr ? texts->codes->size() : 0});
}

int tstat_column_code(const tstat_table* table, size_t column, size_t index, tstat_code* code) {
  if (table == nullptr || code == nullptr) return TSTAT_INVALID;
  const ColumnTexts* const texts = ColumnOf(table, column);
  if (texts == nullptr || texts->codes == nullptr || index >= texts->codes->size()) {
    return TSTAT_NOT_FOUND;
  }
  const CodeTexts& known = (*texts->codes)[index];
  return FillSized(code, {.struct_size = 0,
                          .value = known.value,
                          .name = known.name.c_str(),
                          .meaning = known.meaning.c_str()});
}

int tstat_column_in_profile(const tstat_table* table, size_t column, int profile) {
  if (table == nullptr || column >= table->columns.size()) return 0;
  return IsIn(table->columns[column].info.presence, profile);
}

size_t tstat_column_named(const tstat_table* table, const char* name) {
  return table != nullptr && name != nullptr ? table->Find(name) : TSTAT_NO_COLUMN;
}
