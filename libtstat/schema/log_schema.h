// SPDX-License-Identifier: BSD-3-Clause
//
// The logs as text: which blocks of columns each kind of rows has, in which order, and the header
// lines.
//
//   const LogSchema<TcpFlow>& log = TextOf(TcpCompleteTable());
//   std::string first_line = LogHeader(log, /*level=*/15, profile);
//   RowPlan<TcpFlow> plan(log, 15);
//   plan.Write(flow, context, row);      // appends the line
#ifndef TSTAT_SCHEMA_LOG_SCHEMA_H_
#define TSTAT_SCHEMA_LOG_SCHEMA_H_

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "schema/column.h"
#include "schema/row_buffer.h"
#include "schema/row_writer.h"
#include "tstat/options.h"
#include "tstat/schema.h"

namespace tstat::internal {

// What every LogTable is.
template <typename Record>
struct LogSchema : LogTable<Record> {
  LogSchema(const TableInfo& info, std::vector<ColumnBlock<Record>> all)
      : LogTable<Record>(info, Typed(info, all)), blocks(std::move(all)) {}

  std::vector<ColumnBlock<Record>> blocks;

  std::vector<ColumnBlockInfo> block_infos() const { return {blocks.begin(), blocks.end()}; }

 private:
  static std::vector<LogColumn<Record>> Typed(const TableInfo& info,
                                              const std::vector<ColumnBlock<Record>>& blocks) {
    std::vector<LogColumn<Record>> columns;
    for (const ColumnBlock<Record>& block : blocks) {
      for (const LogColumn<Record>& column : block.columns) {
        if (column.read == nullptr) continue;
        columns.push_back(column);
        columns.back().info.hidden_by_enc &= info.enc_hides_names;
      }
    }
    return columns;
  }
};

template <typename Record>
const LogSchema<Record>& TextOf(const LogTable<Record>& table) {
  return static_cast<const LogSchema<Record>&>(table);
}

// A level has a block when the block needs no bit or the level has its bit, and none that keeps it
// out.
constexpr bool LevelHas(uint8_t level, const ColumnBlockInfo& block) {
  return (block.level_bit == 0 || (level & block.level_bit) != 0) &&
         (level & block.absent_bit) == 0;
}

// The header line with its newline: labels numbered from 1 through the blocks of `level`. Empty
// where the profile has none.
std::string LogHeader(const TableInfo& log, std::span<const ColumnBlockInfo> blocks, uint8_t level,
                      const CompatProfile& profile);
template <typename Record>
std::string LogHeader(const LogTable<Record>& log, uint8_t level, const CompatProfile& profile) {
  return LogHeader(log.info(), TextOf(log).block_infos(), level, profile);
}

// Writes the rows of one log at one level.
template <typename Record>
class RowPlan {
 public:
  RowPlan() = default;
  RowPlan(const LogTable<Record>& log, uint8_t level) : separator_(log.info().separator) {
    for (const ColumnBlock<Record>& block : TextOf(log).blocks) {
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
