// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/sections.h"

#include <cstdint>
#include <cstring>

namespace tstat::internal {
namespace {

using Length = uint64_t;  // stands before each section

}  // namespace

void AppendSection(std::string_view head, std::string_view rows, std::string* body) {
  const Length length = head.size() + rows.size();
  char bytes[sizeof(length)];
  std::memcpy(bytes, &length, sizeof(length));
  body->reserve(body->size() + sizeof(length) + length);
  body->append(bytes, sizeof(length));
  body->append(head);
  body->append(rows);
}

std::optional<std::string_view> SectionReader::Next() {
  Length length = 0;
  if (rest_.size() < sizeof(length)) return std::nullopt;
  std::memcpy(&length, rest_.data(), sizeof(length));
  if (rest_.size() - sizeof(length) < length) return std::nullopt;
  const std::string_view section = rest_.substr(sizeof(length), length);
  rest_.remove_prefix(sizeof(length) + length);
  return section;
}

}  // namespace tstat::internal
