// SPDX-License-Identifier: BSD-3-Clause
#include "schema/log_schema.h"

#include "absl/strings/str_cat.h"

namespace tstat::internal {

std::string LogHeader(const TableInfo& log, std::span<const ColumnBlockInfo> blocks, uint8_t level,
                      const CompatProfile& profile) {
  if (!log.has_header || !log.header.In(profile)) return "";
  std::string line(log.header_start);
  if (log.level == LevelKind::kTcp || log.level == LevelKind::kVideo) {
    const int shown = level & ~tcp_level::kWithoutModern;
    absl::StrAppend(&line, absl::Dec(shown, absl::kZeroPad2), "#");
  }
  int position = 0;
  for (const ColumnBlockInfo& block : blocks) {
    if (!LevelHas(level, block)) continue;
    for (size_t i = 0; i < block.size; ++i) {
      const ColumnRow column = block.row(i);
      const TextInfo& text = column.text;
      if (!text.is_printed || !text.presence.In(profile)) continue;
      if (!text.in_header && !profile.modern_columns) continue;
      if (position > 0) line.push_back(log.separator);
      absl::StrAppend(&line, column.TextLabel(), ":", ++position);
    }
  }
  line.push_back('\n');
  return line;
}

}  // namespace tstat::internal
