// SPDX-License-Identifier: BSD-3-Clause
//
// The description of record fields. A column is one row of a constexpr table: its label, type, unit
// and meaning, how to read it from the record, and how Tstat's text logs print it:
//
//   constexpr Column<TcpFlow> kSide[] = {
//       {"pkts_all", type::kU64, "", Format::kUint64, "segments sent", Of<&TcpDirection::packets>},
//       {"mss", type::kU16, "bytes", Format::kInt32, "maximum segment size", Mss,
//        Absent("no such option")},
//       ...};
//   constexpr auto kTable = Concatenate(ClientThenServer(kSide), Once(kFlow));
//
// A reader that does not return the column's type does not compile, nor does a format that does not
// print it, nor a reader of optional values without a word on when they are absent. Where the text
// is more than the value in a format (another rounding, another unit, 8 bits of a counter), a
// second reader gives what is printed.
//
// MakeColumnBlock (schema/row_writer.h) makes a table into what outputs use.
#ifndef TSTAT_SCHEMA_COLUMN_H_
#define TSTAT_SCHEMA_COLUMN_H_

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "schema/text_column.h"
#include "tstat/flow.h"
#include "tstat/schema.h"
#include "tstat/value.h"

namespace tstat::internal {

// A column's static type.
template <ColumnKind kKind, typename T>
struct TypeTag {
  using Native = T;
  static constexpr ColumnKind kind = kKind;
  const CodeTable* codes = nullptr;

  constexpr ColumnType column_type() const {
    constexpr bool kNumber = std::is_integral_v<T> && !std::same_as<T, bool>;
    return {kKind, kNumber ? static_cast<uint8_t>(8 * sizeof(T)) : uint8_t{0}, codes};
  }
};

namespace type {

template <std::unsigned_integral T>
using Unsigned = TypeTag<ColumnKind::kUnsigned, T>;
template <std::signed_integral T>
using Signed = TypeTag<ColumnKind::kSigned, T>;
inline constexpr Unsigned<uint8_t> kU8;
inline constexpr Unsigned<uint16_t> kU16;
inline constexpr Unsigned<uint32_t> kU32;
inline constexpr Unsigned<uint64_t> kU64;
inline constexpr Signed<int8_t> kI8;
inline constexpr Signed<int32_t> kI32;
inline constexpr Signed<int64_t> kI64;
inline constexpr TypeTag<ColumnKind::kReal, double> kReal;
inline constexpr TypeTag<ColumnKind::kBoolean, bool> kBool;
inline constexpr TypeTag<ColumnKind::kText, TextView> kText;
inline constexpr TypeTag<ColumnKind::kAddress, AddressView> kAddress;
inline constexpr TypeTag<ColumnKind::kTimestamp, Timestamp> kTime;
inline constexpr TypeTag<ColumnKind::kDuration, Duration> kDuration;

// One of the codes, or a sum of them.
template <std::unsigned_integral T>
constexpr TypeTag<ColumnKind::kEnumeration, T> OneOf(const CodeTable& codes) {
  return {&codes};
}
template <std::unsigned_integral T>
constexpr TypeTag<ColumnKind::kBitSet, T> SetOf(const CodeTable& codes) {
  return {&codes};
}

}  // namespace type

// What a reader returns without `optional`.
template <typename T>
struct WithoutOptional {
  using Type = T;
};
template <typename T>
struct WithoutOptional<std::optional<T>> {
  using Type = T;
};

// Whether a value of type T is one of a column of Tag's type: the same type; for enumerations also
// an enum of that width, for texts a plain view.
template <typename T>
constexpr bool IsEnumOf(size_t size) {
  if constexpr (std::is_enum_v<T>) {
    return sizeof(T) == size && std::is_unsigned_v<std::underlying_type_t<T>>;
  } else {
    return false;
  }
}
template <typename Tag, typename T>
concept ValueFits = std::same_as<T, typename Tag::Native> ||
                    (Tag::kind == ColumnKind::kText && TextLike<T>) ||
                    (Tag::kind == ColumnKind::kEnumeration &&
                     IsEnumOf<T>(sizeof(typename Tag::Native)));

template <typename Reader, typename Record>
using ReadType = std::remove_cvref_t<std::invoke_result_t<Reader, const Record&, Direction>>;

// Readers have no state: an object of their type can be made where it is needed.
template <typename Reader, typename Record>
concept ReaderOf = std::is_empty_v<Reader> && std::default_initializable<Reader> &&
    std::invocable<Reader, const Record&, Direction>;
template <typename Reader, typename Record, typename Tag>
concept FittingReader = ReaderOf<Reader, Record> &&
    ValueFits<Tag, typename WithoutOptional<ReadType<Reader, Record>>::Type>;

// What most columns do not need.
struct ColumnExtras {
  std::string_view absent = {};  // when there is no value
  Privacy privacy = Privacy::kPublic;
  Presence presence = {};
  // Of the text only.
  std::string_view placeholder = {};  // printed where there is no value; empty: 0
  bool zero_is_absent = false;        // no value prints as 0
  std::string_view text_unit = {};    // where it is another one than `unit`
  std::string_view text_label = {};   // likewise
  Side text_side = Side::kFlow;       // of text_label
  Presence text_presence = {};        // likewise
  bool in_header = true;              // false: announced only with CompatProfile::modern_columns
};

// The usual ones.
constexpr ColumnExtras Absent(std::string_view when, std::string_view placeholder = {}) {
  return {.absent = when, .placeholder = placeholder};
}
// Of values that are never 0.
constexpr ColumnExtras AbsentAtZero(std::string_view when) {
  return {.absent = when, .zero_is_absent = true};
}
constexpr ColumnExtras Is(Privacy privacy) { return {.privacy = privacy}; }

template <typename Record>
struct Column {
  ColumnInfo info;
  // `direction` matters to columns with a side only. Null: a column of the text alone.
  Value (*read)(const Record& record, Direction direction) = nullptr;
  // Whether `read` is set: GCC's sanitizers cannot compare its address in a constant expression.
  bool is_typed = false;
  TextColumn<Record> text;

  constexpr Column() = default;
  template <typename Tag, FittingReader<Record, Tag> Reader>
  constexpr Column(std::string_view label, Tag tag, std::string_view unit, Format format,
                   std::string_view description, Reader reader, const ColumnExtras& extras = {})
      : Column(label, tag, unit, format, description, reader, extras, reader) {}
  // `printed`: reads what the text prints instead.
  template <typename Tag, FittingReader<Record, Tag> Reader, ReaderOf<Record> Printed>
  constexpr Column(std::string_view label, Tag tag, std::string_view unit, Format format,
                   std::string_view description, Reader, const ColumnExtras& extras, Printed)
      : Column(Typed<Reader>(label, tag, unit, description, extras)) {
    SetPrinted<Printed>(label, unit, format, extras);
  }

  // A column of the record that Tstat's text does not have.
  template <typename Tag, FittingReader<Record, Tag> Reader>
  static constexpr Column WithoutText(std::string_view label, Tag tag, std::string_view unit,
                                      std::string_view description, Reader,
                                      const ColumnExtras& extras = {}) {
    return Typed<Reader>(label, tag, unit, description, extras);
  }
  // A cell of the text that is no value of its own.
  template <ReaderOf<Record> Printed>
  static constexpr Column TextOnly(std::string_view label, std::string_view unit, Format format,
                                   std::string_view description, Printed,
                                   const ColumnExtras& extras = {}) {
    Column column;
    column.info.label = label;
    column.info.description = description;
    column.info.privacy = extras.privacy;
    column.template SetPrinted<Printed>(label, unit, format, extras);
    return column;
  }

  constexpr Value Read(const Record& record) const { return read(record, direction()); }
  constexpr Cell Print(const Record& record) const { return text.read(record, direction(), text); }
  constexpr void SetSide(Side side) {
    info.side = side;
    if (text.label == info.label) text.side = side;
  }

 private:
  constexpr Direction direction() const {
    return info.side == Side::kServer ? Direction::kServerToClient : Direction::kClientToServer;
  }

  template <typename Reader, typename Tag>
  static constexpr Column Typed(std::string_view label, Tag tag, std::string_view unit,
                                std::string_view description, const ColumnExtras& extras) {
    using T = ReadType<Reader, Record>;
    if (IsOptional<T>::value == extras.absent.empty()) {
      throw "a column says when it is absent if its reader returns an optional, and only then";
    }
    if (tag.kind == ColumnKind::kBitSet && !tag.codes->is_set) throw "no table of bits";
    Column column;
    column.info = {.label = label,
                   .side = Side::kFlow,
                   .type = tag.column_type(),
                   .unit = TimeLike<typename Tag::Native> ? std::string_view("ns") : unit,
                   .absent = extras.absent,
                   .privacy = extras.privacy,
                   .description = description,
                   .presence = extras.presence};
    column.is_typed = true;
    column.read = [](const Record& record, Direction direction) {
      return ToValue(Reader{}(record, direction));
    };
    return column;
  }
  template <typename T>
  static constexpr Value ToValue(const T& value) {
    if constexpr (IsOptional<T>::value) {
      return value.has_value() ? ToValue(*value) : Value();
    } else if constexpr (std::is_enum_v<T>) {
      return Value::Of(static_cast<std::underlying_type_t<T>>(value));
    } else {
      return Value::Of(value);
    }
  }

  template <typename Printed>
  constexpr void SetPrinted(std::string_view label, std::string_view unit, Format format,
                            const ColumnExtras& extras) {
    using T = ReadType<Printed, Record>;
    if (!FormatFits<T>(format)) throw "the format does not print what the reader returns";
    constexpr bool kNoZero = TextLike<typename WithoutOptional<T>::Type> ||
                             std::same_as<typename WithoutOptional<T>::Type, AddressView>;
    if (IsOptional<T>::value && kNoZero && extras.placeholder.empty()) {
      throw "a text or address that may be absent needs a placeholder";
    }
    text.is_printed = true;
    text.format = format;
    info.hidden_by_enc = format == Format::kName || format == Format::kHidden;
    text.unit = extras.text_unit.empty() ? unit : extras.text_unit;
    text.placeholder = extras.placeholder;
    text.zero_is_absent = extras.zero_is_absent;
    text.presence = extras.text_presence.conditional() ? extras.text_presence : extras.presence;
    text.in_header = extras.in_header;
    text.label = extras.text_label.empty() ? label : extras.text_label;
    text.side = extras.text_side;
    text.read = [](const Record& record, Direction direction, const TextInfo& printed) {
      return ToCell(Printed{}(record, direction), printed);
    };
  }
};

template <typename Record, size_t kSize>
using ColumnTable = std::array<Column<Record>, kSize>;

// Columns of the flow as they are.
template <typename Record, size_t kSize>
constexpr ColumnTable<Record, kSize> Once(const Column<Record> (&columns)[kSize]) {
  ColumnTable<Record, kSize> table;
  for (size_t i = 0; i < kSize; ++i) table[i] = columns[i];
  return table;
}

// A table that may be empty.
template <typename Record, std::same_as<Column<Record>>... Columns>
constexpr ColumnTable<Record, sizeof...(Columns)> TableOf(const Columns&... columns) {
  return {columns...};
}

template <typename Record, size_t kSize>
constexpr ColumnTable<Record, kSize> OfSide(const Column<Record> (&columns)[kSize], Side side) {
  ColumnTable<Record, kSize> table = Once(columns);
  for (Column<Record>& column : table) column.SetSide(side);
  return table;
}

template <typename Record, size_t kFirst, size_t kSecond>
constexpr ColumnTable<Record, kFirst + kSecond> Concatenate(
    const ColumnTable<Record, kFirst>& first, const ColumnTable<Record, kSecond>& second) {
  ColumnTable<Record, kFirst + kSecond> table;
  for (size_t i = 0; i < kFirst; ++i) table[i] = first[i];
  for (size_t i = 0; i < kSecond; ++i) table[kFirst + i] = second[i];
  return table;
}
template <typename Record, size_t kFirst, size_t kSecond, typename... Rest>
constexpr auto Concatenate(const ColumnTable<Record, kFirst>& first,
                           const ColumnTable<Record, kSecond>& second, const Rest&... rest) {
  return Concatenate(Concatenate(first, second), rest...);
}

// All columns of the client, then all of the server.
template <typename Record, size_t kSize>
constexpr auto ClientThenServer(const Column<Record> (&columns)[kSize]) {
  return Concatenate(OfSide(columns, Side::kClient), OfSide(columns, Side::kServer));
}
template <typename Record, size_t kSize>
constexpr auto ClientThenServer(ColumnTable<Record, kSize> columns) {
  ColumnTable<Record, kSize> server = columns;
  for (Column<Record>& column : columns) column.SetSide(Side::kClient);
  for (Column<Record>& column : server) column.SetSide(Side::kServer);
  return Concatenate(columns, server);
}

// Each column of the client followed by the server's.
template <typename Record, size_t kSize>
constexpr auto ClientServerPairs(const Column<Record> (&columns)[kSize]) {
  ColumnTable<Record, 2 * kSize> table;
  for (size_t i = 0; i < 2 * kSize; ++i) {
    table[i] = columns[i / 2];
    table[i].SetSide(i % 2 == 0 ? Side::kClient : Side::kServer);
  }
  return table;
}

// A block's column without its record: its value (`is_value`) and its text.
struct ColumnRow {
  ColumnInfo info;
  bool is_value = false;  // false: of the text alone
  TextInfo text;

  std::string TextLabel() const;  // "c_ip", in the header line
};

// What is known of a block of columns without its record type.
struct ColumnBlockInfo {
  std::string_view name;  // "end_to_end"
  std::string_view title;
  uint8_t level_bit = 0;   // of the log's level; 0: always there
  uint8_t absent_bit = 0;  // of it, too: a level with this bit does not have it
  size_t size = 0;         // columns, those of all profiles and of the text alone
  ColumnRow (*row)(size_t index) = nullptr;
};

class RowBuffer;
struct RowContext;

// A table of columns that are switched on and off together.
template <typename Record>
struct ColumnBlock : ColumnBlockInfo {
  // One for each column; those of the text alone have no reader.
  std::span<const LogColumn<Record>> columns;
  // Appends the cells of the profile's columns, each followed by the separator.
  void (*write)(const Record& record, const RowContext& context, RowBuffer& row) = nullptr;
  // Reads all `size` columns for exports (TableRow::values).
  void (*read_all)(const Record& record, Value* values) = nullptr;
};

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_COLUMN_H_
