// SPDX-License-Identifier: BSD-3-Clause
//
// One field of a record as every output sees it: a number, a text or an address, still typed. The
// column tables read Values from records; a writer turns them into its own form.
#ifndef TSTAT_SCHEMA_VALUE_H_
#define TSTAT_SCHEMA_VALUE_H_

#include <concepts>
#include <cstdint>
#include <string_view>

#include "tstat/flow.h"
#include "tstat/ip_address.h"

namespace tstat::internal {

// Views the record it was read from; valid as long as that is.
class Value {
 public:
  enum class Kind : uint8_t {
    kNone,  // the record has no such value; text() is what the text logs print instead
    kUnsigned,
    kSigned,
    kReal,
    kText,
    kAddress,
  };

  constexpr Value() = default;

  static constexpr Value None(std::string_view printed) { return Value(Kind::kNone, printed, 0); }
  template <std::unsigned_integral T>
  static constexpr Value Number(T number) {
    Value value(Kind::kUnsigned);
    value.unsigned_ = number;
    return value;
  }
  template <std::signed_integral T>
  static constexpr Value Number(T number) {
    Value value(Kind::kSigned);
    value.signed_ = number;
    return value;
  }
  static constexpr Value Number(double number) {
    Value value(Kind::kReal);
    value.real_ = number;
    return value;
  }
  static constexpr Value Text(std::string_view text) { return Value(Kind::kText, text, 0); }
  // `text`, or nothing (printed as `placeholder`) when it is empty.
  static constexpr Value TextOr(std::string_view text, std::string_view placeholder) {
    return text.empty() ? None(placeholder) : Text(text);
  }
  // Text that is a part of a longer one: the missing ends are marked.
  static constexpr Value PartialText(std::string_view text, bool begin_missing, bool end_missing) {
    return Value(Kind::kText, text,
                 static_cast<uint8_t>((begin_missing ? kBeginMissing : 0) |
                                      (end_missing ? kEndMissing : 0)));
  }
  // `encrypted`: to be printed anonymised.
  static constexpr Value Address(const IpAddress& address, bool encrypted) {
    Value value(Kind::kAddress);
    value.address_ = &address;
    value.flags_ = encrypted ? kEncrypted : 0;
    return value;
  }
  static constexpr Value Address(const Endpoint& endpoint) {
    return Address(endpoint.address, endpoint.encrypted);
  }

  constexpr Kind kind() const { return kind_; }
  // Integers of either sign as 64 bits; 0 for other kinds.
  constexpr uint64_t integer_bits() const {
    if (kind_ == Kind::kSigned) return static_cast<uint64_t>(signed_);
    return kind_ == Kind::kUnsigned ? unsigned_ : 0;
  }
  // REQUIRES: the kind.
  constexpr double real() const { return real_; }
  constexpr std::string_view text() const { return {text_.data, text_.size}; }
  constexpr bool begin_missing() const { return (flags_ & kBeginMissing) != 0; }
  constexpr bool end_missing() const { return (flags_ & kEndMissing) != 0; }
  constexpr const IpAddress& address() const { return *address_; }
  constexpr bool encrypted() const { return (flags_ & kEncrypted) != 0; }

 private:
  static constexpr uint8_t kBeginMissing = 1, kEndMissing = 2, kEncrypted = 4;

  struct TextView {
    const char* data;
    size_t size;
  };

  constexpr explicit Value(Kind kind) : kind_(kind) {}
  constexpr Value(Kind kind, std::string_view text, uint8_t flags)
      : text_{text.data(), text.size()}, kind_(kind), flags_(flags) {}

  union {
    uint64_t unsigned_;
    int64_t signed_;
    double real_;
    TextView text_{nullptr, 0};
    const IpAddress* address_;
  };
  Kind kind_ = Kind::kNone;
  uint8_t flags_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_VALUE_H_
