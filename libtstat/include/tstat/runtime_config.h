// SPDX-License-Identifier: BSD-3-Clause
//
// runtime.conf (-T): which logs are written, which columns they have, what is dumped and exported;
// tstat-runtime.conf(5). It may be read again while a stream is analysed.
//
//   RuntimeConfig config;                                   // the state before the file
//   absl::StatusOr<RuntimeConfigChange> change = ReadRuntimeConfig("runtime.conf", {}, config);
//   if (!change.ok()) ...                                   // file, line, text; nothing changed
//   config = change->config;                                // a key that is absent keeps its value
#ifndef TSTAT_RUNTIME_CONFIG_H_
#define TSTAT_RUNTIME_CONFIG_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat/export.h"
#include "tstat/options.h"
#include "tstat/schema.h"

namespace tstat::inline v1 {

// The keys of [dump] that switch a dump on: "udp_unknown", ...; each names its files.
[[nodiscard]] TSTAT_EXPORT std::span<const std::string_view> DumpSwitchNames();

// [dump].
struct DumpSettings {
  uint32_t snap_len = 0;                            // bytes from the IP header on; 0 = all
  uint32_t slice_win = 0;                           // seconds
  uint32_t udp_max_packets = 0, udp_max_bytes = 0;  // 0 = no limit
  uint32_t tcp_max_packets = 0, tcp_max_bytes = 0;
  uint32_t stop_dumping_mask = 0;  // TCP flow types
  bool dns_filter = false;
  std::vector<std::string> enabled;  // the switches that are 1, in the order of DumpSwitchNames()

  [[nodiscard]] bool any() const { return !enabled.empty(); }
  [[nodiscard]] TSTAT_EXPORT bool has(std::string_view name) const;
  friend bool operator==(const DumpSettings&, const DumpSettings&) = default;
};

// What `histo_empty` may be.
inline constexpr std::string_view kHistogramEmptyWrite = "write", kHistogramEmptySkip = "skip";

struct RuntimeConfig {
  // [log]
  std::array<bool, kLogCount> logs = DefaultLogs();  // by Log
  bool histogram_engine = true;
  bool rrd_engine = true;  // of databases that -r and -R ask for
  // Histograms without samples get a file; initially as --histo-empty or the profile has it.
  bool empty_histograms = true;
  // [options]: bits of the column sets
  uint8_t tcp_level = 15;
  uint8_t video_level = 31;
  uint8_t udp_level = 0;
  uint8_t http_url_level = 0;
  bool dns_unasked = true;            // initially: the profile's; read at the start only
  std::optional<bool> modern_layer7;  // unset: as the profile has it; read at the start only
  // [dump]
  DumpSettings dump;
  // [export]: FORMAT=DESTINATION#OPTIONS, one a line (tstat/exports.h, which checks them)
  std::vector<std::string> exports = {};
  bool has_export_section = false;  // of a file that was read, if only an empty one
  // [labels]: names of ports, sorted by port
  std::vector<std::pair<uint16_t, std::string>> labels = {};

  [[nodiscard]] bool has(Log log) const { return logs[static_cast<size_t>(log)]; }
  void set(Log log, bool on) { logs[static_cast<size_t>(log)] = on; }
  [[nodiscard]] TSTAT_EXPORT bool any_log() const;

  [[nodiscard]] static constexpr std::array<bool, kLogCount> DefaultLogs() {
    std::array<bool, kLogCount> logs{};
    for (const LogInfo& log : kLogs) logs[static_cast<size_t>(log.log)] = log.on_by_default;
    return logs;
  }
};

// What the file is read for.
struct RuntimeConfigContext {
  std::string time_stamp = "-";   // as it stands in the notices; "-" at start-up
  bool at_start = true;           // some notices are always given then
  bool strict_privacy = false;    // -0: URLs stay hidden
  bool dns_filter_given = false;  // -F
  // A log that it does not have is not switched on, but told of; null: all of them can be.
  const CompatProfile* profile = nullptr;
  // Keys of a program's own in the grammar of the file, which count more than the file's. Errors
  // name them "keys of the session". Those of [dump] stand in the file's last section of that name.
  std::string keys = {};
};

struct RuntimeConfigChange {
  RuntimeConfig config;
  std::vector<std::string> notices;   // what changed, for the user
  std::vector<std::string> warnings;  // values that were ignored; may hold newlines
  bool has_dump_section = false;      // the file of -F is read with it
};

// Applies `text` to `before`; `name` stands in the messages. InvalidArgument with file, line and
// text.
TSTAT_EXPORT absl::StatusOr<RuntimeConfigChange> ParseRuntimeConfig(
    std::string_view text, std::string_view name, const RuntimeConfigContext& context,
    const RuntimeConfig& before);

// The state as a runtime.conf, each line ended by a newline; [dump] and [labels] only
// when something is in them, [export] when there was one.
[[nodiscard]] TSTAT_EXPORT std::string FormatRuntimeConfig(const RuntimeConfig& config);

// The same for a file. Errors also: those of ReadTextFile; InvalidArgument for a FIFO or a device
// that is read again.
TSTAT_EXPORT absl::StatusOr<RuntimeConfigChange> ReadRuntimeConfig(
    const std::string& path, const RuntimeConfigContext& context, const RuntimeConfig& before);

}  // namespace tstat::inline v1

#endif  // TSTAT_RUNTIME_CONFIG_H_
