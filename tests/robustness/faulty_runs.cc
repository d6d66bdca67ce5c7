// SPDX-License-Identifier: BSD-3-Clause
#include "tests/robustness/faulty_runs.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "gtest/gtest.h"
#include "pipeline/pipeline.h"
#include "tests/robustness/everything_sink.h"
#include "tstat/memory_packet_source.h"

namespace tstat::internal {
namespace {

AnalyzerOptions SomeOptions(Numbers* numbers) {
  const CompatProfile profiles[] = {CompatProfile::Tstat311(), CompatProfile::Tstat33(),
                                    CompatProfile::None()};
  AnalyzerOptions options = SmallTables(numbers->OneOf(profiles));
  const uint32_t live[] = {0, 0, 4, 30};
  options.max_live_flows = numbers->OneOf(live);
  options.follow_clock_back = numbers->Below(2) == 0;
  if (options.profile.flows_follow_connections) {
    const double timeouts[] = {0, 0.05, 30};
    options.active_timeout_s = numbers->OneOf(timeouts);
    options.first_packets = static_cast<uint8_t>(numbers->Below(6));
  }
  return options;
}

FaultyRun SomeRun(Numbers* numbers) {
  FaultyRun run;
  run.options = SomeOptions(numbers);
  const size_t steps[] = {1, 7, 64, 300};
  run.epoch_steps = numbers->OneOf(steps);
  run.is_stream = numbers->Below(3) == 0;
  run.is_live = run.is_stream && numbers->Below(2) == 0;
  return run;
}

// What is counted in Statistics, but for tables, which threads have more of, and for comparisons in
// the flow table, whose hash has another key in each run.
std::map<std::string, double> Counted(const Statistics& s) {
  std::map<std::string, double> all;
  const auto add = [&](const char* name, auto value) { all[name] = static_cast<double>(value); };
  add("ip_packets", s.ip_packets), add("tcp_packets", s.tcp_packets);
  add("udp_packets", s.udp_packets), add("tcp_packets_tracked", s.tcp_packets_tracked);
  add("tcp_trash_packets", s.tcp_trash_packets), add("tcp_without_syn", s.tcp_without_syn);
  add("tcp_after_close", s.tcp_after_close), add("tcp_after_reset", s.tcp_after_reset);
  add("tcp_without_slot", s.tcp_without_slot), add("copied_packets", s.copied_packets);
  add("tcp_flows", s.tcp_flows), add("udp_flows", s.udp_flows);
  add("refused_tcp_flows", s.refused_tcp_flows), add("refused_udp_flows", s.refused_udp_flows);
  add("rtp_flows", s.rtp_flows), add("rtcp_flows", s.rtcp_flows);
  add("tunneled_rtp_flows", s.tunneled_rtp_flows), add("open_tcp_flows", s.open_tcp_flows);
  add("open_udp_flows", s.open_udp_flows), add("evicted_flows", s.evicted_flows);
  add("address_lookups", s.address_lookups), add("forgotten_ranges", s.forgotten_ranges);
  add("overtaken_packets", s.overtaken_packets), add("clock_steps_back", s.clock_steps_back);
  add("longest_step_back_s", s.longest_step_back_s);
  add("unasked_dns_answers", s.unasked_dns_answers);
  add("differing_stream_bytes", s.differing_stream_bytes);
  add("missing_stream_bytes", s.missing_stream_bytes), add("given_up_hellos", s.given_up_hellos);
  add("last_tcp_slot", s.last_tcp_slot);
  add("first_packet", s.first_packet.nanoseconds());
  add("last_packet", s.last_packet.nanoseconds());
  for (const auto* named : {&s.dropped, &s.unread_frames, &s.unread_protocols}) {
    for (const auto& [name, count] : *named) add(name.c_str(), count);
  }
  return all;
}

}  // namespace

uint64_t Numbers::Next() {
  uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

FaultyRun FaultyRun::WithoutFaults(uint64_t seed) {
  Numbers numbers(seed);
  return SomeRun(&numbers);
}

FaultyRun FaultyRun::Of(uint64_t seed) {
  Numbers numbers(seed);
  FaultyRun run = SomeRun(&numbers);
  FaultOptions& faults = run.faults;
  faults.seed = seed;
  double* const kinds[] = {&faults.loss,       &faults.duplication, &faults.reordering,
                           &faults.truncation, &faults.mutation,    &faults.clock_step,
                           &faults.waiting};
  const double shares[] = {0.003, 0.03, 0.3};
  for (size_t i = 0, n = 2 + numbers.Below(2); i < n; ++i) {
    *numbers.OneOf(kinds) = numbers.OneOf(shares);
  }
  faults.clock_step = std::min(faults.clock_step, 0.03);  // each may end intervals
  const double steps_s[] = {0.0005, 0.2, 5, 700};
  faults.longest_step_s = numbers.OneOf(steps_s);
  if (numbers.Below(8) == 0) faults.fails_after = numbers.Below(400);
  return run;
}

FaultyOutcome FaultyRun::Analyze(const std::vector<StoredPacket>& packets, unsigned threads) const {
  auto memory = std::make_unique<MemoryPacketSource>();
  for (const StoredPacket& p : packets) {
    memory->Add(p.time, p.bytes, p.link_type, p.original_length);
  }
  FaultInjectingSource source(std::move(memory), faults);
  EverythingSink sink;
  AnalyzerOptions with_threads = options;
  with_threads.threads = threads;
  Pipeline pipeline(with_threads, std::nullopt, epoch_steps);
  pipeline.AddSink(&sink);
  pipeline.BeginTrace({.is_stream = is_stream});
  std::vector<Packet> batch(PacketSource::kBatchSize);
  for (;;) {
    const size_t n = source.ReadBatch(batch);
    if (n == 0 && !source.timed_out()) break;
    if (n == 0 && is_live) pipeline.OnQuiet();
    if (n == 0) pipeline.TellAll();
    const std::span<const Packet> read = std::span(batch).first(n);
    if (is_stream) {
      pipeline.ProcessBatch(read, {});
    } else {
      pipeline.Feed(read, {});
    }
  }
  pipeline.AddSkipped(source.skipped());
  pipeline.EndTrace();
  EXPECT_TRUE(pipeline.status().ok()) << pipeline.status();
  return {{sink.digest(), sink.tcp_flows(), sink.udp_flows(), sink.messages(), sink.handshakes(),
           sink.media_flows(), sink.snapshots(), sink.periods(), sink.order_is_kept(),
           pipeline.statistics()},
          source.counts(),
          source.status(),
          options.profile.reads_every_header};
}

std::vector<StoredPacket> Shuffled(std::vector<StoredPacket> packets, size_t window,
                                   bool with_times, Numbers* numbers) {
  std::vector<Timestamp> times;
  for (const StoredPacket& p : packets) times.push_back(p.time);
  for (size_t i = 0; i + 1 < packets.size(); ++i) {
    const size_t most = std::min(window, packets.size() - i - 1);
    std::swap(packets[i], packets[i + numbers->Below(most + 1)]);
  }
  if (with_times) return packets;
  for (size_t i = 0; i < packets.size(); ++i) packets[i].time = times[i];
  return packets;
}

void ExpectAddsUp(const FaultyOutcome& outcome) {
  const Statistics& s = outcome.analysis.statistics;
  ExpectSane(outcome.analysis, outcome.faults.delivered, outcome.has_more_rows);
  uint64_t unseen = 0, short_link = 0, seen = s.tcp_packets + s.udp_packets;
  for (const auto& [reason, count] : s.dropped) {
    if (reason == "short link header") {
      short_link += count;  // seen, once there was IP
    } else if (reason == "fragment" || reason == "not TCP or UDP" ||
               reason == "bad IPv6 extension headers" || reason == "bad TCP header") {
      seen += count;
    } else if (reason != "short IP header" && reason != "short TCP or UDP header" &&
               !reason.starts_with("TCP in fragments")) {
      unseen += count;
    }
  }
  EXPECT_LE(s.ip_packets + unseen, outcome.faults.delivered);
  EXPECT_GE(s.ip_packets + unseen + short_link, outcome.faults.delivered);
  EXPECT_LE(seen, s.ip_packets);
}

void ExpectSame(const FaultyOutcome& a, const FaultyOutcome& b) {
  EXPECT_EQ(a.analysis.digest, b.analysis.digest);
  EXPECT_EQ(a.analysis.tcp_flows, b.analysis.tcp_flows);
  EXPECT_EQ(a.analysis.udp_flows, b.analysis.udp_flows);
  const auto counted = Counted(a.analysis.statistics), others = Counted(b.analysis.statistics);
  EXPECT_EQ(counted.size(), others.size());
  for (const auto& [name, count] : counted) {
    const auto other = others.find(name);
    EXPECT_EQ(count, other == others.end() ? 0 : other->second) << name;
  }
  EXPECT_EQ(a.faults.delivered, b.faults.delivered);
  EXPECT_EQ(a.status, b.status);
}

std::vector<std::string> SmallTraces(size_t count) {
  std::vector<std::string> all, chosen;
  std::error_code error;
  for (const char* folder : {TSTAT_SHARED_DIR "/golden/traces", TSTAT_SOURCE_DIR "/tests/traces"}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      if (entry.path().extension() == ".pcap" && entry.file_size() < 300'000) {
        all.push_back(entry.path());
      }
    }
  }
  std::sort(all.begin(), all.end());
  for (size_t i = 0; i < count && !all.empty(); ++i) {
    chosen.push_back(all[i * std::max(all.size(), count) / count % all.size()]);
  }
  return chosen;
}

}  // namespace tstat::internal
