// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/configuration.h"

#include <gmock/gmock.h>
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
  EXPECT_EQ(settings->time_limit, 60);
  EXPECT_EQ(ParseConfiguration("time_limit = 3600")->time_limit, 3600);
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
  for (const char* wrong : {"time_limit = 0", "time_limit = 3601", "time_limit = 1.5"}) {
    EXPECT_EQ(ErrorOf(wrong), "line 1: 'time_limit' is a number from 1 to 3600");
  }
  EXPECT_EQ(ErrorOf("data_root ="), "line 1: 'data_root' needs a value");
}

TEST(ConfigurationTest, LinksLeadToPathsAndWebServers) {
  for (const char* good : {"/rrd", "http://192.0.2.1/rrd", "https://example.org/a%20b", ""}) {
    const auto settings = ParseConfiguration(std::string("raw_data_url = ") + good);
    ASSERT_TRUE(settings.ok()) << good;
    EXPECT_EQ(settings->raw_data_url, good);
  }
  for (const char* bad :
       {"javascript:alert(1)", "JavaScript:x", "data:text/html,x", "//example.org/rrd", "rrd",
        "ftp://example.org", "/a b", "/\\example.org", "/\x01", "/\xff"}) {
    EXPECT_THAT(ErrorOf((std::string("raw_data_url = ") + bad).c_str()),
                ::testing::HasSubstr("takes a path that begins with /"))
        << bad;
  }
}

TEST(ConfigurationTest, NobodyMayChangeTheGalleryUnlessItSaysWho) {
  const Configuration defaults;
  EXPECT_FALSE(defaults.gallery_for_trusted || defaults.gallery_for_users);
  EXPECT_EQ(defaults.gallery_entries, 100u);
  const auto both = ParseConfiguration("gallery_allow = trusted, users\ngallery_entries = 7");
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_TRUE(both->gallery_for_trusted && both->gallery_for_users);
  EXPECT_EQ(both->gallery_entries, 7u);
  EXPECT_TRUE(ParseConfiguration("gallery_allow = users")->gallery_for_users);
  EXPECT_FALSE(ParseConfiguration("gallery_allow = users")->gallery_for_trusted);
  EXPECT_FALSE(
      ParseConfiguration("gallery_allow = users\ngallery_allow = nobody")->gallery_for_users);
  EXPECT_EQ(ErrorOf("gallery_allow = all"),
            "line 1: 'gallery_allow' takes trusted, users, both, or nobody");
  EXPECT_EQ(ErrorOf("gallery_entries = 1001"),
            "line 1: 'gallery_entries' takes a number from 0 to 1000");
}

TEST(ConfigurationTest, VlansHaveNames) {
  const auto settings = ParseConfiguration("vlan.10 = Office: 2nd = left\nvlan.4095=Guests");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->vlan_names.at(10), "Office: 2nd = left");
  EXPECT_EQ(settings->vlan_names.at(4095), "Guests");
  for (const char* wrong : {"vlan.4096 = x", "vlan.-1 = x", "vlan. = x", "vlan.a = x"}) {
    EXPECT_THAT(ErrorOf(wrong), ::testing::HasSubstr("from 0 to 4095")) << wrong;
  }
  for (const std::string& wrong :
       {std::string("vlan.1 ="), std::string("vlan.1 = a\tb\x01"),
        "vlan.1 = " + std::string(65, 'x'), std::string("vlan.1 = \xff")}) {
    EXPECT_THAT(ErrorOf(wrong.c_str()), ::testing::HasSubstr("at most 64 bytes")) << wrong;
  }
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

TEST(ConfigurationTest, AByteOrderMarkIsNoPartOfAKey) {
  const auto configuration = ParseConfiguration("\xef\xbb\xbftitle = Lab\r\n");
  ASSERT_TRUE(configuration.ok()) << configuration.status();
  EXPECT_EQ(configuration->title, "Lab");
}

}  // namespace
}  // namespace tstat::viewer
