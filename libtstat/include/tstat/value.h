// SPDX-License-Identifier: BSD-3-Clause
//
// One field of a record, with its type: what tstat/schema.h reads from records.
//
//   switch (value.kind()) {
//     case tstat::Value::Kind::kAbsent: ...                  // the record has none
//     case tstat::Value::Kind::kUnsigned: Use(value.unsigned_number()); ...
#ifndef TSTAT_VALUE_H_
#define TSTAT_VALUE_H_

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
  requires(!std::same_as<T, bool>) static constexpr Value Of(T number) {
    Value value(Kind::kUnsigned);
    value.unsigned_ = number;
    return value;
  }
  template <std::signed_integral T>
  static constexpr Value Of(T number) {
    Value value(Kind::kSigned);
    value.signed_ = number;
    return value;
  }
  static constexpr Value Of(double number) {
    Value value(Kind::kReal);
    value.real_ = number;
    return value;
  }
  template <std::same_as<bool> T>
  static constexpr Value Of(T flag) {
    Value value(Kind::kBoolean);
    value.unsigned_ = flag ? 1 : 0;
    return value;
  }
  static constexpr Value Of(TextView text) {
    Value value(Kind::kText);
    value.text_ = {text.text.data(), text.text.size()};
    value.flags_ = static_cast<uint8_t>((text.begin_missing ? kBeginMissing : 0) |
                                        (text.end_missing ? kEndMissing : 0));
    return value;
  }
  static constexpr Value Of(std::string_view text) { return Of(TextView{text}); }
  static constexpr Value Of(AddressView address) {
    Value value(Kind::kAddress);
    value.address_ = address.address;
    value.flags_ = address.encrypted ? kEncrypted : 0;
    return value;
  }
  static constexpr Value Of(Timestamp time) {
    Value value(Kind::kTimestamp);
    value.signed_ = time.nanoseconds();
    return value;
  }
  static constexpr Value Of(Duration duration) {
    Value value(Kind::kDuration);
    value.signed_ = duration.count();
    return value;
  }

  constexpr Kind kind() const { return kind_; }
  constexpr bool is_absent() const { return kind_ == Kind::kAbsent; }

  // REQUIRES, of all of these: the kind.
  constexpr uint64_t unsigned_number() const { return unsigned_; }
  constexpr int64_t signed_number() const { return signed_; }
  constexpr double real() const { return real_; }
  constexpr bool boolean() const { return unsigned_ != 0; }
  constexpr std::string_view text() const { return {text_.data, text_.size}; }
  constexpr bool begin_missing() const { return (flags_ & kBeginMissing) != 0; }
  constexpr bool end_missing() const { return (flags_ & kEndMissing) != 0; }
  constexpr const IpAddress& address() const { return *address_; }
  constexpr bool encrypted() const { return (flags_ & kEncrypted) != 0; }
  constexpr Timestamp timestamp() const { return Timestamp::FromNanoseconds(signed_); }
  constexpr Duration duration() const { return Duration(signed_); }

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
