// SPDX-License-Identifier: BSD-3-Clause
#include "config/text_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace tstat::internal {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

constexpr char kMark[] = "\xef\xbb\xbf";

class TextFileTest : public testing::Test {
 protected:
  TextFileTest() : path_(testing::TempDir() + "tstat-text-" + std::to_string(getpid())) {}
  ~TextFileTest() override { std::remove(path_.c_str()); }

  void Write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }
  std::string ErrorOf(const std::string& text) {
    Write(text);
    const auto read = ReadTextFile(path_);
    EXPECT_FALSE(read.ok());
    const auto checked = CheckedText(text, path_);
    EXPECT_EQ(read.status(), checked.status());
    return std::string(read.status().message());
  }

  std::string path_;
};

TEST_F(TextFileTest, AsItIsButForTheMark) {
  for (const std::string text : {"", "a", "a\nb\r\n", "\n\n", "\xc3\xa4 \xff"}) {
    Write(text);
    EXPECT_EQ(*ReadTextFile(path_), text);
    Write(kMark + text);
    EXPECT_EQ(*ReadTextFile(path_), text);
    EXPECT_EQ(*CheckedText(kMark + text, "x"), text);
  }
  EXPECT_EQ(*CheckedText(std::string(kMark) + kMark, "x"), kMark);
  EXPECT_EQ(*CheckedText(std::string("a") + kMark, "x"), std::string("a") + kMark);
}

TEST_F(TextFileTest, WhatIsNoText) {
  EXPECT_EQ(ErrorOf(std::string("ab\0c", 4)), path_ + ":1: a NUL byte: this is not a text file");
  EXPECT_THAT(ErrorOf("a\n\nb" + std::string(1, '\0')), HasSubstr(":3: a NUL byte"));
  EXPECT_THAT(ErrorOf("\n" + std::string(65537, 'x')), HasSubstr(":2: \"xxx"));
  EXPECT_THAT(ErrorOf(std::string(1 << 20, 'x') + "\n"),
              EndsWith("...\": a line of more than 65536 bytes: this is not a text file"));
  EXPECT_LT(ErrorOf(std::string(1 << 20, 'x')).size(), path_.size() + 200);
  Write(std::string(65536, 'x') + "\n" + std::string(65536, 'y'));
  EXPECT_TRUE(ReadTextFile(path_).ok());
}

TEST_F(TextFileTest, OtherThanRegularFiles) {
  EXPECT_TRUE(absl::IsInvalidArgument(ReadTextFile("/dev/null", TextSource::kRegular).status()));
  EXPECT_EQ(*ReadTextFile("/dev/null"), "");
  // It would wait for a writer.
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(ReadTextFile(path_, TextSource::kRegular).status().message(),
            path_ + ": is not a regular file");
  EXPECT_FALSE(ReadTextFile("/", TextSource::kRegular).ok());
  EXPECT_TRUE(absl::IsNotFound(ReadTextFile("/none", TextSource::kRegular).status()));
}

TEST(ShownTest, ShortAndPrintable) {
  EXPECT_EQ(Shown("abc \xc3\xa4"), "abc \xc3\xa4");
  EXPECT_EQ(Shown("\x1b[2J\t\x7f"), "\\x1b[2J\\x09\\x7f");
  EXPECT_EQ(Shown(std::string(61, 'x')), std::string(60, 'x') + "...");
}

}  // namespace
}  // namespace tstat::internal
