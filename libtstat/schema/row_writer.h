// SPDX-License-Identifier: BSD-3-Clause
//
// Text rows from column tables. MakeColumnBlock<kTable> generates, at compile time, the function
// that writes a whole table: readers are inlined and formats are constants, so that a row costs no
// indirect call a field (benchmark: a TCP row of 130 columns takes about a microsecond).
#ifndef TSTAT_SCHEMA_ROW_WRITER_H_
#define TSTAT_SCHEMA_ROW_WRITER_H_

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "schema/cell.h"
#include "schema/cell_text.h"
#include "schema/column.h"
#include "schema/number_format.h"
#include "schema/row_buffer.h"
#include "tstat/anonymizer.h"
#include "tstat/options.h"
#include "tstat/time.h"
#include "tstat/value.h"

namespace tstat::internal {

// What a row depends on beside its record.
struct RowContext {
  const CompatProfile* profile;
  Anonymizer* anonymizer = nullptr;  // null: everything is shown as it is
  char separator = ' ';
  bool encrypt_names = false;  // values of Format::kName and kHidden
};

namespace row_writer_internal {

// Room for a number or an address, and a separator.
inline constexpr size_t kMaxCell = IpAddress::kMaxTextLength + 1;
static_assert(kMaxCell > kMaxNumberLength);

// A row is written through a pointer that stays in a register; the buffer is asked only where a
// cell has no bound. These take where to write, with room for kMaxCell bytes, and return where to
// go on: texts of any length, and what is rarely printed. They leave `room` bytes for the cells
// after.
char* AppendPlaceholder(std::string_view text, size_t room, RowBuffer& row, char* out);
char* AppendText(const Cell& cell, TextKind kind, char separator, size_t room, RowBuffer& row,
                 char* out);
char* AppendEncrypted(std::string_view name, const RowContext& context, size_t room, RowBuffer& row,
                      char* out);
char* AppendAnonymized(const Cell& cell, const RowContext& context, char* out);
// What strict anonymity leaves of a cell that is no longer to be read.
char* AppendHidden(const Cell& cell, StrictForm form, std::string_view placeholder,
                   const RowContext& context, size_t room, RowBuffer& row, char* out);
// A number that is none (0 / 0) has the placeholder of its column in the true profile; else it is
// printed as printf does.
char* AppendFixedSlow(double number, int decimals, std::string_view placeholder,
                      const RowContext& context, size_t room, RowBuffer& row, char* out);
char* AppendGeneral(double number, std::string_view placeholder, const RowContext& context,
                    size_t room, RowBuffer& row, char* out);

template <int kDecimals>
inline char* AppendFixed(double number, std::string_view placeholder, const RowContext& context,
                         size_t room, RowBuffer& row, char* out) {
  if (IsFastFixed(number)) [[likely]]
    return WriteFixedFast<kDecimals>(number, out);
  return AppendFixedSlow(number, kDecimals, placeholder, context, room, row, out);
}

// REQUIRES: room for kMaxCell bytes at `out`. Always inlined: a call for each cell costs more than
// most cells.
template <Format kFormat>
[[gnu::always_inline]] inline char* AppendCell(const Cell& cell, std::string_view placeholder,
                                               const RowContext& context, size_t room,
                                               RowBuffer& row, char* out) {
  assert(row.RoomAt(out) >= kMaxCell);
  if (cell.kind() == Cell::Kind::kPlaceholder)
    return AppendPlaceholder(cell.text(), room, row, out);
  const uint64_t bits = cell.integer_bits();
  if constexpr (kFormat == Format::kUint16) {
    return WriteUnsigned(static_cast<uint16_t>(bits), out);
  } else if constexpr (kFormat == Format::kUint32) {
    return WriteUnsigned(static_cast<uint32_t>(bits), out);
  } else if constexpr (kFormat == Format::kUint64) {
    return WriteUnsigned(bits, out);
  } else if constexpr (kFormat == Format::kInt32) {
    return WriteSigned(static_cast<int32_t>(bits), out);
  } else if constexpr (kFormat == Format::kInt64) {
    return WriteSigned(static_cast<int64_t>(bits), out);
  } else if constexpr (kFormat == Format::kFixed3) {
    return AppendFixed<3>(cell.real(), placeholder, context, room, row, out);
  } else if constexpr (kFormat == Format::kFixed6) {
    return AppendFixed<6>(cell.real(), placeholder, context, room, row, out);
  } else if constexpr (kFormat == Format::kGeneral) {
    return AppendGeneral(cell.real(), placeholder, context, room, row, out);
  } else if constexpr (kFormat == Format::kHex32) {
    return WriteHex32(static_cast<uint32_t>(bits), out);
  } else if constexpr (kFormat == Format::kHex) {
    return WriteHex(static_cast<uint32_t>(bits), out);
  } else if constexpr (kFormat == Format::kHex8 || kFormat == Format::kHex16) {
    return WriteHexPadded(static_cast<uint32_t>(bits), kFormat == Format::kHex8 ? 2 : 4, out);
  } else if constexpr (kFormat == Format::kText) {
    return AppendText(cell, TextKind::kOther, context.separator, room, row, out);
  } else if constexpr (kFormat == Format::kRecord) {
    return AppendText(cell, TextKind::kRecord, context.separator, room, row, out);
  } else if constexpr (kFormat == Format::kName || kFormat == Format::kHidden) {
    constexpr TextKind kKind = kFormat == Format::kName ? TextKind::kName : TextKind::kOther;
    if (context.encrypt_names) return AppendEncrypted(cell.text(), context, room, row, out);
    return AppendText(cell, kKind, context.separator, room, row, out);
  } else {
    static_assert(kFormat == Format::kAddress);
    if (context.anonymizer != nullptr) [[unlikely]]
      return AppendAnonymized(cell, context, out);
    return out + cell.address().Format(out, context.profile->ipv6_form);
  }
}

template <const auto& kTable, size_t kIndex, typename Record>
inline char* AppendColumn(const Record& record, const RowContext& context, size_t room,
                          RowBuffer& row, char* out) {
  constexpr const auto& kColumn = kTable[kIndex];
  if constexpr (kColumn.text.is_printed) {
    if constexpr (kColumn.text.presence.conditional()) {
      if (!kColumn.text.presence.In(*context.profile)) return out;
    }
    constexpr StrictForm kForm = StrictFormOf(kColumn.info.privacy, kColumn.text.format);
    if constexpr (kForm == StrictForm::kPseudonym || kForm == StrictForm::kAbsent) {
      if (context.anonymizer != nullptr && context.anonymizer->options().strict) [[unlikely]] {
        out = AppendHidden(kColumn.Print(record), kForm, kColumn.text.placeholder, context, room,
                           row, out);
        *out++ = context.separator;
        return out;
      }
    }
    out = AppendCell<kColumn.text.format>(kColumn.Print(record), kColumn.text.placeholder, context,
                                          room, row, out);
    *out++ = context.separator;
  }
  return out;
}

template <const auto& kTable, typename Record>
void WriteBlock(const Record& record, const RowContext& context, RowBuffer& row) {
  constexpr size_t kRoom = kTable.size() * kMaxCell;
  char* out = row.Reserve(kRoom);
  [&]<size_t... kIndex>(std::index_sequence<kIndex...>) {
    ((out = AppendColumn<kTable, kIndex>(record, context, kRoom, row, out)), ...);
  }
  (std::make_index_sequence<kTable.size()>());
  row.Commit(out);
}

// What a cell that is no value of its own shows.
inline Value ValueOf(const Cell& cell) {
  switch (cell.kind()) {
    case Cell::Kind::kPlaceholder:
      return {};
    case Cell::Kind::kUnsigned:
      return Value::Of(cell.integer_bits());
    case Cell::Kind::kSigned:
      return Value::Of(static_cast<int64_t>(cell.integer_bits()));
    case Cell::Kind::kReal:
      return Value::Of(cell.real());
    case Cell::Kind::kText:
      return Value::Of(TextView{cell.text(), cell.begin_missing(), cell.end_missing()});
    case Cell::Kind::kAddress:
      return Value::Of(AddressView{&cell.address(), cell.encrypted()});
  }
  return {};
}

// A time as `cell` prints it, in ms with 6 decimals.
inline Value TimeAsPrinted(const Value& value, const Cell& cell) {
  if (value.is_absent() || cell.kind() != Cell::Kind::kReal) return value;
  const int64_t ns = Fixed6Of(cell.real());
  return value.kind() == Value::Kind::kTimestamp ? Value::Of(Timestamp::FromNanoseconds(ns))
                                                 : Value::Of(Duration(ns));
}

template <const auto& kTable, size_t kIndex, typename Record>
inline Value ExportedValue(const Record& record) {
  constexpr const auto& kColumn = kTable[kIndex];
  constexpr ColumnKind kKind = kColumn.info.type.kind;
  constexpr bool kIsTime = kKind == ColumnKind::kTimestamp || kKind == ColumnKind::kDuration;
  if constexpr (!kColumn.is_typed) {
    return ValueOf(kColumn.Print(record));
  } else if constexpr (kIsTime && kColumn.text.is_printed &&
                       kColumn.text.format == Format::kFixed6 && kColumn.text.unit == "ms") {
    return TimeAsPrinted(kColumn.Read(record), kColumn.Print(record));
  } else {
    return kColumn.Read(record);
  }
}

template <const auto& kTable, typename Record>
void ReadBlock(const Record& record, Value* values) {
  [&]<size_t... kIndex>(std::index_sequence<kIndex...>) {
    ((values[kIndex] = ExportedValue<kTable, kIndex>(record)), ...);
  }
  (std::make_index_sequence<kTable.size()>());
}

}  // namespace row_writer_internal

// The typed columns of `kTable`.
template <typename Record, const auto& kTable>
inline constexpr auto kLogColumns = [] {
  constexpr size_t kSize = kTable.size();
  std::array<LogColumn<Record>, kSize> columns;
  [&columns]<size_t... kIndex>(std::index_sequence<kIndex...>) {
    ((columns[kIndex].info = kTable[kIndex].info), ...);
    [[maybe_unused]] const auto set_reader = []<size_t kAt>(LogColumn<Record>& column,
                                                            std::integral_constant<size_t, kAt>) {
      if constexpr (kTable[kAt].is_typed) {
        column.read = [](const Record& record) { return kTable[kAt].Read(record); };
      }
    };
    (set_reader(columns[kIndex], std::integral_constant<size_t, kIndex>()), ...);
  }
  (std::make_index_sequence<kSize>());
  return columns;
}();

// The block of `kTable` (a ColumnTable<Record, N> with static storage).
template <typename Record, const auto& kTable>
constexpr ColumnBlock<Record> MakeColumnBlock(std::string_view name, std::string_view title,
                                              uint8_t level_bit, uint8_t absent_bit = 0) {
  ColumnBlock<Record> block;
  block.name = name;
  block.title = title;
  block.level_bit = level_bit;
  block.absent_bit = absent_bit;
  block.size = kTable.size();
  block.row = [](size_t index) {
    const Column<Record>& column = kTable[index];
    return ColumnRow{column.info, column.is_typed, column.text};
  };
  block.columns = kLogColumns<Record, kTable>;
  block.write = &row_writer_internal::WriteBlock<kTable, Record>;
  block.read_all = &row_writer_internal::ReadBlock<kTable, Record>;
  return block;
}

// A block of another record's columns inside this one: `kBlock` (of `kSize` columns) read from
// `kConvert(record)`.
template <typename Record, typename Inner, const ColumnBlock<Inner>& kBlock, size_t kSize,
          const Inner& (*kConvert)(const Record&)>
ColumnBlock<Record> AdaptColumnBlock(uint8_t level_bit) {
  static const std::array<LogColumn<Record>, kSize> columns =
      []<size_t... kIndex>(std::index_sequence<kIndex...>) {
    return std::array<LogColumn<Record>, kSize>{LogColumn<Record>{
        kBlock.columns[kIndex].info,
        kBlock.columns[kIndex].read == nullptr ? nullptr : +[](const Record& record) {
          return kBlock.columns[kIndex].read(kConvert(record));
        }}...};
  }
  (std::make_index_sequence<kSize>());
  ColumnBlock<Record> block;
  static_cast<ColumnBlockInfo&>(block) = kBlock;
  block.level_bit = level_bit;
  block.columns = columns;
  block.write = [](const Record& record, const RowContext& context, RowBuffer& row) {
    kBlock.write(kConvert(record), context, row);
  };
  block.read_all = [](const Record& record, Value* values) {
    kBlock.read_all(kConvert(record), values);
  };
  return block;
}

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_ROW_WRITER_H_
