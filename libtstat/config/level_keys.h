// SPDX-License-Identifier: BSD-3-Clause
//
// The keys of [options] in runtime.conf that switch sets of columns.
//
//   for (const LevelKey& key : kLevelKeys) Print(key.key, key.IsOn(config));
#ifndef TSTAT_CONFIG_LEVEL_KEYS_H_
#define TSTAT_CONFIG_LEVEL_KEYS_H_

#include <cstdint>
#include <string_view>

#include "tstat/runtime_config.h"
#include "tstat/schema.h"

namespace tstat::internal {

// Keys of [options] that set one bit of a level, in the order in which notices name them.
struct LevelKey {
  std::string_view key, name;
  uint8_t RuntimeConfig::*level;
  uint8_t bit;
  bool is_absence = false;  // the bit takes the columns away

  bool IsOn(const RuntimeConfig& config) const {
    return ((config.*level & bit) != 0) != is_absence;
  }
};
inline constexpr LevelKey kLevelKeys[] = {
    {"tcplog_end_to_end", "End_to_end", &RuntimeConfig::tcp_level, 1},
    {"tcplog_layer7", "Layer7", &RuntimeConfig::tcp_level, 2},
    {"tcplog_p2p", "P2P", &RuntimeConfig::tcp_level, 4},
    {"tcplog_options", "Options", &RuntimeConfig::tcp_level, 8},
    {"tcplog_advanced", "Advanced", &RuntimeConfig::tcp_level, 16},
    {"videolog_end_to_end", "End_to_end", &RuntimeConfig::video_level, 1},
    {"videolog_layer7", "Layer7", &RuntimeConfig::video_level, 2},
    {"videolog_videoinfo", "VideoInfo", &RuntimeConfig::video_level, 8},
    {"videolog_youtube", "YouTube", &RuntimeConfig::video_level, 16},
    {"videolog_options", "Options", &RuntimeConfig::video_level, 4},
    {"videolog_advanced", "Advanced", &RuntimeConfig::video_level, 32},
    {"tcplog_modern", "Modern", &RuntimeConfig::tcp_level, tcp_level::kWithoutModern, true},
    {"udplog_modern", "Modern", &RuntimeConfig::udp_level, udp_level::kWithoutModern, true},
};

}  // namespace tstat::internal

#endif  // TSTAT_CONFIG_LEVEL_KEYS_H_
