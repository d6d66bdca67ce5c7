// SPDX-License-Identifier: BSD-3-Clause
#include "startup/option_effects.h"

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "startup/usage.h"

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

TEST_F(OptionEffectsTest, MemoryIsASizeThatIsEnough) {
  EXPECT_EQ(Apply(Option::kMaxMemory, "47M"), 1);
  EXPECT_EQ(Apply(Option::kMaxMemory, "much"), 1);
  EXPECT_THAT(TextOf(err_), HasSubstr("--max-memory much: a number of bytes"));
  EXPECT_EQ(Apply(Option::kMaxMemory, "2G"), std::nullopt);
  EXPECT_EQ(settings_.session.analyzer.max_memory, uint64_t{2} << 30);
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

TEST_F(OptionEffectsTest, ExportsAndMetrics) {
  EXPECT_EQ(Apply(Option::kExport, "json=a#logs=tcp"), std::nullopt);
  console_.Out("to the standard output\n");
  EXPECT_EQ(Apply(Option::kExport, "csv=-#logs=tcp"), std::nullopt);
  console_.Out("to standard error\n");
  EXPECT_THAT(settings_.session.exports,
              ::testing::ElementsAre("json=a#logs=tcp", "csv=-#logs=tcp"));
  EXPECT_EQ(TextOf(out_), "to the standard output\n");
  EXPECT_EQ(TextOf(err_), "to standard error\n");
  EXPECT_EQ(Apply(Option::kSpool, "dir"), std::nullopt);
  EXPECT_EQ(settings_.session.export_settings.spool_dir, "dir");
  EXPECT_EQ(Apply(Option::kSpool, ""), 1);
  EXPECT_EQ(Apply(Option::kIpfixPen, "4711"), std::nullopt);
  EXPECT_EQ(settings_.session.export_settings.ipfix_pen, 4711u);
  for (const char* bad : {"0", "-1", "4294967296", "cisco", ""}) {
    EXPECT_EQ(Apply(Option::kIpfixPen, bad), 1) << bad;
  }
  EXPECT_EQ(Apply(Option::kExportWait, "0"), std::nullopt);
  EXPECT_EQ(settings_.session.export_wait.count(), 0);
  for (const char* const bad : {"", "-1", "1.5", "86401", "soon"}) {
    EXPECT_EQ(Apply(Option::kExportWait, bad), 1) << bad;
  }
  const struct {
    const char *text, *address;
    uint16_t port;
  } good[] = {{"9111", "127.0.0.1", 9111},
              {"0", "127.0.0.1", 0},
              {"192.0.2.1:80", "192.0.2.1", 80},
              {"[::1]:65535", "::1", 65535}};
  for (const auto& [text, address, port] : good) {
    EXPECT_EQ(Apply(Option::kMetrics, text), std::nullopt) << text;
    EXPECT_EQ(settings_.metrics->address, address);
    EXPECT_EQ(settings_.metrics->port, port);
  }
  for (const char* const bad : {"", ":", ":80", "a:", "::1:80", "1:65536", "[]:1", "1.2.3.4:+1"}) {
    EXPECT_EQ(Apply(Option::kMetrics, bad), 1) << bad;
  }
}

// As strtoll has it: any base, signs, the low 32 bits.
TEST_F(OptionEffectsTest, MasksOfAddresses) {
  const std::pair<const char*, uint32_t> good[] = {{"255", 255},
                                                   {"0xff", 255},
                                                   {"0377", 255},
                                                   {"0", 0},
                                                   {"-1", 0xffffffff},
                                                   {"-0x100", 0xffffff00},
                                                   {"+7", 7},
                                                   {" 7", 7},
                                                   {"0x1000000ff", 255},
                                                   {"0x7fffffffffffffff", 0xffffffff}};
  for (const auto& [text, mask] : good) {
    EXPECT_EQ(Apply(Option::kAddressMask, text), std::nullopt) << text;
    EXPECT_EQ(settings_.session.analyzer.address_mask, mask) << text;
  }
  EXPECT_THAT(TextOf(out_), HasSubstr("Anonymization mask set to 0xffffff00\n"));
  settings_.session.analyzer.address_mask = 3;
  for (const char* text : {"", "x", "255.0.0.0", "12 ", "-", "0x", "9223372036854775808", "1e3"}) {
    EXPECT_EQ(Apply(Option::kAddressMask, text), 1) << text;
    EXPECT_EQ(settings_.session.analyzer.address_mask, 3u) << text;
  }
}

TEST_F(OptionEffectsTest, VersionsAreThoseOfTheProfile) {
  EXPECT_THAT(VersionText(CompatProfile::Tstat311()),
              HasSubstr(", compatible with tstat-3.1.1\nCompiled with IPv6 support\n\n"));
  EXPECT_THAT(VersionText(CompatProfile::Tstat33()),
              HasSubstr(", compatible with tstat-3.3.0\nCompiled with IPv6 support and with LDNS "
                        "(log_dns) support\n\n"));
  EXPECT_THAT(VersionText(CompatProfile::Tstat33DefaultBuild()),
              HasSubstr("with IPv6 support and without LDNS (log_dns) support\n\n"));
  EXPECT_THAT(VersionText(CompatProfile::None()),
              HasSubstr(", with columns that no version of Tstat has\nCompiled with IPv6 support"));
}

TEST_F(OptionEffectsTest, HellosThatArePutTogetherAreNotCut) {
  EXPECT_EQ(Apply(Option::kCompat, "none"), std::nullopt);
  EXPECT_EQ(effects_.Finish(), std::nullopt);
  EXPECT_EQ(settings_.capture.snapshot_length, 2048);
  EXPECT_EQ(Apply(Option::kSnapshotLength, "300"), std::nullopt);
  EXPECT_EQ(effects_.Finish(), std::nullopt);
  EXPECT_EQ(settings_.capture.snapshot_length, 300);
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
