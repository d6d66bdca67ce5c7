// SPDX-License-Identifier: BSD-3-Clause
#include "startup/option_effects.h"

#include <cstdio>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tstat::cli {
namespace {

using ::testing::HasSubstr;

class OptionEffectsTest : public testing::Test {
 protected:
  OptionEffectsTest()
      : out_(std::tmpfile()),
        err_(std::tmpfile()),
        console_(out_, err_),
        effects_(console_, &settings_) {}
  ~OptionEffectsTest() override {
    std::fclose(out_);
    std::fclose(err_);
  }

  std::optional<int> Apply(Option id, const std::string& value = "") {
    return effects_.Apply({id, value});
  }
  static std::string TextOf(std::FILE* file) {
    std::rewind(file);
    std::string text(1 << 16, 0);
    text.resize(std::fread(text.data(), 1, text.size(), file));
    return text;
  }

  std::FILE* out_;
  std::FILE* err_;
  Console console_;
  Settings settings_;
  OptionEffects effects_;
};

TEST_F(OptionEffectsTest, EveryOptionHasOne) {
  for (const OptionSpec& spec : OptionTable()) {
    EXPECT_TRUE(OptionEffects::Knows(spec.id)) << spec.name;
  }
}

TEST_F(OptionEffectsTest, PlainOnesChangeSettings) {
  EXPECT_EQ(Apply(Option::kNoLogs), std::nullopt);
  EXPECT_FALSE(settings_.session.runtime.any_log());
  EXPECT_EQ(Apply(Option::kNoHistograms), std::nullopt);
  EXPECT_FALSE(settings_.session.histogram_engine);
  EXPECT_EQ(Apply(Option::kFilterExpression, "tcp"), std::nullopt);
  EXPECT_EQ(settings_.filter_expression, "tcp");
  EXPECT_EQ(Apply(Option::kDebug), std::nullopt);
  EXPECT_EQ(Apply(Option::kDebug), std::nullopt);
  EXPECT_EQ(settings_.debug, 2);
  EXPECT_EQ(Apply(Option::kNoIpv6), std::nullopt);
  EXPECT_FALSE(settings_.session.analyzer.ipv6);
  EXPECT_THAT(TextOf(out_), HasSubstr("IPv6 traffic ignored\n"));
}

TEST_F(OptionEffectsTest, ErrorsEndTheCommand) {
  EXPECT_EQ(Apply(Option::kOutputDir, ""), 1);
  EXPECT_EQ(Apply(Option::kSnapshotLength, "0"), 1);
  EXPECT_EQ(Apply(Option::kCompat, "2"), 1);
  EXPECT_EQ(Apply(Option::kInternalNets, "/none/nets.conf"), 1);
  EXPECT_EQ(Apply(Option::kVersion), 0);
}

TEST_F(OptionEffectsTest, FormsOfDumps) {
  EXPECT_EQ(Apply(Option::kGzipDumps), std::nullopt);
  EXPECT_EQ(settings_.session.dump_compression, DumpCompression::kGzip);
  EXPECT_EQ(Apply(Option::kDumpCompression, "zstd"), std::nullopt);
  EXPECT_EQ(settings_.session.dump_compression, DumpCompression::kZstd);
  EXPECT_EQ(Apply(Option::kDumpCompression, "none"), std::nullopt);
  EXPECT_EQ(settings_.session.dump_compression, DumpCompression::kNone);
  EXPECT_EQ(Apply(Option::kDumpFormat, "pcapng"), std::nullopt);
  EXPECT_EQ(settings_.session.dump_format, DumpFormat::kPcapng);
  EXPECT_EQ(Apply(Option::kDnsFilter, "names"), std::nullopt);
  EXPECT_EQ(settings_.session.dump_filter, "names");
  EXPECT_EQ(Apply(Option::kDumpFormat, "snoop"), 1);
  EXPECT_EQ(Apply(Option::kDumpCompression, "xz"), 1);
}

}  // namespace
}  // namespace tstat::cli
