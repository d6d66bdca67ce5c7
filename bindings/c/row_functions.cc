// SPDX-License-Identifier: BSD-3-Clause
//
// Typed access to the values of a row.

#include "flow_struct.h"
#include "schema_registry.h"
#include "sized_struct.h"
#include "status_codes.h"
#include "tstat.h"

using namespace tstat::internal;  // NOLINT: the functions of tstat.h are in no namespace
using tstat::ColumnKind;
using tstat::Value;

namespace {

// Reads a column whose kind `fits` into `value`, as it may be shown: TSTAT_OK, or why there is
// none. `is_image`, unless null: it is an address that is not shown as it is.
template <typename Fits>
int Read(const tstat_row* row, size_t column, const void* out, Fits fits, Value* value,
         bool* is_image = nullptr) {
  if (row == nullptr || out == nullptr) return TSTAT_INVALID;
  const tstat_table& table = *row->table;
  if (column >= table.columns.size()) return TSTAT_NOT_FOUND;
  const tstat::ColumnInfo& info = table.columns[column].info;
  if (!fits(info.type.kind)) return TSTAT_WRONG_TYPE;
  if (!info.presence.In(row->options->profile)) return TSTAT_ABSENT;
  return StatusWithoutExceptions([&]() -> int {
    *value = table.read(table.source, row->record, column);
    if (is_image != nullptr) *is_image = !value->is_absent() && value->encrypted();
    if (tstat::Anonymizer* const anonymizer = row->options->anonymizer.get()) {
      *value = anonymizer->Shown(info, *value, &row->shown->emplace_back());
    }
    return value->is_absent() ? TSTAT_ABSENT : TSTAT_OK;
  });
}

bool IsUnsigned(ColumnKind kind) {
  return kind == ColumnKind::kUnsigned || kind == ColumnKind::kEnumeration ||
         kind == ColumnKind::kBitSet;
}

template <ColumnKind kKind>
bool Is(ColumnKind kind) {
  return kind == kKind;
}

// The function of the column of that name.
template <typename Out>
int Named(const tstat_row* row, const char* name, Out* value,
          int (*function)(const tstat_row*, size_t, Out*)) {
  if (row == nullptr || name == nullptr || value == nullptr) return TSTAT_INVALID;
  return function(row, row->table->Find(name), value);
}

}  // namespace

const tstat_table* tstat_row_table(const tstat_row* row) {
  return row != nullptr ? row->table : nullptr;
}

int tstat_row_uint64(const tstat_row* row, size_t column, uint64_t* value) {
  Value read;
  const int status = Read(row, column, value, IsUnsigned, &read);
  if (status == TSTAT_OK) *value = read.unsigned_number();
  return status;
}

int tstat_row_int64(const tstat_row* row, size_t column, int64_t* value) {
  Value read;
  const int status = Read(row, column, value, Is<ColumnKind::kSigned>, &read);
  if (status == TSTAT_OK) *value = read.signed_number();
  return status;
}

int tstat_row_double(const tstat_row* row, size_t column, double* value) {
  const auto is_number = [](ColumnKind kind) {
    return IsUnsigned(kind) || kind == ColumnKind::kSigned || kind == ColumnKind::kReal;
  };
  Value read;
  const int status = Read(row, column, value, is_number, &read);
  if (status != TSTAT_OK) return status;
  *value = read.kind() == Value::Kind::kReal     ? read.real()
           : read.kind() == Value::Kind::kSigned ? static_cast<double>(read.signed_number())
                                                 : static_cast<double>(read.unsigned_number());
  return TSTAT_OK;
}

int tstat_row_bool(const tstat_row* row, size_t column, int* value) {
  Value read;
  const int status = Read(row, column, value, Is<ColumnKind::kBoolean>, &read);
  if (status == TSTAT_OK) *value = read.boolean() ? 1 : 0;
  return status;
}

int tstat_row_text(const tstat_row* row, size_t column, tstat_text* value) {
  Value read;
  const int status = Read(row, column, value, Is<ColumnKind::kText>, &read);
  if (status != TSTAT_OK) return status;
  return FillSized(value, {.struct_size = 0,
                           .bytes = read.text().data(),
                           .length = read.text().size(),
                           .begin_missing = read.begin_missing() ? 1 : 0,
                           .end_missing = read.end_missing() ? 1 : 0});
}

int tstat_row_address(const tstat_row* row, size_t column, tstat_address* value) {
  Value read;
  bool is_image = false;
  const int status = Read(row, column, value, Is<ColumnKind::kAddress>, &read, &is_image);
  if (status != TSTAT_OK) return status;
  return FillSized(value, AddressStruct(read.address(), is_image));
}

int tstat_row_time(const tstat_row* row, size_t column, int64_t* value) {
  Value read;
  const int status = Read(row, column, value, Is<ColumnKind::kTimestamp>, &read);
  if (status == TSTAT_OK) *value = read.timestamp().nanoseconds();
  return status;
}

int tstat_row_duration(const tstat_row* row, size_t column, int64_t* value) {
  Value read;
  const int status = Read(row, column, value, Is<ColumnKind::kDuration>, &read);
  if (status == TSTAT_OK) *value = read.duration().count();
  return status;
}

int tstat_row_uint64_named(const tstat_row* row, const char* name, uint64_t* value) {
  return Named(row, name, value, tstat_row_uint64);
}
int tstat_row_int64_named(const tstat_row* row, const char* name, int64_t* value) {
  return Named(row, name, value, tstat_row_int64);
}
int tstat_row_double_named(const tstat_row* row, const char* name, double* value) {
  return Named(row, name, value, tstat_row_double);
}
int tstat_row_bool_named(const tstat_row* row, const char* name, int* value) {
  return Named(row, name, value, tstat_row_bool);
}
int tstat_row_text_named(const tstat_row* row, const char* name, tstat_text* value) {
  return Named(row, name, value, tstat_row_text);
}
int tstat_row_address_named(const tstat_row* row, const char* name, tstat_address* value) {
  return Named(row, name, value, tstat_row_address);
}
int tstat_row_time_named(const tstat_row* row, const char* name, int64_t* value) {
  return Named(row, name, value, tstat_row_time);
}
int tstat_row_duration_named(const tstat_row* row, const char* name, int64_t* value) {
  return Named(row, name, value, tstat_row_duration);
}
