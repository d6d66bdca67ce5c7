// SPDX-License-Identifier: BSD-3-Clause
//
// The logs: which blocks of columns each has, in which order, and its header lines.
//
//   const LogSchema<TcpFlow>& log = TcpCompleteLog();
//   std::string first_line = LogHeader(log, /*level=*/15, profile);
//   RowPlan<TcpFlow> plan(log, 15);
//   plan.Write(flow, context, row);      // appends the line
#ifndef TSTAT_SCHEMA_LOG_SCHEMA_H_
#define TSTAT_SCHEMA_LOG_SCHEMA_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/column.h"
#include "schema/row_buffer.h"
#include "schema/row_writer.h"
#include "tstat/options.h"

namespace tstat::internal {

// What is known of a log without its record type.
struct LogSchemaInfo {
  std::string_view name;         // of the file
  std::string_view description;  // a sentence or two: what one row is
  char separator = ' ';
  bool has_header = true;
  std::string_view header_start = "#";  // of the header line
  bool header_has_level = false;        // "#15#": the level of column sets follows
  uint8_t default_level = 0;
};

template <typename Record>
struct LogSchema : LogSchemaInfo {
  std::vector<ColumnBlock<Record>> blocks;

  std::vector<ColumnBlockInfo> block_infos() const { return {blocks.begin(), blocks.end()}; }
};

// A level has a block when the block needs no bit or the level has its bit.
constexpr bool LevelHas(uint8_t level, const ColumnBlockInfo& block) {
  return block.level_bit == 0 || (level & block.level_bit) != 0;
}

// The header line with its newline: labels numbered from 1 through the blocks of `level`.
std::string LogHeader(const LogSchemaInfo& log, std::span<const ColumnBlockInfo> blocks,
                      uint8_t level, const CompatProfile& profile);
template <typename Record>
std::string LogHeader(const LogSchema<Record>& log, uint8_t level, const CompatProfile& profile) {
  return LogHeader(log, log.block_infos(), level, profile);
}

// Writes the rows of one log at one level.
template <typename Record>
class RowPlan {
 public:
  RowPlan() = default;
  RowPlan(const LogSchema<Record>& log, uint8_t level) : separator_(log.separator) {
    for (const ColumnBlock<Record>& block : log.blocks) {
      if (LevelHas(level, block) && block.size > 0) writers_.push_back(block.write);
    }
  }

  // Appends one line with its newline.
  void Write(const Record& record, RowContext context, RowBuffer& row) const {
    context.separator = separator_;
    for (const auto write : writers_) write(record, context, row);
    row.ReplaceLast('\n');
  }

 private:
  std::vector<void (*)(const Record&, const RowContext&, RowBuffer&)> writers_;
  char separator_ = ' ';
};

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_LOG_SCHEMA_H_
