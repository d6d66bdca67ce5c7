// SPDX-License-Identifier: BSD-3-Clause
//
// Runs the tests of tstat.h that are written in C, and compares its options with the command's.
#include "tests/bindings/tstat_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "startup/command_line.h"
#include "tests/output/temporary_folder.h"
#include "tstat.h"
#include "tstat/version.h"

namespace tstat::internal {
namespace {

class CallTest : public testing::TestWithParam<call_test> {};

TEST_P(CallTest, InC) {
  const TemporaryFolder scratch;
  const std::string traces = std::string(TSTAT_SOURCE_DIR) + "/tests/traces";
  const char* const wrong = GetParam().run(traces.c_str(), scratch.path().c_str());
  EXPECT_EQ(wrong, nullptr) << wrong;
}

std::string NameOf(const testing::TestParamInfo<call_test>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Calls, CallTest,
                         testing::ValuesIn(kCallTests, kCallTests + kCallTestCount), NameOf);
INSTANTIATE_TEST_SUITE_P(Settings, CallTest,
                         testing::ValuesIn(kSettingTests, kSettingTests + kSettingTestCount),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(Misuse, CallTest,
                         testing::ValuesIn(kMisuseTests, kMisuseTests + kMisuseTestCount), NameOf);

TEST(TstatHeader, SaysTheVersionOfTheLibrary) { EXPECT_EQ(tstat_version(), kVersion); }

// Every option of the command is one of a session, or is the command's own for a reason.
TEST(TstatHeader, OptionsAreTheCommands) {
  const std::set<std::string> of_the_command = {
      "help",         "version",    "ticks",   "quiet",     "debug", "message-file",  // messages
      "check-config", "keep",       "user",
      "no-sandbox",  // the process
      "paired",      // run_pair
      "dag",          "l3-bitrate", "metrics", "stats-json"};
  std::set<std::string> expected = {"stream", "output-by-trace"};
  for (const cli::OptionSpec& spec : cli::OptionTable()) {
    if (!of_the_command.contains(std::string(spec.name))) expected.emplace(spec.name);
  }
  std::set<std::string> names;
  for (size_t i = 0; i < tstat_option_count(); ++i) {
    tstat_option_info option = {};
    option.struct_size = sizeof(option);
    ASSERT_EQ(tstat_option_at(i, &option), TSTAT_OK);
    names.emplace(option.name);
    for (const cli::OptionSpec& spec : cli::OptionTable()) {
      if (spec.name != option.name) continue;
      EXPECT_EQ(spec.letter, option.letter);
      EXPECT_EQ(spec.placeholder, option.argument);
    }
  }
  EXPECT_EQ(names, expected);
}

}  // namespace
}  // namespace tstat::internal
