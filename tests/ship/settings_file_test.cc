// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/settings_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/ship/files.h"

namespace tstat::ship {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kFirstKeys[] = {"host", "port", "password"};
constexpr std::string_view kSecondKeys[] = {"durable"};
constexpr SectionRule kRules[] = {{"", kFirstKeys}, {"first", kFirstKeys}, {"second", kSecondKeys}};

class SettingsFile : public ::testing::Test {
 protected:
  absl::StatusOr<Settings> Read(const std::string& text, mode_t mode = 0600) {
    WriteAll(folder_ / "a.ini", text, mode);
    return ReadSettings(folder_ / "a.ini", kRules);
  }
  std::string ErrorOf(const std::string& text) {
    return std::string(Read(text).status().message());
  }
  TestFolder folder_;
};

TEST_F(SettingsFile, HasSectionsKeysAndValues) {
  const auto settings = Read(
      "# what\nhost = before\n\n[first]\n; and\nhost: a=b \nport=17\npassword = 'a \"b\" # c'\n"
      "[second]\ndurable = True\n");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->Get("", "host"), "before");
  EXPECT_EQ(settings->Get("first", "host"), "a=b");
  EXPECT_EQ(settings->Get("first", "password"), "a \"b\" # c");
  EXPECT_EQ(settings->Get("second", "host", "none"), "none");
  EXPECT_EQ(*settings->GetNumber("first", "port", 1, 1, 17), 17u);
  EXPECT_EQ(*settings->GetNumber("second", "port", 5, 1, 17), 5u);
  EXPECT_EQ(*settings->GetYesOrNo("second", "durable", "no"), "yes");
  EXPECT_EQ(*settings->GetYesOrNo("first", "durable", "no"), "no");
  EXPECT_TRUE(settings->Has("first", "port"));
  EXPECT_FALSE(settings->Has("second", "port"));
  EXPECT_TRUE(settings->is_private());
}

TEST_F(SettingsFile, NamesWhatItDoesNotKnow) {
  EXPECT_EQ(ErrorOf("[first]\nhots = x\n"),
            folder_ / "a.ini:2: \"hots\" is no key of [first]; known: host, port, password");
  EXPECT_EQ(ErrorOf("durable = yes\n"),
            folder_ / "a.ini:1: \"durable\" is no key; known: host, port, password");
  EXPECT_EQ(ErrorOf("\n[third]\n"),
            folder_ / "a.ini:2: \"[third]\" is no section; known: first, second");
  EXPECT_EQ(ErrorOf("[]\n"), folder_ / "a.ini:1: \"[]\" is no section; known: first, second");
  EXPECT_EQ(ErrorOf("host = 1\nhost = 2\n"), folder_ / "a.ini:2: \"host\" is given twice");
}

// A line that is none may be what somebody wanted to be a password.
TEST_F(SettingsFile, ShowsNoLineThatIsNone) {
  EXPECT_EQ(ErrorOf("[first]\nhidden\n"), folder_ / "a.ini:2: is no KEY = VALUE");
}

TEST_F(SettingsFile, NumbersAndWordsHaveLimits) {
  const auto settings = Read("port = 18\nhost = perhaps\n");
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings->GetNumber("", "port", 1, 1, 17).status().message(),
            folder_ / "a.ini:1: port is a number from 1 to 17, not \"18\"");
  EXPECT_FALSE(settings->GetNumber("", "port", 1, 19, 20).ok());
  EXPECT_FALSE(settings->GetNumber("", "host", 1, 0, 20).ok());
  EXPECT_FALSE(settings->GetYesOrNo("", "host", "no").ok());
}

TEST_F(SettingsFile, TakesValuesFromTheEnvironment) {
  setenv("TSTAT_TEST_SETTING", "there", 1);
  unsetenv("TSTAT_TEST_OTHER");
  const auto settings = Read(
      "host = ${TSTAT_TEST_SETTING:x}-${TSTAT_TEST_OTHER:y}\nport = ${TSTAT_TEST_OTHER:7}\n"
      "password = ${TSTAT_TEST_SETTING}\n[first]\npassword = $x\nhost = ${TSTAT_TEST_OTHER:}\n");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->Get("", "host"), "there-y");
  EXPECT_EQ(settings->Get("", "port"), "7");
  EXPECT_EQ(settings->Get("", "password"), "there");
  EXPECT_FALSE(settings->IsLiteral("", "password"));
  EXPECT_TRUE(settings->IsLiteral("", "port"));  // its default stands in the file
  EXPECT_EQ(settings->Get("first", "password"), "$x");
  EXPECT_TRUE(settings->IsLiteral("first", "password"));
  EXPECT_EQ(settings->Get("first", "host"), "");
  EXPECT_THAT(ErrorOf("host = ${TSTAT_TEST_OTHER}\n"), HasSubstr("no variable"));
}

TEST_F(SettingsFile, KnowsWhoMayReadIt) {
  EXPECT_FALSE(Read("", 0640)->is_private());
  EXPECT_FALSE(Read("", 0602)->is_private());
  EXPECT_TRUE(Read("", 0400)->is_private());
  EXPECT_TRUE(absl::IsNotFound(ReadSettings(folder_ / "none", kRules).status()));
  EXPECT_FALSE(ReadSettings(folder_.path(), kRules).ok());
}

}  // namespace
}  // namespace tstat::ship
