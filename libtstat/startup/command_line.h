// SPDX-License-Identifier: BSD-3-Clause
//
// The command's options: one table, and the parser that goes by it with the rules of GNU
// getopt_long: options may follow operands, "--" ends them, "-tuS" is three options,
// "-sout" and "-s out" are the same, long names may be abbreviated and take "=value" or the next
// word.
//
//   CommandLine line = ParseCommandLine(args);
//   for (const ParsedOption& option : line.options) ...     // in the order given
//   if (!line.error.empty()) ...                            // what stopped the parser
#ifndef TSTAT_STARTUP_COMMAND_LINE_H_
#define TSTAT_STARTUP_COMMAND_LINE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tstat::cli {

enum class Option : uint8_t {
  kHelp,
  kVersion,
  kTicks,
  kQuiet,
  kNoUdp,
  kWarnings,
  kConcatenate,
  kStrictPrivacy,
  kStrictAnonymity,
  kDebug,
  kOutputDir,
  kInternalNets,
  kInternalMacs,
  kCloudNets,
  kCryptoNets,
  kWhitelistNets,
  kKeyValue,
  kKeyFile,
  kKeyBase64,
  kEncryptNames,
  kBayesDir,
  kRuntimeConfig,
  kGlobals,
  kMessageFile,
  kAddressMask,
  kHistograms,
  kGlobalHistograms,
  kNoHistograms,
  kEmptyHistograms,
  kTunnels,
  kFlowKey,
  kKeep,
  kNoLogs,
  kNoIpv6,
  kGzipLogs,
  kGzipDumps,
  kDumpFormat,
  kDumpCompression,
  kNoDns,
  kDnsFilter,
  kDnsCacheNotices,
  kRrdDir,
  kRrdConfig,
  kLive,
  kInterface,
  kSnapshotLength,
  kUser,
  kNoSandbox,
  kFilterExpression,
  kNoPromiscuous,
  kCaptureBuffer,
  kLiveReaders,
  kFilter,
  kPaired,
  kSeparate,
  kL3Bitrate,
  kDag,
  kCompat,
  kDuplicateFilter,
  kCommunityIdSeed,
  kLabels,
  kFirstPackets,
  kThreads,
  kNdpi,
  kMaxFlows,
  kMaxMemory,
  kActiveTimeout,
  kCheckConfig,
  kExportSchema,
  kExport,
  kSpool,
  kExportWait,
  kIpfixPen,
  kMetrics,
  kStatsJson,
  kNamedOutput,  // all of NamedOutputs()
};

enum class Argument : uint8_t { kNone, kRequired, kOptional };

// Where the help text lists an option.
enum class HelpGroup : uint8_t {
  kInput,
  kNetworks,
  kOutput,
  kPrivacy,
  kAnalysis,
  kMessages,
  kHidden
};

struct OptionSpec {
  Option id;
  char letter;            // 0: none
  std::string_view name;  // long name without dashes
  Argument argument;
  std::string_view placeholder;  // of the argument in the help text
  HelpGroup group;
  std::string_view help;  // may hold newlines
};

// Those of the command, then one for each of NamedOutputs().
std::span<const OptionSpec> OptionTable();

// "-N", or "--keyvalue" for options without a letter.
std::string OptionSpelling(Option id);

struct ParsedOption {
  Option id;
  std::string value;
  std::string name = {};  // of kNamedOutput
  friend bool operator==(const ParsedOption&, const ParsedOption&) = default;
};

struct CommandLine {
  std::vector<ParsedOption> options;
  std::vector<std::string> operands;
  std::string error;  // empty: all was understood. Options before the error are in `options`.
};

// `args` without the program's name.
CommandLine ParseCommandLine(std::span<const std::string> args);

}  // namespace tstat::cli

#endif  // TSTAT_STARTUP_COMMAND_LINE_H_
