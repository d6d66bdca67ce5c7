// SPDX-License-Identifier: BSD-3-Clause
//
// Cells of log_mm_complete whose meaning other cells of their row tell: units, which kind of stream
// they are about, and whether a 0 is one.
//
//   MediaCells media(*row.table);
//   if (media.has_rules()) media.Settle(cells, values);
#ifndef TSTAT_READER_MEDIA_CELLS_H_
#define TSTAT_READER_MEDIA_CELLS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "tstat/table_row.h"
#include "tstat/value.h"

namespace tstat::internal {

class MediaCells {
 public:
  // No rules: of another table, whose cells stand for themselves.
  explicit MediaCells(const RowTable& table);
  [[nodiscard]] bool has_rules() const { return !sides_.empty(); }
  // Makes `values`, as they were parsed one by one, those that an analysis gives. Both have one for
  // each column of the table. A row is left as it is when its log has no column of the kind of
  // stream.
  void Settle(const std::vector<std::string_view>& cells, std::vector<Value>& values) const;

 private:
  enum Stream : uint8_t { kNone = 0, kRtp = 1, kRtcp = 2, kTcp = 4 };
  // A column as the kinds of streams have it, by bits of Stream.
  struct Rule {
    std::string_view name;
    uint8_t has = 0;        // a 0 is one; in others it says that there is nothing
    uint8_t thousands = 0;  // is printed in a unit a thousand times as large
    bool zero_is_absent = false;
  };
  struct Column {
    size_t index;
    const Rule* rule;
    ColumnKind kind;
  };
  // A direction of a flow, or the stream of a row.
  struct Side {
    std::optional<size_t> type, packets, deviation, round_trip_count;
    std::vector<Column> columns;
    std::vector<size_t> round_trips;
    // Jitter, its maximum and minimum, and where they are in their clock's units.
    std::vector<std::pair<size_t, size_t>> jitters;
  };
  static const Rule kFlowRules[], kStreamRules[];

  template <size_t kCount>
  static Side SideOf(const RowTable& table, const Rule (&rules)[kCount], std::string_view prefix);
  static Stream StreamOf(const Side& side, const std::vector<std::string_view>& cells, bool is_tcp);
  static void SettleRtcpJitter(const Side& side, const std::vector<std::string_view>& cells,
                               std::vector<Value>& values);
  static void SettleDeviation(const Side& side, std::vector<Value>& values);

  std::optional<size_t> transport_, connection_type_;
  std::vector<Side> sides_;
};

}  // namespace tstat::internal

#endif  // TSTAT_READER_MEDIA_CELLS_H_
