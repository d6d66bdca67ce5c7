// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/runtime_config.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "config/absl_text.h"
#include "config/ini.h"
#include "config/level_keys.h"
#include "config/text_file.h"
#include "tstat/codes.h"
#include "tstat/schema.h"

namespace tstat::inline v1 {
using namespace internal;
namespace {

constexpr std::string_view kUrlKey = "httplog_full_url";
constexpr std::string_view kDnsUnaskedKey = "dns_unasked";
constexpr std::string_view kModernKey = "modern_layer7";
constexpr std::string_view kEmptyKey = "histo_empty";
constexpr std::string_view kUrlNotices[] = {
    "Disabling HTTP URL log", "Enabling partial HTTP URL log", "Enabling full HTTP URL log"};

struct DumpNumber {
  std::string_view key;
  uint32_t DumpSettings::*value;
};
constexpr DumpNumber kDumpNumbers[] = {
    {"snap_len", &DumpSettings::snap_len},
    {"slice_win", &DumpSettings::slice_win},
    {"udp_maxpackets", &DumpSettings::udp_max_packets},
    {"udp_maxbytes", &DumpSettings::udp_max_bytes},
    {"tcp_maxpackets", &DumpSettings::tcp_max_packets},
    {"tcp_maxbytes", &DumpSettings::tcp_max_bytes},
    {"stop_dumping_mask", &DumpSettings::stop_dumping_mask},
};
constexpr std::string_view kDumpDnsFilter = "dns_filter";
// The dumps that are not of one protocol, and where the protocols stand among them: in the order of
// their types, but obfuscated KAD beside the other KADs, and those of 3.3 at the end.
constexpr std::string_view kOtherDumps[] = {"ip_complete", "udp_complete", "tcp_videostreaming",
                                            "tcp_complete", "udp_stun"};
constexpr bool IsLateDump(UdpType type) { return type >= UdpType::kMturn; }
constexpr size_t kDumpSwitchCount =
    std::size(kOtherDumps) +
    static_cast<size_t>(std::ranges::count_if(
        kUdpProtocols, [](const UdpProtocol& protocol) { return !protocol.dump.empty(); }));
constexpr auto kDumpSwitches = [] {
  std::array<std::string_view, kDumpSwitchCount> names;
  size_t count = 0;
  const auto add = [&](const UdpProtocol& protocol) {
    if (!protocol.dump.empty()) names[count++] = protocol.dump;
  };
  for (const UdpProtocol& protocol : kUdpProtocols) {
    if (protocol.type == UdpType::kObfuscatedKad || IsLateDump(protocol.type)) continue;
    add(protocol);
    if (protocol.type == UdpType::kKadu) {
      add(kUdpProtocols[static_cast<size_t>(UdpType::kObfuscatedKad)]);
    }
  }
  for (const std::string_view name : kOtherDumps) names[count++] = name;
  for (const UdpProtocol& protocol : kUdpProtocols) {
    if (IsLateDump(protocol.type)) add(protocol);
  }
  return names;
}();

// The keys that exist, for errors.
template <typename List, typename Name>
std::string Names(const List& list, Name name) {
  std::string text;
  for (const auto& entry : list) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", View(name(entry)));
  }
  return text;
}
std::string_view Itself(std::string_view name) { return name; }

constexpr std::string_view kOwnKeysName = "keys of the session";

// Puts RuntimeConfigContext::keys into what a file says: they take the place of its own, in the
// last section of their name. Their lines are below 0.
absl::Status PutKeys(const RuntimeConfigContext& context, IniFile* file) {
  if (context.keys.empty()) return absl::OkStatus();
  absl::StatusOr<IniFile> own = ParseIni(context.keys, kOwnKeysName);
  if (!own.ok()) return own.status();
  for (IniSection& section : own->sections) {
    IniSection* last = nullptr;
    for (IniSection& known : file->sections) {
      if (known.name != section.name) continue;
      last = &known;
      std::erase_if(known.entries, [&section](const IniEntry& entry) {
        return std::ranges::any_of(section.entries,
                                   [&](const IniEntry& key) { return key.key == entry.key; });
      });
    }
    if (last == nullptr) {
      // A section [dump] would end the dumps of a file that does not speak of them any more.
      if (section.name == "dump" && !context.at_start) continue;
      last = &file->sections.emplace_back(IniSection{section.name, -section.line, {}});
    }
    for (IniEntry& entry : section.entries) {
      entry.line = -entry.line;
      last->entries.push_back(std::move(entry));
    }
  }
  return absl::OkStatus();
}

// Reads one file over a state.
class RuntimeReader {
 public:
  RuntimeReader(IniFile file, const RuntimeConfigContext& context, const RuntimeConfig& before)
      : file_(std::move(file)), context_(context) {
    change_.config = before;
  }

  absl::StatusOr<RuntimeConfigChange> Read() {
    change_.warnings = file_.warnings;
    if (absl::Status status = PutKeys(context_, &file_); !status.ok()) return status;
    if (!context_.at_start) change_.config.labels.clear();  // there as long as their section is
    for (const IniSection& section : file_.sections) {
      absl::Status status;
      if (section.name == "log") {
        status = ReadLog(section);
      } else if (section.name == "options") {
        status = ReadOptions(section);
      } else if (section.name == "dump") {
        status = ReadDump(section);
      } else if (section.name == "export") {
        status = ReadExports(section);
      } else if (section.name == "labels") {
        status = ReadLabels(section);
      } else {
        status = ErrorAt(file_.path, section.line,
                         "ini reader: [globals] section not valid in the runtime configuration "
                         "context");
      }
      if (!status.ok()) return status;
    }
    // Without their section exports end, too.
    const bool has_exports = std::any_of(file_.sections.begin(), file_.sections.end(),
                                         [](const IniSection& s) { return s.name == "export"; });
    if (!has_exports && !context_.at_start && !change_.config.exports.empty()) {
      ReadExports({}).IgnoreError();
    }
    return std::move(change_);
  }

 private:
  absl::Status Error(const IniEntry& entry, std::string_view message) const {
    return entry.line >= 0 ? ErrorAt(file_.path, entry.line, message)
                           : ErrorAt(kOwnKeysName, -entry.line, message);
  }
  // Where it stands, for warnings.
  std::string Place(const IniEntry& entry) const {
    return entry.line >= 0 ? absl::StrCat(file_.path, ":", entry.line)
                           : absl::StrCat(View(kOwnKeysName), ":", -entry.line);
  }
  void Notice(std::string_view text) {
    change_.notices.push_back(absl::StrCat("[", context_.time_stamp, "] ", View(text)));
  }
  void RoundNotice(std::string_view text) {
    change_.notices.push_back(absl::StrCat("(", context_.time_stamp, ") ", View(text)));
  }

  absl::Status ReadLog(const IniSection& section) {
    RuntimeConfig& config = change_.config;
    const bool any_before = config.any_log();
    for (const IniEntry& entry : section.entries) {
      const auto* log = std::find_if(kLogs.begin(), kLogs.end(), [&entry](const LogInfo& known) {
        return known.name == entry.key;
      });
      bool is_histogram = entry.key == "histo_engine", is_rrd = entry.key == "rrd_engine";
      if (log == kLogs.end() && !is_histogram && !is_rrd) {
        return Error(entry,
                     absl::StrCat("ini reader: '", Shown(entry.key), "' - unknown keyword",
                                  " (allowed: histo_engine, rrd_engine, ",
                                  Names(kLogs, [](const LogInfo& l) { return l.name; }), ")"));
      }
      if (!entry.value.is_integer || entry.value.integer > 1) {
        return Error(entry, absl::StrCat("ini reader: expected 0|1 value near '", entry.key, "'"));
      }
      bool on = entry.value.integer != 0;
      if (on && log != kLogs.end() && !IsInProfile(entry, *log)) continue;
      bool& target = is_histogram ? config.histogram_engine
                     : is_rrd     ? config.rrd_engine
                                  : config.logs[static_cast<size_t>(log->log)];
      if (target == on) continue;
      target = on;
      Notice(absl::StrCat(on ? "Enabling " : "Disabling ", is_histogram ? "histo engine logs"
                                                           : is_rrd     ? "rrd engine logs"
                                                                        : entry.key));
    }
    if (any_before && !config.any_log()) Notice("All logs disabled");
    return absl::OkStatus();
  }

  // Switched on, a log that the profile does not have would stay empty without a word.
  bool IsInProfile(const IniEntry& entry, const LogInfo& log) {
    if (context_.profile == nullptr || HasLog(*context_.profile, log.log)) return true;
    change_.warnings.push_back(absl::StrFormat(
        "%s: runtime conf: warning: '%s' is not written: this version of Tstat has no such log "
        "(--compat 3.3 has it)",
        Place(entry), entry.key));
    return false;
  }

  // Of the keys of [options] that select no columns; nothing: it is none of them.
  std::optional<absl::Status> ReadOtherOption(const IniEntry& entry) {
    if (entry.key == kUrlKey) return ReadUrlLevel(entry);
    if (entry.key == kDnsUnaskedKey || entry.key == kModernKey) return ReadStartSwitch(entry);
    if (entry.key == kEmptyKey) return ReadEmptyHistograms(entry);
    return std::nullopt;
  }

  absl::Status ReadOptions(const IniSection& section) {
    RuntimeConfig& config = change_.config;
    const uint8_t tcp_before = config.tcp_level, video_before = config.video_level,
                  udp_before = config.udp_level, url_before = config.http_url_level;
    for (const IniEntry& entry : section.entries) {
      if (const std::optional<absl::Status> status = ReadOtherOption(entry)) {
        if (!status->ok()) return *status;
        continue;
      }
      const auto* key = std::find_if(std::begin(kLevelKeys), std::end(kLevelKeys),
                                     [&entry](const LevelKey& k) { return k.key == entry.key; });
      if (key == std::end(kLevelKeys)) {
        return Error(entry,
                     absl::StrCat("runtime conf err: '", Shown(entry.key), "' - not valid command ",
                                  " (allowed: ", View(kUrlKey), ", ", View(kEmptyKey), ", ",
                                  View(kDnsUnaskedKey), ", ", View(kModernKey), ", ",
                                  Names(kLevelKeys, [](const LevelKey& k) { return k.key; }), ")"));
      }
      if (!entry.value.is_integer) return NotAnInteger(entry);
      if (entry.value.integer > INT32_MAX) {
        WarnIgnored(entry);
        continue;
      }
      uint8_t& level = config.*key->level;
      const bool sets = (entry.value.integer != 0) != key->is_absence;
      level = static_cast<uint8_t>(sets ? level | key->bit : level & ~key->bit);
    }
    if (context_.at_start || config.tcp_level != tcp_before) {
      NoticeLevel("TCP", &RuntimeConfig::tcp_level);
    }
    if (context_.at_start || config.video_level != video_before) {
      NoticeLevel("Video", &RuntimeConfig::video_level);
    }
    if (config.udp_level != udp_before) NoticeLevel("UDP", &RuntimeConfig::udp_level);
    if (config.http_url_level != url_before) RoundNotice(kUrlNotices[config.http_url_level]);
    return absl::OkStatus();
  }

  absl::Status NotAnInteger(const IniEntry& entry) const {
    return Error(entry,
                 absl::StrCat("runtime conf err: '", entry.key, "' - expected an integer, not '",
                              Shown(entry.value.text), "'"));
  }

  void WarnIgnored(const IniEntry& entry) {
    change_.warnings.push_back(absl::StrFormat(
        "%s: runtime conf: warning: '%s = %d' Invalid value ignored (allowed: %s)", Place(entry),
        entry.key, entry.value.integer, entry.key == kUrlKey ? "0, 1, 2" : "0, 1"));
  }

  absl::Status ReadEmptyHistograms(const IniEntry& entry) {
    const bool write = entry.value.text == kHistogramEmptyWrite;
    if (!write && entry.value.text != kHistogramEmptySkip) {
      return Error(
          entry, absl::StrCat("runtime conf err: '", entry.key, " = ", Shown(entry.value.text),
                              "' - not a valid value (allowed: ", View(kHistogramEmptyWrite), ", ",
                              View(kHistogramEmptySkip), ")"));
    }
    if (std::exchange(change_.config.empty_histograms, write) != write) {
      Notice(write ? "Histograms without samples are written"
                   : "Histograms without samples are left out");
    }
    return absl::OkStatus();
  }

  absl::Status ReadUrlLevel(const IniEntry& entry) {
    uint8_t& level = change_.config.http_url_level;
    if (!entry.value.is_integer) return NotAnInteger(entry);
    if (entry.value.integer > 2) {
      WarnIgnored(entry);
    } else if (context_.strict_privacy && entry.value.integer != 0) {
      change_.warnings.push_back(absl::StrFormat(
          "runtime conf: warning: Must be '%s = 0' while Strict Private mode is enabled\n"
          "              Invalid value ignored",
          entry.key));
      level = 0;
    } else {
      level = static_cast<uint8_t>(entry.value.integer);
    }
    return absl::OkStatus();
  }

  // What was settled for the answers that are under way, and for flows that are open, needs a new
  // start to change.
  absl::Status ReadStartSwitch(const IniEntry& entry) {
    if (!entry.value.is_integer) return NotAnInteger(entry);
    RuntimeConfig& config = change_.config;
    const bool is_dns = entry.key == kDnsUnaskedKey, on = entry.value.integer != 0;
    const bool of_profile = context_.profile != nullptr && context_.profile->modern_layer7;
    if (entry.value.integer > 1) {
      WarnIgnored(entry);
    } else if (on == (is_dns ? config.dns_unasked : config.modern_layer7.value_or(of_profile))) {
      return absl::OkStatus();
    } else if (!context_.at_start) {
      change_.warnings.push_back(absl::StrFormat(
          "%s: runtime conf: warning: '%s' is read at the start only", Place(entry), entry.key));
    } else if (is_dns) {
      config.dns_unasked = on;
      Notice(on ? "Names come from all DNS answers"
                : "Names come only from DNS answers that were asked for");
    } else {
      config.modern_layer7 = on;
      Notice(on ? "Protocols are told from streams put together"
                : "Protocols are told from single segments");
    }
    return absl::OkStatus();
  }

  void NoticeLevel(std::string_view log, uint8_t RuntimeConfig::*level) {
    std::string sets = "Core";
    for (const LevelKey& key : kLevelKeys) {
      if (key.level != level) continue;
      const bool is_on = key.IsOn(change_.config);
      if (is_on != key.is_absence) absl::StrAppend(&sets, is_on ? " + " : " - ", View(key.name));
    }
    const int shown = change_.config.*level & ~tcp_level::kWithoutModern;
    Notice(absl::StrFormat("%s log level set to %d (%s)", View(log), shown, sets));
  }

  absl::Status ReadDump(const IniSection& section) {
    DumpSettings& dump = change_.config.dump;
    const bool any_before = dump.any();
    // The section starts from nothing, but for these two.
    DumpSettings fresh;
    fresh.snap_len = dump.snap_len;
    fresh.slice_win = dump.slice_win;
    // A quirk: the key is not needed.
    fresh.dns_filter = context_.dns_filter_given;
    change_.has_dump_section = true;
    dump = std::move(fresh);
    std::array<bool, std::size(kDumpSwitches)> on{};
    for (const IniEntry& entry : section.entries) {
      const auto* name = std::find(std::begin(kDumpSwitches), std::end(kDumpSwitches), entry.key);
      absl::Status status = name != std::end(kDumpSwitches)
                                ? ReadDumpSwitch(entry, &on[name - std::begin(kDumpSwitches)])
                                : ReadDumpNumber(entry);
      if (!status.ok()) return status;
    }
    for (size_t i = 0; i < on.size(); ++i) {
      if (on[i]) dump.enabled.emplace_back(kDumpSwitches[i]);
    }
    if (context_.at_start || any_before != dump.any()) {
      Notice(dump.any() ? "Enabling dump engine" : "Disabling dump engine");
    }
    return absl::OkStatus();
  }

  // The section starts from nothing. What a line says is looked at by who opens it.
  absl::Status ReadExports(const IniSection& section) {
    RuntimeConfig& config = change_.config;
    const std::vector<std::string> before = std::exchange(config.exports, {});
    config.has_export_section = true;
    for (const IniEntry& entry : section.entries) {
      if (std::find(config.exports.begin(), config.exports.end(), entry.key) !=
          config.exports.end()) {
        return Error(entry, absl::StrCat("'", Shown(ShownExport(entry.key)), "' is there twice"));
      }
      config.exports.push_back(entry.key);
    }
    const auto tell_missing = [this](std::string_view what, const std::vector<std::string>& from,
                                     const std::vector<std::string>& in) {
      for (const std::string& text : from) {
        if (std::find(in.begin(), in.end(), text) != in.end()) continue;
        Notice(absl::StrCat(View(what), Shown(ShownExport(text))));
      }
    };
    tell_missing("Disabling export ", before, config.exports);
    tell_missing("Enabling export ", config.exports, before);
    return absl::OkStatus();
  }

  // Without its options, a query, and what stands before an @: there may be secrets in them.
  static std::string_view ShownExport(std::string_view text) {
    text = text.substr(0, text.find_first_of("#?"));
    const size_t scheme = text.find("://");
    const bool has_user =
        scheme != std::string_view::npos && text.find('@', scheme) != std::string_view::npos;
    return has_user ? text.substr(0, scheme + 3) : text;
  }

  // Likewise.
  absl::Status ReadLabels(const IniSection& section) {
    constexpr size_t kMostLabel = 64;
    std::vector<std::pair<uint16_t, std::string>> labels;
    for (const IniEntry& entry : section.entries) {
      uint32_t port = 0;
      if (!absl::SimpleAtoi(entry.key, &port) || port == 0 || port > UINT16_MAX) {
        return Error(entry,
                     absl::StrCat("labels: '", Shown(entry.key),
                                  "' is no port (allowed: 1 to 65535, as in 5201 = iperf3)"));
      }
      if (entry.value.is_integer || entry.value.text.size() > kMostLabel) {
        return Error(entry, absl::StrCat("labels: port ", port,
                                         " needs a name of 1 to 64 characters (5201 = iperf3)"));
      }
      labels.emplace_back(static_cast<uint16_t>(port), entry.value.text);
    }
    // Of a port that is there twice, the last one, as with all keys.
    std::stable_sort(labels.begin(), labels.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::pair<uint16_t, std::string>>& kept = change_.config.labels;
    kept.clear();
    for (auto& label : labels) {
      if (!kept.empty() && kept.back().first == label.first) {
        kept.pop_back();
        change_.warnings.push_back(absl::StrCat(file_.path, ": labels: port ", label.first,
                                                " is there twice; its last name holds"));
      }
      kept.push_back(std::move(label));
    }
    return absl::OkStatus();
  }

  absl::Status CheckDumpInteger(const IniEntry& entry) const {
    if (entry.value.is_integer && entry.value.integer <= UINT32_MAX) return absl::OkStatus();
    return Error(entry,
                 absl::StrCat("dump engine: not integer value assigned to '", entry.key, "'"));
  }

  absl::Status ReadDumpSwitch(const IniEntry& entry, bool* on) const {
    absl::Status status = CheckDumpInteger(entry);
    if (!status.ok()) return status;
    if (entry.value.integer > 1) {
      return Error(entry, absl::StrFormat(
                              "dump engine: '%s = %d' syntax error in config file (allowed: 0, 1)",
                              entry.key, entry.value.integer));
    }
    *on = entry.value.integer != 0;
    return absl::OkStatus();
  }

  absl::Status ReadDumpNumber(const IniEntry& entry) {
    DumpSettings& dump = change_.config.dump;
    const auto* number = std::find_if(std::begin(kDumpNumbers), std::end(kDumpNumbers),
                                      [&entry](const DumpNumber& n) { return n.key == entry.key; });
    if (number == std::end(kDumpNumbers) && entry.key != kDumpDnsFilter) {
      return Error(
          entry, absl::StrCat("dump engine err: '", Shown(entry.key), "' - not valid command ",
                              " (allowed: ", View(kDumpDnsFilter), ", ",
                              Names(kDumpNumbers, [](const DumpNumber& n) { return n.key; }), ", ",
                              Names(kDumpSwitches, Itself), ")"));
    }
    absl::Status status = CheckDumpInteger(entry);
    if (!status.ok()) return status;
    if (number != std::end(kDumpNumbers)) {
      dump.*number->value = static_cast<uint32_t>(entry.value.integer);
      return absl::OkStatus();
    }
    dump.dns_filter = entry.value.integer != 0;
    if (dump.dns_filter && !context_.dns_filter_given) {
      change_.warnings.push_back(
          "dump engine warning: no file provided for the DNS filter engine. Using the default "
          "values: flows to all names are dumped (-F names a file).");
    }
    return absl::OkStatus();
  }

  IniFile file_;
  const RuntimeConfigContext& context_;
  RuntimeConfigChange change_;
};

}  // namespace

std::span<const std::string_view> DumpSwitchNames() { return kDumpSwitches; }

bool DumpSettings::has(std::string_view name) const {
  return std::find(enabled.begin(), enabled.end(), name) != enabled.end();
}

bool RuntimeConfig::any_log() const {
  return std::find(logs.begin(), logs.end(), true) != logs.end();
}

absl::StatusOr<RuntimeConfigChange> ParseRuntimeConfig(std::string_view text, std::string_view name,
                                                       const RuntimeConfigContext& context,
                                                       const RuntimeConfig& before) {
  absl::StatusOr<IniFile> file = ParseIni(text, name);
  if (!file.ok()) return file.status();
  return RuntimeReader(*std::move(file), context, before).Read();
}

std::string FormatRuntimeConfig(const RuntimeConfig& config) {
  std::string text = "[log]\n";
  const auto add = [&text](std::string_view key, auto value) {
    absl::StrAppend(&text, View(key), " = ", value, "\n");
  };
  for (const LogInfo& log : kLogs) add(log.name, config.has(log.log) ? 1 : 0);
  add("histo_engine", config.histogram_engine ? 1 : 0);
  add("rrd_engine", config.rrd_engine ? 1 : 0);
  text += "[options]\n";
  for (const LevelKey& key : kLevelKeys) {
    add(key.key, key.IsOn(config) ? 1 : 0);
  }
  add(kUrlKey, static_cast<int>(config.http_url_level));
  add(kDnsUnaskedKey, config.dns_unasked ? 1 : 0);
  if (config.modern_layer7) add(kModernKey, *config.modern_layer7 ? 1 : 0);
  add(kEmptyKey, View(config.empty_histograms ? kHistogramEmptyWrite : kHistogramEmptySkip));
  if (config.dump.any()) {
    text += "[dump]\n";
    for (const std::string& name : config.dump.enabled) add(name, 1);
    for (const DumpNumber& number : kDumpNumbers) add(number.key, config.dump.*number.value);
    add(kDumpDnsFilter, config.dump.dns_filter ? 1 : 0);
  }
  if (config.has_export_section) text += "[export]\n";
  for (const std::string& line : config.exports) absl::StrAppend(&text, line, "\n");
  if (!config.labels.empty()) text += "[labels]\n";
  for (const auto& [port, name] : config.labels) absl::StrAppend(&text, port, " = ", name, "\n");
  return text;
}

absl::StatusOr<RuntimeConfigChange> ReadRuntimeConfig(const std::string& path,
                                                      const RuntimeConfigContext& context,
                                                      const RuntimeConfig& before) {
  // Whoever puts something else in its place must not stop a capture.
  absl::StatusOr<IniFile> file =
      ReadIni(path, context.at_start ? TextSource::kAny : TextSource::kRegular);
  if (!file.ok()) return file.status();
  return RuntimeReader(*std::move(file), context, before).Read();
}

}  // namespace tstat::inline v1
