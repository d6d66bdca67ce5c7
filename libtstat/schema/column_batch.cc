// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/column_batch.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>

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

std::array<uint8_t, kAddressSize> Mapped(const IpAddress& address) {
  if (address.is_v6()) return address.bytes();
  std::array<uint8_t, kAddressSize> mapped{};
  mapped[10] = mapped[11] = 0xff;
  std::copy_n(address.bytes().begin(), 4, mapped.begin() + 12);
  return mapped;
}

}  // namespace

ColumnData::ColumnData(const ColumnInfo& info)
    : info_(info), element_size_(ElementSize(info.type)) {
  Clear();
}

void ColumnData::Clear() {
  bytes_.clear();
  valid_.clear();
  text_offsets_.clear();
  if (element_size_ == 0) text_offsets_.push_back(0);
  absent_ = 0;
}

void ColumnData::AppendInteger(uint64_t bits) {
  switch (element_size_) {
    case 1: {
      const auto narrow = static_cast<uint8_t>(bits);
      return AppendElement(&narrow);
    }
    case 2: {
      const auto narrow = static_cast<uint16_t>(bits);
      return AppendElement(&narrow);
    }
    case 4: {
      const auto narrow = static_cast<uint32_t>(bits);
      return AppendElement(&narrow);
    }
    default:
      return AppendElement(&bits);
  }
}

void ColumnData::Append(const Value& value) {
  assert(Fits(info_.type.kind, value.kind()));
  valid_.push_back(value.is_absent() ? 0 : 1);
  switch (value.kind()) {
    case Value::Kind::kAbsent:
      ++absent_;
      bytes_.resize(bytes_.size() + element_size_);
      break;
    case Value::Kind::kUnsigned:
      AppendInteger(value.unsigned_number());
      break;
    case Value::Kind::kSigned:
      AppendInteger(static_cast<uint64_t>(value.signed_number()));
      break;
    case Value::Kind::kReal:
      AppendInteger(std::bit_cast<uint64_t>(value.real()));
      break;
    case Value::Kind::kBoolean:
      AppendInteger(value.boolean() ? 1 : 0);
      break;
    case Value::Kind::kTimestamp:
      AppendInteger(static_cast<uint64_t>(value.timestamp().nanoseconds()));
      break;
    case Value::Kind::kDuration:
      AppendInteger(static_cast<uint64_t>(value.duration().count()));
      break;
    case Value::Kind::kAddress:
      AppendElement(Mapped(value.address()).data());
      break;
    case Value::Kind::kText: {
      const std::string_view text = value.text();
      bytes_.insert(bytes_.end(), text.begin(), text.end());
      break;
    }
  }
  if (element_size_ == 0) text_offsets_.push_back(bytes_.size());
}

}  // namespace tstat::inline v1
