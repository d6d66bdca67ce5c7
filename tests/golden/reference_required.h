// SPDX-License-Identifier: BSD-3-Clause
//
// Tests on the reference's traces are skipped only where there is nothing of the reference: with
// its folder (TSTAT_SHARED_DIR) there, or with TSTAT_REQUIRE_GOLDEN=1, what does not run fails.
//
//   TSTAT_NEEDS_REFERENCE(run.Traces({"instagram"}));
#ifndef TSTAT_TESTS_GOLDEN_REFERENCE_REQUIRED_H_
#define TSTAT_TESTS_GOLDEN_REFERENCE_REQUIRED_H_

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace tstat::internal {

inline bool ReferenceIsRequired() {
  const char* required = std::getenv("TSTAT_REQUIRE_GOLDEN");
  return (required != nullptr && std::string_view(required) == "1") ||
         std::filesystem::is_directory(TSTAT_SHARED_DIR);
}

}  // namespace tstat::internal

#define TSTAT_NEEDS_REFERENCE(happened)                                                    \
  if (!(happened)) {                                                                       \
    ASSERT_FALSE(::tstat::internal::ReferenceIsRequired())                                 \
        << "not run, and that must not pass: no reference traces at " << TSTAT_SHARED_DIR; \
    GTEST_SKIP() << "no reference traces at " << TSTAT_SHARED_DIR;                         \
  }                                                                                        \
  static_assert(true, "a semicolon follows")

#endif  // TSTAT_TESTS_GOLDEN_REFERENCE_REQUIRED_H_
