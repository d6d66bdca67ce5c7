// SPDX-License-Identifier: BSD-3-Clause
//
// What gate.py measures, one thing a run:
//
//   tstat_gate records N       analyses N packets; every kind of record is wanted
//   tstat_gate histograms N    analyses N packets; every histogram is wanted
//   tstat_gate tcp N           opens N TCP flows at once; prints what memory each takes, bytes
//   tstat_gate udp N           likewise UDP flows
//   tstat_gate export N        reads a log of N rows, and gives a spool what JSON they are
//
// The instructions of Analyse() and ExportLog() are counted from outside (callgrind,
// --toggle-collect).
#include <stdlib.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "benchmarks/synthetic_traffic.h"
#include "benchmarks/usual_flow.h"
#include "flow/keyed_hash.h"
#include "tests/gate/sample.h"
#include "tstat/analyzer.h"
#include "tstat/exports.h"
#include "tstat/histogram.h"
#include "tstat/log_reader.h"

namespace tstat::internal {

// In the place of the library's own, which the linker does not take then: tables that are filled in
// the same way in every run.
HashKey HashKey::Random() {
  HashKey key;
  uint64_t word = 0x9e3779b97f4a7c15;
  for (uint64_t& w : key.word) w = (word = word * 0xd1342543de82ef95 + 1) | 1;
  return key;
}

namespace {

class Taker : public EventSink {
 public:
  explicit Taker(EventMask wants) : wants_(wants) {}
  EventMask Wants() const override { return wants_; }

 private:
  const EventMask wants_;
};

constexpr EventMask kRecords = Event::kTcpFlow | Event::kUdpFlow | Event::kHttpMessage |
                               Event::kVideoFlow | Event::kChatFlow | Event::kChatMessage |
                               Event::kMediaFlow | Event::kSkypeFlow;

// Bytes of memory that are in use and not of a file: proc(5), smaps_rollup, which is exact.
uint64_t AnonymousBytes() {
  uint64_t kilobytes = 0;
  if (std::FILE* f = std::fopen("/proc/self/smaps_rollup", "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, f) != nullptr) {
      if (std::strncmp(line, "Anonymous:", 10) == 0) {
        kilobytes = std::strtoull(line + 10, nullptr, 10);
      }
    }
    std::fclose(f);
  }
  return kilobytes * 1024;
}

// Opens one flow: a handshake and one data segment, or a packet each way.
void Open(Analyzer& analyzer, SyntheticTcp& frames, bool tcp, uint32_t flow, int64_t* now) {
  const auto send = [&](bool from_client, int flags, uint32_t seq, uint32_t ack, uint16_t payload) {
    // One microsecond a packet: no flow is old enough to be collected.
    const Timestamp time = Timestamp::FromMicroseconds(++*now);
    Packet packet =
        frames.Segment(flow, from_client, static_cast<uint8_t>(flags), seq, ack, payload, time);
    if (tcp) {
      analyzer.Process(packet);
      return;
    }
    uint8_t bytes[SyntheticTcp::kHeaders];
    std::memcpy(bytes, packet.data.data(), sizeof bytes);
    bytes[23] = 17;
    bytes[38] = 0, bytes[39] = 20;  // length: the header and 12 bytes
    packet.data = bytes;
    analyzer.Process(packet);
  };
  using Tcp = SyntheticTcp;
  if (!tcp) {
    send(true, 0, 0, 0, 0);
    send(false, 0, 0, 0, 0);
    return;
  }
  send(true, Tcp::kSyn, 0, 0, 0);
  send(false, Tcp::kSyn | Tcp::kAck, 0, 1, 0);
  send(true, Tcp::kAck, 1, 1, 100);
}

int MeasureMemory(bool tcp, uint32_t flows) {
  // Large pages would hide what is not touched.
  prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
  AnalyzerOptions options;
  options.globals.max_tcp_pairs = options.globals.max_udp_pairs = flows + 1;
  options.globals.hash_table_size = 20011;
  Taker sink(kRecords);
  Analyzer analyzer(options);
  analyzer.AddSink(&sink);
  analyzer.BeginTrace({});
  SyntheticTcp frames;
  int64_t now = 1'700'000'000'000'000;
  const uint64_t before = AnonymousBytes();
  for (uint32_t flow = 0; flow < flows; ++flow) Open(analyzer, frames, tcp, flow, &now);
  const uint64_t grown = AnonymousBytes() - before;
  const Statistics statistics = analyzer.statistics();
  const uint64_t open = tcp ? statistics.open_tcp_flows : statistics.open_udp_flows;
  std::printf("%.1f\n", static_cast<double>(grown) / static_cast<double>(flows));
  analyzer.EndTrace();
  return open == flows && before > 0 ? 0 : 1;
}

}  // namespace

// Of its own, so that callgrind finds it.
[[gnu::noinline]] void Analyse(Analyzer& analyzer, const std::vector<Packet>& packets) {
  for (size_t i = 0; i < packets.size(); i += PacketSource::kBatchSize) {
    analyzer.ProcessBatch(
        {packets.data() + i, std::min(PacketSource::kBatchSize, packets.size() - i)});
  }
  analyzer.EndTrace();
}

int RunAnalysis(bool with_histograms, size_t count) {
  const Sample sample(count);
  AnalyzerOptions options;
  EventMask wants = kRecords;
  if (with_histograms) {
    HistogramSelection selection;
    selection.SelectMatching("");
    options.histograms = std::make_shared<const HistogramSelection>(selection);
    wants = Event::kHistograms;
  }
  Taker sink(wants);
  Analyzer analyzer(options);
  analyzer.AddSink(&sink);
  analyzer.BeginTrace({});
  Analyse(analyzer, sample.packets());
  const Statistics statistics = analyzer.statistics();
  std::printf("%llu packets, %llu TCP flows, %llu UDP flows\n",
              static_cast<unsigned long long>(statistics.ip_packets),
              static_cast<unsigned long long>(statistics.tcp_flows),
              static_cast<unsigned long long>(statistics.udp_flows));
  return statistics.tcp_flows > 0 && statistics.udp_flows > 0 ? 0 : 1;
}

// Likewise.
[[gnu::noinline]] uint64_t ExportLog(LogReader& reader, Export& out) {
  while (reader.Next(LogReader::LastLine::kWait).value_or(false)) out.Append(reader.row());
  out.Flush();
  return reader.counters().rows;
}

int RunExport(uint32_t rows) {
  std::string folder = (std::filesystem::temp_directory_path() / "tstat_gate.XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 1;
  const std::string path = folder + "/log_tcp_complete";
  WriteTcpLog(path, static_cast<int>(rows));
  bool is_done = false;
  {
    auto out = Export::Create("json=/dev/null", {.spool_dir = folder + "/spool", .probe = "gate"});
    auto reader = LogReader::Open(path, {});
    // Nobody sends: what is counted is the same in every run.
    is_done = out.ok() && reader.ok() && (*out)->Open().ok() && ExportLog(*reader, **out) == rows &&
              (*out)->statistics().destination.queued_rows == rows;
  }
  std::filesystem::remove_all(folder);
  return is_done ? 0 : 1;
}

}  // namespace tstat::internal

int main(int argc, char** argv) {
  const std::string_view what = argc == 3 ? argv[1] : "";
  const auto count = argc == 3 ? static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10)) : 0;
  if (what == "records" || what == "histograms") {
    return tstat::internal::RunAnalysis(what == "histograms", count);
  }
  if (what == "tcp" || what == "udp") return tstat::internal::MeasureMemory(what == "tcp", count);
  if (what == "export") return tstat::internal::RunExport(count);
  std::fprintf(stderr, "usage: tstat_gate records|histograms|tcp|udp|export N\n");
  return 2;
}
