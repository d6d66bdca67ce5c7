// SPDX-License-Identifier: BSD-3-Clause
#include "config/ini.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tstat::internal {
namespace {

using ::testing::HasSubstr;

IniFile Parse(const std::string& text) {
  absl::StatusOr<IniFile> file = ParseIni(text, "x.conf");
  EXPECT_TRUE(file.ok()) << file.status() << " for: " << text;
  return file.ok() ? *file : IniFile();
}

IniEntry Entry(const std::string& line) {
  IniFile file = Parse("[log]\n" + line + "\n");
  EXPECT_EQ(file.sections.size(), 1u);
  EXPECT_EQ(file.sections[0].entries.size(), 1u) << line;
  return file.sections[0].entries.empty() ? IniEntry() : file.sections[0].entries[0];
}

std::string ErrorOf(const std::string& text) {
  absl::StatusOr<IniFile> file = ParseIni(text, "x.conf");
  EXPECT_FALSE(file.ok()) << text;
  return std::string(file.status().message());
}

TEST(Ini, AllWaysToAssign) {
  for (const char* line : {"key = 0", "key 0", "key=0", "key= 0", "key =0", " \tkey\t=\t0\r",
                           "key = 0 # zero", "key 0 #"}) {
    IniEntry entry = Entry(line);
    EXPECT_EQ(entry.key, "key") << line;
    EXPECT_TRUE(entry.value.is_integer) << line;
    EXPECT_EQ(entry.value.integer, 0) << line;
    EXPECT_EQ(entry.line, 2);
  }
  for (const char* line : {"key", "key =", "key=", "key # = 0"}) {
    EXPECT_EQ(Entry(line).value.integer, 1) << line;
  }
}

TEST(Ini, Values) {
  EXPECT_EQ(Entry("k = 0xffffffff").value.integer, 0xffffffff);
  EXPECT_EQ(Entry("k = 0xAb").value.integer, 0xab);
  EXPECT_EQ(Entry("k = 010").value.integer, 10);
  IniEntry point = Entry("k = 21.5");
  EXPECT_FALSE(point.value.is_integer);
  EXPECT_DOUBLE_EQ(point.value.number, 21.5);
  EXPECT_FALSE(Entry("k = 5.").value.is_integer);
  EXPECT_DOUBLE_EQ(Entry("k = .5").value.number, 0.5);
  EXPECT_DOUBLE_EQ(Entry("k = 7").value.number, 7);
  EXPECT_EQ(Entry("k = 1.50").value.text, "1.50");
}

TEST(Ini, SyntaxErrors) {
  for (const char* value : {"-1", "+1", "1e3", "yes", "1#c", "0x", "0x1g", "0x100000000", "1.2.3",
                            ".", "99999999999999999999"}) {
    std::string error = ErrorOf(std::string("[log]\n\nk = ") + value + "\n");
    EXPECT_THAT(error,
                HasSubstr(std::string("x.conf:3: inireader: '") + value + "' - syntax error"));
  }
  EXPECT_THAT(ErrorOf("[log]\nk = 1 2\n"), HasSubstr("x.conf:2: inireader: '2' - syntax error"));
  EXPECT_THAT(ErrorOf("[log]\n= 1\n"), HasSubstr("syntax error"));
  EXPECT_THAT(ErrorOf("[logs]\n"), HasSubstr("x.conf:1: inireader: '[logs]' - syntax error"));
  EXPECT_THAT(ErrorOf("[ log ]\n"), HasSubstr("inireader: '[' - syntax error"));
}

TEST(Ini, Sections) {
  IniFile file =
      Parse("before = nonsense x y\n[LOG] rest is ignored\r\na\n[Options]\n[log]\nb 2\n");
  ASSERT_EQ(file.sections.size(), 3u);
  EXPECT_EQ(file.sections[0].name, "log");
  EXPECT_EQ(file.sections[0].line, 2);
  EXPECT_EQ(file.sections[1].name, "options");
  EXPECT_TRUE(file.sections[1].entries.empty());
  EXPECT_EQ(file.sections[2].entries[0].value.integer, 2);
  ASSERT_EQ(file.warnings.size(), 1u);
  EXPECT_EQ(file.warnings[0],
            "x.conf:1: inireader: warning - 'before' stands before the first section - ignored");
  EXPECT_TRUE(Parse("# a comment\n\n[log]\n").warnings.empty());
}

TEST(Ini, Words) {
  const IniEntry entry = Entry("histo_empty = skip");
  EXPECT_FALSE(entry.value.is_integer);
  EXPECT_EQ(entry.value.text, "skip");
  EXPECT_EQ(Entry("histo_empty").value.integer, 1);
  EXPECT_THAT(ErrorOf("[log]\nother = skip\n"), HasSubstr("'skip' - syntax error"));
}

TEST(Ini, ErrorsAreShort) {
  const std::string error = ErrorOf("[log]\nk = " + std::string(60000, 'x') + "\n");
  EXPECT_LT(error.size(), 200u);
  EXPECT_THAT(ErrorOf("[log]\nk = \x1b[2J\n"), HasSubstr("'\\x1b[2J'"));
}

TEST(Ini, FileWithoutSection) {
  IniFile file = Parse("a = 1\n");
  EXPECT_TRUE(file.sections.empty());
  ASSERT_EQ(file.warnings.size(), 1u);
  EXPECT_EQ(file.warnings[0],
            "inireader: warning - No section header in file 'x.conf' - File ignored");
}

TEST(Ini, HostileBytes) {
  std::string text = "[log]\n";
  for (int c = 0; c < 256; ++c) text += std::string(1, static_cast<char>(c));
  ParseIni(text, "x.conf").status().IgnoreError();  // any answer, no crash
  EXPECT_FALSE(ParseIni(std::string("[log]\nk = \0\n", 11), "x.conf").ok());
}

}  // namespace
}  // namespace tstat::internal
