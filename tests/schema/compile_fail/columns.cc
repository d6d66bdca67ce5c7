// SPDX-License-Identifier: BSD-3-Clause
//
// A column table with one mistake, chosen by MISTAKE; 0: none. compile_fail.py compiles each.
#include <optional>
#include <string_view>

#include "schema/column.h"

namespace tstat::internal {
namespace {

struct Record {
  uint32_t count = 0;
  double real = 0;
};
[[maybe_unused]] constexpr auto kCount = [](const Record& r, Direction) { return r.count; };
[[maybe_unused]] constexpr auto kReal = [](const Record& r, Direction) { return r.real; };
[[maybe_unused]] constexpr auto kPositive = [](const Record& r, Direction) {
  return r.count > 0 ? std::optional(r.count) : std::nullopt;
};
[[maybe_unused]] constexpr auto kWord =
    [](const Record&, Direction) -> std::optional<std::string_view> { return std::nullopt; };

constexpr Column<Record> kColumns[] = {
    {"count", type::kU32, "", Format::kUint32, "", kCount},
    {"positive", type::kU32, "", Format::kUint32, "", kPositive, Absent("none")},
    {"word", type::kText, "", Format::kText, "", kWord, Absent("none", "-")},
#if MISTAKE == 1  // an integer printed as a real: would print 0.000000
    {"x", type::kU32, "", Format::kFixed6, "", kCount},
#elif MISTAKE == 2  // a real printed as an integer: would print 0
    {"x", type::kReal, "", Format::kInt32, "", kReal},
#elif MISTAKE == 3  // a number printed as a text: would follow it as a pointer
    {"x", type::kU32, "", Format::kText, "", kCount},
#elif MISTAKE == 4  // a reader of another type
    {"x", type::kU64, "", Format::kUint64, "", kCount},
#elif MISTAKE == 5  // when it is absent is not said
    {"x", type::kU32, "", Format::kUint32, "", kPositive},
#elif MISTAKE == 6  // it never is
    {"x", type::kU32, "", Format::kUint32, "", kCount, Absent("never")},
#elif MISTAKE == 7  // nothing to print for an absent text
    {"x", type::kText, "", Format::kText, "", kWord, Absent("none")},
#elif MISTAKE == 8  // the text's reader does not fit its format
    {"x", type::kU32, "", Format::kUint32, "", kCount, {}, kReal},
#elif MISTAKE == 9  // a sum of codes that are no bits
    {"x", type::SetOf<uint32_t>(kUdpTypeCodes), "", Format::kUint32, "", kCount},
#endif
};
constexpr auto kTable = Once(kColumns);
static_assert(kTable.size() >= 3);

}  // namespace
}  // namespace tstat::internal
