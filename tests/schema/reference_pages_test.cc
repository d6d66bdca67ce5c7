// SPDX-License-Identifier: BSD-3-Clause
//
// The committed pages in docs/logs are what the tables say. After a change of a table: build the
// target docs_pages.
#include "schema/reference_pages.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace tstat {
namespace {

TEST(ReferencePages, CommittedPagesAreUpToDate) {
  for (const ReferencePage& page : LogReferencePages()) {
    const std::string path = std::string(TSTAT_SOURCE_DIR) + "/docs/logs/" + page.file_name;
    std::ifstream in(path, std::ios::binary);
    ASSERT_TRUE(in) << path;
    const std::string committed((std::istreambuf_iterator<char>(in)), {});
    EXPECT_EQ(committed, page.text) << path << ": run the target docs_pages";
  }
}

TEST(ReferencePages, EveryColumnOfTheDefaultTcpLogHasItsPosition) {
  for (const ReferencePage& page : LogReferencePages()) {
    if (page.file_name != "log_tcp_complete.md") continue;
    EXPECT_NE(page.text.find("| 130 | `res_tm` | ms | `%f` |"), std::string::npos);
    EXPECT_NE(page.text.find("| - | `dns_enc` |"), std::string::npos);
    return;
  }
  FAIL() << "no page of log_tcp_complete";
}

}  // namespace
}  // namespace tstat
