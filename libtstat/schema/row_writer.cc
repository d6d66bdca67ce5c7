// SPDX-License-Identifier: BSD-3-Clause
#include "schema/row_writer.h"

namespace tstat::row_writer_internal {
namespace {

constexpr std::string_view kMissingMark = "[*]";

}  // namespace

void AppendText(const Value& value, size_t room, RowBuffer& row) {
  if (value.begin_missing()) row.Append(kMissingMark);
  row.Append(value.text());
  if (value.end_missing()) row.Append(kMissingMark);
  row.Reserve(room);
}

void AppendEncrypted(std::string_view name, const RowContext& context, size_t room,
                     RowBuffer& row) {
  row.Append(context.addresses->EncryptName(name));
  row.Reserve(room);
}

void AppendFixedSlow(double number, int decimals, size_t room, RowBuffer& row) {
  row.Commit(WriteFixedSlow(number, decimals, row.Reserve(kMaxFixedLength)));
  row.Reserve(room);
}

}  // namespace tstat::row_writer_internal
