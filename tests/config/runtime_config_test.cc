// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/runtime_config.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tstat::internal {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

absl::StatusOr<RuntimeConfigChange> Apply(const std::string& text,
                                          const RuntimeConfigContext& context = {},
                                          const RuntimeConfig& before = {}) {
  return ParseRuntimeConfig(text, "runtime.conf", context, before);
}

RuntimeConfigChange Change(const std::string& text, const RuntimeConfigContext& context = {},
                           const RuntimeConfig& before = {}) {
  absl::StatusOr<RuntimeConfigChange> change = Apply(text, context, before);
  EXPECT_TRUE(change.ok()) << change.status();
  return change.ok() ? *change : RuntimeConfigChange();
}

std::string ErrorOf(const std::string& text) {
  absl::StatusOr<RuntimeConfigChange> change = Apply(text);
  EXPECT_FALSE(change.ok()) << text;
  return std::string(change.status().message());
}

TEST(RuntimeConfig, Defaults) {
  RuntimeConfig config;
  EXPECT_TRUE(config.has(Log::kTcpComplete));
  EXPECT_TRUE(config.has(Log::kVideoComplete));
  EXPECT_FALSE(config.has(Log::kHttpComplete));
  EXPECT_FALSE(config.has(Log::kDnsComplete));
  EXPECT_EQ(config.tcp_level, 15);
  EXPECT_EQ(config.video_level, 31);
  EXPECT_EQ(config.http_url_level, 0);
}

TEST(RuntimeConfig, ALogThatTheProfileDoesNotHaveIsTold) {
  const CompatProfile old = CompatProfile::Tstat311(), full = CompatProfile::Tstat33(),
                      plain = CompatProfile::Tstat33DefaultBuild();
  const std::string text =
      "[log]\nlog_http_complete = 1\nlog_dns_complete = 1\nlog_tcp_periodic = 0\n"
      "log_udp_periodic = 1\n";
  RuntimeConfigChange change = Change(text, {.profile = &old});
  EXPECT_THAT(change.notices, ElementsAre("[-] Enabling log_http_complete"));
  EXPECT_THAT(change.warnings,
              ElementsAre("runtime.conf:3: runtime conf: warning: 'log_dns_complete' is not "
                          "written: this version of Tstat has no such log (--compat 3.3 has it)",
                          HasSubstr("runtime.conf:5: runtime conf: warning: 'log_udp_periodic'")));
  EXPECT_FALSE(change.config.has(Log::kDnsComplete));
  EXPECT_FALSE(change.config.has(Log::kUdpPeriodic));
  change = Change(text, {.profile = &plain});
  EXPECT_THAT(change.warnings, ElementsAre(HasSubstr("'log_dns_complete'")));
  EXPECT_TRUE(change.config.has(Log::kUdpPeriodic));
  change = Change(text, {.profile = &full});
  EXPECT_THAT(change.warnings, IsEmpty());
  EXPECT_THAT(change.notices, Contains("[-] Enabling log_dns_complete"));
  EXPECT_TRUE(change.config.has(Log::kDnsComplete));
}

TEST(RuntimeConfig, KeysOfAProgramTakeThePlaceOfTheFiles) {
  const RuntimeConfigContext context{
      .keys = "[log]\nlog_udp_complete = 0\n[dump]\nudp_dns = 1\nsnap_len = 40\n"};
  const std::string text =
      "[log]\nlog_udp_complete = 1\n[dump]\nudp_dns = 0\nudp_rtp = 1\n[log]\n"
      "log_udp_complete = 1\nlog_http_complete = 1\n";
  RuntimeConfigChange change = Change(text, context);
  EXPECT_FALSE(change.config.has(Log::kUdpComplete));
  EXPECT_TRUE(change.config.has(Log::kHttpComplete));
  EXPECT_THAT(change.config.dump.enabled, ElementsAre("udp_rtp", "udp_dns"));
  EXPECT_EQ(change.config.dump.snap_len, 40u);
  EXPECT_TRUE(change.has_dump_section);
  EXPECT_THAT(change.notices,
              ElementsAre("[-] Enabling dump engine", "[-] Enabling log_http_complete",
                          "[-] Disabling log_udp_complete"));
  // A section that the file does not have.
  EXPECT_TRUE(Change("[log]\n", context).config.dump.has("udp_dns"));
  // Read again: what is not in the file stays as it is.
  RuntimeConfigContext again = context;
  again.at_start = false;
  const RuntimeConfigChange later = Change("[log]\nlog_udp_complete = 1\n", again, change.config);
  EXPECT_EQ(later.config.dump, change.config.dump);
  EXPECT_FALSE(later.config.has(Log::kUdpComplete));
  EXPECT_THAT(later.notices, IsEmpty());
  const absl::Status status =
      Apply("[log]\n", {.keys = "[log]\n\nlog_udp_complete = 2\n"}).status();
  EXPECT_EQ(std::string(status.message()),
            "keys of the session:3: ini reader: expected 0|1 value near 'log_udp_complete'");
}

TEST(RuntimeConfig, EmptyHistograms) {
  RuntimeConfigChange change = Change("[options]\nhisto_empty = skip\n");
  EXPECT_FALSE(change.config.empty_histograms);
  EXPECT_THAT(change.notices, Contains("[-] Histograms without samples are left out"));
  change = Change("[options]\nhisto_empty = write\n", {}, change.config);
  EXPECT_TRUE(change.config.empty_histograms);
  for (const char* line : {"histo_empty", "histo_empty = 0", "histo_empty = Skip"}) {
    EXPECT_THAT(ErrorOf(std::string("[options]\n") + line + "\n"),
                HasSubstr("not a valid value (allowed: write, skip)"))
        << line;
  }
}

TEST(RuntimeConfig, TextReadsBackAsItself) {
  RuntimeConfig config;
  config.set(Log::kHttpComplete, true);
  config.set(Log::kTcpComplete, false);
  config.tcp_level = 17;
  config.video_level = 33;
  config.http_url_level = 2;
  config.empty_histograms = false;
  config.rrd_engine = false;
  const std::string text = FormatRuntimeConfig(config);
  EXPECT_THAT(text, HasSubstr("log_tcp_complete = 0\n"));
  EXPECT_EQ(FormatRuntimeConfig(Change(text).config), text);
}

// A running capture reads no file that could make it wait.
TEST(RuntimeConfig, OnlyRegularFilesAreReadAgain) {
  const RuntimeConfigContext again{.at_start = false};
  EXPECT_TRUE(ReadRuntimeConfig("/dev/null", {}, {}).ok());
  EXPECT_THAT(std::string(ReadRuntimeConfig("/dev/null", again, {}).status().message()),
              HasSubstr("/dev/null: is not a regular file"));
}

TEST(RuntimeConfig, LogSwitches) {
  RuntimeConfig before;
  before.rrd_engine = false;
  RuntimeConfigChange change = Change(
      "[log]\nlog_tcp_complete = 1\nlog_udp_complete = 0\nlog_http_complete\n"
      "histo_engine = 0\nrrd_engine = 1\nlog_tcp_periodic = 1\n",
      {}, before);
  EXPECT_THAT(change.notices,
              ElementsAre("[-] Disabling log_udp_complete", "[-] Enabling log_http_complete",
                          "[-] Disabling histo engine logs", "[-] Enabling rrd engine logs",
                          "[-] Enabling log_tcp_periodic"));
  EXPECT_TRUE(change.config.has(Log::kHttpComplete));
  EXPECT_FALSE(change.config.has(Log::kUdpComplete));
  EXPECT_TRUE(change.config.has(Log::kMmComplete));  // absent: as before
  EXPECT_FALSE(change.config.histogram_engine);
  EXPECT_TRUE(change.config.rrd_engine);
}

TEST(RuntimeConfig, AllLogsDisabled) {
  std::string text = "[log]\n";
  for (size_t i = 0; i < kLogCount; ++i) {
    text += std::string(LogName(static_cast<Log>(i))) + " = 0\n";
  }
  RuntimeConfigChange change = Change(text);
  EXPECT_THAT(change.notices, Contains("[-] All logs disabled"));
  EXPECT_FALSE(change.config.any_log());
  EXPECT_THAT(Change(text, {}, change.config).notices, IsEmpty());
}

TEST(RuntimeConfig, OptionsOfVerifiedExample) {
  RuntimeConfigChange change = Change(
      "[options]\ntcplog_end_to_end = 1\ntcplog_layer7 = 1\ntcplog_p2p = 1\n"
      "tcplog_options = 1\ntcplog_advanced = 1\nvideolog_end_to_end = 1\n"
      "videolog_layer7 = 1\nvideolog_videoinfo = 1\nvideolog_youtube = 1\n"
      "videolog_options = 1\nvideolog_advanced = 1\nhttplog_full_url = 2\n");
  EXPECT_THAT(
      change.notices,
      ElementsAre("[-] TCP log level set to 31 (Core + End_to_end + Layer7 + P2P + Options + "
                  "Advanced)",
                  "[-] Video log level set to 63 (Core + End_to_end + Layer7 + VideoInfo + YouTube "
                  "+ Options + Advanced)",
                  "(-) Enabling full HTTP URL log"));
  EXPECT_EQ(change.config.tcp_level, 31);
  EXPECT_EQ(change.config.video_level, 63);
}

TEST(RuntimeConfig, EachVideoBit) {
  struct Case {
    const char* key;
    int bit;
  };
  for (const Case& c :
       {Case{"videolog_end_to_end", 1}, Case{"videolog_layer7", 2}, Case{"videolog_options", 4},
        Case{"videolog_videoinfo", 8}, Case{"videolog_youtube", 16}}) {
    EXPECT_EQ(Change(std::string("[options]\n") + c.key + " = 0\n").config.video_level, 31 - c.bit);
  }
  EXPECT_EQ(Change("[options]\nvideolog_advanced = 7\n").config.video_level, 63);
}

// They are on, and no part of the level that header lines show.
TEST(RuntimeConfig, ColumnsOfTheTrueProfile) {
  EXPECT_EQ(Change("[options]\ntcplog_modern = 1\nudplog_modern = 1\n").config.tcp_level, 15);
  const RuntimeConfigChange change = Change("[options]\ntcplog_modern = 0\nudplog_modern = 0\n");
  EXPECT_EQ(change.config.tcp_level, 15 | tcp_level::kWithoutModern);
  EXPECT_EQ(change.config.udp_level, udp_level::kWithoutModern);
  EXPECT_THAT(change.notices,
              Contains("[-] TCP log level set to 15 (Core + End_to_end + Layer7 + P2P + Options - "
                       "Modern)"));
  EXPECT_THAT(FormatRuntimeConfig(change.config), HasSubstr("tcplog_modern = 0\n"));
  EXPECT_EQ(Change("[options]\ntcplog_modern = 1\n", {}, change.config).config.tcp_level, 15);
}

TEST(RuntimeConfig, LaterReadsTellOnlyChanges) {
  RuntimeConfigContext context;
  context.at_start = false;
  context.time_stamp = "Fri Jul 14 02:40:00 2017";
  EXPECT_THAT(Change("[options]\ntcplog_p2p = 1\n[dump]\nudp_dns = 0\n", context).notices,
              IsEmpty());
  EXPECT_THAT(Change("[options]\ntcplog_p2p = 0\nhttplog_full_url = 1\n", context).notices,
              ElementsAre("[Fri Jul 14 02:40:00 2017] TCP log level set to 11 (Core + End_to_end + "
                          "Layer7 + Options)",
                          "(Fri Jul 14 02:40:00 2017) Enabling partial HTTP URL log"));
  RuntimeConfig before;
  before.http_url_level = 2;
  EXPECT_THAT(Change("[options]\nhttplog_full_url = 0\n", context, before).notices,
              ElementsAre(HasSubstr("Disabling HTTP URL log")));
}

TEST(RuntimeConfig, OutOfRangeValuesAreIgnoredWithAWarning) {
  RuntimeConfigChange change =
      Change("[options]\nhttplog_full_url = 3\ntcplog_p2p = 0xffffffff\ntcplog_layer7 = 0\n");
  EXPECT_EQ(change.config.http_url_level, 0);
  EXPECT_EQ(change.config.tcp_level, 13);
  EXPECT_THAT(
      change.warnings,
      ElementsAre("runtime.conf:2: runtime conf: warning: 'httplog_full_url = 3' Invalid "
                  "value ignored (allowed: 0, 1, 2)",
                  "runtime.conf:3: runtime conf: warning: 'tcplog_p2p = 4294967295' Invalid value "
                  "ignored (allowed: 0, 1)"));
}

TEST(RuntimeConfig, StrictPrivacyKeepsUrlsHidden) {
  RuntimeConfigContext context;
  context.strict_privacy = true;
  RuntimeConfigChange change = Change("[options]\nhttplog_full_url = 2\n", context);
  EXPECT_EQ(change.config.http_url_level, 0);
  EXPECT_THAT(change.warnings,
              ElementsAre("runtime conf: warning: Must be 'httplog_full_url = 0' while Strict "
                          "Private mode is enabled\n              Invalid value ignored"));
  EXPECT_THAT(Change("[options]\nhttplog_full_url = 0\n", context).warnings, IsEmpty());
}

TEST(RuntimeConfig, UnaskedDnsAnswers) {
  EXPECT_TRUE(RuntimeConfig().dns_unasked);
  const RuntimeConfigChange off = Change("[options]\ndns_unasked = 0\n");
  EXPECT_FALSE(off.config.dns_unasked);
  EXPECT_THAT(off.notices, Contains("[-] Names come only from DNS answers that were asked for"));
  EXPECT_THAT(off.warnings, IsEmpty());
  EXPECT_TRUE(Change("[options]\ndns_unasked = 2\n").config.dns_unasked);
  EXPECT_THAT(Change("[options]\ndns_unasked = 2\n").warnings,
              ElementsAre(HasSubstr("'dns_unasked = 2' Invalid value ignored (allowed: 0, 1)")));
  EXPECT_THAT(ErrorOf("[options]\ndns_unasked = 0.5\n"), HasSubstr("expected an integer"));

  // It is settled when the run begins.
  const RuntimeConfigContext later = {.at_start = false};
  const RuntimeConfigChange reloaded = Change("[options]\ndns_unasked = 0\n", later);
  EXPECT_TRUE(reloaded.config.dns_unasked);
  EXPECT_THAT(reloaded.warnings,
              ElementsAre("runtime.conf:2: runtime conf: warning: 'dns_unasked' is read at the "
                          "start only"));
  EXPECT_THAT(Change("[options]\ndns_unasked = 0\n", later, off.config).warnings, IsEmpty());
}

TEST(RuntimeConfig, ModernLayer7) {
  EXPECT_EQ(RuntimeConfig().modern_layer7, std::nullopt);
  const RuntimeConfigChange on = Change("[options]\nmodern_layer7 = 1\n");
  EXPECT_EQ(on.config.modern_layer7, true);
  EXPECT_THAT(on.notices, Contains("[-] Protocols are told from streams put together"));
  const CompatProfile none = CompatProfile::None();
  const RuntimeConfigChange off = Change("[options]\nmodern_layer7 = 0\n", {.profile = &none});
  EXPECT_EQ(off.config.modern_layer7, false);
  EXPECT_THAT(off.notices, Contains("[-] Protocols are told from single segments"));
  EXPECT_EQ(Change("[options]\nmodern_layer7 = 2\n").config.modern_layer7, std::nullopt);
  EXPECT_THAT(ErrorOf("[options]\nmodern_layer7 = 0.5\n"), HasSubstr("expected an integer"));

  // It is settled when the run begins.
  const RuntimeConfigContext later = {.at_start = false};
  const RuntimeConfigChange reloaded = Change("[options]\nmodern_layer7 = 1\n", later);
  EXPECT_EQ(reloaded.config.modern_layer7, std::nullopt);
  EXPECT_THAT(reloaded.warnings,
              ElementsAre(HasSubstr("'modern_layer7' is read at the start only")));
  EXPECT_THAT(Change("[options]\nmodern_layer7 = 1\n", later, on.config).warnings, IsEmpty());
}

TEST(RuntimeConfig, Dump) {
  RuntimeConfigChange change = Change(
      "[dump]\nsnap_len = 100\nslice_win = 60\nudp_maxpackets 5\ntcp_maxbytes = 7\n"
      "stop_dumping_mask = 0x11\ntcp_complete = 1\nudp_dns = 1\nip_complete = 0\n");
  const DumpSettings& dump = change.config.dump;
  EXPECT_EQ(dump.snap_len, 100u);
  EXPECT_EQ(dump.udp_max_packets, 5u);
  EXPECT_EQ(dump.tcp_max_bytes, 7u);
  EXPECT_EQ(dump.stop_dumping_mask, 0x11u);
  EXPECT_THAT(dump.enabled, ElementsAre("udp_dns", "tcp_complete"));
  EXPECT_TRUE(dump.has("udp_dns"));
  EXPECT_FALSE(dump.has("ip_complete"));
  EXPECT_THAT(change.notices, ElementsAre("[-] Enabling dump engine"));

  // A later section starts from nothing but snap_len and slice_win.
  RuntimeConfigContext later;
  later.at_start = false;
  RuntimeConfigChange second = Change("[dump]\n", later, change.config);
  EXPECT_EQ(second.config.dump.snap_len, 100u);
  EXPECT_EQ(second.config.dump.slice_win, 60u);
  EXPECT_EQ(second.config.dump.tcp_max_bytes, 0u);
  EXPECT_FALSE(second.config.dump.any());
  EXPECT_THAT(second.notices, ElementsAre(HasSubstr("Disabling dump engine")));
}

TEST(RuntimeConfig, DnsFilterWithoutFileIsWarnedOf) {
  EXPECT_THAT(Change("[dump]\ndns_filter = 1\n").warnings,
              ElementsAre(HasSubstr("no file provided for the DNS filter engine")));
  RuntimeConfigContext context;
  context.dns_filter_given = true;
  EXPECT_THAT(Change("[dump]\ndns_filter = 1\n", context).warnings, IsEmpty());
}

TEST(RuntimeConfig, DnsFilterIsOnWithAFile) {
  RuntimeConfigContext context;
  EXPECT_FALSE(Change("[dump]\n", context).config.dump.dns_filter);
  context.dns_filter_given = true;
  EXPECT_TRUE(Change("[dump]\n", context).config.dump.dns_filter);
  EXPECT_FALSE(Change("[dump]\ndns_filter = 0\n", context).config.dump.dns_filter);
  EXPECT_TRUE(Change("[dump]\n", context).has_dump_section);
  EXPECT_FALSE(Change("[log]\n", context).has_dump_section);
}

TEST(RuntimeConfig, Errors) {
  struct Case {
    const char *text, *error;
  };
  for (const Case& c : {
           Case{"[log]\nlog_l3_bitrate = 1\n",
                "runtime.conf:2: ini reader: 'log_l3_bitrate' - unknown keyword"},
           Case{"[log]\nLOG_tcp_complete = 1\n", "unknown keyword"},  // keys are case-sensitive
           Case{"[log]\nlog_tcp_complete = 1.0\n",
                "ini reader: expected 0|1 value near 'log_tcp_complete'"},
           Case{"[log]\nlog_tcp_complete = 2\n", "expected 0|1 value"},
           Case{"[log]\nhisto_engine = 0.1\n", "expected 0|1 value near 'histo_engine'"},
           Case{"[options]\nfoo = 1\n", "runtime conf err: 'foo' - not valid command "},
           Case{"[options]\ntcplog_p2p = 1.5\n", "expected an integer"},
           Case{"[dump]\nfoo = 1\n", "dump engine err: 'foo' - not valid command "},
           Case{"[dump]\nudp_dns = 2\n", "dump engine: 'udp_dns = 2' syntax error in config file"},
           Case{"[dump]\nsnap_len = 1.5\n",
                "dump engine: not integer value assigned to 'snap_len'"},
           Case{"[globals]\n",
                "runtime.conf:1: ini reader: [globals] section not valid in the runtime "
                "configuration context"},
       }) {
    EXPECT_THAT(ErrorOf(c.text), HasSubstr(c.error)) << c.text;
    EXPECT_THAT(ErrorOf(c.text), ::testing::StartsWith("runtime.conf:"));
  }
  EXPECT_TRUE(absl::IsNotFound(ReadRuntimeConfig("/nonexistent", {}, {}).status()));
}

TEST(RuntimeConfig, ExportsAndLabels) {
  const RuntimeConfigChange change = Change(
      "[export]\n"
      "json=flows.jsonl#logs=tcp,udp&columns=default   # a comment\n"
      "  influx=http://h/write?db=tstat\n"
      "[labels]\n"
      "5201 = iperf3\n80 web\n5201 = 42\n");
  EXPECT_THAT(change.config.exports, ElementsAre("json=flows.jsonl#logs=tcp,udp&columns=default",
                                                 "influx=http://h/write?db=tstat"));
  EXPECT_TRUE(change.config.has_export_section);
  EXPECT_THAT(change.config.labels, ElementsAre(std::pair{uint16_t{80}, std::string("web")},
                                                std::pair{uint16_t{5201}, std::string("42")}));
  EXPECT_THAT(change.warnings,
              ElementsAre("runtime.conf: labels: port 5201 is there twice; its last name holds"));
  // Neither options nor queries are told.
  EXPECT_THAT(change.notices,
              ::testing::IsSupersetOf({"[-] Enabling export json=flows.jsonl",
                                       "[-] Enabling export influx=http://h/write"}));
  // What is printed reads back as the same.
  const std::string text = FormatRuntimeConfig(change.config);
  EXPECT_THAT(text, ::testing::EndsWith("[labels]\n80 = web\n5201 = 42\n"));
  EXPECT_EQ(FormatRuntimeConfig(Change(text).config), text);
  // Sections begin from nothing.
  const auto after = [&change](const std::string& more) {
    return ParseRuntimeConfig(more, "runtime.conf", {.time_stamp = "now", .at_start = false},
                              change.config);
  };
  EXPECT_THAT(after("[export]\njson=flows.jsonl#logs=tcp,udp&columns=default\n")->notices,
              ElementsAre("[now] Disabling export influx=http://h/write"));
  EXPECT_TRUE(after("[labels]\n")->config.labels.empty());
  // Without the sections, too.
  const absl::StatusOr<RuntimeConfigChange> gone = after("[log]\n");
  EXPECT_TRUE(gone->config.exports.empty() && gone->config.labels.empty());
  EXPECT_TRUE(gone->config.has_export_section) << "the right to begin exports stays";
  EXPECT_THAT(gone->notices, Contains(HasSubstr("Disabling export json=")));
  EXPECT_FALSE(Change("[log]\n").config.has_export_section);

  EXPECT_THAT(ErrorOf("[export]\njson=a b\n"), HasSubstr("one export a line"));
  EXPECT_THAT(ErrorOf("[export]\njson=a?x\njson=a?x\n"),
              ::testing::EndsWith("runtime.conf:3: 'json=a' is there twice"));
  for (const char* const line : {"0 = a", "65536 = a", "-1 = a", "http = a"}) {
    EXPECT_THAT(ErrorOf(std::string("[labels]\n") + line), HasSubstr("is no port")) << line;
  }
  EXPECT_THAT(ErrorOf("[labels]\n80\n"), HasSubstr("port 80 needs a name"));
  EXPECT_THAT(ErrorOf("[labels]\n80 = " + std::string(65, 'x')), HasSubstr("needs a name"));
}

TEST(RuntimeConfig, CrlfFile) {
  EXPECT_TRUE(Change("[log]\r\nlog_http_complete = 1\r\n").config.has(Log::kHttpComplete));
}

}  // namespace
}  // namespace tstat::internal
