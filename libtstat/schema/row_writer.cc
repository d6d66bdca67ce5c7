// SPDX-License-Identifier: BSD-3-Clause
#include "schema/row_writer.h"

namespace tstat::internal::row_writer_internal {
namespace {

constexpr std::string_view kMissingMark = "[*]";

}  // namespace

char* AppendPlaceholder(std::string_view text, size_t room, RowBuffer& row, char* out) {
  row.Commit(out);
  row.Append(text);
  return row.Reserve(room);
}

char* AppendText(const Cell& cell, TextKind kind, char separator, size_t room, RowBuffer& row,
                 char* out) {
  row.Commit(out);
  if (cell.begin_missing()) row.Append(kMissingMark);
  AppendCellText(cell.text(), kind, separator, /*begins_cell=*/!cell.begin_missing(), row);
  if (cell.end_missing()) row.Append(kMissingMark);
  return row.Reserve(room);
}

char* AppendEncrypted(std::string_view name, const RowContext& context, size_t room, RowBuffer& row,
                      char* out) {
  row.Commit(out);
  AppendCellText(context.addresses->EncryptName(name), TextKind::kName, context.separator,
                 /*begins_cell=*/true, row);
  return row.Reserve(room);
}

char* AppendFixedSlow(double number, int decimals, size_t room, RowBuffer& row, char* out) {
  row.Commit(out);
  row.Commit(WriteFixedSlow(number, decimals, row.Reserve(kMaxFixedLength)));
  return row.Reserve(room);
}

}  // namespace tstat::internal::row_writer_internal
