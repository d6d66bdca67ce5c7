// SPDX-License-Identifier: BSD-3-Clause
#include "schema/log_schema.h"

#include "absl/strings/str_cat.h"

namespace tstat::internal {

std::string LogHeader(const LogSchemaInfo& log, std::span<const ColumnBlockInfo> blocks,
                      uint8_t level, const CompatProfile& profile) {
  std::string line(log.header_start);
  if (log.header_has_level) absl::StrAppend(&line, absl::Dec(level, absl::kZeroPad2), "#");
  int position = 0;
  for (const ColumnBlockInfo& block : blocks) {
    if (!LevelHas(level, block)) continue;
    for (size_t i = 0; i < block.size; ++i) {
      const ColumnInfo column = block.info(i);
      if (!column.in_header || !column.presence.In(profile)) continue;
      if (position > 0) line.push_back(log.separator);
      absl::StrAppend(&line, column.FullLabel(), ":", ++position);
    }
  }
  line.push_back('\n');
  return line;
}

}  // namespace tstat::internal
