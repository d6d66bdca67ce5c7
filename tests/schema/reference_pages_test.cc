// SPDX-License-Identifier: BSD-3-Clause
//
// The committed pages in docs/logs are what the tables say. After a change of a table: build the
// target docs_pages.
#include "schema/reference_pages.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace tstat::internal {
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
    EXPECT_NE(page.text.find("| 130 | 130 | `res_tm` | ms | `%f` |"), std::string::npos);
    EXPECT_NE(page.text.find("| - | 134 | 134 | `dns_enc` |"), std::string::npos);
    return;
  }
  FAIL() << "no page of log_tcp_complete";
}

std::string PageOf(const std::string& file_name) {
  for (const ReferencePage& page : LogReferencePages()) {
    if (page.file_name == file_name) return page.text;
  }
  return "";
}

// A further column only where the rows of a profile have other columns.
TEST(ReferencePages, PositionsOfBothVersions) {
  const std::string udp = PageOf("log_udp_complete.md"), chat = PageOf("log_chat_complete.md");
  EXPECT_NE(udp.find("| # | # 3.3 | # none | label |"), std::string::npos);
  EXPECT_NE(udp.find("| 19 | 19 | `fqdn` |"), std::string::npos);
  EXPECT_NE(udp.find("| - | 20 | 20 | `quic_SNI` |"), std::string::npos);
  EXPECT_NE(udp.find("| - | 25 | 25 | `quic_ech` |"), std::string::npos);
  EXPECT_NE(PageOf("log_tcp_complete.md").find("| 120 | - | - | `c_tls_sesid` |"),
            std::string::npos);
  EXPECT_NE(udp.find("| - | - | 26 | `flow_no` |"), std::string::npos);
  EXPECT_NE(PageOf("log_tcp_nocomplete.md").find("| # | # none | label |"), std::string::npos);
  EXPECT_NE(chat.find("| # | label |"), std::string::npos);
  EXPECT_EQ(chat.find("# 3.3"), std::string::npos);
}

TEST(ReferencePages, SayWhetherThereIsAHeaderLine) {
  const std::string with = "The header line begins", without = "No header line.";
  const std::string skype = PageOf("log_skype_complete.md"), tcp = PageOf("log_tcp_complete.md"),
                    media = PageOf("log_mm_complete.md");
  EXPECT_NE(skype.find(without), std::string::npos);
  EXPECT_EQ(skype.find(with), std::string::npos);
  EXPECT_NE(tcp.find(with), std::string::npos);
  EXPECT_EQ(tcp.find(without), std::string::npos);
  // Rows of 3.1.1 have none, those of 3.3 have one.
  EXPECT_LT(media.find(without), media.find(with));
  EXPECT_NE(media.find(with), std::string::npos);
}

TEST(ReferencePages, CodeColumnsLeadToTheCodes) {
  const std::string tcp = PageOf("log_tcp_complete.md");
  for (const char* label : {"con_t", "p2p_t", "http_t", "p2p_st"}) {
    const size_t row = tcp.find("`" + std::string(label) + "`");
    ASSERT_NE(row, std::string::npos) << label;
    EXPECT_NE(tcp.substr(row, tcp.find('\n', row) - row).find("(codes.md#"), std::string::npos)
        << label;
  }
}

}  // namespace
}  // namespace tstat::internal
