// SPDX-License-Identifier: BSD-3-Clause
#include "schema/column.h"

#include <array>

#include "absl/strings/str_cat.h"

namespace tstat {
namespace {

constexpr std::string_view kPrefixes[] = {"", "c_", "s_"};  // by Side

std::string Prefixed(Side side, std::string_view label) {
  return std::string(kPrefixes[static_cast<int>(side)]).append(label);
}

}  // namespace

inline namespace v1 {

std::string ColumnInfo::Name() const { return Prefixed(side, label); }

std::string_view PrivacyName(Privacy privacy) {
  constexpr std::string_view kNames[] = {"public", "address", "name", "content", "derived"};
  return kNames[static_cast<int>(privacy)];
}

std::string_view ColumnType::Name() const {
  // By width: 8, 16, 32, 64.
  struct Numbers {
    ColumnKind kind;
    std::array<std::string_view, 4> names;
  };
  constexpr Numbers kNumbers[] = {
      {ColumnKind::kUnsigned, {"uint8", "uint16", "uint32", "uint64"}},
      {ColumnKind::kSigned, {"int8", "int16", "int32", "int64"}},
      {ColumnKind::kEnumeration, {"enum8", "enum16", "enum32", "enum64"}},
      {ColumnKind::kBitSet, {"bits8", "bits16", "bits32", "bits64"}},
  };
  for (const Numbers& numbers : kNumbers) {
    if (numbers.kind != kind) continue;
    return numbers.names[bits == 8 ? 0 : bits == 16 ? 1 : bits == 32 ? 2 : 3];
  }
  switch (kind) {
    case ColumnKind::kReal:
      return "real";
    case ColumnKind::kBoolean:
      return "bool";
    case ColumnKind::kAddress:
      return "address";
    case ColumnKind::kTimestamp:
      return "time";
    case ColumnKind::kDuration:
      return "duration";
    default:
      return "text";
  }
}

}  // namespace v1

namespace internal {

std::string_view PrintfFormat(Format format) {
  constexpr std::string_view kFormats[] = {"%hu", "%u", "%lu",    "%d",   "%ld",    "%.3f",
                                           "%f",  "%g", "0x%08x", "0x%x", "0x%02x", "0x%04x",
                                           "%s",  "%s", "%s",     "%s",   "%s"};
  return kFormats[static_cast<int>(format)];
}

std::string ColumnRow::TextLabel() const { return Prefixed(text.side, text.label); }

}  // namespace internal
}  // namespace tstat
