// SPDX-License-Identifier: BSD-3-Clause
#include "reader/cell_parser.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>

#include "schema/readers.h"
#include "schema/real_text.h"

namespace tstat::internal {
namespace {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The whole text as a number of `base`, without a sign.
std::optional<uint64_t> Whole(std::string_view text, int base) {
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number, base);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

// Most numbers have few digits, for which this takes a third of std::from_chars.
std::optional<uint64_t> Decimal(std::string_view text) {
  constexpr size_t kSafeDigits = 19;
  if (text.empty()) return std::nullopt;
  if (text.size() > kSafeDigits) return Whole(text, 10);
  uint64_t number = 0;
  for (const char c : text) {
    if (!IsDigit(c)) return std::nullopt;
    number = 10 * number + static_cast<uint64_t>(c - '0');
  }
  return number;
}

std::optional<double> Real(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto read = RealFromChars(text.data(), end, number);
  if (read.ptr != end || read.ec != std::errc()) return std::nullopt;
  return number;
}

// Dotted decimal as the logs print it; what is another form is left to IpAddress::Parse.
std::optional<IpAddress> DottedDecimal(std::string_view text) {
  uint32_t address = 0;
  size_t at = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (at == text.size() || text[at++] != '.')) return std::nullopt;
    uint32_t byte = 0;
    const size_t begin = at;
    for (; at < text.size() && IsDigit(text[at]) && at - begin < 3; ++at) {
      byte = 10 * byte + static_cast<uint32_t>(text[at] - '0');
    }
    if (at == begin || byte > 255 || (at - begin > 1 && text[begin] == '0')) return std::nullopt;
    address = address << 8 | byte;
  }
  if (at != text.size()) return std::nullopt;
  return IpAddress::V4(address);
}

// Tstat 3.1.1 has a form of IPv6 of its own, which is not always one: a "::" in front is a single
// colon, and a last group of zeros, where there are no others before it, is not there.
std::optional<IpAddress> TstatIpv6(std::string_view text) {
  if (text.empty() || text.size() > IpAddress::kMaxTextLength) return std::nullopt;
  std::string whole(text);
  if (text.size() > 1 && text[0] == ':' && text[1] != ':') whole.insert(0, ":");
  constexpr auto kColonsOfSevenGroups = 6;
  if (std::count(whole.begin(), whole.end(), ':') == kColonsOfSevenGroups &&
      whole.find("::") == std::string::npos) {
    whole += ":0";
  }
  return IpAddress::Parse(whole);
}

// The text for "no value" that no value has.
std::string_view UnmistakablePlaceholder(const TextInfo& text) {
  const bool zero_is_0 = PrintsIntegers(text.format) || text.format == Format::kGeneral;
  return text.placeholder == "0" && zero_is_0 ? std::string_view() : text.placeholder;
}

}  // namespace

CellParser::CellParser(const ColumnInfo& info, const TextInfo& text)
    : kind_(info.type.kind),
      bits_(info.type.bits),
      nullable_(info.nullable() || !text.placeholder.empty()),
      zero_is_absent_(text.zero_is_absent),
      unit_digits_(text.unit == "s" ? 9 : 6),
      placeholder_(UnmistakablePlaceholder(text)),
      codes_(info.type.codes) {
  const bool is_text = PrintsTexts(text.format);
  switch (kind_) {
    case ColumnKind::kUnsigned:
    case ColumnKind::kEnumeration:
    case ColumnKind::kBitSet:
      form_ = is_text ? Form::kLabel : Form::kUnsigned;
      break;
    case ColumnKind::kSigned:
      form_ = is_text ? Form::kLabel : Form::kSigned;
      break;
    case ColumnKind::kReal:
      form_ = Form::kReal;
      break;
    case ColumnKind::kBoolean:
      form_ = is_text ? Form::kLabel : Form::kBoolean;
      break;
    case ColumnKind::kText:
      form_ = Form::kText;
      break;
    case ColumnKind::kAddress:
      form_ = Form::kAddress;
      break;
    case ColumnKind::kTimestamp:
    case ColumnKind::kDuration:
      form_ = Form::kTime;
      break;
  }
}

bool CellParser::TakeAny(std::string_view cell, IpAddress* address, Value* value) const {
  const std::optional<Value> parsed = ParseAny(cell, address);
  *value = parsed.value_or(Value());
  return parsed.has_value();
}

std::optional<Value> CellParser::ParseAny(std::string_view cell, IpAddress* address) const {
  if (!placeholder_.empty() && cell == placeholder_) return Value();
  switch (form_) {
    case Form::kUnsigned:
      return ParseUnsigned(cell);
    case Form::kSigned: {
      const bool negative = !cell.empty() && cell.front() == '-';
      const std::optional<uint64_t> size = Decimal(negative ? cell.substr(1) : cell);
      // One that was printed without its sign is there again as it was.
      if (!size.has_value() || (negative && *size > uint64_t{1} << 63)) return std::nullopt;
      if (*size == 0 && zero_is_absent_) return Value();
      return Value::Of(static_cast<int64_t>(negative ? 0 - *size : *size));
    }
    case Form::kReal: {
      const std::optional<double> number = Real(cell);
      if (!number.has_value()) return std::nullopt;
      const bool says_none = nullable_ && !std::isfinite(*number);
      if (says_none || (zero_is_absent_ && *number == 0)) return Value();
      return Value::Of(*number);
    }
    case Form::kBoolean: {
      const std::optional<uint64_t> number = Decimal(cell);
      if (!number.has_value()) return std::nullopt;
      return Value::Of(*number != 0);
    }
    case Form::kText:
      return Value::Of(cell);
    case Form::kAddress: {
      std::optional<IpAddress> parsed = DottedDecimal(cell);
      if (!parsed.has_value()) parsed = TstatIpv6(cell);
      if (!parsed.has_value()) return std::nullopt;
      *address = *parsed;
      return Value::Of(AddressView{address});
    }
    case Form::kTime:
      return ParseTime(cell);
    case Form::kLabel:
      return ParseLabel(cell);
  }
  return std::nullopt;
}

std::optional<Value> CellParser::ParseUnsigned(std::string_view cell) const {
  std::optional<uint64_t> number;
  if (cell.size() > 2 && cell[0] == '0' && cell[1] == 'x') {
    number = Whole(cell.substr(2), 16);
  } else if (!cell.empty() && cell.front() == '-') {
    // A number of some bits that was printed with a sign.
    number = Decimal(cell.substr(1));
    if (number.has_value()) {
      number = 0 - *number;
      if (bits_ > 0 && bits_ < 64) *number &= (uint64_t{1} << bits_) - 1;
    }
  } else {
    number = Decimal(cell);
  }
  if (!number.has_value()) return std::nullopt;
  if (*number == 0 && zero_is_absent_) return Value();
  return Value::Of(*number);
}

std::optional<Value> CellParser::ParseTime(std::string_view cell) const {
  const auto make = [this](int64_t ns) -> Value {
    if (kind_ == ColumnKind::kDuration) return Value::Of(Duration(ns));
    // The time 0 is "never".
    if (ns == 0 && nullable_) return {};
    return Value::Of(Timestamp::FromNanoseconds(ns));
  };
  const bool negative = !cell.empty() && cell.front() == '-';
  const std::string_view digits = negative ? cell.substr(1) : cell;
  // Six decimals, as nearly all times have.
  const size_t point =
      digits.size() > 7 && digits[digits.size() - 7] == '.' ? digits.size() - 7 : digits.find('.');
  const std::string_view whole = digits.substr(0, point);
  const std::string_view part =
      point == std::string_view::npos ? std::string_view() : digits.substr(point + 1);
  constexpr size_t kMostWhole = 13;  // 9 * 10^12 ms and 9 * 10^9 s fit
  if (part.size() <= unit_digits_ && whole.size() <= kMostWhole) {
    const std::optional<uint64_t> a = Decimal(whole);
    const std::optional<uint64_t> b = part.empty() ? std::optional<uint64_t>(0) : Decimal(part);
    if (a.has_value() && b.has_value()) {
      constexpr uint64_t kPowers[] = {1,      10,      100,      1000,      10000,
                                      100000, 1000000, 10000000, 100000000, 1000000000};
      const uint64_t scale = kPowers[unit_digits_];
      constexpr uint64_t kMost = INT64_MAX;
      if (*a >= kMost / scale) return std::nullopt;
      const uint64_t ns = *a * scale + *b * kPowers[unit_digits_ - part.size()];
      return make(negative ? -static_cast<int64_t>(ns) : static_cast<int64_t>(ns));
    }
  }
  // As %g prints it.
  const std::optional<double> number = Real(cell);
  if (!number.has_value()) return std::nullopt;
  const std::optional<Duration> duration =
      DurationOfMs(unit_digits_ == 9 ? *number * 1000 : *number);
  return duration.has_value() ? make(duration->count()) : Value();
}

std::optional<Value> CellParser::ParseLabel(std::string_view cell) const {
  if (const std::optional<uint64_t> number = Decimal(cell)) {
    // The response code 000 says that there was none.
    if (*number == 0 && nullable_) return Value();
    return Value::Of(*number);
  }
  // Tables of codes begin the meaning with what the text prints: "`REQ`: a question".
  if (codes_ != nullptr) {
    for (const Code& code : codes_->codes) {
      const std::string_view meaning = code.meaning;
      const bool is_it = meaning.size() > cell.size() + 1 && meaning[0] == '`' &&
                         meaning.substr(1, cell.size()) == cell && meaning[cell.size() + 1] == '`';
      if (is_it || code.name == cell) return Value::Of(uint64_t{code.value});
    }
  }
  return std::nullopt;
}

}  // namespace tstat::internal
