// SPDX-License-Identifier: BSD-3-Clause
#include "startup/option_effects.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "config/absl_text.h"
#include "startup/usage.h"
#include "tstat/rrd.h"
#include "tstat/text_file.h"

namespace tstat::cli {
namespace {

using internal::View;

// Options that can have no error: what they change, and a message (in bold, on a line of its own).
struct PlainEffect {
  Option id;
  void (*apply)(Settings& settings, const std::string& value);
  std::string_view message = {};
};

constexpr PlainEffect kPlainEffects[] = {
    {Option::kFilter, [](Settings& s, const std::string& value) { s.filter_file = value; }},
    {Option::kFilterExpression,
     [](Settings& s, const std::string& value) { s.filter_expression = value; }},
    {Option::kPaired, [](Settings& s, const std::string&) { s.paired = true; }},
    {Option::kLive, [](Settings& s, const std::string&) { s.live = true; }},
    {Option::kInterface,
     [](Settings& s, const std::string& value) { s.capture.interface = value; }},
    {Option::kNoPromiscuous,
     [](Settings& s, const std::string&) { s.capture.promiscuous = false; }},
    {Option::kUser, [](Settings& s, const std::string& value) { s.user = value; }},
    {Option::kNoSandbox, [](Settings& s, const std::string&) { s.sandbox = false; }},
    {Option::kBayesDir,
     [](Settings& s, const std::string& value) {
       s.bayes_dir = value;
       s.session.analyzer.bayes = true;
     }},
    {Option::kHistograms,
     [](Settings& s, const std::string& value) {
       if (value == "?") {
         s.list_histograms = true;
       } else {
         s.histogram_file = value;
       }
     }},
    {Option::kGlobalHistograms,
     [](Settings& s, const std::string&) { s.session.global_histograms = true; }},
    {Option::kNoHistograms,
     [](Settings& s, const std::string&) { s.session.histogram_engine = false; }},
    {Option::kNoLogs, [](Settings& s, const std::string&) { s.session.runtime.logs.fill(false); }},
    {Option::kGzipLogs, [](Settings& s, const std::string&) { s.session.gzip_logs = true; }},
    {Option::kGzipDumps,
     [](Settings& s, const std::string&) {
       s.session.dump_compression = DumpCompression::kGzip;
       s.dumps_expected = true;
     }},
    {Option::kDnsFilter,
     [](Settings& s, const std::string& value) {
       s.session.dump_filter = value;
       s.dumps_expected = true;
     }},
    {Option::kConcatenate,
     [](Settings& s, const std::string&) { s.session.analyzer.concatenate = true; }},
    {Option::kNoUdp, [](Settings& s, const std::string&) { s.session.analyzer.udp = false; }},
    {Option::kNoIpv6, [](Settings& s, const std::string&) { s.session.analyzer.ipv6 = false; },
     "IPv6 traffic ignored"},
    {Option::kNoDns, [](Settings& s, const std::string&) { s.session.analyzer.dns = false; },
     "DNS engine disabled"},
    {Option::kDnsCacheNotices, [](Settings& s, const std::string&) { s.dns_cache_notices = true; },
     "DNS engine cache wrap-around report enabled"},
    {Option::kEncryptNames,
     [](Settings& s, const std::string&) { s.privacy.encrypt_names = true; }},
    {Option::kStrictAnonymity,
     [](Settings& s, const std::string&) { s.privacy.strict_anonymity = true; }},
    {Option::kStrictPrivacy,
     [](Settings& s, const std::string&) { s.session.analyzer.strict_privacy = true; }},
    {Option::kSeparate,
     [](Settings& s, const std::string&) { s.session.analyzer.profile.joins_series = false; }},
    {Option::kTicks, [](Settings& s, const std::string&) { s.ticks = true; }},
    {Option::kWarnings,
     [](Settings& s, const std::string&) {
       s.warnings = true;
       s.session.analyzer.stop_at_truncated_reports = true;
     }},
    {Option::kDebug, [](Settings& s, const std::string&) { ++s.debug; }},
    // Read before all others (startup.cc).
    {Option::kGlobals, [](Settings&, const std::string&) {}},
    {Option::kMessageFile, [](Settings&, const std::string&) {}},
    {Option::kQuiet, [](Settings&, const std::string&) {}},
    {Option::kCheckConfig, [](Settings&, const std::string&) {}},
    {Option::kExportSchema, [](Settings&, const std::string&) {}},
};

}  // namespace

// Options that may have an error, or end the command.
struct OptionEffects::OwnEffect {
  Option id;
  std::optional<int> (OptionEffects::*apply)(const std::string& value);
};

constexpr OptionEffects::OwnEffect OptionEffects::kOwnEffects[] = {
    {Option::kOutputDir, &OptionEffects::SetOutputDir},
    {Option::kRuntimeConfig, &OptionEffects::SetRuntimeConfig},
    {Option::kRrdDir, &OptionEffects::SetRrdDir},
    {Option::kRrdConfig, &OptionEffects::SetRrdConfig},
    {Option::kEmptyHistograms, &OptionEffects::SetEmptyHistograms},
    {Option::kTunnels, &OptionEffects::SetTunnels},
    {Option::kFlowKey, &OptionEffects::SetFlowKey},
    {Option::kKeep, &OptionEffects::SetKeep},
    {Option::kDumpFormat, &OptionEffects::SetDumpFormat},
    {Option::kDumpCompression, &OptionEffects::SetDumpCompression},
    {Option::kSnapshotLength, &OptionEffects::SetSnapshotLength},
    {Option::kCaptureBuffer, &OptionEffects::SetCaptureBuffer},
    {Option::kLiveReaders, &OptionEffects::SetLiveReaders},
    {Option::kCompat, &OptionEffects::SetCompat},
    {Option::kDuplicateFilter, &OptionEffects::SetDuplicateFilter},
    {Option::kCommunityIdSeed, &OptionEffects::SetCommunityIdSeed},
    {Option::kLabels, &OptionEffects::SetLabels},
    {Option::kFirstPackets, &OptionEffects::SetFirstPackets},
    {Option::kThreads, &OptionEffects::SetThreads},
    {Option::kNdpi, &OptionEffects::SetNdpi},
    {Option::kL3Bitrate, &OptionEffects::RefuseL3Bitrate},
    {Option::kMaxFlows, &OptionEffects::SetMaxFlows},
    {Option::kMaxMemory, &OptionEffects::SetMaxMemory},
    {Option::kActiveTimeout, &OptionEffects::SetActiveTimeout},
    {Option::kDag, &OptionEffects::TellOfDag},
    {Option::kInternalNets, &OptionEffects::SetInternalNets},
    {Option::kInternalMacs, &OptionEffects::SetInternalMacs},
    {Option::kCloudNets, &OptionEffects::SetCloudNets},
    {Option::kCryptoNets, &OptionEffects::SetCryptoNets},
    {Option::kWhitelistNets, &OptionEffects::SetWhitelistNets},
    {Option::kKeyValue, &OptionEffects::SetKey<KeySource::kText>},
    {Option::kKeyFile, &OptionEffects::SetKey<KeySource::kFile>},
    {Option::kKeyBase64, &OptionEffects::SetKey<KeySource::kBase64File>},
    {Option::kAddressMask, &OptionEffects::SetAddressMask},
    {Option::kExport, &OptionEffects::AddExport},
    {Option::kSpool, &OptionEffects::SetSpool},
    {Option::kExportWait, &OptionEffects::SetExportWait},
    {Option::kIpfixPen, &OptionEffects::SetIpfixPen},
    {Option::kMetrics, &OptionEffects::SetMetrics},
    {Option::kStatsJson, &OptionEffects::SetStatsJson},
    {Option::kHelp, &OptionEffects::PrintUsage},
    {Option::kVersion, &OptionEffects::PrintVersion},
};

bool OptionEffects::Knows(Option id) {
  const auto is_it = [id](const auto& effect) { return effect.id == id; };
  return id == Option::kNamedOutput ||
         std::any_of(std::begin(kPlainEffects), std::end(kPlainEffects), is_it) ||
         std::any_of(std::begin(kOwnEffects), std::end(kOwnEffects), is_it);
}

std::optional<int> OptionEffects::Apply(const ParsedOption& option) {
  if (option.id == Option::kNamedOutput) {
    settings_.session.named_outputs.emplace_back(option.name, option.value);
    return std::nullopt;
  }
  for (const OwnEffect& effect : kOwnEffects) {
    if (effect.id == option.id) return (this->*effect.apply)(option.value);
  }
  for (const PlainEffect& effect : kPlainEffects) {
    if (effect.id != option.id) continue;
    effect.apply(settings_, option.value);
    if (!effect.message.empty()) console_.Out(console_.Bold(effect.message) + "\n");
  }
  return std::nullopt;
}

std::optional<int> OptionEffects::SetOutputDir(const std::string& path) {
  settings_.session.output_dir = path;
  if (!path.empty()) return std::nullopt;
  console_.Error("-s: the name of the directory is empty");
  return 1;
}

namespace {

// A word and what it stands for.
template <typename Value>
struct Choice {
  std::string_view word;
  Value value;
};
template <typename Value, size_t kCount>
const Value* FindChoice(const Choice<Value> (&choices)[kCount], std::string_view word) {
  for (const Choice<Value>& choice : choices) {
    if (choice.word == word) return &choice.value;
  }
  return nullptr;
}
constexpr Choice<DumpFormat> kDumpFormats[] = {{"pcap", DumpFormat::kPcap},
                                               {"pcapng", DumpFormat::kPcapng}};
constexpr Choice<DumpCompression> kDumpCompressions[] = {{"none", DumpCompression::kNone},
                                                         {"gzip", DumpCompression::kGzip},
                                                         {"zstd", DumpCompression::kZstd}};

}  // namespace

std::optional<int> OptionEffects::SetDumpFormat(const std::string& word) {
  if (const DumpFormat* format = FindChoice(kDumpFormats, word); format != nullptr) {
    settings_.session.dump_format = *format;
    settings_.dumps_expected = true;
    return std::nullopt;
  }
  console_.Error(absl::StrCat("--dump-format ", Shown(word), ": pcap or pcapng"));
  return 1;
}

std::optional<int> OptionEffects::SetDumpCompression(const std::string& word) {
  if (const DumpCompression* way = FindChoice(kDumpCompressions, word); way != nullptr) {
    settings_.session.dump_compression = *way;
    settings_.dumps_expected = true;
    return std::nullopt;
  }
  console_.Error(absl::StrCat("--dump-compression ", Shown(word), ": none, gzip or zstd"));
  return 1;
}

std::optional<int> OptionEffects::SetRuntimeConfig(const std::string& path) {
  settings_.runtime_path = path;
  return CheckFile(path);
}

std::optional<int> OptionEffects::TellOfDag(const std::string&) {
  console_.Error("--dag is ignored: this build has no support for DAG cards");
  return std::nullopt;
}

bool OptionEffects::HasLibrrd(Option id) {
  if (LibrrdDatabases() != nullptr) return true;
  console_.Error(
      absl::StrCat(OptionSpelling(id), ": librrd is not installed, or this was built without it"));
  return false;
}

std::optional<int> OptionEffects::SetRrdConfig(const std::string& path) {
  if (!HasLibrrd(Option::kRrdConfig)) return 1;
  settings_.rrd_config = path;
  return CheckFile(path);
}

// The directory is made at once, whatever else is wrong.
std::optional<int> OptionEffects::SetRrdDir(const std::string& path) {
  if (!HasLibrrd(Option::kRrdDir)) return 1;
  settings_.session.rrd_dir = path;
  if (settings_.check_config) return std::nullopt;
  std::error_code error;
  settings_.rrd_dir_made = std::filesystem::create_directories(path, error);
  if (!error) return std::nullopt;
  console_.Error(absl::StrCat("Cannot create directory ", path, ": ", error.message()));
  return 1;
}

std::optional<int> OptionEffects::PrintUsage(const std::string&) {
  // What was asked for is no message: --quiet does not hide it.
  console_.set_quiet(false);
  console_.Out(UsageText(settings_.session.analyzer.globals, settings_.session.analyzer.profile));
  return 0;
}

std::optional<int> OptionEffects::PrintVersion(const std::string&) {
  console_.Err(VersionText(settings_.session.analyzer.profile));
  return 0;
}

absl::StatusOr<NetworkFile> OptionEffects::LoadNetworks(const std::string& path,
                                                        NetworkListKind kind,
                                                        std::string_view what) {
  absl::StatusOr<NetworkFile> file = ReadNetworkFile(path, kind);
  if (!file.ok()) {
    if (absl::IsNotFound(file.status()) || absl::IsPermissionDenied(file.status())) {
      console_.Err(absl::StrCat("Unable to open file '", path, "'\n"));
    }
    console_.Error(file.status());
    console_.Err(
        absl::StrCat("Error while loading ", View(what), "\nWrong or missing ", path, "\n"));
    return file;
  }
  for (const std::string& warning : file->warnings) {
    console_.Err(absl::StrCat("Warning: ", warning, "\n"));
  }
  settings_.lists.push_back(
      {absl::StrCat(View(NetworkListKindName(kind)), " networks"), path, file->entries.size()});
  if (settings_.debug > 0) {
    for (const NetworkFile::Entry& entry : file->entries) {
      console_.Out(absl::StrCat("Adding: ", entry.address, " as ", View(NetworkListKindName(kind)),
                                " net with mask ", entry.mask, "\n"));
    }
  }
  return file;
}

std::optional<int> OptionEffects::SetInternalNets(const std::string& path) {
  absl::StatusOr<NetworkFile> file =
      LoadNetworks(path, NetworkListKind::kInternal, "NET addresses configuration");
  if (!file.ok()) return 1;
  AnalyzerOptions& analyzer = settings_.session.analyzer;
  for (const std::string& rule : CompleteInternalNetworks(analyzer.profile, &file->networks)) {
    console_.Warn(absl::StrReplaceAll(rule, {{"\n", absl::StrCat("\n", View(kIndent))}}));
  }
  analyzer.internal = std::move(file->networks);
  nets_given_ = true;
  WarnOfMacsAndNets();
  return std::nullopt;
}

std::optional<int> OptionEffects::SetInternalMacs(const std::string& path) {
  absl::StatusOr<std::vector<MacAddress>> macs = ReadMacFile(path);
  if (!macs.ok()) {
    if (absl::IsNotFound(macs.status()) || absl::IsPermissionDenied(macs.status())) {
      console_.Err(
          absl::StrCat("Unable to open file '", path, "' when parsing the Ethernet filters\n"));
    }
    console_.Error(macs.status());
    console_.Err(absl::StrCat("Error while loading MAC addresses configuration\n",
                              "Wrong or missing ", path, "\n"));
    return 1;
  }
  if (macs->empty()) {
    console_.Warn(absl::StrCat(path, " contains no MAC address.\n", View(kIndent),
                               "Nothing is assumed to be internal"));
  }
  settings_.lists.push_back({"internal MAC addresses", path, macs->size()});
  settings_.session.analyzer.internal_macs = *std::move(macs);
  settings_.session.analyzer.use_macs = true;
  macs_given_ = true;
  WarnOfMacsAndNets();
  return std::nullopt;
}

void OptionEffects::WarnOfMacsAndNets() {
  if (!nets_given_ || !macs_given_) return;
  console_.Warn(absl::StrCat("Both -M and -N options specified.\n", View(kIndent),
                             "Ethernet filter is used and -N addresses are ineffective"));
}

std::optional<int> OptionEffects::SetCloudNets(const std::string& path) {
  absl::StatusOr<NetworkFile> file = LoadNetworks(path, NetworkListKind::kCloud, "configuration");
  if (!file.ok()) return 1;
  settings_.session.analyzer.cloud = std::move(file->networks);
  return std::nullopt;
}

std::optional<int> OptionEffects::CheckFile(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) {
    console_.Err(absl::StrCat("err: Could not open ", path, "\n"));
    return 1;
  }
  if (S_ISDIR(info.st_mode)) {
    console_.Err(absl::StrCat("err: ", path, " is a directory\n"));
    return 1;
  }
  return std::nullopt;
}

std::optional<int> OptionEffects::SetSnapshotLength(const std::string& text) {
  constexpr int kMost = 65535;
  int value = 0;
  if (!absl::SimpleAtoi(text, &value) || value < 1 || value > kMost) {
    console_.Error(absl::StrCat("-E ", Shown(text), ": 1 to ", kMost, " bytes are allowed"));
    return 1;
  }
  settings_.capture.snapshot_length = value;
  settings_.snapshot_length_given = true;
  return std::nullopt;
}

std::optional<int> OptionEffects::SetCaptureBuffer(const std::string& text) {
  constexpr int kMost = 2047;  // libpcap counts bytes in an int
  int value = 0;
  if (!absl::SimpleAtoi(text, &value) || value < 1 || value > kMost) {
    console_.Error(
        absl::StrCat("--capture-buffer ", Shown(text), ": 1 to ", kMost, " MiB are allowed"));
    return 1;
  }
  settings_.capture.buffer_bytes = value << 20;
  return std::nullopt;
}

std::optional<int> OptionEffects::SetLiveReaders(const std::string& text) {
  int value = 0;
  if (!absl::SimpleAtoi(text, &value) || value < 1 || value > LiveOptions::kMostReaders) {
    console_.Error(absl::StrCat("--live-readers ", Shown(text), ": 1 to ",
                                LiveOptions::kMostReaders, " are allowed"));
    return 1;
  }
  settings_.capture.readers = value;
  return std::nullopt;
}

std::optional<int> OptionEffects::SetKeep(const std::string& text) {
  absl::StatusOr<KeepLimit> limit = ParseKeepLimit(text);
  if (!limit.ok()) {
    console_.Error(absl::StrCat("--keep ", Shown(text), ": ", limit.status().message()));
    return 1;
  }
  settings_.keep = *limit;
  return std::nullopt;
}

std::optional<int> OptionEffects::SetEmptyHistograms(const std::string& text) {
  if (text != kHistogramEmptyWrite && text != kHistogramEmptySkip) {
    console_.Error(absl::StrCat("--histo-empty ", Shown(text), ": write or skip are allowed"));
    return 1;
  }
  settings_.empty_histograms = text == kHistogramEmptyWrite;
  return std::nullopt;
}

std::optional<int> OptionEffects::SetCompat(const std::string& version) {
  if (version == "3.1.1" || version == "3.1") {
    settings_.session.analyzer.profile = CompatProfile::Tstat311();
  } else if (version == "3.3" || version == "3.3.0") {
    settings_.session.analyzer.profile = CompatProfile::Tstat33();
  } else if (version == "3.3-default") {
    settings_.session.analyzer.profile = CompatProfile::Tstat33DefaultBuild();
  } else if (version == "none") {
    settings_.session.analyzer.profile = CompatProfile::None();
  } else {
    console_.Error(absl::StrCat("--compat ", Shown(version),
                                ": the versions are 3.1.1, 3.3, 3.3-default and none"));
    return 1;
  }
  return std::nullopt;
}

std::optional<int> OptionEffects::SetTunnels(const std::string& text) {
  TunnelFlows* const tunnels = &settings_.session.analyzer.tunnels;
  if (text == "both") {
    *tunnels = TunnelFlows::kBoth;
  } else if (text == "inner") {
    *tunnels = TunnelFlows::kInner;
  } else if (text == "outer") {
    *tunnels = TunnelFlows::kOuter;
  } else {
    console_.Error(absl::StrCat("--tunnels ", Shown(text), ": inner, outer or both are allowed"));
    return 1;
  }
  return std::nullopt;
}

std::optional<int> OptionEffects::SetFlowKey(const std::string& text) {
  AnalyzerOptions& analyzer = settings_.session.analyzer;
  analyzer.vlan_in_flow_key = analyzer.tunnel_in_flow_key = false;
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    if (part == "vlan") {
      analyzer.vlan_in_flow_key = true;
    } else if (part == "tunnel") {
      analyzer.tunnel_in_flow_key = true;
    } else {
      console_.Error(
          absl::StrCat("--flow-key ", Shown(text), ": vlan, tunnel or vlan,tunnel are allowed"));
      return 1;
    }
  }
  return std::nullopt;
}

// The log exists in builds that nobody makes; this is what the others say.
std::optional<int> OptionEffects::RefuseL3Bitrate(const std::string&) {
  console_.Err(ShortUsage());
  console_.Err(
      "option -3 not valid or missing option argument\n"
      "check if L3_BITMASK is enabled in Makefile.conf\n");
  return 1;
}

std::optional<int> OptionEffects::SetMaxFlows(const std::string& text) {
  uint32_t value = 0;
  if (!absl::SimpleAtoi(text, &value)) {
    console_.Error(absl::StrCat("--max-flows ", Shown(text),
                                ": a number is expected; 0: no flow makes room for another"));
    return 1;
  }
  settings_.session.analyzer.max_live_flows = value;
  settings_.max_flows_given = true;
  return std::nullopt;
}

std::optional<int> OptionEffects::Finish() {
  if (!nets_given_ && !macs_given_) {
    console_.Warn(absl::StrCat("-N option not specified.\n", View(kIndent),
                               "All subnets are assumed to be internal"));
  }
  SessionOptions& session = settings_.session;
  if (session.rrd_dir.empty() != settings_.rrd_config.empty()) {
    console_.Err(ShortUsage());
    console_.Err(
        "\nArgument error: You MUST specify both the configuration file (-R) AND the database path "
        "(-r))\n\n");
    return 1;
  }
  session.runtime.empty_histograms =
      settings_.empty_histograms.value_or(session.analyzer.profile.empty_histogram_files);
  // Of hellos and heads that are put together nothing may be cut.
  constexpr int kForStreams = 2048;
  if (session.analyzer.profile.modern_layer7 && !settings_.snapshot_length_given) {
    settings_.capture.snapshot_length = kForStreams;
  }
  if (settings_.duplicate_filter.has_value()) {
    session.analyzer.profile.duplicate_filter = *settings_.duplicate_filter;
  }
  if (settings_.duplicate_window_ms.has_value()) {
    const double us = *settings_.duplicate_window_ms * 1000;
    session.analyzer.copy_window_us = us;
    session.analyzer.globals.min_delta_t_tcp_dup_pkt_us = us;
    session.analyzer.globals.min_delta_t_udp_dup_pkt_us = us;
  }
  if (session.analyzer.active_timeout_s != 0 &&
      !session.analyzer.profile.flows_follow_connections) {
    console_.Error("--active-timeout: only with --compat none");
    return 1;
  }
  const AnalyzerOptions& analyzer = session.analyzer;
  const bool splits_flows = analyzer.vlan_in_flow_key || analyzer.tunnel_in_flow_key;
  if ((splits_flows || analyzer.tunnels != TunnelFlows::kBoth) &&
      !analyzer.profile.reads_every_header) {
    console_.Error(
        absl::StrCat(splits_flows ? "--flow-key" : "--tunnels", ": only with --compat none"));
    return 1;
  }
  if (auto status = CheckExtras()) return status;
  session.runtime.rrd_engine = !session.rrd_dir.empty();
  session.runtime.dns_unasked = session.analyzer.profile.dns_unasked;
  session.histograms.every_address = !nets_given_ && !macs_given_;
  return SetUpPrivacy();
}

}  // namespace tstat::cli
