// SPDX-License-Identifier: BSD-3-Clause
//
// The description of record fields. A column is one row of a constexpr table: its label, unit and
// meaning, how to read it from the record and how Tstat prints it. Tables are made of columns that
// exist once a flow or once a direction:
//
//   constexpr Column<TcpFlow> kSide[] = {{"pkts_all", "", Format::kUint64, "segments", ...}, ...};
//   constexpr auto kTable = Concatenate(ClientThenServer(kSide), Once(kFlow));
//
// MakeColumnBlock (schema/row_writer.h) makes a table into what outputs use.
#ifndef TSTAT_SCHEMA_COLUMN_H_
#define TSTAT_SCHEMA_COLUMN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "schema/value.h"
#include "tstat/flow.h"
#include "tstat/options.h"

namespace tstat::internal {

// How the text logs print a value: a printf format of the reference. Integers are narrowed to the
// format's width, as printf does.
enum class Format : uint8_t {
  kUint16,   // %hu
  kUint32,   // %u
  kUint64,   // %lu
  kInt32,    // %d
  kInt64,    // %ld
  kFixed3,   // %.3f
  kFixed6,   // %f
  kGeneral,  // %g
  kHex32,    // 0x%08x
  kText,     // %s
  kName,     // %s, a host or server name: encrypted with --enc where the log says so
  kHidden,   // %s, another text that --enc encrypts as it does names
  kAddress,  // %s
};
std::string_view PrintfFormat(Format format);

// Which profiles have a column.
struct Presence {
  bool CompatProfile::*member = nullptr;  // null: every profile
  bool value = true;                      // what the member must be

  constexpr bool conditional() const { return member != nullptr; }
  constexpr bool In(const CompatProfile& profile) const {
    return member == nullptr || profile.*member == value;
  }
};

// Whose value it is; the label's prefix tells it.
enum class Side : uint8_t { kFlow, kClient, kServer };

// A column without its reader: all that headers, documentation and schemas of databases need.
struct ColumnInfo {
  std::string_view label;  // without the side's prefix
  std::string_view unit;   // empty: a count, a flag, a code or a text
  Format format;
  std::string_view description;
  Presence presence;
  Side side;
  bool in_header;  // false: printed without being announced

  std::string FullLabel() const;  // "c_ip"
};

template <typename Record>
struct Column {
  std::string_view label;
  std::string_view unit;
  Format format = Format::kInt32;
  std::string_view description;
  // `direction` matters to columns with a side only.
  Value (*read)(const Record& record, Direction direction) = nullptr;
  Presence presence = {};
  bool in_header = true;
  Side side = Side::kFlow;

  constexpr ColumnInfo info() const {
    return {label, unit, format, description, presence, side, in_header};
  }
  constexpr Value Read(const Record& record) const {
    return read(record,
                side == Side::kServer ? Direction::kServerToClient : Direction::kClientToServer);
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

template <typename Record, size_t kSize>
constexpr ColumnTable<Record, kSize> OfSide(const Column<Record> (&columns)[kSize], Side side) {
  ColumnTable<Record, kSize> table = Once(columns);
  for (Column<Record>& column : table) column.side = side;
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
  for (Column<Record>& column : columns) column.side = Side::kClient;
  for (Column<Record>& column : server) column.side = Side::kServer;
  return Concatenate(columns, server);
}

// Each column of the client followed by the server's.
template <typename Record, size_t kSize>
constexpr auto ClientServerPairs(const Column<Record> (&columns)[kSize]) {
  ColumnTable<Record, 2 * kSize> table;
  for (size_t i = 0; i < 2 * kSize; ++i) {
    table[i] = columns[i / 2];
    table[i].side = i % 2 == 0 ? Side::kClient : Side::kServer;
  }
  return table;
}

// What is known of a block of columns without its record type.
struct ColumnBlockInfo {
  std::string_view name;  // "end_to_end"
  std::string_view title;
  uint8_t level_bit = 0;  // of the log's level; 0: always there
  size_t size = 0;        // columns, those of all profiles
  ColumnInfo (*info)(size_t index) = nullptr;
};

class RowBuffer;
struct RowContext;

// A table of columns that are switched on and off together.
template <typename Record>
struct ColumnBlock : ColumnBlockInfo {
  Value (*read)(const Record& record, size_t index) = nullptr;
  // Appends the values of the profile's columns, each followed by the separator.
  void (*write)(const Record& record, const RowContext& context, RowBuffer& row) = nullptr;
};

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_COLUMN_H_
