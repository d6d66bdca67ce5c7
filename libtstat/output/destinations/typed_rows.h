// SPDX-License-Identifier: BSD-3-Clause
//
// Rows with their types, as they wait in a spool for a destination that writes columns. What comes
// first says all about them, so that a later version reads them, too.
//
// - The head: "tstat rows 1\n", the table's name and a newline, "NAME TYPE\n" for each column,
// "\n".
// - A row: u32 length of the rest, a bit for each column that has a value, these values.
//
// Numbers of the machine's own order; whole ones are LEB128, signed ones with their sign in the
// lowest bit; reals and times have 8 bytes, texts a length before them.
//
//   const std::string head = TypedHead(table);
//   TypedRowWriter writer(table.columns.size(), out);   // where there is room
//   writer.Signed(0, -1);
//   out = writer.End();
//   ...
//   const std::optional<TypedTable> known = ReadTypedHead(&bytes);
//   while (std::optional<std::string_view> row = NextTypedRow(&bytes)) Use(*row);
//   if (!bytes.empty()) return false;  // it is cut
#ifndef TSTAT_OUTPUT_DESTINATIONS_TYPED_ROWS_H_
#define TSTAT_OUTPUT_DESTINATIONS_TYPED_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tstat::internal {

enum class TypedKind : uint8_t {
  kUInt8,
  kUInt16,
  kUInt32,
  kUInt64,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kReal,
  kBoolean,
  kText,  // UTF-8
  kTime,  // nanoseconds since the Unix epoch
};
inline constexpr size_t kTypedKinds = 12;

struct TypedColumn {
  std::string name;  // without newlines
  TypedKind kind = TypedKind::kUInt64;

  bool operator==(const TypedColumn&) const = default;
};
struct TypedTable {
  std::string name;
  std::vector<TypedColumn> columns;

  bool operator==(const TypedTable&) const = default;
};

std::string TypedHead(const TypedTable& table);
// Takes the head from the front of `bytes`; nullopt: there is none.
std::optional<TypedTable> ReadTypedHead(std::string_view* bytes);

// A row without its length; nullopt: there is none, or not all of it.
std::optional<std::string_view> NextTypedRow(std::string_view* bytes);

inline constexpr size_t kTypedLengthBytes = 4;
inline constexpr size_t kMostOfTypedNumber = 10;
constexpr size_t TypedBitBytes(size_t columns) { return (columns + 7) / 8; }
// Room for a row without its texts; each of these needs its length more.
constexpr size_t RoomForTypedRow(size_t columns) {
  return kTypedLengthBytes + TypedBitBytes(columns) + columns * kMostOfTypedNumber;
}

// Columns come in order; those that are left out are absent.
class TypedRowWriter {
 public:
  TypedRowWriter(size_t columns, char* begin)
      : begin_(begin),
        bits_(begin + kTypedLengthBytes),
        out_(begin + kTypedLengthBytes + TypedBitBytes(columns)) {
    std::memset(bits_, 0, TypedBitBytes(columns));
  }

  void Unsigned(size_t column, uint64_t number) {
    Mark(column);
    WriteNumber(number);
  }
  void Signed(size_t column, int64_t number) {
    Mark(column);
    constexpr int kSignBit = 63;
    WriteNumber(static_cast<uint64_t>(number) << 1 ^ static_cast<uint64_t>(number >> kSignBit));
  }
  template <typename Fixed>
  void Bytes8(size_t column, Fixed value) {
    static_assert(sizeof(value) == 8);
    Mark(column);
    std::memcpy(out_, &value, sizeof(value));
    out_ += sizeof(value);
  }
  // `write(out)` writes the text and returns its end; at most `most` bytes.
  template <typename Write>
  void Text(size_t column, size_t most, Write write) {
    Mark(column);
    // The length has as many bytes as that of the longest one would have.
    char* const begin = out_ + LengthBytes(most);
    const auto length = static_cast<uint64_t>(write(begin) - begin);
    for (uint64_t rest = length; out_ < begin; rest >>= 7) {
      const bool is_last = out_ + 1 == begin;
      *out_++ = static_cast<char>((rest & 0x7f) | (is_last ? 0 : 0x80));
    }
    out_ = begin + length;
  }

  char* End() {
    const auto length = static_cast<uint32_t>(out_ - begin_ - kTypedLengthBytes);
    std::memcpy(begin_, &length, sizeof(length));
    return out_;
  }

 private:
  static size_t LengthBytes(size_t length) {
    size_t bytes = 1;
    for (; length >= 0x80; length >>= 7) ++bytes;
    return bytes;
  }
  void Mark(size_t column) { bits_[column / 8] |= static_cast<char>(1 << column % 8); }
  void WriteNumber(uint64_t number) {
    for (; number >= 0x80; number >>= 7) *out_++ = static_cast<char>(number | 0x80);
    *out_++ = static_cast<char>(number);
  }

  char* begin_;
  char* bits_;
  char* out_;
};

// Reads the values of a row, one column after the other. What is not there reads as 0, and is_good
// is false then.
class TypedRowReader {
 public:
  TypedRowReader(std::string_view row, size_t columns)
      : bits_(row.data()), at_(row.data()), end_(row.data() + row.size()) {
    if (row.size() < TypedBitBytes(columns)) {
      is_good_ = false;
    } else {
      at_ += TypedBitBytes(columns);
    }
  }

  [[nodiscard]] bool Has(size_t column) const {
    return is_good_ && (static_cast<uint8_t>(bits_[column / 8]) >> column % 8 & 1) != 0;
  }
  uint64_t Unsigned() {
    uint64_t number = 0;
    for (unsigned shift = 0; at_ < end_ && shift < 64; shift += 7) {
      const auto byte = static_cast<uint8_t>(*at_++);
      number |= uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return number;
    }
    is_good_ = false;
    return 0;
  }
  int64_t Signed() {
    const uint64_t number = Unsigned();
    return static_cast<int64_t>(number >> 1 ^ (0 - (number & 1)));
  }
  template <typename Fixed>
  Fixed Bytes8() {
    Fixed value{};
    static_assert(sizeof(value) == 8);
    if (static_cast<size_t>(end_ - at_) < sizeof(value)) {
      is_good_ = false;
      return value;
    }
    std::memcpy(&value, at_, sizeof(value));
    at_ += sizeof(value);
    return value;
  }
  std::string_view Text() {
    const uint64_t length = Unsigned();
    if (!is_good_ || length > static_cast<size_t>(end_ - at_)) {
      is_good_ = false;
      return {};
    }
    const std::string_view text(at_, length);
    at_ += length;
    return text;
  }
  [[nodiscard]] bool is_good() const { return is_good_; }
  [[nodiscard]] bool at_end() const { return at_ == end_; }

 private:
  const char* bits_;
  const char* at_;
  const char* end_;
  bool is_good_ = true;
};

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_TYPED_ROWS_H_
