// SPDX-License-Identifier: BSD-3-Clause
//
// Which libtstat this is: the one that a program is compiled with, and the one that it has loaded.
//
//   static_assert(TSTAT_VERSION >= TSTAT_MAKE_VERSION(4, 0, 0));
//   if (tstat::Version() != tstat::kVersion) Print("compiled with ", tstat::kVersion);
//
// Programs are compatible with libraries of the same API version: the public API stands in an
// inline namespace of that name, tstat::v1, so that a program of another one does not link
// (docs/embedding.md). The build takes the project's version from here; it is above those of
// Tstat itself (3.3.0), so that package managers upgrade from them.
#ifndef TSTAT_VERSION_H_
#define TSTAT_VERSION_H_

#include <string_view>

#include "tstat/export.h"

#define TSTAT_VERSION_MAJOR 4
#define TSTAT_VERSION_MINOR 0
#define TSTAT_VERSION_PATCH 0

// The number in tstat::v1.
#define TSTAT_API_VERSION 1

// Versions as numbers that can be compared, in #if too.
#define TSTAT_MAKE_VERSION(major, minor, patch) ((major)*1000000 + (minor)*1000 + (patch))
#define TSTAT_VERSION \
  TSTAT_MAKE_VERSION(TSTAT_VERSION_MAJOR, TSTAT_VERSION_MINOR, TSTAT_VERSION_PATCH)

// "4.0.0"
#define TSTAT_QUOTE_VALUE(x) #x
#define TSTAT_QUOTE(x) TSTAT_QUOTE_VALUE(x)
#define TSTAT_VERSION_STRING       \
  TSTAT_QUOTE(TSTAT_VERSION_MAJOR) \
  "." TSTAT_QUOTE(TSTAT_VERSION_MINOR) "." TSTAT_QUOTE(TSTAT_VERSION_PATCH)

namespace tstat::inline v1 {

// Of these headers.
inline constexpr std::string_view kVersion = TSTAT_VERSION_STRING;
inline constexpr int kApiVersion = TSTAT_API_VERSION;

// Of the library; NUL-terminated.
[[nodiscard]] TSTAT_EXPORT const char* Version();

}  // namespace tstat::inline v1

#endif  // TSTAT_VERSION_H_
