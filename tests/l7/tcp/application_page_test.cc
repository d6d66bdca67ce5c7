// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tcp/application_page.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "tstat/application.h"

namespace tstat::internal {
namespace {

TEST(ApplicationPage, HasEachOne) {
  const std::string page = ApplicationReferencePage();
  for (const ApplicationInfo& known : kApplications) {
    const std::string row =
        "| `" + std::string(known.name) + "` | `" + std::string(known.category) + "` |";
    EXPECT_NE(page.find(row), std::string::npos) << row;
  }
  EXPECT_NE(page.find("| `DNS` | `network` | 53 | 53 | |\n"), std::string::npos);
  EXPECT_NE(page.find("| `unknown` | `unknown` | | | |\n"), std::string::npos);
}

TEST(ApplicationPage, TheCommittedOneIsUpToDate) {
  const std::string path = std::string(TSTAT_SOURCE_DIR) + "/docs/applications.md";
  std::ifstream in(path, std::ios::binary);
  ASSERT_TRUE(in) << path;
  const std::string committed((std::istreambuf_iterator<char>(in)), {});
  EXPECT_EQ(committed, ApplicationReferencePage()) << path << ": run the target docs_pages";
}

}  // namespace
}  // namespace tstat::internal
