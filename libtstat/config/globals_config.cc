// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/globals_config.h"

#include <cmath>
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "config/absl_text.h"
#include "config/ini.h"
#include "config/text_file.h"

namespace tstat::inline v1 {
using namespace internal;
namespace {

enum class Kind : uint8_t {
  kCount,       // integer > 0
  kCountOrAll,  // integer >= 0; 0 = unlimited, printed as -1
  kNumber,      // kLeastNumber to kMostNumber
  kMask,        // any 32-bit integer
  kIgnored,     // of builds with features that need no table here; integer > 0
};

// The times are seconds or microseconds: from a microsecond to 31 years, which the 64 bits of a
// Timestamp can be moved by.
constexpr double kLeastNumber = 1e-6, kMostNumber = 1e9;
constexpr uint32_t kMostCount = INT32_MAX;
// Of tables that are allocated with their size.
constexpr uint32_t kMostFlows = Globals::kMostFlows, kMostSlots = 16'777'216;

// One parameter: exactly one of the members, or a word of crypto_ipv6_mask.
struct Parameter {
  std::string_view name;
  Kind kind;
  uint32_t Globals::*count = nullptr;
  double Globals::*number = nullptr;
  int32_t Globals::*signed_count = nullptr;
  int mask_word = -1;
  bool only_3_3 = false;
  uint32_t most = kMostCount;  // of a count
  bool no_limit = false;       // of a list whose length has no limit here
};

constexpr Parameter Count(std::string_view name, uint32_t Globals::*member,
                          uint32_t most = kMostCount) {
  return {.name = name, .kind = Kind::kCount, .count = member, .most = most};
}
constexpr Parameter NoLimit(std::string_view name, uint32_t Globals::*member) {
  return {.name = name, .kind = Kind::kCount, .count = member, .no_limit = true};
}
constexpr Parameter Number(std::string_view name, double Globals::*member) {
  return {.name = name, .kind = Kind::kNumber, .number = member};
}
constexpr Parameter Mask(std::string_view name, int word) {
  return {.name = name, .kind = Kind::kMask, .mask_word = word, .only_3_3 = true};
}
constexpr Parameter Ignored(std::string_view name) {
  return {.name = name, .kind = Kind::kIgnored, .only_3_3 = true};
}

// In the order in which they are printed.
constexpr Parameter kParameters[] = {
    Count("Max_TCP_Pairs", &Globals::max_tcp_pairs, kMostFlows),
    Count("Max_UDP_Pairs", &Globals::max_udp_pairs, kMostFlows),
    Count("Hash_Table_Size", &Globals::hash_table_size),
    Number("TCP_Idle_Time", &Globals::tcp_idle_time_s),
    Number("UDP_Idle_Time", &Globals::udp_idle_time_s),
    Number("TCP_Singleton_Time", &Globals::tcp_singleton_time_s),
    Number("UDP_Singleton_Time", &Globals::udp_singleton_time_s),
    Number("GC_Cycle_Time", &Globals::gc_cycle_time_s),
    Count("GC_Split_Ratio", &Globals::gc_split_ratio),
    Count("Max_ADX_Slots", &Globals::max_adx_slots, kMostSlots),
    NoLimit("Max_Internal_Ethers", &Globals::max_internal_ethers),
    NoLimit("Max_Internal_Hosts", &Globals::max_internal_hosts),
    NoLimit("Max_Cloud_Hosts", &Globals::max_cloud_hosts),
    NoLimit("Max_Crypto_Hosts", &Globals::max_crypto_hosts),
    NoLimit("Max_White_Hosts", &Globals::max_white_hosts),
    Count("Max_Crypto_Cache_Size", &Globals::max_crypto_cache_size, kMostFlows),
    Count("DNS_Cache_Size", &Globals::dns_cache_size, kMostFlows),
    Count("DNS_Cache_Size_IPv6", &Globals::dns_cache_size_ipv6, kMostFlows),
    Ignored("DNS_Cache_Size_IPv4_DNS6"),
    Ignored("DNS_Cache_Size_IPv6_DNS4"),
    Mask("Crypto_IPv6_Mask_0", 0),
    Mask("Crypto_IPv6_Mask_1", 1),
    Mask("Crypto_IPv6_Mask_2", 2),
    Mask("Crypto_IPv6_Mask_3", 3),
    Number("Runtime_Config_Idle", &Globals::runtime_config_idle_s),
    Count("Runtime_Mtime_Counter", &Globals::runtime_mtime_counter),
    Number("Max_Time_Step", &Globals::max_time_step_s),
    Count("Dirs", &Globals::dirs),
    Number("Rate_Sampling", &Globals::rate_sampling_s),
    {.name = "Log_Periodic_Interval",
     .kind = Kind::kNumber,
     .number = &Globals::log_periodic_interval_s,
     .only_3_3 = true},
    {.name = "Max_Seg_Per_Quad",
     .kind = Kind::kCountOrAll,
     .signed_count = &Globals::max_seg_per_quad},
    Count("List_Search_Dept", &Globals::list_search_dept),
    Count("Entropy_Sample", &Globals::entropy_sample),
    Number("Entropy_Threshold", &Globals::entropy_threshold),
    Number("Min_Delta_T_UDP_Dup_Pkt", &Globals::min_delta_t_udp_dup_pkt_us),
    Number("Min_Delta_T_TCP_Dup_Pkt", &Globals::min_delta_t_tcp_dup_pkt_us),
};
constexpr std::string_view kEntropyThreshold = "Entropy_Threshold";
constexpr double kMaxEntropyThreshold = 4.0;

class GlobalsReader {
 public:
  GlobalsReader(const IniFile& file, const Globals& before) : file_(file), before_(before) {
    result_.globals = before;
  }

  absl::StatusOr<GlobalsConfig> Read() {
    result_.warnings = file_.warnings;
    for (const IniSection& section : file_.sections) {
      if (section.name != "globals") {
        return ErrorAt(file_.path, section.line,
                       absl::StrCat("ini reader: [", section.name,
                                    "] section only valid in the runtime configuration context"));
      }
      for (const IniEntry& entry : section.entries) {
        absl::Status status = ReadEntry(entry);
        if (!status.ok()) return status;
      }
      absl::Status status = Check(section);
      if (!status.ok()) return status;
    }
    TellOfLimits();
    return std::move(result_);
  }

 private:
  absl::Status ReadEntry(const IniEntry& entry) {
    for (const Parameter& parameter : kParameters) {
      if (absl::EqualsIgnoreCase(View(parameter.name), entry.key)) return Set(parameter, entry);
    }
    return ErrorAt(file_.path, entry.line,
                   absl::StrCat("global conf: '", Shown(entry.key),
                                "' - unknown keyword (tstat -h lists them)"));
  }

  absl::Status OutOfRange(const IniEntry& entry, std::string_view what,
                          std::string_view allowed) const {
    return ErrorAt(
        file_.path, entry.line,
        absl::StrCat("global conf: error: '", Shown(entry.key), "' must have ", View(what),
                     " value, not '", Shown(entry.value.text), "' (allowed: ", View(allowed), ")"));
  }

  absl::Status Set(const Parameter& parameter, const IniEntry& entry) {
    Globals& globals = result_.globals;
    const IniValue& value = entry.value;
    switch (parameter.kind) {
      case Kind::kNumber:
        // Not a number is not between the two, either.
        if (!(value.number >= kLeastNumber && value.number <= kMostNumber)) {
          return OutOfRange(entry, "a positive floating point", "0.000001 to 1000000000");
        }
        globals.*parameter.number = value.number;
        if (parameter.name == kEntropyThreshold) LimitEntropyThreshold(entry);
        return absl::OkStatus();
      case Kind::kMask:
        if (!value.is_integer || value.integer > UINT32_MAX) {
          return OutOfRange(entry, "a 32 bit integer", "0 to 0xffffffff");
        }
        globals.crypto_ipv6_mask[parameter.mask_word] = static_cast<uint32_t>(value.integer);
        return absl::OkStatus();
      case Kind::kCount:
      case Kind::kCountOrAll:
      case Kind::kIgnored:
        break;
    }
    const int64_t least = parameter.kind == Kind::kCountOrAll ? 0 : 1;
    if (!value.is_integer || value.integer < least || value.integer > parameter.most) {
      return OutOfRange(entry, "an positive integer", absl::StrCat(least, " to ", parameter.most));
    }
    if (parameter.count != nullptr) {
      globals.*parameter.count = static_cast<uint32_t>(value.integer);
    } else if (parameter.signed_count != nullptr) {
      globals.*parameter.signed_count =
          value.integer == 0 ? -1 : static_cast<int32_t>(value.integer);
    }
    return absl::OkStatus();
  }

  void LimitEntropyThreshold(const IniEntry& entry) {
    if (result_.globals.entropy_threshold <= kMaxEntropyThreshold) return;
    result_.globals.entropy_threshold = Globals().entropy_threshold;
    result_.warnings.push_back(absl::StrFormat(
        "globals conf: warning: '%s' must be smaller than 4.0. Using default value %f", entry.key,
        result_.globals.entropy_threshold));
  }

  // Who changes them expects something; the values that every file has say nothing.
  void TellOfLimits() {
    std::string names;
    for (const Parameter& parameter : kParameters) {
      if (!parameter.no_limit) continue;
      if (result_.globals.*parameter.count == before_.*parameter.count) continue;
      absl::StrAppend(&names, names.empty() ? "" : ", ", View(parameter.name));
    }
    if (names.empty()) return;
    result_.warnings.push_back(
        absl::StrCat("globals conf: warning: ", names,
                     ": no effect, lists of networks and addresses have no limit here"));
  }

  // What must hold at the end of a section.
  absl::Status Check(const IniSection& section) {
    const Globals& g = result_.globals;
    auto error = [&](std::string_view text) { return ErrorAt(file_.path, section.line, text); };
    if (g.runtime_config_idle_s * g.runtime_mtime_counter <= 60) {
      result_.warnings.push_back(
          "global conf: Warning: Runtime_Config_Idle * Runtime_Mtime_Counter is less than 1 "
          "minute\n             Changes to the Runtime configuration might cancel previous logs.");
    }
    if (g.hash_table_size < g.max_tcp_pairs || g.hash_table_size < g.max_udp_pairs) {
      return error(
          absl::StrFormat("global conf: Error: Hash_Table_Size is %d, smaller than "
                          "Max_TCP_Pairs or Max_UDP_Pairs\n             Increase its value",
                          g.hash_table_size));
    }
    if (g.max_tcp_pairs % g.gc_split_ratio != 0 || g.max_udp_pairs % g.gc_split_ratio != 0) {
      return error(
          "global conf: Error: Max_TCP_Pairs and Max_UDP_Pairs must be multiple of GC_Split_Ratio");
    }
    // The cycle is truncated to whole microseconds, as the collector uses it.
    double cycle_us = std::trunc(g.gc_cycle_time_s * 1e6);
    if (cycle_us < 1 || std::fmod(cycle_us, g.gc_split_ratio) != 0) {
      return error(
          "global conf: Error: GC_Cycle_Time (in microseconds, as an integer) must be multiple of "
          "GC_Split_Ratio");
    }
    return absl::OkStatus();
  }

  const IniFile& file_;
  const Globals before_;
  GlobalsConfig result_;
};

}  // namespace

absl::StatusOr<GlobalsConfig> ParseGlobals(std::string_view text, std::string_view name,
                                           const Globals& before) {
  absl::StatusOr<IniFile> file = ParseIni(text, name);
  if (!file.ok()) return file.status();
  return GlobalsReader(*file, before).Read();
}

absl::StatusOr<GlobalsConfig> ReadGlobals(const std::string& path, const Globals& before) {
  absl::StatusOr<IniFile> file = ReadIni(path);
  if (!file.ok()) return file.status();
  return GlobalsReader(*file, before).Read();
}

std::string FormatGlobals(const Globals& globals, bool with_3_3) {
  std::string text = "\t[globals]\n";
  for (const Parameter& parameter : kParameters) {
    if (parameter.kind == Kind::kIgnored || (parameter.only_3_3 && !with_3_3)) continue;
    absl::StrAppend(&text, "\t", View(parameter.name), " = ");
    if (parameter.count != nullptr) {
      absl::StrAppend(&text, globals.*parameter.count);
    } else if (parameter.number != nullptr) {
      absl::StrAppendFormat(&text, "%f", globals.*parameter.number);
    } else if (parameter.signed_count != nullptr) {
      const int32_t count = globals.*parameter.signed_count;
      absl::StrAppend(&text, count <= 0 ? -1 : count);
    } else {
      absl::StrAppendFormat(&text, "0x%08x", globals.crypto_ipv6_mask[parameter.mask_word]);
    }
    text.push_back('\n');
  }
  return text;
}

}  // namespace tstat::inline v1
