// SPDX-License-Identifier: BSD-3-Clause
#include "startup/command_line.h"

#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tstat::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

CommandLine Parse(const std::vector<std::string>& args) { return ParseCommandLine(args); }

TEST(CommandLine, OptionsMayFollowOperands) {
  CommandLine line = Parse({"a.pcap", "-t", "b.pcap", "-s", "out", "c.pcap", "-u"});
  EXPECT_EQ(line.error, "");
  EXPECT_THAT(line.operands, ElementsAre("a.pcap", "b.pcap", "c.pcap"));
  EXPECT_THAT(line.options,
              ElementsAre(ParsedOption{Option::kTicks, ""}, ParsedOption{Option::kOutputDir, "out"},
                          ParsedOption{Option::kNoUdp, ""}));
}

TEST(CommandLine, ClustersAndAttachedArguments) {
  EXPECT_THAT(Parse({"-tuS"}).options,
              ElementsAre(ParsedOption{Option::kTicks, ""}, ParsedOption{Option::kNoUdp, ""},
                          ParsedOption{Option::kNoHistograms, ""}));
  EXPECT_THAT(Parse({"-sout"}).options, ElementsAre(ParsedOption{Option::kOutputDir, "out"}));
  EXPECT_THAT(Parse({"-tsout"}).options, ElementsAre(ParsedOption{Option::kTicks, ""},
                                                     ParsedOption{Option::kOutputDir, "out"}));
  EXPECT_THAT(Parse({"-ts", "-u"}).options, ElementsAre(ParsedOption{Option::kTicks, ""},
                                                        ParsedOption{Option::kOutputDir, "-u"}));
  EXPECT_THAT(Parse({"-06"}).options, ElementsAre(ParsedOption{Option::kStrictPrivacy, ""},
                                                  ParsedOption{Option::kNoIpv6, ""}));
}

TEST(CommandLine, DashAndDoubleDash) {
  CommandLine line = Parse({"-", "-t", "--", "-u", "--quiet", "--"});
  EXPECT_EQ(line.error, "");
  EXPECT_THAT(line.options, ElementsAre(ParsedOption{Option::kTicks, ""}));
  EXPECT_THAT(line.operands, ElementsAre("-", "-u", "--quiet", "--"));
}

TEST(CommandLine, LongOptions) {
  EXPECT_THAT(
      Parse({"--keyvalue=a=b", "--output-dir", "out", "--quiet"}).options,
      ElementsAre(ParsedOption{Option::kKeyValue, "a=b"}, ParsedOption{Option::kOutputDir, "out"},
                  ParsedOption{Option::kQuiet, ""}));
  EXPECT_THAT(Parse({"--keyvalue="}).options, ElementsAre(ParsedOption{Option::kKeyValue, ""}));
}

TEST(CommandLine, LongOptionsMayBeAbbreviated) {
  EXPECT_THAT(
      Parse({"--keyv", "k", "--keyb=f", "--keyf", "g"}).options,
      ElementsAre(ParsedOption{Option::kKeyValue, "k"}, ParsedOption{Option::kKeyBase64, "f"},
                  ParsedOption{Option::kKeyFile, "g"}));
  // A whole name counts even where it begins another one; --enc of 3.3 keeps its abbreviations.
  EXPECT_THAT(
      Parse({"--globals", "f", "--en"}).options,
      ElementsAre(ParsedOption{Option::kGlobals, "f"}, ParsedOption{Option::kEncryptNames, ""}));
  CommandLine line = Parse({"--key", "x"});
  EXPECT_EQ(line.error, "ambiguous option '--key' (--keyvalue, --keyfile, --keybase64)");
}

TEST(CommandLine, ArgumentThatLooksLikeAnOption) {
  // Tstat 3.1.1 took "-s" for the file of -F only in some orders; here an argument is an argument.
  EXPECT_THAT(Parse({"-F", "list.txt", "-s", "out", "t.pcap"}).options,
              ElementsAre(ParsedOption{Option::kDnsFilter, "list.txt"},
                          ParsedOption{Option::kOutputDir, "out"}));
}

TEST(CommandLine, ErrorsNameTheOptionAndKeepWhatWasBefore) {
  CommandLine line = Parse({"-t", "-q", "-u"});
  EXPECT_EQ(line.error, "unknown option '-q'");
  EXPECT_THAT(line.options, ElementsAre(ParsedOption{Option::kTicks, ""}));
  EXPECT_EQ(Parse({"-t1"}).error, "unknown option '-1'");
  EXPECT_EQ(Parse({"-s"}).error, "missing argument of option '-s'");
  EXPECT_EQ(Parse({"-ts"}).error, "missing argument of option '-s'");
  EXPECT_EQ(Parse({"--keyfile"}).error, "missing argument of option '--keyfile'");
  EXPECT_EQ(Parse({"--nonsense=1"}).error, "unknown option '--nonsense'");
  EXPECT_EQ(Parse({"--quiet=1"}).error, "no argument is allowed for '--quiet'");
  EXPECT_EQ(Parse({"--=x"}).error.substr(0, 16), "ambiguous option");
}

TEST(CommandLine, OptionalArgument) {
  EXPECT_THAT(Parse({"--dag", "x"}).options, ElementsAre(ParsedOption{Option::kDag, ""}));
  EXPECT_THAT(Parse({"--dag=x"}).options, ElementsAre(ParsedOption{Option::kDag, "x"}));
}

TEST(CommandLine, TableHasNoDuplicates) {
  std::set<char> letters;
  std::set<std::string_view> names;
  for (const OptionSpec& spec : OptionTable()) {
    if (spec.letter != 0) {
      EXPECT_TRUE(letters.insert(spec.letter).second) << spec.letter;
    }
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    EXPECT_EQ(spec.argument == Argument::kNone, spec.placeholder.empty()) << spec.name;
    EXPECT_FALSE(spec.help.empty());
  }
  for (char letter : std::string("hvtuwc0dsNMCYWBTGzAHgSL6ZPXFrRliEf23Q")) {
    EXPECT_EQ(letters.count(letter), 1u) << letter;
  }
  EXPECT_EQ(OptionSpelling(Option::kInternalNets), "-N");
  EXPECT_EQ(OptionSpelling(Option::kKeyValue), "--keyvalue");
}

}  // namespace
}  // namespace tstat::cli
