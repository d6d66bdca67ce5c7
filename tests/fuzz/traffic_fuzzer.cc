// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: traffic by a grammar (traffic_grammar.h), analysed on one thread and on several
// with short epochs. Both must tell the same, and what is told must hold together: no more unique
// bytes than bytes, no more retransmissions than segments, and so on.
//
//   byte 0   bits 0-1: profile (3.1.1, 3.3, none, none with flows cut after 2 s); 2: a stream;
//            3: few flows at most; 4: follows clocks back; 5: also 2 threads, not 3; 6-7: order
//            of the calls that take packets
//   byte 1   bits 0-5: steps of an epoch; 7: histograms, which take most of the time
//   then     events
//
// make_traffic_corpus.py writes inputs that begin with every protocol.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/pipeline.h"
#include "tests/fuzz/traffic_grammar.h"
#include "tests/robustness/everything_sink.h"
#include "tstat/histogram.h"

namespace tstat::internal {
namespace {

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}
#define TSTAT_REQUIRE(...) Require((__VA_ARGS__), #__VA_ARGS__)

// What holds in every record, whatever came.
class CheckingSink final : public EverythingSink {
 public:
  explicit CheckingSink(const AnalyzerOptions& options)
      : profile_(options.profile),
        // Of live captures rows show a clock that was set back.
        keeps_times_(profile_.flows_follow_connections && !options.follow_clock_back) {}

  void OnTcpFlow(const TcpFlow& f) override {
    EverythingSink::OnTcpFlow(f);
    for (const TcpDirection* d : {&f.client, &f.server}) Check(*d);
    TSTAT_REQUIRE(f.client.packets + f.server.packets > 0);
    if (keeps_times_) TSTAT_REQUIRE(f.first <= f.last);
  }
  void OnUdpFlow(const UdpFlow& f) override {
    EverythingSink::OnUdpFlow(f);
    for (const UdpDirection* d : {&f.client, &f.server}) {
      TSTAT_REQUIRE(d->ttl_min <= d->ttl_max);
      TSTAT_REQUIRE(d->packets > 0 || d->data_bytes == 0);
    }
    TSTAT_REQUIRE(f.client.packets + f.server.packets > 0);
    if (keeps_times_) TSTAT_REQUIRE(f.first <= f.last);
  }

 private:
  void Check(const TcpDirection& d) const {
    TSTAT_REQUIRE(d.data_packets <= d.packets && d.ack_packets <= d.packets);
    TSTAT_REQUIRE(d.pure_ack_packets <= d.ack_packets);
    TSTAT_REQUIRE(d.retransmitted_packets <= d.packets && d.out_of_order_packets <= d.packets);
    TSTAT_REQUIRE(d.syn_count <= d.packets && d.fin_count <= d.packets);
    TSTAT_REQUIRE(d.ttl_min <= d.ttl_max && d.ttl_sum <= 255 * (d.packets + d.copies));
    TSTAT_REQUIRE(d.rtt.count == 0 || d.rtt.min_us <= d.rtt.max_us);
    TSTAT_REQUIRE(d.payload_min <= d.payload_max && d.window_min <= d.window_max);
    if (!profile_.true_retransmissions) return;
    TSTAT_REQUIRE(d.unique_bytes <= d.data_bytes);
    TSTAT_REQUIRE(d.retransmitted_bytes <= d.data_bytes);
    TSTAT_REQUIRE(d.tail_loss_probes + d.needless_retransmissions <= 2 * d.retransmitted_packets);
    TSTAT_REQUIRE(d.rtt_p50_us <= d.rtt_p95_us && d.rtt_p95_us <= d.rtt_p99_us);
  }

  const CompatProfile profile_;
  const bool keeps_times_;
};

// `how` is byte 0.
AnalyzerOptions OptionsOf(uint8_t how) {
  AnalyzerOptions options;
  const CompatProfile profiles[] = {CompatProfile::Tstat311(), CompatProfile::Tstat33(),
                                    CompatProfile::None(), CompatProfile::None()};
  options.profile = profiles[how & 3];
  if ((how & 3) == 3) options.active_timeout_s = 2;
  if ((how & 2) != 0) options.first_packets = 4;
  if ((how & 8) != 0) options.max_live_flows = 3;
  options.follow_clock_back = (how & 16) != 0;
  options.globals.max_tcp_pairs = options.globals.max_udp_pairs = 24;
  options.globals.hash_table_size = 101;
  options.globals.gc_split_ratio = 4;
  options.globals.dns_cache_size = options.globals.dns_cache_size_ipv6 = 16;
  options.globals.max_time_step_s = 30;
  options.globals.max_adx_slots = 101;
  return options;
}

std::shared_ptr<const HistogramSelection> SomeHistograms() {
  HistogramSelection histograms;
  histograms.totals = histograms.statistics = true;
  histograms.addresses = histograms.internal_addresses = true;
  for (const char* part : {"ip_protocol", "tcp_bitrate", "web_", "tls_", "anomalies", "L4_"}) {
    histograms.SelectMatching(part);
  }
  return std::make_shared<const HistogramSelection>(histograms);
}

// What one analysis told.
struct Told {
  uint64_t digest = 0, tcp_flows = 0, udp_flows = 0, ip_packets = 0, evicted = 0;
  bool operator==(const Told&) const = default;
};

class Analysis {
 public:
  Analysis(uint8_t how, const AnalyzerOptions& options, size_t epoch_steps)
      : how_(how), sink_(options), pipeline_(options, std::nullopt, epoch_steps) {
    pipeline_.AddSink(&sink_);
    pipeline_.BeginTrace({.is_stream = (how & 4) != 0});
  }

  void Take(const TrafficEvent& event) {
    const Timestamp time = event.packet.time;
    switch (event.kind) {
      case TrafficEvent::Kind::kPacket:
        return TakePacket(event.packet);
      case TrafficEvent::Kind::kQuiet:
        return (how_ & 8) != 0 ? pipeline_.OnQuiet() : pipeline_.TellAll();
      case TrafficEvent::Kind::kAdvanceTime:
        return pipeline_.AdvanceTime(time);
      case TrafficEvent::Kind::kNewOutput:
        return pipeline_.StartNewOutput(time);
      case TrafficEvent::Kind::kNextTrace:
        pipeline_.EndTrace();
        return pipeline_.BeginTrace({.is_stream = (how_ & 4) != 0});
    }
  }

  Told End() {
    pipeline_.EndTrace();
    TSTAT_REQUIRE(pipeline_.status().ok());
    TSTAT_REQUIRE(sink_.order_is_kept());
    const Statistics s = pipeline_.statistics();
    TSTAT_REQUIRE(s.ip_packets <= packets_ && s.tcp_packets + s.udp_packets <= s.ip_packets);
    return {sink_.digest(), sink_.tcp_flows(), sink_.udp_flows(), s.ip_packets, s.evicted_flows};
  }

 private:
  void TakePacket(const StoredPacket& stored) {
    // A block of its own: a read one byte behind the frame is seen.
    const std::vector<uint8_t> bytes(stored.bytes);
    Packet packet;
    packet.time = stored.time;
    packet.data = bytes;
    packet.original_length = stored.original_length;
    packet.link_type = stored.link_type;
    ++packets_;
    // Streams are taken at once; what is read from files is decoded ahead, or all but some of it.
    const unsigned mixed = how_ >> 6;
    if ((how_ & 4) != 0 || (mixed != 0 && packets_ % (mixed + 1) == 0)) {
      pipeline_.ProcessBatch({&packet, 1}, {});
    } else {
      pipeline_.Feed({&packet, 1}, {});
    }
  }

  const uint8_t how_;
  CheckingSink sink_;
  Pipeline pipeline_;
  uint64_t packets_ = 0;
};

int Compare(std::span<const uint8_t> input) {
  static const std::shared_ptr<const HistogramSelection> histograms = SomeHistograms();
  Operands operands(input);
  const uint8_t how = operands.U8(), epoch = operands.U8();
  const size_t epoch_steps = 1 + epoch % 64;
  const std::vector<TrafficEvent> events = TrafficOf(&operands);
  AnalyzerOptions options = OptionsOf(how);
  if ((epoch & 0x80) != 0) options.histograms = histograms;
  Analysis one(how, options, epoch_steps);
  options.threads = (how & 32) != 0 ? 2 : 3;
  Analysis several(how, options, epoch_steps);
  for (const TrafficEvent& event : events) one.Take(event);
  for (const TrafficEvent& event : events) several.Take(event);
  const Told alone = one.End(), together = several.End();
  TSTAT_REQUIRE(alone == together);
  return 0;
}

}  // namespace
}  // namespace tstat::internal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return tstat::internal::Compare({data, size});
}
