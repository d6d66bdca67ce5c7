// SPDX-License-Identifier: BSD-3-Clause
//
// One cell of a text log back to the value that it was printed from.
#ifndef TSTAT_READER_CELL_PARSER_H_
#define TSTAT_READER_CELL_PARSER_H_

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

  // The value; absent where the cell says so without doubt. nullopt: the cell is nothing that the
  // column prints. Addresses stand in `address`, texts in the cell.
  [[nodiscard]] std::optional<Value> Parse(std::string_view cell, IpAddress* address) const {
    // Most cells of a row are a digit.
    if (form_ == Form::kUnsigned && cell.size() == 1 && cell[0] > '0' && cell[0] <= '9') {
      return Value::Of(static_cast<uint64_t>(cell[0] - '0'));
    }
    if (form_ == Form::kUnsigned && cell.size() == 1 && cell[0] == '0' && !zero_is_absent_) {
      return Value::Of(uint64_t{0});
    }
    return ParseAny(cell, address);
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
