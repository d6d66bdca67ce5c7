// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/histogram_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace tstat::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

HistogramConfig Parse(std::string_view text) {
  absl::StatusOr<HistogramConfig> config = ParseHistogramConfig(text, {}, /*l3=*/false);
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() ? *config : HistogramConfig();
}
std::string Error(std::string_view text) {
  return std::string(ParseHistogramConfig(text, {}, /*l3=*/false).status().message());
}

TEST(HistogramConfigTest, Includes) {
  EXPECT_EQ(Parse("include ALL").selection.count(), 343u);
  EXPECT_TRUE(Parse("include ALL").selection.addresses);
  EXPECT_EQ(Parse("include ip_len_in\ninclude\tip_len_in").selection.count(), 1u);
  EXPECT_EQ(Parse("include_matching ip_len").selection.count(), 3u);
  EXPECT_EQ(Parse("include_matching nothing").selection.count(), 0u);
  EXPECT_EQ(Parse("include ADX").selection.count(), 0u);
  EXPECT_TRUE(Parse("include ADX").selection.any());
  EXPECT_FALSE(Parse("").selection.any());
}

TEST(HistogramConfigTest, Comments) {
  EXPECT_EQ(Parse("# one\n\n#two\n  include ip_len_in # text\n\n# more\ninclude ip_len_out #end")
                .selection.count(),
            2u);
  // Not at the start of a line, after a comment: a keyword (a quirk of the format).
  EXPECT_THAT(Error("# one\n  # two\n"), StartsWith("BAYES: unknown keyword <#>"));
}

TEST(HistogramConfigTest, Errors) {
  EXPECT_EQ(Error("# text\ninclude ip_len_in\n\ninclude nonsense\n"),
            "HISTO: cannot find histogram <nonsense> to include at config line <2>");
  EXPECT_EQ(Error("exclude ALL"), "BAYES: unknown keyword <exclude> at config line <1>");
  EXPECT_EQ(Error("include"), "HISTO: cannot find histogram <> to include at config line <1>");
  EXPECT_FALSE(ReadHistogramConfig("/nonexistent/histo.conf", {}, false).ok());
  // With a file the place is told, and what is allowed.
  const std::string path = testing::TempDir() + "/tstat_histo.conf";
  std::ofstream(path) << "# text\ninclude ip_len_in\n\ninclude nonsense\n";
  EXPECT_EQ(ReadHistogramConfig(path, {}, false).status().message(),
            "HISTO: cannot find histogram <nonsense> to include at config line <2>\n" + path +
                ":4: \"nonsense\": tstat -H '?' lists the histograms");
  std::ofstream(path) << "exclude ALL\n";
  EXPECT_THAT(std::string(ReadHistogramConfig(path, {}, false).status().message()),
              testing::HasSubstr(path + ":1: \"exclude\": the keywords are include, "));
  std::remove(path.c_str());
}

TEST(HistogramConfigTest, Masks) {
  EXPECT_EQ(Parse("adx_mask 16").selection.address_mask, 0xffff0000);
  EXPECT_EQ(Parse("adx_mask 32").selection.address_mask, 0xffffffff);
  EXPECT_EQ(Parse("adx_mask 255.255.0").selection.address_mask, 0xffff0000);
  HistogramConfig bad = Parse("adx_mask 33 adx2_mask 1.2.3.x");
  EXPECT_EQ(bad.selection.address_mask, 0xffffff00);
  EXPECT_THAT(
      bad.warnings,
      ElementsAre("Warning: Invalid netmask in <adx_mask> or <adx2_mask> histogram option. Using "
                  "default 255.255.255.0",
                  "Warning: Invalid netmask 1.2.3.x in <adx_mask> or <adx2_mask> histogram "
                  "option. Using default 255.255.255.0"));
}

TEST(HistogramConfigTest, SecondLevel) {
  HistogramConfig c = Parse("adx2_mask 30 adx2_sample 10 adx3_sample 5");
  EXPECT_TRUE(c.selection.internal_addresses);
  EXPECT_EQ(c.selection.average_period_s, 10u);
  EXPECT_EQ(c.selection.peak_period_s, 5u);
  EXPECT_THAT(c.warnings, IsEmpty());
  EXPECT_FALSE(Parse("adx2_mask 30 include ADX").selection.internal_addresses);
  EXPECT_EQ(Parse("adx2_sample 7 adx2_mask 30").selection.average_period_s, 60u);
  c = Parse("adx2_sample 0 adx3_sample 90");
  EXPECT_EQ(c.selection.peak_period_s, 60u);
  EXPECT_THAT(c.warnings,
              ElementsAre("HISTO: wrong sample interval <0> for adx2_sample at config line <1>. "
                          "Using default 60",
                          "HISTO: max sample interval adx3_sample 90 is larger than adx2_sample "
                          "60. Using adx2_sample value for both"));
}

TEST(HistogramConfigTest, PeriodsOutOfRange) {
  for (const char* value : {"60x", "x", "1000000001", "99999999999999999999"}) {
    const auto config = ParseHistogramConfig(std::string("adx2_mask 24\nadx2_sample ") + value,
                                             HistogramSelection(), false);
    ASSERT_FALSE(config.ok()) << value;
    EXPECT_EQ(config.status().message(), std::string("HISTO: wrong sample interval <") + value +
                                             "> for adx2_sample at config line <2>");
  }
  const std::string path = testing::TempDir() + "histogram_config_period";
  std::ofstream(path) << "adx2_mask 24\nadx3_sample 60x\n";
  EXPECT_THAT(
      std::string(ReadHistogramConfig(path, HistogramSelection(), false).status().message()),
      testing::HasSubstr(path + ":2: adx3_sample: '60x': 1 to 1000000000 seconds"));
  std::remove(path.c_str());
}

TEST(HistogramConfigTest, Listing) {
  const std::string list = HistogramListing(false, false);
  EXPECT_THAT(list, StartsWith("#name\tmin\tbin_size\tmax\tdescription\nprofile_trash\t0\t1\t1\t"));
  EXPECT_THAT(list,
              testing::EndsWith("ip_protocol_in\t0\t1\t255\tIP protocol - incoming packets\n"));
  EXPECT_EQ(list.find("g_tcp"), std::string::npos);
  EXPECT_NE(HistogramListing(true, true).find("tls_bitrate_in\t0\t1\t9\t"), std::string::npos);
}

}  // namespace
}  // namespace tstat::internal
