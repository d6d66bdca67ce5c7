// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/globals_config.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tstat::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

absl::StatusOr<GlobalsConfig> Apply(const std::string& text) {
  return ParseGlobals(text, "globals.conf");
}

GlobalsConfig Good(const std::string& text) {
  absl::StatusOr<GlobalsConfig> config = Apply(text);
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() ? *config : GlobalsConfig();
}

std::string ErrorOf(const std::string& text) {
  absl::StatusOr<GlobalsConfig> config = Apply(text);
  EXPECT_FALSE(config.ok()) << text;
  return std::string(config.status().message());
}

TEST(GlobalsConfig, KeysInAnyCase) {
  GlobalsConfig config = Good(
      "[globals]\nmax_tcp_pairs = 10000\nTCP_IDLE_TIME = 4000\nUDP_Idle_Time = 1.5\n"
      "Runtime_Config_Idle = 30\nEntropy_Threshold = 3\nMin_Delta_T_UDP_Dup_Pkt = 500\n");
  EXPECT_EQ(config.globals.max_tcp_pairs, 10000u);
  EXPECT_DOUBLE_EQ(config.globals.tcp_idle_time_s, 4000);  // more than 2147 s
  EXPECT_DOUBLE_EQ(config.globals.udp_idle_time_s, 1.5);
  EXPECT_DOUBLE_EQ(config.globals.runtime_config_idle_s, 30);  // an integer is fine
  EXPECT_DOUBLE_EQ(config.globals.entropy_threshold, 3);
  EXPECT_DOUBLE_EQ(config.globals.min_delta_t_udp_dup_pkt_us, 500);
  EXPECT_THAT(config.warnings, IsEmpty());
}

TEST(GlobalsConfig, UnlimitedSegments) {
  EXPECT_EQ(Good("[globals]\nMax_Seg_Per_Quad = 0\n").globals.max_seg_per_quad, -1);
  EXPECT_EQ(Good("[globals]\nMax_Seg_Per_Quad = 7\n").globals.max_seg_per_quad, 7);
}

TEST(GlobalsConfig, KeysOf33) {
  GlobalsConfig config = Good(
      "[globals]\nCrypto_IPv6_Mask_3 = 0xffffffff\nLog_Periodic_Interval = 2\n"
      "DNS_Cache_Size_IPv4_DNS6 = 5\n");
  EXPECT_EQ(config.globals.crypto_ipv6_mask[3], 0xffffffff);
  EXPECT_DOUBLE_EQ(config.globals.log_periodic_interval_s, 2);
}

TEST(GlobalsConfig, Errors) {
  struct Case {
    const char *text, *error;
  };
  for (const Case& c : {
           Case{"[globals]\n\nDirs = 0\n",
                "globals.conf:3: global conf: error: 'Dirs' must have an positive integer value"},
           Case{"[globals]\nDirs = 1.5\n", "'Dirs' must have an positive integer value"},
           Case{"[globals]\nDirs = 0xffffffff\n", "'Dirs' must have an positive integer value"},
           Case{"[globals]\ntcp_idle_time = 0\n",
                "'tcp_idle_time' must have a positive floating point value"},
           Case{"[globals]\nEntropy_Threshold = 0.0\n", "positive floating point value"},
           Case{"[globals]\nMax_Foo = 1\n", "global conf: 'Max_Foo' - unknown keyword"},
           Case{"[globals]\nHash_Table_Size = 1000\n",
                "global conf: Error: Hash_Table_Size is 1000, smaller than Max_TCP_Pairs or "
                "Max_UDP_Pairs"},
           Case{"[globals]\nMax_TCP_Pairs = 10001\n",
                "Max_TCP_Pairs and Max_UDP_Pairs must be multiple of GC_Split_Ratio"},
           Case{"[globals]\nMax_UDP_Pairs = 10001\n", "must be multiple of GC_Split_Ratio"},
           Case{"[globals]\nGC_Cycle_Time = 0.005001\n",
                "GC_Cycle_Time (in microseconds, as an integer) must be multiple of "
                "GC_Split_Ratio"},
           Case{"[log]\n",
                "globals.conf:1: ini reader: [log] section only valid in the runtime configuration "
                "context"},
           Case{"[dump]\n", "[dump] section only valid"},
       }) {
    EXPECT_THAT(ErrorOf(c.text), HasSubstr(c.error)) << c.text;
    EXPECT_THAT(ErrorOf(c.text), StartsWith("globals.conf:")) << c.text;
  }
}

// What the 64 bits of a time, or the memory, do not hold.
TEST(GlobalsConfig, NumbersOutOfRange) {
  for (const char* text :
       {"TCP_Idle_Time = 99999999999999999999.0", "UDP_Idle_Time = 9300000000.0",
        "Rate_Sampling = 9223372036.0", "Rate_Sampling = 0.0000001", "Max_Time_Step = 1000000001",
        "Min_Delta_T_TCP_Dup_Pkt = 1000000000000.0"}) {
    EXPECT_THAT(ErrorOf(std::string("[globals]\n") + text + "\n"),
                testing::AllOf(StartsWith("globals.conf:2: "),
                               HasSubstr("(allowed: 0.000001 to 1000000000)")))
        << text;
  }
  EXPECT_THAT(ErrorOf("[globals]\nMax_ADX_Slots = 2147483647\n"),
              HasSubstr("(allowed: 1 to 16777216)"));
  EXPECT_THAT(ErrorOf("[globals]\nMax_TCP_Pairs = 2000000000\n"),
              HasSubstr("(allowed: 1 to 100000000)"));
  EXPECT_THAT(ErrorOf("[globals]\nCrypto_IPv6_Mask_0 = 4294967296\n"),
              HasSubstr("(allowed: 0 to 0xffffffff)"));
  EXPECT_DOUBLE_EQ(Good("[globals]\nTCP_Idle_Time = 1000000000\n").globals.tcp_idle_time_s, 1e9);
}

TEST(GlobalsConfig, Warnings) {
  EXPECT_THAT(Good("[globals]\nRuntime_Config_Idle = 20\n").warnings,
              ElementsAre(StartsWith("global conf: Warning: Runtime_Config_Idle * "
                                     "Runtime_Mtime_Counter is less than 1 minute\n")));
  GlobalsConfig config = Good("[globals]\nentropy_threshold = 4.5\n");
  EXPECT_DOUBLE_EQ(config.globals.entropy_threshold, 3.7);
  EXPECT_THAT(config.warnings,
              ElementsAre("globals conf: warning: 'entropy_threshold' must be smaller than 4.0. "
                          "Using default value 3.700000"));
  EXPECT_THAT(Good("Dirs = 3\n").warnings, ElementsAre(HasSubstr("No section header")));
  EXPECT_EQ(Good("Dirs = 3\n").globals.dirs, 12u);
}

TEST(GlobalsConfig, LimitsThatAreNoneAreToldOnce) {
  EXPECT_THAT(Good("[globals]\nMax_Internal_Hosts = 5\nMax_TCP_Pairs = 10000\n"
                   "max_white_hosts = 7\nMax_Cloud_Hosts = 100\n")
                  .warnings,
              ElementsAre("globals conf: warning: Max_Internal_Hosts, Max_White_Hosts: no effect, "
                          "lists of networks and addresses have no limit here"));
  // Files that list everything say nothing.
  EXPECT_THAT(Good("[globals]\nMax_Internal_Hosts = 100\nMax_Internal_Ethers = 20\n").warnings,
              IsEmpty());
}

TEST(GlobalsConfig, TextBlock) {
  std::string block = FormatGlobals({});
  EXPECT_THAT(block, StartsWith("\t[globals]\n\tMax_TCP_Pairs = 180000\n\tMax_UDP_Pairs = 360000\n"
                                "\tHash_Table_Size = 2000003\n\tTCP_Idle_Time = 300.000000\n"));
  EXPECT_THAT(block,
              HasSubstr("\tDNS_Cache_Size_IPv6 = 1000\n\tRuntime_Config_Idle = 21.000000\n"));
  EXPECT_THAT(block, HasSubstr("\tRate_Sampling = 1.000000\n\tMax_Seg_Per_Quad = 100\n"));
  EXPECT_THAT(block, Not(HasSubstr("Crypto_IPv6")));
  EXPECT_TRUE(block.ends_with("\tMin_Delta_T_TCP_Dup_Pkt = 2000.000000\n"));
  std::string block33 = FormatGlobals({}, true);
  EXPECT_THAT(block33, HasSubstr("\tDNS_Cache_Size_IPv6 = 1000\n"
                                 "\tCrypto_IPv6_Mask_0 = 0xffffffff\n"));
  EXPECT_THAT(block33, HasSubstr("\tRate_Sampling = 1.000000\n"
                                 "\tLog_Periodic_Interval = 1.000000\n"));
}

TEST(GlobalsConfig, BlockReadsBackAsItself) {
  Globals globals;
  globals.dirs = 3;
  globals.max_time_step_s = 4.25;
  GlobalsConfig config = Good(FormatGlobals(globals));
  EXPECT_EQ(FormatGlobals(config.globals), FormatGlobals(globals));
}

}  // namespace
}  // namespace tstat::internal
