// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/configuration.h"

#include <gtest/gtest.h>

#include <string>

namespace tstat::viewer {
namespace {

std::string ErrorOf(const char* text) {
  return std::string(ParseConfiguration(text).status().message());
}

TEST(ConfigurationTest, KeysAreRead) {
  const auto settings = ParseConfiguration(
      "# comment\n\n data_root = /srv/rrd/ \r\nimage_dir=/var/cache/x\ncache_size = 2M\n"
      "title = My probe\nsandbox = no\nprocesses = 12\nrequests = 1000000\n");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->data_root, "/srv/rrd/");
  EXPECT_EQ(settings->root_name(), "rrd");
  EXPECT_EQ(settings->image_dir, "/var/cache/x");
  EXPECT_EQ(settings->cache_size, 2u << 20);
  EXPECT_EQ(settings->title, "My probe");
  EXPECT_TRUE(settings->raw_data_url.empty());
  EXPECT_FALSE(settings->sandbox);
  EXPECT_EQ(settings->processes, 12);
  EXPECT_EQ(settings->requests, 1000000);
  EXPECT_TRUE(ParseConfiguration("sandbox = yes")->sandbox);
  EXPECT_TRUE(ParseConfiguration("")->sandbox);
  EXPECT_TRUE(settings->statistics_file.empty());
  EXPECT_EQ(ParseConfiguration("statistics_file = messages")->statistics_file, "messages");
  EXPECT_EQ(ParseConfiguration("statistics_file =")->statistics_file, "");
}

TEST(ConfigurationTest, MistakesAreNamedWithTheirLine) {
  EXPECT_EQ(ErrorOf("\ncolor = red"), "line 2: 'color' is not known");
  EXPECT_EQ(ErrorOf("data_root"), "line 1: not 'key = value'");
  EXPECT_EQ(ErrorOf("cache_size = much"),
            "line 1: 'cache_size' takes a number of bytes such as 64M");
  EXPECT_EQ(ErrorOf("trusted = example.org"),
            "line 1: 'trusted' takes addresses such as 192.0.2.0/24");
  EXPECT_EQ(ErrorOf("trusted = 10.0.0.0/33"),
            "line 1: 'trusted' takes addresses such as 192.0.2.0/24");
  EXPECT_EQ(ErrorOf("sandbox = off"), "line 1: 'sandbox' is yes or no");
  for (const char* wrong : {"processes = 0", "processes = 65", "processes = two"}) {
    EXPECT_EQ(ErrorOf(wrong), "line 1: 'processes' is a number from 1 to 64");
  }
  EXPECT_EQ(ErrorOf("requests = 1000001"), "line 1: 'requests' is a number from 1 to 1000000");
  EXPECT_EQ(ErrorOf("data_root ="), "line 1: 'data_root' needs a value");
}

TEST(ConfigurationTest, TrustIsByNumericRanges) {
  const auto settings = ParseConfiguration("trusted = 192.168.1.9, 10.1.0.0/20 2001:db8::/33");
  ASSERT_TRUE(settings.ok()) << settings.status();
  for (const char* address :
       {"192.168.1.9", "10.1.15.255", "2001:db8:7fff::1", "::ffff:10.1.0.1"}) {
    EXPECT_TRUE(IsTrusted(*settings, address)) << address;
  }
  for (const char* address : {"192.168.1.8", "10.1.16.0", "2001:db8:8000::1", "localhost", ""}) {
    EXPECT_FALSE(IsTrusted(*settings, address)) << address;
  }
  EXPECT_FALSE(IsTrusted(Configuration(), "127.0.0.1"));
}

}  // namespace
}  // namespace tstat::viewer
