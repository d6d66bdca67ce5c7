// SPDX-License-Identifier: BSD-3-Clause
//
// The columns of a batch of rows.
#include <cstring>

#include "call_backs.h"
#include "sized_struct.h"
#include "tstat.h"

using namespace tstat::internal;  // NOLINT: the functions of tstat.h are in no namespace

namespace {

// TSTAT_OK and the column, or why there is none.
int Find(const tstat_batch* batch, size_t column, const void* out, const tstat::ColumnData** data) {
  if (batch == nullptr || out == nullptr) return TSTAT_INVALID;
  if (column >= batch->table->columns.size()) return TSTAT_NOT_FOUND;
  *data = batch->rows->column(column);
  return *data != nullptr ? TSTAT_OK : TSTAT_ABSENT;
}

}  // namespace

const tstat_table* tstat_batch_table(const tstat_batch* batch) {
  return batch != nullptr ? batch->table : nullptr;
}

size_t tstat_batch_rows(const tstat_batch* batch) {
  return batch != nullptr ? batch->rows->rows() : 0;
}

int tstat_batch_column(const tstat_batch* batch, size_t column, tstat_array* array) {
  const tstat::ColumnData* data = nullptr;
  const int status = Find(batch, column, array, &data);
  if (status != TSTAT_OK) return status;
  return FillSized(array,
                   {.struct_size = 0,
                    .type = static_cast<int>(data->info().type.kind),
                    .rows = data->rows(),
                    .element_size = data->element_size(),
                    .data = data->bytes().data(),
                    .data_size = data->bytes().size(),
                    .offsets = data->element_size() == 0 ? data->text_offsets().data() : nullptr,
                    .valid = data->valid().data(),
                    .absent = data->absent()});
}

int tstat_batch_bitmap(const tstat_batch* batch, size_t column, uint8_t* bits, size_t size) {
  const tstat::ColumnData* data = nullptr;
  const int status = Find(batch, column, bits, &data);
  if (status != TSTAT_OK) return status;
  const size_t bytes = (data->rows() + 7) / 8;
  if (size < bytes) return TSTAT_INVALID;
  std::memset(bits, 0, bytes);
  for (size_t row = 0; row < data->rows(); ++row) {
    bits[row / 8] = static_cast<uint8_t>(bits[row / 8] | data->valid()[row] << row % 8);
  }
  return TSTAT_OK;
}
