// SPDX-License-Identifier: BSD-3-Clause
#include "output/stream_encoder.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/output/unpack.h"

namespace tstat::internal {
namespace {

using Flush = StreamEncoder::Flush;

class StreamEncoderTest : public ::testing::TestWithParam<bool> {
 protected:
  static std::unique_ptr<StreamEncoder> Make() {
    return GetParam() ? MakeZstdEncoder() : MakeGzipEncoder();
  }
  static std::string Unpack(const std::string& packed) {
    return GetParam() ? UnpackZstd(packed) : UnpackGzip(packed);
  }
};
INSTANTIATE_TEST_SUITE_P(Kinds, StreamEncoderTest, ::testing::Bool());

TEST_P(StreamEncoderTest, WhatGoesInComesOut) {
  // More than one chunk of output, and not to be compressed.
  std::string text;
  uint32_t random = 1;
  for (int i = 0; i < 300'000; ++i) {
    random = random * 1664525 + 1013904223;
    text.push_back(static_cast<char>(random >> 24));
  }
  const auto encoder = Make();
  std::string out;
  for (size_t at = 0; at < text.size(); at += 7000) {
    ASSERT_TRUE(encoder->Encode(std::string_view(text).substr(at, 7000), Flush::kNone, &out).ok());
  }
  ASSERT_TRUE(encoder->Encode("", Flush::kEnd, &out).ok());
  EXPECT_EQ(Unpack(out), text);
}

TEST_P(StreamEncoderTest, AFlushMakesAllReadable) {
  const auto encoder = Make();
  std::string out;
  ASSERT_TRUE(encoder->Encode("a row\n", Flush::kNone, &out).ok());
  ASSERT_TRUE(encoder->Encode("another\n", Flush::kSync, &out).ok());
  EXPECT_EQ(Unpack(out), "a row\nanother\n");
  const std::string before = out;
  ASSERT_TRUE(encoder->Encode("", Flush::kEnd, &out).ok());
  EXPECT_GT(out.size(), before.size());
  EXPECT_EQ(Unpack(out), "a row\nanother\n");
}

TEST_P(StreamEncoderTest, NothingIsAStreamToo) {
  const auto encoder = Make();
  std::string out;
  ASSERT_TRUE(encoder->Encode("", Flush::kEnd, &out).ok());
  EXPECT_FALSE(out.empty());
  EXPECT_EQ(Unpack(out), "");
}

}  // namespace
}  // namespace tstat::internal
