// SPDX-License-Identifier: BSD-3-Clause
#include "tests/robustness/packet_store.h"

#include <algorithm>
#include <memory>

#include "gtest/gtest.h"
#include "tests/robustness/everything_sink.h"
#include "tstat/analyzer.h"
#include "tstat/histogram.h"
#include "tstat/packet_source.h"

namespace tstat::internal {

std::vector<StoredPacket> LoadTrace(const std::string& name) {
  return LoadTraceFile(TSTAT_SOURCE_DIR "/tests/traces/" + name + ".pcap");
}

std::vector<StoredPacket> LoadTraceFile(const std::string& path) {
  std::vector<StoredPacket> packets;
  auto source = OpenTrace(path);
  if (!source.ok()) {
    ADD_FAILURE() << source.status().ToString();
    return packets;
  }
  std::vector<Packet> batch(PacketSource::kBatchSize);
  while (size_t n = (*source)->ReadBatch(batch)) {
    for (size_t i = 0; i < n; ++i) {
      const Packet& p = batch[i];
      packets.push_back({p.time, p.original_length, p.link_type, {p.data.begin(), p.data.end()}});
    }
  }
  return packets;
}

AnalyzerOptions SmallTables(const CompatProfile& profile) {
  AnalyzerOptions options;
  options.profile = profile;
  options.globals.max_tcp_pairs = 200;
  options.globals.max_udp_pairs = 200;
  options.globals.hash_table_size = 1009;
  options.globals.dns_cache_size = 50;
  options.globals.dns_cache_size_ipv6 = 50;
  options.globals.max_time_step_s = 2;
  options.globals.max_adx_slots = 101;
  HistogramSelection histograms;
  histograms.totals = histograms.statistics = true;
  histograms.addresses = histograms.internal_addresses = true;
  // Of each observer some, with few bins: all of them would be most of the work.
  for (const char* part : {"ip_bitrate", "ip_protocol", "ip6_", "icmpv6", "tcp_bitrate",
                           "udp_bitrate", "http_bitrate", "web_", "tls_", "video_rate", "num",
                           "opts", "anomalies", "chat", "profile", "L4_", "L7_", "rtcp_"}) {
    histograms.SelectMatching(part);
  }
  options.histograms = std::make_shared<const HistogramSelection>(histograms);
  return options;
}

std::vector<AnalyzerOptions> SmallTablesOfBothProfiles() {
  return {SmallTables(CompatProfile::Tstat311()), SmallTables(CompatProfile::Tstat33())};
}

AnalysisOutcome Analyze(std::span<const StoredPacket> packets, const AnalyzerOptions& options) {
  EverythingSink sink;
  Analyzer analyzer(options);
  analyzer.AddSink(&sink);
  analyzer.BeginTrace({});
  for (const StoredPacket& stored : packets) {
    const auto block = std::make_unique<uint8_t[]>(stored.bytes.size());
    std::copy(stored.bytes.begin(), stored.bytes.end(), block.get());
    Packet packet;
    packet.time = stored.time;
    packet.data = {block.get(), stored.bytes.size()};
    packet.original_length = stored.original_length;
    packet.link_type = stored.link_type;
    analyzer.Process(packet);
  }
  analyzer.EndTrace();
  return {sink.digest(),        sink.tcp_flows(),     sink.udp_flows(), sink.messages(),
          sink.handshakes(),    sink.media_flows(),   sink.snapshots(), sink.periods(),
          sink.order_is_kept(), analyzer.statistics()};
}

void ExpectSane(const AnalysisOutcome& outcome, size_t packets, bool has_more_rows) {
  const Statistics& s = outcome.statistics;
  EXPECT_LE(s.ip_packets, packets);
  EXPECT_LE(s.tcp_packets + s.udp_packets, s.ip_packets);
  EXPECT_LE(s.tcp_flows, s.tcp_packets);
  EXPECT_LE(s.udp_flows, s.udp_packets);
  if (!has_more_rows) {
    EXPECT_LE(outcome.tcp_flows, s.tcp_flows);
    EXPECT_LE(outcome.udp_flows, s.udp_flows);
  }
  EXPECT_LE(outcome.media_flows, outcome.tcp_flows + outcome.udp_flows);
  EXPECT_EQ(s.open_tcp_flows, 0);
  EXPECT_EQ(s.open_udp_flows, 0);
  EXPECT_TRUE(outcome.order_is_kept);
}

}  // namespace tstat::internal
