// SPDX-License-Identifier: BSD-3-Clause
//
// Packets of a bundled trace, owned; and their analysis from heap blocks of exactly their size, so
// that a sanitizer sees a read one byte behind the captured end.
//
//   std::vector<StoredPacket> packets = LoadTrace("web");
//   packets[3].bytes[17] ^= 1;
//   AnalysisOutcome o = Analyze(packets);
#ifndef TSTAT_ROBUSTNESS_PACKET_STORE_H_
#define TSTAT_ROBUSTNESS_PACKET_STORE_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tstat/options.h"
#include "tstat/packet.h"
#include "tstat/statistics.h"

namespace tstat::internal {

struct StoredPacket {
  Timestamp time;
  uint32_t original_length = 0;
  LinkType link_type = LinkType::kEthernet;
  std::vector<uint8_t> bytes;
};

// tests/traces/NAME.pcap; fails the test when it cannot be read.
std::vector<StoredPacket> LoadTrace(const std::string& name);
std::vector<StoredPacket> LoadTraceFile(const std::string& path);  // any

// What came out of one analysis.
struct AnalysisOutcome {
  uint64_t digest = 0;
  uint64_t tcp_flows = 0, udp_flows = 0, messages = 0;  // events
  uint64_t handshakes = 0, media_flows = 0, snapshots = 0, periods = 0;
  bool order_is_kept = true;
  Statistics statistics;
};

// Options with small tables, so that an analysis starts quickly and the limits are met; with
// histograms of every kind, and intervals short enough to end.
AnalyzerOptions SmallTables(const CompatProfile& profile = CompatProfile::Tstat311());
// Those of each version.
std::vector<AnalyzerOptions> SmallTablesOfBothProfiles();

// One trace made of `packets`.
AnalysisOutcome Analyze(std::span<const StoredPacket> packets,
                        const AnalyzerOptions& options = SmallTables());

// What must hold for any input. `has_more_rows`: there are records of what is not counted as a
// flow: the datagrams of tunnels, and flows that go on after AnalyzerOptions::active_timeout_s.
void ExpectSane(const AnalysisOutcome& outcome, size_t packets, bool has_more_rows = false);

}  // namespace tstat::internal

#endif  // TSTAT_ROBUSTNESS_PACKET_STORE_H_
