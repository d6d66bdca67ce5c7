// SPDX-License-Identifier: BSD-3-Clause
//
// What the pipeline adds to its parts: which packets reach which of them.
#include "tstat/analyzer.h"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <string_view>
#include <vector>

#include "tests/decode/frame_builder.h"
#include "tstat/event_sink.h"
#include "tstat/histogram.h"

namespace tstat {
namespace {

using testing::Bytes;
using testing::Ethernet;
using testing::Ipv4;
using testing::Ipv6;
using testing::Udp;
using testing::operator+;

// Values in one histogram, in its cells of all kinds, at the end of the trace.
class HistogramSum : public EventSink {
 public:
  explicit HistogramSum(std::string_view name) : name_(name) {}
  EventMask Wants() const override { return Event::kHistograms; }
  void OnHistograms(const HistogramSnapshot& snapshot) override {
    for (const HistogramSnapshot::Histogram& h : snapshot.histograms) {
      if (h.name == name_) sum_ += std::accumulate(h.cells.begin(), h.cells.end(), int64_t{0});
    }
  }
  int64_t sum() const { return sum_; }

 private:
  std::string_view name_;
  int64_t sum_ = 0;
};

// The frames' bytes are gone after each batch, as those of a PacketSource are.
int64_t CountIn(std::string_view histogram, const std::vector<Bytes>& frames) {
  AnalyzerOptions options;
  auto selection = std::make_shared<HistogramSelection>();
  selection->SelectMatching("");
  options.histograms = selection;
  Analyzer analyzer(options);
  HistogramSum sink(histogram);
  analyzer.AddSink(&sink);
  analyzer.BeginTrace({});
  int64_t us = 1'500'000'000'000'000;
  for (const Bytes& frame : frames) {
    const auto bytes = std::make_unique<Bytes>(frame);
    Packet packet;
    packet.time = Timestamp::FromMicroseconds(++us);
    packet.data = *bytes;
    packet.original_length = static_cast<uint32_t>(frame.size());
    analyzer.ProcessBatch({&packet, 1});
  }
  analyzer.EndTrace();
  return sink.sum();
}

// Such a frame is a packet that was seen, and nothing is known of it; it must not be taken for the
// one before.
TEST(AnalyzerTest, FramesCutInTheirHeadersAreInNoHistogram) {
  const Bytes v6 = Ethernet(0x86DD) + Ipv6({.next_header = 17}, Udp(8));
  const Bytes v4 = Ethernet(0x0800) + Ipv4({.protocol = 17}, Udp(8));
  const Bytes next_v4 = Ethernet(0x0800) + Ipv4({.protocol = 17, .id = 7}, Udp(8));
  const Bytes cut = {2, 0, 0, 0};
  const Bytes cut_in_ip(v4.begin(), v4.begin() + 20);
  EXPECT_EQ(CountIn("ip6_hop_limit_loc", {v6}), 1);
  EXPECT_EQ(CountIn("ip6_hop_limit_loc", {v6, cut, cut_in_ip}), 1);
  EXPECT_EQ(CountIn("ip_ttl_loc", {v4, cut, cut_in_ip, next_v4}), 2);
  EXPECT_EQ(CountIn("L4_flow_number", {v6, cut, v4, cut_in_ip}), 2);
}

class MediaSink : public EventSink {
 public:
  EventMask Wants() const override { return Event::kMediaFlow; }
};

// Two directions of RTP on even ports, one of RTCP on odd ones.
TEST(AnalyzerTest, StatisticsCountRtpAndRtcpFlowsByDirection) {
  using testing::Fill;
  using testing::U16;
  using testing::U32;
  constexpr uint32_t kCaller = 0x0a000001, kCalled = 0x0a000002;
  for (const CompatProfile& profile : {CompatProfile::Tstat311(), CompatProfile::Tstat33()}) {
    AnalyzerOptions options;
    options.profile = profile;
    Analyzer analyzer(options);
    MediaSink sink;
    analyzer.AddSink(&sink);
    analyzer.BeginTrace({});
    uint16_t id = 0;  // and milliseconds
    const auto send = [&](uint32_t from, uint16_t from_port, uint32_t to, uint16_t to_port,
                          const Bytes& payload) {
      const auto size = static_cast<uint16_t>(8 + payload.size());
      const Bytes frame =
          Ethernet(0x0800) + Ipv4({.protocol = 17, .id = ++id, .source = from, .destination = to},
                                  Udp(size, from_port, to_port) + payload);
      Packet packet = testing::PacketOf(frame);
      packet.time = Timestamp::FromMicroseconds(1'500'000'000'000'000 + 1000 * id);
      analyzer.ProcessBatch({&packet, 1});
    };
    for (uint16_t sequence = 1; sequence <= 3; ++sequence) {
      const Bytes voice =
          Bytes{0x80, 8} + U16(sequence) + U32(160u * sequence) + U32(7) + Fill(160);
      const Bytes report = Bytes{0x80, 201} + U16(1) + U32(7) + Fill(12);
      send(kCaller, 20000, kCalled, 30000, voice);
      send(kCalled, 30000, kCaller, 20000, voice);
      send(kCaller, 20001, kCalled, 30001, report);
    }
    EXPECT_EQ(analyzer.statistics().rtp_flows, 2u);
    EXPECT_EQ(analyzer.statistics().rtcp_flows, 1u);
    EXPECT_EQ(analyzer.statistics().tunneled_rtp_flows, 0u);
    analyzer.EndTrace();
    EXPECT_EQ(analyzer.statistics().rtp_flows, 2u);
  }
}

}  // namespace
}  // namespace tstat
