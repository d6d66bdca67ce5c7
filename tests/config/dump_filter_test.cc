// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/dump_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace tstat::internal {
namespace {

using ::testing::HasSubstr;

DumpNameFilter Parse(std::string_view text) {
  absl::StatusOr<DumpNameFilter> filter = ParseDumpNameFilter(text, "names.conf");
  EXPECT_TRUE(filter.ok()) << filter.status();
  return filter.ok() ? *filter : DumpNameFilter();
}
std::string ErrorOf(std::string_view text) {
  const absl::StatusOr<DumpNameFilter> filter = ParseDumpNameFilter(text, "names.conf");
  EXPECT_EQ(filter.status().code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(filter.status().message());
}

TEST(DumpFilterTest, WithoutRulesAllPass) {
  const DumpNameFilter filter = Parse("# nothing\n\n   \n");
  EXPECT_TRUE(filter.Passes("a.example"));
  EXPECT_TRUE(filter.Passes(""));
}

TEST(DumpFilterTest, TheFirstSuffixThatFitsDecides) {
  const DumpNameFilter filter =
      Parse("a-a.example.net 0\nexample.net 1  # all others\nANY.ANY 0\n");
  EXPECT_FALSE(filter.Passes("x-a-a.example.net"));
  EXPECT_TRUE(filter.Passes("x-b.example.net"));
  EXPECT_TRUE(filter.Passes("example.net"));
  EXPECT_FALSE(filter.Passes("example.org"));
  EXPECT_FALSE(filter.Passes(""));
}

TEST(DumpFilterTest, SuffixesAreBytesAndEndAnywhere) {
  const DumpNameFilter filter = Parse("le.com 0");
  EXPECT_FALSE(filter.Passes("google.com"));
  EXPECT_TRUE(filter.Passes("googLe.com"));
  EXPECT_TRUE(filter.Passes("e.com"));
}

TEST(DumpFilterTest, TheDefaultStandsAnywhereAndTheLastOneCounts) {
  EXPECT_FALSE(Parse("ANY.ANY 1\nx 1\nANY.ANYTHING 0\n").otherwise);
  EXPECT_TRUE(Parse("ANY.ANY 0\nANY.ANY 1").otherwise);
  EXPECT_EQ(Parse("ANY.ANY 0\nx 1\n").rules.size(), 1u);
}

TEST(DumpFilterTest, BlanksAndCommentsAreNoPartOfWords) {
  const DumpNameFilter filter = Parse("\t example.net \t 0 \r\nother.net 0#comment\n#x 7\n");
  ASSERT_EQ(filter.rules.size(), 2u);
  EXPECT_EQ(filter.rules[0], (DumpNameFilter::Rule{"example.net", false}));
  EXPECT_EQ(filter.rules[1], (DumpNameFilter::Rule{"other.net", false}));
}

TEST(DumpFilterTest, ErrorsNameTheLineAndWhatIsAllowed) {
  EXPECT_EQ(ErrorOf("a 1\nb.net 2\n"),
            "names.conf:2: invalid values for 'b.net' (2) - must be [0|1] (a rule is: SUFFIX 0, or "
            "SUFFIX 1)");
  EXPECT_THAT(ErrorOf("b.net\n"), HasSubstr("names.conf:1: invalid values for 'b.net' (none)"));
  EXPECT_EQ(ErrorOf("b.net 1 0\n"),
            "names.conf:1: '0' is a word too many behind 'b.net 1' (a rule is: SUFFIX 0, or SUFFIX "
            "1)");
  EXPECT_THAT(ErrorOf("b.net x 0\n"), HasSubstr("invalid values for 'b.net' (x)"));
  EXPECT_THAT(ErrorOf("b.net 01\n"), HasSubstr("(01)"));
  EXPECT_THAT(ErrorOf("b.net -1\n"), HasSubstr("(-1)"));
  EXPECT_THAT(ErrorOf("ANY.ANY\n"), HasSubstr("'ANY.ANY' (none)"));
  EXPECT_THAT(ErrorOf(std::string_view("b\0 1\n", 5)), HasSubstr("names.conf:1: "));
}

TEST(DumpFilterTest, RulesAndWordsAreLimited) {
  std::string text;
  for (int i = 0; i < 255; ++i) absl::StrAppend(&text, "n", i, ".net 0\n");
  text += "ANY.ANY 0\n";
  EXPECT_EQ(Parse(text).rules.size(), 255u);
  EXPECT_THAT(ErrorOf(text + "one.more 1\n"),
              HasSubstr("names.conf:257: Maximum number of domain names (256) exceeded"));
  EXPECT_EQ(Parse(std::string(255, 'x') + " 1").rules.size(), 1u);
  EXPECT_THAT(ErrorOf(std::string(256, 'x') + " 1"), HasSubstr("longer than 255 bytes"));
}

TEST(DumpFilterTest, AMissingFileIsNotFound) {
  EXPECT_EQ(ReadDumpNameFilter("/nonexistent/names").status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(ReadDumpNameFilter("/dev/null", /*again=*/true).ok());
}

}  // namespace
}  // namespace tstat::internal
