// SPDX-License-Identifier: BSD-3-Clause
//
// What a user writes: addresses, options, secrets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "output/destinations/registry.h"
#include "output/destinations/secret.h"
#include "output/destinations/url.h"
#include "tests/output/temporary_folder.h"

namespace tstat::internal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(DestinationUrl, Parts) {
  const DestinationUrl url =
      *DestinationUrl::Parse("HTTP://Collector.example:8086/write?db=tstat&u=x");
  EXPECT_EQ(url.scheme, "http");
  EXPECT_EQ(url.host, "Collector.example");
  EXPECT_EQ(url.port, 8086);
  EXPECT_EQ(url.path, "/write");
  EXPECT_EQ(url.query, "db=tstat&u=x");
  EXPECT_EQ(url.ToString(), "http://Collector.example:8086/write?db=tstat&u=x");
  EXPECT_EQ(url.Name(), "http://Collector.example:8086/write");
  const DestinationUrl ipv6 = *DestinationUrl::Parse("amqps://[2001:db8::1]");
  EXPECT_EQ(ipv6.host, "2001:db8::1");
  EXPECT_EQ(ipv6.port, 0);
  EXPECT_EQ(ipv6.ToString(), "amqps://[2001:db8::1]");
  EXPECT_EQ(DestinationUrl::Parse("http://a?q")->query, "q");
  EXPECT_EQ(DestinationUrl::Parse("http://a/b/c")->path, "/b/c");
}

TEST(DestinationUrl, WhatIsNone) {
  for (const char* text : {"http:/a", "http://", "http://:80", "http://a:0", "http://a:65536",
                           "http://a:", "http://a:8o", "http://a:+1", "http://a b", "http://[::1",
                           "http://[::1]80", "http://[g]", "http://a\nb/", "http://a/\x7f",
                           "http://\xc3\xa4.example", "http://a#b", "http://a,b"}) {
    const absl::Status status = DestinationUrl::Parse(text).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << text;
  }
  EXPECT_FALSE(DestinationUrl::Parse("http://a/" + std::string(3000, 'x')).ok());
}

TEST(DestinationUrl, SecretsAreRefusedAndNotRepeated) {
  for (const char* text :
       {"http://user:hidden@host/", "http://hidden@host", "http://host/write?p=hidden",
        "http://host/write?db=x&password=hidden", "https://host/?token=hidden"}) {
    const absl::Status status = DestinationUrl::Parse(text).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << text;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("hidden")));
    EXPECT_THAT(std::string(status.message()), HasSubstr("option"));
  }
}

TEST(PercentDecoded, BytesAndMistakes) {
  EXPECT_EQ(*PercentDecoded("a%2Fb%00"), std::string("a/b\0", 4));
  for (const char* text : {"%", "%2", "%2g", "%-1"})
    EXPECT_FALSE(PercentDecoded(text).ok()) << text;
}

TEST(ReadSecret, FromTheEnvironment) {
  ASSERT_EQ(setenv("TSTAT_TEST_SECRET", "hidden", 1), 0);
  EXPECT_EQ(*ReadSecret("env:TSTAT_TEST_SECRET"), "hidden");
  EXPECT_TRUE(absl::IsNotFound(ReadSecret("env:TSTAT_TEST_NO_SECRET").status()));
  EXPECT_TRUE(absl::IsNotFound(ReadSecret("env:").status()));
}

TEST(ReadSecret, FromAFileOfOnesOwn) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/secret";
  std::ofstream(path) << "hidden\r\n";
  for (const mode_t mode : {0600, 0400}) {
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
    EXPECT_EQ(*ReadSecret("file:" + path), "hidden");
  }
  for (const mode_t mode : {0640, 0604, 0620, 0602, 0610, 0601}) {
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
    const absl::Status status = ReadSecret("file:" + path).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << mode;
    EXPECT_THAT(std::string(status.message()), HasSubstr("chmod 600"));
  }
  EXPECT_TRUE(absl::IsNotFound(ReadSecret("file:" + path + "2").status()));
  EXPECT_FALSE(ReadSecret("file:" + folder.path()).ok());
  std::ofstream(path) << std::string(70000, 'x');
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  EXPECT_FALSE(ReadSecret("file:" + path).ok());
}

TEST(ReadSecret, ASecretItselfIsNotRepeated) {
  const absl::Status status = ReadSecret("hidden").status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("hidden")));
  EXPECT_THAT(std::string(status.message()), HasSubstr("env:NAME"));
}

std::string ErrorOf(const std::string& address, const DestinationOptionMap& options = {}) {
  const auto destination = OpenDestination(address, options);
  EXPECT_TRUE(destination.ok() || absl::IsInvalidArgument(destination.status()))
      << destination.status();
  return destination.ok() ? "" : std::string(destination.status().message());
}

TEST(OpenDestination, KindsByAddress) {
  EXPECT_EQ((*OpenDestination("-", {}))->name(), "standard output");
  EXPECT_EQ((*OpenDestination("./flows.jsonl", {}))->name(), "./flows.jsonl");
  EXPECT_EQ((*OpenDestination("file:a:b", {}))->name(), "a:b");
  EXPECT_EQ((*OpenDestination("unix:/run/x", {}))->name(), "unix:/run/x");
}

TEST(OpenDestination, UnknownKindsNameWhatThereIs) {
  for (const char* address : {"ftp://host/x", "redis://host", "http2://x", "://x"}) {
    EXPECT_THAT(
        ErrorOf(address),
        HasSubstr("http://, https://, amqp://, amqps://, kafka://, kafkas://, tcp:// or udp://"))
        << address;
  }
  EXPECT_THAT(ErrorOf(""), HasSubstr("no path of a file"));
  EXPECT_THAT(ErrorOf("folder/"), HasSubstr("no path of a file"));
  EXPECT_THAT(ErrorOf("unix:"), HasSubstr("path of a socket"));
  EXPECT_THAT(ErrorOf("unix:" + std::string(108, 'x')), HasSubstr("107 bytes"));
  EXPECT_EQ(ErrorOf("unix:" + std::string(107, 'x')), "");
}

TEST(OpenDestination, UnknownOptionsNameWhatThereIs) {
  EXPECT_THAT(
      ErrorOf("flows", {{"rotate", "1"}}),
      HasSubstr("\"rotate\" is no option of a file; there are: rotate_bytes rotate_time keep"));
  EXPECT_THAT(ErrorOf("-", {{"x", "1"}}), HasSubstr("standard output, which has none"));
  EXPECT_THAT(ErrorOf("http://a", {{"pasword", "x"}}), HasSubstr("user password token"));
  EXPECT_THAT(ErrorOf("amqp://a", {{"queue", "q"}, {"ssl", "x"}}), HasSubstr("durable"));
}

TEST(OpenDestination, ValuesOfOptions) {
  EXPECT_EQ(ErrorOf("flows", {{"rotate_bytes", "100M"}, {"rotate_time", "1h"}, {"keep", "3"}}), "");
  EXPECT_THAT(ErrorOf("flows", {{"rotate_bytes", "many"}}),
              HasSubstr("option rotate_bytes: \"many\" is no size"));
  EXPECT_THAT(ErrorOf("flows", {{"rotate_time", "1y"}}), HasSubstr("option rotate_time"));
  EXPECT_THAT(ErrorOf("flows", {{"keep", "-1"}}), HasSubstr("option keep"));
  EXPECT_THAT(ErrorOf("http://a", {{"timeout", "0"}}), HasSubstr("at least one second"));
  EXPECT_THAT(ErrorOf("http://a", {{"user", "x"}}), HasSubstr("user and password belong together"));
  EXPECT_THAT(ErrorOf("http://a", {{"token", "hidden"}}), Not(HasSubstr("hidden")));
  EXPECT_THAT(ErrorOf("amqp://a", {}), HasSubstr("queue or routing_key must be given"));
  EXPECT_THAT(ErrorOf("amqp://a", {{"queue", "q"}, {"durable", "maybe"}}),
              HasSubstr("neither yes nor no"));
  EXPECT_THAT(ErrorOf("amqp://a?x=y", {{"queue", "q"}}), HasSubstr("no query"));
  EXPECT_THAT(ErrorOf("amqp://a/%zz", {{"queue", "q"}}), HasSubstr("hexadecimal"));
  ASSERT_EQ(setenv("TSTAT_TEST_SECRET", "two\nlines", 1), 0);
  EXPECT_THAT(ErrorOf("http://a", {{"token", "env:TSTAT_TEST_SECRET"}}), HasSubstr("one line"));
  EXPECT_THAT(ErrorOf("http://a", {{"headers", "env:TSTAT_TEST_SECRET"}}),
              HasSubstr("Name: value"));
}

TEST(OpenDestination, Kafka) {
  EXPECT_THAT(ErrorOf("kafka://a:9092,b"), HasSubstr("HOST:PORT,HOST:PORT/TOPIC"));
  EXPECT_THAT(ErrorOf("kafka://a/b/c"), HasSubstr("\"b/c\" is no topic"));
  EXPECT_THAT(ErrorOf("kafka://a/.."), HasSubstr("is no topic"));
  EXPECT_THAT(ErrorOf("kafka://a:0,b:x/t"), HasSubstr("port"));
  EXPECT_THAT(ErrorOf("kafka://u@a/t"), HasSubstr("user"));
  EXPECT_THAT(ErrorOf("kafka://a/t", {{"mechanism", "GSSAPI"}}),
              HasSubstr("\"GSSAPI\" is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"));
  EXPECT_THAT(ErrorOf("kafka://a/t", {{"compression", "lzma"}}), HasSubstr("none of none, gzip"));
  EXPECT_THAT(ErrorOf("kafka://a/t", {{"user", "x"}}), HasSubstr("belong together"));
  EXPECT_THAT(ErrorOf("kafkas://a/t", {{"queue", "x"}}), HasSubstr("no option of kafkas"));
  EXPECT_THAT(ErrorOf("kafka://a/t", {{"message_bytes", "1"}}), HasSubstr("message.max.bytes"));
}

TEST(OptionValues, SizesAndTimes) {
  EXPECT_EQ(*ParseByteCount("0"), 0u);
  EXPECT_EQ(*ParseByteCount("4096"), 4096u);
  EXPECT_EQ(*ParseByteCount("64k"), 65536u);
  EXPECT_EQ(*ParseByteCount("2G"), uint64_t{2} << 30);
  EXPECT_EQ(*ParseSeconds("90"), 90);
  EXPECT_EQ(*ParseSeconds("90s"), 90);
  EXPECT_EQ(*ParseSeconds("2m"), 120);
  EXPECT_EQ(*ParseSeconds("1d"), 86400);
  for (const char* text :
       {"", "k", "-1", "1.5", "1kk", " 1", "1 ", "99999999999999999999", "9999999G"}) {
    EXPECT_FALSE(ParseByteCount(text).ok()) << text;
    EXPECT_FALSE(ParseSeconds(text).ok()) << text;
  }
}

}  // namespace
}  // namespace tstat::internal
