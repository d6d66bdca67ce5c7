// SPDX-License-Identifier: BSD-3-Clause
//
// What each option does to the Settings, in the order given, with its messages.
#ifndef TSTAT_STARTUP_OPTION_EFFECTS_H_
#define TSTAT_STARTUP_OPTION_EFFECTS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "startup/command_line.h"
#include "startup/console.h"
#include "startup/settings.h"
#include "tstat/network_files.h"

namespace tstat::cli {

class OptionEffects {
 public:
  OptionEffects(Console& console, Settings* settings) : console_(console), settings_(*settings) {}

  // The exit status when the command ends with this option (errors, -h, -v), else nothing.
  std::optional<int> Apply(const ParsedOption& option);

  // Apply has an effect for it, if only that it was read earlier.
  static bool Knows(Option id);

  // After the last option: what they mean together.
  std::optional<int> Finish();

 private:
  struct OwnEffect;
  static const OwnEffect kOwnEffects[];

  bool HasLibrrd(Option id);
  absl::StatusOr<NetworkFile> LoadNetworks(const std::string& path, NetworkListKind kind,
                                           std::string_view what);
  std::optional<int> CheckFile(const std::string& path);

  std::optional<int> SetOutputDir(const std::string& path);
  std::optional<int> SetRuntimeConfig(const std::string& path);
  std::optional<int> SetRrdDir(const std::string& path);
  std::optional<int> SetRrdConfig(const std::string& path);
  std::optional<int> SetInternalNets(const std::string& path);
  std::optional<int> SetInternalMacs(const std::string& path);
  std::optional<int> SetCloudNets(const std::string& path);
  std::optional<int> SetCryptoNets(const std::string& path);
  std::optional<int> SetWhitelistNets(const std::string& path);
  template <KeySource kSource>
  std::optional<int> SetKey(const std::string& value) {
    return TakeKey(kSource, value);
  }
  std::optional<int> TakeKey(KeySource source, const std::string& value);
  std::optional<int> SetAddressMask(const std::string& text);
  std::optional<int> SetSnapshotLength(const std::string& text);
  std::optional<int> SetCaptureBuffer(const std::string& text);
  std::optional<int> SetLiveReaders(const std::string& text);
  std::optional<int> SetKeep(const std::string& text);
  std::optional<int> SetDumpFormat(const std::string& word);
  std::optional<int> SetDumpCompression(const std::string& word);
  std::optional<int> SetTunnels(const std::string& text);
  std::optional<int> SetFlowKey(const std::string& text);
  std::optional<int> SetEmptyHistograms(const std::string& text);
  std::optional<int> SetCompat(const std::string& version);
  std::optional<int> SetDuplicateFilter(const std::string& text);
  std::optional<int> SetCommunityIdSeed(const std::string& text);
  std::optional<int> SetLabels(const std::string& path);
  std::optional<int> SetFirstPackets(const std::string& text);
  std::optional<int> SetThreads(const std::string& text);
  std::optional<int> SetNdpi(const std::string&);
  std::optional<int> RefuseL3Bitrate(const std::string&);
  std::optional<int> SetMaxFlows(const std::string& text);
  std::optional<int> SetMaxMemory(const std::string& text);
  std::optional<int> SetActiveTimeout(const std::string& text);
  std::optional<int> TellOfDag(const std::string&);
  std::optional<int> PrintUsage(const std::string&);
  std::optional<int> PrintVersion(const std::string&);
  std::optional<int> AddExport(const std::string& text);
  std::optional<int> SetSpool(const std::string& path);
  std::optional<int> SetExportWait(const std::string& text);
  std::optional<int> SetIpfixPen(const std::string& text);
  std::optional<int> SetMetrics(const std::string& text);
  std::optional<int> SetStatsJson(const std::string& path);
  std::optional<int> CheckExtras();
  void WarnOfMacsAndNets();
  std::optional<int> SetUpPrivacy();
  void WarnOfNoEffect();

  static constexpr std::string_view kIndent = "         ";  // below "Warning: "

  Console& console_;
  Settings& settings_;
  bool nets_given_ = false, macs_given_ = false, whitelist_given_ = false;
  std::optional<std::string> crypto_file_;  // -Y
  std::optional<KeySource> key_source_;
};

}  // namespace tstat::cli

#endif  // TSTAT_STARTUP_OPTION_EFFECTS_H_
