// SPDX-License-Identifier: BSD-3-Clause
//
// What the numbers in code columns and on the axes of some histograms mean: docs/logs/codes.md is
// generated from these lists.
#ifndef TSTAT_SCHEMA_CODES_H_
#define TSTAT_SCHEMA_CODES_H_

#include <cstdint>
#include <span>
#include <string_view>

namespace tstat::internal {

struct Code {
  uint32_t value;
  std::string_view meaning;
};

struct CodeList {
  std::string_view title;
  std::string_view used_by;  // columns and histograms, Markdown
  std::string_view note;     // what the table cannot say, Markdown; may be empty
  std::span<const Code> codes;
};

// In the order of the page.
std::span<const CodeList> CodeLists();

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_CODES_H_
