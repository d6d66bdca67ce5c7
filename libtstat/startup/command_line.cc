// SPDX-License-Identifier: BSD-3-Clause
#include "startup/command_line.h"

#include <iterator>
#include <optional>
#include <vector>

#include "tstat/session.h"

namespace tstat::cli {
namespace {

using enum Argument;
using enum HelpGroup;

// In the order of the help text within each group.
constexpr OptionSpec kOptions[] = {
    {Option::kFilter, 'f', "filter", kRequired, "FILE", kInput,
     "analyse only packets that match the libpcap filter expression in FILE"},
    {Option::kFilterExpression, 0, "bpf", kRequired, "EXPRESSION", kInput,
     "the same, with the expression on the command line; both count"},
    {Option::kConcatenate, 'c', "concatenate", kNone, "", kInput,
     "take all traces as one: one output directory, flows go on from trace to trace"},
    {Option::kSeparate, 0, "separate", kNone, "", kInput,
     "with --compat none: traces are analysed one by one, even if they are pieces of one capture"},
    {Option::kPaired, '2', "paired", kNone, "", kInput,
     "traces come in pairs, one per direction: the first holds what internal hosts sent"},
    {Option::kLive, 'l', "live", kNone, "", kInput, "capture from an interface, not from traces"},
    {Option::kInterface, 'i', "interface", kRequired, "NAME", kInput,
     "interface to capture from (with -l)"},
    {Option::kSnapshotLength, 'E', "snapshot-length", kRequired, "BYTES", kInput,
     "bytes captured of each packet (with -l; default 550, with --compat none 2048)"},
    {Option::kCaptureBuffer, 0, "capture-buffer", kRequired, "MIB", kInput,
     "memory of the kernel for packets that wait (with -l; default 64)"},
    {Option::kLiveReaders, 0, "live-readers", kRequired, "N", kInput,
     "read the interface with N threads, 32 at most, merged by time (with -l; default 1)"},
    {Option::kNoPromiscuous, 0, "no-promiscuous", kNone, "", kInput,
     "capture only what is meant for the interface (with -l)"},
    {Option::kUser, 0, "user", kRequired, "NAME", kInput,
     "user that root becomes once the interface is open (with -l; default: tstat or nobody)"},
    {Option::kNoSandbox, 0, "no-sandbox", kNone, "", kInput,
     "leave all system calls open to a live capture (with -l)"},

    {Option::kInternalNets, 'N', "internal-nets", kRequired, "FILE", kNetworks,
     "networks that are internal (default: all)"},
    {Option::kInternalMacs, 'M', "internal-macs", kRequired, "FILE", kNetworks,
     "MAC addresses that are internal; takes the place of -N"},
    {Option::kCloudNets, 'C', "cloud-nets", kRequired, "FILE", kNetworks,
     "networks that are in the cloud"},

    {Option::kOutputDir, 's', "output-dir", kRequired, "DIR", kOutput,
     "where results go (default: TRACE.out)"},
    {Option::kKeep, 0, "keep", kRequired, "30d|100G", kOutput,
     "remove the oldest output directories: older than, or beyond that much (with -l)"},
    {Option::kRuntimeConfig, 'T', "runtime-config", kRequired, "FILE", kOutput,
     "runtime.conf: which logs, columns and dumps are written"},
    {Option::kNoLogs, 'L', "no-logs", kNone, "", kOutput,
     "write no logs (runtime.conf may enable single ones)"},
    {Option::kGzipLogs, 'Z', "gzip-logs", kNone, "", kOutput, "compress logs: NAME.gz"},
    {Option::kGzipDumps, 'P', "gzip-dumps", kNone, "", kOutput, "compress dumps: NAME.pcap.gz"},
    {Option::kDumpFormat, 0, "dump-format", kRequired, "pcap|pcapng", kOutput,
     "format of packet dumps; pcapng tells of each packet's flow and class (default: pcap)"},
    {Option::kDumpCompression, 0, "dump-compression", kRequired, "none|gzip|zstd", kOutput,
     "how packet dumps are compressed (default: none; -P is gzip)"},
    {Option::kDnsFilter, 'F', "dns-filter", kRequired, "FILE", kOutput,
     "of TCP flows dump only those to the DNS names that FILE lists (with a [dump] section)"},
    {Option::kHistograms, 'H', "histograms", kRequired, "FILE|?", kOutput,
     "histograms that are written; '?' lists those that exist"},
    {Option::kGlobalHistograms, 'g', "global-histograms", kNone, "", kOutput,
     "write histograms of the whole run, too"},
    {Option::kNoHistograms, 'S', "no-histograms", kNone, "", kOutput,
     "no histograms, and no intervals"},
    {Option::kEmptyHistograms, 0, "histo-empty", kRequired, "write|skip", kOutput,
     "whether a histogram without samples gets a file (default: write)"},
    {Option::kRrdDir, 'r', "rrd-dir", kRequired, "DIR", kOutput, "RRD databases (needs -R)"},
    {Option::kRrdConfig, 'R', "rrd-config", kRequired, "FILE", kOutput,
     "what goes into the RRD databases (needs -r)"},
    {Option::kExport, 0, "export", kRequired, "FORMAT=DESTINATION", kOutput,
     "send records there, too, as json, csv, influx, netsage, clickhouse or ipfix; may be "
     "repeated: "
     "json=flows.jsonl#logs=tcp"},
    {Option::kSpool, 0, "spool", kRequired, "DIR", kOutput,
     "where records wait for their destination (default: spool in the directory of -s)"},
    {Option::kExportWait, 0, "export-wait", kRequired, "SECONDS", kOutput,
     "how long the end waits for delivery; the rest goes out the next time (default: 30)"},
    {Option::kExportSchema, 0, "export-schema", kNone, "", kOutput,
     "print the statements that make the tables of --export clickhouse=..., and end"},
    {Option::kIpfixPen, 0, "ipfix-pen", kRequired, "NUMBER", kOutput,
     "the enterprise number of --export ipfix=... (default: 32473, for documentation)"},
    {Option::kMetrics, 0, "metrics", kRequired, "[ADDRESS:]PORT", kOutput,
     "answer Prometheus there, at /metrics (default address: 127.0.0.1)"},
    {Option::kStatsJson, 0, "stats-json", kRequired, "FILE", kOutput,
     "what was counted, and how full tables are, as JSON: replaced at each interval and at the "
     "end"},

    {Option::kCryptoNets, 'Y', "crypto-nets", kRequired, "FILE", kPrivacy,
     "networks whose addresses are encrypted (Crypto-PAn)"},
    {Option::kWhitelistNets, 'W', "whitelist-nets", kRequired, "FILE", kPrivacy,
     "networks exempt from -Y"},
    {Option::kKeyValue, 0, "keyvalue", kRequired, "KEY", kPrivacy, "key of the encryption"},
    {Option::kKeyFile, 0, "keyfile", kRequired, "FILE", kPrivacy, "file that holds the key"},
    {Option::kKeyBase64, 0, "keybase64", kRequired, "FILE", kPrivacy,
     "file that holds the key in Base64"},
    {Option::kEncryptNames, 0, "enc", kNone, "", kPrivacy,
     "encrypt host names, too (3.3; needs -Y)"},
    {Option::kAddressMask, 'A', "address-mask", kRequired, "MASK", kPrivacy,
     "XOR internal IPv4 addresses with MASK (decimal, 0 octal, 0x hexadecimal)"},
    {Option::kStrictPrivacy, '0', "strict-privacy", kNone, "", kPrivacy,
     "hide URLs and content identifiers in all logs"},
    {Option::kStrictAnonymity, 0, "strict-anonymity", kNone, "", kPrivacy,
     "anonymise all addresses, IPv6 as a whole; names become pseudonyms, contents are left out"},

    {Option::kNoUdp, 'u', "no-udp", kNone, "", kAnalysis, "leave UDP out"},
    {Option::kNoIpv6, '6', "no-ipv6", kNone, "", kAnalysis, "leave IPv6 out"},
    {Option::kNoDns, 'X', "no-dns", kNone, "", kAnalysis,
     "do not name servers by the DNS answers seen"},
    {Option::kDnsCacheNotices, 'Q', "dns-cache-notices", kNone, "", kAnalysis,
     "tell when the DNS cache is full (3.3)"},
    {Option::kBayesDir, 'B', "bayes-dir", kRequired, "DIR", kAnalysis,
     "recognise Skype by DIR/pktsize.conf and DIR/avgipg.conf"},
    {Option::kGlobals, 'G', "globals", kRequired, "FILE", kAnalysis,
     "globals.conf: sizes of tables, times, thresholds (see below)"},
    {Option::kMaxFlows, 0, "max-flows", kRequired, "N", kAnalysis,
     "live TCP flows, and live UDP flows, kept at most: singletons, then the longest silent give "
     "way"},
    {Option::kMaxMemory, 0, "max-memory", kRequired, "SIZE", kAnalysis,
     "memory of the analysis (K, M, G), 48M at least; live, and with --compat none (default: half "
     "of what the process may have)"},
    {Option::kCompat, 0, "compat", kRequired, "VERSION", kAnalysis,
     "be compatible with Tstat 3.1.1 (default), 3.3, 3.3-default (3.3 built without ldns and "
     "OpenSSL), or none: numbers that are true where Tstat's are not"},
    {Option::kDuplicateFilter, 0, "duplicate-filter", kRequired, "on|off|MS", kAnalysis,
     "leave out packets that were captured twice, on, or within MS milliseconds (default: on; with "
     "--compat 3.3 off, as in 3.3 since September 2024; none: 10)"},
    {Option::kCommunityIdSeed, 0, "community-id-seed", kRequired, "N", kAnalysis,
     "with --compat none: number that is mixed into community_id (0, as elsewhere)"},
    {Option::kLabels, 0, "labels", kRequired, "FILE", kAnalysis,
     "with --compat none: rules that give flows a label by their names and networks"},
    {Option::kFirstPackets, 0, "first-packets", kRequired, "N", kAnalysis,
     "with --compat none: sizes, directions and times of the first N packets with payload of each "
     "flow, 255 at most"},
    {Option::kThreads, 0, "threads", kRequired, "N", kAnalysis,
     "use N threads, 64 at most; what is written is the same for any number (default: as many as "
     "there are processors, 8 at most)"},
    {Option::kNdpi, 0, "ndpi", kNone, "", kAnalysis,
     "with --compat none: what libndpi says of each flow, too, for comparison"},
    {Option::kActiveTimeout, 0, "active-timeout", kRequired, "SECONDS", kAnalysis,
     "a flow that has been open for so long gets a row, and goes on in another (--compat none)"},
    {Option::kTunnels, 0, "tunnels", kRequired, "inner|outer|both", kAnalysis,
     "with --compat none: which flows of tunnels have rows: those inside, the tunnels' own, or "
     "both (default); sums count what is inside"},
    {Option::kFlowKey, 0, "flow-key", kRequired, "vlan,tunnel", kAnalysis,
     "with --compat none: what tells flows apart beside addresses, ports and protocol (default: "
     "nothing)"},

    {Option::kCheckConfig, 0, "check-config", kNone, "", kMessages,
     "read all files that the options name, print what is in force, and end"},
    {Option::kHelp, 'h', "help", kNone, "", kMessages, "this text"},
    {Option::kVersion, 'v', "version", kNone, "", kMessages, "the version"},
    {Option::kQuiet, 0, "quiet", kNone, "", kMessages, "print problems only, on standard error"},
    {Option::kTicks, 't', "ticks", kNone, "", kMessages, "print progress while reading"},
    {Option::kMessageFile, 'z', "message-file", kRequired, "FILE", kMessages,
     "write all messages to FILE"},
    {Option::kWarnings, 'w', "warnings", kNone, "", kMessages,
     "accepted; what was not analysed is always told at the end"},
    {Option::kDebug, 'd', "debug", kNone, "", kMessages, "print more; may be repeated"},

    {Option::kL3Bitrate, '3', "l3-bitrate", kNone, "", kHidden, "log the IP bitrate"},
    {Option::kDag, 0, "dag", kOptional, "DEVICE", kHidden, "capture from DAG cards"},
};

std::vector<OptionSpec> AllOptions() {
  std::vector<OptionSpec> all(std::begin(kOptions), std::end(kOptions));
  for (const NamedOutput& output : NamedOutputs()) {
    all.push_back(
        {Option::kNamedOutput, 0, output.name, kRequired, output.argument, kOutput, output.help});
  }
  return all;
}

const OptionSpec* FindLetter(char letter) {
  for (const OptionSpec& spec : kOptions) {
    if (spec.letter != 0 && spec.letter == letter) return &spec;
  }
  return nullptr;
}

class Parser {
 public:
  explicit Parser(std::span<const std::string> args) : args_(args) {}

  CommandLine Parse() {
    while (next_ < args_.size() && result_.error.empty()) {
      std::string_view word = args_[next_++];
      if (word == "--") {
        while (next_ < args_.size()) result_.operands.push_back(args_[next_++]);
      } else if (word.starts_with("--")) {
        ParseLong(word.substr(2));
      } else if (word.size() > 1 && word[0] == '-') {
        ParseCluster(word.substr(1));
      } else {
        result_.operands.emplace_back(word);
      }
    }
    return std::move(result_);
  }

 private:
  void Fail(std::string_view what, std::string_view spelling, std::string_view more = {}) {
    result_.error = std::string(what) + " '" + std::string(spelling) + "'" + std::string(more);
  }

  void Accept(const OptionSpec& spec, std::string_view value = {}) {
    ParsedOption& option = result_.options.emplace_back();
    option.id = spec.id;
    option.value = value;
    if (spec.id == Option::kNamedOutput) option.name = spec.name;
  }

  // The word that follows, as an option's argument.
  std::optional<std::string_view> TakeWord() {
    if (next_ >= args_.size()) return std::nullopt;
    return args_[next_++];
  }

  void ParseCluster(std::string_view letters) {
    for (size_t i = 0; i < letters.size(); ++i) {
      const char spelling[] = {'-', letters[i], 0};
      const OptionSpec* spec = FindLetter(letters[i]);
      if (spec == nullptr) return Fail("unknown option", spelling);
      if (spec->argument == Argument::kNone) {
        Accept(*spec);
        continue;
      }
      std::string_view attached = letters.substr(i + 1);
      if (!attached.empty()) return Accept(*spec, attached);
      std::optional<std::string_view> word = TakeWord();
      if (!word.has_value()) return Fail("missing argument of option", spelling);
      return Accept(*spec, *word);
    }
  }

  void ParseLong(std::string_view text) {
    const size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    const std::string spelling = "--" + std::string(name);
    const OptionSpec* spec = FindLong(name, spelling);
    if (spec == nullptr) return;
    if (equals != std::string_view::npos) {
      if (spec->argument == Argument::kNone) return Fail("no argument is allowed for", spelling);
      return Accept(*spec, text.substr(equals + 1));
    }
    if (spec->argument != Argument::kRequired) return Accept(*spec);
    std::optional<std::string_view> word = TakeWord();
    if (!word.has_value()) return Fail("missing argument of option", spelling);
    Accept(*spec, *word);
  }

  // The option of that name, or the only one whose name begins so.
  const OptionSpec* FindLong(std::string_view name, const std::string& spelling) {
    const OptionSpec* found = nullptr;
    bool ambiguous = false;
    std::string candidates;
    for (const OptionSpec& spec : OptionTable()) {
      if (!spec.name.starts_with(name)) continue;
      if (spec.name == name) return &spec;
      candidates += (found == nullptr ? " (--" : ", --") + std::string(spec.name);
      if (found != nullptr) ambiguous = true;
      found = &spec;
    }
    if (found == nullptr) {
      Fail("unknown option", spelling);
    } else if (ambiguous) {
      Fail("ambiguous option", spelling, candidates + ")");
      return nullptr;
    }
    return found;
  }

  std::span<const std::string> args_;
  size_t next_ = 0;
  CommandLine result_;
};

}  // namespace

std::span<const OptionSpec> OptionTable() {
  static const std::vector<OptionSpec> table = AllOptions();
  return table;
}

std::string OptionSpelling(Option id) {
  for (const OptionSpec& spec : kOptions) {
    if (spec.id != id) continue;
    return spec.letter != 0 ? std::string("-") + spec.letter : "--" + std::string(spec.name);
  }
  return {};
}

CommandLine ParseCommandLine(std::span<const std::string> args) { return Parser(args).Parse(); }

}  // namespace tstat::cli
