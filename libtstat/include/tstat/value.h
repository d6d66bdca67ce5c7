// SPDX-License-Identifier: BSD-3-Clause
//
// One field of a record, with its type: what tstat/schema.h reads from records.
//
//   switch (value.kind()) {
//     case tstat::Value::Kind::kAbsent: break;               // the record has none
//     case tstat::Value::Kind::kUnsigned: Use(value.unsigned_number()); break;
//     default: ...
//   }
#ifndef TSTAT_VALUE_H_
#define TSTAT_VALUE_H_

#include <cassert>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <string_view>

#include "tstat/flow.h"
#include "tstat/ip_address.h"
#include "tstat/time.h"

namespace tstat::inline v1 {

// A length of time. Captured times have microseconds; means and deviations are finer.
using Duration = std::chrono::nanoseconds;

// A text as it was on the wire: any bytes. Of one that was cut (the end of a segment, ...) an end
// may be missing.
struct TextView {
  std::string_view text;
  bool begin_missing = false, end_missing = false;
};

// An address and whether it is in a network to be anonymised (AnalyzerOptions::encrypted): what
// leaves the program is expected not to tell such an address as it is.
struct AddressView {
  const IpAddress* address = nullptr;
  bool encrypted = false;
};

// Views the record it was read from; valid as long as that is.
class Value {
 public:
  enum class Kind : uint8_t {
    kAbsent,  // nothing was seen or measured
    kUnsigned,
    kSigned,
    kReal,  // may be infinite or not a number where a sender's fields make it so
    kBoolean,
    kText,
    kAddress,
    kTimestamp,
    kDuration,
  };

  constexpr Value() = default;  // absent

  template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>) [[nodiscard]] static constexpr Value Of(T number) {
    Value value(Kind::kUnsigned);
    value.unsigned_ = number;
    return value;
  }
  template <std::signed_integral T>
  [[nodiscard]] static constexpr Value Of(T number) {
    Value value(Kind::kSigned);
    value.signed_ = number;
    return value;
  }
  [[nodiscard]] static constexpr Value Of(double number) {
    Value value(Kind::kReal);
    value.real_ = number;
    return value;
  }
  template <std::same_as<bool> T>
  [[nodiscard]] static constexpr Value Of(T flag) {
    Value value(Kind::kBoolean);
    value.unsigned_ = flag ? 1 : 0;
    return value;
  }
  [[nodiscard]] static constexpr Value Of(TextView text) {
    Value value(Kind::kText);
    value.text_ = {text.text.data(), text.text.size()};
    value.flags_ = static_cast<uint8_t>((text.begin_missing ? kBeginMissing : 0) |
                                        (text.end_missing ? kEndMissing : 0));
    return value;
  }
  [[nodiscard]] static constexpr Value Of(std::string_view text) { return Of(TextView{text}); }
  [[nodiscard]] static constexpr Value Of(AddressView address) {
    Value value(Kind::kAddress);
    value.address_ = address.address;
    value.flags_ = address.encrypted ? kEncrypted : 0;
    return value;
  }
  [[nodiscard]] static constexpr Value Of(Timestamp time) {
    Value value(Kind::kTimestamp);
    value.signed_ = time.nanoseconds();
    return value;
  }
  [[nodiscard]] static constexpr Value Of(Duration duration) {
    Value value(Kind::kDuration);
    value.signed_ = duration.count();
    return value;
  }

  [[nodiscard]] constexpr Kind kind() const { return kind_; }
  [[nodiscard]] constexpr bool is_absent() const { return kind_ == Kind::kAbsent; }

  // REQUIRES, of all of these: the kind.
  [[nodiscard]] constexpr uint64_t unsigned_number() const {
    assert(kind_ == Kind::kUnsigned);
    return unsigned_;
  }
  [[nodiscard]] constexpr int64_t signed_number() const {
    assert(kind_ == Kind::kSigned);
    return signed_;
  }
  [[nodiscard]] constexpr double real() const {
    assert(kind_ == Kind::kReal);
    return real_;
  }
  [[nodiscard]] constexpr bool boolean() const {
    assert(kind_ == Kind::kBoolean);
    return unsigned_ != 0;
  }
  [[nodiscard]] constexpr std::string_view text() const {
    assert(kind_ == Kind::kText);
    return {text_.data, text_.size};
  }
  [[nodiscard]] constexpr bool begin_missing() const {
    assert(kind_ == Kind::kText);
    return (flags_ & kBeginMissing) != 0;
  }
  [[nodiscard]] constexpr bool end_missing() const {
    assert(kind_ == Kind::kText);
    return (flags_ & kEndMissing) != 0;
  }
  [[nodiscard]] constexpr const IpAddress& address() const {
    assert(kind_ == Kind::kAddress);
    return *address_;
  }
  [[nodiscard]] constexpr bool encrypted() const {
    assert(kind_ == Kind::kAddress);
    return (flags_ & kEncrypted) != 0;
  }
  [[nodiscard]] constexpr Timestamp timestamp() const {
    assert(kind_ == Kind::kTimestamp);
    return Timestamp::FromNanoseconds(signed_);
  }
  [[nodiscard]] constexpr Duration duration() const {
    assert(kind_ == Kind::kDuration);
    return Duration(signed_);
  }

 private:
  static constexpr uint8_t kBeginMissing = 1, kEndMissing = 2, kEncrypted = 4;

  struct Text {
    const char* data;
    size_t size;
  };

  constexpr explicit Value(Kind kind) : kind_(kind) {}

  union {
    uint64_t unsigned_;
    int64_t signed_;
    double real_;
    Text text_{nullptr, 0};
    const IpAddress* address_;
  };
  Kind kind_ = Kind::kAbsent;
  uint8_t flags_ = 0;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_VALUE_H_
