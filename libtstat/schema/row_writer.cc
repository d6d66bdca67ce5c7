// SPDX-License-Identifier: BSD-3-Clause
#include "schema/row_writer.h"

#include <algorithm>
#include <cmath>

namespace tstat::internal::row_writer_internal {
namespace {

constexpr std::string_view kMissingMark = "[*]";

}  // namespace

char* AppendPlaceholder(std::string_view text, size_t room, RowBuffer& row, char* out) {
  // Most are a character or two, and rows of few protocols have many.
  if (text.size() < kMaxCell) [[likely]] {
    for (const char c : text) *out++ = c;
    return out;
  }
  row.Commit(out);
  row.Append(text);
  return row.Reserve(room);
}

char* AppendText(const Cell& cell, TextKind kind, char separator, size_t room, RowBuffer& row,
                 char* out) {
  const std::string_view text = cell.text();
  if (text.size() < kMaxCell && !cell.begin_missing() && !cell.end_missing() &&
      IsPlainCellText(text, separator)) [[likely]] {
    std::copy_n(text.data(), text.size(), out);
    return out + text.size();
  }
  row.Commit(out);
  if (cell.begin_missing()) row.Append(kMissingMark);
  AppendCellText(cell.text(), kind, separator, /*begins_cell=*/!cell.begin_missing(), row);
  if (cell.end_missing()) row.Append(kMissingMark);
  return row.Reserve(room);
}

char* AppendEncrypted(std::string_view name, const RowContext& context, size_t room, RowBuffer& row,
                      char* out) {
  row.Commit(out);
  AppendCellText(context.anonymizer->EncryptName(name), TextKind::kName, context.separator,
                 /*begins_cell=*/true, row);
  return row.Reserve(room);
}

char* AppendAnonymized(const Cell& cell, const RowContext& context, char* out) {
  const bool hidden = cell.encrypted() || context.anonymizer->options().strict;
  const IpAddress shown = hidden ? context.anonymizer->Anonymize(cell.address()) : cell.address();
  return out + shown.Format(out, context.profile->ipv6_form);
}

char* AppendHidden(const Cell& cell, StrictForm form, std::string_view placeholder,
                   const RowContext& context, size_t room, RowBuffer& row, char* out) {
  row.Commit(out);
  if (form == StrictForm::kPseudonym && cell.kind() == Cell::Kind::kText && !cell.text().empty()) {
    row.Append(context.anonymizer->Pseudonym(cell.text()));
  } else {
    row.Append(placeholder.empty() ? "-" : placeholder);
  }
  return row.Reserve(room);
}

static bool IsHidden(double number, const RowContext& context) {
  return !std::isfinite(number) && context.profile->modern_columns;
}

char* AppendGeneral(double number, std::string_view placeholder, const RowContext& context,
                    size_t room, RowBuffer& row, char* out) {
  if (!IsHidden(number, context)) return WriteGeneral(number, out);
  return AppendPlaceholder(placeholder.empty() ? "0" : placeholder, room, row, out);
}

char* AppendFixedSlow(double number, int decimals, std::string_view placeholder,
                      const RowContext& context, size_t room, RowBuffer& row, char* out) {
  if (IsHidden(number, context)) {
    return AppendPlaceholder(placeholder.empty() ? "0" : placeholder, room, row, out);
  }
  row.Commit(out);
  row.Commit(WriteFixedSlow(number, decimals, row.Reserve(kMaxFixedLength)));
  return row.Reserve(room);
}

}  // namespace tstat::internal::row_writer_internal
