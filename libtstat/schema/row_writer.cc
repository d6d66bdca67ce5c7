// SPDX-License-Identifier: BSD-3-Clause
#include "schema/row_writer.h"

namespace tstat::row_writer_internal {
namespace {

constexpr std::string_view kMissingMark = "[*]";

}  // namespace

char* AppendText(const Value& value, size_t room, RowBuffer& row, char* out) {
  row.Commit(out);
  if (value.begin_missing()) row.Append(kMissingMark);
  row.Append(value.text());
  if (value.end_missing()) row.Append(kMissingMark);
  return row.Reserve(room);
}

char* AppendEncrypted(std::string_view name, const RowContext& context, size_t room, RowBuffer& row,
                      char* out) {
  row.Commit(out);
  row.Append(context.addresses->EncryptName(name));
  return row.Reserve(room);
}

char* AppendFixedSlow(double number, int decimals, size_t room, RowBuffer& row, char* out) {
  row.Commit(out);
  row.Commit(WriteFixedSlow(number, decimals, row.Reserve(kMaxFixedLength)));
  return row.Reserve(room);
}

}  // namespace tstat::row_writer_internal
