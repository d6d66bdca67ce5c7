// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/option_effects.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "config/mac_file.h"
#include "config/text_file.h"
#include "output/rrd_writer.h"
#include "tstat-cli/availability.h"
#include "tstat-cli/usage.h"

namespace tstat::cli {
using namespace internal;  // what of the library is not public yet
namespace {

constexpr std::string_view kIndent = "         ";  // below "Warning: "

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::optional<int> OptionEffects::Apply(const ParsedOption& option) {
  if (std::optional<std::string_view> part = MissingPart(option.id)) {
    console_.Error(absl::StrCat(OptionSpelling(option.id),
                                ": not available in this build yet: ", View(*part)));
    return 1;
  }
  Settings& s = settings_;
  switch (option.id) {
    case Option::kOutputDir:
      s.output_dir = option.value;
      if (!option.value.empty()) return std::nullopt;
      console_.Error("-s: the name of the directory is empty");
      return 1;
    case Option::kRuntimeConfig:
      s.runtime_path = option.value;
      return CheckFile(option.value);
    case Option::kRrdConfig:
    case Option::kRrdDir:
      return ApplyRrd(option);
    case Option::kFilter:
      s.filter_file = option.value;
      return std::nullopt;
    case Option::kDnsFilter:
      s.dns_filter = option.value;
      return std::nullopt;
    case Option::kBayesDir:
      s.bayes_dir = option.value;
      s.analyzer.bayes = true;
      return std::nullopt;
    case Option::kHistograms:
      if (option.value == "?") {
        s.list_histograms = true;
      } else {
        s.histogram_file = option.value;
      }
      return std::nullopt;
    case Option::kGlobalHistograms:
      s.global_histograms = true;
      return std::nullopt;
    case Option::kNoHistograms:
      s.histogram_engine = false;
      return std::nullopt;
    case Option::kEmptyHistograms:
      return SetEmptyHistograms(option.value);
    case Option::kKeep:
      return SetKeep(option.value);
    case Option::kNoLogs:
      s.runtime.logs.fill(false);
      return std::nullopt;
    case Option::kGzipLogs:
      s.gzip_logs = true;
      return std::nullopt;
    case Option::kGzipDumps:
      s.gzip_dumps = true;
      return std::nullopt;
    case Option::kConcatenate:
      s.analyzer.concatenate = true;
      return std::nullopt;
    case Option::kPaired:
      s.paired = true;
      return std::nullopt;
    case Option::kLive:
      s.live = true;
      return std::nullopt;
    case Option::kInterface:
      s.capture.interface = option.value;
      return std::nullopt;
    case Option::kSnapshotLength:
      return SetSnapshotLength(option.value);
    case Option::kFilterExpression:
      s.filter_expression = option.value;
      return std::nullopt;
    case Option::kNoPromiscuous:
      s.capture.promiscuous = false;
      return std::nullopt;
    case Option::kCaptureBuffer:
      return SetCaptureBuffer(option.value);
    case Option::kUser:
      s.user = option.value;
      return std::nullopt;
    case Option::kNoSandbox:
      s.sandbox = false;
      return std::nullopt;
    case Option::kNoUdp:
      s.analyzer.udp = false;
      return std::nullopt;
    case Option::kNoIpv6:
      s.analyzer.ipv6 = false;
      console_.Out(console_.Bold("IPv6 traffic ignored") + "\n");
      return std::nullopt;
    case Option::kNoDns:
      s.analyzer.dns = false;
      console_.Out(console_.Bold("DNS engine disabled") + "\n");
      return std::nullopt;
    case Option::kDnsCacheNotices:
      console_.Out(console_.Bold("DNS engine cache wrap-around report enabled") + "\n");
      return std::nullopt;
    case Option::kCompat:
      return SetCompat(option.value);
    case Option::kMaxFlows:
      return SetMaxFlows(option.value);
    case Option::kGlobals:      // read before all others
    case Option::kMessageFile:  // likewise
    case Option::kQuiet:        // likewise
    case Option::kCheckConfig:  // likewise
    case Option::kL3Bitrate:
      return std::nullopt;
    case Option::kDag:
      console_.Error("--dag is ignored: this build has no support for DAG cards");
      return std::nullopt;
    case Option::kInternalNets:
    case Option::kInternalMacs:
    case Option::kCloudNets:
      return ApplyNetworks(option);
    case Option::kCryptoNets:
    case Option::kWhitelistNets:
    case Option::kKeyValue:
    case Option::kKeyFile:
    case Option::kKeyBase64:
    case Option::kEncryptNames:
    case Option::kAddressMask:
    case Option::kStrictPrivacy:
      return ApplyPrivacy(option);
    case Option::kHelp:
    case Option::kVersion:
    case Option::kTicks:
    case Option::kWarnings:
    case Option::kDebug:
      return ApplyMessages(option);
  }
  return std::nullopt;
}

// The directory is made at once, whatever else is wrong.
std::optional<int> OptionEffects::ApplyRrd(const ParsedOption& option) {
  if (LibrrdDatabases() == nullptr) {
    console_.Error(absl::StrCat(OptionSpelling(option.id),
                                ": librrd is not installed, or this was built without it"));
    return 1;
  }
  if (option.id == Option::kRrdConfig) {
    settings_.rrd_config = option.value;
    return CheckFile(option.value);
  }
  settings_.rrd_dir = option.value;
  if (settings_.check_config) return std::nullopt;
  std::error_code error;
  settings_.rrd_dir_made = std::filesystem::create_directories(option.value, error);
  if (!error) return std::nullopt;
  console_.Error(absl::StrCat("Cannot create directory ", option.value, ": ", error.message()));
  return 1;
}

std::optional<int> OptionEffects::ApplyNetworks(const ParsedOption& option) {
  if (option.id == Option::kInternalNets) return SetInternalNets(option.value);
  if (option.id == Option::kInternalMacs) return SetInternalMacs(option.value);
  absl::StatusOr<NetworkFile> file =
      LoadNetworks(option.value, NetworkListKind::kCloud, "configuration");
  if (!file.ok()) return 1;
  settings_.analyzer.cloud = std::move(file->networks);
  return std::nullopt;
}

std::optional<int> OptionEffects::ApplyPrivacy(const ParsedOption& option) {
  switch (option.id) {
    case Option::kCryptoNets:
      return SetCryptoNets(option.value);
    case Option::kWhitelistNets: {
      absl::StatusOr<NetworkFile> file =
          LoadNetworks(option.value, NetworkListKind::kExempt, "configuration");
      if (!file.ok()) return 1;
      whitelist_given_ = true;
      settings_.analyzer.exempt = std::move(file->networks);
      return std::nullopt;
    }
    case Option::kKeyValue:
      return SetKey(EncryptionKey::Kind::kText, option.value);
    case Option::kKeyFile:
      return SetKey(EncryptionKey::Kind::kFile, option.value);
    case Option::kKeyBase64:
      return SetKey(EncryptionKey::Kind::kBase64File, option.value);
    case Option::kEncryptNames:
      settings_.encrypt_names = true;
      return std::nullopt;
    case Option::kAddressMask:
      return SetAddressMask(option.value);
    default:
      settings_.analyzer.strict_privacy = true;
      return std::nullopt;
  }
}

std::optional<int> OptionEffects::ApplyMessages(const ParsedOption& option) {
  switch (option.id) {
    case Option::kHelp:
      return PrintUsage();
    case Option::kVersion:
      console_.Err(VersionText());
      return 0;
    case Option::kTicks:
      settings_.ticks = true;
      return std::nullopt;
    case Option::kWarnings:
      settings_.warnings = true;
      settings_.analyzer.stop_at_truncated_reports = true;
      return std::nullopt;
    default:
      ++settings_.debug;
      return std::nullopt;
  }
}

std::optional<int> OptionEffects::PrintUsage() {
  // What was asked for is no message: --quiet does not hide it.
  console_.set_quiet(false);
  console_.Out(UsageText(settings_.analyzer.globals));
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
  NetworkList& networks = file->networks;
  if (!networks.has_v4()) {
    console_.Warn(absl::StrCat("-N option contains no IPv4 network.\n", View(kIndent),
                               "All IPv4 subnets are assumed to be internal"));
    networks.AddV4(0, 0);
  }
  if (!networks.has_v6()) {
    const bool internal = settings_.analyzer.profile.ipv6_internal_without_entry;
    console_.Warn(absl::StrCat("-N option contains no IPv6 network.\n", View(kIndent),
                               "All IPv6 subnets are assumed to be ",
                               internal ? "internal" : "external"));
    if (internal) networks.AddV6(IpAddress::V6(std::array<uint8_t, 16>{}), 0);
  }
  settings_.analyzer.internal = std::move(networks);
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
  settings_.analyzer.internal_macs = *std::move(macs);
  settings_.analyzer.use_macs = true;
  macs_given_ = true;
  WarnOfMacsAndNets();
  return std::nullopt;
}

void OptionEffects::WarnOfMacsAndNets() {
  if (!nets_given_ || !macs_given_) return;
  console_.Warn(absl::StrCat("Both -M and -N options specified.\n", View(kIndent),
                             "Ethernet filter is used and -N addresses are ineffective"));
}

std::optional<int> OptionEffects::SetCryptoNets(const std::string& path) {
  absl::StatusOr<NetworkFile> file =
      LoadNetworks(path, NetworkListKind::kEncrypted, "configuration");
  if (!file.ok()) return 1;
  crypto_given_ = true;
  settings_.analyzer.encrypted = std::move(file->networks);
  return std::nullopt;
}

std::optional<int> OptionEffects::SetKey(EncryptionKey::Kind kind, const std::string& value) {
  if (key_kind_.has_value() && *key_kind_ != kind) {
    console_.Err(
        "Error: Only one encryption key option (--keyvalue, --keyfile, --keybase64)\n"
        "       can be used\n");
    return 1;
  }
  key_kind_ = kind;
  settings_.key = {kind, value};
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

// A mistake must not leave addresses in the clear.
std::optional<int> OptionEffects::SetAddressMask(const std::string& text) {
  char* end = nullptr;
  errno = 0;
  const unsigned long value = std::strtoul(text.c_str(), &end, 0);
  const bool is_number = !text.empty() && absl::ascii_isdigit(static_cast<unsigned char>(text[0]));
  if (errno != 0 || !is_number || *end != 0 || value > UINT32_MAX) {
    console_.Error(absl::StrCat("-A ", Shown(text),
                                ": invalid value for the anonymization mask (allowed: 0 to "
                                "0xffffffff; decimal, 0 octal, 0x hexadecimal)"));
    return 1;
  }
  uint32_t& mask = settings_.analyzer.address_mask;
  mask = static_cast<uint32_t>(value);
  console_.Out(absl::StrFormat("Anonymization mask set to 0x%08x\n", mask));
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
    settings_.analyzer.profile = CompatProfile::Tstat311();
  } else if (version == "3.3" || version == "3.3.0") {
    settings_.analyzer.profile = CompatProfile::Tstat33();
  } else {
    console_.Error(absl::StrCat("--compat ", Shown(version), ": the versions are 3.1.1 and 3.3"));
    return 1;
  }
  return std::nullopt;
}

std::optional<int> OptionEffects::SetMaxFlows(const std::string& text) {
  uint32_t value = 0;
  if (!absl::SimpleAtoi(text, &value)) {
    console_.Error(absl::StrCat("--max-flows ", Shown(text),
                                ": a number is expected; 0: no flow makes room for another"));
    return 1;
  }
  settings_.analyzer.max_live_flows = value;
  settings_.max_flows_given = true;
  return std::nullopt;
}

std::optional<int> OptionEffects::Finish() {
  if (!nets_given_ && !macs_given_) {
    console_.Warn(absl::StrCat("-N option not specified.\n", View(kIndent),
                               "All subnets are assumed to be internal"));
  }
  if (settings_.rrd_dir.empty() != settings_.rrd_config.empty()) {
    console_.Err(ShortUsage());
    console_.Err(
        "\nArgument error: You MUST specify both the configuration file (-R) AND the database path "
        "(-r))\n\n");
    return 1;
  }
  settings_.runtime.empty_histograms =
      settings_.empty_histograms.value_or(settings_.analyzer.profile.empty_histogram_files);
  settings_.runtime.rrd_engine = !settings_.rrd_dir.empty();
  settings_.analyzer.intervals = settings_.histogram_engine || settings_.runtime.rrd_engine;
  settings_.every_address = !nets_given_ && !macs_given_;
  if (key_kind_.has_value() && !crypto_given_) {
    console_.Warn(absl::StrCat(
        "One encryption key option has been specified but no encrypted\n", View(kIndent),
        "networks have been defined with the -Y option. Encryption is disabled"));
  }
  if (whitelist_given_ && !crypto_given_) {
    console_.Warn(absl::StrCat("A set of whitelisted networks has been provided but no encrypted\n",
                               View(kIndent), "networks have been defined with the -Y option."));
  }
  if (settings_.encrypt_names && !crypto_given_) {
    console_.Warn(absl::StrCat(
        "The encryption of all relevant hostnames has been requested, but\n", View(kIndent),
        "no encrypted networks have been defined with the -Y option. The option is ignored"));
    settings_.encrypt_names = false;
  }
  return std::nullopt;
}

}  // namespace tstat::cli
