// SPDX-License-Identifier: BSD-3-Clause
//
// How Tstat's text logs print a column: the part of a column that is not about its value. Values
// that a format would misprint do not compile.
#ifndef TSTAT_SCHEMA_TEXT_COLUMN_H_
#define TSTAT_SCHEMA_TEXT_COLUMN_H_

#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include "schema/cell.h"
#include "tstat/flow.h"
#include "tstat/schema.h"
#include "tstat/time.h"
#include "tstat/value.h"

namespace tstat::internal {

// A printf format of the reference. Integers are narrowed to the format's width, as printf does.
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
  kHex,      // 0x%x
  kHex8,     // 0x%02x
  kHex16,    // 0x%04x
  kText,     // %s
  kName,     // %s, a host or server name: encrypted with --enc where the log says so
  kHidden,   // %s, another text that --enc encrypts as it does names
  kRecord,   // %s, fields of a DNS record, with TABs for their blanks
  kAddress,  // %s
};
std::string_view PrintfFormat(Format format);

constexpr bool PrintsIntegers(Format f) {
  return f <= Format::kInt64 || (f >= Format::kHex32 && f <= Format::kHex16);
}
constexpr bool PrintsReals(Format f) { return f >= Format::kFixed3 && f <= Format::kGeneral; }
constexpr bool PrintsTexts(Format f) { return f >= Format::kText && f <= Format::kRecord; }

// What strict anonymity leaves of what is printed.
constexpr StrictForm StrictFormOf(Privacy privacy, Format format) {
  return StrictFormOf(privacy, format == Format::kAddress ? ColumnKind::kAddress
                               : PrintsTexts(format)      ? ColumnKind::kText
                                                          : ColumnKind::kUnsigned);
}

// The column in the text, without its reader.
struct TextInfo {
  bool is_printed = false;  // false: not in the text log
  Format format = Format::kInt32;
  std::string_view unit;         // of what is printed
  std::string_view placeholder;  // printed where there is no value; empty: 0 in the format
  bool zero_is_absent = false;   // no value prints as 0: a 0 says that there is none
  Presence presence;             // profiles whose rows have it
  bool in_header = true;         // false: printed unannounced, without modern_columns
  std::string_view label;        // in the header line
  Side side = Side::kFlow;       // prefix of the label
};

template <typename Record>
struct TextColumn : TextInfo {
  // `direction` matters to columns with a side only. The text's unit and placeholder come in
  // through `info`.
  Cell (*read)(const Record& record, Direction direction, const TextInfo& info) = nullptr;
};

// The types that a reader may return, and what becomes of them in the text.
template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <typename T>
concept TextLike = std::same_as<T, std::string_view> || std::same_as<T, TextView>;
template <typename T>
concept TimeLike = std::same_as<T, Timestamp> || std::same_as<T, Duration>;

// Whether `format` prints a T for what it is.
template <typename T>
constexpr bool FormatFits(Format format) {
  if constexpr (IsOptional<T>::value) {
    return FormatFits<typename T::value_type>(format);
  } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
    return PrintsIntegers(format);
  } else if constexpr (std::same_as<T, double> || TimeLike<T>) {
    return PrintsReals(format);
  } else if constexpr (TextLike<T>) {
    return PrintsTexts(format);
  } else {
    static_assert(std::same_as<T, AddressView>, "a type that no text log prints");
    return format == Format::kAddress;
  }
}

// Times are printed in milliseconds or seconds, by double arithmetic whose rounding is part of the
// format.
constexpr double InUnit(Timestamp time, std::string_view unit) {
  return unit == "s" ? static_cast<double>(time.microseconds()) / 1e6 : time.milliseconds();
}
constexpr double Milliseconds(Duration d) { return static_cast<double>(d.count() / 1000) / 1000.0; }
constexpr double InUnit(Duration duration, std::string_view unit) {
  // Seconds: divided twice, as the reference does; the last digit depends on it.
  return unit == "s" ? Milliseconds(duration) / 1000.0 : Milliseconds(duration);
}

template <typename T>
constexpr Cell ToCell(const T& value, const TextInfo& info) {
  if constexpr (IsOptional<T>::value) {
    using Inner = typename T::value_type;
    if (value.has_value()) return ToCell(*value, info);
    if (!info.placeholder.empty()) return Cell::Placeholder(info.placeholder);
    if constexpr (std::same_as<Inner, double> || TimeLike<Inner>) {
      return Cell::Of(0.0);
    } else {
      return Cell::Of(0u);
    }
  } else if constexpr (TimeLike<T>) {
    return Cell::Of(InUnit(value, info.unit));
  } else if constexpr (std::is_enum_v<T>) {
    return Cell::Of(static_cast<uint64_t>(value));
  } else if constexpr (std::same_as<T, bool>) {
    return Cell::Of(static_cast<uint32_t>(value));
  } else {
    return Cell::Of(value);
  }
}

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_TEXT_COLUMN_H_
