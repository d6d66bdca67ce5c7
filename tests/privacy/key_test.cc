// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/privacy/keys.h"
#include "tstat/anonymizer.h"

namespace tstat {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kShortKeyBase64[] = "Z29sZGVuLXRlc3Qta2V5AAAAAAAAAAAAAAAAAAAAAAA=";

class KeyFileTest : public ::testing::Test {
 protected:
  KeyFileTest() {
    char name[] = "/tmp/tstat-key-XXXXXX";
    folder_ = mkdtemp(name);
    path_ = folder_ / "key";
  }
  ~KeyFileTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& bytes, mode_t mode = 0600) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
    chmod(path_.c_str(), mode);
  }
  absl::StatusOr<KeyReading> Text() {
    return ReadKey({.source = KeySource::kFile, .value = path_.string()});
  }
  absl::StatusOr<KeyReading> Base64() {
    return ReadKey({.source = KeySource::kBase64File, .value = path_.string()});
  }
  static std::string Error(const absl::StatusOr<KeyReading>& reading) {
    EXPECT_FALSE(reading.ok());
    return std::string(reading.status().message());
  }

  std::filesystem::path folder_, path_;
};

TEST(Key, OfTheCommandLine) {
  auto reading = ReadKey({.source = KeySource::kText, .value = "golden-test-key"});
  ASSERT_TRUE(reading.ok());
  EXPECT_EQ(reading->key.ToBase64(), kShortKeyBase64);
  EXPECT_THAT(reading->notices, ElementsAre("Using plain text key from command line",
                                            "Key shorter than 32 bytes: padding with zeros"));
  EXPECT_THAT(reading->warnings, IsEmpty());

  reading = ReadKey({.source = KeySource::kText, .value = std::string(32, 'a') + "b"});
  ASSERT_TRUE(reading.ok());
  EXPECT_EQ(reading->key.ToBase64(), AnonymizationKey(std::string(32, 'a')).ToBase64());
  EXPECT_THAT(reading->notices, ElementsAre("Using plain text key from command line",
                                            "Key is too long: using only the first 32 bytes"));

  reading = ReadKey({.source = KeySource::kText, .value = std::string(32, 'a')});
  ASSERT_TRUE(reading.ok());
  EXPECT_EQ(reading->notices.size(), 1u);
}

TEST(Key, RandomOnesDiffer) {
  auto a = ReadKey({}), b = ReadKey({});
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_NE(a->key.ToBase64(), b->key.ToBase64());
  EXPECT_THAT(a->notices,
              ElementsAre("Generating random key (might take some time)...", "... done"));
}

TEST_F(KeyFileTest, FirstLine) {
  Write("golden-test-key\nsecond line\n");
  auto reading = Text();
  ASSERT_TRUE(reading.ok()) << reading.status();
  EXPECT_EQ(reading->key.ToBase64(), kShortKeyBase64);
  EXPECT_THAT(reading->notices,
              ElementsAre("Reading plain text key from file " + path_.string() + " ...", "... done",
                          "Key shorter than 32 bytes: padding with zeros"));
  EXPECT_THAT(reading->warnings, IsEmpty());

  Write("golden-test-key");
  EXPECT_EQ(Text()->key.ToBase64(), kShortKeyBase64);
  // Tstat keeps the carriage return.
  Write("golden-test-key\r\n");
  EXPECT_EQ(Text()->key.ToBase64(), AnonymizationKey("golden-test-key\r").ToBase64());
  Write(std::string(100000, 'k'));
  EXPECT_EQ(Text()->key.ToBase64(), AnonymizationKey(std::string(32, 'k')).ToBase64());
}

TEST_F(KeyFileTest, Base64) {
  Write(std::string(kShortKeyBase64) + "\n");
  auto reading = Base64();
  ASSERT_TRUE(reading.ok()) << reading.status();
  EXPECT_EQ(reading->key.ToBase64(), kShortKeyBase64);
  EXPECT_THAT(
      reading->notices,
      ElementsAre("Reading Base64 encoded key from file " + path_.string() + " ...", "... done"));
  Write(std::string(kShortKeyBase64) + "\r\n");
  EXPECT_EQ(Base64()->key.ToBase64(), kShortKeyBase64);
  Write("FSIXjTOkz4ATClsWSZB9ENiYj4N5eWUnYldMLSqEIgI=");
  EXPECT_EQ(Base64()->key.ToBase64(), SampleKey().ToBase64());
  Write("eHg=\n");  // two bytes
  reading = Base64();
  ASSERT_TRUE(reading.ok());
  EXPECT_EQ(reading->key.ToBase64(), AnonymizationKey("xx").ToBase64());
  EXPECT_EQ(reading->notices.back(), "Key shorter than 32 bytes: padding with zeros");
}

TEST_F(KeyFileTest, Base64IsStrict) {
  const std::string where = path_.string() + ":1: Base64 decoding failed";
  for (const char* text : {"eHg", "eHg==", "e", "", "\n", "eH g=", "eH-_", "eHg=eHg=", "====",
                           "eHh=x", "eH\xc3\xa9", " eHg=", "eHg= ", "eA=", "eHh4e"}) {
    Write(text[0] == 0 ? "\n" : text);
    EXPECT_THAT(Error(Base64()), ::testing::StartsWith(where)) << text;
  }
  Write("eH!4\n");
  EXPECT_THAT(Error(Base64()), HasSubstr("failed at character 3 (allowed: A-Z a-z 0-9 + /"));
  Write("eHh4eH\n");
  EXPECT_TRUE(Base64().ok() == false);
  EXPECT_THAT(Error(Base64()), HasSubstr("6 characters, and no multiple of 4"));
}

TEST_F(KeyFileTest, WhatIsNoKey) {
  EXPECT_EQ(Text().status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Error(Text()), HasSubstr(path_.string()));
  Write("");
  EXPECT_THAT(Error(Text()), HasSubstr("Cannot read plain text key from file: it is empty"));
  EXPECT_THAT(Error(Base64()), HasSubstr("Cannot read Base64 encoded key from file"));
  Write("\nkey\n");
  EXPECT_EQ(Error(Text()),
            path_.string() + ":1: Plain text key empty: the first line of the file is the key");
  Write(std::string("ab\0cd\n", 6));
  EXPECT_THAT(Error(Text()), HasSubstr(":1: byte 3 is 0x00: a key is a line of text"));
  Write("\x1b[31m\n");
  EXPECT_THAT(Error(Text()), HasSubstr(":1: byte 1 is 0x1b"));
  Write("a\x7f\n");
  EXPECT_THAT(Error(Text()), HasSubstr(":1: byte 2 is 0x7f"));
  Write("schl\xc3\xbcssel\tmit\n");
  EXPECT_TRUE(Text().ok());
}

TEST_F(KeyFileTest, WhatIsNoFile) {
  std::filesystem::create_directory(path_);
  EXPECT_THAT(Error(Text()), HasSubstr("is a directory"));
  EXPECT_THAT(Error(Base64()), HasSubstr("is a directory"));
  std::filesystem::remove(path_);
  // Nobody writes to it, and nobody is waited for.
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THAT(Error(Text()), HasSubstr("is not a regular file"));
}

TEST_F(KeyFileTest, WhoElseCanReadIt) {
  for (const mode_t mode : {0600, 0640, 0400}) {
    Write("key\n", mode);
    EXPECT_THAT(Text()->warnings, IsEmpty()) << mode;
    chmod(path_.c_str(), 0600);
  }
  Write("key\n", 0644);
  EXPECT_THAT(
      Text()->warnings,
      ElementsAre(path_.string() + ": everybody may read this key ('chmod 600' makes it private)"));
  const auto strict =
      ReadKey({.source = KeySource::kFile, .value = path_.string(), .must_be_private = true});
  EXPECT_EQ(strict.status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace tstat
