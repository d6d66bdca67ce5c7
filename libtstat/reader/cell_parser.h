// SPDX-License-Identifier: BSD-3-Clause
//
// One cell of a text log back to the value that it was printed from.
#ifndef TSTAT_READER_CELL_PARSER_H_
#define TSTAT_READER_CELL_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "schema/text_column.h"
#include "tstat/ip_address.h"
#include "tstat/schema.h"
#include "tstat/value.h"

namespace tstat::internal {

class CellParser {
 public:
  CellParser(const ColumnInfo& info, const TextInfo& text);

  // Sets the value, absent where the cell says so without doubt. False, and it is absent: the cell
  // is nothing that the column prints. Addresses stand in `address`, texts in the cell. (A value
  // that is returned goes through memory in pieces of other sizes than it is read in, for which
  // processors wait.)
  [[nodiscard]] bool Parse(std::string_view cell, IpAddress* address, Value* value) const {
    // Most cells of a row are a digit, and most others a few.
    constexpr size_t kFewDigits = 9;
    if (form_ != Form::kUnsigned || cell.empty() || cell.size() > kFewDigits) {
      return TakeAny(cell, address, value);
    }
    uint32_t number = 0;
    for (const char c : cell) {
      const uint32_t digit = static_cast<uint32_t>(c) - '0';
      if (digit > 9) return TakeAny(cell, address, value);
      number = 10 * number + digit;
    }
    *value = number == 0 && zero_is_absent_ ? Value() : Value::Of(uint64_t{number});
    return true;
  }

 private:
  // One for each way to read a cell.
  enum class Form : uint8_t {
    kUnsigned,
    kSigned,
    kReal,
    kBoolean,
    kText,
    kAddress,
    kTime,   // decimal, exactly
    kLabel,  // a number that is printed as a text
  };

  bool TakeAny(std::string_view cell, IpAddress* address, Value* value) const;
  [[nodiscard]] std::optional<Value> ParseAny(std::string_view cell, IpAddress* address) const;
  [[nodiscard]] std::optional<Value> ParseUnsigned(std::string_view cell) const;
  [[nodiscard]] std::optional<Value> ParseTime(std::string_view cell) const;
  [[nodiscard]] std::optional<Value> ParseLabel(std::string_view cell) const;

  Form form_ = Form::kText;
  ColumnKind kind_;
  uint8_t bits_;
  bool nullable_;
  bool zero_is_absent_;
  uint8_t unit_digits_ = 6;  // decimal places from the text's unit to nanoseconds
  std::string_view placeholder_;
  const CodeTable* codes_;
};

}  // namespace tstat::internal

#endif  // TSTAT_READER_CELL_PARSER_H_
