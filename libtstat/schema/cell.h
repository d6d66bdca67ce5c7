// SPDX-License-Identifier: BSD-3-Clause
//
// One cell of a text row before it is written: a number, a text or an address. Column tables make
// cells of typed values (schema/text_column.h); the row writer prints them by the column's Format.
#ifndef TSTAT_SCHEMA_CELL_H_
#define TSTAT_SCHEMA_CELL_H_

#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tstat/ip_address.h"
#include "tstat/value.h"

namespace tstat::internal {

// Views the record it was read from; valid as long as that is.
class Cell {
 public:
  enum class Kind : uint8_t {
    kPlaceholder,  // there is no value: text() is printed as it is
    kUnsigned,
    kSigned,
    kReal,
    kText,
    kAddress,
  };

  static constexpr Cell Placeholder(std::string_view printed) {
    return Cell(Kind::kPlaceholder, printed, 0);
  }
  template <std::unsigned_integral T>
  static constexpr Cell Of(T number) {
    Cell cell(Kind::kUnsigned);
    cell.unsigned_ = number;
    return cell;
  }
  template <std::signed_integral T>
  static constexpr Cell Of(T number) {
    Cell cell(Kind::kSigned);
    cell.signed_ = number;
    return cell;
  }
  static constexpr Cell Of(double number) {
    Cell cell(Kind::kReal);
    cell.real_ = number;
    return cell;
  }
  static constexpr Cell Of(TextView text) {
    return Cell(Kind::kText, text.text,
                static_cast<uint8_t>((text.begin_missing ? kBeginMissing : 0) |
                                     (text.end_missing ? kEndMissing : 0)));
  }
  static constexpr Cell Of(std::string_view text) { return Cell(Kind::kText, text, 0); }
  static constexpr Cell Of(AddressView address) {
    Cell cell(Kind::kAddress);
    cell.address_ = address.address;
    cell.flags_ = address.encrypted ? kEncrypted : 0;
    return cell;
  }

  constexpr Kind kind() const { return kind_; }
  // Integers of either sign as 64 bits; 0 for other kinds.
  constexpr uint64_t integer_bits() const {
    if (kind_ == Kind::kSigned) return static_cast<uint64_t>(signed_);
    return kind_ == Kind::kUnsigned ? unsigned_ : 0;
  }
  // REQUIRES, of those below: the kind.
  constexpr double real() const {
    assert(kind_ == Kind::kReal);
    return real_;
  }
  constexpr std::string_view text() const {
    assert(kind_ == Kind::kText || kind_ == Kind::kPlaceholder);
    return {text_.data, text_.size};
  }
  constexpr bool begin_missing() const {
    assert(kind_ == Kind::kText);
    return (flags_ & kBeginMissing) != 0;
  }
  constexpr bool end_missing() const {
    assert(kind_ == Kind::kText);
    return (flags_ & kEndMissing) != 0;
  }
  constexpr const IpAddress& address() const {
    assert(kind_ == Kind::kAddress);
    return *address_;
  }
  constexpr bool encrypted() const {
    assert(kind_ == Kind::kAddress);
    return (flags_ & kEncrypted) != 0;
  }

 private:
  static constexpr uint8_t kBeginMissing = 1, kEndMissing = 2, kEncrypted = 4;

  struct Text {
    const char* data;
    size_t size;
  };

  constexpr explicit Cell(Kind kind) : kind_(kind) {}
  constexpr Cell(Kind kind, std::string_view text, uint8_t flags)
      : text_{text.data(), text.size()}, kind_(kind), flags_(flags) {}

  union {
    uint64_t unsigned_;
    int64_t signed_;
    double real_;
    Text text_{nullptr, 0};
    const IpAddress* address_;
  };
  Kind kind_;
  uint8_t flags_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_CELL_H_
