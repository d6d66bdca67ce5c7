// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/typed_rows.h"

#include <iterator>

namespace tstat::internal {
namespace {

constexpr std::string_view kTypedMagic = "tstat rows 1\n";
// By TypedKind.
constexpr std::string_view kTypedNames[] = {"u8",  "u16", "u32",  "u64",     "i8",   "i16",
                                            "i32", "i64", "real", "boolean", "text", "time"};
static_assert(std::size(kTypedNames) == kTypedKinds);

std::optional<std::string_view> TakeTypedLine(std::string_view* bytes) {
  const size_t end = bytes->find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = bytes->substr(0, end);
  bytes->remove_prefix(end + 1);
  return line;
}

std::optional<TypedKind> TypedKindNamed(std::string_view name) {
  for (size_t i = 0; i < kTypedKinds; ++i) {
    if (kTypedNames[i] == name) return static_cast<TypedKind>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string TypedHead(const TypedTable& table) {
  std::string head(kTypedMagic);
  head.append(table.name).push_back('\n');
  for (const TypedColumn& column : table.columns) {
    head.append(column.name).push_back(' ');
    head.append(kTypedNames[static_cast<size_t>(column.kind)]).push_back('\n');
  }
  head.push_back('\n');
  return head;
}

std::optional<TypedTable> ReadTypedHead(std::string_view* bytes) {
  if (!bytes->starts_with(kTypedMagic)) return std::nullopt;
  bytes->remove_prefix(kTypedMagic.size());
  TypedTable table;
  const std::optional<std::string_view> name = TakeTypedLine(bytes);
  if (!name.has_value()) return std::nullopt;
  table.name = *name;
  for (;;) {
    const std::optional<std::string_view> line = TakeTypedLine(bytes);
    if (!line.has_value()) return std::nullopt;
    if (line->empty()) return table;
    const size_t blank = line->rfind(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    const std::optional<TypedKind> kind = TypedKindNamed(line->substr(blank + 1));
    if (!kind.has_value()) return std::nullopt;
    table.columns.push_back({.name = std::string(line->substr(0, blank)), .kind = *kind});
  }
}

std::optional<std::string_view> NextTypedRow(std::string_view* bytes) {
  uint32_t length = 0;
  if (bytes->size() < sizeof(length)) return std::nullopt;
  std::memcpy(&length, bytes->data(), sizeof(length));
  if (bytes->size() - sizeof(length) < length) return std::nullopt;
  const std::string_view row = bytes->substr(sizeof(length), length);
  bytes->remove_prefix(sizeof(length) + length);
  return row;
}

}  // namespace tstat::internal
