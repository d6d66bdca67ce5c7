// SPDX-License-Identifier: BSD-3-Clause
//
// Which dumps a packet goes to: the rules of [dump] in runtime.conf, as tables.
//
//   DumpRules rules(settings, names, profile);
//   DumpList list;
//   rules.Select(packet, &list);
//   for (size_t dump : list) Write(DumpName(dump), packet);      // one of them perhaps twice
#ifndef TSTAT_OUTPUT_DUMP_RULES_H_
#define TSTAT_OUTPUT_DUMP_RULES_H_

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

#include "tstat/codes.h"
#include "tstat/dump_filter.h"
#include "tstat/flow_packet.h"
#include "tstat/options.h"
#include "tstat/runtime_config.h"

namespace tstat::internal {

// Dumps are numbered in the order in which log.txt names them: those of UDP protocols by their
// types, then these.
namespace dump {
inline constexpr size_t kUdpProtocolCount = std::size(kUdpProtocols);
inline constexpr size_t kIp = kUdpProtocolCount, kUdp = kIp + 1, kVideo = kUdp + 1,
                        kTcp = kVideo + 1, kStun = kTcp + 1, kCount = kStun + 1;
}  // namespace dump

// The key of a dump and the stem of its files; empty: there is none for this UDP type.
constexpr std::string_view DumpName(size_t dump) {
  constexpr std::string_view kOthers[] = {"ip_complete", "udp_complete", "tcp_videostreaming",
                                          "tcp_complete", "udp_stun"};
  return dump < dump::kUdpProtocolCount ? kUdpProtocols[dump].dump
                                        : kOthers[dump - dump::kUdpProtocolCount];
}

// Where one packet goes.
class DumpList {
 public:
  void Add(size_t dump) {
    assert(size_ < dumps_.size());
    dumps_[size_++] = static_cast<uint8_t>(dump);
  }
  [[nodiscard]] bool Has(size_t dump) const {
    for (const uint8_t known : *this) {
      if (known == dump) return true;
    }
    return false;
  }
  [[nodiscard]] const uint8_t* begin() const { return dumps_.data(); }
  [[nodiscard]] const uint8_t* end() const { return dumps_.data() + size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  std::array<uint8_t, 8> dumps_{};  // IP, UDP, four by signs, one by type
  size_t size_ = 0;
};

class DumpRules {
 public:
  DumpRules(const DumpSettings& settings, const DumpNameFilter& names,
            const CompatProfile& profile);

  void Select(const FlowPacket& packet, DumpList* out);
  [[nodiscard]] bool is_on(size_t dump) const { return on_[dump]; }

 private:
  // What is remembered of a TCP flow, in the place that its slot names.
  struct FlowMark {
    uint64_t number = 0;
    bool stopped = false;
  };

  void SelectUdp(const FlowPacket& packet, DumpList* out) const;
  void SelectProtocol(const FlowPacket& packet, DumpList* out) const;
  void SelectTcp(const FlowPacket& packet, DumpList* out);
  [[nodiscard]] bool IsWithinUdpLimits(const FlowPacket& packet) const;
  [[nodiscard]] bool IsWithinTcpLimits(const FlowPacket& packet) const;
  bool IsStopped(const FlowPacket& packet);

  DumpSettings settings_;
  DumpNameFilter names_;
  UdpDumpChain chain_;
  std::array<bool, dump::kCount> on_{};
  bool by_sign_ = false;  // one of the dumps that go by signs is on
  std::vector<FlowMark> marks_;
};

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DUMP_RULES_H_
