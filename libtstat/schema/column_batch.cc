// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/column_batch.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>

#include "schema/mapped_address.h"

namespace tstat::inline v1 {
namespace {

constexpr size_t kAddressSize = 16;

size_t ElementSize(const ColumnType& type) {
  switch (type.kind) {
    case ColumnKind::kUnsigned:
    case ColumnKind::kSigned:
    case ColumnKind::kEnumeration:
    case ColumnKind::kBitSet:
      return type.bits / 8;
    case ColumnKind::kReal:
    case ColumnKind::kTimestamp:
    case ColumnKind::kDuration:
      return 8;
    case ColumnKind::kBoolean:
      return 1;
    case ColumnKind::kAddress:
      return kAddressSize;
    case ColumnKind::kText:
      return 0;
  }
  return 0;
}

// Whether a column of this kind holds such a value.
[[maybe_unused]] bool Fits(ColumnKind column, Value::Kind value) {
  if (value == Value::Kind::kAbsent) return true;
  switch (column) {
    case ColumnKind::kUnsigned:
    case ColumnKind::kEnumeration:
    case ColumnKind::kBitSet:
      return value == Value::Kind::kUnsigned;
    case ColumnKind::kSigned:
      return value == Value::Kind::kSigned;
    case ColumnKind::kReal:
      return value == Value::Kind::kReal;
    case ColumnKind::kBoolean:
      return value == Value::Kind::kBoolean;
    case ColumnKind::kText:
      return value == Value::Kind::kText;
    case ColumnKind::kAddress:
      return value == Value::Kind::kAddress;
    case ColumnKind::kTimestamp:
      return value == Value::Kind::kTimestamp;
    case ColumnKind::kDuration:
      return value == Value::Kind::kDuration;
  }
  return false;
}

}  // namespace

ColumnData::ColumnData(const ColumnInfo& info)
    : element_size_(ElementSize(info.type)), info_(info) {
  Clear();
}

void ColumnData::Clear() {
  if (element_size_ == 0) {
    bytes_.clear();
    text_offsets_.assign(1, 0);
  }
  rows_ = absent_ = 0;
}

void ColumnData::Grow(size_t capacity) {
  bytes_.resize(element_size_ == 0 ? bytes_.size() : capacity * element_size_);
  valid_.resize(capacity);
  capacity_ = capacity;
}

namespace {

// What numbers of any kind are made of: of integers the low bytes are the element.
uint64_t BitsOf(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kUnsigned:
      return value.unsigned_number();
    case Value::Kind::kSigned:
      return static_cast<uint64_t>(value.signed_number());
    case Value::Kind::kReal:
      return std::bit_cast<uint64_t>(value.real());
    case Value::Kind::kBoolean:
      return value.boolean() ? 1 : 0;
    case Value::Kind::kTimestamp:
      return static_cast<uint64_t>(value.timestamp().nanoseconds());
    case Value::Kind::kDuration:
      return static_cast<uint64_t>(value.duration().count());
    case Value::Kind::kAbsent:
    case Value::Kind::kText:
    case Value::Kind::kAddress:
      break;
  }
  return 0;
}

void StoreInteger(uint8_t* element, size_t size, uint64_t bits) {
  const auto store = [element](auto number) { std::memcpy(element, &number, sizeof(number)); };
  switch (size) {
    case 1:
      return store(static_cast<uint8_t>(bits));
    case 2:
      return store(static_cast<uint16_t>(bits));
    case 4:
      return store(static_cast<uint32_t>(bits));
    default:
      return store(bits);
  }
}

}  // namespace

void ColumnData::Append(const Value& value) {
  assert(Fits(info_.type.kind, value.kind()));
  constexpr size_t kFirst = 16;
  if (rows_ == capacity_) Grow(std::max(kFirst, 2 * capacity_));
  const bool is_absent = value.is_absent();
  valid_[rows_] = is_absent ? 0 : 1;
  absent_ += is_absent ? 1 : 0;
  if (element_size_ == 0) {
    if (!is_absent) {
      const std::string_view text = value.text();
      bytes_.insert(bytes_.end(), text.begin(), text.end());
    }
    text_offsets_.push_back(bytes_.size());
  } else {
    uint8_t* const element = bytes_.data() + rows_ * element_size_;
    if (element_size_ <= sizeof(uint64_t)) {
      StoreInteger(element, element_size_, BitsOf(value));  // an absent one is 0
    } else {
      const auto address = is_absent ? std::array<uint8_t, kAddressSize>{}
                                     : internal::MappedAddress(value.address());
      std::memcpy(element, address.data(), address.size());
    }
  }
  ++rows_;
}

void ColumnData::Append(const ColumnData& other) {
  assert(element_size_ == other.element_size_);
  if (rows_ + other.rows_ > capacity_) Grow(rows_ + other.rows_);
  std::copy_n(other.valid_.begin(), other.rows_, valid_.begin() + static_cast<ptrdiff_t>(rows_));
  if (element_size_ == 0) {
    const uint64_t base = bytes_.size();
    bytes_.insert(bytes_.end(), other.bytes_.begin(), other.bytes_.end());
    text_offsets_.reserve(text_offsets_.size() + other.rows_);
    for (size_t row = 0; row < other.rows_; ++row) {
      text_offsets_.push_back(base + other.text_offsets_[row + 1]);
    }
  } else {
    std::copy_n(other.bytes_.begin(), other.rows_ * element_size_,
                bytes_.begin() + static_cast<ptrdiff_t>(rows_ * element_size_));
  }
  rows_ += other.rows_;
  absent_ += other.absent_;
}

}  // namespace tstat::inline v1
